"""What breaks the rules on OperationSets."""

from tests.lint.exchanges import Case, error, executed_set, result
from tests.support.operation_sets import meters, operation

_SET = executed_set()
_UNKNOWN = error("2.4", object_id="E-1")

CASES = {
    "set.ids-unique": Case([_SET], [executed_set(operation(1, meters("E-1")), operation(1, meters("E-2")))]),
    "set.in-sequence": Case(
        [executed_set(in_sequence=True)],
        [executed_set(operation(2, meters("E-1")), operation(1, meters("E-2")), in_sequence=True)],
    ),
    "set.verb-fits": Case([_SET], [executed_set(operation(1, meters("E-1"), "created"))]),
    "set.elements-of-delete": Case(
        [executed_set(operation(1, meters("E-1"), "delete", is_elements=True))],
        [executed_set(operation(1, meters("E-1"), is_elements=True))],
    ),
    "set.payload-noun": Case(
        [executed_set(operation(1, meters("E-1"), noun="MeterConfig"))],
        [
            executed_set(
                operation(
                    1,
                    meters("E-1").replace("MeterConfig", "UsagePointConfig").replace("Meter>", "UsagePoint>"),
                    noun="MeterConfig",
                )
            )
        ],
    ),
    "set.errors-numbered": Case(
        [executed_set(reply=result("FAILED", error("2.4", object_id="E-1", after="<m:operationId>1</m:operationId>")))],
        [executed_set(reply=result("FAILED", _UNKNOWN))],
    ),
}

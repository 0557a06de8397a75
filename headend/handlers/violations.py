"""Which reply code a breach of the schema gets (61968-9:2013, Annex B)."""

from headend.contract import Violation, ViolationKind
from headend.operations.refusal import Refusal
from headend.operations.reply import Error

_MISSING = {"Header": "1.5", "Request": "1.6", "Payload": "1.7"}
"""A missing element's code, by the part of the message in which it is missed."""


def refusal_of(violations: list[Violation]) -> Refusal:
    """One error per violation, each with path, line and rule."""
    return Refusal(*(Error(_code(violation), _details(violation)) for violation in violations))


def _code(violation: Violation) -> str:
    if violation.kind is not ViolationKind.MISSING_ELEMENT:
        return "1.8"
    # /GetMeterReadings itself misses the Request; /GetMeterReadings/Request/.. misses what stands in it.
    parts = violation.path.split("/")[2:3] or violation.missing
    return next((_MISSING[part] for part in parts if part in _MISSING), "1.8")


def _details(violation: Violation) -> str:
    where = violation.path if violation.line is None else f"{violation.path} (line {violation.line})"
    return f"{where}: {violation.rule}"

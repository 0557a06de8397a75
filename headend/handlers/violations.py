"""Which reply code a breach of the schema gets (61968-9:2013, Annex B)."""

from headend.contract import Violation, ViolationKind
from headend.operations.refusal import Refusal
from headend.operations.reply import Error

_MISSING = {"Header": "1.5", "Request": "1.6", "Payload": "1.7"}
"""A missing element's code, by the part of the message in which it is missed."""


def refusal_of(violations: list[Violation], inflated: str | None = None) -> Refusal:
    """One error per violation, each with path, line and rule.

    inflated: the path of the element that came out of Payload/Compressed, whose lines are counted by themselves.
    """
    return Refusal(*(Error(_code(violation), _details(violation, inflated)) for violation in violations))


def payload_refusal_of(violations: list[Violation]) -> Refusal:
    """The same of a payload that was validated alone: what is missing in it is missing in the Payload."""
    return Refusal(
        *(
            Error("1.7" if one.kind is ViolationKind.MISSING_ELEMENT else "1.8", _details(one, None))
            for one in violations
        )
    )


def _code(violation: Violation) -> str:
    if violation.kind is not ViolationKind.MISSING_ELEMENT:
        return "1.8"
    # /GetMeterReadings itself misses the Request; /GetMeterReadings/Request/.. misses what stands in it.
    parts = violation.path.split("/")[2:3] or violation.missing
    return next((_MISSING[part] for part in parts if part in _MISSING), "1.8")


def _details(violation: Violation, inflated: str | None) -> str:
    parts = []
    if inflated is not None and f"{violation.path}/".startswith(f"{inflated}/"):
        parts.append("inside Compressed")
    if violation.line is not None:
        parts.append(f"line {violation.line}")
    where = f"{violation.path} ({', '.join(parts)})" if parts else violation.path
    return f"{where}: {violation.rule}"

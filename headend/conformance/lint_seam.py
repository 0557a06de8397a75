"""Where a linter of messages is plugged in: from exchanges to remarks, which become checks of their case."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from headend.conformance.check import Check, Outcome
from headend.journal import Direction, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class LintRemark:
    """One thing that a linter has to say of one message."""

    rule: str
    """Its stable id."""
    severity: str
    """error, warning, or anything milder, which is passed over."""
    sentence: str
    clause: str
    entry: Entry
    of_request: bool
    """Whether it is about the request of the exchange, else about its answer."""


Lint = Callable[[Sequence[Entry]], Iterable[LintRemark]]

_OUTCOMES = {"error": Outcome.FAILED, "warning": Outcome.WARNING}


def lint_checks(lint: Lint, entries: Sequence[Entry]) -> list[Check]:
    """What a linter says of the head end's messages; what we sent wrong on purpose is no finding."""
    found: dict[str, LintRemark] = {}
    for remark in lint(entries):
        is_of_head_end = remark.of_request == (remark.entry.direction is Direction.IN)
        if is_of_head_end and remark.severity in _OUTCOMES:
            found.setdefault(remark.rule, remark)
    checks = [
        Check(
            sentence=f"the linter's rule {rule} is kept",
            outcome=_OUTCOMES[remark.severity],
            step=STEP,
            clause=remark.clause,
            seen=remark.sentence,
            exchange=remark.entry.number,
        )
        for rule, remark in sorted(found.items())
    ]
    return checks or [
        Check(sentence="no lint findings of severity error", outcome=Outcome.PASSED, step=STEP, clause="docs/lint.md")
    ]


STEP = "look at all messages of the case"

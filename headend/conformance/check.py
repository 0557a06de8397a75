"""What a case finds: checks, each one sentence that is true of the head end or not."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a check, and of a case as a whole."""

    PASSED = "passed"
    WARNING = "warning"
    """Advice is not kept: a reading of ours, where the standard leaves it open."""
    FAILED = "failed"
    """A rule is broken."""
    SKIPPED = "skipped"
    """It could not be looked at: something is missing that the case needs."""
    NOT_APPLICABLE = "not applicable"
    """There is nothing to look at in this head end."""
    ERROR = "error"
    """The case itself broke down; that says nothing about the head end."""


_WORST_FIRST = (
    Outcome.ERROR,
    Outcome.FAILED,
    Outcome.WARNING,
    Outcome.PASSED,
    Outcome.SKIPPED,
    Outcome.NOT_APPLICABLE,
)


def summed_up(outcomes: "list[Outcome]") -> Outcome:
    """The one word for several checks: what is worst; what was looked at counts before what was not."""
    return next((one for one in _WORST_FIRST if one in outcomes), Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One sentence about the head end, and whether it is true."""

    sentence: str
    """What has to be so, such as: the Result is OK."""
    outcome: Outcome
    step: str
    """What the case was doing."""
    clause: str
    """Where the rule stands."""
    expected: str | None = None
    seen: str | None = None
    reason: str | None = None
    """Why it was skipped or does not apply; what broke down."""
    exchange: int | None = None
    """Number of the exchange that it is about, counted from 1 in its case."""

    def counts_as_failure(self, strict: bool) -> bool:
        """Whether it makes a run fail. strict: advice and what was skipped count, too."""
        bad = {Outcome.FAILED, Outcome.ERROR} | ({Outcome.WARNING, Outcome.SKIPPED} if strict else set())
        return self.outcome in bad

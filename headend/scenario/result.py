"""What playing a scenario has found."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from headend.conformance.check import Check, Outcome, summed_up
from headend.journal import Entry
from headend.scenario.loading import Scenario


class End(Enum):
    """How the playing ended, where that is no matter of checks."""

    PLAYED = auto()
    BAD_FILE = auto()
    """A step could not be played whatever the head end does."""
    NOT_PLAYABLE = auto()
    """The head end could not be started or reached, or has not what a step needs."""
    INTERRUPTED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step, or the look at all messages after the last one."""

    number: int
    key: str
    """What it does; `messages` for the look at all of them."""
    title: str
    """Its name, or what happened."""
    words: str
    """What happened."""
    at: datetime | None
    """The fleet's time when it was over; None: it was not played."""
    line: int | None
    clause: str
    checks: tuple[Check, ...]
    """Their `exchange` is the number of an entry."""
    entries: tuple[Entry, ...] = ()
    """What crossed the wire meanwhile: what we began, then what came by itself."""
    took_s: float = 0.0
    """Of the machine's time."""

    @property
    def outcome(self) -> Outcome:
        """All checks in one word; a step that checks nothing has passed."""
        return summed_up([check.outcome for check in self.checks]) if self.checks else Outcome.PASSED

    @property
    def failed(self) -> bool:
        """Whether a check of it has failed, or it broke down."""
        return self.outcome in (Outcome.FAILED, Outcome.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """A scenario that was played."""

    scenario: Scenario
    steps: tuple[StepResult, ...]
    target: str
    seed: int
    end: End
    reason: str | None = None
    """Why it is not played to its end."""
    notes: tuple[str, ...] = ()
    took_s: float = 0.0

    def checks(self) -> Iterator[Check]:
        """All of them."""
        return (check for step in self.steps for check in step.checks)

    def count(self, *outcomes: Outcome) -> int:
        """How many checks have come out so."""
        return sum(check.outcome in outcomes for check in self.checks())

    @property
    def passed(self) -> bool:
        """Whether it was played to its end, and no check failed."""
        return self.end is End.PLAYED and not any(step.failed for step in self.steps)

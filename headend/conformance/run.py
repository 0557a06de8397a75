"""What a run has found."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from headend.conformance.check import Check, Outcome, summed_up
from headend.journal import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A case that was played, or skipped."""

    id: str
    suite: str
    title: str
    clause: str
    checks: tuple[Check, ...]
    """Their `exchange` counts in `exchanges`, from 1."""
    exchanges: tuple[Entry, ...]
    """Those that we began in order, then what the head end sent by itself."""
    remarks: tuple[str, ...] = ()
    """What the case did beside messages, such as moving the clock."""
    took_s: float = 0.0

    @property
    def outcome(self) -> Outcome:
        """All checks in one word."""
        return summed_up([check.outcome for check in self.checks])


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All cases of a run."""

    target: str
    version: str
    """Of this package."""
    seed: int
    strict: bool
    began: datetime
    """By the machine's clock."""
    took_s: float
    suites: tuple[tuple[str, str], ...]
    """Name and title of each."""
    cases: tuple[CaseResult, ...]
    notes: tuple[str, ...]
    interrupted: bool

    def checks(self) -> Iterator[Check]:
        """All of them."""
        return (check for case in self.cases for check in case.checks)

    def count(self, outcome: Outcome) -> int:
        """How many checks have come out so."""
        return sum(check.outcome is outcome for check in self.checks())

    @property
    def failures(self) -> int:
        """How many checks count as failures."""
        return sum(check.counts_as_failure(self.strict) for check in self.checks())

    @property
    def passed(self) -> bool:
        """Whether nothing failed, and the run came to its end."""
        return not self.failures and not self.interrupted

    def entries(self) -> tuple[Entry, ...]:
        """Every exchange."""
        return tuple(entry for case in self.cases for entry in case.exchanges)

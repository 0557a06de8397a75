"""A case: one rule of the standard, and how it is looked at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from simulator.near_miss import did_you_mean

if TYPE_CHECKING:
    from headend.conformance.conversation import Conversation

Play = Callable[["Conversation"], None]


class Need(StrEnum):
    """What a case cannot do without."""

    METER = "a meter that exists"
    METERS = "two meters that exist"
    SWITCH = "a meter whose switch may be operated"
    NO_SWITCH = "a meter without a switch"
    GROUP = "a group of end devices"
    SILENT = "a meter that does not answer"
    RECEIVER = "a receiver that the head end can reach"
    PUBLICATION = "publication to the receiver"
    TIME = "a way to move the head end's time"
    FIELD = "a way to let things happen in the field"
    CHANGES = "leave to create objects"
    ZONE = "a time zone that changes its clocks"


class UnknownCase(ValueError):
    """No case and no suite is called so; the message says which are near."""


@dataclass(frozen=True, slots=True)
class Case:
    """One rule, looked at in steps."""

    id: str
    """Stable, such as reading.registers-on-demand: suite, dot, words."""
    title: str
    """The rule as a sentence."""
    clause: str
    """Where it stands, such as 61968-9:2013 5.3."""
    needs: frozenset[Need]
    play: Play = field(repr=False, compare=False)

    @property
    def suite(self) -> str:
        """What stands before the dot."""
        return self.id.partition(".")[0]


@dataclass(slots=True)
class Suite:
    """Cases about one subject, in the order in which they are played."""

    name: str
    title: str
    cases: list[Case] = field(default_factory=list)

    def case(self, name: str, title: str, *, clause: str, needs: tuple[Need, ...] = ()) -> Callable[[Play], Play]:
        """Adds a function as a case."""

        def add(play: Play) -> Play:
            self.cases.append(Case(f"{self.name}.{name}", title, clause, frozenset(needs), play))
            return play

        return add


def chosen(suites: "tuple[Suite, ...]", wanted: tuple[str, ...]) -> tuple[Case, ...]:
    """The cases that are called so, or whose suite is; a pattern such as reading.* means several, nothing means all.

    In the order of the suites, whatever the order of `wanted`. Raises UnknownCase.
    """
    cases = tuple(case for suite in suites for case in suite.cases)
    for pattern in wanted:
        if not any(_is_meant(case, pattern) for case in cases):
            known = [*(suite.name for suite in suites), *(case.id for case in cases)]
            raise UnknownCase(f"there is no case and no suite {pattern!r}{_near(pattern, known)}")
    return cases if not wanted else tuple(case for case in cases if any(_is_meant(case, one) for one in wanted))


def _is_meant(case: Case, pattern: str) -> bool:
    return case.suite == pattern or fnmatchcase(case.id, pattern)


def _near(pattern: str, known: list[str]) -> str:
    said = did_you_mean(pattern, known)
    return said if "did you mean" in said else "; `headend conformance list` shows all"


def ordered_needs(case: Case) -> Iterator[Need]:
    """What a case needs, always in the same order."""
    return (need for need in Need if need in case.needs)

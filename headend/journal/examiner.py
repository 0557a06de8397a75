"""What can be said of an entry when somebody looks at it: which rules its messages break, what its request was nearest
to, and which other exchanges belong to it. None of it is recorded: it would cost every exchange what few are asked for.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from headend.contract import Contract
from headend.handlers.admission import Admission
from headend.journal.entry import Entry
from headend.journal.findings import Finding, request_findings, response_findings
from headend.journal.journal import Journal
from headend.journal.kept_entry import KeptEntry
from headend.journal.links import Link, links_of
from headend.journal.match import Match
from headend.journal.nearest import Nearest, nearest_to
from simulator.clock import ManualClock

_MOST_LINKS: Final = 200


class LintFinding(Protocol):
    """What a linter says of an exchange."""

    @property
    def rule(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def clause(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def entry(self) -> int: ...
    @property
    def part(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int | None: ...


Lint = Callable[[Sequence[Entry]], Sequence[LintFinding]]
"""Judges exchanges that belong together."""


@dataclass(frozen=True, slots=True)
class Examined:
    """All that can be said of an entry."""

    kept: KeptEntry
    findings: tuple[Finding, ...]
    """Rules of the contract and of the header that its messages break."""
    nearest: Nearest | None
    """Of a request that was refused, or came to nobody: what it was nearest to, where that is another."""
    links: tuple[Link, ...]
    lint: tuple[LintFinding, ...]


class Examiner:
    """Looks at entries of one head end's journal. Safe to share between threads."""

    def __init__(
        self,
        journal: Journal,
        contract: Contract,
        served: Collection[str],
        admission: Admission,
        lint: Lint = lambda _entries: (),
    ) -> None:
        """served: names of the services. admission: by which requests to them are judged."""
        self._journal = journal
        self._contract = contract
        self._served = served
        self._admission = admission
        self._lint = lint

    def examine(self, number: int) -> Examined:
        """The entry of a number. Raises LookupError, StoreError."""
        kept = self._journal.entry(number)
        entry, heading = kept.entry, kept.heading
        # Nonces are judged by the time at which they came.
        admission = replace(self._admission, machine=ManualClock(entry.machine_at))
        broken = request_findings(entry, self._contract, self._served, admission)
        same = []
        if heading.conversation is not None:
            same = self._journal.find(Match(correlation_id=heading.conversation), limit=_MOST_LINKS)
        together = [one.entry for one in same] or [entry]
        return Examined(
            kept,
            (*broken, *response_findings(entry, self._contract)),
            nearest_to(kept, self._contract, self._served, broken),
            links_of(kept, same),
            tuple(one for one in self._lint(together) if one.entry == number),
        )

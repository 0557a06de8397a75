"""The linter's rules as checks of a case (docs/lint.md)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from headend.conformance.lint_seam import Lint, LintRemark
from headend.contract import Contract
from headend.journal import Entry
from headend.lint.catalogue import OFF, Wish
from headend.lint.finding import Severity, Side
from headend.lint.linter import Linter
from headend.lint.rule import Need

_LEFT_OUT: Final[Mapping[str, Wish]] = MappingProxyType(dict.fromkeys(("async.late-reply-known", "soap.answered"), OFF))
"""A case sees only its own exchanges: what comes late may belong to the case before. And where we hang up on purpose,
no answer is ours to miss; the cases look at calls without an answer themselves.
"""


def linted(contract: Contract, threshold: Severity = Severity.WARNING, wishes: Mapping[str, Wish] = _LEFT_OUT) -> Lint:
    """What the linter has to say of the exchanges of a case. Notes are left out, and so is what the clock would tell: a
    head end's time need not be ours.

    threshold: what counts less is not told. wishes: other severities, or `off`, by rule or group. Raises UnknownRule.
    """
    linter = Linter(contract, threshold=threshold, wishes=wishes, unknown=(Need.CLOCK,))

    def remarks(entries: Sequence[Entry]) -> Iterator[LintRemark]:
        ordered = sorted(entries, key=lambda entry: entry.machine_at)
        # Numbers of its own: a finding has to be brought back to its exchange, and not every one is numbered yet.
        counted = [replace(entry, number=number) for number, entry in enumerate(ordered, 1)]
        for finding in linter.findings(counted):
            yield LintRemark(
                rule=finding.rule,
                severity=finding.severity.value,
                sentence=finding.sentence,
                clause=finding.clause,
                entry=ordered[finding.entry - 1],
                of_request=finding.part is Side.REQUEST,
            )

    return remarks

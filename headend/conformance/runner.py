"""Plays cases one by one; whatever happens in one, the others are played, and there is a report."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib.metadata import version

from headend.conformance.acquaintance import get_acquainted
from headend.conformance.case import Case, Suite
from headend.conformance.check import Check, Outcome
from headend.conformance.conversation import CaseEnds, Conversation
from headend.conformance.lint_seam import Lint, lint_checks
from headend.conformance.run import CaseResult, Run
from headend.conformance.stage import Stage
from headend.journal import Entry

log = logging.getLogger(__name__)

OnCase = Callable[[int, int], None]
"""Hears how many cases are done, and of how many."""


def play(
    cases: Sequence[Case],
    suites: Sequence[Suite],
    stage: Stage,
    *,
    lint: Lint | None = None,
    on_case: OnCase = lambda _done, _of: None,
) -> Run:
    """Play cases against a head end. KeyboardInterrupt ends the run early, and is told in it.

    suites: all that there are; the place of a case among them decides which meters are its own.
    """
    places = {case.id: place for place, case in enumerate(case for suite in suites for case in suite.cases)}
    began = stage.machine.now()
    played: list[_Played] = []
    interrupted = False
    try:
        get_acquainted(stage)
    except KeyboardInterrupt:
        interrupted = True
    for number, case in enumerate(cases):
        on_case(number, len(cases))
        if interrupted:
            played.append(_Played.skipped(case, "the run was interrupted"))
            continue
        one = _Played(case)
        played.append(one)
        try:
            one.play(places[case.id], stage, lint)
        except KeyboardInterrupt:
            interrupted = True
            one.checks.append(_check(case, "the case is played to its end", Outcome.SKIPPED, "the run was interrupted"))
    on_case(len(cases), len(cases))
    return Run(
        target=stage.target.base_url,
        version=version("headend"),
        seed=stage.options.seed,
        strict=stage.options.strict,
        began=began,
        took_s=(stage.machine.now() - began).total_seconds(),
        suites=tuple((suite.name, suite.title) for suite in suites if any(case.suite == suite.name for case in cases)),
        cases=_results(played, stage),
        notes=stage.target.notes,
        interrupted=interrupted,
    )


class _Played:
    """A case and what has become of it so far."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.checks: list[Check] = []
        self.sent: list[Entry] = []
        self.remarks: list[str] = []
        self.took_s = 0.0
        self.came_from = self.came_until = 0

    @classmethod
    def skipped(cls, case: Case, reason: str) -> "_Played":
        """One that is not played."""
        made = cls(case)
        made.checks.append(_check(case, case.title, Outcome.SKIPPED, reason))
        return made

    def play(self, place: int, stage: Stage, lint: Lint | None) -> None:
        case = self.case
        began = stage.machine.now()
        self.came_from = self.came_until = stage.recorder.position
        for pattern, reason in stage.parameters.not_offered.items():
            if fnmatchcase(case.id, pattern):
                self.checks.append(_check(case, case.title, Outcome.NOT_APPLICABLE, reason))
                return
        missing = stage.missing(case.needs, place)
        if missing is not None:
            self.checks.append(_check(case, case.title, Outcome.SKIPPED, missing))
            return
        talk = Conversation(case, place, stage)
        # The same lists, so that what is there when somebody interrupts is kept.
        self.checks, self.sent, self.remarks = talk.checks, talk.sent, talk.remarks
        try:
            self._guarded(talk, case.play)
            self._guarded(talk, Conversation.judge_messages)
            if lint is not None:
                self._lint(lint, talk)
        finally:
            talk.tidy_up()
            self.came_until = stage.recorder.position
            self.took_s = (stage.machine.now() - began).total_seconds()

    def _guarded(self, talk: Conversation, part: Callable[[Conversation], None]) -> None:
        try:
            part(talk)
        except CaseEnds:
            pass
        except Exception as error:  # a bug of a case must not cost the other cases
            log.exception("%s broke down", self.case.id)
            said = f"{type(error).__name__}: {error}".partition("\n")[0]
            self.checks.append(_check(self.case, "the case is played to its end", Outcome.ERROR, said))

    def _lint(self, lint: Lint, talk: Conversation) -> None:
        entries = [*talk.sent, *(one.entry for one in talk.came())]
        if not entries:
            return
        try:
            self.checks.extend(lint_checks(lint, entries))
        except Exception as error:  # a bug of the linter says nothing about the head end
            log.exception("the linter broke down over %s", self.case.id)
            self.checks.append(_check(self.case, "the linter reads all messages", Outcome.ERROR, str(error)))


def _check(case: Case, sentence: str, outcome: Outcome, reason: str) -> Check:
    return Check(sentence=sentence, outcome=outcome, step=case.title, clause=case.clause, reason=reason)


def _results(played: Sequence[_Played], stage: Stage) -> tuple[CaseResult, ...]:
    """The cases with their exchanges: what came is the case's that asked for it, else the one's that was playing.

    What was sent to us stands behind what we have sent, by service: which of two threads was faster is no matter of
    the report.
    """
    came = stage.recorder.came_since(0)
    owned: dict[str, list[Entry]] = {one.case.id: [] for one in played}
    for position, message in enumerate(came):
        owner = stage.owners.get(message.correlation_id or "")
        if owner not in owned:
            owner = next((one.case.id for one in played if one.came_from <= position < one.came_until), None)
        if owner is not None:
            owned[owner].append(message.entry)
    results = []
    for one in played:
        received = sorted(owned[one.case.id], key=lambda entry: entry.service)
        exchanges = (*one.sent, *received)
        numbers = {entry.number: number for number, entry in enumerate(exchanges, start=1)}
        results.append(
            CaseResult(
                id=one.case.id,
                suite=one.case.suite,
                title=one.case.title,
                clause=one.case.clause,
                checks=tuple(
                    replace(check, exchange=numbers.get(check.exchange) if check.exchange else None)
                    for check in one.checks
                ),
                exchanges=tuple(replace(entry, number=numbers[entry.number]) for entry in exchanges),
                remarks=tuple(one.remarks),
                took_s=one.took_s,
            )
        )
    return tuple(results)

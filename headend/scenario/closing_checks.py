"""The look at all messages of the head end when the steps are over: valid, taken by the fake MDM, and linted."""

from collections.abc import Iterator, Mapping

from headend.compose.served_contract import served_contract
from headend.conformance.answer import Answer
from headend.conformance.check import Check, Outcome
from headend.conformance.lint_seam import LintRemark
from headend.conformance.linted import linted
from headend.journal import Direction, Entry
from headend.lint.captured import contract_violations
from headend.lint.catalogue import OFF, Wish
from headend.lint.finding import Severity
from headend.scenario.checks import Where, check
from headend.scenario.stage import Stage

_WISHES: Mapping[str, Wish] = {"soap.answered": OFF}
"""Where a scenario hangs up, or lets the head end do so, no answer is missing."""
_MOST_TOLD = 3


def closing_checks(stage: Stage, threshold: str, wishes: Mapping[str, Wish], where: Where) -> Iterator[Check]:
    """The checks. threshold: severity of findings that fail, or off. wishes: rules that are left out."""
    entries = stage.recorder.entries()
    yield _valid(entries, where)
    yield _taken(stage, where)
    if threshold != "off":
        yield from _linted(entries, threshold, wishes, where)


def _valid(entries: tuple[Entry, ...], where: Where) -> Check:
    wrong: list[tuple[Entry, str]] = []
    for entry in entries:
        answer = entry.response
        if entry.direction is not Direction.OUT or answer is None or not answer.is_whole:
            continue
        if Answer(entry, entry.number, answer.body).message is None:
            continue  # a page of HTTP, or a fault without a message in it
        wrong += [(entry, sentence) for sentence in contract_violations(answer.body, served_contract())[:1]]
    return check(
        "every answer of the head end is valid by the contract",
        not wrong,
        where,
        expected="no violation",
        seen="; ".join(f"{entry.operation}: {sentence}" for entry, sentence in wrong[:_MOST_TOLD]),
        exchange=wrong[0][0].number if wrong else None,
    )


def _taken(stage: Stage, where: Where) -> Check:
    refused = [one for one in stage.mdm.received if one.refusal]
    ids = {one.message_id: one.entry.number for one in stage.recorder.came_since(0)}
    return check(
        "the fake MDM has refused nothing that the head end sent",
        not refused,
        where,
        expected="none refused",
        seen="; ".join(f"{one.operation or one.service}: {' '.join(one.refusal)}" for one in refused[:_MOST_TOLD]),
        exchange=ids.get(refused[0].message_id) if refused else None,
    )


def _linted(entries: tuple[Entry, ...], threshold: str, wishes: Mapping[str, Wish], where: Where) -> Iterator[Check]:
    lint = linted(served_contract(), Severity(threshold), {**_WISHES, **wishes})
    found: dict[str, LintRemark] = {}
    for remark in lint(entries):
        # What we sent wrong on purpose is no finding.
        if remark.of_request == (remark.entry.direction is Direction.IN):
            found.setdefault(remark.rule, remark)
    for rule, remark in sorted(found.items()):
        yield Check(
            sentence=f"the linter's rule {rule} is kept",
            outcome=Outcome.FAILED,
            step=where.step,
            clause=remark.clause,
            expected=f"no {remark.severity}",
            seen=remark.sentence,
            exchange=remark.entry.number,
        )
    if not found:
        yield check(f"no lint findings of severity {threshold} or above", True, where, expected="", seen="")

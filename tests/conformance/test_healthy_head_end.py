"""Our own head end passes everything, strictly."""

from headend.conformance.check import Outcome
from headend.conformance.run import Run
from headend.conformance.suites import SUITES


def test_nothing_fails_and_nothing_is_skipped(healthy: Run) -> None:
    bad = [
        f"{case.id}: {check.sentence}: {check.outcome} {check.expected} {check.seen} {check.reason}"
        for case in healthy.cases
        for check in case.checks
        if check.counts_as_failure(strict=True)
    ]
    assert bad == []
    assert healthy.passed


def test_every_case_looks_at_something(healthy: Run) -> None:
    idle = [case.id for case in healthy.cases if case.outcome is not Outcome.PASSED]
    assert idle == []


def test_there_are_many_cases_and_more_checks(healthy: Run) -> None:
    assert len(healthy.cases) == sum(len(suite.cases) for suite in SUITES) > 140
    assert healthy.count(Outcome.PASSED) > 1_000


def test_identities_of_checks_do_not_hang_on_the_seed(healthy: Run) -> None:
    mark = f"CT-{_mark(healthy)}"
    assert not [check.sentence for check in healthy.checks() if mark in check.sentence or mark in check.step]


def test_messages_are_known_by_their_case(healthy: Run) -> None:
    received = {case.id for case in healthy.cases for entry in case.exchanges if entry.direction == "in"}
    assert {"asynchrony.late-reply", "events.published", "schedules.readings-arrive"} <= received
    assert "reading.registers-on-demand" not in received


def _mark(run: Run) -> str:
    bodies = b"".join(entry.request.body for entry in run.entries())
    return bodies.partition(b"CT-")[2][:8].decode()

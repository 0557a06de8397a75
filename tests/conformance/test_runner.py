"""A run goes on whatever happens in a case, and tells it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from headend.conformance.case import Need, Suite, UnknownCase, chosen
from headend.conformance.check import Check, Outcome, summed_up
from headend.conformance.conversation import Conversation
from headend.conformance.lint_seam import LintRemark
from headend.conformance.parameters import Parameters
from headend.conformance.run import Run
from headend.conformance.runner import play
from headend.conformance.stage import RunOptions, open_stage
from headend.conformance.suites import SUITES
from headend.conformance.target import TargetUnreachable
from headend.journal import Entry
from simulator.clock import RealClock
from tests.conformance.judged import QUICK, Judged

SUITE = Suite("trial", "A suite of these tests")


def trial(name: str, needs: tuple[Need, ...] = ()):  # type: ignore[no-untyped-def]
    return SUITE.case(name, "a rule", clause="61968-9:2013", needs=needs)


@trial("passes")
def _passes(talk: Conversation) -> None:
    talk.check("one is one", True)


@trial("fails")
def _fails(talk: Conversation) -> None:
    talk.equal("one is two", 1, 2)
    talk.check("advice is kept", False, advice=True)


@trial("breaks-down")
def _breaks_down(_talk: Conversation) -> None:
    raise LookupError("a bug of the case")


@trial("is-interrupted")
def _is_interrupted(_talk: Conversation) -> None:
    raise KeyboardInterrupt


@trial("ends")
def _ends(talk: Conversation) -> None:
    talk.require("the first", False)
    talk.check("the second", True)


@trial("needs-a-silent-meter", needs=(Need.SILENT,))
def _needs(talk: Conversation) -> None:
    talk.check("never looked at", True)


@trial("reads")
def _reads(talk: Conversation) -> None:
    talk.read(talk.meter())


def run(target: Judged, *names: str, options: RunOptions = QUICK, **parameters: object) -> Run:
    cases = tuple(case for name in names for case in SUITE.cases if case.id == f"trial.{name}")
    known = Parameters.model_validate(parameters)
    with open_stage(target.base_url, known, options, RealClock()) as stage:
        return play(cases, (SUITE,), stage)


def outcomes(made: Run) -> list[list[Outcome]]:
    return [[check.outcome for check in case.checks] for case in made.cases]


def test_a_case_that_breaks_down_is_an_error_of_the_case_alone(target: Judged) -> None:
    made = run(target, "breaks-down", "passes")
    assert outcomes(made) == [[Outcome.ERROR], [Outcome.PASSED]]
    assert made.cases[0].checks[0].reason == "LookupError: a bug of the case"
    assert not made.passed


def test_an_interrupted_run_tells_what_it_has_done(target: Judged) -> None:
    made = run(target, "passes", "is-interrupted", "passes")
    assert outcomes(made) == [[Outcome.PASSED], [Outcome.SKIPPED], [Outcome.SKIPPED]]
    assert made.interrupted
    assert not made.passed


def test_a_required_check_that_fails_ends_its_case(target: Judged) -> None:
    assert [check.sentence for check in run(target, "ends").cases[0].checks] == ["the first"]


def test_advice_is_a_warning_and_counts_only_strictly(target: Judged) -> None:
    made = run(target, "fails")
    assert outcomes(made) == [[Outcome.FAILED, Outcome.WARNING]]
    assert (made.failures, replace(made, strict=True).failures) == (1, 2)


def test_what_was_expected_and_seen_is_said_of_a_failure_only(target: Judged) -> None:
    (failed, _), (passed,) = (case.checks for case in run(target, "fails", "passes").cases)
    assert (failed.expected, failed.seen) == ("2", "1")
    assert (passed.expected, passed.seen) == (None, None)


def test_a_case_whose_needs_are_not_met_is_skipped_with_the_reason(target: Judged) -> None:
    (suite,) = [one for one in SUITES if one.name == "reading"]
    (case,) = [one for one in suite.cases if one.id == "reading.silent-meter"]
    with open_stage(target.base_url, Parameters(meters=("M00000001",)), QUICK, RealClock()) as stage:
        stage.control = None
        made = play((case,), SUITES, stage)
    (check,) = made.cases[0].checks
    assert check.outcome is Outcome.SKIPPED
    assert "silent_meter" in (check.reason or "")


def test_a_case_that_does_not_apply_says_why(target: Judged) -> None:
    made = run(target, "fails", not_offered={"trial.f*": "not in this contract"})
    (check,) = made.cases[0].checks
    assert (check.outcome, check.reason) == (Outcome.NOT_APPLICABLE, "not in this contract")


def test_no_real_meter_is_switched_that_was_not_named(target: Judged) -> None:
    """Also not by a message that is refused: a lax head end might carry it out."""
    wanted = ("controls", "epri.mr2.09", "epri.ecitp-2.09*", "errors", "asynchrony.of-a-control")
    with open_stage(target.base_url, Parameters(meters=("M00000001", "M00000002")), QUICK, RealClock()) as stage:
        stage.control = None  # as a real head end
        made = play(chosen(SUITES, wanted), SUITES, stage)
    told = [entry.request.body for entry in made.entries() if b"EndDeviceControlType" in entry.request.body]
    assert told
    assert not [body for body in told if b"M0000000" in body]


def test_what_may_not_be_changed_is_not(target: Judged) -> None:
    changing = [case for suite in SUITES for case in suite.cases if Need.CHANGES in case.needs]
    with open_stage(target.base_url, Parameters(changes=False), QUICK, RealClock()) as stage:
        made = play(changing, SUITES, stage)
    assert len(changing) > 20
    assert not made.entries()


def test_nobody_at_the_address_is_one_sentence() -> None:
    with (
        pytest.raises(TargetUnreachable, match=r"^cannot reach http://127.0.0.1:9/services/GetMeterReadings\?wsdl: \S"),
        open_stage("http://127.0.0.1:9", Parameters(), QUICK, RealClock()),
    ):
        pass


def test_somebody_else_at_the_address_is_one_sentence(target: Judged) -> None:
    with (
        pytest.raises(TargetUnreachable, match="serves no head end of this standard"),
        open_stage(f"{target.base_url}/elsewhere", Parameters(), QUICK, RealClock()),
    ):
        pass


class _Linter:
    def __init__(self, **remark: str) -> None:
        self._remark = remark

    def __call__(self, entries: Sequence[Entry]) -> Iterable[LintRemark]:
        for of_request in (True, False):
            yield LintRemark(
                rule=f"rule-of-{'request' if of_request else 'answer'}",
                severity=self._remark["severity"],
                sentence="it is not so",
                clause="61968-100:2013",
                entry=entries[0],
                of_request=of_request,
            )


@pytest.mark.parametrize(
    ("severity", "outcome"), [("error", Outcome.FAILED), ("warning", Outcome.WARNING), ("info", Outcome.PASSED)]
)
def test_a_linters_remarks_about_the_head_end_become_checks(target: Judged, severity: str, outcome: Outcome) -> None:
    (case,) = SUITE.cases[-1:]
    with open_stage(target.base_url, Parameters(), QUICK, RealClock()) as stage:
        made = play((case,), (SUITE,), stage, lint=_Linter(severity=severity))
    (check,) = [one for one in made.checks() if "lint" in one.sentence]
    assert check.outcome is outcome
    assert "request" not in check.sentence


def test_a_linter_that_breaks_down_is_an_error(target: Judged) -> None:
    (case,) = SUITE.cases[-1:]
    with open_stage(target.base_url, Parameters(), QUICK, RealClock()) as stage:
        made = play((case,), (SUITE,), stage, lint=_Linter())
    assert [check.outcome for check in made.checks()][-1] is Outcome.ERROR


def test_cases_are_chosen_by_id_suite_and_pattern() -> None:
    assert [case.id for case in chosen(SUITES, ("reading.partial", "header.replay"))] == [
        "header.replay",
        "reading.partial",
    ]
    assert {case.suite for case in chosen(SUITES, ("epri",))} == {"epri"}
    assert len(chosen(SUITES, ("*.unknown-meter",))) >= 4


def test_an_unknown_case_is_told_with_what_was_meant() -> None:
    with pytest.raises(UnknownCase, match=r"no case and no suite 'reading.partail'; did you mean 'reading.partial'\?"):
        chosen(SUITES, ("reading.partail",))


def test_every_case_has_an_id_of_its_own_and_a_clause() -> None:
    cases = [case for suite in SUITES for case in suite.cases]
    assert len({case.id for case in cases}) == len(cases)
    assert [case.id for case in cases if not case.clause or not case.title or case.title.endswith(".")] == []


def test_the_worst_counts_and_what_was_looked_at_counts_before_what_was_not() -> None:
    assert summed_up([Outcome.PASSED, Outcome.SKIPPED]) is Outcome.PASSED
    assert summed_up([Outcome.PASSED, Outcome.WARNING, Outcome.FAILED]) is Outcome.FAILED
    assert summed_up([]) is Outcome.NOT_APPLICABLE


def test_skipped_counts_only_strictly() -> None:
    check = Check(sentence="s", outcome=Outcome.SKIPPED, step="", clause="")
    assert not check.counts_as_failure(strict=False)
    assert check.counts_as_failure(strict=True)

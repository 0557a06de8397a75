"""What steps do and find, and what is held to be so where a scenario says nothing."""

from pathlib import Path

import pytest

from headend.conformance.check import Outcome
from headend.scenario import End, PlayOptions
from headend.scenario.steps import ACTIONS
from tests.scenario.conftest import Play
from tests.scenario.told import failed, outcomes, the_failure

REGISTER = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"


def test_a_step_is_checked_even_if_nothing_is_expected_of_it(play: Play) -> None:
    check = the_failure(play("steps: [{read: M99999999}]"))
    assert check.sentence == "the result is OK"
    assert check.seen == "FAILED 2.4: EndDevice name 'M99999999' is not known here"
    assert check.step == "tested.yaml, line 3: step 1, read"


def test_a_failed_check_tells_what_came_in_which_envelope(play: Play) -> None:
    result = play("steps:\n  - {name: look, read: M00000003, expect: {values: {count: 2}}}")
    check = the_failure(result)
    assert (check.sentence, check.expected) == ("values: a count of 2", "a count of 2")
    assert (check.seen or "").startswith("1: [")
    assert check.step == "tested.yaml, line 4: step 1, read (look)"
    (entry,) = [one for one in result.steps[0].entries if one.number == check.exchange]
    assert entry.response is not None
    assert b"MeterReadings" in entry.response.body


def test_the_steps_after_one_that_failed_are_not_played_unless_one_wants_it(play: Play) -> None:
    text = "steps: [{read: M99999999}, {read: M00000003}]"
    assert outcomes(play(text)) == ["failed", "skipped", "passed"]
    assert outcomes(play(text, options=PlayOptions(keep_going=True))) == ["failed", "passed", "passed"]


def test_variables_keep_their_types_and_are_texts_inside_of_texts(play: Play) -> None:
    result = play(
        f"""
variables: {{meter: M00000003, days: 2, type: {REGISTER}, from: "now-${{days}}d"}}
steps:
  - read: {{meters: ["${{meter}}"], reading_types: "${{type}}", start: "${{from}}", end: now}}
    expect: {{"readings[*].meter": {{every: "${{meter}}"}}, values: {{count: "${{days}}"}}}}
    save: {{last: "values[-1]"}}
  - read: {{meters: "M0000000${{three}}", reading_types: "${{type}}", start: midnight-1s, end: midnight}}
    expect: {{values: ["${{last}}"]}}
""".replace("${three}", "3")
    )
    assert failed(result) == []


def test_a_message_is_waited_for_once(play: Play) -> None:
    result = play(
        """
subscriptions: [EndDeviceEvents]
steps:
  - disconnect: M00000003
  - wait_for: EndDeviceEvents
  - {wait_for: EndDeviceEvents, within: 100ms}
"""
    )
    check = the_failure(result)
    assert check.sentence == "1 came: noun EndDeviceEvents"
    assert "received:\n  1. created EndDeviceEvents, 1 event, M00000003 RCDSwitch.-.Disconnected" in (check.seen or "")


def test_a_message_that_nobody_waited_for_is_one_too_many(play: Play) -> None:
    result = play(
        """
subscriptions: [EndDeviceEvents]
steps:
  - disconnect: M00000003
  - no_further_message: {noun: MeterReadings}
  - no_further_message:
"""
    )
    assert outcomes(result) == ["passed", "passed", "failed", "passed"]
    assert the_failure(result).sentence == "nothing more came: any message"


def test_readings_are_held_to_the_truth(play: Play) -> None:
    spoilt = """
steps:
  - defect: {meter: M00000003, kind: spike, start: now-2h, end: now-1h}
  - read: {meters: M00000003, start: now-3h, end: now, truth: %s}
    expect: {result: OK}
"""
    assert failed(play(spoilt % "reported")) == []
    check = the_failure(play(spoilt % "registered"))
    assert check.sentence.endswith("readings are what was registered")
    assert "2026-03-02T" in (check.seen or "")


def test_what_was_read_is_not_compared_where_there_is_nothing(play: Play) -> None:
    result = play("steps: [{read: {meters: M99999999, truth: registered}, expect: {result: FAILED}}]")
    assert the_failure(result).seen == "no reading"


def test_a_journal_entry_may_be_looked_at_and_waited_for(play: Play) -> None:
    result = play(
        """
steps:
  - read: M00000003
  - journal: {operation: GetMeterReadings, meter: M00000003}
    expect: {"entries[*].result": [OK], asked: {contains: M00000003}}
  - {journal: {code: 2.4}, within: 50ms}
"""
    )
    assert the_failure(result).sentence == "the journal has 1 of code 2.4"


def test_the_control_api_may_be_expected_to_refuse(play: Play) -> None:
    text = "steps: [{restore: 0b0e1a52-0000-4000-8000-000000000000%s}]"
    result = play(text % ", expect: {refused.status: 404}")
    assert failed(result) == []
    unexpected = play(text % "")
    assert unexpected.end is End.BAD_FILE
    assert "line 3: step 1, restore: " in (unexpected.reason or "")


def test_a_step_that_fits_only_not_now_is_a_failure_and_no_mistake_of_the_file(play: Play) -> None:
    result = play("head_end: {meters: 10, clock: real}\nsteps: [{advance: 1h}]")
    assert (result.end, result.passed) == (End.PLAYED, False)
    assert the_failure(result).outcome is Outcome.ERROR


def test_time_does_not_run_backwards(play: Play) -> None:
    result = play("steps: [{advance: {to: now-1h}}]")
    assert result.end is End.BAD_FILE
    assert "the time would run backwards by 1:00:00" in (result.reason or "")


def test_what_the_head_end_has_not_is_told_as_such(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    from headend.client import ControlClient, ControlRefused

    def nowhere(self: ControlClient, method: str, path: str, *rest: object, **more: object) -> object:
        if path == "faults":
            raise ControlRefused(404, "nothing is at /control/v1/faults", None)
        return call(self, method, path, *rest, **more)  # type: ignore[arg-type]

    call = ControlClient.call
    monkeypatch.setattr(ControlClient, "call", nowhere)
    result = play("steps: [{read: M00000003}, {fault: reset}, {read: M00000003}]")
    assert result.end is End.NOT_PLAYABLE
    assert "this head end has no faults on demand" in (result.reason or "")
    assert outcomes(result) == ["passed", "error", "skipped"]


def test_a_fault_breaks_what_it_matches(play: Play) -> None:
    result = play(
        """
lint: "off"
faults: [{kind: reply-code, code: "5.1", match: {meter: M00000003}, times: 1}]
steps:
  - {read: M00000003, expect: {codes: ["5.1"], result: FAILED}}
  - fault: {kind: http-status, status: 502, match: {service: GetMeterReadings}, times: 1}
  - {read: M00000003, expect: {http_status: 502, correlation_id: null}}
  - {read: M00000003}
"""
    )
    assert (result.end, result.passed) == (End.PLAYED, True)


def test_a_fault_that_cannot_be_is_the_files_mistake(play: Play) -> None:
    result = play("steps: [{fault: {kind: reset, status: 503}}]")
    assert result.end is End.BAD_FILE
    assert "the kind 'reset' takes no status" in (result.reason or "")


def test_preconditions_that_cannot_be_are_the_files_mistake(play: Play) -> None:
    result = play("subscriptions: [{noun: EndDeviceEvents, meters: M99999999}]\nsteps: [{read: M00000003}]")
    assert result.end is End.BAD_FILE
    assert "the subscription to EndDeviceEvents: " in (result.reason or "")
    assert outcomes(result) == ["skipped"]


def test_an_envelope_has_its_variables_escaped(play: Play, tmp_path: Path) -> None:
    (tmp_path / "read.xml").write_text(
        """<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>
<GetMeterReadings xmlns="http://iec.ch/TC57/2011/GetMeterReadingsMessage" xmlns:m="http://iec.ch/TC57/2011/schema/message">
<Header><m:Verb>get</m:Verb><m:Noun>MeterReadings</m:Noun><m:Timestamp>${now}</m:Timestamp></Header>
<Request><GetMeterReadings xmlns="http://iec.ch/TC57/2011/GetMeterReadings#">
<EndDevice><Names><name>${meter}</name></Names></EndDevice></GetMeterReadings></Request></GetMeterReadings></Body></Envelope>
""",
        "utf-8",
    )
    result = play(
        """
variables: {meter: "<&M99"}
steps: [{send: {service: GetMeterReadings, file: read.xml}, expect: {codes: [2.4], "errors[0].id": "${meter}"}}]
"""
    )
    assert failed(result) == []


def test_an_answer_that_never_comes_may_be_expected(play: Play) -> None:
    text = "orderings: [{kind: never, times: 1}]\nsteps: [{read: M00000003%s}, {read: M00000003}]"
    assert failed(play(text % ", expect: {answered: false}")) == []
    assert the_failure(play(text % "")).sentence == "an answer comes"


def test_a_fault_is_no_reply(play: Play) -> None:
    result = play(
        """
head_end: {meters: 10, error_style: fault}
steps:
  - {read: M99999999, expect: {fault.sentence: {contains: M99999999}, http_status: 500}}
  - read: M99999999
"""
    )
    assert the_failure(result).sentence == "the result is OK"
    assert (the_failure(result).seen or "").startswith("a fault: ")


def test_what_the_linter_finds_fails_unless_it_is_left_out(play: Play) -> None:
    text = """
orderings: [{kind: wrong-correlation}]
lint: %s
steps: [{read: M00000003, expect: {correlation_id: {exists: true}}}]
"""
    assert failed(play(text % "error")) == ["the linter's rule header.correlation-echoed is kept"]
    assert failed(play(text % "{leave_out: header.*}")) == []
    assert failed(play(text % "off")) == []
    assert failed(play(text % "off", options=PlayOptions(lint="error"))) != []


def test_a_reset_begins_anew_and_keeps_the_subscriptions(play: Play) -> None:
    result = play(
        """
subscriptions: [EndDeviceEvents]
steps:
  - advance: 1d
  - disconnect: M00000003
  - {reset: , expect: {now: start}}
  - {meter: M00000003, expect: {switch: connected}}
  - {control: {path: subscriptions}, expect: {answer.subscriptions: {count: 1}}}
"""
    )
    assert failed(result) == []


def test_every_action_is_played_by_a_test_or_an_example() -> None:
    texts = [Path(__file__).read_text("utf-8")]
    texts += [file.read_text("utf-8") for file in (Path(__file__).parents[2] / "examples/scenarios").glob("*.yaml")]
    missing = [key for key in ACTIONS if not any(f"{key}:" in text for text in texts)]
    assert missing == []

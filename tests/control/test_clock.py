"""The fleet's time is driven by /control/v1/clock."""

from datetime import datetime
from pathlib import Path

import pytest

from headend.store import MessageState, NewMessage
from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.delivery.receiver import receiver
from tests.support.in_process import in_process


def advance(control: ControlApi, by: str) -> str:
    now: str = control.post("clock/advance", {"by": by})["now"]
    return now


def test_the_clock_says_what_time_it_is_and_how_it_runs(control: ControlApi) -> None:
    clock = control.get("clock")
    assert clock == {
        "now": "2026-03-02T12:00:00Z",
        "rate": 0,
        "frozen": True,
        "setting": "stepped@2026-03-02T12:00:00Z",
        "can_be_moved": True,
        "settled": None,
    }


@pytest.mark.parametrize(
    ("by", "now"),
    [
        ("PT1H", "2026-03-02T13:00:00Z"),
        ("PT15M", "2026-03-02T12:15:00Z"),
        ("PT0.5S", "2026-03-02T12:00:00.500000Z"),
        ("P1DT12H", "2026-03-04T00:00:00Z"),
        ("P2W", "2026-03-16T12:00:00Z"),
        ("PT0S", "2026-03-02T12:00:00Z"),
    ],
)
def test_the_time_jumps_by_a_duration(control: ControlApi, by: str, now: str) -> None:
    assert advance(control, by) == now
    assert control.get("clock")["now"] == now


def test_a_reading_after_the_jump_is_stamped_after_it(control: ControlApi) -> None:
    advance(control, "PT6H")
    assert control.head_end.read("M00000001").header["Timestamp"] == "2026-03-02T18:00:00Z"


@pytest.mark.parametrize("by", ["1h", "PT", "P", "-PT1H", "P1Y", "P1M", "", 3600, None, "PT1H ", "PT1"])
def test_what_is_no_duration_is_told_how_one_looks(control: ControlApi, by: object) -> None:
    answered = control.call("POST", "clock/advance", {"by": by})
    assert answered.status == 422
    assert answered.body["errors"][0]["where"] == "body.by"
    assert "such as PT1H" in answered.body["detail"]


def test_the_time_is_set_to_a_later_instant_in_any_zone(control: ControlApi) -> None:
    answered = control.call("PUT", "clock", {"instant": "2026-03-03T00:00:00+02:00"})
    assert answered.body["now"] == "2026-03-02T22:00:00Z"


def test_the_time_is_not_set_back(control: ControlApi) -> None:
    answered = control.call("PUT", "clock", {"instant": "2026-03-02T11:59:59Z"})
    assert answered.status == 409
    assert "time does not run backwards" in answered.body["detail"]
    assert control.get("clock")["now"] == "2026-03-02T12:00:00Z"


def test_an_instant_needs_its_zone(control: ControlApi) -> None:
    answered = control.call("PUT", "clock", {"instant": "2026-03-03T00:00:00"})
    assert "has no zone" in answered.body["detail"]


@pytest.mark.parametrize("move", [("PUT", "clock", {"instant": "2200-01-01T00:00:00Z"}),
                                  ("POST", "clock/advance", {"by": "P99999D"}),
                                  ("POST", "clock/advance", {"by": "PT999999H"}),
                                  ("POST", "clock/advance", {"by": "P99999W"}),
                                  ("POST", "clock/advance", {"by": "P999999DT999999H"})])  # fmt: skip
def test_the_time_stays_inside_the_calendar(control: ControlApi, move: tuple[str, str, object]) -> None:
    answered = control.call(*move)
    later = control.get("clock")["now"]
    assert (answered.status, later) == (422, "2026-03-02T12:00:00Z") or later < "2200"


def test_a_clock_of_another_rate_runs_by_it(control: ControlApi) -> None:
    control.call("PUT", "clock", {"rate": 60})
    control.head_end.advance(minutes=1)
    assert control.get("clock")["now"] == "2026-03-02T13:00:00Z"


def test_a_frozen_clock_stands_and_goes_on_at_the_rate_of_its_setting(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, clock="x60") as opened:
        control = ControlApi(opened)
        opened.advance(minutes=1)
        control.call("PUT", "clock", {"frozen": True})
        opened.advance(minutes=10)
        frozen = control.get("clock")
        control.call("PUT", "clock", {"frozen": False})
        opened.advance(minutes=1)
        assert (frozen["now"], frozen["rate"]) == ("2026-03-02T13:00:00Z", 0)
        assert control.get("clock")["now"] == "2026-03-02T14:00:00Z"


def test_frozen_and_rate_together_contradict_each_other(control: ControlApi) -> None:
    assert control.call("PUT", "clock", {"frozen": True, "rate": 1}).status == 422


def test_setting_nothing_is_refused(control: ControlApi) -> None:
    assert "say at least one of" in control.call("PUT", "clock", {}).body["detail"]


@pytest.mark.parametrize("rate", [-1, 1e9, "fast"])
def test_a_rate_has_bounds(control: ControlApi, rate: object) -> None:
    assert control.call("PUT", "clock", {"rate": rate}).body["errors"][0]["where"] == "body.rate"


def test_the_machines_own_time_cannot_be_moved(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON) as opened:
        control = ControlApi(opened)
        assert control.get("clock")["can_be_moved"] is False
        answered = control.call("POST", "clock/advance", {"by": "PT1H"})
    assert answered.status == 409
    assert "--clock stepped" in answered.body["remedy"]


def test_an_unknown_field_is_told_what_was_meant(control: ControlApi) -> None:
    answered = control.call("POST", "clock/advance", {"bye": "PT1H"})
    assert {"where": "body.bye", "what": "there is no such field; did you mean 'by'?"} in answered.body["errors"]


def queue(control: ControlApi, destination: str, at: str) -> None:
    """A message that becomes due at an instant."""
    due = datetime.fromisoformat(at)
    with control.head_end.head_end.store.writing() as work:
        work.outbox.add(NewMessage(destination, "created", "EndDeviceEvents", "m-1", [], NOON, not_before=due))


def test_a_jump_answers_when_what_became_due_was_delivered(control: ControlApi) -> None:
    with receiver() as mdm:
        queue(control, mdm.url, "2026-03-02T13:00:00Z")
        control.head_end.head_end.start()
        settled = control.post("clock/advance", {"by": "PT1H"})["settled"]
        assert (settled, len(mdm.received)) == (True, 1)


def test_a_jump_does_not_wait_for_retries_of_a_receiver_that_is_down(control: ControlApi) -> None:
    queue(control, "http://127.0.0.1:9/nobody", "2026-03-02T13:00:00Z")
    control.head_end.head_end.start()
    assert control.post("clock/advance", {"by": "PT1H"})["settled"] is True
    (delivery,) = control.get("deliveries")["deliveries"]
    assert (delivery["state"], delivery["attempts"]) == (MessageState.RETRYING, 1)


def test_a_jump_need_not_wait(control: ControlApi) -> None:
    assert control.post("clock/advance", {"by": "PT1H", "wait": False})["settled"] is None


def test_what_nobody_sends_is_not_settled(control: ControlApi) -> None:
    queue(control, "http://127.0.0.1:9/nobody", "2026-03-02T13:00:00Z")
    assert control.post("clock/advance", {"by": "PT1H"})["settled"] is False

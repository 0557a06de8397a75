"""Controls seen and taken back by /control/v1/controls."""

import pytest

from tests.control.control_api import ControlApi
from tests.support.soap_requests import CONNECT
from tests.support.soap_requests import control as control_text

METER, OTHER = "M00000005", "M00000006"
LATER = "<primaryDeviceTiming><interval><start>2026-03-02T14:00:00Z</start></interval></primaryDeviceTiming>"


def scheduled(api: ControlApi, *meters: str, mrid: str = "c") -> None:
    """A disconnect for two o'clock; it is noon."""
    api.head_end.control(controls=control_text(*meters, before=f"<mRID>{mrid}</mRID>", after=LATER))


def test_a_control_shows_how_it_stands_and_what_has_come_of_it_at_each_device(control: ControlApi) -> None:
    scheduled(control, METER, OTHER)
    before = control.get("controls/c")
    assert (before["state"], before["devices"], before["start"]) == (
        "scheduled",
        {"scheduled": 2},
        "2026-03-02T14:00:00Z",
    )
    control.post("clock/advance", {"by": "PT2H"})
    after = control.get("controls/c")
    assert (after["state"], after["mnemonic"]) == ("done", "RCDSwitch.-.Disconnect")
    outcomes = {one["meter_name"]: (one["state"], one["event"]) for one in after["outcomes"]}
    assert outcomes == {METER: ("done", "3.31.0.68"), OTHER: ("done", "3.31.0.68")}


def test_controls_are_listed_the_newest_first(control: ControlApi) -> None:
    scheduled(control, METER)
    control.head_end.control(OTHER, code=CONNECT)
    assert [one["type"] for one in control.get("controls")["controls"]] == ["3.31.0.18", "3.31.0.23"]
    assert [one["mrid"] for one in control.get(f"controls?meter={METER}")["controls"]] == ["c"]
    assert [one["mrid"] for one in control.get("controls?state=scheduled")["controls"]] == ["c"]
    assert control.get("controls?limit=1")["total"] == 2


def test_a_control_is_cancelled_where_it_has_not_begun(control: ControlApi) -> None:
    scheduled(control, METER)
    cancelled = control.post("controls/c/cancel")
    assert (cancelled["state"], cancelled["devices"]) == ("cancelled", {"cancelled": 1})
    control.post("clock/advance", {"by": "PT3H"})
    assert control.get(f"meters/{METER}")["switch"] == "connected"


def test_what_has_begun_is_not_cancelled(control: ControlApi) -> None:
    (mrid,) = control.head_end.disconnect(METER).ids
    answer = control.call("POST", f"controls/{mrid}/cancel")
    assert (answer.status, "is done; only another command undoes it" in answer.body["detail"]) == (409, True)


@pytest.mark.parametrize(("method", "path"), [("GET", "controls/none"), ("POST", "controls/none/cancel")])
def test_an_unknown_control_is_not_found(control: ControlApi, method: str, path: str) -> None:
    assert control.call(method, path).status == 404


def test_an_unknown_meter_is_not_found(control: ControlApi) -> None:
    assert control.call("GET", "controls?meter=nobody").status == 404

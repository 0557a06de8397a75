"""Nodes of the network fail and come back by /control/v1/outages."""

from typing import Any

import pytest

from tests.control.control_api import ControlApi
from tests.delivery.receiver import Receiver, receiver
from tests.support.patience import eventually
from tests.support.soap_requests import control as soap_control

FEEDER = "F00000000"


def start(control: ControlApi, **how: Any) -> dict[str, Any]:
    made: dict[str, Any] = control.post("outages", {"node": FEEDER, **how})
    return made


def outages(control: ControlApi) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get("outages")["outages"]
    return found


def power_at(control: ControlApi, now: str) -> int:
    """Energy of the last quarter-hour before an instant, of a meter under the feeder: Wh."""
    control.call("PUT", "clock", {"instant": now})
    reading_type = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
    reply = control.head_end.read("M00000001", reading_types=[reading_type], period=("2026-03-02T12:00:00Z", now))
    values = reply.payload.findall(".//{*}IntervalReadings/{*}value")
    return int(values[-1].text or "")


def test_an_outage_begins_now_and_lasts(control: ControlApi) -> None:
    made = start(control)
    assert (made["start"], made["end"], made["restored"]) == ("2026-03-02T12:00:00Z", None, None)
    assert (made["node"]["class"], made["node"]["name"]) == ("Feeder", FEEDER)
    assert outages(control) == [made]


def test_an_outage_has_a_duration(control: ControlApi) -> None:
    made = start(control, duration="PT45M", steps=3, every_s=60)
    assert (made["end"], made["restored"]) == ("2026-03-02T12:45:00Z", "2026-03-02T12:47:00Z")


def test_an_outage_may_begin_later(control: ControlApi) -> None:
    made = start(control, start="2026-03-02T15:00:00+01:00", end="2026-03-02T15:00:00Z")
    assert (made["start"], made["end"]) == ("2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z")


def test_no_energy_flows_while_it_lasts(control: ControlApi) -> None:
    start(control, duration="PT1H")
    assert power_at(control, "2026-03-02T13:00:00Z") == 0
    assert power_at(control, "2026-03-02T14:00:00Z") > 0


def test_an_outage_is_ended(control: ControlApi) -> None:
    made = start(control)
    control.post("clock/advance", {"by": "PT1H"})
    ended = control.call("DELETE", f"outages/{made['mrid']}")
    assert (ended.status, ended.body["restored"]) == (200, "2026-03-02T13:00:00Z")


@pytest.mark.parametrize("ended_after", ["PT1H", "PT10S"])
def test_whoever_ends_it_lets_restorations_be_told_once(control: ControlApi, ended_after: str) -> None:
    """The very second of the end was told already when it was advanced to."""
    with receiver() as mdm:
        control.post("subscriptions", {"url": mdm.url})
        made = start(control)
        control.post("clock/advance", {"by": "PT5S"})
        control.post("clock/advance", {"by": ended_after})
        control.call("DELETE", f"outages/{made['mrid']}")
        control.post("clock/advance", {"by": "PT1H"})
        told = [one["recipe"]["types"] for one in control.get("deliveries")["deliveries"]]
    assert told == [["3.26.0.85"] * 1000, ["3.26.0.216"] * 1000]


def test_an_outage_that_had_not_begun_never_was(control: ControlApi) -> None:
    made = start(control, start="2026-03-02T14:00:00Z")
    assert control.call("DELETE", f"outages/{made['mrid']}").status == 204
    assert outages(control) == []


def test_an_outage_is_not_ended_twice(control: ControlApi) -> None:
    made = start(control)
    control.post("clock/advance", {"by": "PT1H"})
    control.call("DELETE", f"outages/{made['mrid']}")
    assert control.call("DELETE", f"outages/{made['mrid']}").status == 409


def test_an_unknown_outage_is_not_found(control: ControlApi) -> None:
    assert control.call("DELETE", "outages/nothing").status == 404


def test_an_unknown_node_is_told_what_was_meant(control: ControlApi) -> None:
    answered = control.call("POST", "outages", {"node": "F0"})
    assert answered.status == 404
    assert "did you mean 'F00000000'?" in answered.body["detail"]


@pytest.mark.parametrize(
    "how",
    [
        {"end": "2026-03-02T11:00:00Z"},
        {"end": "2026-03-02T13:00:00Z", "duration": "PT1H"},
        {"duration": "PT0S"},
        {"duration": "P999999D"},
        {"end": "9999-12-31T23:59:59Z"},
        {"start": "1990-01-01T00:00:00Z"},
        {"steps": 0},
        {"reclosings_s": [0]},
        {"reporting": "never"},
    ],
)
def test_an_outage_that_cannot_be_is_refused(control: ControlApi, how: dict[str, Any]) -> None:
    assert control.call("POST", "outages", {"node": FEEDER, **how}).status == 422
    assert outages(control) == []


def test_a_reset_ends_all_outages(control: ControlApi) -> None:
    start(control)
    control.post("reset")
    assert outages(control) == []


def test_restorations_of_one_instant_are_all_told(control: ControlApi) -> None:
    control.head_end.head_end.start()
    with receiver() as mdm:
        control.post("subscriptions", {"url": mdm.url})
        lost = [control.post("outages", {"node": meter}) for meter in ("M00000001", "M00000002")]
        control.post("clock/advance", {"by": "PT1H"})
        for count, outage in enumerate(lost, start=1):
            control.call("DELETE", f"outages/{outage['mrid']}")
            # The first is told before the second comes, though the clock stands.
            eventually(lambda count=count: restorations(mdm) == count, f"{count} restorations are told")


def restorations(mdm: Receiver) -> int:
    return sum(got.body.count(b'"3.26.0.216"') for got in list(mdm.received))


AT_TWO = "<primaryDeviceTiming><interval><start>2026-03-02T14:00:00Z</start></interval></primaryDeviceTiming>"


def scheduled_disconnect(control: ControlApi) -> str:
    """Its mRID: of a disconnect for two o'clock."""
    reply = control.head_end.control(controls=soap_control("M00000001", after=AT_TWO))
    assert reply.codes == ["0.3"]
    return reply.ids[0]


def state_at(control: ControlApi, mrid: str, now: str) -> str:
    control.call("PUT", "clock", {"instant": now})
    return str(control.get(f"controls/{mrid}")["state"])


def test_a_scheduled_command_expires_where_its_meter_has_no_power(control: ControlApi) -> None:
    mrid = scheduled_disconnect(control)
    start(control, start="2026-03-02T13:00:00Z", duration="PT2H")
    assert state_at(control, mrid, "2026-03-02T14:30:00Z") == "expired"


@pytest.mark.parametrize("begins", ["2026-03-02T13:00:00Z", "2026-03-02T12:00:00Z"], ids=["had not begun", "is over"])
def test_an_outage_that_is_taken_back_lets_it_happen(control: ControlApi, begins: str) -> None:
    mrid = scheduled_disconnect(control)
    outage = start(control, start=begins, duration="PT3H")
    control.call("PUT", "clock", {"instant": "2026-03-02T12:30:00Z"})
    control.call("DELETE", f"outages/{outage['mrid']}")
    assert state_at(control, mrid, "2026-03-02T14:30:00Z") == "done"


def test_an_outage_of_the_past_changes_nothing_of_what_was_done(control: ControlApi) -> None:
    mrid = scheduled_disconnect(control)
    assert state_at(control, mrid, "2026-03-02T14:30:00Z") == "done"
    start(control, start="2026-03-02T13:00:00Z", duration="PT2H")
    assert state_at(control, mrid, "2026-03-02T16:00:00Z") == "done"

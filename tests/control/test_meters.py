"""The fleet can be looked through at /control/v1/meters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.support.in_process import in_process
from tests.support.soap_requests import control as control_text

EXAMPLES = Path(__file__).parents[2] / "examples" / "fleets"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlApi]:
    """A fleet of several templates and classes."""
    with in_process(tmp_path_factory.mktemp("town"), NOON, fleet=EXAMPLES / "mixed-town.yaml") as opened:
        yield ControlApi(opened)


def names(control: ControlApi, query: str) -> list[str]:
    return [meter["name"] for meter in control.get(f"meters?{query}")["meters"]]


def all_names(control: ControlApi, query: str) -> list[str]:
    """Page by page."""
    found: list[str] = []
    after = 0
    while after is not None:
        page = control.get(f"meters?limit=300&after={after}&{query}")
        found += [meter["name"] for meter in page["meters"]]
        after = page["next"]
    return found


def test_meters_come_in_the_order_of_the_fleet(quiet: ControlApi) -> None:
    assert names(quiet, "limit=3") == ["M00000000", "M00000001", "M00000002"]


def test_every_meter_is_on_exactly_one_page(quiet: ControlApi) -> None:
    assert all_names(quiet, "") == [f"M{number:08}" for number in range(1000)]


def test_the_last_page_says_so(quiet: ControlApi) -> None:
    assert quiet.get("meters?after=999")["next"] is None


def test_a_page_beyond_the_end_is_empty(quiet: ControlApi) -> None:
    assert quiet.get("meters?after=5000")["meters"] == []


def test_meters_are_found_by_a_piece_of_their_name_in_any_case(quiet: ControlApi) -> None:
    assert names(quiet, "text=m0000042") == [f"M0000042{digit}" for digit in range(10)]


def test_meters_are_found_by_a_piece_of_their_mrid(quiet: ControlApi) -> None:
    mrid = quiet.get("meters/M00000042")["mRID"]
    assert names(quiet, f"text={mrid[-12:].upper()}") == ["M00000042"]


def test_meters_are_found_by_their_class(town: ControlApi) -> None:
    found = all_names(town, "class=heat_pump")
    assert {town.get(f"meters/{name}")["class"] for name in found[:3]} == {"heat_pump"}
    assert 0 < len(found) < town.get("meters?limit=1")["fleet_size"]


def test_meters_are_found_by_what_feeds_them(town: ControlApi) -> None:
    page = town.get("meters?group=F00000000&limit=500")
    assert page["meters"]
    assert all("F00000000" in meter["network"] for meter in page["meters"])


def test_an_unknown_group_is_told_which_templates_there_are(town: ControlApi) -> None:
    answered = town.call("GET", "meters?group=nowhere")
    assert answered.status == 404
    assert "there is no group 'nowhere'" in answered.body["detail"]


def test_a_misspelt_class_is_told_what_was_meant(town: ControlApi) -> None:
    assert "did you mean 'residential'?" in town.call("GET", "meters?class=residental").body["detail"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=many", "after=-1", "text="])
def test_a_value_out_of_bounds_names_its_parameter(quiet: ControlApi, query: str) -> None:
    answered = quiet.call("GET", f"meters?{query}")
    assert answered.body["errors"][0]["where"] == f"query.{query.partition('=')[0]}"


def test_an_unknown_parameter_is_told_what_was_meant(quiet: ControlApi) -> None:
    assert "did you mean 'limit'?" in quiet.call("GET", "meters?limt=3").body["detail"]


def test_a_meter_has_one_state_by_name_and_by_mrid(quiet: ControlApi) -> None:
    by_name = quiet.get("meters/M00000042")
    assert quiet.get(f"meters/{by_name['mRID'].upper()}") == by_name


def test_the_state_of_a_meter_has_its_switch_registers_and_events(control: ControlApi) -> None:
    control.head_end.disconnect("M00000042")
    state = control.get("meters/M00000042")
    assert state["switch"] == "disconnected"
    assert [event["EndDeviceEventType"] for event in state["EndDeviceEvent"]] == ["3.31.0.68"]
    assert state["interruptions"][0]["start"] == state["time"] == "2026-03-02T12:00:00Z"
    assert state["registers"][0]["timeStamp"] == "2026-03-02T12:00:00Z"


def test_an_unknown_meter_is_told_how_the_fleet_names_its_own(quiet: ControlApi) -> None:
    answered = quiet.call("GET", "meters/X1")
    assert answered.status == 404
    assert "its meters are M00000000 to M00000999" in answered.body["detail"]


def test_a_meter_of_ones_own_list_has_the_firmware_that_the_list_says(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, fleet=EXAMPLES / "own-meters.yaml") as opened:
        assert ControlApi(opened).get("meters/ELS-100234")["firmware"] == "3.1.4"


def position(control: ControlApi, meter: str = "M00000003") -> str:
    return str(control.get(f"meters/{meter}")["switch"])


def patch(control: ControlApi, change: dict[str, str], meter: str = "M00000003") -> Any:
    answered = control.call("PATCH", f"meters/{meter}", change)
    assert answered.status == 200, answered
    return answered.body


def advance(control: ControlApi, by: str) -> None:
    control.post("clock/advance", {"by": by})


def test_a_switch_is_moved_by_hand_and_the_meter_tells_of_it(control: ControlApi) -> None:
    control.post("subscriptions", {"url": "http://127.0.0.1:9/events"})
    state = patch(control, {"switch": "disconnected"})
    assert state["switch"] == "disconnected"
    assert [(one["start"], one["end"], one["cause"]) for one in state["interruptions"]] == [
        ("2026-03-02T12:00:00Z", None, "switch by hand")
    ]
    (event,) = state["EndDeviceEvent"]
    assert (event["words"], event["issuerTrackingID"]) == ("RCDSwitch.-.Disconnected", None)
    assert control.get("controls")["total"] == 0
    assert [one["noun"] for one in control.get("deliveries")["deliveries"]] == ["EndDeviceEvents"]


def test_no_energy_flows_behind_a_switch_that_was_opened_by_hand(control: ControlApi) -> None:
    patch(control, {"switch": "disconnected"})
    advance(control, "PT2H")
    patch(control, {"switch": "connected"})
    advance(control, "PT1H")
    window = "start=2026-03-02T12:00:00Z&end=2026-03-02T15:00:00Z&ReadingType=0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
    values = [one["reported"] for one in control.get(f"truth?meter=M00000003&{window}")["readings"]]
    assert sum(values[:8]) == 0
    assert sum(values[8:12]) > 0


def test_a_switch_that_stands_so_already_is_left_alone(control: ControlApi) -> None:
    assert patch(control, {"switch": "connected"})["EndDeviceEvent"] == []
    patch(control, {"switch": "disconnected"})
    assert len(patch(control, {"switch": "disconnected"})["EndDeviceEvent"]) == 1


def test_hand_and_command_take_turns(control: ControlApi) -> None:
    assert control.head_end.disconnect("M00000003").result == "OK"
    advance(control, "PT1M")
    patch(control, {"switch": "connected"})
    assert position(control) == "connected"
    advance(control, "PT1M")
    assert control.head_end.disconnect("M00000003", fields={"MessageID": "again"}).result == "OK"
    advance(control, "PT1M")
    windows = control.get("meters/M00000003")["interruptions"]
    assert [(one["start"][11:19], one["end"] and one["end"][11:19]) for one in windows] == [
        ("12:00:00", "12:01:00"),
        ("12:02:00", None),
    ]


def test_a_command_that_is_still_to_come_is_carried_out_all_the_same(control: ControlApi) -> None:
    at_one = "<primaryDeviceTiming><interval><start>2026-03-02T13:00:00Z</start></interval></primaryDeviceTiming>"
    assert control.head_end.control(controls=control_text("M00000003", after=at_one)).result == "OK"
    patch(control, {"switch": "disconnected"})
    advance(control, "PT30M")
    patch(control, {"switch": "connected"})
    assert position(control) == "connected"
    advance(control, "PT31M")
    assert position(control) == "disconnected"


def test_a_meter_without_a_switch_has_none_to_move(town: ControlApi) -> None:
    (lamp, *_) = town.get("meters?class=street_lighting&limit=1")["meters"]
    problem = town.call("PATCH", f"meters/{lamp['name']}", {"switch": "disconnected"})
    assert (problem.status, "has no switch" in problem.body["detail"]) == (409, True)


def test_a_firmware_update_goes_through_its_stages(control: ControlApi) -> None:
    patch(control, {"firmware": "9.9"})
    advance(control, "P3D")
    state = control.get("meters/M00000003")
    assert state["firmware"] == "9.9"
    assert len(state["EndDeviceEvent"]) >= 2


@pytest.mark.parametrize("change", [{}, {"switch": "armed"}, {"firmware": ""}, {"swich": "connected"}])
def test_a_change_that_is_none_is_told(quiet: ControlApi, change: dict[str, str]) -> None:
    assert quiet.call("PATCH", "meters/M00000003", change).status == 422


def test_nothing_is_changed_at_an_unknown_meter(quiet: ControlApi) -> None:
    assert quiet.call("PATCH", "meters/M99", {"switch": "connected"}).status == 404

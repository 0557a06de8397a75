"""The fleet can be looked through at /control/v1/meters."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.support.in_process import in_process

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

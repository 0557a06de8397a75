"""A head end with a fleet from a file: its meters, usage points and groups on the wire."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.compose import open_head_end
from headend.config import Settings
from simulator.conditions import IDEAL, REALISTIC
from simulator.fleet import InvalidFleet
from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import events, intervals, meters
from tests.support.soap_requests import DISCONNECT, DISCONNECTED, control, create_end_device_controls

FLEET = """\
topology: {usage_points_per_transformer: 4, transformers_per_feeder: 2, feeders_per_substation: 2}
templates:
  - name: homes
    count: 10
    names: {prefix: H, digits: 2}
    usage_point_names: {prefix: HOME, digits: 2}
  - name: gas
    count: 5
    class: gas
    together_with: homes
    names: {prefix: G, digits: 2}
  - name: shops
    count: 2
    class: commercial
    names: {prefix: C, digits: 2}
meters_csv: own.csv
"""
OWN = """\
mrid,name,class,usage_point,transformer
urn:x:1,Quay & Sons,residential,Quay,TX
urn:x:2,Quay gas,gas,Quay,
"""


def fleet_file(directory: Path) -> Path:
    (directory / "own.csv").write_text(OWN)
    (directory / "fleet.yaml").write_text(FLEET)
    return directory / "fleet.yaml"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path, NOON, fleet=fleet_file(tmp_path)) as opened:
        yield opened


def named(element: str, *names: str) -> str:
    return "".join(f"<{element}><Names><name>{name}</name></Names></{element}>" for name in names)


@pytest.mark.clause("61968-9:2013 Annex J")
@pytest.mark.parametrize(
    ("profile", "expected"),
    {
        "a template": (named("EndDeviceGroup", "gas"), ["G00", "G01", "G02", "G03", "G04"]),
        "the imported meters": (named("EndDeviceGroup", "imported"), ["Quay & Sons", "Quay gas"]),
        "a feeder": (named("EndDeviceGroup", "F00000001"), ["H08", "H09", "C00", "C01"]),
        "a transformer": (named("TransformerTank", "T00000001"), ["H04", "H05", "H06", "H07"]),
        "a transformer of the list": (named("TransformerTank", "TX"), ["Quay & Sons"]),
        "the usage points of a transformer": (
            named("UsagePointGroup", "T00000001"),
            ["H04", "H05", "H06", "H07", "G02", "G03"],
        ),
        "a usage point with two meters": (named("UsagePoint", "HOME02"), ["H02", "G01"]),
        "an imported usage point": (named("UsagePoint", "Quay"), ["Quay & Sons", "Quay gas"]),
        "overlapping groups": (
            named("EndDevice", "H05") + named("EndDeviceGroup", "T00000001") + named("TransformerTank", "T00000001"),
            ["H05", "H04", "H06", "H07"],
        ),
    }.values(),
)
def test_meters_are_read_by_their_group(town: InProcessHeadEnd, profile: str, expected: list[str]) -> None:
    reply = town.read(profile=profile)
    assert (reply.result, meters(reply)) == ("OK", expected)


def test_a_group_is_known_by_its_mrid(town: InProcessHeadEnd) -> None:
    group = town.head_end.fleet.group("T00000002")
    assert group is not None
    reply = town.read(profile=f"<TransformerTank><mRID>{group.mrid}</mRID></TransformerTank>")
    assert meters(reply) == ["H08", "H09", "C00", "C01"]


@pytest.mark.clause("61968-9:2013 Annex B")
def test_an_unknown_group_beside_a_known_one_is_an_error_of_its_own(town: InProcessHeadEnd) -> None:
    reply = town.read(profile=named("EndDeviceGroup", "shops", "shacks"))
    assert (reply.result, meters(reply), reply.codes) == ("PARTIAL", ["C00", "C01"], ["2.15", "0.2"])


def test_an_imported_meter_is_read_by_its_own_mrid(town: InProcessHeadEnd) -> None:
    assert meters(town.read(mrids=["urn:x:1"])) == ["Quay & Sons"]


def test_a_group_is_disconnected_at_once_and_its_events_are_found_by_the_group(town: InProcessHeadEnd) -> None:
    group = "<EndDeviceGroups><Names><name>shops</name></Names></EndDeviceGroups>"
    reply = town.post(
        "ExecuteEndDeviceControls", create_end_device_controls(controls=control(code=DISCONNECT, after=group))
    )
    assert reply.result == "OK"
    found = events(town.events(profile=named("EndDeviceGroup", "shops")))
    assert [(event.meter, event.type) for event in found] == [("C00", DISCONNECTED), ("C01", DISCONNECTED)]
    assert events(town.events(profile=named("EndDeviceGroup", "homes"))) == []


@pytest.mark.clause("61968-9:2013 Annex J")
@pytest.mark.parametrize(
    ("profile", "expected"),
    {
        "gas": ("<ServiceCategory><kind>gas</kind></ServiceCategory>", ["G00", "Quay gas"]),
        "electricity": ("<ServiceCategory><kind>electricity</kind></ServiceCategory>", ["H00"]),
        "water, of which there is none": ("<ServiceCategory><kind>water</kind></ServiceCategory>", []),
        "gas, and a meter beside": (
            f"{named('Meter', 'H00')}<ServiceCategory><kind>gas</kind></ServiceCategory>",
            ["H00", "G00", "Quay gas"],
        ),
    }.values(),
)
def test_events_are_selected_by_the_commodity_of_their_meters(
    town: InProcessHeadEnd, profile: str, expected: list[str]
) -> None:
    town.disconnect("H00", "G00", "Quay gas")
    assert [event.meter for event in events(town.events(profile=profile))] == expected


def test_seed_and_zone_of_the_settings_count_before_those_of_the_file(tmp_path: Path) -> None:
    settings = Settings(fleet=fleet_file(tmp_path), seed=99, zone="Asia/Tokyo")
    assert (settings.fleet_spec.seed, settings.fleet_spec.zone, settings.fleet_spec.meters) == (99, "Asia/Tokyo", 19)


def test_a_fleet_file_and_a_number_of_meters_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(InvalidFleet, match="says how many meters there are; leave out `meters`"):
        open_head_end(Settings(fleet=fleet_file(tmp_path), meters=5))


@pytest.fixture
def works(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    """A factory, whose meter has no switch, and a house."""
    (tmp_path / "fleet.yaml").write_text(
        "templates:\n"
        "  - {name: house, count: 1, names: {prefix: H, digits: 1}}\n"
        "  - {name: works, count: 1, class: industrial, names: {prefix: W, digits: 1}}\n"
    )
    with in_process(tmp_path, NOON, fleet=tmp_path / "fleet.yaml") as opened:
        yield opened


@pytest.mark.clause("61968-9:2013 5.4")
def test_a_meter_without_a_switch_is_not_attempted(works: InProcessHeadEnd) -> None:
    reply = works.disconnect("W0")
    assert (reply.result, reply.codes) == ("FAILED", ["5.2"])
    assert "class industrial, which has no switch" in reply.errors[0].details
    assert events(works.events()) == []


@pytest.mark.clause("61968-9:2013 5.4")
def test_the_others_of_a_control_are_switched_all_the_same(works: InProcessHeadEnd) -> None:
    reply = works.disconnect("H0", "W0")
    assert (reply.result, reply.codes) == ("PARTIAL", ["5.2", "0.2"])
    assert [event.type for event in events(works.events())] == [DISCONNECTED]


@pytest.mark.clause("61968-9:2013 5.3")
def test_a_meter_has_no_interval_from_before_its_own_installation(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(
        "templates:\n"
        "  - {name: old, count: 1, names: {prefix: OLD, digits: 1}}\n"
        "  - {name: new, count: 1, names: {prefix: NEW, digits: 1}, installed: 2026-03-02}\n"
    )
    period = ("2026-03-01T22:00:00Z", "2026-03-02T01:00:00Z")
    with in_process(tmp_path, NOON, fleet=tmp_path / "fleet.yaml") as opened:
        old, new = (intervals(opened.read(name, period=period)) for name in ("OLD0", "NEW0"))
        together = intervals(opened.read("OLD0", "NEW0", period=period))
    assert len(old) == 12
    assert [f"{reading.stamp:%H:%M}" for reading in new] == ["00:15", "00:30", "00:45", "01:00"]
    assert len(together) == 16


def test_imported_meters_have_no_interval_before_the_day_of_their_row(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("mrid,name,installed\na,Old,\nb,New,2026-03-02\nc,Other,2024-01-01\n")
    (tmp_path / "fleet.yaml").write_text("meters_csv: own.csv\n")
    period = ("2026-03-01T22:00:00Z", "2026-03-02T01:00:00Z")
    with in_process(tmp_path, NOON, fleet=tmp_path / "fleet.yaml") as opened:
        old, new, other = (intervals(opened.read(name, period=period)) for name in ("Old", "New", "Other"))
        together = intervals(opened.read("Old", "New", "Other", period=period))
    assert (len(old), len(other)) == (12, 12)
    assert [f"{reading.stamp:%H:%M}" for reading in new] == ["00:15", "00:30", "00:45", "01:00"]
    assert len(together) == 28


@pytest.mark.clause("61968-9:2013 Annex C")
def test_the_time_of_a_maximum_demand_reaches_the_client_as_an_instant(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("templates: [{name: shop, count: 1, class: commercial}]\n")
    time_of_maximum = "11.8.2.0.1.1.8.0.0.0.0.0.0.0.0.0.108.0"
    with in_process(tmp_path, NOON, fleet=tmp_path / "fleet.yaml") as opened:
        reply = opened.read(
            "M00000000", reading_types=[time_of_maximum], period=("2026-03-01T00:00:00Z", NOON.isoformat())
        )
    assert reply.result == "OK"
    (told,) = [element.text for element in reply.payload.iterfind(".//{*}value")]
    assert told is not None
    assert "2026-03-01T00:00:00Z" < told <= "2026-03-02T00:00:00Z"


def test_conditions_of_the_settings_count_before_those_of_the_file(tmp_path: Path) -> None:
    file = fleet_file(tmp_path)
    assert Settings(fleet=file).fleet_spec.conditions == IDEAL
    assert Settings(fleet=file, conditions="realistic").fleet_spec.conditions == REALISTIC


def test_a_fleet_without_a_file_takes_its_conditions_from_the_settings() -> None:
    assert Settings(meters=3, conditions="realistic").fleet_spec.conditions == REALISTIC

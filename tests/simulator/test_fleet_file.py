"""The fleet file: what it may say, and where it says what it may not."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from simulator.cim.reading_type import ReadingType
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.country_holidays import UnknownCountry, country_holidays
from simulator.fleet.fleet_file import InvalidFleetFile, is_fleet_file, read_fleet
from simulator.fleet.fleet_keys import FLEET, NAMES, TEMPLATE, TOPOLOGY, fleet_schema
from simulator.fleet.fleet_template import MeterTemplate, NamePattern
from simulator.fleet.topology import Topology

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "fleets").glob("*.yaml"))

EVERYTHING = """\
seed: 7
zone: Asia/Kolkata
latitude: 22.6
location: Kolkata
installed: 2021-03-01
topology: {usage_points_per_transformer: 8, transformers_per_feeder: 4, feeders_per_substation: 2}
templates:
  - name: homes
    count: 20
    shares: {residential: 87.5, solar_prosumer: 12.5}
    names: {prefix: H, digits: 5, start: 1}
    usage_point_names: {prefix: "U-", digits: 4}
    installed: 2022-01-31
    firmware: "4.1"
    # what they deliver when nobody asks for anything else
    reading_types: [0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0]
    topology: {usage_points_per_transformer: 5}
  - name: water
    count: 7
    class: water
    together_with: homes
meters_csv: own.csv
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    (tmp_path / "own.csv").write_text("mrid,name\n1,One\n")

    def written(text: str) -> Path:
        file = tmp_path / "fleet.yaml"
        file.write_text(text, "utf-8")
        return file

    return written


def test_every_key_reaches_the_fleet(write: Write) -> None:
    spec = read_fleet(write(EVERYTHING))
    assert (spec.meters, spec.seed, spec.zone, spec.latitude_deg, spec.location, spec.installed) == (
        28,
        7,
        "Asia/Kolkata",
        23,
        "Kolkata",
        date(2021, 3, 1),
    )
    assert spec.topology == Topology(8, 4, 2)
    assert spec.templates == (
        MeterTemplate(
            name="homes",
            count=20,
            shares=(("residential", 8_750), ("solar_prosumer", 1_250)),
            names=NamePattern("H", 5, 1),
            usage_point_names=NamePattern("U-", 4),
            installed=date(2022, 1, 31),
            firmware="4.1",
            reading_types=(ReadingType.parse("0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"),),
            topology=Topology(usage_points_per_transformer=5),
        ),
        MeterTemplate(name="water", count=7, shares=(("water", 10_000),), together_with="homes"),
    )
    assert Fleet(spec).meter(27).name == "One"


def test_a_name_and_a_count_are_enough(write: Write) -> None:
    spec = read_fleet(write("templates: [{name: any, count: 3}]"))
    assert spec == FleetSpec(3, templates=(MeterTemplate(name="any", count=3),))


def test_a_list_of_meters_alone_is_a_fleet(write: Write) -> None:
    assert read_fleet(write("meters_csv: own.csv")).meters == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed: 7", "sead: 7", "line 1: sead: there is no such key; did you mean 'seed'?"),
        ("seed: 7", "seed: seven", "line 1: seed: a whole number is needed, not 'seven'"),
        ("seed: 7", "seed: true", "line 1: seed: a whole number is needed, not True"),
        ("seed: 7", "seed: -1", "line 1: a seed is 0 to 2**64 - 1, not -1"),
        ("seed: 7", "seed: 7\nseed: 8", "line 2: seed is there twice"),
        ("Asia/Kolkata", "Asia/Kolkatta", "line 2: zone: unknown time zone 'Asia/Kolkatta'; did you mean Asia/Kolkata"),
        ("22.6", "122.6", "line 3: latitude: a latitude is -90 to 90 degrees, not 122.6"),
        ("location: Kolkata", "location: 12", "line 4: location: a text is needed, not 12; put quotes around it"),
        ("2021-03-01", "2021-02-30", "line 5: installed: "),
        ("2021-03-01", "1990-01-01", "meters are installed in the years 2000 to 2199, not on 1990-01-01"),
        ("2021-03-01", "yesterday", "line 5: installed: a date such as 2024-03-31 is needed, not 'yesterday'"),
        (
            "transformers_per_feeder: 4",
            "transformers_per_feder: 4",
            "line 6: topology.transformers_per_feder: there is",
        ),
        ("transformers_per_feeder: 4", "transformers_per_feeder: 0", "line 6: topology: transformers_per_feeder is 1"),
        ("  - name: homes\n    count", "  - count", "line 8: templates[0].name is missing"),
        ("name: homes", "name: 1st", "line 8: the name of a template is a letter and then"),
        ("    count: 20\n", "", "line 8: templates[0].count is missing"),
        ("count: 20", "cuont: 20", "line 9: templates[0].cuont: there is no such key; did you mean 'count'?"),
        ("count: 20", "count: 0", "line 8: template 'homes': count is 1 or more, not 0"),
        (
            "class: water",
            "class: watr",
            "line 20: templates[1].class: there is no meter class 'watr'; did you mean 'water'",
        ),
        (
            "class: water",
            "class: water\n    shares: {water: 100}",
            "line 21: templates[1].shares: there is a class already",
        ),
        ("87.5", "80", "line 8: template 'homes': shares add up to 100 percent, not to 92.50"),
        ("87.5", "-5", "line 10: templates[0].shares: the share of residential is more than 0 and at most 100 percent"),
        ("87.5", "87.505", "line 10: templates[0].shares: the share of residential has at most two decimals"),
        (
            "{residential: 87.5, solar_prosumer: 12.5}",
            "residential",
            "line 10: templates[0].shares: a mapping of meter",
        ),
        (
            "solar_prosumer",
            "solar",
            "line 10: templates[0].shares: there is no meter class 'solar'; did you mean 'solar_",
        ),
        ("prefix: H,", "prefix: H€,", "line 11: templates[0].names: a prefix is up to 40 letters"),
        ("digits: 5, ", "", "line 11: templates[0].names.digits is missing"),
        ("digits: 5", "digits: 1", "line 8: template 'homes': names: 20 names from 1 on do not fit into 1 digits"),
        ("2022-01-31", "2020-01-31", "line 8: template 'homes': installed 2020-01-31 is before the fleet's 2021-03-01"),
        ('"4.1"', "4.1", "line 14: templates[0].firmware: a text is needed, not 4.1; put quotes around it"),
        ("[0.0.0.1.1", "[0.0.0.99.1", "line 16: templates[0].reading_types: "),
        ("[0.0.0.1.1.1.12", "[0.0.0.1.1.7.58", "line 16: templates[0].reading_types: "),
        ("0.3.72.0]", "0.3.72.0, 5]", "line 16: templates[0].reading_types: a text is needed, not 5"),
        (
            "together_with: homes",
            "together_with: hoems",
            "line 18: template 'water': together_with names a template with",
        ),
        ("count: 7", "count: 21", "line 18: template 'water': 21 meters do not fit on the 20 usage points of 'homes'"),
        ("name: water", "name: homes", "template 'homes': the name is taken"),
        ("own.csv", "other.csv", "line 22: meters_csv: "),
        ("templates:", "templates: 5 #", "expected"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_rule(write: Write, old: str, new: str, words: str) -> None:
    assert old in EVERYTHING
    with pytest.raises(InvalidFleetFile) as refusal:
        read_fleet(write(EVERYTHING.replace(old, new, 1)))
    assert "fleet.yaml" in str(refusal.value)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("seed: 7", "line 1: templates: there are no meters: give templates, meters_csv or both"),
        ("- 1", "line 1: the file is a mapping of keys to values"),
        ("templates: {name: homes}", "line 1: templates: is a list: every entry begins with a dash"),
        ("templates:\n  - homes", "line 2: templates[0] is a mapping of keys to values"),
        ("templates: [", "while parsing"),
        ("topology: 5\ntemplates: [{name: any, count: 1}]", "line 1: topology is a mapping of keys to values"),
        ("meters_csv: own.csv\ncountry: Nederland", "line 2: country: "),
    ],
)
def test_what_is_no_fleet_is_refused(write: Write, text: str, words: str) -> None:
    with pytest.raises(InvalidFleetFile) as refusal:
        read_fleet(write(text))
    assert words in str(refusal.value)


def test_a_mistake_in_the_list_is_said_with_both_files_and_lines(write: Write, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("mrid,name\n1,One\n1,Two\n")
    with pytest.raises(
        InvalidFleetFile, match=r"fleet.yaml, line 22: meters_csv: own.csv, line 3: mrid '1' is that of"
    ):
        read_fleet(write(EVERYTHING))


def test_a_meter_of_the_list_must_not_have_the_name_of_one_of_a_template(write: Write, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("mrid,name\n1,H00001\n")
    with pytest.raises(
        InvalidFleetFile, match=r"fleet.yaml, line 22: meters_csv: own.csv, line 2: name 'H00001' is that of an"
    ):
        read_fleet(write(EVERYTHING))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFleetFile, match=r"none\.yaml: No such file"):
        read_fleet(tmp_path / "none.yaml")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_fleet_whose_meters_find_their_way_back(example: Path) -> None:
    assert is_fleet_file(example)
    fleet = Fleet(read_fleet(example))
    for index in range(len(fleet)):
        meter = fleet.meter(index)
        assert fleet.index_of_name(meter.name) == fleet.index_of_mrid(meter.mrid) == index
        assert index in fleet.meters_at(fleet.usage_points_of([index])[0])


def test_the_mixed_town_has_its_large_customers_on_transformers_of_their_own() -> None:
    fleet = Fleet(read_fleet(next(path for path in EXAMPLES if path.stem == "mixed-town")))
    factory = fleet.index_of_name("K0001")
    assert factory is not None
    assert list(fleet.groups.members(fleet.groups.above(factory)[-1])) == [factory]


def test_settings_are_no_fleet_file(write: Write, tmp_path: Path) -> None:
    assert not is_fleet_file(write("port: 8080\n"))
    assert not is_fleet_file(write("templates: ["))
    assert not is_fleet_file(tmp_path)


# The schema for editors


def test_the_schema_knows_the_keys_that_are_read_and_describes_them() -> None:
    schema = fleet_schema()
    assert schema["properties"].keys() == FLEET.keys()
    template = schema["properties"]["templates"]["items"]
    assert template["properties"].keys() == TEMPLATE.keys()
    assert all("description" in key for key in (*FLEET.values(), *TEMPLATE.values(), *NAMES.values()))


def test_the_defaults_of_the_schema_are_those_of_the_fleet() -> None:
    usual, topology = FleetSpec(0), Topology()
    assert FLEET["seed"]["default"] == usual.seed
    assert FLEET["zone"]["default"] == usual.zone
    assert FLEET["installed"]["default"] == usual.installed.isoformat()
    assert FLEET["latitude"]["default"] == usual.latitude_deg
    assert {name: key["default"] for name, key in TOPOLOGY.items()} == {
        name: getattr(topology, name) for name in TOPOLOGY
    }


# Holidays


def test_the_holidays_of_a_country_are_dates_of_many_years() -> None:
    pytest.importorskip("holidays")
    days = country_holidays("NL")
    assert {date(2026, 4, 27), date(2026, 12, 25), date(2099, 1, 1)} <= set(days)
    assert list(days) == sorted(days)


def test_the_holidays_of_the_file_reach_the_fleet(write: Write) -> None:
    pytest.importorskip("holidays")
    spec = read_fleet(write("country: NL\ntemplates: [{name: any, count: 1}]"))
    holidays = Fleet(spec).holidays
    assert (spec.country, holidays is not None and (date(2026, 4, 27) - date(1970, 1, 1)).days in holidays) == (
        "NL",
        True,
    )


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(UnknownCountry, match="'QQ'"):
        country_holidays("QQ")

"""Meters of one's own from a list: what the list may say, and what it may not."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from simulator.cascade.flows import Flow, FlowPlan
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.fleet.imported_meters import InvalidImport, read_meters

LIST = """\
mrid,name,class,usage_point,usage_point_mrid,transformer,feeder,substation
a-1,Meter one,residential,Here,up-1,TX-1,North,West
A-2,Zähler zwei,gas,Here,up-1,,,

b5b0e7a2-0c55-4d2e-8f0e-5f8f7c0e9a11,Meter three,commercial,"Market, 14",up-2,TX-1,North,West
a-4,Meter four,residential,There,up-3,TX-2,South,West
"""
UUID = "b5b0e7a2-0c55-4d2e-8f0e-5f8f7c0e9a11"

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        file = tmp_path / "own.csv"
        file.write_text(text, "utf-8")
        return file

    return written


def fleet_of(file: Path, *templates: MeterTemplate, seed: int = 1) -> Fleet:
    imported = read_meters(file)
    meters = len(imported) + sum(one.count for one in templates)
    return Fleet(FleetSpec(meters, seed=seed, templates=templates, imported=imported))


TEN = MeterTemplate(name="ten", count=10)


def test_imported_meters_stand_behind_those_of_templates_with_their_own_identities(write: Write) -> None:
    fleet = fleet_of(write(LIST), TEN)
    meter = fleet.meter(11)
    assert (len(fleet), meter.mrid, meter.name) == (14, "A-2", "Zähler zwei")
    assert (meter.usage_point_mrid, meter.usage_point_name) == ("up-1", "Here")


def test_every_identifier_leads_back_to_its_meter(write: Write) -> None:
    fleet = fleet_of(write(LIST), TEN)
    for index in range(len(fleet)):
        meter = fleet.meter(index)
        assert (fleet.index_of_mrid(meter.mrid), fleet.index_of_name(meter.name)) == (index, index)
        point = fleet.usage_points_of([index])[0]
        assert fleet.usage_point_of_mrid(meter.usage_point_mrid) == point
        assert fleet.usage_point_of_name(meter.usage_point_name) == point


def test_identifiers_in_bulk_equal_those_of_single_meters(write: Write) -> None:
    fleet = fleet_of(write(LIST), TEN)
    some = [13, 0, 10, 9, 11, 11, 12]
    meters = [fleet.meter(index) for index in some]
    assert fleet.mrids(some) == [meter.mrid.encode() for meter in meters]
    assert fleet.names(some) == [meter.name.encode() for meter in meters]
    assert fleet.usage_point_mrids(some) == [meter.usage_point_mrid.encode() for meter in meters]
    assert fleet.usage_point_names(some) == [meter.usage_point_name.encode() for meter in meters]


def test_letters_count_the_same_in_both_cases_only_where_an_mrid_is_a_uuid(write: Write) -> None:
    fleet = fleet_of(write(LIST))
    assert fleet.index_of_mrid(UUID.upper()) == 2
    assert fleet.index_of_mrid("a-2") is None
    assert fleet.index_of_name("meter one") is None


def test_imported_meters_have_the_classes_of_their_list(write: Write) -> None:
    fleet = fleet_of(write(LIST), TEN)
    assert [fleet.class_at(index).name for index in range(10, 14)] == [
        "residential",
        "gas",
        "commercial",
        "residential",
    ]


def test_meters_of_one_usage_point_are_found_together(write: Write) -> None:
    fleet = fleet_of(write(LIST), TEN)
    point = fleet.usage_point_of_name("Here")
    assert point == 10
    assert np.asarray(fleet.meters_at(point)).tolist() == [10, 11]
    assert np.asarray(fleet.beside([12, 13])).tolist() == [12, 13]


@pytest.mark.parametrize(
    ("name", "members"),
    [("TX-1", [10, 12]), ("North", [10, 12]), ("South", [13]), ("West", [10, 12, 13]), ("imported", [10, 11, 12, 13])],
)
def test_nodes_of_the_list_are_groups_of_its_electricity_meters(write: Write, name: str, members: list[int]) -> None:
    fleet = fleet_of(write(LIST), TEN)
    group = fleet.group(name)
    assert group is not None
    assert np.asarray(fleet.groups.members(group)).tolist() == members
    assert fleet.group(group.mrid) == group


def test_a_meter_names_the_nodes_that_feed_it(write: Write) -> None:
    fleet = fleet_of(write(LIST), TEN)
    assert [node.name for node in fleet.groups.above(13)] == ["West", "South", "TX-2"]
    assert fleet.groups.above(11) == ()


def test_what_a_meter_measures_follows_from_its_mrid_and_the_seed_alone(write: Write) -> None:
    keys = fleet_of(write(LIST)).keys(range(4)).tolist()
    assert len(set(keys)) == 4
    assert fleet_of(write(LIST), TEN).keys(range(10, 14)).tolist() == keys
    rows = LIST.splitlines(keepends=True)
    assert fleet_of(write("".join([rows[0], *reversed(rows[1:])]))).keys(range(4)).tolist() == keys[::-1]
    assert fleet_of(write(LIST), seed=2).keys(range(4)).tolist() != keys


def test_mrid_and_name_are_enough(write: Write) -> None:
    fleet = fleet_of(write("name,mrid\nOne,1\nTwo,2\n"))
    meter = fleet.meter(1)
    assert (meter.mrid, meter.name, meter.usage_point_name, fleet.class_at(1).name) == (
        "2",
        "Two",
        "Two",
        "residential",
    )
    assert fleet.usage_point_of_mrid(meter.usage_point_mrid) == 1


def test_a_byte_order_mark_and_blanks_around_cells_are_forgiven(write: Write) -> None:
    assert fleet_of(write("\ufeffmrid, name\r\n 1 , One \r\n")).meter(0).name == "One"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "own.csv: the file is empty"),
        ("mrid,name\n", "own.csv: there is no meter in it"),
        ("mrid,nmae\n1,One\n", "own.csv, line 1: there is no column 'nmae'; did you mean 'name'?"),
        ("mrid\n1\n", "own.csv, line 1: the column 'name' is missing"),
        ("mrid,name,name\n1,One,One\n", "own.csv, line 1: the column 'name' is there twice"),
        ("mrid,name\n1,One\n2\n", "own.csv, line 3: 1 cells under 2 columns"),
        ("mrid,name\n1,One\n\n1,Two\n", "own.csv, line 4: mrid '1' is that of line 2 already"),
        ("mrid,name\n1,One\n2,One\n", "own.csv, line 3: name 'One' is that of line 2 already"),
        (f"mrid,name\n{UUID},One\n{UUID.upper()},Two\n", f"line 3: mrid '{UUID.upper()}' is that of line 2"),
        ("mrid,name\n,One\n", "own.csv, line 2: mrid has 1 to 256 characters, not 0"),
        (f"mrid,name\n1,{'x' * 257}\n", "own.csv, line 2: name has 1 to 256 characters, not 257"),
        ("mrid,name\n1,O\x07ne\n", "own.csv, line 2: name 'O\\x07ne' has a character that a message cannot carry"),
        (
            "mrid,name,class\n1,One,residental\n",
            "line 2: there is no meter class 'residental'; did you mean 'residential'?",
        ),
        ("mrid,name,usage_point\n1,One,\n", "own.csv, line 2: usage_point has 1 to 256 characters"),
        (
            "mrid,name,usage_point,usage_point_mrid\n1,One,Here,u1\n2,Two,Here,u2\n",
            "own.csv, line 3: its usage point has usage_point_mrid 'u1' in line 2, not 'u2'",
        ),
        (
            "mrid,name,usage_point,usage_point_mrid\n1,One,Here,u1\n2,Two,There,u1\n",
            "own.csv, line 3: usage_point_mrid 'u1' is that of another usage point in line 2",
        ),
        (
            "mrid,name,transformer,feeder\n1,One,TX,North\n2,Two,TX,South\n",
            "own.csv, line 3: transformer 'TX' has another feeder here ('South') than before",
        ),
        ('mrid,name\n1,"One\n', "own.csv, line 2: unexpected end of data"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_line_and_rule(write: Write, text: str, words: str) -> None:
    with pytest.raises(InvalidImport) as refusal:
        read_meters(write(text))
    assert words in str(refusal.value)


def test_a_list_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidImport, match=r"none\.csv: No such file"):
        read_meters(tmp_path / "none.csv")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"mrid,name\n\xff\xfe,One\n")
    with pytest.raises(InvalidImport, match=r"binary\.csv: not UTF-8"):
        read_meters(binary)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"{Fleet(FleetSpec(10)).meter(3).mrid},One,Here", "line 2: mrid '"),
        ("1,M00000003,Here", "line 2: name 'M00000003'"),
        ("1,One,UP00000009", "line 2: usage_point 'UP00000009'"),
    ],
)
def test_a_name_that_an_object_of_a_template_has_is_refused(write: Write, row: str, words: str) -> None:
    file = write(f"mrid,name,usage_point\n{row}\n")
    assert len(fleet_of(file)) == 1
    with pytest.raises(InvalidImport, match="is that of an object of a template already") as refusal:
        fleet_of(file, TEN)
    assert words in str(refusal.value)


DATED = """\
mrid,name,class,installed,firmware
1,One,residential,2022-03-01,3.1.4
2,Two,residential,,
3,Three,solar_prosumer,2024-07-15,3.2.0
4,Four,residential,2022-03-01,3.2.0
"""


def test_each_meter_counts_from_the_day_of_its_row(write: Write) -> None:
    fleet = fleet_of(write(DATED), TEN)
    days = [date(2022, 3, 1), fleet.spec.installed, date(2024, 7, 15), date(2022, 3, 1)]
    begun = [fleet.calendar.start_of(day) for day in days]
    assert fleet.installed_of(range(10, 14)).tolist() == begun
    at = np.array(sorted({*begun, *(instant + 86_400 for instant in begun)}))
    (energy,) = FlowPlan(fleet, (Flow.FORWARD,), at).cumulative(range(10, 14))
    for row, instant in zip(energy, begun, strict=True):
        assert not row[at <= instant].any()
        assert np.all(row[at > instant] > 0)
        assert row[at == instant + 86_400] < 200_000_000  # a day's energy, not that of years


def test_what_a_meter_uses_does_not_depend_on_when_it_came(write: Write) -> None:
    dated, usual = fleet_of(write(DATED)), fleet_of(write("mrid,name,class\n1,One,residential\n"))
    at = np.array([dated.calendar.start_of(day) for day in (date(2025, 1, 1), date(2026, 1, 1))])
    assert np.diff(FlowPlan(dated, (Flow.FORWARD,), at).cumulative([0])[0]) == np.diff(
        FlowPlan(usual, (Flow.FORWARD,), at).cumulative([0])[0]
    )


def test_a_list_of_many_days_is_read_as_its_meters_alone_are(write: Write) -> None:
    rows = "".join(f"{n},N{n},residential,{date(2020, 1, 1) + timedelta(days=17 * n)}\n" for n in range(90))
    fleet = fleet_of(write(f"mrid,name,class,installed\n{rows}"))
    at = np.array([fleet.calendar.start_of(day) for day in (date(2021, 6, 1), date(2023, 1, 1), date(2026, 1, 1))])
    plan = FlowPlan(fleet, (Flow.FORWARD, Flow.Q1), at)
    for together, alone in zip(
        plan.cumulative(range(90)),
        zip(*(plan.cumulative([meter]) for meter in range(90)), strict=True),
        strict=True,
    ):
        assert np.array_equal(together, np.concatenate(alone))


def test_each_meter_has_the_firmware_of_its_row(write: Write) -> None:
    fleet = fleet_of(write(DATED), MeterTemplate(name="ours", count=1, firmware="9.0"))
    assert [fleet.firmware_at(index) for index in range(5)] == ["9.0", "3.1.4", None, "3.2.0", "3.2.0"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2024-07-15", "2024-02-30", "own.csv, line 4: installed '2024-02-30' is no date; write it as 2021-03-31"),
        ("2024-07-15", "15.7.2024", "own.csv, line 4: installed '15.7.2024' is no date; write it as 2021-03-31"),
        ("2024-07-15", "20240715", "own.csv, line 4: installed '20240715' is no date; write it as 2021-03-31"),
        ("2024-07-15", "1998-07-15", "own.csv, line 4: installed '1998-07-15' is not in the years 2000 to 2199"),
        ("2024-07-15", "2019-12-31", "own.csv, line 4: installed 2019-12-31 is before the fleet's 2020-01-01"),
        ("3.1.4", "3\x07", "own.csv, line 2: firmware '3\\x07' has a character that a message cannot carry"),
        ("3.1.4", "3" * 257, "own.csv, line 2: firmware has 0 to 256 characters, not 257"),
        (",installed", ",instaled", "own.csv, line 1: there is no column 'instaled'; did you mean 'installed'?"),
    ],
)
def test_a_row_whose_day_or_firmware_cannot_be_is_refused(write: Write, old: str, new: str, words: str) -> None:
    with pytest.raises(InvalidImport) as refusal:
        fleet_of(write(DATED.replace(old, new, 1)))
    assert words in str(refusal.value)

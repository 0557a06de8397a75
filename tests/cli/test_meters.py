"""`headend meters`: the fleet without a head end."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headend.compose import open_head_end
from headend.config import Settings
from headend.store import DeviceTransition, Store
from simulator.clock import ClockSpec, ManualClock
from tests.cli.conftest import Run
from tests.support.served import ServedHeadEnd

CLOCK = "stepped@2026-03-02T12:00:00Z"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    """The URL of a database that does not exist."""
    return f"sqlite:///{tmp_path / 'none.db'}"


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database in which M00000005 was interrupted an hour ago and the clock has gone on by two."""
    url = f"sqlite:///{tmp_path / 'headend.db'}"
    head_end = open_head_end(Settings(database=url, clock=CLOCK), ManualClock(NOON))
    mrid = head_end.fleet.meter(5).mrid
    with head_end.store.writing() as work:
        stored = work.clock_anchor.get()
        assert stored is not None
        work.clock_anchor.put(stored.spec, stored.anchor.advanced(timedelta(hours=2), NOON))
        work.interruptions.open(mrid, NOON + timedelta(hours=1), "test")
    head_end.close()
    return url


def test_meters_are_listed_up_to_the_limit(headend: Run) -> None:
    ended = headend("meters", "list", "--limit", "2")
    assert [line.split()[0] for line in ended.stdout.splitlines() if "M0" in line] == ["M00000000", "M00000001"]
    assert "2 of 1000 meters" in ended.stderr


def test_a_whole_fleet_is_listed_without_a_remark(headend: Run) -> None:
    ended = headend("meters", "list", "--meters", "3", "--json")
    assert [meter["name"] for meter in json.loads(ended.stdout)] == ["M00000000", "M00000001", "M00000002"]
    assert ended.stderr == ""


def test_the_fleet_listed_is_the_one_served(headend: Run, served: ServedHeadEnd) -> None:
    listed = json.loads(headend("meters", "list", "--limit", "1", "--json").stdout)[0]
    ended = headend("read", listed["mRID"], "--json", "--url", served.base_url)
    assert json.loads(ended.stdout)["MeterReading"][0]["Meter"] == {"mRID": listed["mRID"], "name": listed["name"]}


def test_another_seed_is_another_fleet(headend: Run) -> None:
    one, two = (headend("meters", "list", "--limit", "1", "--json", "--seed", seed).stdout for seed in ("1", "2"))
    assert json.loads(one)[0]["mRID"] != json.loads(two)[0]["mRID"]


def test_settings_come_from_the_file_too(headend: Run, tmp_path: Path) -> None:
    file = tmp_path / "headend.yaml"
    file.write_text("meters: 1\n")
    assert len(json.loads(headend("meters", "list", "--config", str(file), "--json").stdout)) == 1


def test_a_broken_settings_file_is_exit_code_2_with_its_line(headend: Run, tmp_path: Path) -> None:
    file = tmp_path / "headend.yaml"
    file.write_text("seed: 1\nmetres: 1\n")
    ended = headend("meters", "list", "--config", str(file))
    assert (ended.code, "line 2: there is no setting 'metres'" in ended.stderr) == (2, True)


@pytest.mark.parametrize("by", ["name", "mRID"])
def test_a_meter_is_shown_by_name_and_by_mrid(headend: Run, nowhere: str, by: str) -> None:
    listed = json.loads(headend("meters", "list", "--limit", "1", "--json").stdout)[0]
    shown = json.loads(headend("meters", "show", listed[by], "--json", "--database", nowhere).stdout)
    assert (shown["mRID"], shown["name"], shown["switch"]) == (listed["mRID"], listed["name"], "connected")


def test_looking_makes_no_database(headend: Run, nowhere: str, tmp_path: Path) -> None:
    shown = json.loads(headend("meters", "show", "M00000005", "--json", "--database", nowhere).stdout)
    assert shown["database"] is None
    assert list(tmp_path.iterdir()) == []


def test_the_state_comes_from_the_database(headend: Run, database: str) -> None:
    ended = headend("meters", "show", "M00000005", "--json", "--database", database, "--clock", CLOCK)
    shown = json.loads(ended.stdout)
    assert (shown["switch"], shown["power"], shown["time"]) == ("disconnected", True, "2026-03-02T14:00:00Z")
    assert shown["interruptions"] == [{"start": "2026-03-02T13:00:00Z", "end": None, "cause": "test"}]


def test_looking_moves_no_clock(headend: Run, database: str) -> None:
    headend("meters", "show", "M00000005", "--database", database, "--clock", "stepped@2030-01-01T00:00:00Z")
    store = Store.open(database)
    with store.reading() as work:
        stored = work.clock_anchor.get()
    store.close()
    assert stored is not None
    assert stored.spec == str(ClockSpec.parse(CLOCK))
    assert stored.anchor.fleet == NOON + timedelta(hours=2)


def test_the_register_shown_is_the_one_that_is_read(headend: Run, served: ServedHeadEnd, nowhere: str) -> None:
    ended = headend("meters", "show", "M00000730", "--json", "--clock", CLOCK, "--database", nowhere)
    shown = json.loads(ended.stdout)["registers"][0]
    ended = headend("read", "M00000730", "--json", "--url", served.base_url)
    read = json.loads(ended.stdout)["MeterReading"][0]["Readings"][0]
    assert (shown["timeStamp"], shown["value"]) == (read["timeStamp"], read["value"])


def test_the_table_tells_the_reading_types_in_words(headend: Run, nowhere: str) -> None:
    shown = headend("meters", "show", "M00000005", "--database", nowhere).stdout
    assert "fifteenMinute deltaData forward electricitySecondaryMetered energy (Wh)" in shown
    assert "no database: as delivered" in shown


def test_an_unknown_meter_is_exit_code_1(headend: Run, nowhere: str) -> None:
    ended = headend("meters", "show", "M99999999", "--database", nowhere)
    assert (ended.code, "there is no meter 'M99999999'" in ended.stderr) == (1, True)


def test_a_file_that_is_no_database_is_exit_code_3(headend: Run, tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    file.write_text("this is no database, it only has the name of one" * 100)
    assert headend("meters", "show", "M00000005", "--database", f"sqlite:///{file}").code == 3


def test_a_database_of_another_make_is_exit_code_2(headend: Run) -> None:
    assert headend("meters", "show", "M00000005", "--database", "oracle://host/db").code == 2


def test_what_commands_made_of_a_meter_is_shown(headend: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'commanded.db'}"
    listed = json.loads(headend("meters", "list", "--limit", "1", "--json").stdout)[0]
    store = Store.open(url)
    with store.writing() as work:
        work.clock_anchor.put(str(ClockSpec.parse(CLOCK)), ClockSpec.parse(CLOCK).anchor(NOON))
        work.interruptions.open(listed["mRID"], NOON - timedelta(hours=1), "test")
        work.device_states.add(
            DeviceTransition(listed["mRID"], aspect, NOON - timedelta(minutes=minutes), value)
            for aspect, minutes, value in (
                ("armed", 5, {"for": "closure"}),
                ("display", 4, {"textMessage": "Peak at six"}),
                ("demand reset", 3, {"state": "reset"}),
                ("display", -600, {"textMessage": "not yet"}),
            )
        )
    store.close()
    shown = json.loads(headend("meters", "show", listed["name"], "--json", "--database", url, "--clock", CLOCK).stdout)
    table = headend("meters", "show", listed["name"], "--database", url, "--clock", CLOCK).stdout
    assert (shown["switch"], shown["device"]["armedFor"]) == ("armed", "closure")
    assert shown["device"]["display"] == {"textMessage": "Peak at six"}
    assert "textMessage Peak at six" in table
    assert "Demand reset" in table
    assert "not yet" not in table

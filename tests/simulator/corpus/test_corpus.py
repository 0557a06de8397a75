"""A corpus: complete, consistent, the same bytes every time, and what a head end would have delivered."""

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from simulator.cim.reading_type import ReadingType
from simulator.conditions import REALISTIC
from simulator.corpus import CorpusSpec, InvalidCorpus, Layout
from simulator.local_time import epoch_seconds
from simulator.manifest import FolderNotEmpty
from simulator.quantities import channel
from simulator.readings import period_series, reading_blocks
from simulator.tables import FileFormat
from tests.simulator.corpus.sample import (
    GAS_HOURS,
    QUARTERS,
    REGISTER,
    rows,
    sample_fleet,
    values_by_instant,
    write_sample,
)

SPRING = date(2025, 3, 29)  # the clocks go forward on the 30th


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_corpus_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_sample(tmp_path / name, SPRING, 4)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_the_manifest_tells_every_file_with_size_rows_and_hash(tmp_path: Path) -> None:
    manifest = write_sample(tmp_path, SPRING, 4)
    found = contents(tmp_path)
    assert json.loads(found.pop("manifest.json")) == manifest
    told = {one["path"]: (one["bytes"], one["rows"], one["sha256"]) for one in manifest["files"]}
    assert told == {
        path: (len(text), text.count(b"\n") - 1, hashlib.sha256(text).hexdigest()) for path, text in found.items()
    }


def test_every_column_of_every_table_is_explained(tmp_path: Path) -> None:
    manifest = write_sample(tmp_path, SPRING, 1)
    for path, text in contents(tmp_path).items():
        if path.endswith(".csv"):
            table = path.partition("/")[0] if "/" in path and not path.startswith("truth") else path[:-4]
            header = text.partition(b"\n")[0].decode().split(",")
            assert set(header) <= set(manifest["columns"][table]), path


def test_intervals_are_the_differences_of_registers_from_the_first_midnight_on(tmp_path: Path) -> None:
    write_sample(tmp_path, date(2025, 2, 27), 4)
    registers = rows(tmp_path, f"registers/{REGISTER}")
    at: dict[str, list[int]] = {}
    for row in registers:
        at.setdefault(row["meter"], []).append(round(float(row["value"]) * 1_000))
    days: dict[str, list[int]] = {}
    for row in rows(tmp_path, f"intervals/{QUARTERS}"):
        days.setdefault(row["meter"], []).append(sum(map(int, row["values"].split(";"))))
    assert days
    assert {name: np.diff(values).tolist() for name, values in at.items()} == days


def test_a_day_has_92_96_or_100_quarters_and_each_has_its_instant(tmp_path: Path) -> None:
    write_sample(tmp_path / "spring", SPRING, 3)
    spring = rows(tmp_path / "spring", f"intervals/{QUARTERS}")[:3]
    assert [(row["start"], row["intervals"]) for row in spring] == [
        ("2025-03-28T23:00:00Z", "96"),
        ("2025-03-29T23:00:00Z", "92"),
        ("2025-03-30T22:00:00Z", "96"),
    ]
    write_sample(tmp_path / "autumn", date(2025, 10, 26), 1)
    assert {row["intervals"] for row in rows(tmp_path / "autumn", f"intervals/{QUARTERS}")} == {"100"}
    assert {row["intervals"] for row in rows(tmp_path / "autumn", f"intervals/{GAS_HOURS}")} == {"25"}


def test_the_values_are_those_that_a_read_would_give(tmp_path: Path) -> None:
    fleet = sample_fleet()
    write_sample(tmp_path, SPRING, 3, fleet=fleet)
    series = period_series(
        [channel(ReadingType.parse(QUARTERS))],
        datetime(2025, 3, 28, 23, tzinfo=UTC),
        datetime(2025, 3, 31, 22, tzinfo=UTC),
        calendar=fleet.calendar,
        installed=fleet.installed,
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    (block,) = reading_blocks(fleet, np.array([3]), series, block_values=10**9)
    found = {
        instant: value
        for (meter, instant), value in values_by_instant(rows(tmp_path, f"intervals/{QUARTERS}")).items()
        if meter == fleet.meter(3).name
    }
    assert found == dict(zip(series[0].stamps.tolist(), map(str, block.values[0][0].tolist()), strict=True))


def test_both_layouts_hold_the_same_readings(tmp_path: Path) -> None:
    write_sample(tmp_path / "days", SPRING, 3)
    write_sample(tmp_path / "readings", SPRING, 3, layout=Layout.READINGS)
    by_day = values_by_instant(rows(tmp_path / "days", f"intervals/{QUARTERS}"))
    each = rows(tmp_path / "readings", f"intervals/{QUARTERS}")
    assert {(row["meter"], int(datetime.fromisoformat(row["end"]).timestamp())): row["value"] for row in each} == by_day
    assert {row["unit"] for row in each} == {"Wh"}
    lengths = [datetime.fromisoformat(row["end"]) - datetime.fromisoformat(row["start"]) for row in each]
    assert {length.total_seconds() for length in lengths} == {900}


def test_parquet_holds_the_same_as_csv(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write_sample(tmp_path / "csv", SPRING, 3)
    write_sample(tmp_path / "parquet", SPRING, 3, file_format=FileFormat.PARQUET)
    expected = rows(tmp_path / "csv", f"intervals/{QUARTERS}/2025-03")
    found = parquet.read_table(tmp_path / "parquet" / "intervals" / QUARTERS / "2025-03.parquet").to_pylist()
    assert [(row["meter"], row["values"]) for row in found] == [
        (row["meter"], list(map(float, row["values"].split(";")))) for row in expected
    ]


def test_rows_are_in_the_order_of_meters_and_time_though_kinds_are_mixed(tmp_path: Path) -> None:
    write_sample(tmp_path, SPRING, 3)
    keys = [(row["meter"], row["start"]) for row in rows(tmp_path, f"intervals/{QUARTERS}/2025-03")]
    assert keys == sorted(keys)
    assert len({meter for meter, _ in keys}) == 10


def test_a_meter_begins_with_its_installation(tmp_path: Path) -> None:
    fleet = sample_fleet()
    write_sample(tmp_path, date(2025, 3, 14), 3, fleet=fleet)
    late = fleet.meter(11).name
    found = [row["start"] for row in rows(tmp_path, f"intervals/{QUARTERS}") if row["meter"] == late]
    assert found == ["2025-03-14T23:00:00Z", "2025-03-15T23:00:00Z"]
    first = next(row for row in rows(tmp_path, f"registers/{REGISTER}") if row["meter"] == late)
    assert (first["time"], first["value"]) == ("2025-03-14T23:00:00Z", "0.000")


def test_the_meters_are_told_with_place_and_class(tmp_path: Path) -> None:
    fleet = sample_fleet()
    write_sample(tmp_path, SPRING, 1, fleet=fleet)
    meters = rows(tmp_path, "meters")
    assert [row["mrid"] for row in meters] == [fleet.meter(index).mrid for index in range(12)]
    assert [row["class"] for row in meters] == [fleet.class_at(index).name for index in range(12)]
    assert (meters[0]["transformer"], meters[9]["transformer"]) == ("T00000000", "")  # gas has no transformer
    assert meters[11]["installed"] == "2025-03-14T23:00:00Z"


def test_maxima_come_with_the_time_at_which_they_were_reached(tmp_path: Path) -> None:
    write_sample(tmp_path, SPRING, 4)  # over the end of the month
    found = rows(tmp_path, "registers/8.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0")
    assert found
    assert all(row["happened"] <= row["time"] for row in found)


def test_an_ideal_field_has_nothing_but_plain_values_and_no_differences(tmp_path: Path) -> None:
    write_sample(tmp_path, SPRING, 3)
    for name in ("events", "qualities", "extra_readings", "truth/differences", "truth/causes", "truth/effects"):
        assert rows(tmp_path, name) == []
    sums = rows(tmp_path, "truth/sums")
    assert all(row["flowed"] == row["registered"] == row["reported"] for row in sums)
    quarters = values_by_instant(rows(tmp_path, f"intervals/{QUARTERS}"))
    assert sum(int(row["flowed"]) for row in sums if row["reading_type"] == QUARTERS) == sum(
        map(int, quarters.values())
    )


def test_what_has_not_been_heard_is_an_empty_place_and_a_difference(tmp_path: Path) -> None:
    fleet = sample_fleet(conditions=REALISTIC)
    write_sample(tmp_path, SPRING, 3, fleet=fleet)
    missing = {key for key, value in values_by_instant(rows(tmp_path, f"intervals/{QUARTERS}")).items() if not value}
    assert missing
    told = {
        (row["meter"], int(datetime.fromisoformat(row["end"]).timestamp()))
        for row in rows(tmp_path, "truth/differences")
        if row["reading_type"] == QUARTERS and row["delivered"] == "0"
    }
    assert told == missing
    assert all(row["causes"] for row in rows(tmp_path, "truth/differences"))


def test_events_of_a_realistic_field_are_told(tmp_path: Path) -> None:
    fleet = sample_fleet(conditions=REALISTIC)
    write_sample(tmp_path, date(2025, 1, 1), 300, fleet=fleet)
    events = rows(tmp_path, "events")
    assert events
    assert all(row["created"] <= row["heard"] for row in events)
    assert [row["created"] for row in events] == sorted(row["created"] for row in events)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(FolderNotEmpty, match=r"it holds mine\.txt"):
        write_sample(tmp_path, SPRING, 1)
    assert list(contents(tmp_path)) == ["mine.txt"]
    with pytest.raises(FolderNotEmpty, match="is a file"):
        write_sample(tmp_path / "mine.txt", SPRING, 1)


def test_days_that_cannot_be_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidCorpus, match="at least one day, not 0"):
        CorpusSpec(first=SPRING, days=0)
    with pytest.raises(InvalidCorpus, match="beyond the year 2200"):
        CorpusSpec(first=date(2200, 12, 31), days=2)
    with pytest.raises(InvalidCorpus, match="the fleet was installed on 2020-01-01"):
        write_sample(tmp_path, date(2019, 12, 31), 1)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns"])
def test_every_zone_has_all_its_intervals_once(tmp_path: Path, zone: str) -> None:
    fleet = sample_fleet(zone)
    spec = CorpusSpec(first=date(2025, 3, 28), days=12)
    start, end = map(epoch_seconds, spec.window(fleet))
    write_sample(tmp_path, spec.first, spec.days, fleet=fleet)
    by_meter: dict[str, list[int]] = {}
    for meter, instant in values_by_instant(rows(tmp_path, f"intervals/{QUARTERS}")):
        by_meter.setdefault(meter, []).append(instant)
    assert sorted(by_meter[fleet.meter(0).name]) == list(range(start + 900, end + 1, 900))

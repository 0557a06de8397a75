"""What flowed, what was registered, what is reported: they agree unless there is a cause, and causes add up."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cascade.bypass import bypasses_among
from simulator.conditions import PRESETS, REALISTIC
from simulator.field_history import FieldHistory, Interruption
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.meter_groups import indices_of
from simulator.fleet.object_mrids import Kind
from simulator.local_time import epoch_seconds
from simulator.meter_class import METER_CLASSES
from simulator.outages import Node, Outage
from tests.simulator.mixed_fleet import FLEET, first_of
from tests.simulator.truth.told import bypassed_meter, number, question, streamed, thieves, written

QUARTERS = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
REGISTER = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
VOLTAGE = "0.0.2.0.0.1.54.0.0.0.0.0.0.0.128.0.29.0"
ONE_OF_EACH = [first_of(name) for name in METER_CLASSES]
AMOUNTS = ("unregistered", "unreported", "misreported")


def at(text: str) -> int:
    return epoch_seconds(datetime.fromisoformat(text).replace(tzinfo=FLEET.calendar.zone))


THIEVES = thieves()


@settings(max_examples=15, deadline=None)
@given(day=st.dates(date(2024, 1, 1), date(2025, 12, 30)), meter=st.sampled_from(ONE_OF_EACH))
def test_of_a_fleet_that_nobody_touched_all_three_agree(day: date, meter: int) -> None:
    after = date.fromordinal(day.toordinal() + 1)
    rows = streamed(question(FLEET, f"{day}", f"{after}", meter))
    assert rows
    assert all(row["flowed"] == row["registered"] == row["reported"] for row in rows)
    assert all((row["delivered"], row["qualities"], row["causes"]) == ("1", "", "") for row in rows)


def test_of_a_fleet_that_nobody_touched_there_are_no_differences() -> None:
    assert streamed(question(FLEET, "2025-03-29", "2025-04-01", *ONE_OF_EACH, only_differences=True)) == []


def test_a_bypass_makes_less_registered_than_flowed_and_is_the_cause() -> None:
    meter = bypassed_meter(THIEVES, date(2025, 1, 1))
    rows = streamed(question(THIEVES, "2025-06-02", "2025-06-03", meter, codes=[QUARTERS]))
    assert len(rows) == 96
    assert all(number(row["flowed"]) > number(row["registered"]) for row in rows)
    assert all(row["registered"] == row["reported"] for row in rows)
    assert {row["causes"] for row in rows} == {"bypass"}


def test_only_meters_with_a_bypass_differ() -> None:
    rows = streamed(question(THIEVES, "2025-06-02", "2025-06-03", only_differences=True, codes=[QUARTERS]))
    found = bypasses_among(THIEVES, np.arange(100))
    already = found.rows[found.since < at("2025-06-03")]
    assert {row["meter"] for row in rows} == {THIEVES.meter(int(meter)).name for meter in already}


def test_where_a_switch_is_open_nothing_flows_and_the_switch_is_named() -> None:
    history = FieldHistory({3: (Interruption(at("2025-06-02T10:05"), at("2025-06-02T11:00")),)})
    rows = streamed(question(FLEET, "2025-06-02T10:00", "2025-06-02T11:15", 3, codes=[QUARTERS], history=history))
    assert [row["causes"] for row in rows] == ["switch-1"] * 4 + [""]
    assert [row["flowed"] for row in rows[1:4]] == ["0"] * 3
    assert all(row["flowed"] == row["registered"] == row["reported"] for row in rows)


def test_an_outage_is_named_at_every_meter_under_its_node_by_the_same_id() -> None:
    node = Node(Kind.TRANSFORMER, 0)
    history = FieldHistory(outages=(Outage(node, at("2025-06-02T10:00"), at("2025-06-02T11:00")),))
    under = [int(meter) for meter in indices_of(FLEET.groups.members(FLEET.groups.at(node.kind, node.number)))[:3]]
    asked = question(
        FLEET, "2025-06-02T10:00", "2025-06-02T11:00", *under, 850, codes=[QUARTERS], history=history, now="2025-06-05"
    )
    found = {(row["meter"], row["causes"]) for row in streamed(asked)}
    assert found == {(FLEET.meter(meter).name, "outage-1") for meter in under}


def test_what_the_head_end_has_not_heard_is_missing_with_the_link_as_its_cause(tmp_path: Path) -> None:
    fleet = Fleet(FleetSpec(50, conditions=REALISTIC))
    told = written(question(fleet, "2025-06-02", "2025-06-03"), tmp_path)
    missing = [row for row in told["readings"] if row["delivered"] == "0"]
    assert missing
    assert {(row["reported"], row["causes"]) for row in missing} == {("", "unheard")}
    sentences = {row["meter"]: row["sentence"] for row in told["causes"]}
    counts: dict[str, int] = {}
    for row in missing:
        counts[row["meter"]] = counts.get(row["meter"], 0) + 1
    assert all(f"not heard {counts[meter]} readings" in sentence for meter, sentence in sentences.items())
    later = streamed(question(fleet, "2025-06-02", "2025-06-03", now="2025-09-01"))
    assert all(row["delivered"] == "1" for row in later)


@pytest.mark.parametrize("conditions", ["ideal", "realistic"])
def test_flowed_less_reported_is_what_the_causes_say(tmp_path: Path, conditions: str) -> None:
    told = written(question(thieves(PRESETS[conditions]), "2025-06-01", "2025-07-01"), tmp_path)
    sums = {row["meter"]: number(row["flowed"]) - number(row["reported"]) for row in told["sums"]}
    said = dict.fromkeys(sums, number(""))
    for row in told["effects"]:
        if row["reading_type"] == QUARTERS:
            said[row["meter"]] += sum(number(row[amount]) for amount in AMOUNTS)
    assert said == sums
    assert any(sums.values())


def test_every_difference_has_a_cause_and_every_cause_is_explained_with_numbers(tmp_path: Path) -> None:
    told = written(question(thieves(REALISTIC), "2025-06-20", "2025-07-01", only_differences=True), tmp_path)
    explained = {(row["meter"], row["cause"]): row["sentence"] for row in told["causes"]}
    named = {(row["meter"], cause) for row in told["readings"] for cause in row["causes"].split(";")}
    assert all(row["causes"] for row in told["readings"])
    assert named <= set(explained)
    assert all(any(letter.isdigit() for letter in sentence) for sentence in explained.values())


def test_the_part_that_a_bypass_takes_is_the_part_that_its_sentence_tells(tmp_path: Path) -> None:
    meter = bypassed_meter(THIEVES, date(2025, 1, 1))
    told = written(question(THIEVES, "2025-06-01", "2025-07-01", meter, codes=[QUARTERS]), tmp_path)
    (cause,), (sums,), (effect,) = told["causes"], told["sums"], told["effects"]
    taken = int(cause["sentence"].split(" of 256")[0].rpartition(" ")[2])
    assert number(effect["unregistered"]) == number(sums["flowed"]) - number(sums["registered"])
    # Registers show whole Wh, so the part is right to two of them.
    assert abs(number(effect["unregistered"]) - number(sums["flowed"]) * taken / 256) <= 2
    assert (effect["readings"], effect["missing"], cause["end"]) == ("2880", "0", "")


def test_sums_are_those_of_the_readings(tmp_path: Path) -> None:
    told = written(question(thieves(REALISTIC), "2025-06-20", "2025-07-01", *range(20)), tmp_path)
    for row in told["sums"]:
        its = [one for one in told["readings"] if (one["meter"], one["reading_type"]) == (row["meter"], QUARTERS)]
        assert len(its) == int(row["readings"]) == 11 * 96
        for column in ("flowed", "registered", "reported", "delivered"):
            assert sum(number(one[column]) for one in its) == number(row[column]), column


def test_registers_and_voltages_are_told_but_never_added_up(tmp_path: Path) -> None:
    told = written(question(FLEET, "2025-06-02", "2025-06-04", 3, codes=[REGISTER, VOLTAGE]), tmp_path)
    assert {row["reading_type"] for row in told["readings"]} == {REGISTER, VOLTAGE}
    assert [row["start"] for row in told["readings"] if row["reading_type"] == REGISTER] == ["", ""]
    assert told["sums"] == []


def test_however_meters_come_in_blocks_an_outage_has_one_number() -> None:
    late, early = Outage(Node(Kind.TRANSFORMER, 1), 200, 300), Outage(Node(Kind.TRANSFORMER, 0), 100, 150)
    starts = epoch_seconds(datetime(2025, 6, 2, 8, tzinfo=UTC))
    outages = tuple(replace(one, start=one.start + starts, end=one.end and one.end + starts) for one in (late, early))
    history = FieldHistory(outages=outages)
    found = {}
    for meter in (0, 45):
        rows = streamed(
            question(FLEET, "2025-06-02T09:45", "2025-06-02T10:15", meter, codes=[QUARTERS], history=history)
        )
        found[meter] = {row["causes"] for row in rows if row["causes"]}
    assert found == {0: {"outage-1"}, 45: {"outage-2"}}

"""One meter's quarter-hours and registers as they are delivered, with the rules that an MDM would judge them by.

The rules are small on purpose: each finds what the defect of its name leaves behind, and nothing in sound data.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from simulator.cim.reading_type import ReadingType
from simulator.defects import Defect, FieldDefects, a_defect
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import epoch_seconds
from simulator.observation import Observation, ObservedSeries
from simulator.quantities import channel
from simulator.readings import ReadingBlock, Series, period_series, reading_blocks

FLEET = Fleet(FleetSpec(1_000, seed=5, zone="Europe/Amsterdam"))
QUARTER = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
POWER = "0.0.2.4.1.1.8.0.0.0.0.0.0.0.0.0.38.0"  # mean demand of quarter-hours
SNAPSHOT = "0.0.2.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0"  # the register, every quarter-hour
MIDNIGHTS = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
VOLTAGE = "0.0.2.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0"
LATER = "2026-09-01T00:00"
"""Long after everything here, so that nothing is late any more."""

Stamped = list[tuple[int, int]]
"""(stamp, value) in the order of delivery."""


def at(text: str) -> int:
    return epoch_seconds(datetime.fromisoformat(text).replace(tzinfo=FLEET.calendar.zone))


def defect(kind: str, start: str, end: str, *, marked: bool = True, **parameters: int) -> Defect:
    return a_defect(kind, at(start), at(end), parameters, marked=marked)


def series(start: str, end: str, *codes: str, now: str = LATER) -> list[Series]:
    first, last, instant = (
        datetime.fromisoformat(one).replace(tzinfo=FLEET.calendar.zone) for one in (start, end, now)
    )
    wanted = [channel(ReadingType.parse(code)) for code in codes]
    return period_series(wanted, first, last, calendar=FLEET.calendar, installed=FLEET.installed, now=instant)


def block(asked: Sequence[Series], defects: dict[int, list[Defect]], meters: Sequence[int], now: str) -> ReadingBlock:
    observation = Observation(at(now), disturbances=FieldDefects(FLEET, FieldHistory(defects=defects)))
    (one,) = reading_blocks(FLEET, np.array(meters), asked, block_values=10**9, observation=observation)
    return one


def observe(asked: Sequence[Series], *defects: Defect, meter: int = 7, now: str = LATER) -> list[ObservedSeries]:
    """Of each series what is delivered of one meter that has some defects."""
    readings = block(asked, {meter: list(defects)} if defects else {}, [meter], now)
    if 0 in readings.observed:
        return list(readings.observed[0])
    return [ObservedSeries(one.stamps, values[0]) for one, values in zip(asked, readings.values, strict=True)]


@dataclass(frozen=True)
class Delivered:
    """Quarter-hours, the register on the same grid, and at midnights."""

    due: list[int]
    quarters: Stamped
    snapshots: Stamped
    midnights: Stamped
    due_midnights: list[int]


def delivered(*defects: Defect, now: str = LATER) -> Delivered:
    """From 2 to 5 June 2026."""
    asked = series("2026-06-02T00:00", "2026-06-05T00:00", QUARTER, SNAPSHOT, MIDNIGHTS, now=now)
    found = [
        list(zip(one.stamps.tolist(), one.values.tolist(), strict=True)) for one in observe(asked, *defects, now=now)
    ]
    return Delivered(asked[0].stamps.tolist(), found[0], found[1], found[2], asked[2].stamps.tolist())


# The rules. Each says whether it has something to complain about.


def has_gap(day: Delivered) -> bool:
    return bool(set(day.due) - {stamp for stamp, _ in day.quarters})


def lacks_a_midnight(day: Delivered) -> bool:
    return bool(set(day.due_midnights) - {stamp for stamp, _ in day.midnights}) and not has_gap(day)


def has_spike(day: Delivered) -> bool:
    values = sorted(value for _, value in day.quarters)
    return values[-1] > 4 * max(values[int(len(values) * 0.99)], 1)


def has_zero_run(day: Delivered) -> bool:
    return _longest_run(value == 0 for _, value in day.quarters) >= 8


def is_stuck(day: Delivered) -> bool:
    return _longest_run(after == before for (_, before), (_, after) in _pairs(day.snapshots)) >= 8


def has_negative(day: Delivered) -> bool:
    return any(value < 0 for _, value in day.quarters)


def goes_backwards(day: Delivered) -> bool:
    return any(after < before for (_, before), (_, after) in _pairs(day.snapshots))


def sums_disagree(day: Delivered) -> bool:
    """Intervals between two registers add up to something else than their difference; gaps are not judged."""
    registers, intervals = dict(day.snapshots), dict(day.quarters)
    return any(
        stamp in registers and stamp - 900 in registers and registers[stamp] - registers[stamp - 900] != value
        for stamp, value in intervals.items()
    )


def has_duplicates(day: Delivered) -> bool:
    return any(count > 1 for count in Counter(day.quarters).values())


def has_conflicting_duplicates(day: Delivered) -> bool:
    return len({stamp for stamp, _ in day.quarters}) < len(set(day.quarters))


def is_out_of_order(day: Delivered) -> bool:
    return any(after < before for (before, _), (after, _) in _pairs(day.quarters))


def is_a_thousandfold(day: Delivered) -> bool:
    values = [value for _, value in day.snapshots]
    return max(values) > 100 * min(values) > 0


def _pairs(readings: Stamped):
    return pairwise(readings)


def _longest_run(flags) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest

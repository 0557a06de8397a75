"""What is delivered of what was registered: the link first, disturbances by fakes that say what they do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from simulator.cim.reading_quality_type import ReadingQualityType
from simulator.cim.reading_type import ReadingType
from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import epoch_seconds
from simulator.observation import UNHEARD, Measure, Observation, ObservedSeries, ReadingQuality
from simulator.quantities import channel
from simulator.readings import ReadingBlock, Series, period_series, reading_blocks

FLEET = Fleet(FleetSpec(100, seed=1, zone="Europe/Amsterdam"))
QUARTER = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
REGISTER = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
MAXIMUM = "8.8.4.6.1.1.8.0.0.0.0.0.0.0.0.0.38.0"  # maximum demand of a month, stamped when it happened
ESTIMATED = ReadingQualityType.parse("2.8.0")


def at(text: str) -> int:
    return epoch_seconds(datetime.fromisoformat(text).replace(tzinfo=FLEET.calendar.zone))


def day(*codes: str) -> list[Series]:
    start, end = (datetime.fromisoformat(f"2026-06-0{one}").replace(tzinfo=FLEET.calendar.zone) for one in (1, 2))
    wanted = [channel(ReadingType.parse(code)) for code in codes]
    return period_series(wanted, start, end, calendar=FLEET.calendar, installed=FLEET.installed, now=end)


NOON = at("2026-06-01T12:00")


def late_by(hours: int, *late: int):
    """All is heard at its stamp, but of some meters it comes later."""

    def unheard(meters: NDArray[np.int64], stamps: NDArray[np.int64], now: int) -> NDArray[np.bool_]:
        return stamps + 3_600 * hours * np.isin(meters, late)[:, np.newaxis] > now

    return unheard


@dataclass(frozen=True)
class SwallowsTheFirst:
    """Its meter's first value is missing, the second is an estimate of 42."""

    def missing(self, series: Series, _now: int) -> NDArray[np.bool_]:
        return np.arange(len(series.stamps)) == 0

    def observed(self, series: Series, values: NDArray[np.int64], now: int, _measure: Measure) -> ObservedSeries:
        changed = values[1:].copy()
        changed[:1] = 42
        qualities = {0: (ReadingQuality(ESTIMATED, now),)} if len(changed) else {}
        return ObservedSeries(series.stamps[1:], changed, qualities)


@dataclass(frozen=True)
class OfSome:
    meters: tuple[int, ...]

    def touching(self, meters: NDArray[np.int64], _series: Sequence[Series]) -> Mapping[int, SwallowsTheFirst]:
        return {row: SwallowsTheFirst() for row in np.flatnonzero(np.isin(meters, self.meters)).tolist()}


def blocks(observation: Observation | None, series: list[Series]) -> ReadingBlock:
    (block,) = reading_blocks(FLEET, range(5), series, block_values=10**6, observation=observation)
    return block


def test_a_meter_that_nothing_touches_is_not_observed() -> None:
    series = day(QUARTER)
    block = blocks(Observation(at("2026-06-02T00:00"), late_by(1, 3), OfSome((1,))), series)
    assert sorted(block.observed) == [1, 3]


def test_what_is_registered_is_the_same_whoever_observes_it() -> None:
    series = day(QUARTER, REGISTER)
    observed = blocks(Observation(NOON, late_by(3, 2), OfSome((1, 2))), series)
    assert [one.tolist() for one in observed.values] == [one.tolist() for one in blocks(None, series).values]


def test_a_value_that_is_not_heard_of_yet_is_missing() -> None:
    series = day(QUARTER)
    block = blocks(Observation(at("2026-06-02T00:00"), late_by(1, 3)), series)
    assert block.observed[3][0].stamps.tolist() == series[0].stamps[:-4].tolist()


def test_a_missing_value_tells_its_cause() -> None:
    block = blocks(Observation(at("2026-06-02T00:00"), late_by(1, 3)), day(QUARTER))
    assert set(block.observed[3][0].causes.values()) == {(UNHEARD,)}


def test_a_late_value_is_there_when_time_has_gone_on() -> None:
    assert not blocks(Observation(at("2026-06-02T01:00"), late_by(1, 3)), day(QUARTER)).observed


def test_the_link_brings_what_a_defect_has_left() -> None:
    block = blocks(Observation(at("2026-06-02T00:00"), late_by(1, 3), OfSome((3,))), day(QUARTER))
    (delivered,) = block.observed[3]
    assert (len(delivered.stamps), delivered.values[0], delivered.qualities[0][0].type) == (96 - 4 - 1, 42, ESTIMATED)


def test_the_own_stamps_of_a_maximum_stay_with_their_values() -> None:
    series = day(MAXIMUM, REGISTER)
    block = blocks(Observation(at("2026-06-02T01:00"), disturbances=OfSome((3,))), series)
    maximum = block.observed[3][0]
    assert maximum.stamps.tolist() == block.own_stamps[0][3, 1:].tolist()


def test_gaps_are_known_without_any_value() -> None:
    observation = Observation(at("2026-06-02T00:00"), late_by(1, 3), OfSome((1,)))
    assert dict(observation.gaps(range(5), day(QUARTER))) == {
        1: ((at("2026-06-01T00:00"), at("2026-06-01T00:15")),),
        3: ((at("2026-06-01T23:00"), at("2026-06-02T00:00")),),
    }


def test_a_register_that_is_missing_is_an_instant_and_joins_the_intervals_that_end_there() -> None:
    observation = Observation(at("2026-06-02T00:00"), late_by(1, 3))
    assert dict(observation.gaps(range(5), day(REGISTER))) == {3: ((at("2026-06-02T00:00"),) * 2,)}
    both = dict(observation.gaps(range(5), day(REGISTER, QUARTER)))
    assert both == {3: ((at("2026-06-01T23:00"), at("2026-06-02T00:00")),)}


def test_gaps_tell_exactly_the_stamps_that_are_not_delivered() -> None:
    series = day(QUARTER)
    observation = Observation(at("2026-06-02T00:00"), late_by(2, 3, 4), OfSome((1, 3)))
    block = blocks(observation, series)
    for meter, spans in observation.gaps(range(5), series):
        told = [stamp for stamp in series[0].stamps.tolist() if any(start < stamp <= end for start, end in spans)]
        assert sorted({*series[0].stamps.tolist()} - {*block.observed[meter][0].stamps.tolist()}) == told


def test_where_qualities_are_asked_for_only_readings_that_carry_one_remain() -> None:
    observation = Observation(at("2026-06-02T00:00"), None, OfSome((1,)), frozenset({ESTIMATED.code}))
    block = blocks(observation, day(QUARTER))
    assert {row: series[0].values.tolist() for row, series in block.observed.items()} == {
        0: [], 1: [42], 2: [], 3: [], 4: [],
    }  # fmt: skip


def test_nothing_that_disturbs_means_no_gaps() -> None:
    assert list(Observation(NOON).gaps(range(100), day(QUARTER))) == []

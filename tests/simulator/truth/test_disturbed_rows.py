"""Rows of readings that something was done to: altered, missing, delivered twice, or with a stamp of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from simulator.cim.reading_quality_type import ReadingQualityType
from simulator.cim.reading_type import ReadingType
from simulator.fleet import Fleet, FleetSpec
from simulator.kind_channels import KindChannels
from simulator.local_time import epoch_seconds
from simulator.observation import Measure, Observation, ObservedSeries, ReadingQuality
from simulator.quantities import channel
from simulator.series import Series, period_series
from simulator.truth import TruthPart, truth_blocks
from simulator.truth.truth_rows import RowMaker, TruthRows, merged_truth

QUARTERS = ReadingType.parse("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0")
FLEET = Fleet(FleetSpec(10, seed=1))
START, END = datetime.fromisoformat("2026-06-01T00:00Z"), datetime.fromisoformat("2026-06-01T02:00Z")
NOW = epoch_seconds(END)
ESTIMATED = ReadingQualityType.parse("2.8.0")


@dataclass(frozen=True)
class AllAtOnce:
    """Of eight quarters the first is missing, the second too much, the third comes twice; one more is off the grid."""

    def missing(self, series: Series, _now: int) -> NDArray[np.bool_]:
        return np.arange(len(series.stamps)) == 0

    def observed(self, series: Series, values: NDArray[np.int64], now: int, _measure: Measure) -> ObservedSeries:
        first, second, third, *_ = series.stamps.tolist()
        stamps, delivered = series.stamps[1:], values[1:].copy()
        delivered[0] += 1_000
        stamps = np.concatenate([stamps, [third, third + 60]])
        delivered = np.concatenate([delivered, [values[2], 5]])
        causes = {first: ("gap-1",), second: ("spike-1",), third: ("duplicate-1",), third + 60: ("clock-1",)}
        return ObservedSeries(stamps, delivered, {0: (ReadingQuality(ESTIMATED, now),)}, causes)


@dataclass(frozen=True)
class Of:
    """The disturbance of one meter."""

    meter: int

    def touching(self, meters: NDArray[np.int64], _series: Sequence[Series]) -> Mapping[int, AllAtOnce]:
        return {row: AllAtOnce() for row in np.flatnonzero(meters == self.meter).tolist()}


def series() -> list[list[Series]]:
    found = period_series([channel(QUARTERS)], START, END, calendar=FLEET.calendar, installed=FLEET.installed, now=END)
    return [[one] for one in found]


def rows(maker: RowMaker) -> tuple[TruthRows, TruthPart]:
    (block,) = truth_blocks(FLEET, range(10), series(), observation=Observation(NOW, disturbances=Of(4)))
    (part,) = block.parts
    return maker.rows(part, part.truths[0], {}), part


def test_only_what_was_done_is_told_each_with_its_cause() -> None:
    found, _ = rows(RowMaker(only_differences=True))
    assert set(found.positions.tolist()) == {4}
    assert found.causes == [b"gap-1", b"spike-1", b"duplicate-1", b"clock-1"]
    assert found.delivered.tolist() == [0, 1, 2, 1]
    assert (found.reported - found.registered).tolist()[1:3] == [1_000, 0]
    assert found.qualities == [b"", b"2.8.0", b"", b""]


def test_a_reading_off_the_grid_has_nothing_that_flowed() -> None:
    found, _ = rows(RowMaker(only_differences=True))
    assert found.on_grid.tolist() == [True, True, True, False]
    assert int(found.reported[3]) == 5


def test_with_all_readings_the_odd_one_stands_where_its_stamp_belongs() -> None:
    found, _ = rows(RowMaker(only_differences=False))
    assert len(found) == 10 * 8 + 1
    assert found.positions.tolist() == sorted(found.positions.tolist())
    its = found.ends[found.positions == 4]
    assert its.tolist() == sorted(its.tolist())


def test_amounts_are_charged_to_their_causes() -> None:
    maker = RowMaker(only_differences=True)
    _, part = rows(maker)
    effects = {cause: effect for (meter, cause, _), effect in maker.effects if meter == 4}
    missing = int(part.truths[0].registered[4, 0])
    assert (effects["gap-1"].missing, effects["gap-1"].unreported) == (1, missing)
    assert (effects["spike-1"].missing, effects["spike-1"].misreported) == (0, -1_000)
    assert effects["duplicate-1"].misreported == effects["duplicate-1"].unreported == 0


def test_rows_of_kinds_that_share_a_block_come_in_the_order_of_the_meters() -> None:
    (block,) = truth_blocks(FLEET, range(10), series())
    (part,) = block.parts
    maker = RowMaker(only_differences=False)
    halves = [
        TruthPart(part.kind, part.positions[chosen], part.meters[chosen], ())
        for chosen in (slice(0, 10, 2), slice(1, 10, 2))
    ]
    (truth,) = part.truths
    made = [
        maker.rows(
            half,
            type(truth)(
                truth.series,
                *(one[half.positions] for one in (truth.flowed, truth.registered, truth.reported)),
                None,
                None,
                {},
            ),
            {},
        )
        for half in halves
    ]
    together = merged_truth(made)
    whole = maker.rows(part, truth, {})
    assert together.positions.tolist() == whole.positions.tolist()
    assert together.flowed.tolist() == whole.flowed.tolist()


def test_the_channels_of_a_question_go_to_the_kinds_that_deliver_them() -> None:
    channels = KindChannels.of(FLEET, [QUARTERS, QUARTERS])
    assert [one.reading_type for one in channels.channels] == [QUARTERS]
    assert channels.of_kind[0] == (0,)

"""What a channel has at an instant that is not of its own choosing."""

from datetime import UTC, datetime

import numpy as np
import pytest

from simulator.cim.reading_type import ReadingType
from simulator.coincident import NOWHERE, coincident_readings, series_at
from simulator.field_history import UNDISTURBED
from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import LocalCalendar, epoch_seconds
from simulator.quantities import Channel, channel
from simulator.readings import period_series, reading_blocks

BERLIN = LocalCalendar("Europe/Berlin")
INSTALLED = epoch_seconds(datetime(2024, 12, 31, 23, tzinfo=UTC))
NOW = epoch_seconds(datetime(2026, 3, 2, 12, tzinfo=UTC))

REGISTER = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
QUARTER = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
QUARTER_REGISTER = "0.0.2.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
MONTH = "13.0.0.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
MONTH_MAXIMUM = "8.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0"
ROLLING = "0.0.57.0.1.1.8.0.0.0.0.0.0.0.0.0.38.0"
WHOLE_REQUEST = "32.0.0.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"


def of(code: str) -> Channel:
    return channel(ReadingType.parse(code))


def berlin(text: str) -> int:
    return epoch_seconds(datetime.fromisoformat(text).replace(tzinfo=BERLIN.zone))


def found(code: str, *instants: int) -> list[tuple[int | None, int] | None]:
    """For each instant the start and the stamp of the value that is there."""
    at = series_at(of(code), np.array(instants, np.int64), calendar=BERLIN, installed=INSTALLED, now=NOW)
    starts = at.series.starts
    return [
        None if place == NOWHERE else (None if starts is None else int(starts[place]), int(at.series.stamps[place]))
        for place in at.places.tolist()
    ]


def local(start: str, end: str) -> tuple[int, int]:
    return berlin(start), berlin(end)


@pytest.mark.parametrize(
    ("code", "instant", "value"),
    [
        (REGISTER, "2026-02-03T10:07:31", (None, berlin("2026-02-03T10:07:31"))),
        (QUARTER, "2026-02-03T10:07:31", local("2026-02-03T10:00:00", "2026-02-03T10:15:00")),
        (QUARTER, "2026-02-03T10:15:00", local("2026-02-03T10:00:00", "2026-02-03T10:15:00")),
        (QUARTER, "2026-02-03T10:15:01", local("2026-02-03T10:15:00", "2026-02-03T10:30:00")),
        (QUARTER_REGISTER, "2026-02-03T10:07:31", (None, berlin("2026-02-03T10:00:00"))),
        (QUARTER_REGISTER, "2026-02-03T10:15:00", (None, berlin("2026-02-03T10:15:00"))),
        (MONTH, "2025-03-30T12:00:00", local("2025-03-01T00:00:00", "2025-04-01T00:00:00")),
        (MONTH_MAXIMUM, "2026-02-03T10:07:31", local("2026-02-01T00:00:00", "2026-03-01T00:00:00")),
        (MONTH_MAXIMUM, "2026-02-01T00:00:00", local("2026-01-01T00:00:00", "2026-02-01T00:00:00")),
        (MONTH, "2026-03-01T10:00:00", None),
        (WHOLE_REQUEST, "2026-02-03T10:07:31", None),
    ],
    ids=[
        "a register, at the instant",
        "the interval around it",
        "at the end of an interval",
        "behind it",
        "the last value of a grid",
        "a value of a grid, at the instant",
        "a month with a change of clocks",
        "the maximum of the month around it",
        "at the end of a month",
        "a month that is not over",
        "what needs a period",
    ],
)
def test_a_channel_has_the_value_that_stands_at_an_instant_or_covers_it(
    code: str, instant: str, value: tuple[int | None, int] | None
) -> None:
    assert found(code, berlin(instant)) == [value]


def test_of_blocks_that_overlap_the_one_that_ends_first_covers_an_instant() -> None:
    ((start, end),) = [one for one in found(ROLLING, berlin("2026-02-03T10:07:31")) if one is not None]
    assert start is not None
    assert start < berlin("2026-02-03T10:07:31") <= end == start + 3_600
    assert found(ROLLING, end) == [(start, end)]


@pytest.mark.parametrize("code", [REGISTER, QUARTER, QUARTER_REGISTER, MONTH, MONTH_MAXIMUM])
def test_nothing_is_there_before_the_installation_or_in_the_future(code: str) -> None:
    assert found(code, INSTALLED - 1, NOW + 1, NOW + 86_400 * 365) == [None, None, None]


def test_an_interval_must_be_over_and_must_have_begun_after_the_installation() -> None:
    assert found(QUARTER, NOW - 1, NOW - 900, INSTALLED, INSTALLED + 1) == [
        (NOW - 900, NOW),
        (NOW - 1_800, NOW - 900),
        None,
        (INSTALLED, INSTALLED + 900),
    ]


def test_instants_may_come_in_any_order_and_twice() -> None:
    first, second = berlin("2025-10-26T02:30:00"), berlin("2026-01-15T07:00:00")
    assert found(QUARTER, second, first, second) == [found(QUARTER, one)[0] for one in (second, first, second)]


def test_values_are_those_of_a_plain_read() -> None:
    fleet = Fleet(FleetSpec(20, zone="Europe/Berlin"))
    channels = [of(code) for code in (QUARTER, QUARTER_REGISTER, MONTH)]
    start, end = datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)
    series = period_series(
        channels, start, end, calendar=fleet.calendar, installed=fleet.installed, now=datetime(2026, 3, 2, tzinfo=UTC)
    )
    plain = {
        (meter, number, stamp): value
        for part in reading_blocks(fleet, range(20), series)
        for number, values in enumerate(part.values)
        for meter, row in zip(part.meters.tolist(), values.tolist(), strict=True)
        for stamp, value in zip(series[number].stamps.tolist(), row, strict=True)
    }
    meters = np.arange(20).repeat(3)
    instants = np.array([epoch_seconds(start) + 77_777 * number for number in range(1, 61)], np.int64)
    pairs = list(
        coincident_readings(
            fleet, meters, instants, list(enumerate(channels)), UNDISTURBED,
            installed=fleet.installed, now=NOW, observation=None,
        )
    )  # fmt: skip
    assert sorted(pair for pair, _, _ in pairs) == list(range(60))
    for pair, readings, is_missing in pairs:
        assert not is_missing
        assert len(readings) == 3
        for one in readings:
            assert plain[int(meters[pair]), one.channel, one.stamp] == one.value

"""Readings whose stamps, or whose values, are instants of each meter's own."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from headend.messages.stamped_rows import StampedRows

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SHARED = np.array([b"2026-06-10T00:00:00+02:00"])
AROUND = (b"<a>", b"|", b"</a>")


def at(hour: int) -> int:
    return int(datetime(2026, 6, 9, hour, tzinfo=UTC).timestamp())


def test_each_meter_has_the_stamp_of_its_own() -> None:
    rows = StampedRows(SHARED, AROUND, AMSTERDAM, decimals=3, tells_time=False)
    assert rows.rows(np.array([[1_234], [5]]), np.array([[at(6)], [at(18)]])) == [
        b"<a>2026-06-09T08:00:00+02:00|1.234</a>",
        b"<a>2026-06-09T20:00:00+02:00|0.005</a>",
    ]


def test_without_stamps_of_their_own_meters_have_that_of_the_series() -> None:
    rows = StampedRows(SHARED, AROUND, AMSTERDAM, decimals=0, tells_time=True)
    assert rows.rows(np.array([[at(6)], [at(7)]]), None) == [
        b"<a>2026-06-10T00:00:00+02:00|2026-06-09T08:00:00+02:00</a>",
        b"<a>2026-06-10T00:00:00+02:00|2026-06-09T09:00:00+02:00</a>",
    ]

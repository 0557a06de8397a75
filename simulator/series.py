"""Series: what a request asks for, as reading types at instants.

Values of a period are stamped at its end, and a requested period is (start, end]: what ended at `start` belongs to
the period before. A register has a value from the installation on, where it is zero; an interval must have begun
by then. Nothing is answered for the future.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from simulator.cim.reading_type import ReadingType
from simulator.local_time import Instants, Intervals, LocalCalendar, epoch_seconds
from simulator.quantities import Channel, ChannelKind
from simulator.quantities.calendar_spans import spans


@dataclass(frozen=True, slots=True)
class Series:
    """One reading type at a set of instants, the same for every meter of a request."""

    reading_type: ReadingType
    stamps: Instants  # (stamps,) epoch seconds UTC, ascending: the END of an interval, the instant of a register
    is_interval: bool  # interval: of (start, stamp]; else a value as it stands at the stamp
    decimals: int  # value = integer / 10**decimals in the reading type's unit and multiplier
    starts: Instants | None = None  # (stamps,) where intervals begin, if not one interval_s before the stamp
    has_own_stamps: bool = False  # an extreme: each meter's happened at a time of its own, not at the stamp
    tells_time: bool = False  # values are instants, in epoch seconds

    def interval_starts(self) -> Instants:
        """Where each interval begins, in epoch seconds. ValueError if the series does not know."""
        if self.starts is not None:
            return self.starts
        if self.reading_type.interval_s is None:
            raise ValueError(f"reading type {self.reading_type} does not say how long its intervals are")
        return self.stamps - self.reading_type.interval_s


def period_series(
    channels: Sequence[Channel],
    start: datetime,
    end: datetime,
    *,
    calendar: LocalCalendar,
    installed: int,
    now: datetime,
) -> list[Series]:
    """What each channel has in the period (start, end] and up to now; a series may come out empty.

    Registers without a grid of their own come as one value per local midnight. `installed` is in epoch
    seconds.
    """
    # Half open on whole seconds: a stamp is later than `start` exactly if it is later than `start` rounded
    # down.
    first = max(epoch_seconds(start), installed - 1)
    last = min(epoch_seconds(end), epoch_seconds(now))
    return [series_of(channel, first, last, calendar, installed) for channel in channels]


def latest_series(
    channels: Sequence[Channel], *, calendar: LocalCalendar, installed: int, now: datetime
) -> list[Series]:
    """The latest value of each channel: a register as it stands now, the last one on a grid that is complete.

    Before the installation every series is empty, and so is at any time one that needs the request's period.
    """
    instant = epoch_seconds(now)
    series = []
    for channel in channels:
        if channel.whole_request:
            series.append(_made(channel, _nothing()))
            continue
        if channel.period_s is None and channel.span is None:
            stamps = np.array([instant] if instant >= installed else [], np.int64)
            series.append(_made(channel, Intervals(stamps, stamps)))
            continue
        # Two days back there is a complete value on every grid, also where a zone skipped a whole day; and two
        # months back a whole month.
        back_s = 3 * 86_400 if channel.span is None else 63 * 86_400
        since = max(instant - back_s, installed - 1)
        series.append(last_value(series_of(channel, since, instant, calendar, installed)))
    return series


def last_value(series: Series) -> Series:
    """A series with nothing but its last stamp, if it has any."""
    starts = None if series.starts is None else series.starts[-1:]
    return replace(series, stamps=series.stamps[-1:], starts=starts)


def series_of(channel: Channel, first: int, last: int, calendar: LocalCalendar, installed: int) -> Series:
    """What a channel has in (first, last], epoch seconds."""
    if channel.whole_request:
        start = max(first, installed)
        bounds = np.array([[start], [last]] if last > start else [[], []], np.int64)
        return _made(channel, Intervals(bounds[0], bounds[1]))
    if channel.span is not None:
        grid = spans(calendar, first, last, channel.span)
    elif channel.period_s is not None:
        grid = calendar.intervals(first, last, channel.period_s)
    else:
        stamps = calendar.midnights(first, last)
        grid = Intervals(stamps, stamps)
    if channel.block_s is not None:
        grid = Intervals(grid.stamps - channel.block_s, grid.stamps)
    if channel.kind is ChannelKind.INTERVAL:
        complete = grid.starts >= installed
        grid = Intervals(grid.starts[complete], grid.stamps[complete])
    return _made(channel, grid)


def _made(channel: Channel, grid: Intervals) -> Series:
    sampling = channel.sampling
    is_interval = channel.kind is ChannelKind.INTERVAL
    of_a_period = is_interval or (sampling is not None and sampling.since is None)
    return Series(
        channel.reading_type,
        grid.stamps,
        is_interval,
        channel.decimals,
        grid.starts if of_a_period else None,
        has_own_stamps=channel.has_own_stamps,
        tells_time=sampling is not None and sampling.tells_time,
    )


def _nothing() -> Intervals:
    nothing = np.empty(0, np.int64)
    return Intervals(nothing, nothing)

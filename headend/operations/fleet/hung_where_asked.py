"""Which meters, of which times, a read by usage points is about: those that hung there then, also across a change.

Asked for a usage point and a period, a head end answers for the meter that hung there: until the change the old one,
from then on the new one, and of the interval in which they changed what each of them counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import Indices
from headend.operations.fleet.mountings import is_unchanged, mountings
from headend.operations.readings.meter_readings_query import MeterReadingsQuery
from headend.operations.readings.reading_times import Span
from headend.operations.reply import Error, ObjectId
from simulator.fleet.meter_groups import indices_of
from simulator.local_time import epoch_seconds
from simulator.windows import Window


@dataclass(frozen=True, slots=True)
class Hung:
    """Meters, and when those of them hung where they are asked for that did not always."""

    meters: Indices
    windows: Mapping[int, Sequence[Window]]
    """By fleet index; a meter that is not in it was always there."""


def hung_where_asked(query: MeterReadingsQuery, meters: Indices, spans: Sequence[Span], masters: MasterMeters) -> Hung:
    """The meters that a query finds now, with those that hung at its usage points in its periods."""
    fleet = masters.fleet
    if is_unchanged(fleet):
        return Hung(meters, {})
    ever = masters.ever_at(query.usage_points) if spans else {}
    there = {index for index, its in ever.items() if any(_meet(one.window, spans) for one in its)}
    more = sorted(there.difference(indices_of(meters).tolist())) if there else []
    together = np.concatenate((indices_of(meters), np.array(more, np.int64))) if more else meters
    mounted = mountings(fleet, together, masters.work)
    windows = {index: [one.window for one in its] for index, its in mounted.items()}
    if query.usage_points and not spans and not (query.end_devices or query.groups):
        now = epoch_seconds(masters.now)
        gone = [index for index, its in mounted.items() if not any(_holds(one.window, now) for one in its)]
        if gone:
            indices = indices_of(together)
            return Hung(indices[~np.isin(indices, gone)], windows)
    if ever and not (query.end_devices or query.groups):
        windows |= {index: [one.window for one in its] for index, its in ever.items() if index in windows}
    return Hung(together, windows)


def in_use_now(meters: Indices, masters: MasterMeters) -> tuple[Indices, list[Error]]:
    """The meters that can be asked now, and an error (5.2) for each that was taken out of use, or hangs nowhere."""
    fleet, now = masters.fleet, epoch_seconds(masters.now)
    if is_unchanged(fleet):
        return meters, []
    indices: NDArray[np.int64] = indices_of(meters)
    why = {
        index: "hangs at no usage point now, so it is not asked; what it measured before can be read by a period"
        for index, its in mountings(fleet, indices, masters.work).items()
        if not any(_holds(one.window, now) for one in its)
    }
    why |= {index: f"was taken out of use at {at.isoformat()}" for index, at in masters.out_of_use(indices).items()}
    errors = [
        Error(
            "5.2",
            f"{fleet.meter(index).name} {said}",
            object_id=ObjectId(fleet.meter(index).mrid, "uuid", "Meter"),
        )
        for index, said in why.items()
    ]
    return (indices[~np.isin(indices, list(why))] if why else meters), errors


def _holds(window: Window, instant: int) -> bool:
    start, end = window
    return start <= instant and (end is None or instant < end)


def _meet(window: Window, spans: Sequence[Span]) -> bool:
    start, end = window
    return any(start < epoch_seconds(until) and (end is None or end > epoch_seconds(since)) for since, until in spans)

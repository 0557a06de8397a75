"""What a reply says of values that the head end does not have: 5.7, one Error a meter, before the payload begins."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final

import numpy as np

from headend.operations.fleet.meter_targets import Indices
from headend.operations.reply import Error, Level, ObjectId
from simulator.fleet import Fleet
from simulator.meter_kinds import kind_of
from simulator.observation import Observation, Span
from simulator.series import Series

_MOST_METERS: Final = 1_000
"""So many are named one by one; of the others the last Error gives the number."""
_MOST_SPANS: Final = 5


def missing_readings(
    fleet: Fleet,
    meters: Indices,
    assortments: Sequence[Sequence[Series]],
    of_kind: Sequence[int],
    observation: Observation,
) -> list[Error]:
    """An Error (5.7) for each meter that lacks values of its series; it names the spans in the fleet's zone."""
    lacking = _lacking(fleet, meters, assortments, of_kind, observation)
    errors = [
        Error(
            "5.7",
            f"meter {meter.name} lacks values: {_spans_text(fleet, spans)}",
            Level.WARNING,
            ObjectId(meter.mrid, "uuid", "Meter"),
        )
        for meter, spans in ((fleet.meter(index), spans) for index, spans in islice(lacking, _MOST_METERS))
    ]
    rest = sum(1 for _ in lacking)
    if rest:
        errors.append(Error("5.7", f"{rest} more meters lack values", Level.WARNING))
    return errors


def _lacking(
    fleet: Fleet,
    meters: Indices,
    assortments: Sequence[Sequence[Series]],
    of_kind: Sequence[int],
    observation: Observation,
) -> Iterator[tuple[int, tuple[Span, ...]]]:
    if len(assortments) == 1:
        yield from observation.gaps(meters, assortments[0])
        return
    indices = np.asarray(meters, np.int64)
    numbers = np.array(of_kind, np.int64)[kind_of(fleet, indices)]
    for number, series in enumerate(assortments):
        yield from observation.gaps(indices[numbers == number], series)


def _spans_text(fleet: Fleet, spans: Sequence[Span]) -> str:
    named = [_span_text(fleet, start, end) for start, end in spans[:_MOST_SPANS]]
    more = f" and {len(spans) - _MOST_SPANS} more" if len(spans) > _MOST_SPANS else ""
    return ", ".join(named) + more


def _span_text(fleet: Fleet, start: int, end: int) -> str:
    begin, last = (
        datetime.fromtimestamp(instant, UTC).astimezone(fleet.calendar.zone).isoformat() for instant in (start, end)
    )
    return f"at {last}" if start == end else f"from {begin} to {last}"

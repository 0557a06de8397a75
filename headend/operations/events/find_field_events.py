"""The events of the field that a request selects: worked out for its periods, days at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from headend.operations.events.field_events import KEPT_DAYS, FieldEventSource
from headend.operations.events.field_facts import field_history, stored_outages
from headend.operations.fleet.meter_targets import Indices
from headend.operations.fleet.mountings import is_unchanged
from headend.operations.references import Period
from headend.operations.refusal import Refusal
from headend.store import UnitOfWork
from simulator.field_events import FieldEvents, fits
from simulator.field_history import UNDISTURBED
from simulator.local_time import epoch_seconds

MOST_FIELD_EVENTS = 1_000_000
"""A request that would list more events of the field is refused (3.1)."""

_DAYS_AT_A_TIME = 64
"""So much of a long period is worked out before it is seen whether that is too much already."""


def find_field_events(
    source: FieldEventSource,
    meters: Indices,
    patterns: Sequence[str],
    periods: Sequence[Period],
    now: datetime,
    work: UnitOfWork,
) -> FieldEvents:
    """The events of the field that meters, types and periods select, and that are heard of by now.

    patterns: of types, none for all. periods: none for the last days that events are kept. Raises Refusal (3.1) for
    more than a million.
    """
    fleet = source.fleet
    history = (
        field_history(fleet, meters, work) if stored_outages(fleet, work) or not is_unchanged(fleet) else UNDISTURBED
    )
    if source.is_silent(history):
        return FieldEvents.none()
    until = epoch_seconds(now)
    parts: list[FieldEvents] = []
    count = 0
    for after, last in _spans(periods, fleet.installed, now):
        for first in range(after, last, _DAYS_AT_A_TIME * 86_400):
            found = source.happened(meters, first, min(first + _DAYS_AT_A_TIME * 86_400, last), history)
            found = found.where(found.heard <= until)
            if patterns:
                found = found.where(np.any([fits(found.types, pattern) for pattern in patterns], axis=0))
            count += len(found)
            if count > MOST_FIELD_EVENTS:
                raise Refusal.because(
                    "3.1",
                    f"the request selects more than {MOST_FIELD_EVENTS:,} events; ask for a shorter period, fewer "
                    "devices or types",
                )
            parts.append(found)
    return FieldEvents.joined(parts)


def _spans(periods: Sequence[Period], installed: int, now: datetime) -> list[tuple[int, int]]:
    """The periods as spans (after, until] in epoch seconds, in order, those that overlap as one; not beyond now."""
    spans: list[tuple[int, int]] = []
    asked = [(period.start, min(period.end or now, now)) for period in periods] or [(None, now)]
    for start, end in asked:
        start = end - timedelta(days=KEPT_DAYS) if start is None else start
        # A whole second that lies at or after the start belongs to it: events have no fractions.
        after = max(_first_second(start), installed) - 1
        until = epoch_seconds(end)
        if after < until:
            spans.append((after, until))
    joined: list[tuple[int, int]] = []
    for after, until in sorted(spans):
        if joined and after <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((after, until))
    return joined


def _first_second(instant: datetime) -> int:
    """The first whole epoch second at or after an instant."""
    return epoch_seconds(instant) + (instant.microsecond > 0)

"""How often a subscription of MeterReadings is told what meters collected by themselves."""

from datetime import timedelta

from headend.durations import parse_duration
from headend.operations.refusal import Refusal
from headend.operations.schedules.recurrence import PATTERNS, TimeSchedule

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


def collection_times(every: str) -> TimeSchedule:
    """The times of `every`, which is a duration or a word of `recurrencePattern`.

    Days and weeks keep to the fleet's local midnights, whatever the clocks do; any other span is counted in exact
    seconds from a local midnight. Raises ValueError.
    """
    if every in PATTERNS:
        return TimeSchedule(pattern=every)
    try:
        span = parse_duration(every)
    except ValueError as error:
        raise ValueError(f"every: {error}; or one of {', '.join(PATTERNS)}") from None
    if span in (_DAY, _WEEK):
        return TimeSchedule(pattern="daily" if span == _DAY else "weekly")
    if span % timedelta(seconds=1):
        raise ValueError("every: whole seconds only")
    try:
        return TimeSchedule(period_s=span // timedelta(seconds=1))
    except Refusal as refusal:
        raise ValueError(f"every: {refusal.errors[0].details}") from None

"""Of which time a request wants readings: its Reading and TimeSchedule elements, or else the Request's own period.

Our readings of the standard, where it is silent: the parts of one Reading are AND, several Readings are OR. A Reading
with a timePeriod gives one more period, to which its reason and source belong; one without is a condition on all
periods. An open end is now. Interval values have no reason, so a reason concerns registers alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from headend.operations.references import Period
from headend.operations.refusal import Refusal

ON_DEMAND = "inquiry"
"""ReadingReasonKind of a register that was read because somebody asked."""
SCHEDULED = "billing"
"""ReadingReasonKind of the register values that a meter stores at local midnight."""

Span = tuple[datetime, datetime]
"""A closed period: (start, end]."""


@dataclass(frozen=True, slots=True)
class ReadingFilter:
    """One Reading of the request profile: its parts are AND."""

    period: Period | None = None
    reason: str | None = None
    source: str | None = None

    def takes(self, source: str, reason: str | None) -> bool:
        """Whether a reading from a source passes; `reason` is None for what has none, such as an interval value."""
        return self.source in (None, source) and (reason is None or self.reason in (None, reason))


@dataclass(frozen=True, slots=True)
class ReadingTimes:
    """When readings are wanted. All spans are disjoint and in order."""

    asked: tuple[Span, ...]
    """The union of all periods; none asks for the latest values."""
    registers: tuple[Span, ...]
    intervals: tuple[Span, ...]
    takes_registers: bool
    """Whether any register passes the conditions; of the latest values, too."""
    takes_intervals: bool


def reading_times(
    readings: Sequence[ReadingFilter],
    periods: Sequence[Period],
    source: str,
    now: datetime,
    *,
    reason: str | None = None,
) -> ReadingTimes:
    """What the filters come to for readings that all come from `source`.

    periods: those of TimeSchedules, or else of the Request. reason: that of registers; None is the usual one. Raises
    Refusal (1.8) for a period without a start.
    """
    conditions = [one for one in readings if one.period is None]

    def passes(its_reason: str | None) -> bool:
        return not conditions or any(one.takes(source, its_reason) for one in conditions)

    no_filter = ReadingFilter()
    timed = [(span_of(one.period, now), one) for one in readings if one.period is not None]
    timed += [(span_of(period, now), no_filter) for period in periods]
    if not timed:
        return ReadingTimes((), (), (), passes(reason or ON_DEMAND), passes(None))

    def spans(its_reason: str | None) -> tuple[Span, ...]:
        return merged(span for span, one in timed if one.takes(source, its_reason)) if passes(its_reason) else ()

    registers, intervals = spans(reason or SCHEDULED), spans(None)
    return ReadingTimes(merged(span for span, _ in timed), registers, intervals, bool(registers), bool(intervals))


def span_of(period: Period, now: datetime) -> Span:
    """A period with an end. Raises Refusal (1.8) where it has no start."""
    if period.start is None:
        raise Refusal.because("1.8", "a period has an end but no start")
    return period.start, max(period.end or now, period.start)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The union: disjoint, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def common(first: Iterable[Span], second: Sequence[Span]) -> tuple[Span, ...]:
    """The intersection of two unions."""
    return tuple(
        (max(start, other), min(end, its_end))
        for start, end in first
        for other, its_end in second
        if max(start, other) < min(end, its_end)
    )

"""Rules on values: each by itself, and in the order of their stamps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.finding import Remark, Severity
from headend.lint.meter_reading import MeterReading, Series, Value, decoded_quality
from headend.lint.plausible_values import bounds
from headend.lint.rule import OnMeterReading, OnSeries, OverRun, Remarks, Rule
from headend.lint.run_check import Memory, RunCheck

# Codes of Annex C; their names are in simulator/cim/codes.
_BULK, _CUMULATIVE, _DELTA, _SUMMATION = 1, 3, 4, 9
_COUNTED = frozenset({_BULK, _CUMULATIVE, _DELTA, _SUMMATION})
_ONE_WAY = frozenset({1, 15, 16, 17, 18, 19, 20})
"""Flow directions in which nothing counts backwards: forward, the quadrants, reverse, total."""
_AMOUNTS = {
    12: frozenset({71, 72, 73, 31, 132, 169}),
    58: frozenset({42, 119, 120, 121, 128, 130, 134, 156, 157, 166, 167}),
}
"""Energy and volume, and the units in which they are amounts."""
_NO_NUMBERS = frozenset({0, 108, 114})
"""Units of what is no number: none, timeStamp, code."""
_ROLLING = frozenset({*range(57, 78), 102})
"""Measuring periods that overlap: a rolling block begins anew each sub-interval."""
_MISSING, _RESET = (5, 259), (4, 8)
_VALID = (0, 0)
_DOUBTS = frozenset({5, 6, 8, 10})
"""Categories of Annex D: reasonability, validation, estimated, questionable."""
_ESTIMATED = 8
_GAP_CODES = frozenset({"5.7", "0.1", "5.4"})
_NOTHING = timedelta(0)
_HOUR_S, _QUARTER_S, _MINUTE_S = 3_600, 900, 60
_NEARLY_FULL, _NEARLY_EMPTY = 0.9, 0.1


# Each by itself


def _number(series: Series) -> Remarks:
    if None not in series.numbers or (series.type is not None and series.type.unit in _NO_NUMBERS):
        return
    for value in series.values:
        if value.value is None and value.text:
            yield series.remark(value, f"a value of {series.owner} is {value.text!r}, which is no number", "value")


def _given(series: Series) -> Remarks:
    for value in series.values if None in series.numbers else ():
        if not value.text and not _has_quality(value, *_MISSING):
            yield series.remark(
                value, f"a reading of {series.owner} has no value, and no quality says that it is missing"
            )


def _plausible(series: Series) -> Remarks:
    limits = None if series.type is None else bounds(series.type)
    if series.type is None or limits is None:
        return
    lowest, highest = limits
    if series.bounds is None or (lowest <= series.bounds[0] and series.bounds[1] <= highest):
        return
    for value in series.values:
        if value.value is not None and not lowest <= value.value <= highest:
            unit = series.type.unit_words
            limits_said = f"{lowest:.10g} to {highest:.10g} {unit}"
            sentence = f"a value of {series.owner} is {value.text} {unit}; plausible is {limits_said}"
            yield series.remark(value, sentence, "value")


def _not_negative(series: Series) -> Remarks:
    if series.bounds is not None and series.bounds[0] < 0 and _counts_one_way(series, _COUNTED):
        for value in series.values:
            if value.value is not None and value.value < 0:
                yield series.remark(
                    value, f"a value of {series.owner} is {value.text}, counted in one direction", "value"
                )


def _quality_known(series: Series) -> Remarks:
    for value in series.values if series.has_qualities else ():
        for code in value.qualities:
            if not _is_known(code):
                why = decoded_quality(code)[1] if code else "a quality has no ReadingQualityType/@ref"
                yield series.remark(value, f"a value of {series.owner}: {why}", "ReadingQualities")


def _quality_agrees(series: Series) -> Remarks:
    for value in series.values if series.has_qualities else ():
        if len(value.qualities) > 1 and _has_quality(value, *_VALID):
            doubts = [code for code in value.qualities if _category(code) in _DOUBTS]
            if doubts:
                sentence = f"a value of {series.owner} is valid and {doubts[0]} at the same time"
                yield series.remark(value, sentence, "ReadingQualities")


def _is_known(code: str) -> bool:
    # The index of an estimate is the number of a rule of whoever estimates.
    return decoded_quality(code)[0] is not None or (_category(code) == _ESTIMATED and code.count(".") == 2)


def _category(code: str) -> int | None:
    parts = code.split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isascii() and parts[1].isdigit() else None


def _has_quality(value: Value, category: int, index: int) -> bool:
    return any(code.endswith(f".{category}.{index}") for code in value.qualities)


# In their order


def _ascending(series: Series) -> Remarks:
    if not series.is_intervals or all(step >= _NOTHING for step in series.steps):
        return
    for before, value in pairwise(series.values):
        if before.stamp is not None and value.stamp is not None and value.stamp < before.stamp:
            sentence = f"an interval of {series.owner} ends {value.stamp.isoformat()}, before the one in front of it"
            yield series.remark(value, sentence, "timeStamp")


def _no_duplicates(reading: MeterReading) -> Remarks:
    kinds = Counter((one.type_text, one.is_intervals) for one in reading.series)
    seen: Counter[tuple[str | None, bool, datetime, tuple[datetime, datetime] | None]] = Counter()
    for series in reading.series:
        if kinds[series.type_text, series.is_intervals] == 1 and len(set(series.stamps)) == len(series.stamps):
            continue
        for value in series.values:
            if value.stamp is None:
                continue
            key = (series.type_text, series.is_intervals, value.stamp, value.period)
            seen[key] += 1
            if seen[key] > 1:
                sentence = f"{series.owner} has two values of one reading type for {value.stamp.isoformat()}"
                yield series.remark(value, sentence, "timeStamp")


def _no_overlap(series: Series) -> Remarks:
    period = _period(series)
    if period is None or series.steps == {period}:
        return
    for before, value in _in_order(series):
        distance = _distance(before, value)
        if _NOTHING < distance < period:
            apart = _seconds(distance)
            sentence = f"intervals of {series.owner} end {apart} apart; one takes {_seconds(period)}"
            yield series.remark(value, sentence, "timeStamp")


def _aligned(series: Series) -> Remarks:
    period = _period(series)
    if period is None or period > timedelta(hours=1) or series.span is None:
        return
    # Where each follows the one before at its distance, and no clock is changed, the first speaks for all.
    first, last = series.span
    is_even = series.steps <= {period} and first.utcoffset() == last.utcoffset()
    whole_s = round(period.total_seconds())
    for value in series.values[:1] if is_even else series.values:
        if value.stamp is None:
            continue
        # Written in UTC, hours of a zone such as +05:45 begin at a quarter.
        is_utc = value.stamp.utcoffset() == timedelta(0)
        grid_s = _QUARTER_S if is_utc and whole_s % _QUARTER_S == 0 else whole_s
        stamp = value.stamp
        if (stamp.hour * _HOUR_S + stamp.minute * _MINUTE_S + stamp.second) % grid_s or stamp.microsecond:
            sentence = (
                f"an interval of {series.owner} ends {stamp.isoformat()}, which no interval of {_seconds(period)} does"
            )
            yield series.remark(value, sentence, "timeStamp")


def _gap_told(series: Series) -> Remarks:
    part = series.part
    if part.reply is None or any(
        error.code in _GAP_CODES
        and (error.id is None or {error.id.value, error.id.value.lower()} & _identifiers(series))
        for error in part.reply.errors
    ):
        return
    for value, missing, first in _gaps(series):
        yield series.remark(
            value, f"{_intervals(missing)} of {series.owner} from {first.isoformat()} on, and no Error 5.7"
        )


def _no_gap(series: Series) -> Remarks:
    if series.part.reply is None:
        for value, missing, first in _gaps(series):
            yield series.remark(value, f"{_intervals(missing)} of {series.owner} from {first.isoformat()} on")


def _gaps(series: Series) -> Iterator[tuple[Value, int, datetime]]:
    """The value behind each gap, how many intervals are missing, and where the first of them would end."""
    period = _period(series)
    if period is None or series.steps <= {period}:
        return
    request = series.part.request_part
    asked = None if request is None or request.kind is not Kind.REQUEST or not request.asked.periods else request.asked
    if request is not None and request.asked.chooses_values:
        return
    for before, value in _in_order(series):
        if before.stamp is None:
            continue
        missing = _distance(before, value) // period - 1
        first = before.stamp + period
        # Between two periods that were asked for there is nothing.
        if missing > 0 and (asked is None or asked.has_instant(first, with_start=False)):
            yield value, missing, first


def _intervals(missing: int) -> str:
    return "an interval is missing" if missing == 1 else f"{missing} intervals are missing"


def _register_ascends(series: Series) -> Remarks:
    if series.is_intervals or not _counts_one_way(series, frozenset({_BULK})):
        return
    for before, value in _in_order(series):
        if before.value is not None and value.value is not None and _falls(before.value, value):
            yield series.remark(
                value, f"a register of {series.owner} falls from {before.text} to {value.text}", "value"
            )


class _RegisterAscendsOverRun(RunCheck):
    """By meter and reading type to the latest value that the run has seen."""

    def __init__(self) -> None:
        self._latest: Memory[tuple[str, str], tuple[datetime, float, int]] = Memory()

    def series(self, series: Series) -> Remarks:
        owner = series.meter or series.usage_point
        if series.is_intervals or owner is None or not _counts_one_way(series, frozenset({_BULK})):
            return
        key = ((owner.mrid or owner.words).lower(), str(series.type))
        latest = self._latest.get(key)
        for value in series.values:
            if value.stamp is None or value.value is None:
                continue
            if latest is not None and latest[2] != series.part.entry_number:
                yield from _against(latest, value, series)
            if latest is None or value.stamp >= latest[0]:
                latest = (value.stamp, value.value, series.part.entry_number)
        if latest is not None:
            self._latest[key] = latest


def _against(latest: tuple[datetime, float, int], value: Value, series: Series) -> Iterator[Remark]:
    stamp, known, entry = latest
    if value.stamp is None or value.value is None:
        return
    if (value.stamp >= stamp and _falls(known, value)) or (value.stamp < stamp and value.value > known):
        told = f"{value.text} at {value.stamp.isoformat()}; exchange {entry} had {known:.15g} at {stamp.isoformat()}"
        yield series.remark(value, f"a register of {series.owner} was {told}", "value")


def _falls(before: float, value: Value) -> bool:
    """Whether a register went down; one that is full begins anew, and one that was reset says so."""
    if value.value is None or value.value >= before or _has_quality(value, *_RESET):
        return False
    full = 10.0 ** len(str(int(abs(before))))
    return not (before >= _NEARLY_FULL * full and value.value <= _NEARLY_EMPTY * full)


def _counts_one_way(series: Series, accumulations: frozenset[int]) -> bool:
    kind = series.type
    return (
        kind is not None
        and kind.accumulation in accumulations
        and kind.flow_direction in _ONE_WAY
        and kind.unit in _AMOUNTS.get(kind.measurement_kind, ())
        and not kind.currency
    )


def _period(series: Series) -> timedelta | None:
    """How long an interval takes; None where intervals overlap, or their length is not told."""
    kind = series.type
    if not series.is_intervals or kind is None or kind.measuring_period in _ROLLING:
        return None
    interval_s = kind.interval_s
    # A day has 23, 24 or 25 hours.
    return (
        None if interval_s is None or interval_s >= 24 * _HOUR_S or kind.macro_period else timedelta(seconds=interval_s)
    )


def _in_order(series: Series) -> Iterator[tuple[Value, Value]]:
    """Neighbours by their stamps, of values that have one."""
    stamped = [value for value in series.values if value.stamp is not None]
    if any(before.stamp > value.stamp for before, value in pairwise(stamped)):  # type: ignore[operator]
        stamped.sort(key=lambda value: value.stamp)  # type: ignore[arg-type, return-value]
    return pairwise(stamped)


def _distance(before: Value, value: Value) -> timedelta:
    return timedelta(0) if before.stamp is None or value.stamp is None else value.stamp - before.stamp


def _identifiers(series: Series) -> frozenset[str]:
    return frozenset().union(*(one.identifiers for one in (series.meter, series.usage_point) if one is not None))


def _seconds(span: timedelta) -> str:
    whole = round(span.total_seconds())
    return f"{whole // _MINUTE_S} min" if whole % _MINUTE_S == 0 else f"{whole} s"


RULES = (
    Rule(
        "value.number", Severity.ERROR, clauses.READINGS,
        "A value is a number, unless its unit says that it is something else.",
        "a value of M00000003 is '12,5', which is no number", OnSeries(_number),
    ),
    Rule(
        "value.given", Severity.WARNING, clauses.READINGS,
        "A reading has a value, or the quality *.5.259 that says why not.",
        "a reading of M00000003 has no value, and no quality says that it is missing", OnSeries(_given),
    ),
    Rule(
        "value.plausible", Severity.WARNING, clauses.JUDGEMENT,
        "A value is within the bounds of what a meter of its kind can measure in that time "
        "(headend/lint/facts/plausible_values.tsv).",
        "a value of M00000003 is 1.2e9 Wh; plausible is -25000000 to 25000000 Wh", OnSeries(_plausible),
    ),
    Rule(
        "value.not-negative", Severity.ERROR, clauses.READING_TYPES,
        "What is counted in one direction is not negative: energy and volume, forward, reverse or of one quadrant.",
        "a value of M00000003 is -12, counted in one direction", OnSeries(_not_negative),
    ),
    Rule(
        "value.quality-known", Severity.ERROR, clauses.QUALITIES,
        "A quality is three numbers that the tables list; the index of an estimate is free.",
        "a value of M00000003: quality 2.5.299: table quality-code does not list *.5.299; "
        "did you mean 5.259 or 5.258 or 5.257?",
        OnSeries(_quality_known),
    ),
    Rule(
        "value.quality-agrees", Severity.WARNING, clauses.QUALITIES,
        "No value is valid and doubtful or estimated at the same time.",
        "a value of M00000003 is valid and 2.5.256 at the same time", OnSeries(_quality_agrees),
    ),
    Rule(
        "series.ascending", Severity.WARNING, clauses.JUDGEMENT,
        "The intervals of a block stand in the order of their time.",
        "an interval of M00000003 ends 2026-03-02T11:00:00+00:00, before the one in front of it", OnSeries(_ascending),
    ),
    Rule(
        "series.no-duplicates", Severity.ERROR, clauses.READINGS,
        "A meter has one value of a reading type for an instant.",
        "M00000003 has two values of one reading type for 2026-03-02T11:00:00+00:00", OnMeterReading(_no_duplicates),
    ),
    Rule(
        "series.no-overlap", Severity.ERROR, clauses.READING_TYPES,
        "Intervals are as far apart as the measuring period of their reading type is long, or further.",
        "intervals of M00000003 end 15 min apart; one takes 30 min", OnSeries(_no_overlap),
    ),
    Rule(
        "series.aligned", Severity.WARNING, clauses.JUDGEMENT,
        "Intervals of up to an hour end on the grid of the day: quarters of an hour at :00, :15, :30, :45.",
        "an interval of M00000003 ends 2026-03-02T11:07:00+00:00, which no interval of 15 min does", OnSeries(_aligned),
    ),
    Rule(
        "series.gap-told", Severity.WARNING, clauses.REPLY_CODES,
        "An answer in which intervals are missing says so by an Error 5.7.",
        "an interval is missing of M00000003 from 2026-03-02T11:00:00+00:00 on, and no Error 5.7", OnSeries(_gap_told),
    ),
    Rule(
        "series.no-gap", Severity.NOTE, clauses.JUDGEMENT,
        "In a message that was not asked for, no interval is missing between two others; it may come late.",
        "an interval is missing of M00000003 from 2026-03-02T11:00:00+00:00 on", OnSeries(_no_gap),
    ),
    Rule(
        "series.register-ascends", Severity.ERROR, clauses.READING_TYPES,
        "A register that counts in one direction does not fall within a message, unless it was full or says by *.4.8 "
        "that it was reset.",
        "a register of M00000003 falls from 100.5 to 90.5", OnSeries(_register_ascends),
    ),
    Rule(
        "series.register-ascends-over-run", Severity.ERROR, clauses.READING_TYPES,
        "Nor does it fall from message to message.",
        "a register of M00000003 was 90.5 at 2026-03-02T11:00:00+00:00; exchange 1 had 100.5 at "
        "2026-03-02T10:00:00+00:00",
        OverRun(_RegisterAscendsOverRun),
    ),
)  # fmt: skip

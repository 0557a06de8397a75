"""Rules on MeterReadings: reading types, whose readings they are, and whether they are what was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.finding import Severity
from headend.lint.meter_reading import MeterReading, Series, decoded
from headend.lint.named_object import NamedObject
from headend.lint.part import Part
from headend.lint.plausible_values import is_judged, range_of, units_of
from headend.lint.reply_said import ErrorSaid, ReplySaid
from headend.lint.rule import OnAnswer, OnMeterReading, OnReadingType, OnSeries, Remarks, Rule, Sentence
from simulator.cim.code_tables import codes

_AHEAD = timedelta(minutes=5)
_MOST_NAMED = 3
_GENERAL = frozenset({"3.1", "3.2", "4.1", "5.1", "5.4"})
"""Codes that, without an ID, may be about any meter that was asked for."""


def _decodable(said: str) -> Sentence:
    reading_type, why = decoded(said)
    return None if reading_type is not None else f"reading type {said!r}: {why}"


def _unit_fits(said: str) -> Sentence:
    reading_type, _ = decoded(said)
    if reading_type is None or not is_judged(reading_type.measurement_kind) or reading_type.currency:
        return None
    if range_of(reading_type.measurement_kind, reading_type.unit) is not None:
        return None
    kind = codes("measurement-kind")[reading_type.measurement_kind].name
    unit = codes("unit")[reading_type.unit]
    found = f"in {unit.symbol or unit.name}" if reading_type.unit else "without a unit"
    wanted = ", ".join(units_of(reading_type.measurement_kind))
    return f"reading type {said}: {kind} {found}; it is given in {wanted}"


def _type_given(reading: MeterReading) -> Remarks:
    for series in reading.series:
        if not series.type_text:
            name = "an IntervalBlock" if series.is_intervals else "a Reading"
            yield reading.remark(f"{name} says no ReadingType")


def _interval_type(reading: MeterReading) -> Remarks:
    for series in reading.series:
        kind = series.type
        if series.is_intervals and kind is not None and kind.interval_s is None and not kind.macro_period:
            yield reading.remark(f"reading type {series.type_text} of an IntervalBlock has no measuring period")


def _whose(reading: MeterReading) -> Remarks:
    if reading.meter is None and reading.usage_point is None:
        yield reading.remark("the MeterReading has neither Meter nor UsagePoint")


def _stamped(series: Series) -> Remarks:
    for value in series.values if len(series.stamps) < len(series.values) else ():
        if value.stamp is None:
            yield series.remark(value, f"{_said(value.text)} of {series.owner} has no timeStamp")


def _not_ahead(series: Series) -> Remarks:
    sent = series.part.header.timestamp
    if sent is None:
        return
    limit = sent + _AHEAD
    for value in series.values if series.span is not None and series.span[1] > limit else ():
        if value.stamp is not None and value.stamp > limit:
            sentence = f"a value of {series.owner} is stamped {value.stamp.isoformat()}, after the message was made"
            yield series.remark(value, sentence, "timeStamp")


def _reported_after(series: Series) -> Remarks:
    for value in series.values:
        if value.reported is not None and value.stamp is not None and value.reported < value.stamp:
            sentence = f"a value of {series.owner} was reported {value.reported.isoformat()}, before it was measured"
            yield series.remark(value, sentence, "reportedDateTime")


def _in_values_interval(reading: MeterReading) -> Remarks:
    if reading.interval is None:
        return
    start, end = reading.interval
    for series in reading.series:
        if _is_of_moment(series) or series.span is None or (start <= series.span[0] and series.span[1] <= end):
            continue
        for value in series.values:
            if value.stamp is not None and not start <= value.stamp <= end:
                sentence = (
                    f"a value is stamped {value.stamp.isoformat()}, outside the valuesInterval of its MeterReading"
                )
                yield series.remark(value, sentence, "timeStamp")


def _is_of_moment(series: Series) -> bool:
    """Whether values may be stamped when they were reached, such as a maximum, and not when they were read."""
    return series.type is not None and series.type.aggregate != 0


def _in_period(series: Series) -> Remarks:
    request = series.part.request_part
    if request is None or request.kind is not Kind.REQUEST or not request.asked.periods or _is_of_moment(series):
        return
    # A period is half open for what happens in it; a register may be asked for at its beginning.
    with_start = not series.is_intervals
    if series.span is None or request.asked.has_span(*series.span, with_start=with_start):
        return
    for value in series.values:
        if value.stamp is not None and not request.asked.has_instant(value.stamp, with_start=with_start):
            sentence = f"a value of {series.owner} is stamped {value.stamp.isoformat()}, which was not asked for"
            yield series.remark(value, sentence, "timeStamp")


def _type_asked(reading: MeterReading) -> Remarks:
    request = reading.part.request_part
    if request is None or not request.asked.reading_types:
        return
    asked = {decoded(one)[0] for one in (*request.asked.reading_types, *request.asked.trigger_types)}
    if None in asked:
        return  # a name of somebody's own: nobody knows what it means
    for series in reading.series:
        if series.type is not None and series.type not in asked:
            yield reading.remark(f"readings of type {series.type_text} were not asked for")


def _answered(request: Part, response: Part) -> Remarks:
    asked, reply = request.asked, response.reply
    if reply is None or not _is_read(request, response) or not response.meters or not asked.says_who:
        return
    if any(error.id is None and error.code in _GENERAL for error in reply.errors):
        return
    told = _words_of_errors(reply)
    missing = [one.words for one in _without_answer(request, response) if not one.identifiers & told]
    if missing:
        yield response.remark(f"neither readings nor an Error for {_listed(missing)}", reply.element)


def _called_as_asked(request: Part, response: Part) -> Remarks:
    reply = response.reply
    if reply is None or not _is_read(request, response) or not request.asked.says_who:
        return
    told = _words_of_errors(reply)
    renamed = [one.words for one in _without_answer(request, response) if one.identifiers & told]
    if renamed:
        sentence = f"an Error is about {_listed(renamed)}, which its ID calls otherwise than the request does"
        yield response.remark(sentence, reply.element)


def _without_answer(request: Part, response: Part) -> list[NamedObject]:
    """Who was asked for and is neither in the payload nor in the ID of an Error."""
    answered = frozenset().union(*response.meters)
    faults = () if response.reply is None else response.reply.faults
    excused = frozenset(one for error in faults for one in _ids(error))
    return [one for one in request.asked.targets if one.identifiers and not one.identifiers & (answered | excused)]


def _words_of_errors(reply: ReplySaid) -> frozenset[str]:
    """Words in what Errors say to a person, among which identifiers may be."""
    return frozenset(
        word.strip("'\"().,;:") for error in reply.faults for word in f"{error.details} {error.reason}".split()
    )


def _not_asked(request: Part, response: Part) -> Remarks:
    asked = request.asked
    if not _is_read(request, response) or not asked.says_who:
        return
    wanted = frozenset().union(*(one.identifiers for one in asked.targets))
    stray = [sorted(one)[0] for one in response.meters if one and not one & wanted]
    if stray:
        yield response.remark(f"readings of {_listed(stray)} were not asked for", response.payload)


def _is_read(request: Part, response: Part) -> bool:
    operation = request.operation
    return operation is not None and operation.name == "GetMeterReadings" and response.element is not None


def _ids(error: ErrorSaid) -> Iterator[str]:
    for one in (error.id, error.related_id):
        if one is not None:
            yield from (one.value, one.value.lower())


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _said(text: str | None) -> str:
    return "a value" if text is None else f"value {text}"


RULES = (
    Rule(
        "reading.type-decodable", Severity.ERROR, clauses.READING_TYPES,
        "A reading type is 18 numbers, each in its table, or the words for them, or a name that the message declares.",
        "reading type '0.0.0.1.1.1.12': a reading type has 18 numbers separated by dots, '0.0.0.1.1.1.12' has 7",
        OnReadingType(_decodable),
    ),
    Rule(
        "reading.unit-fits", Severity.WARNING, clauses.READING_TYPES,
        "The unit of a reading type is one of its measurement kind.",
        "reading type 0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.29.0: energy in V; it is given in Wh, VArh, VAh, BTU, therm, J",
        OnReadingType(_unit_fits),
    ),
    Rule(
        "reading.type-given", Severity.ERROR, clauses.READINGS,
        "Every block and every reading says its ReadingType.", "an IntervalBlock says no ReadingType",
        OnMeterReading(_type_given),
    ),
    Rule(
        "reading.interval-type", Severity.WARNING, clauses.READING_TYPES,
        "The reading type of an IntervalBlock has a measuring period, or belongs to a calendar span.",
        "reading type 0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0 of an IntervalBlock has no measuring period",
        OnMeterReading(_interval_type),
    ),
    Rule(
        "reading.whose", Severity.ERROR, clauses.READINGS,
        "A MeterReading says whose it is: by its Meter or its UsagePoint.",
        "the MeterReading has neither Meter nor UsagePoint", OnMeterReading(_whose),
    ),
    Rule(
        "reading.stamped", Severity.WARNING, clauses.READINGS,
        "Every value says when it was measured: by timeStamp or timePeriod.",
        "value 12 of M00000003 has no timeStamp", OnSeries(_stamped),
    ),
    Rule(
        "reading.not-ahead", Severity.WARNING, clauses.JUDGEMENT,
        "No value is stamped later than the message that brings it.",
        "a value of M00000003 is stamped 2026-03-02T13:00:00+00:00, after the message was made", OnSeries(_not_ahead),
    ),
    Rule(
        "reading.reported-after", Severity.WARNING, clauses.READINGS,
        "No value was reported before it was measured.",
        "a value of M00000003 was reported 2026-03-02T10:00:00+00:00, before it was measured",
        OnSeries(_reported_after),
    ),
    Rule(
        "reading.in-values-interval", Severity.WARNING, clauses.READINGS,
        "The values of a MeterReading lie in its valuesInterval.",
        "a value is stamped 2026-03-02T11:15:00+00:00, outside the valuesInterval of its MeterReading",
        OnMeterReading(_in_values_interval),
    ),
    Rule(
        "reading.in-period", Severity.WARNING, clauses.JUDGEMENT,
        "The values of an answer lie in a period that was asked for; intervals are stamped at their ends, so that the "
        "start of a period belongs to the one before.",
        "a value of M00000003 is stamped 2026-03-02T11:15:00+00:00, which was not asked for", OnSeries(_in_period),
    ),
    Rule(
        "reading.type-asked", Severity.WARNING, clauses.READINGS,
        "The values of an answer are of a reading type that was asked for, where any was.",
        "readings of type 0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0 were not asked for", OnMeterReading(_type_asked),
    ),
    Rule(
        "reading.answered", Severity.ERROR, clauses.READINGS,
        "Every meter that was asked for by name is in the answer, or in an Error that says why it is not.",
        "neither readings nor an Error for M00000004", OnAnswer(_answered),
    ),
    Rule(
        "reading.called-as-asked", Severity.NOTE, clauses.JUDGEMENT,
        "The ID of an Error about a meter calls it as the request did: who asked by name need not know its mRID.",
        "an Error is about M00000004, which its ID calls otherwise than the request does", OnAnswer(_called_as_asked),
    ),
    Rule(
        "reading.not-asked", Severity.ERROR, clauses.READINGS,
        "An answer has no meter that was not asked for; meters are called there as they were in the request.",
        "readings of M00000009 were not asked for", OnAnswer(_not_asked),
    ),
)  # fmt: skip

"""Reading meters: registers, intervals, periods, what is asked for and what comes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from headend.client import ControlClient
from headend.client.answers import MeterReading, Reading
from headend.conformance.answer import Answer
from headend.conformance.case import Need, Suite
from headend.conformance.conversation import Conversation, Element
from headend.conformance.expectations import ok, partial, refused
from headend.conformance.field import cut_power
from headend.conformance.stage import KnownMeter
from headend.conformance.values import (
    day_length,
    days_of_change,
    interval_length,
    local_midnight,
    quality_problem,
    reading_type_problem,
    scale,
)

SUITE = Suite("reading", "Reading meters")

READINGS = "61968-9:2013 5.3"
TYPES = "61968-9:2013 Annex C"
QUALITIES = "61968-9:2013 Annex D"
RESULTS = "61968-100:2013 Reply"

_NO_SUCH_TYPE = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.9999.0"
_NEVER_DELIVERED = "0.0.0.1.1.7.12.0.0.0.0.0.0.0.0.3.72.840"
"""Energy of natural gas in US dollars a kilowatt-hour: it can be parsed, and no meter delivers it."""


@SUITE.case(
    "registers-on-demand", "Without a period, registers come as they stand now", clause=READINGS, needs=(Need.METER,)
)
def registers_on_demand(talk: Conversation) -> None:
    talk.step("read a meter without a period")
    answer = talk.read(talk.meter())
    ok(talk, answer)
    found = _only(talk, answer, talk.meter())
    registers = list(found.registers())
    talk.check("there is at least one register", bool(registers), seen="no Readings", on=answer)
    talk.check("every value has an instant and a number", answer.unreadable is None, seen=answer.unreadable, on=answer)
    late = [one for one in registers if one.stamp > talk.now + timedelta(minutes=5)]
    talk.check("no value is of the future", not late, expected=f"at most {talk.now}", seen=_stamps(late), on=answer)
    stamps = answer.texts("MeterReading/Readings/timeStamp")
    talk.check("every timeStamp has a zone", all(map(_has_zone, stamps)), seen=", ".join(stamps[:3]), on=answer)
    reasons = answer.texts("MeterReading/Readings/reason")
    talk.check(
        "the reason is inquiry",
        set(reasons) == {"inquiry"},
        expected="inquiry",
        seen=", ".join(set(reasons)) or "no reason",
        on=answer,
        advice=True,
    )


@SUITE.case(
    "reading-types", "Every reading refers to a reading type that can be decoded", clause=TYPES, needs=(Need.METER,)
)
def reading_types(talk: Conversation) -> None:
    day = _day(talk, 2)
    for words, answer in (
        ("registers", talk.read(talk.meter())),
        ("the readings of a day", talk.read(talk.meter(), period=_span(day, talk))),
    ):
        talk.step(f"read {words}, and decode their types")
        refs = answer.refs("MeterReading/Readings/ReadingType") + answer.refs("MeterReading/IntervalBlocks/ReadingType")
        talk.check(f"{words} refer to reading types", bool(refs) and all(refs), seen="no ReadingType/@ref", on=answer)
        wrong = [said for ref in dict.fromkeys(refs) if (said := reading_type_problem(ref))]
        talk.check(f"the reading types of {words} are of Annex C", not wrong, seen="; ".join(wrong[:3]), on=answer)


@SUITE.case(
    "by-mrid-and-name",
    "A meter is the same by its name and by its mRID",
    clause="61968-9:2013 Names",
    needs=(Need.METER,),
)
def by_mrid_and_name(talk: Conversation) -> None:
    talk.step("read a meter, and see what it is called")
    first = talk.read(talk.meter())
    ok(talk, first)
    found = _only(talk, first, talk.meter())
    if not (found.mrid and found.name):
        talk.skip("the reply tells only one of mRID and name, so the other cannot be tried")
    talk.step("read it by its mRID, then by its name")
    by_mrid = talk.read(KnownMeter(found.mrid, None))
    by_name = talk.read(KnownMeter(None, found.name))
    for words, answer in (("mRID", by_mrid), ("name", by_name)):
        talk.equal(f"it is found by its {words}", answer.result, "OK", on=answer)
        identities = [(one.mrid, one.name) for one in answer.readings]
        talk.equal(f"by its {words} it is the same meter", identities, [(found.mrid, found.name)], on=answer)
    talk.step("read it by both")
    both = talk.get("MeterReadings", {"EndDevice": [{"mRID": found.mrid, "Names": [{"name": found.name}]}]})
    talk.equal("it is found by both together", both.result, "OK", on=both)


@SUITE.case("several-meters", "Who is asked for is answered, and nobody else", clause=READINGS, needs=(Need.METERS,))
def several_meters(talk: Conversation) -> None:
    meters = [talk.meter(0), talk.meter(1)]
    talk.step("read two meters in one request")
    answer = talk.read(*meters)
    ok(talk, answer)
    for meter in meters:
        talk.check(
            f"{'the first' if meter is meters[0] else 'the second'} meter is answered",
            any(meter.is_named(one.mrid, one.name) for one in answer.readings),
            on=answer,
        )
    others = [
        one.name or one.mrid
        for one in answer.readings
        if not any(meter.is_named(one.mrid, one.name) for meter in meters)
    ]
    talk.check("nobody else is answered", not others, seen=", ".join(map(str, others)), on=answer)
    talk.step("name the same meter twice")
    twice = talk.read(meters[0], meters[0])
    talk.equal("a meter that is named twice is answered once", len(twice.readings), 1, on=twice, advice=True)


@SUITE.case("type-filter", "Only the reading types that were asked for come", clause=READINGS, needs=(Need.METER,))
def type_filter(talk: Conversation) -> None:
    register, interval = talk.stage.parameters.register_type, talk.stage.parameters.interval_type
    talk.step("read one register")
    answer = talk.read(talk.meter(), types=[register])
    ok(talk, answer)
    types = {one.reading_type for meter in answer.readings for one in meter.readings}
    talk.equal("the type that was asked for comes, and no other", types, {register}, on=answer)
    talk.step("read a register and intervals of a day")
    answer = talk.read(talk.meter(), types=[register, interval], period=_span(_day(talk, 2), talk))
    ok(talk, answer, "two types in one request are taken")
    types = {one.reading_type for meter in answer.readings for one in meter.readings}
    talk.equal("both types come, and no other", types, {register, interval}, on=answer)


@SUITE.case(
    "intervals-of-a-day", "A day has all of its intervals, stamped at their ends", clause=READINGS, needs=(Need.METER,)
)
def intervals_of_a_day(talk: Conversation) -> None:
    zone = _zone(talk)
    day = _ordinary_day(talk, zone)
    talk.step("read the intervals of a day")
    answer = _read_day(talk, day)
    ok(talk, answer)
    _check_day(talk, answer, day)


@SUITE.case(
    "day-of-changed-clocks",
    "A day on which clocks change has 23 or 25 hours of intervals",
    clause=READINGS,
    needs=(Need.METER, Need.ZONE),
)
def day_of_changed_clocks(talk: Conversation) -> None:
    zone = _zone(talk)
    days = days_of_change(talk.now, zone)
    talk.step("find the days on which clocks changed")
    if not days:
        talk.does_not_apply(f"clocks do not change in {zone.key}")
    for day in days[:2]:
        hours = day_length(day, zone) // timedelta(hours=1)
        talk.step(f"read the intervals of a day of {hours} hours")
        answer = _read_day(talk, day)
        ok(talk, answer, f"the Result of a day of {hours} hours is OK")
        _check_day(talk, answer, day)


@SUITE.case(
    "intervals-and-registers",
    "The intervals of a day are the difference of two registers",
    clause=READINGS,
    needs=(Need.METER,),
)
def intervals_and_registers(talk: Conversation) -> None:
    zone = _zone(talk)
    register, interval = talk.stage.parameters.register_type, talk.stage.parameters.interval_type
    day = _ordinary_day(talk, zone)
    talk.step("read registers at two midnights, and the intervals between them")
    start, end = _span(day, talk)
    answer = talk.read(talk.meter(), types=[register, interval], period=(start - timedelta(seconds=1), end))
    ok(talk, answer)
    found = _only(talk, answer, talk.meter())
    at = {one.stamp: one.value for one in found.registers() if one.reading_type == register}
    if start not in at or end not in at:
        talk.skip("the head end delivers no register at these midnights")
    total = sum((one.value for one in found.intervals() if start < one.stamp <= end), Decimal(0))
    total = total.scaleb(scale(interval) - scale(register))
    difference = at[end] - at[start]
    # Each register may be cut to its last digit; two of them differ by as much.
    slack = 2 * Decimal(1).scaleb(min(_exponent(at[start]), _exponent(at[end])))
    talk.check(
        "their sum is the difference of the registers",
        abs(total - difference) <= slack,
        expected=f"{difference:f}, give or take {slack:f}",
        seen=f"{total:f}",
        on=answer,
    )


@SUITE.case(
    "registers-never-go-back", "A register of delivered energy never goes back", clause=READINGS, needs=(Need.METER,)
)
def registers_never_go_back(talk: Conversation) -> None:
    register = talk.stage.parameters.register_type
    end = local_midnight(_day(talk, 0), _zone(talk))
    talk.step("read a register over a week")
    answer = talk.read(talk.meter(), types=[register], period=(end - timedelta(days=7), end))
    ok(talk, answer)
    found = _only(talk, answer, talk.meter())
    values = sorted((one.stamp, one.value) for one in found.registers())
    if len(values) < 2:
        talk.skip("the head end delivers fewer than two registers of a week")
    talk.check(
        "no value is negative",
        all(value >= 0 for _, value in values),
        seen=str(min(value for _, value in values)),
        on=answer,
    )
    back = [f"{one} at {at}" for (_, before), (at, one) in pairwise(values) if one < before]
    talk.check("no value is smaller than the one before", not back, seen=", ".join(back), on=answer)
    talk.step("read the register as it stands now")
    now = talk.read(talk.meter(), types=[register])
    current = [one.value for meter in now.readings for one in meter.registers()]
    talk.check(
        "it stands no lower now",
        bool(current) and current[-1] >= values[-1][1],
        expected=f"at least {values[-1][1]}",
        seen=str(current[-1:]),
        on=now,
    )


@SUITE.case(
    "half-open-period",
    "A period is open at its start: what is stamped there belongs to the one before",
    clause=READINGS,
    needs=(Need.METER,),
)
def half_open_period(talk: Conversation) -> None:
    length = _interval_length(talk)
    start = local_midnight(_ordinary_day(talk, _zone(talk)), _zone(talk)) + timedelta(hours=10)
    middle, end = start + timedelta(hours=1), start + timedelta(hours=2)
    talk.step("read two hours in one period, then each of them")
    whole = _read_intervals(talk, (start, end))
    ok(talk, whole)
    stamps = _interval_stamps(whole)
    talk.check("nothing is stamped at the start", start not in stamps, seen=start, on=whole, advice=True)
    talk.check(
        "something is stamped at the end", end in stamps, expected=end, seen=_span_words(stamps), on=whole, advice=True
    )
    halves = [
        *_interval_stamps(_read_intervals(talk, (start, middle))),
        *_interval_stamps(_read_intervals(talk, (middle, end))),
    ]
    talk.check(
        "two periods side by side give each value once",
        sorted(halves) == sorted(stamps),
        expected=f"{len(stamps)} values",
        seen=f"{len(halves)} values",
        on=whole,
    )
    talk.equal("two hours have as many intervals as fit", len(stamps), timedelta(hours=2) // length, on=whole)


@SUITE.case("several-periods", "Several periods are a union", clause=READINGS, needs=(Need.METER,))
def several_periods(talk: Conversation) -> None:
    length = _interval_length(talk)
    morning = local_midnight(_ordinary_day(talk, _zone(talk)), _zone(talk)) + timedelta(hours=6)
    evening = morning + timedelta(hours=12)
    hour = timedelta(hours=1)
    query = {"TimeSchedule": [{"scheduleInterval": {"start": each, "end": each + hour}} for each in (morning, evening)]}
    talk.step("read an hour in the morning and one in the evening")
    answer = talk.read(talk.meter(), types=[talk.stage.parameters.interval_type], more=query)
    ok(talk, answer)
    stamps = _interval_stamps(answer)
    talk.equal("the intervals of both hours come", len(stamps), 2 * (hour // length), on=answer)
    inside = all(morning < one <= morning + hour or evening < one <= evening + hour for one in stamps)
    talk.check("and no others", inside, seen=_span_words(stamps), on=answer)


@SUITE.case("period-without-end", "A period without an end lasts until now", clause=READINGS, needs=(Need.METER,))
def period_without_end(talk: Conversation) -> None:
    talk.step("read with a start alone")
    start = talk.now - timedelta(hours=6)
    more = {"TimeSchedule": [{"scheduleInterval": {"start": start}}]}
    answer = talk.read(talk.meter(), types=[talk.stage.parameters.interval_type], more=more)
    talk.equal("it is taken", answer.result in ("OK", "PARTIAL"), True, on=answer, advice=True)
    stamps = _interval_stamps(answer)
    talk.check(
        "what comes is of the period",
        all(start < one <= talk.now + timedelta(minutes=5) for one in stamps),
        seen=_span_words(stamps),
        on=answer,
    )


@SUITE.case("backward-period", "A period that ends before it starts is refused", clause=READINGS, needs=(Need.METER,))
def backward_period(talk: Conversation) -> None:
    talk.step("read a period whose end is before its start")
    answer = talk.read(talk.meter(), period=(talk.now, talk.now - timedelta(hours=1)))
    refused(talk, answer, "1.8")


@SUITE.case("stored-readings", "Readings of 45 days back can be had", clause="EPRI ECITP 2.03", needs=(Need.METER,))
def stored_readings(talk: Conversation) -> None:
    zone = _zone(talk)
    day = talk.now.astimezone(zone).date() - timedelta(days=44)
    talk.step("read the intervals of a day 44 days ago")
    answer = _read_day(talk, day)
    ok(talk, answer)
    talk.check("there are intervals", bool(_interval_stamps(answer)), seen="none", on=answer)


@SUITE.case("repeatable", "The same question about the past gets the same values", clause=READINGS, needs=(Need.METER,))
def repeatable(talk: Conversation) -> None:
    talk.step("read a past day twice")
    day = _ordinary_day(talk, _zone(talk))
    first, second = _read_day(talk, day), _read_day(talk, day)
    ok(talk, first)
    talk.check(
        "the values are the same",
        _values(first) == _values(second),
        expected="equal values",
        seen="other values",
        on=second,
    )


@SUITE.case("unknown-meter", "An unknown meter is refused, and named", clause="61968-9:2013 Annex B", needs=())
def unknown_meter(talk: Conversation) -> None:
    talk.step("read a meter that does not exist")
    answer = talk.read(talk.unknown_meter)
    refused(talk, answer, "2.4", about=str(talk.unknown_meter))
    talk.check("there are no readings", not answer.readings, seen=f"{len(answer.readings)} meters", on=answer)


@SUITE.case(
    "partial",
    "Of a known and an unknown meter one is answered and one is named (DX-2)",
    clause=RESULTS,
    needs=(Need.METER,),
)
def some_meters(talk: Conversation) -> None:
    talk.step("read a meter and one that does not exist")
    answer = talk.read(talk.meter(), talk.unknown_meter)
    partial(talk, answer, "2.4", about=str(talk.unknown_meter))
    talk.check(
        "the known meter is answered",
        any(talk.meter().is_named(one.mrid, one.name) for one in answer.readings),
        on=answer,
    )
    talk.step("read two meters that do not exist")
    answer = talk.read(talk.unknown_meter, KnownMeter(None, f"{talk.unknown_meter}-2"))
    refused(talk, answer, "2.4", what="where none is known the request is refused")
    talk.check(
        "each of them has an Error", len(answer.errors) >= 2, expected="two Errors", seen=answer, on=answer, advice=True
    )


@SUITE.case(
    "unknown-reading-type",
    "A reading type that does not exist is refused",
    clause="61968-9:2013 Annex B",
    needs=(Need.METER,),
)
def unknown_reading_type(talk: Conversation) -> None:
    talk.step("read a reading type with a number that no table lists")
    answer = talk.read(talk.meter(), types=[_NO_SUCH_TYPE])
    refused(talk, answer, "2.6", about=_NO_SUCH_TYPE)
    talk.step("read a text that is no reading type")
    answer = talk.read(talk.meter(), types=["energy"])
    refused(talk, answer, "2.6", about="energy", what="a text that is no reading type is refused")


@SUITE.case(
    "undelivered-reading-type",
    "A reading type that nobody delivers is refused",
    clause="61968-9:2013 Annex B",
    needs=(Need.METER,),
)
def undelivered_reading_type(talk: Conversation) -> None:
    talk.step("read a type that can be decoded and makes no sense")
    answer = talk.read(talk.meter(), types=[_NEVER_DELIVERED])
    refused(talk, answer, "2.10", "5.6", "2.6")
    talk.step("read it together with a register")
    answer = talk.read(talk.meter(), types=[talk.stage.parameters.register_type, _NEVER_DELIVERED])
    partial(talk, answer, "2.10", "5.6", "2.6", about=_NEVER_DELIVERED)


@SUITE.case("by-usage-point", "A usage point stands for its meter", clause=READINGS, needs=(Need.METER,))
def by_usage_point(talk: Conversation) -> None:
    talk.step("read a meter, and see where it hangs")
    first = talk.read(talk.meter())
    ok(talk, first)
    found = _only(talk, first, talk.meter())
    named = talk.stage.parameters.usage_point or found.usage_point_name or found.usage_point_mrid
    if named is None:
        talk.skip("the reply tells no UsagePoint, and none is named (usage_point)")
    reference = {"mRID": named} if named == found.usage_point_mrid else {"Names": [{"name": named}]}
    talk.step("read the usage point")
    answer = talk.get("MeterReadings", {"UsagePoint": [reference]})
    ok(talk, answer)
    talk.check("a meter is answered", bool(answer.readings), on=answer)
    if talk.stage.parameters.usage_point is None:
        talk.check(
            "it is that meter",
            any(one.mrid == found.mrid for one in answer.readings),
            expected=found.mrid,
            seen=", ".join(str(one.mrid) for one in answer.readings),
            on=answer,
        )
    talk.step("read a usage point that does not exist")
    answer = talk.get("MeterReadings", {"UsagePoint": [{"Names": [{"name": talk.name("no-such-usage-point")}]}]})
    refused(talk, answer, "2.12", what="an unknown usage point is refused")


@SUITE.case("qualities", "Qualities are codes of Annex D", clause=QUALITIES, needs=(Need.METER,))
def qualities(talk: Conversation) -> None:
    meter = talk.own_meter()
    day = _ordinary_day(talk, _zone(talk))
    start, end = _span(day, talk)
    if talk.stage.control is not None:
        _defect(talk, meter, "spike", start, start + timedelta(hours=6))
    talk.step("read a day, and look at its qualities")
    answer = talk.read(meter, types=[talk.stage.parameters.interval_type], period=(start, end))
    codes = [quality for one in answer.readings for each in one.readings for quality in each.qualities]
    if not codes:
        talk.does_not_apply("no value of this day carries a quality")
    wrong = [said for code in dict.fromkeys(codes) if (said := quality_problem(code))]
    talk.check(
        "every ReadingQualityType is a code of Annex D",
        not wrong,
        expected="system.category.index",
        seen="; ".join(wrong[:3]),
        on=answer,
    )


@SUITE.case(
    "gap",
    "Values that are missing are told as PARTIAL, not passed over",
    clause="61968-9:2013 Annex B 5.7",
    needs=(Need.METER, Need.FIELD),
)
def gap(talk: Conversation) -> None:
    meter = talk.own_meter(1)
    start, end = _span(_ordinary_day(talk, _zone(talk)), talk)
    _defect(talk, meter, "gap", start + timedelta(hours=3), start + timedelta(hours=6))
    talk.step("read a day of which three hours are lost")
    answer = talk.read(meter, types=[talk.stage.parameters.interval_type], period=(start, end))
    partial(talk, answer, "5.7")
    length = _interval_length(talk)
    talk.equal("the other values come", len(_interval_stamps(answer)), timedelta(hours=21) // length, on=answer)


@SUITE.case(
    "silent-meter",
    "A meter that does not answer is told as an error, and the call ends",
    clause="61968-9:2013 Annex B",
    needs=(Need.METER, Need.SILENT),
)
def silent_meter(talk: Conversation) -> None:
    named = talk.stage.parameters.silent_meter
    if named is not None:
        meter = KnownMeter(None, named)
    else:
        meter = talk.own_meter(2)
        cut_power(talk, meter)
    talk.step("read a meter that cannot answer")
    answer = talk.read(meter)
    talk.check(
        "the call is answered, and not with OK",
        answer.is_refused or answer.result == "PARTIAL",
        expected="FAILED or PARTIAL",
        seen=answer,
        on=answer,
    )
    talk.check(
        "the code is 4.1, 5.2 or 5.3",
        bool({"4.1", "5.2", "5.3"} & set(answer.codes)),
        expected="4.1, 5.2 or 5.3",
        seen=", ".join(answer.codes),
        on=answer,
        advice=True,
    )


@SUITE.case(
    "compressed",
    "A compressed payload holds the same readings (DX-6)",
    clause="61968-100:2013 Compressed",
    needs=(Need.METER,),
)
def compressed(talk: Conversation) -> None:
    end = local_midnight(_day(talk, 1), _zone(talk))
    period = (end - timedelta(days=30), end)
    types = [talk.stage.parameters.interval_type]
    talk.step("read a month of several meters, and ask for a compressed payload")
    meters = [talk.meter(number) for number in range(min(4, len(talk.stage.reading_meters())))]
    query = {
        "EndDevice": [meter.reference for meter in meters],
        "ReadingType": [{"mRID": one} for one in types],
        "TimeSchedule": [{"scheduleInterval": {"start": period[0], "end": period[1]}}],
    }
    option = {"Option": [{"name": "Compressed", "value": "true"}], "GetMeterReadings": query}
    answer = talk.call("get", "MeterReadings", request=option)
    ok(talk, answer)
    if b"Compressed>" not in answer.data:
        talk.does_not_apply("the head end sends it plain; both ends have to agree on compression")
    talk.check(
        "what is in it can be inflated",
        answer.payload is not None and answer.element != "Compressed" and bool(answer.readings),
        on=answer,
    )
    talk.step("read the same without the option")
    plain = talk.read(*meters, types=types, period=period)
    talk.check("both hold the same values", _values(plain) == _values(answer), on=answer)


def _defect(talk: Conversation, meter: KnownMeter, kind: str, start: datetime, end: datetime) -> None:
    """Let readings go wrong until the case is over."""
    words = f"a {kind} was put into the readings of {meter}"
    made = talk.drive(words, lambda control: control.add_defect(str(meter), kind, start, end=end))
    talk.finally_do(lambda: talk.drive("it was taken out", lambda control: _removed(control, made["mrid"])))


def _removed(control: ControlClient, mrid: str) -> Element:
    control.remove_defect(mrid)
    return {}


def _read_day(talk: Conversation, day: date) -> Answer:
    return _read_intervals(talk, _span(day, talk))


def _read_intervals(talk: Conversation, period: tuple[datetime, datetime]) -> Answer:
    return talk.read(talk.meter(), types=[talk.stage.parameters.interval_type], period=period)


def _check_day(talk: Conversation, answer: Answer, day: date) -> None:
    length = _interval_length(talk)
    start, end = _span(day, talk)
    stamps = sorted(_interval_stamps(answer))
    count = (end - start) // length
    wanted = [start + (number + 1) * length for number in range(count)]
    hours = (end - start) // timedelta(hours=1)
    talk.check(
        f"a day of {hours} hours has {count} intervals",
        len(stamps) == count,
        expected=count,
        seen=f"{len(stamps)}{_first_missing(wanted, stamps)}",
        on=answer,
    )
    talk.check(
        f"their ends are in step over {hours} hours, without a gap and without repeats",
        stamps == wanted,
        expected=_span_words(wanted),
        seen=_span_words(stamps) + _first_missing(wanted, stamps),
        on=answer,
    )
    negative = [one for meter in answer.readings for one in meter.intervals() if one.value < 0]
    talk.check("no energy of an interval is negative", not negative, seen=_stamps(negative), on=answer)


def _first_missing(wanted: Sequence[datetime], stamps: Sequence[datetime]) -> str:
    missing = sorted(set(wanted) - set(stamps))
    return f"; {len(missing)} missing, the first at {missing[0].isoformat()}" if missing else ""


def _only(talk: Conversation, answer: Answer, meter: KnownMeter) -> MeterReading:
    """The readings of one meter; ends the case where they are not there."""
    talk.require(
        "the meter that was asked for is answered, and no other",
        bool(answer.readings) and all(meter.is_named(one.mrid, one.name) for one in answer.readings),
        expected=meter,
        seen=answer.unreadable or ", ".join(str(one.name or one.mrid) for one in answer.readings) or "no MeterReading",
        on=answer,
    )
    first = answer.readings[0]
    every = tuple(one for each in answer.readings for one in each.readings)
    return MeterReading(first.mrid, first.name, first.usage_point_mrid, first.usage_point_name, every)


def _interval_stamps(answer: Answer) -> list[datetime]:
    return [one.stamp for meter in answer.readings for one in meter.intervals()]


def _values(answer: Answer) -> list[tuple[str | None, str, datetime, Decimal]]:
    return sorted(
        (meter.mrid or meter.name, one.reading_type, one.stamp, one.value)
        for meter in answer.readings
        for one in meter.readings
    )


def _interval_length(talk: Conversation) -> timedelta:
    length = interval_length(talk.stage.parameters.interval_type)
    if length is None:
        talk.skip(f"interval_type {talk.stage.parameters.interval_type} has no length")
    return length


def _zone(talk: Conversation) -> ZoneInfo:
    return ZoneInfo(talk.stage.zone or "UTC")


def _day(talk: Conversation, back: int) -> date:
    """The local day so many days before today."""
    return talk.now.astimezone(_zone(talk)).date() - timedelta(days=back)


def _ordinary_day(talk: Conversation, zone: ZoneInfo) -> date:
    """The latest day of 24 hours that has been over for a day."""
    return next(
        day for day in (_day(talk, back) for back in range(2, 10)) if day_length(day, zone) == timedelta(days=1)
    )


def _span(day: date, talk: Conversation) -> tuple[datetime, datetime]:
    zone = _zone(talk)
    return local_midnight(day, zone), local_midnight(day + timedelta(days=1), zone)


def _has_zone(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _stamps(readings: Sequence[Reading]) -> str:
    return ", ".join(f"{one.value} at {one.stamp.isoformat()}" for one in readings[:3])


def _span_words(stamps: Sequence[datetime]) -> str:
    if not stamps:
        return "none"
    first, last = min(stamps).astimezone(UTC), max(stamps).astimezone(UTC)
    return f"{len(stamps)} from {first.isoformat()} to {last.isoformat()}"

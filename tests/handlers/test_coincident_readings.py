"""Readings at the time of a trigger: the MeterReadings part of the GetMeterReadings profile (61968-9:2013, Annex J)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from headend.operations.defects import DefectRequest, add_defect
from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import events, intervals, meters, registers
from tests.support.reply import Reply
from tests.support.soap_requests import DISCONNECTED, ENERGY, LOAD_PROFILE, request_option

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.3 and Annex J")

METER = "M00000003"
MAXIMUM_DEMAND = "8.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0"
"""Of a billing period, in kW, which is the largest quarter of an hour."""
RUNNING_MAXIMUM = "0.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0"
OF_THE_REQUEST = "32.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0"
FEBRUARY = ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z")
WINTER = ("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z")
MORNING = ("2026-03-02T06:00:00Z", "2026-03-02T07:00:00Z")


@pytest.fixture(scope="module")
def switched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """At 12:00 meter 3 is disconnected, at 12:20 meter 5, at 12:40 meter 3 is connected again; it is 14:00."""
    with in_process(tmp_path_factory.mktemp("switched"), NOON) as opened:
        opened.disconnect(METER)
        opened.advance(minutes=20)
        opened.disconnect("M00000005")
        opened.advance(minutes=20)
        opened.connect(METER)
        opened.advance(minutes=80)
        yield opened


def named(*names: str) -> str:
    return "".join(f"<EndDevice><Names><name>{name}</name></Names></EndDevice>" for name in names)


def types(*mrids: str) -> str:
    return "".join(f"<ReadingType><mRID>{mrid}</mRID></ReadingType>" for mrid in mrids)


def schedule(period: tuple[str, str]) -> str:
    start, end = period
    return f"<TimeSchedule><scheduleInterval><end>{end}</end><start>{start}</start></scheduleInterval></TimeSchedule>"


def part(*inside: str, is_trigger: str = "<isCoincidentTrigger>true</isCoincidentTrigger>") -> str:
    """MeterReadings; `inside` in schema order: EndDeviceEvents, Meter, Readings, UsagePoint."""
    return f"<MeterReadings>{is_trigger}{''.join(inside)}</MeterReadings>"


def at_values(mrid: str, filter_: str = "", period: tuple[str, str] | None = None) -> str:
    its_own = "" if period is None else f"<timePeriod><end>{period[1]}</end><start>{period[0]}</start></timePeriod>"
    return f"<Readings>{filter_}{types(mrid)}{its_own}</Readings>"


def at_events(code: str) -> str:
    return f"<EndDeviceEvents><EndDeviceEventType><mRID>{code}</mRID></EndDeviceEventType></EndDeviceEvents>"


def whose(name: str, cim_class: str = "Meter") -> str:
    return f"<{cim_class}><Names><name>{name}</name></Names></{cim_class}>"


@dataclass(frozen=True, slots=True)
class Seen:
    """One Reading of a MeterReading."""

    reading_type: str
    stamp: datetime
    value: Decimal
    reason: str | None
    period: tuple[datetime, datetime] | None


def seen(meter_reading: etree._Element) -> dict[str, Seen]:
    """The Readings by their types."""
    found = {}
    for reading in meter_reading.iterfind("{*}Readings"):
        reading_type = reading.find("{*}ReadingType").get("ref")
        start, end = reading.findtext("{*}timePeriod/{*}start"), reading.findtext("{*}timePeriod/{*}end")
        found[reading_type] = Seen(
            reading_type,
            datetime.fromisoformat(reading.findtext("{*}timeStamp")),
            Decimal(reading.findtext("{*}value")),
            reading.findtext("{*}reason"),
            None if start is None else (datetime.fromisoformat(start), datetime.fromisoformat(end)),
        )
    return found


def is_trigger(meter_reading: etree._Element) -> bool:
    return bool(meter_reading.findtext("{*}isCoincidentTrigger") == "true")


def ok(reply: Reply) -> list[etree._Element]:
    assert reply.result == "OK", reply.said
    return list(reply.payload)


# At the time of a maximum.


def test_at_the_time_of_maximum_demand_all_types_of_the_meter_are_read(quiet_head_end: InProcessHeadEnd) -> None:
    (plain,) = registers(quiet_head_end.read(METER, reading_types=[MAXIMUM_DEMAND], period=FEBRUARY))
    (found,) = ok(quiet_head_end.read(profile=named(METER) + part(at_values(MAXIMUM_DEMAND)) + schedule(FEBRUARY)))
    readings = seen(found)
    assert (is_trigger(found), set(readings)) == (True, {MAXIMUM_DEMAND, ENERGY, LOAD_PROFILE})
    assert (readings[MAXIMUM_DEMAND].stamp, readings[MAXIMUM_DEMAND].value) == (plain.stamp, plain.value)
    assert {one.stamp for one in readings.values()} == {plain.stamp}


def test_the_interval_that_contains_the_maximum_is_the_maximum(quiet_head_end: InProcessHeadEnd) -> None:
    (found,) = ok(quiet_head_end.read(profile=named(METER) + part(at_values(MAXIMUM_DEMAND)) + schedule(FEBRUARY)))
    demand, load = seen(found)[MAXIMUM_DEMAND], seen(found)[LOAD_PROFILE]
    assert load.period == (demand.stamp - timedelta(minutes=15), demand.stamp)
    # Wh of a quarter of an hour, cut off behind the point as is the demand.
    assert abs(load.value * 4 - demand.value * 1000) < 4


def test_coincident_values_are_those_of_a_plain_read_of_the_same_time(quiet_head_end: InProcessHeadEnd) -> None:
    (found,) = ok(quiet_head_end.read(profile=named(METER) + part(at_values(MAXIMUM_DEMAND)) + schedule(FEBRUARY)))
    load = seen(found)[LOAD_PROFILE]
    assert load.period is not None
    period = (load.period[0].isoformat(), load.period[1].isoformat())
    (plain,) = intervals(quiet_head_end.read(METER, reading_types=[LOAD_PROFILE], period=period))
    assert (load.value, load.period[1]) == (plain.value, plain.stamp)


def test_registers_say_that_they_have_another_reason(quiet_head_end: InProcessHeadEnd) -> None:
    (found,) = ok(quiet_head_end.read(profile=named(METER) + part(at_values(MAXIMUM_DEMAND)) + schedule(FEBRUARY)))
    reasons = {mrid: reading.reason for mrid, reading in seen(found).items()}
    assert reasons == {MAXIMUM_DEMAND: "billing", ENERGY: "other", LOAD_PROFILE: None}


def test_only_the_types_that_are_named_are_read(quiet_head_end: InProcessHeadEnd) -> None:
    profile = named(METER) + part(at_values(MAXIMUM_DEMAND)) + types(ENERGY, MAXIMUM_DEMAND) + schedule(FEBRUARY)
    (found,) = ok(quiet_head_end.read(profile=profile))
    assert set(seen(found)) == {MAXIMUM_DEMAND, ENERGY}
    assert len(found.findall("{*}Readings")) == 2


def test_every_billing_period_has_a_maximum_and_so_a_meter_reading(quiet_head_end: InProcessHeadEnd) -> None:
    both = ok(
        quiet_head_end.read(profile=named(METER, "M00000005") + part(at_values(MAXIMUM_DEMAND)) + schedule(WINTER))
    )
    stamps = [seen(one)[MAXIMUM_DEMAND].stamp for one in both]
    assert [stamp.month for stamp in stamps] == [1, 2, 1, 2]
    assert both[0].findtext("{*}valuesInterval/{*}start") == "2026-01-01T00:00:00Z"


def test_the_period_may_stand_in_the_part_itself(quiet_head_end: InProcessHeadEnd) -> None:
    outside = quiet_head_end.read(profile=named(METER) + part(at_values(MAXIMUM_DEMAND)) + schedule(FEBRUARY))
    inside = quiet_head_end.read(profile=named(METER) + part(at_values(MAXIMUM_DEMAND, period=FEBRUARY)))
    assert [seen(one) for one in ok(inside)] == [seen(one) for one in ok(outside)]


def test_a_trigger_lies_in_the_parts_period_and_in_the_requests(quiet_head_end: InProcessHeadEnd) -> None:
    trigger = part(at_values(MAXIMUM_DEMAND, period=FEBRUARY))
    assert len(ok(quiet_head_end.read(profile=named(METER) + trigger + schedule(WINTER)))) == 1
    january = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    assert ok(quiet_head_end.read(profile=named(METER) + trigger + schedule(january))) == []


def test_the_maximum_of_just_the_asked_period_can_be_the_trigger(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(profile=named(METER) + part(at_values(OF_THE_REQUEST)) + schedule(MORNING))
    (found,) = ok(reply)
    plain = intervals(quiet_head_end.read(METER, reading_types=[LOAD_PROFILE], period=MORNING))
    largest = max(plain, key=lambda one: one.value)
    assert (seen(found)[LOAD_PROFILE].value, seen(found)[OF_THE_REQUEST].stamp) == (largest.value, largest.stamp)


def test_without_a_period_the_latest_value_is_the_trigger(quiet_head_end: InProcessHeadEnd) -> None:
    (plain,) = registers(quiet_head_end.read(METER, reading_types=[RUNNING_MAXIMUM]))
    (found,) = ok(quiet_head_end.read(profile=named(METER) + part(at_values(RUNNING_MAXIMUM))))
    trigger = seen(found)[RUNNING_MAXIMUM]
    assert (trigger.stamp, trigger.value, trigger.reason) == (plain.stamp, plain.value, "inquiry")
    assert seen(found)[ENERGY].stamp == plain.stamp < NOON


def test_interval_values_can_be_triggers_too(quiet_head_end: InProcessHeadEnd) -> None:
    found = ok(
        quiet_head_end.read(profile=named(METER) + part(at_values(LOAD_PROFILE)) + types(ENERGY) + schedule(MORNING))
    )
    assert [seen(one)[ENERGY].stamp.minute for one in found] == [15, 30, 45, 0]
    energies = [seen(one)[ENERGY].value for one in found]
    loads = [seen(one)[LOAD_PROFILE].value for one in found]
    assert energies == sorted(energies)
    assert abs((energies[-1] - energies[0]) * 1000 - sum(loads[1:])) <= 2


def test_the_latest_trigger_of_a_period_can_be_asked_for(quiet_head_end: InProcessHeadEnd) -> None:
    found = ok(
        quiet_head_end.read(
            profile=named(METER, "M00000005") + part(at_values(MAXIMUM_DEMAND)) + schedule(WINTER),
            request=request_option("LatestValue", "true"),
        )
    )
    assert [seen(one)[MAXIMUM_DEMAND].stamp.month for one in found] == [2, 2]


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ("<reason>billing</reason>", 1),
        ("<reason>inquiry</reason>", 0),
        ("<source>headend</source>", 1),
        ("<source>CIS</source>", 0),
    ],
)
def test_reason_and_source_of_the_part_choose_among_the_triggers(
    quiet_head_end: InProcessHeadEnd, filter_: str, found: int
) -> None:
    trigger = part(at_values(MAXIMUM_DEMAND, filter_))
    assert len(ok(quiet_head_end.read(profile=named(METER) + trigger + schedule(FEBRUARY)))) == found


@pytest.mark.parametrize(
    ("filter_", "read"),
    [
        ("<reason>other</reason>", {ENERGY, LOAD_PROFILE}),
        ("<reason>billing</reason>", {LOAD_PROFILE}),
        ("<source>CIS</source>", set()),
    ],
)
def test_reason_and_source_of_the_request_choose_among_what_is_read(
    quiet_head_end: InProcessHeadEnd, filter_: str, read: set[str]
) -> None:
    profile = named(METER) + part(at_values(MAXIMUM_DEMAND)) + f"<Reading>{filter_}</Reading>" + schedule(FEBRUARY)
    (found,) = ok(quiet_head_end.read(profile=profile))
    assert set(seen(found)) == {MAXIMUM_DEMAND} | read


# At the time of an event.


def test_at_the_time_of_an_event_registers_and_the_interval_around_it_are_read(switched: InProcessHeadEnd) -> None:
    (event,) = events(switched.events("M00000005"))
    (found,) = ok(switched.read(profile=named("M00000005") + part(at_events(DISCONNECTED))))
    readings = seen(found)
    assert event.created == NOON + timedelta(minutes=20)
    assert {mrid: one.stamp for mrid, one in readings.items()} == {ENERGY: event.created, LOAD_PROFILE: event.created}
    assert readings[LOAD_PROFILE].period == (NOON + timedelta(minutes=15), NOON + timedelta(minutes=30))


def test_the_event_is_told_beside_the_readings(switched: InProcessHeadEnd) -> None:
    (event,) = events(switched.events("M00000005"))
    (found,) = ok(switched.read(profile=named("M00000005") + part(at_events(DISCONNECTED))))
    told = found.find("{*}EndDeviceEvents")
    assert told is not None
    assert (told.findtext("{*}mRID"), told.find("{*}EndDeviceEventType").get("ref")) == (event.mrid, DISCONNECTED)
    assert datetime.fromisoformat(told.findtext("{*}createdDateTime")) == event.created


def test_a_meter_with_several_events_has_a_meter_reading_for_each(switched: InProcessHeadEnd) -> None:
    found = ok(switched.read(profile=named(METER, "M00000005") + part(at_events("0.31.0.0"))))
    stamps = [seen(one)[ENERGY].stamp - NOON for one in found]
    assert stamps == [timedelta(0), timedelta(minutes=40), timedelta(minutes=20)]
    # Nothing flowed through the open switch.
    assert seen(found[0])[ENERGY].value == seen(found[1])[ENERGY].value


def test_a_type_of_events_may_be_a_name(switched: InProcessHeadEnd) -> None:
    event_type = "<EndDeviceEventType><Names><name>RCDSwitch.-.Connected</name></Names></EndDeviceEventType>"
    (found,) = ok(switched.read(profile=part(f"<EndDeviceEvents>{event_type}</EndDeviceEvents>")))
    assert seen(found)[ENERGY].stamp == NOON + timedelta(minutes=40)


def test_an_interval_that_is_not_over_yet_is_left_out(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON) as head_end:
        head_end.advance(minutes=5)
        head_end.disconnect(METER)
        head_end.advance(minutes=5)
        (found,) = ok(head_end.read(profile=named(METER) + part(at_events(DISCONNECTED))))
        assert set(seen(found)) == {ENERGY}


def test_events_are_chosen_by_the_period_of_the_request(switched: InProcessHeadEnd) -> None:
    before, after = ("2026-03-02T11:00:00Z", "2026-03-02T11:59:59Z"), ("2026-03-02T12:10:00Z", "2026-03-02T13:00:00Z")
    trigger = part(at_events(DISCONNECTED))
    assert ok(switched.read(profile=trigger + schedule(before))) == []
    assert meters(switched.read(profile=trigger + schedule(after))) == ["M00000005"]


def test_events_of_the_field_are_triggers_like_all_others(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, meters=200, conditions="realistic") as head_end:
        happened = [event for event in events(head_end.events()) if event.created > NOON - timedelta(days=45)]
        reply = head_end.read(profile=part(at_events("0.0.0.0")))
        told = [one.findtext("{*}EndDeviceEvents/{*}mRID") for one in reply.payload]
        assert sorted(map(str, told)) == sorted(event.mrid for event in happened) != []


# At the time of another meter's trigger.


def test_all_meters_are_read_at_the_peak_of_one(quiet_head_end: InProcessHeadEnd) -> None:
    trigger = part(whose(METER), at_values(MAXIMUM_DEMAND))
    found = ok(quiet_head_end.read(profile=named("M00000005", METER, "M00000007") + trigger + schedule(FEBRUARY)))
    names = [one.findtext("{*}Meter/{*}Names/{*}name") for one in found]
    assert list(zip(names, map(is_trigger, found), strict=True)) == [
        (METER, True),
        ("M00000005", False),
        ("M00000007", False),
    ]
    peak = seen(found[0])[MAXIMUM_DEMAND].stamp
    assert {one.stamp for each in found for one in seen(each).values()} == {peak}
    assert [set(seen(one)) for one in found[1:]] == [{ENERGY, LOAD_PROFILE}] * 2


def test_a_meter_that_only_triggers_is_told_but_not_read(quiet_head_end: InProcessHeadEnd) -> None:
    trigger = part(at_values(MAXIMUM_DEMAND), whose("UP00000003", "UsagePoint"))
    found = ok(quiet_head_end.read(profile=named("M00000005") + trigger + schedule(FEBRUARY)))
    assert [set(seen(one)) for one in found] == [{MAXIMUM_DEMAND}, {ENERGY, LOAD_PROFILE}]


def test_a_meter_in_the_part_is_read_itself_where_the_request_names_none(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(profile=part(whose(METER), at_values(MAXIMUM_DEMAND)) + schedule(FEBRUARY))
    assert [set(seen(one)) for one in ok(reply)] == [{MAXIMUM_DEMAND, ENERGY, LOAD_PROFILE}]


def test_meter_and_usage_point_of_the_part_must_belong_together(quiet_head_end: InProcessHeadEnd) -> None:
    together = part(whose(METER), at_values(MAXIMUM_DEMAND), whose("UP00000003", "UsagePoint"))
    assert meters(quiet_head_end.read(profile=together + schedule(FEBRUARY))) == [METER]
    apart = part(whose(METER), at_values(MAXIMUM_DEMAND), whose("UP00000005", "UsagePoint"))
    reply = quiet_head_end.read(profile=apart + schedule(FEBRUARY))
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("FAILED", ["2.13"], METER)
    assert reply.element.findtext("{*}Reply/{*}Error/{*}relatedID") == "UP00000005"


# What the part cannot mean.

REFUSED = {
    "a trigger that is not named": (part(), "1.8", "names no trigger"),
    "a meter, but no trigger": (part(whose(METER)), "1.8", "names no trigger"),
    "a trigger that is none": (
        part(at_values(ENERGY), is_trigger="<isCoincidentTrigger>false</isCoincidentTrigger>"),
        "1.8",
        "isCoincidentTrigger is false",
    ),
    "two triggers": (part(at_events(DISCONNECTED), at_values(ENERGY)), "1.8", "both Readings and EndDeviceEvents"),
    "an unknown meter": (part(whose("nobody"), at_values(ENERGY)), "2.4", "Meter name 'nobody'"),
    "an unknown usage point": (part(at_values(ENERGY), whose("x", "UsagePoint")), "2.12", "UsagePoint name 'x'"),
    "no reading type": (part(at_values("1.2.3")), "2.6", "ReadingType mRID '1.2.3'"),
    "a type that is not delivered": (part(at_values(ENERGY.replace(".1.1.12.", ".19.1.12."))), "2.10", "ReadingType"),
    "no event type": (part(at_events("1.2.3")), "1.8", "an event type is four numbers"),
    "a period without start": (
        part(at_values(ENERGY, period=("", "2026-01-01T00:00:00Z")).replace("<start></start>", "")),
        "1.8",
        "a period has an end but no start",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_part_that_means_nothing_is_refused_with_words(quiet_head_end: InProcessHeadEnd, name: str) -> None:
    profile, code, said = REFUSED[name]
    reply = quiet_head_end.read(profile=named("M00000005") + profile)
    assert (reply.result, reply.codes, reply.has_payload) == ("FAILED", [code], False)
    assert said in reply.said


@pytest.mark.parametrize("inside", ["", "<isCoincidentTrigger>false</isCoincidentTrigger>"])
def test_a_part_that_asks_for_no_coincidence_leaves_a_plain_read(quiet_head_end: InProcessHeadEnd, inside: str) -> None:
    reply = quiet_head_end.read(profile=named(METER) + part(is_trigger=inside))
    assert [(one.reading_type, one.stamp, one.reason) for one in registers(reply)] == [(ENERGY, NOON, "inquiry")]


def test_the_trigger_need_not_be_called_one(quiet_head_end: InProcessHeadEnd) -> None:
    trigger = part(at_values(MAXIMUM_DEMAND), is_trigger="")
    assert len(ok(quiet_head_end.read(profile=named(METER) + trigger + schedule(FEBRUARY)))) == 1


def test_unknown_meters_and_types_beside_known_ones_give_partial(quiet_head_end: InProcessHeadEnd) -> None:
    profile = named(METER, "nobody") + part(at_values(MAXIMUM_DEMAND)) + types(ENERGY, "1.2.3") + schedule(FEBRUARY)
    reply = quiet_head_end.read(profile=profile)
    assert (reply.result, reply.codes) == ("PARTIAL", ["2.4", "2.6", "0.2"])
    assert [set(seen(one)) for one in reply.payload] == [{MAXIMUM_DEMAND, ENERGY}]


def test_more_triggers_than_a_request_may_select_are_refused_with_a_hint(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.read(profile=part(at_values(LOAD_PROFILE)) + schedule(WINTER))
    assert (reply.result, reply.codes) == ("FAILED", ["3.1"])
    assert "more than 200,000 meter readings at the time of a trigger" in reply.said


def test_the_limits_of_a_request_hold(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, max_meters_per_request=2, max_days_per_request=31) as head_end:
        trigger = part(at_values(MAXIMUM_DEMAND))
        assert head_end.read(profile=named(METER) + trigger + schedule(WINTER)).codes == ["3.1"]
        assert head_end.read(profile=named("M00000001", "M00000002", METER) + trigger).codes == ["3.1"]
        assert head_end.read(profile=named(METER) + trigger + schedule(FEBRUARY)).result == "OK"


# What is not as it was registered.


def add(head_end: InProcessHeadEnd, kind: str, start: datetime, end: datetime) -> None:
    request = DefectRequest(meter=METER, kind=kind, start=start, end=end)
    with head_end.head_end.store.writing() as work:
        add_defect(head_end.head_end.fleet, request, work)


def test_a_value_that_is_missing_at_the_time_of_a_trigger_is_told(head_end: InProcessHeadEnd) -> None:
    add(head_end, "gap", NOON, NOON + timedelta(hours=2))
    head_end.advance(hours=1)
    head_end.disconnect(METER, "M00000005")
    head_end.advance(hours=3)
    profile = named(METER, "M00000005") + part(at_events(DISCONNECTED)) + types(LOAD_PROFILE)
    reply = head_end.read(profile=profile)
    assert (reply.result, reply.codes) == ("PARTIAL", ["5.7", "0.2"])
    assert f"{METER} lacks values at the time of a trigger: 2026-03-02T13:00:00+00:00" in reply.said
    assert [set(seen(one)) for one in reply.payload] == [set(), {LOAD_PROFILE}]


def test_an_interval_that_ends_where_a_gap_begins_is_there(head_end: InProcessHeadEnd) -> None:
    add(head_end, "gap", NOON, NOON + timedelta(hours=2))
    head_end.disconnect(METER)
    head_end.advance(hours=3)
    (found,) = ok(head_end.read(profile=named(METER) + part(at_events(DISCONNECTED)) + types(LOAD_PROFILE)))
    assert seen(found)[LOAD_PROFILE].period == (NOON - timedelta(minutes=15), NOON)


def test_a_trigger_that_is_missing_is_told(head_end: InProcessHeadEnd) -> None:
    add(head_end, "gap", datetime(2026, 3, 2, 6, tzinfo=UTC), datetime(2026, 3, 2, 6, 30, tzinfo=UTC))
    reply = head_end.read(profile=named(METER) + part(at_values(LOAD_PROFILE)) + types(ENERGY) + schedule(MORNING))
    assert (reply.result, reply.codes) == ("PARTIAL", ["5.7", "0.2"])
    assert "from 2026-03-02T06:00:00+00:00 to 2026-03-02T06:30:00+00:00" in reply.said
    assert [seen(one)[ENERGY].stamp.minute for one in reply.payload] == [45, 0]


def test_extremes_are_read_at_a_trigger_as_they_stood_then_also_where_some_are_missing(
    head_end: InProcessHeadEnd,
) -> None:
    days = [datetime(2026, 2, day, 12, tzinfo=UTC) for day in (10, 11, 12)]
    add(head_end, "gap", datetime(2026, 2, 11, tzinfo=UTC), datetime(2026, 2, 12, tzinfo=UTC))
    of_the_day = "11.8.0.6.1.1.8.0.0.0.0.0.0.0.0.3.38.0"
    plain = registers(head_end.read(METER, reading_types=[of_the_day], period=FEBRUARY))
    expected = {one.stamp.day: one.value for one in plain}
    seen_at = {}
    for day in days:
        quarter = (day.isoformat(), (day + timedelta(minutes=15)).isoformat())
        trigger = part(at_values(ENERGY.replace("0.0.0.1.", "0.0.2.1.")))
        reply = head_end.read(profile=named(METER) + trigger + types(of_the_day) + schedule(quarter))
        seen_at[day.day] = [one[of_the_day].value for one in map(seen, reply.payload) if of_the_day in one]
    assert seen_at == {day.day: [expected[day.day]] if day.day in expected else [] for day in days}
    assert len(seen_at[10]) == 1


def test_a_filter_on_qualities_leaves_the_trigger_and_marked_readings(head_end: InProcessHeadEnd) -> None:
    add(head_end, "spike", datetime(2026, 2, 28, 6, tzinfo=UTC), datetime(2026, 2, 28, 7, tzinfo=UTC))
    period = ("2026-02-28T05:00:00Z", "2026-02-28T08:00:00Z")
    quality = "<ReadingQuality><ReadingQualityType><mRID>*.5.256</mRID></ReadingQualityType></ReadingQuality>"
    profile = named(METER) + part(at_values(ENERGY.replace("0.0.0.1.", "0.0.2.1."))) + types(LOAD_PROFILE)
    everything = ok(head_end.read(profile=profile + schedule(period)))
    marked = [one for one in everything if one.findall("{*}Readings/{*}ReadingQualities")]
    index = profile.index(types(LOAD_PROFILE))
    chosen = ok(head_end.read(profile=profile[:index] + quality + profile[index:] + schedule(period)))
    assert len(everything) == len(chosen) == 12
    assert sum(LOAD_PROFILE in seen(one) for one in chosen) == len(marked) > 0

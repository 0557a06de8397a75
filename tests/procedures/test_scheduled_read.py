"""ECITP 2.01, scheduled meter read: a schedule is asked for once, and the readings of each day follow."""

from datetime import datetime, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest

from tests.procedures.bench import Bench
from tests.procedures.truth import quarters_wh, register_kwh
from tests.support.created_readings import CreatedReadings
from tests.support.readings import intervals, registers
from tests.support.reply import Reply
from tests.support.soap_requests import (
    ENERGY,
    LOAD_PROFILE,
    Fields,
    get_meter_read_schedule,
    meter_read_schedule,
)

METER, NEIGHBOUR = "M00000003", "M00000004"
DAY = timedelta(days=1)
MIDNIGHT = datetime.fromisoformat("2026-03-03T00:00:00+01:00")
"""The first one after a procedure begins."""


def as_in_the_sample(bench: Bench, **other: str | None) -> Fields:
    """Header fields of step 1; the CorrelationID is there, and empty."""
    return {
        "Source": "MDM",
        "AsyncReplyFlag": "true",
        "ReplyAddress": bench.mdm.any_url,
        "AckRequired": "true",
        "MessageID": "M",
        "CorrelationID": "",
        **other,
    }


def device(bench: Bench, meter: str) -> str:
    """An EndDevice by mRID and Names."""
    mrid = bench.control.meter(meter)["mRID"]
    return f"<EndDevice><mRID>{mrid}</mRID><Names><name>{escape(meter)}</name></Names></EndDevice>"


def schedule(bench: Bench, *meters: str, operation: str = "Create", **what: object) -> Reply:
    """Asks for a schedule without reading types and times, as the sample does."""
    message = meter_read_schedule(operation, parts="".join(device(bench, one) for one in meters), **what)  # type: ignore[arg-type]
    return bench.head_end.post("ExecuteMeterReadSchedule", message)


def readings(bench: Bench, **query: str) -> list[CreatedReadings]:
    """The readings that have come, in order."""
    return [CreatedReadings.of(one.envelope) for one in bench.arrived(noun="MeterReadings", **query)]


def day_before(midnight: datetime) -> tuple[str, str]:
    """valuesInterval of the day that ends at a local midnight."""
    return (midnight - DAY).isoformat(), midnight.isoformat()


def day_of(meter: str, midnight: datetime) -> list[tuple[datetime, Decimal]]:
    """What a meter has counted in the day that ends at a local midnight: quarters of an hour, then the register."""
    return [*quarters_wh(meter, midnight - DAY, midnight), (midnight, register_kwh(meter, midnight))]


@pytest.mark.step("2.01", 1, 2, 3, 4)
def test_the_readings_of_24_hours_come_with_the_id_of_the_request(bench: Bench) -> None:
    reply = schedule(bench, METER, NEIGHBOUR, fields=as_in_the_sample(bench))
    assert (reply.result, reply.codes, reply.header["Noun"]) == ("OK", ["0.3"], "MeterReadSchedule")
    assert not reply.has_payload

    (kept,) = bench.control.schedules()
    assert [kept["mrid"]] == list(reply.ids)
    bench.advance(hours=24)

    acknowledged, told = bench.arrived()
    assert acknowledged.gist == ("reply", "MeterReadSchedule", "M")
    assert (acknowledged.reply.result, acknowledged.reply.ids) == ("OK", reply.ids)
    assert told.gist == ("created", "MeterReadings", "M")
    assert told.sent == MIDNIGHT

    message = CreatedReadings.of(told.envelope)
    assert (message.meters, message.period) == ([METER, NEIGHBOUR], day_before(MIDNIGHT))
    assert message.values == {meter: day_of(meter, MIDNIGHT) for meter in (METER, NEIGHBOUR)}
    assert message.reasons == {"billing"}
    assert {one.reading_type for one in intervals(told)} == {LOAD_PROFILE}
    for meter, reading in zip((METER, NEIGHBOUR), registers(told), strict=True):
        assert (reading.meter, reading.reading_type, reading.stamp) == (meter, ENERGY, MIDNIGHT)
    for register in told.payload.iter("{*}Readings"):
        assert register.findtext("{*}reportedDateTime") == MIDNIGHT.isoformat()
        assert register.findtext("{*}source") == "headend", "the receiver records where every value comes from"
    mrids = [bench.control.meter(meter)["mRID"] for meter in (METER, NEIGHBOUR)]
    assert [one.findtext("{*}mRID") for one in told.payload.iter("{*}Meter")] == mrids


@pytest.mark.step("2.01", 4)
def test_every_day_has_a_message_of_its_own_that_goes_on_where_the_one_before_ended(bench: Bench) -> None:
    schedule(bench, METER, fields=as_in_the_sample(bench))
    bench.advance(days=3)
    midnights = [MIDNIGHT + number * DAY for number in range(3)]
    told = readings(bench)
    assert [one.period for one in told] == [day_before(midnight) for midnight in midnights]
    assert [one.values for one in told] == [{METER: day_of(METER, midnight)} for midnight in midnights]
    assert bench.gists() == [("reply", "MeterReadSchedule", "M"), *[("created", "MeterReadings", "M")] * 3]


@pytest.mark.step("2.01", 1)
def test_the_schedule_is_shown_when_it_is_asked_for(bench: Bench) -> None:
    made = schedule(bench, METER, fields=as_in_the_sample(bench))
    shown = bench.head_end.post("GetMeterReadSchedule", get_meter_read_schedule(METER))
    assert shown.ids == made.ids
    assert [one.text for one in shown.payload.iter("{*}name")][:1] == [METER]


@pytest.mark.step("2.01", 4)
def test_where_the_reply_address_is_a_system_name_the_readings_go_to_whoever_subscribes(bench: Bench) -> None:
    """So the sample has it; it is no address that anybody could post to."""
    bench.subscribe("MeterReadings")
    fields = as_in_the_sample(bench, ReplyAddress="MDM", AsyncReplyFlag="false", CorrelationID="C")
    assert schedule(bench, METER, fields=fields).result == "OK"
    bench.advance(hours=24)
    assert bench.gists() == [("created", "MeterReadings", "C")]
    assert readings(bench)[0].values == {METER: day_of(METER, MIDNIGHT)}


@pytest.mark.step("2.01", 1, 2)
@pytest.mark.step("2.02", 1)
@pytest.mark.parametrize(
    ("other", "meter", "code", "said"),
    [
        ({"ReplyAddress": None}, METER, "1.5", "ReplyAddress is missing"),
        ({"ReplyAddress": "MDM"}, METER, "1.5", "'MDM'; an http or https URL"),
        ({}, "M99999999", "2.4", "'M99999999' is not known here"),
        ({"Timestamp": "02.03.2026"}, METER, "1.8", "Timestamp (line 1): Timestamp is '02.03.2026'"),
    ],
    ids=["no ReplyAddress", "a system name", "an unknown meter", "a bad timestamp"],
)
def test_a_schedule_that_cannot_be_is_refused_and_nothing_follows(
    bench: Bench, other: dict[str, str | None], meter: str, code: str, said: str
) -> None:
    message = meter_read_schedule("Create", meter, fields=as_in_the_sample(bench, **other))
    reply = bench.head_end.post("ExecuteMeterReadSchedule", message)
    assert (reply.result, reply.codes) == ("FAILED", [code])
    assert said in reply.said
    bench.advance(days=2)
    assert (bench.control.schedules(), bench.mdm.received()) == ([], [])


@pytest.mark.step("2.01", 3, 4)
@pytest.mark.step("2.02", 1)
def test_what_a_silent_meter_has_not_delivered_is_missing_and_follows_when_it_is_back(bench: Bench) -> None:
    """It has no power from an hour before midnight to an hour after it: its last hours are in it, and nobody knows."""
    bench.control.start_outage(METER, start=MIDNIGHT - timedelta(hours=1), duration=timedelta(hours=2))
    schedule(bench, METER, NEIGHBOUR, fields=as_in_the_sample(bench))
    bench.advance(hours=24)
    due, late = readings(bench)
    power_lost = MIDNIGHT - timedelta(hours=1)
    before = [one for one in day_of(METER, MIDNIGHT) if one[0] < power_lost]
    assert (due.values[METER], due.values[NEIGHBOUR]) == (before, day_of(NEIGHBOUR, MIDNIGHT))
    assert (late.meters, late.period) == ([METER], due.period)
    assert late.header["CorrelationID"] == "M"
    stamps = [stamp for stamp, _ in (*due.values[METER], *late.values[METER])]
    assert stamps == [stamp for stamp, _ in day_of(METER, MIDNIGHT)], "each value is told once"
    while_dark = [value for stamp, value in late.values[METER] if power_lost < stamp][:-1]
    assert while_dark == [0, 0, 0, 0]


@pytest.mark.step("2.01", 4)
@pytest.mark.step("2.02", 1)
def test_readings_that_did_not_arrive_come_again_as_they_were(bench: Bench) -> None:
    for answer in ("drop:taken", "drop", "http:503", "failed:5.1"):  # what is told last counts first
        bench.mdm.told(answer, times=1, noun="MeterReadings")
    schedule(bench, METER, fields=as_in_the_sample(bench))
    bench.advance(hours=24)
    came = bench.eventually_came(5, noun="MeterReadings")
    assert [one.outcome for one in came] == ["declined", "declined", "declined", "accepted", "repeated"]
    assert len({one.envelope for one in came}) == 1


@pytest.mark.step("2.01", 6)
@pytest.mark.parametrize("by", ["Request/ID", "payload", "CorrelationID"])
def test_a_schedule_that_was_cancelled_publishes_no_more(bench: Bench, by: str) -> None:
    made = schedule(bench, METER, fields=as_in_the_sample(bench))
    bench.advance(hours=24)
    before = bench.gists()
    naming: dict[str, dict[str, object]] = {
        "Request/ID": {"ids": made.ids},
        "payload": {"parts": device(bench, METER)},
        "CorrelationID": {"fields": {"Source": "MDM", "CorrelationID": "M"}},
    }
    message = meter_read_schedule("Cancel", **naming[by])  # type: ignore[arg-type]
    assert bench.head_end.post("ExecuteMeterReadSchedule", message).result == "OK"
    bench.advance(days=3)
    assert bench.gists() == before


@pytest.mark.step("2.01", 6)
def test_a_schedule_that_is_not_known_cannot_be_cancelled(bench: Bench) -> None:
    message = meter_read_schedule("Cancel", ids=["0b0e1a52-0000-4000-8000-000000000000"])
    reply = bench.head_end.post("ExecuteMeterReadSchedule", message)
    assert (reply.result, reply.codes) == ("FAILED", ["2.15"])

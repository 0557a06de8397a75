"""ECITP 2.03, on demand meter read: somebody asks, a meter is read now, and the answer says what, when and by whom.

Whoever asks, CIS or MDM, sends the same message; the two differ in Header/Source only.
"""

from datetime import datetime, timedelta

import pytest

from tests.procedures.bench import NOON, Bench
from tests.procedures.truth import quarters_wh, register_kwh
from tests.support.readings import ReadingSeen, WithPayload, intervals, registers
from tests.support.reply import Reply
from tests.support.soap_requests import (
    ENERGY,
    LOAD_PROFILE,
    MESSAGE,
    Fields,
    create_meter_readings,
    envelope,
    get_meter_readings,
    header,
    wanted_reading,
)

METER = "M00000003"
NOW = datetime.fromisoformat(NOON)
FAR = [f"FAR-{number:02}" for number in range(20)]
NIGHT = "NIGHT-00"
AS_IN_THE_SAMPLE: Fields = {"Source": "MDM", "MessageID": "M", "CorrelationID": ""}


def read_now(bench: Bench, meter: str = METER, fields: Fields = AS_IN_THE_SAMPLE, **selection: object) -> Reply:
    """By mRID and Names, without reading types and period, as in the sample."""
    mrid = bench.control.meter(meter)["mRID"]
    profile = f"<EndDevice><mRID>{mrid}</mRID><Names><name>{meter}</name></Names></EndDevice>"
    return bench.head_end.read(profile=profile, fields=fields, **selection)


def check_inquiry(told: WithPayload, meter: str = METER, at: datetime = NOW) -> None:
    """What stands in the answer to an on-demand read of one meter: its register, when, why and from where."""
    assert registers(told) == [ReadingSeen(meter, ENERGY, at, register_kwh(meter, at), "inquiry")]
    (reading,) = told.payload.iter("{*}Readings")
    reported = reading.findtext("{*}reportedDateTime") or ""
    assert datetime.fromisoformat(reported) >= at
    assert reading.findtext("{*}source") == "headend"


@pytest.mark.step("2.03", 2, 4)
@pytest.mark.parametrize("source", ["CIS", "MDM"])
def test_a_meter_is_read_now(bench: Bench, source: str) -> None:
    reply = read_now(bench, fields={**AS_IN_THE_SAMPLE, "Source": source})
    assert (reply.result, reply.codes) == ("OK", [])
    assert reply.header["CorrelationID"] == "M"
    check_inquiry(reply)


@pytest.mark.step("2.03", 2, 4)
def test_the_same_is_answered_later_where_the_client_wants_it_so(bench: Bench) -> None:
    fields = {**AS_IN_THE_SAMPLE, "AsyncReplyFlag": "true", "ReplyAddress": bench.mdm.reply_url("MeterReadings")}
    acknowledged = read_now(bench, fields=fields)
    assert (acknowledged.result, acknowledged.codes, acknowledged.has_payload) == ("OK", ["0.3"], False)
    bench.settle()
    (late,) = bench.arrived()
    assert (late.gist, late.reply.result, late.reply.codes) == (("reply", "MeterReadings", "M"), "OK", ["0.0"])
    check_inquiry(late)


@pytest.mark.step("2.03 create", 1, 2)
def test_the_older_form_creates_readings_and_gets_the_same_values_as_an_event(bench: Bench) -> None:
    fields = {**AS_IN_THE_SAMPLE, "ReplyAddress": bench.mdm.receive_url("MeterReadings")}
    message = create_meter_readings(wanted_reading(METER), fields=fields)
    acknowledged = bench.head_end.post("ExecuteMeterReadings", message)
    assert (acknowledged.result, acknowledged.codes, acknowledged.has_payload) == ("OK", ["0.3"], False)
    bench.settle()
    (told,) = bench.arrived()
    assert (told.name, told.gist) == ("CreatedMeterReadings", ("created", "MeterReadings", "M"))
    check_inquiry(told)
    assert registers(told) == registers(read_now(bench)), "the same values as with get"


@pytest.mark.step("2.03 create", 1)
@pytest.mark.parametrize("verb", ["get", "created", "reply"])
def test_a_verb_that_is_not_that_of_the_element_is_refused(bench: Bench, verb: str) -> None:
    message = create_meter_readings(wanted_reading(METER), fields={**AS_IN_THE_SAMPLE, "Verb": verb})
    reply = bench.head_end.post("ExecuteMeterReadings", message)
    assert (reply.result, reply.codes) == ("FAILED", ["2.9"])


@pytest.mark.step("2.03", 3)
@pytest.mark.step("2.04", 1)
def test_a_silent_meter_is_asked_again_and_again(bench: Bench) -> None:
    """Of these meters four tries out of five are lost, and a try is repeated after 30 s: the longer the answer may
    take, the more of them are in it.
    """
    waits_s = (30, 60, 90, 120, 150)
    for wait_s in waits_s:
        minutes = f"<m:name>MaximumExecutionTime</m:name><m:value>{wait_s / 60}</m:value>"
        assert bench.head_end.read(
            *FAR,
            profile="".join(f"<EndDevice><Names><name>{meter}</name></Names></EndDevice>" for meter in FAR),
            request=f'<Option xmlns:m="{MESSAGE}">{minutes}</Option>',
            fields={
                **AS_IN_THE_SAMPLE,
                "MessageID": f"{wait_s} s",
                "AsyncReplyFlag": "true",
                "ReplyAddress": bench.mdm.reply_url("MeterReadings"),
            },
        ).codes == ["0.3"]
    came: list[str | None] = []
    for _ in waits_s:
        bench.advance(seconds=30)
        came.append(bench.arrived()[-1].correlation_id)
    assert came == [f"{wait_s} s" for wait_s in waits_s], "each leaves when the last try is over that it has time for"
    answered = [len(registers(one)) for one in bench.arrived()]
    silent = [one.reply.codes.count("4.1") for one in bench.arrived()]
    assert [there + missing for there, missing in zip(answered, silent, strict=True)] == [len(FAR)] * 5
    assert answered == sorted(answered)
    assert len(set(answered)) > 2, "further tries have brought more and more"


@pytest.mark.step("2.03", 4)
@pytest.mark.step("2.04", 1)
def test_a_meter_that_never_answers_is_given_up_with_an_error(bench: Bench) -> None:
    reply = read_now(bench, NIGHT)
    assert (reply.result, reply.codes, reply.has_payload) == ("FAILED", ["4.1"], False)
    assert f"{NIGHT} gave no answer within 10 s" in reply.said
    assert read_now(bench).result == "OK"


@pytest.mark.step("2.03", 2)
@pytest.mark.step("2.04", 1)
@pytest.mark.parametrize(
    ("message", "code", "said"),
    [
        (get_meter_readings("M99999999", fields=AS_IN_THE_SAMPLE), "2.4", "M99999999"),
        (get_meter_readings(METER, reading_types=["1.2.3"], fields=AS_IN_THE_SAMPLE), "2.6", "'1.2.3' has 3"),
        (
            envelope(
                '<GetMeterReadings xmlns="http://iec.ch/TC57/2011/GetMeterReadingsMessage">'
                f"{header('get', 'MeterReadings', AS_IN_THE_SAMPLE)}</GetMeterReadings>"
            ),
            "1.6",
            "Request",
        ),
    ],
    ids=["an unknown meter", "no reading type", "no request"],
)
def test_what_cannot_be_read_is_refused_and_named(bench: Bench, message: bytes, code: str, said: str) -> None:
    reply = bench.head_end.post("GetMeterReadings", message)
    assert (reply.result, reply.codes, reply.has_payload) == ("FAILED", [code], False)
    assert said in reply.said


@pytest.mark.step("2.03", 6)
def test_data_of_45_days_ago_can_be_had(bench: Bench) -> None:
    start = NOW - timedelta(days=45)
    end = start + timedelta(hours=2)
    reply = read_now(bench, reading_types=(), request=period(start, end))
    assert reply.result == "OK"
    assert [(one.stamp, one.value) for one in intervals(reply)] == quarters_wh(METER, start, end)
    assert {one.reading_type for one in intervals(reply)} == {LOAD_PROFILE}


@pytest.mark.step("2.03", 6)
@pytest.mark.step("2.04", 1)
def test_a_gap_in_old_data_is_told(bench: Bench) -> None:
    start = NOW - timedelta(days=40)
    end = start + timedelta(hours=2)
    gap = start + timedelta(minutes=15), start + timedelta(minutes=75)
    bench.control.add_defect(METER, "gap", gap[0], end=gap[1])
    reply = read_now(bench, request=period(start, end))
    assert (reply.result, reply.codes) == ("PARTIAL", ["5.7", "0.2"])
    assert METER in reply.said
    there = [one for one in quarters_wh(METER, start, end) if not gap[0] < one[0] <= gap[1]]
    assert [(one.stamp, one.value) for one in intervals(reply)] == there


def period(start: datetime, end: datetime) -> str:
    """Elements of Request that choose a period."""
    return f"<StartTime>{start.isoformat()}</StartTime><EndTime>{end.isoformat()}</EndTime>"

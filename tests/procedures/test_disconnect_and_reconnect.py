"""ECITP 2.09, disconnect and reconnect, and the error variants MR2.09.

Two routes: an MDM sends the control and reads the meter itself, or a CIS sends a work and gets the readings with its
end. In the second one the head end does what the procedure has the MDM do.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest

from tests.procedures.bench import NOON, Bench
from tests.procedures.truth import counted_wh, register_kwh
from tests.support.readings import events, intervals, registers
from tests.support.reply import Reply
from tests.support.service_requests import ToldWorks, service_requests, told_works, work
from tests.support.soap_requests import (
    CONNECT,
    CONNECTED,
    DISCONNECT,
    DISCONNECTED,
    LOAD_PROFILE,
    Fields,
    control,
    create_end_device_controls,
    get_meter_readings,
    meter_read_schedule,
)

ARM_FOR_CLOSURE, ARMED, NOT_DISCONNECTED = "3.31.0.5", "3.31.0.11", "3.31.0.84"
METER, OTHER, SLOW, STUCK, SILENT, LAMP = "M00000042", "M00000043", "SLOW-00", "STUCK-00", "NIGHT-00", "LAMP-00"
LATER, LOST = "NOON-00", "LOST-00"
START = datetime.fromisoformat(NOON)
AS_IN_THE_SAMPLE: Fields = {"Source": "MDM", "MessageID": "M", "AckRequired": "false", "AsyncReplyFlag": "false"}


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The fake MDM subscribes to events."""
    bench.subscribe("EndDeviceEvents")
    return bench


def switch(
    bench: Bench, meter: str = METER, code: str = DISCONNECT, reason: str = "disconnect", **fields: str
) -> Reply:
    """The control message of the procedure: reason, device by mRID and name."""
    mrid = bench.control.meter(meter)["mRID"]
    device = f"<EndDevices><mRID>{mrid}</mRID><Names><name>{escape(meter)}</name></Names></EndDevices>"
    one = control(code=code, before=f"<reason>{reason}</reason>", after=device)
    message = create_end_device_controls(controls=one, fields={**AS_IN_THE_SAMPLE, **fields})
    return bench.head_end.post("ExecuteEndDeviceControls", message)


def read_now(bench: Bench, meter: str = METER, message_id: str = "read") -> Decimal:
    """The register of a meter, as it answers."""
    reply = bench.head_end.read(meter, fields={"Source": "MDM", "MessageID": message_id})
    assert reply.result == "OK", reply.said
    (reading,) = registers(reply)
    assert (reading.meter, reading.reason) == (meter, "inquiry")
    return reading.value


def told(bench: Bench) -> list[tuple[str, str, datetime, str | None, str | None]]:
    """Type, meter, time, position of the switch and CorrelationID of each event that came."""
    return [
        (one.type, one.meter, one.created, one.details.get("contactorPosition"), message.correlation_id)
        for message in bench.arrived(noun="EndDeviceEvents")
        for one in events(message)
    ]


def order_work(bench: Bench, kind: str, meter: str = METER) -> Reply:
    """A CIS orders it; the result goes to its ReplyAddress."""
    fields = {
        "Source": "CIS",
        "MessageID": "W",
        "AckRequired": "true",
        "AsyncReplyFlag": "true",
        "ReplyAddress": bench.mdm.receive_url("MeterServiceRequests"),
    }
    message = service_requests("create", work(kind, meter, wanted=bench.now.isoformat()), fields=fields)
    return bench.head_end.post("ExecuteMeterServiceRequests", message)


def results(bench: Bench) -> list[ToldWorks]:
    """What the CIS was told of works."""
    return [told_works(one.envelope) for one in bench.arrived(noun="MeterServiceRequests")]


# The route by the MDM.


@pytest.mark.step("2.09 disconnect", 3, 4, 5, 6, 7, 8)
def test_a_meter_is_disconnected_and_then_read_for_the_last_time(bench: Bench) -> None:
    reply = switch(bench)
    assert (reply.result, reply.codes, reply.has_payload) == ("OK", [], False)
    assert (reply.header["Noun"], reply.header["CorrelationID"]) == ("EndDeviceControls", "M")
    assert bench.control.meter(METER)["switch"] == "disconnected"
    bench.settle()
    assert told(bench) == [(DISCONNECTED, METER, START, "Opened", "M")]

    assert read_now(bench) == register_kwh(METER, START)
    bench.advance(hours=6)
    assert read_now(bench) == register_kwh(METER, START), "nothing flows any more"
    period = START.isoformat(), bench.now.isoformat()
    reply = bench.head_end.read(METER, reading_types=[LOAD_PROFILE], period=period)
    assert [one.value for one in intervals(reply)] == [0] * 24


@pytest.mark.step("2.09 disconnect", 3, 4, 5, 6, 7, 8)
def test_a_switch_that_takes_its_time_is_confirmed_when_it_has_moved(bench: Bench) -> None:
    reply = switch(bench, SLOW)
    assert (reply.result, reply.codes) == ("OK", ["0.3"])
    bench.advance(seconds=29)
    assert (bench.control.meter(SLOW)["switch"], told(bench)) == ("connected", [])
    bench.advance(seconds=1)
    opened = START + timedelta(seconds=30)
    assert told(bench) == [(DISCONNECTED, SLOW, opened, "Opened", "M")]
    bench.advance(hours=1)
    assert read_now(bench, SLOW) == register_kwh(SLOW, opened)


@pytest.mark.step("2.09 disconnect", 3, 4)
@pytest.mark.step("2.09 reconnect", 4, 5)
@pytest.mark.parametrize(("code", "event"), [(DISCONNECT, DISCONNECTED), (CONNECT, CONNECTED)])
def test_asked_for_later_the_reply_comes_when_the_device_has_answered(bench: Bench, code: str, event: str) -> None:
    reply = switch(
        bench,
        SLOW,
        code,
        AckRequired="true",
        AsyncReplyFlag="true",
        ReplyAddress=bench.mdm.reply_url("EndDeviceControls"),
    )
    assert (reply.result, reply.codes) == ("OK", ["0.3"])
    bench.advance(seconds=29)
    assert bench.arrived() == []
    bench.advance(seconds=1)
    (late,) = bench.arrived(verb="reply")
    assert (late.gist, late.reply.result) == (("reply", "EndDeviceControls", "M"), "OK")
    assert late.reply.codes == ["0.0"]
    assert late.reply.ids == reply.ids
    assert [one[0] for one in told(bench)] == [event]


@pytest.mark.step("2.09 reconnect", 2, 3, 4, 5, 6)
def test_a_meter_is_read_and_then_connected_again(bench: Bench) -> None:
    assert switch(bench).result == "OK"
    bench.advance(hours=6)
    assert read_now(bench) == register_kwh(METER, START), "correct usage: none"
    reply = switch(bench, METER, CONNECT, "reconnect", MessageID="M-2")
    assert (reply.result, reply.codes, reply.has_payload) == ("OK", [], False)
    closed = bench.now
    assert bench.control.meter(METER)["switch"] == "connected"
    bench.advance(hours=1)
    assert told(bench)[1:] == [(CONNECTED, METER, closed, "Closed", "M-2")]
    without = counted_wh(METER, START, closed)
    expected = register_kwh(METER, bench.now) - Decimal(without[1] - without[0]).scaleb(-3)
    assert read_now(bench) == expected, "what would have flowed meanwhile is not counted"


@pytest.mark.step("2.09 reconnect", 4, 6)
def test_an_armed_meter_waits_for_its_button(bench: Bench) -> None:
    switch(bench)
    switch(bench, METER, ARM_FOR_CLOSURE, "reconnect", MessageID="M-2")
    bench.settle()
    assert bench.control.meter(METER)["switch"] == "armed"
    assert told(bench)[1:] == [(ARMED, METER, START, "Armed", "M-2")]
    bench.advance(minutes=1)
    assert bench.control.meter(METER)["switch"] == "connected"
    assert told(bench)[2:] == [(CONNECTED, METER, START + timedelta(minutes=1), "Closed", "M-2")]


# The route by the CIS.


@pytest.mark.step("2.09 disconnect", 1, 2, 5, 6, 9)
def test_a_work_to_disconnect_ends_with_the_final_reading(bench: Bench) -> None:
    bench.advance(hours=2)
    reply = order_work(bench, "disconnect")
    assert (reply.result, reply.codes) == ("OK", ["0.3"])
    assert (reply.header["Noun"], reply.header["CorrelationID"]) == ("MeterServiceRequests", "W")
    bench.advance(hours=2)
    (told_event,) = told(bench)
    assert told_event == (DISCONNECTED, METER, START + timedelta(hours=2), "Opened", "W")
    assert bench.control.meter(METER)["switch"] == "disconnected"
    (changed,) = results(bench)
    assert (changed.verb, changed.correlation_id) == ("changed", "W")
    (done,) = changed.works
    assert (done.mrid, done.kind, done.status) == (reply.ids[0], "disconnect", "completed")
    (reading,) = done.readings
    assert (reading.element, reading.reason) == ("Meter", "serviceDisconnect")
    opened = START + timedelta(hours=2)
    assert (datetime.fromisoformat(reading.at), Decimal(reading.value)) == (opened, register_kwh(METER, opened))


@pytest.mark.step("2.09 reconnect", 1, 6, 7)
def test_a_work_to_reconnect_ends_with_the_reading_before_it(bench: Bench) -> None:
    switch(bench)
    bench.advance(hours=6)
    assert order_work(bench, "reconnect").result == "OK"
    bench.advance(hours=2)
    assert told(bench)[1:] == [(CONNECTED, METER, START + timedelta(hours=6), "Closed", "W")]
    (changed,) = results(bench)
    assert changed.correlation_id == "W"
    ((reading,),) = [one.readings for one in changed.works]
    assert (reading.reason, Decimal(reading.value)) == ("serviceConnect", register_kwh(METER, START))
    assert [one.status for one in changed.works] == ["completed"]


# What goes wrong.


@pytest.mark.step("2.09 disconnect", 3, 4)
@pytest.mark.step("2.10", 1)
@pytest.mark.parametrize(
    ("meter", "code", "refused", "said"),
    [
        (METER, "?", "1.8", "EndDeviceControlType ref '?'"),
        (METER, "3.31.0.99", "1.8", "EndDeviceControlType ref '3.31.0.99'"),
        (METER, "", "1.7", "EndDeviceControlType has no ref"),
        ("M99999999", DISCONNECT, "2.4", "'M99999999' is not known here"),
        (None, DISCONNECT, "1.7", "names no device"),
        (LAMP, DISCONNECT, "5.2", "has no switch"),
    ],
    ids=["a placeholder", "no control", "no type", "an unknown device", "no device", "no switch"],
)
def test_a_control_that_cannot_be_is_refused_and_does_nothing(
    bench: Bench, meter: str | None, code: str, refused: str, said: str
) -> None:
    devices = () if meter is None else (meter,)
    reply = bench.head_end.control(*devices, code=code, fields=AS_IN_THE_SAMPLE)
    assert (reply.result, reply.codes) == ("FAILED", [refused])
    assert said in reply.said
    bench.advance(hours=1)
    assert (told(bench), bench.control.controls()["total"]) == ([], 0)
    assert switch(bench).result == "OK", "the next request works"


@pytest.mark.step("MR2.09", 1)
@pytest.mark.step("2.10", 1)
def test_a_switch_that_does_not_move_is_told_as_failed_and_never_as_done(bench: Bench) -> None:
    reply = switch(bench, STUCK)
    assert (reply.result, reply.codes) == ("FAILED", ["5.3"])
    assert "the switch is stuck" in reply.said
    bench.advance(days=1)
    assert told(bench) == [(NOT_DISCONNECTED, STUCK, START, "Closed", "M")]
    assert bench.control.meter(STUCK)["switch"] == "connected"
    assert read_now(bench, STUCK) == register_kwh(STUCK, bench.now)


@pytest.mark.step("MR2.09", 1)
@pytest.mark.step("2.10", 1)
def test_a_meter_that_does_not_answer_is_told_as_failed_and_no_event_says_otherwise(bench: Bench) -> None:
    reply = switch(bench, SILENT)
    assert (reply.result, reply.codes) == ("FAILED", ["5.3"])
    assert "does not answer" in reply.said
    without_power = bench.control.start_outage(OTHER)
    reply = switch(bench, OTHER, MessageID="M-2")
    assert (reply.result, reply.codes) == ("FAILED", ["5.2"])
    bench.control.end_outage(without_power["mrid"])
    bench.advance(days=1)
    assert told(bench) == []
    assert {bench.control.meter(meter)["switch"] for meter in (SILENT, OTHER)} == {"connected"}


@pytest.mark.step("2.09 disconnect", 5)
@pytest.mark.step("2.10", 1)
def test_the_command_is_repeated_until_the_meter_confirms(bench: Bench) -> None:
    """It can be reached from 13:30 of Amsterdam on, which is 12:30; the fourth time it hears."""
    address = bench.mdm.reply_url("EndDeviceControls")
    switch(bench, LATER, AckRequired="true", AsyncReplyFlag="true", ReplyAddress=address)
    bench.advance(minutes=29)
    assert (bench.control.meter(LATER)["switch"], told(bench)) == ("connected", [])
    bench.advance(minutes=1)
    heard = START + timedelta(minutes=30)
    assert told(bench) == [(DISCONNECTED, LATER, heard, "Opened", "M")]
    (late,) = bench.arrived(verb="reply")
    assert (late.reply.result, late.correlation_id) == ("OK", "M")
    assert bench.control.meter(LATER)["switch"] == "disconnected"


@pytest.mark.step("2.10", 1)
def test_a_meter_that_never_confirms_is_given_up_and_that_is_told(bench: Bench) -> None:
    address = bench.mdm.reply_url("EndDeviceControls")
    switch(bench, LOST, AckRequired="true", AsyncReplyFlag="true", ReplyAddress=address)
    bench.advance(hours=2)
    given_up = START + timedelta(hours=2)
    assert told(bench) == [(NOT_DISCONNECTED, LOST, given_up, None, "M")]
    (late,) = bench.arrived(verb="reply")
    assert (late.reply.result, late.reply.codes, late.correlation_id) == ("FAILED", ["5.3"], "M")
    bench.advance(days=1)
    assert bench.control.meter(LOST)["switch"] == "connected"


@pytest.mark.step("2.10", 1)
def test_a_meter_without_power_hears_the_repeated_command_when_power_is_back(bench: Bench) -> None:
    bench.advance(minutes=45)
    without_power = bench.control.start_outage(LATER)
    reply = switch(bench, LATER)
    assert (reply.result, reply.codes) == ("OK", ["0.3"])
    bench.advance(minutes=25)
    bench.control.end_outage(without_power["mrid"])
    bench.advance(minutes=5)
    switched = [one for one in told(bench) if one[0] in (DISCONNECTED, NOT_DISCONNECTED)]
    assert switched == [(DISCONNECTED, LATER, START + timedelta(minutes=75), "Opened", "M")]


@pytest.mark.step("MR2.09", 1)
@pytest.mark.step("2.10", 1)
def test_a_late_failure_is_in_the_late_reply(bench: Bench) -> None:
    address = bench.mdm.reply_url("EndDeviceControls")
    switch(bench, STUCK, AckRequired="true", AsyncReplyFlag="true", ReplyAddress=address)
    bench.advance(minutes=1)
    (late,) = bench.arrived(verb="reply")
    assert (late.reply.result, late.reply.codes) == ("FAILED", ["5.3"])
    assert late.correlation_id == "M"


@pytest.mark.step("MR2.09", 1)
@pytest.mark.step("2.10", 1)
def test_a_work_whose_switch_does_not_move_has_failed_and_has_no_final_reading(bench: Bench) -> None:
    order_work(bench, "disconnect", STUCK)
    bench.advance(hours=1)
    (changed,) = results(bench)
    assert [(one.status, one.readings) for one in changed.works] == [("failed", [])]
    assert "stuck" in (changed.works[0].remark or "")


@pytest.mark.step("2.09 disconnect", 7, 8)
@pytest.mark.step("MR2.09", 1)
@pytest.mark.step("2.10", 1)
def test_a_final_reading_that_is_missing_or_incomplete_is_told_as_such(bench: Bench) -> None:
    switch(bench)
    bench.control.start_outage(METER, duration=timedelta(minutes=10))
    missing = bench.head_end.read(METER)
    assert (missing.result, missing.codes, missing.has_payload) == ("FAILED", ["4.1"], False)

    gap = START - timedelta(hours=1)
    defect = bench.control.add_defect(METER, "gap", gap, end=START)
    period = (START - timedelta(hours=2)).isoformat(), START.isoformat()
    incomplete = bench.head_end.read(METER, reading_types=[LOAD_PROFILE], period=period)
    assert (incomplete.result, incomplete.codes) == ("PARTIAL", ["5.7", "0.2"])
    assert max(one.stamp for one in intervals(incomplete)) == gap

    bench.advance(minutes=15)
    bench.control.remove_defect(defect["mrid"])
    assert read_now(bench) == register_kwh(METER, START), "the MDM asks again, and has it"
    assert len(intervals(bench.head_end.read(METER, reading_types=[LOAD_PROFILE], period=period))) == 8


WHOLE: Fields = {
    "Timestamp": NOON,
    "Source": "MDM",
    "AsyncReplyFlag": "false",
    "AckRequired": "true",
    "MessageID": "M",
}
MESSAGES = {
    "ExecuteEndDeviceControls": create_end_device_controls(METER, fields=WHOLE),
    "ExecuteMeterServiceRequests": service_requests("create", work("disconnect", METER, wanted="13:00"), fields=WHOLE),
    "GetMeterReadings": get_meter_readings(METER, fields=WHOLE),
    "ExecuteMeterReadSchedule": meter_read_schedule("Create", METER, fields=WHOLE),
}
"""The messages of the procedures, each element on a line of its own."""

DAMAGES = {
    "no dateTime": (
        f"{NOON}</m:Timestamp>",
        "yesterday</m:Timestamp>",
        "Timestamp (line {}): Timestamp is 'yesterday'",
    ),
    "no boolean": ("true</m:AckRequired>", "String</m:AckRequired>", "AckRequired (line {}): AckRequired is 'String'"),
    "text in the header": ("<m:Source>", "oops <m:Source>", "Header (line 4): Header holds text"),
    "a misspelt element": ("m:Source>", "m:Suorce>", "Suorce (line {}): Suorce has no place in Header"),
    "a misspelt Noun": ("m:Noun>", "m:Nuon>", "Nuon (line {}): Nuon has no place in Header"),
    "a misspelt Verb": ("m:Verb>", "m:Vreb>", "Vreb (line {}): Vreb has no place in Header"),
    "a tag that is not closed": ("MDM</m:Source>", "MDM", "Source line {} and Header, line 12, column 10"),
    "a tag that is closed otherwise": (
        "MDM</m:Source>",
        "MDM</m:Sourc>",
        "Source line {0} and Sourc, line {0}, column",
    ),
    "a misspelt element of the payload": ("Names>", "Nmaes>", "Nmaes (line {}): Nmaes has no place in"),
}
"""What stands there, what comes in its place, and what is said; the line is that of the damage."""


@pytest.mark.step("MR2.09", 2)
@pytest.mark.step("2.10", 1)
@pytest.mark.parametrize("service", MESSAGES)
def test_a_damaged_message_is_answered_with_the_line_of_its_damage_and_the_next_one_works(
    bench: Bench, service: str
) -> None:
    sound = MESSAGES[service].decode().replace("><", ">\n<")
    for name, (before, after, said) in DAMAGES.items():
        assert before in sound
        damaged = sound.replace(before, after)
        line = next(number for number, text in enumerate(damaged.splitlines(), 1) if after in text)
        reply = bench.head_end.post(service, damaged.encode())
        assert reply.fault is not None or reply.result == "FAILED", name
        assert said.format(line) in reply.said, name
    bench.settle()
    assert (bench.mdm.received(), bench.control.controls()["total"], bench.control.schedules()) == ([], 0, [])
    assert bench.head_end.post(service, sound.encode()).result == "OK"


@pytest.mark.step("MR2.09", 2)
def test_a_message_that_is_cut_off_anywhere_is_answered_with_a_fault_that_says_where(bench: Bench) -> None:
    sound = MESSAGES["ExecuteEndDeviceControls"]
    for length in range(1, len(sound), 97):
        reply = bench.head_end.post("ExecuteEndDeviceControls", sound[:length])
        assert reply.fault is not None
        assert "line 1, column" in reply.fault.sentence, sound[:length]
    assert bench.head_end.post("ExecuteEndDeviceControls", sound).result == "OK"

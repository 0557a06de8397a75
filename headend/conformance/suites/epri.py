"""The interoperability procedures of EPRI, from the head end's side; the even numbers are the off-nominal siblings."""

from datetime import datetime, timedelta

from lxml import etree

from headend.conformance.answer import Answer
from headend.conformance.case import Need, Suite
from headend.conformance.changes import renamed, text_of, without
from headend.conformance.conversation import Conversation, Element
from headend.conformance.expectations import ok, refused
from headend.conformance.field import cut_power, restore_power, subscribed, tamper
from headend.conformance.outcomes import (
    CONNECT,
    CONNECTED,
    DISCONNECT,
    DISCONNECTED,
    check_success,
    disconnected,
    send_again,
    switch,
)
from headend.conformance.stage import KnownMeter
from headend.journal import Direction, Entry
from headend.mdm import Answer as MdmAnswer

SUITE = Suite("epri", "EPRI interoperability procedures")

OUTAGE, RESTORED, TAMPER = "3.26.0.85", "3.26.0.216", "3.12.0.257"
_AREA = 20
"""Meters of the area that loses its power; the procedure has 200."""
_EVENT_VERBS = {"created", "changed", "canceled", "closed", "deleted", "executed", "reply"}


@SUITE.case(
    "ecitp-2.01",
    "Scheduled meter read: schedule, acknowledgement, readings of a day, end",
    clause="EPRI ECITP 2.01",
    needs=(Need.METER, Need.CHANGES, Need.RECEIVER, Need.TIME),
)
def scheduled_read(talk: Conversation) -> None:
    meter = talk.own_meter()
    message_id = talk.new_id()
    content = {"EndDevice": [meter.reference]}
    fields = {
        "MessageID": message_id,
        "CorrelationID": "",
        "AckRequired": True,
        "AsyncReplyFlag": False,
        "ReplyAddress": talk.receive_url("MeterReadings"),
    }
    talk.step("1: create a schedule without reading types and times, with an empty CorrelationID")
    created = talk.act("create", "MeterReadSchedule", content, fields=fields)
    talk.finally_do(lambda: talk.act("delete", "MeterReadSchedule", ids=created.ids or (message_id,)))
    ok(talk, created, "the schedule is accepted")
    talk.step("2: look at the acknowledgement")
    talk.equal("CorrelationID is the MessageID of step 1", created.header("CorrelationID"), message_id, on=created)
    talk.step("3 and 4: let two days pass, and take the readings")
    talk.advance(timedelta(days=2))
    came = talk.wait_for(
        lambda one: one.element == "CreatedMeterReadings" and one.header("CorrelationID") == message_id
    )
    talk.require(
        "readings arrive with the id of step 1", bool(came), expected="created MeterReadings", seen=_what_came(talk)
    )
    first = came[0]
    talk.check(
        "they are of the right meter",
        all(meter.is_named(one.mrid, one.name) for one in first.readings) and bool(first.readings),
        on=first,
    )
    talk.check(
        "they say which period they are of",
        bool(first.texts("MeterReading/valuesInterval/end") or first.texts("MeterReading/Readings/timePeriod/end")),
        on=first,
        advice=True,
    )
    reasons = {reason for one in came for reason in one.texts("MeterReading/Readings/reason")}
    talk.check(
        "the reason is billing",
        reasons <= {"billing"},
        expected="billing",
        seen=", ".join(reasons),
        on=first,
        advice=True,
    )
    stamps = [one.stamp for each in came for meter_reading in each.readings for one in meter_reading.intervals()]
    talk.check(
        "intervals of 24 hours are there",
        bool(stamps) and max(stamps) - min(stamps) >= timedelta(hours=23),
        seen=f"{len(stamps)} intervals",
        on=first,
    )
    talk.step("6: cancel it, and let two more days pass")
    ok(talk, talk.act("cancel", "MeterReadSchedule", ids=created.ids or (message_id,)), "the cancel is accepted")
    talk.settle()
    before = len(talk.came())
    talk.advance(timedelta(days=2))
    talk.settle()
    talk.equal("nothing more is published", len(talk.came()) - before, 0)


@SUITE.case(
    "ecitp-2.02",
    "Scheduled read, off-nominal: unknown meter, bad instant",
    clause="EPRI ECITP 2.02 (inferred)",
    needs=(Need.METER,),
)
def scheduled_read_off_nominal(talk: Conversation) -> None:
    talk.step("create a schedule for an unknown meter")
    refused(
        talk,
        talk.act("create", "MeterReadSchedule", {"EndDevice": [talk.unknown_meter.reference]}),
        "2.4",
        about=str(talk.unknown_meter),
    )
    talk.step("create a schedule with a start that is no instant")
    times: Element = {"recurrencePattern": "daily", "scheduleInterval": {"start": talk.now}}
    content = {"EndDevice": [talk.own_meter().reference], "TimeSchedule": [times]}
    answer = talk.act("create", "MeterReadSchedule", content, change=text_of("start", "tomorrow morning"))
    refused(talk, answer, "1.8", about="start", what="a bad instant is refused")


@SUITE.case("ecitp-2.03", "On demand meter read", clause="EPRI ECITP 2.03", needs=(Need.METER,))
def on_demand(talk: Conversation) -> None:
    meter = talk.meter()
    message_id = talk.new_id()
    talk.step("2: get readings without reading type and period")
    answer = talk.read(meter, fields={"MessageID": message_id, "CorrelationID": ""})
    talk.step("4: look at the reply")
    ok(talk, answer)
    talk.equal("CorrelationID is the MessageID", answer.header("CorrelationID"), message_id, on=answer)
    talk.check(
        "the right meter is answered",
        [meter.is_named(one.mrid, one.name) for one in answer.readings] == [True],
        on=answer,
    )
    for name in ("timeStamp", "value"):
        talk.check(
            f"every reading has a {name}",
            bool(answer.texts(f"MeterReading/Readings/{name}")) and all(answer.texts(f"MeterReading/Readings/{name}")),
            on=answer,
        )
    for name in ("reason", "reportedDateTime", "source"):
        talk.check(
            f"every reading has a {name}",
            bool(answer.texts(f"MeterReading/Readings/{name}")),
            seen=f"no {name}",
            on=answer,
            advice=True,
        )
    talk.step("6: get the readings of a past day")
    end = talk.now.replace(minute=0, second=0) - timedelta(days=10)
    past = talk.read(meter, period=(end - timedelta(days=1), end))
    ok(talk, past, "stored readings can be had")
    talk.check("there are some", any(one.readings for one in past.readings), on=past)


@SUITE.case(
    "ecitp-2.03-older-form",
    "On demand read in the older form: create, acknowledgement, created",
    clause="EPRI ECITP 2.03",
    needs=(Need.METER, Need.RECEIVER),
)
def on_demand_older_form(talk: Conversation) -> None:
    talk.step("1: create MeterReadings for a meter")
    if talk.stage.target.route("create", "MeterReadings") is None:
        talk.does_not_apply("CreateMeterReadings is not offered")
    correlation = talk.new_id()
    fields = {"CorrelationID": correlation, "AsyncReplyFlag": True, "ReplyAddress": talk.reply_url("MeterReadings")}
    meter = talk.meter()
    answer = talk.act("create", "MeterReadings", {"MeterReading": [{"Meter": meter.reference}]}, fields=fields)
    ok(talk, answer, "it is acknowledged at once")
    talk.step("2: take the readings")
    came = talk.wait_for(lambda one: one.header("CorrelationID") == correlation and bool(one.readings))
    talk.require("readings arrive", bool(came), seen=_what_came(talk))
    talk.check(
        "they are of the right meter", all(meter.is_named(one.mrid, one.name) for one in came[0].readings), on=came[0]
    )
    now = talk.read(meter)
    types = {one.reading_type for each in came[0].readings for one in each.registers()}
    talk.check(
        "get gives the same registers",
        types == {one.reading_type for each in now.readings for one in each.registers()},
        on=now,
    )


@SUITE.case(
    "ecitp-2.04",
    "On demand read, off-nominal: unknown meter, unknown type, nothing asked for",
    clause="EPRI ECITP 2.04 (inferred)",
    needs=(Need.METER,),
)
def on_demand_off_nominal(talk: Conversation) -> None:
    talk.step("read an unknown meter, an unknown type, and nothing")
    refused(talk, talk.read(talk.unknown_meter), "2.4", what="an unknown meter is refused")
    refused(talk, talk.read(talk.meter(), types=["1.2.3"]), "2.6", what="what is no reading type is refused")
    refused(
        talk, talk.get("MeterReadings", change=without("Request")), "1.6", "1.8", what="an empty request is refused"
    )


@SUITE.case(
    "ecitp-2.05",
    "Meter outage: last gasp, restoration",
    clause="EPRI ECITP 2.05",
    needs=(Need.METER, Need.FIELD, Need.PUBLICATION, Need.TIME),
)
def outage(talk: Conversation) -> None:
    meter = talk.own_meter()
    subscribed(talk, "EndDeviceEvents")
    talk.step("1 and 2: a meter loses its power")
    lost = talk.now
    made = cut_power(talk, meter)
    gasp = _awaited(talk, meter, OUTAGE)
    talk.check(
        "createdDateTime is the time of the loss",
        _time_of(gasp, meter, OUTAGE, lost) <= 60,
        expected=lost,
        seen=_times(gasp),
        on=gasp,
    )
    talk.check(
        "the meter is named by mRID and name",
        all(one.device_mrid and one.device_name for one in gasp.events),
        on=gasp,
        advice=True,
    )
    talk.step("4 and 5: power comes back after a quarter of an hour")
    talk.advance(timedelta(minutes=15))
    back = talk.now
    restore_power(talk, made)
    restored = _awaited(talk, meter, RESTORED)
    talk.check(
        "its time is that of the restoration",
        _time_of(restored, meter, RESTORED, back) <= 600,
        expected=back,
        seen=_times(restored),
        on=restored,
    )
    listing = talk.list_events(meter)
    codes = [one.type_code.partition(".")[2] for one in listing.events]
    talk.check("both are listed", {"26.0.85", "26.0.216"} <= set(codes), seen=", ".join(codes), on=listing)


@SUITE.case(
    "ecitp-2.05-area",
    "Outage of an area, and its restoration in parts",
    clause="EPRI ECITP 2.05 steps 6 to 10",
    needs=(Need.METERS, Need.FIELD, Need.PUBLICATION, Need.TIME),
)
def area(talk: Conversation) -> None:
    meters = list(dict.fromkeys(talk.stage.meters))[-_AREA:]
    subscribed(talk, "EndDeviceEvents")
    talk.step(f"6 and 7: {len(meters)} meters lose their power")
    outages = {meter: cut_power(talk, meter) for meter in meters}
    talk.advance(timedelta(minutes=5))
    told = _told(talk, OUTAGE, meters, len(meters))
    talk.check(
        "99 % of them are told within 5 minutes", len(told) >= 0.99 * len(meters), expected=len(meters), seen=len(told)
    )
    talk.step("8 and 9: power comes back for half of them")
    half = meters[: len(meters) // 2]
    for meter in half:
        restore_power(talk, outages[meter])
    talk.advance(timedelta(minutes=30))
    cleared = _told(talk, RESTORED, meters, len(half))
    talk.check(
        "the restored ones are told, and only those", cleared == set(half), expected=len(half), seen=len(cleared)
    )
    talk.step("10: power comes back for the rest")
    for meter in meters[len(meters) // 2 :]:
        restore_power(talk, outages[meter])
    talk.advance(timedelta(minutes=30))
    cleared = _told(talk, RESTORED, meters, len(meters))
    talk.check(
        "99 % of them are told within 30 minutes",
        len(cleared) >= 0.99 * len(meters),
        expected=len(meters),
        seen=len(cleared),
    )


@SUITE.case(
    "ecitp-2.07", "Meter tamper detection", clause="EPRI ECITP 2.07", needs=(Need.METER, Need.FIELD, Need.PUBLICATION)
)
def tamper_detection(talk: Conversation) -> None:
    meter = talk.own_meter()
    subscribed(talk, "EndDeviceEvents")
    talk.step("1 and 2: a meter is tampered with")
    at = talk.now
    tamper(talk, TAMPER, meter)
    came = _awaited(talk, meter, TAMPER)
    talk.check("EndDeviceEventType is there", all(came.refs("EndDeviceEvent/EndDeviceEventType")), on=came)
    talk.check(
        "createdDateTime is when it happened",
        _time_of(came, meter, TAMPER, at) <= 60,
        expected=at,
        seen=_times(came),
        on=came,
    )
    talk.equal("the verb is created", came.header("Verb"), "created", on=came)
    talk.step("ask for the event 40 days later")
    if talk.stage.clock.can_be_moved:
        talk.advance(timedelta(days=40))
    listing = talk.list_events(meter, period=(at - timedelta(minutes=5), at + timedelta(minutes=5)))
    talk.check(
        "it is still there",
        any(_is(one.type_code, TAMPER) for one in listing.events),
        expected=TAMPER,
        seen=_times(listing),
        on=listing,
    )


@SUITE.case(
    "ecitp-2.08",
    "Tamper, off-nominal: what nobody confirms is repeated",
    clause="EPRI ECITP 2.08 (inferred)",
    needs=(Need.METER, Need.FIELD, Need.PUBLICATION),
)
def tamper_off_nominal(talk: Conversation) -> None:
    meter = talk.own_meter()
    subscribed(talk, "EndDeviceEvents")
    talk.step("lose the first answer of the receiver")
    talk.mdm.answer(MdmAnswer.drop(), times=1, noun="EndDeviceEvents")
    talk.finally_do(talk.mdm.reset)
    tamper(talk, TAMPER, meter)
    first = _awaited(talk, meter, TAMPER)
    send_again(talk)
    both = talk.wait_for(lambda one: _tells(one, meter, TAMPER), count=2)
    talk.require("the event is sent again", len(both) > 1, expected="two messages", seen=len(both), on=first)
    talk.equal("as the same message", both[1].header("MessageID"), both[0].header("MessageID"), on=both[1])


@SUITE.case(
    "ecitp-2.09-disconnect",
    "Disconnect: control, confirmation, final reading",
    clause="EPRI ECITP 2.09",
    needs=(Need.SWITCH,),
)
def disconnect(talk: Conversation) -> None:
    meter = talk.switch_meter()
    talk.step("3 and 4: send the control as the sample has it, and look at the reply")
    talk.finally_do(lambda: talk.send_control(CONNECT, meter))
    message_id, tracking_id = talk.new_id(), talk.new_id()
    fields = {"MessageID": message_id, "AckRequired": False, "AsyncReplyFlag": False}
    answer = talk.send_control(
        DISCONNECT, meter, more={"reason": "disconnect", "issuerTrackingID": tracking_id}, fields=fields
    )
    ok(talk, answer, "the control is accepted")
    talk.equal("CorrelationID is the MessageID of step 3", answer.header("CorrelationID"), message_id, on=answer)
    talk.step("5 and 6: wait until the meter confirms")
    listing = talk.eventually(
        lambda: talk.list_events(meter, more={"EndDeviceEvent": [{"issuerTrackingID": tracking_id}]}),
        lambda one: bool(one.events),
    )
    check_success(talk, listing, DISCONNECTED, meter)
    talk.step("7 and 8: get the final reading")
    final = talk.read(meter)
    ok(talk, final, "the meter stays readable")
    talk.check("there is a value", any(True for one in final.readings for _ in one.registers()), on=final)


@SUITE.case(
    "ecitp-2.09-reconnect", "Reconnect: reading, control, confirmation", clause="EPRI ECITP 2.09", needs=(Need.SWITCH,)
)
def reconnect(talk: Conversation) -> None:
    meter = talk.switch_meter()
    talk.step("disconnect the meter first")
    disconnected(talk, meter)
    talk.step("2 and 3: get a reading")
    ok(talk, talk.read(meter), "the reading before the switch can be had")
    talk.step("4 to 6: send the control, and wait until the meter confirms")
    _, listing = switch(talk, CONNECT, meter, what="the control is accepted")
    check_success(talk, listing, CONNECTED, meter)


@SUITE.case(
    "mr2.09",
    "Damaged messages are refused with the place, and the next one works",
    clause="EPRI MR2.09",
    needs=(Need.SWITCH,),
)
def damaged(talk: Conversation) -> None:
    meter = talk.switch_meter()

    def with_text(envelope: etree._Element) -> None:
        for element in envelope.iter("{*}Noun"):
            element.tail = "stray text"

    for words, change in (
        ("a misspelled element", renamed("EndDeviceControl", "EndDeviceContrl")),
        ("text between elements of the Header", with_text),
        ("a Timestamp that is no instant", text_of("Timestamp", "31.12.2026")),
    ):
        talk.step(f"send a control with {words}")
        answer = talk.send_control(CONNECT, meter, change=change)
        talk.check(f"{words} is refused", answer.is_refused, expected="a fault or FAILED", seen=answer, on=answer)
        talk.check(
            f"the refusal of {words} says where",
            any(sign.isdigit() for sign in answer.told),
            expected="a line",
            seen=answer,
            on=answer,
            advice=True,
        )
    talk.step("send a control with a tag that is not closed")
    content = {
        "EndDeviceControls": {
            "EndDeviceControl": [{"EndDeviceControlType": {"ref": CONNECT}, "EndDevices": [meter.reference]}]
        }
    }
    route, data = talk.written("create", "EndDeviceControls", payload=content)
    answer = talk.post(route, data.replace(b"</soap-env:Body>", b"", 1))
    talk.check(
        "a tag that is not closed gets a fault", answer.fault is not None, expected="a fault", seen=answer, on=answer
    )
    talk.step("send a control with a placeholder as its type")
    refused(talk, talk.send_control("0.0.0.0", meter), "1.8", "2.29", what="a placeholder is refused")
    talk.step("read the meter")
    ok(talk, talk.read(meter), "the next request works")


@SUITE.case("mv-01", "Message verification: envelope, header and correlation of every message", clause="EPRI MV-01")
def message_verification(talk: Conversation) -> None:
    talk.step("look at all messages of this run")
    entries = _all_entries(talk)
    answered = [one for one in map(_pair, entries) if one is not None]
    talk.check("the head end has answered", bool(answered), seen="no reply to look at")
    _none_of(talk, "every reply has the verb reply", [(a, a.header("Verb") != "reply") for _, a in answered])
    _none_of(
        talk,
        "every reply has the noun of its request",
        [(a, a.header("Noun") not in (q.header("Noun"), _noun_of(a))) for q, a in answered],
    )
    _none_of(talk, "every reply refers to its request", [(a, _wrong_correlation(q, a)) for q, a in answered])
    _none_of(
        talk,
        "every Timestamp has a zone",
        [(a, a.header("Timestamp") is not None and a.timestamp is None) for _, a in answered],
    )
    published = [
        Answer(one, 0, one.request.body) for one in entries if one.direction is Direction.IN and one.request.is_whole
    ]
    if not published:
        talk.not_applicable(
            "every message that came by itself has a verb, a noun and a MessageID", "no message came by itself"
        )
    else:
        _none_of(
            talk,
            "every message that came by itself has a verb, a noun and a MessageID",
            [
                (one, one.header("Verb") not in _EVENT_VERBS or not one.header("Noun") or not one.header("MessageID"))
                for one in published
            ],
        )
    seen: dict[str, bytes] = {}
    twice = []
    for message in [*(a for _, a in answered), *published]:
        message_id = message.header("MessageID")
        if message_id and seen.setdefault(message_id, message.data) != message.data:
            twice.append((message, True))
    _none_of(talk, "no MessageID stands for two messages", twice)


@SUITE.case("mv-02", "Content verification: every message is valid against its schema", clause="EPRI MV-02")
def content_verification(talk: Conversation) -> None:
    talk.step("validate all messages of this run")
    entries = _all_entries(talk)
    wrong: list[tuple[Answer, bool]] = []
    count = 0
    for entry in entries:
        message = entry.response if entry.direction is Direction.OUT else entry.request
        if message is None or not message.is_whole:
            continue
        answer = Answer(entry, 0, message.body)
        if answer.message is not None:
            count += 1
            wrong += [(answer, True) for _ in talk.schema_errors(answer, entry.service)[:1]]
    talk.check("there are messages to look at", count > 0, seen="none")
    _none_of(talk, "every message of the head end is valid", wrong)


def _all_entries(talk: Conversation) -> tuple[Entry, ...]:
    """Those of the run; where this case is played alone, those of two reads."""
    found = talk.stage.recorder.entries()
    if not any(one.direction is Direction.OUT for one in found):
        if talk.stage.meters:
            talk.read(talk.meter())
        talk.read(talk.unknown_meter)
        found = talk.stage.recorder.entries()
    return found


def _pair(entry: Entry) -> tuple[Answer, Answer] | None:
    """What was asked and answered, where both have a Header that can be read."""
    if entry.direction is not Direction.OUT or entry.response is None:
        return None
    if not (entry.request.is_whole and entry.response.is_whole):
        return None
    request, answer = Answer(entry, 0, entry.request.body), Answer(entry, 0, entry.response.body)
    has_both = answer.fault is None and answer.message is not None and answer.message.find("{*}Header") is not None
    return (request, answer) if has_both and request.message is not None else None


def _wrong_correlation(request: Answer, answer: Answer) -> bool:
    wanted = request.header("CorrelationID") or request.header("MessageID")
    return bool(wanted) and answer.header("CorrelationID") != wanted


def _noun_of(answer: Answer) -> str:
    return answer.element.removesuffix("ResponseMessage")


def _none_of(talk: Conversation, sentence: str, judged: list[tuple[Answer, bool]]) -> None:
    wrong = [answer for answer, is_wrong in judged if is_wrong]
    said = ", ".join(f"{one.element} ({one.entry.operation})" for one in wrong[:3])
    talk.check(sentence, not wrong, expected="no exception", seen=f"{len(wrong)} messages: {said}")


def _awaited(talk: Conversation, meter: KnownMeter, code: str) -> Answer:
    """The message that tells of an event; minutes pass meanwhile. Ends the case where none comes."""
    for _ in range(10 if talk.stage.clock.can_be_moved else 1):
        came = talk.wait_for(
            lambda one: _tells(one, meter, code), patience_s=0 if talk.stage.clock.can_be_moved else None
        )
        if came:
            talk.check(f"{code} of the meter arrives", True, on=came[0])
            return came[0]
        talk.advance(timedelta(minutes=1))
    came = talk.wait_for(lambda one: _tells(one, meter, code), patience_s=0)
    talk.require(f"{code} of the meter arrives", bool(came), expected="created EndDeviceEvents", seen=_what_came(talk))
    return came[0]


def _told(talk: Conversation, code: str, meters: list[KnownMeter], count: int) -> set[KnownMeter]:
    """The meters of which an event was told."""
    talk.settle()
    talk.wait_for(lambda one: any(_is(event.type_code, code) for event in one.events), count=count, patience_s=0)
    events = [event for message in talk.came() for event in message.events if _is(event.type_code, code)]
    return {meter for meter in meters if any(meter.is_named(one.device_mrid, one.device_name) for one in events)}


def _tells(message: Answer, meter: KnownMeter, code: str) -> bool:
    return any(meter.is_named(one.device_mrid, one.device_name) and _is(one.type_code, code) for one in message.events)


def _is(code: str, wanted: str) -> bool:
    return code.partition(".")[2] == wanted.partition(".")[2]


def _time_of(message: Answer, meter: KnownMeter, code: str, wanted: datetime) -> float:
    """Seconds between the time of an event and the wanted one."""
    found = [
        one.created
        for one in message.events
        if meter.is_named(one.device_mrid, one.device_name) and _is(one.type_code, code)
    ]
    return min((abs((one - wanted).total_seconds()) for one in found), default=float("inf"))


def _times(message: Answer) -> str:
    return ", ".join(f"{one.type_code} at {one.created.isoformat()}" for one in message.events[:3]) or "no events"


def _what_came(talk: Conversation) -> str:
    return ", ".join(f"{one.element} to {one.entry.service}" for one in talk.came()) or "nothing came"

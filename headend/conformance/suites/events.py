"""Events: asked for, and told by themselves."""

from datetime import datetime, timedelta

from headend.conformance.answer import Answer
from headend.conformance.case import Need, Suite
from headend.conformance.conversation import Conversation
from headend.conformance.expectations import ok, refused
from headend.conformance.field import subscribed, tamper
from headend.conformance.outcomes import send_again
from headend.conformance.stage import KnownMeter
from headend.conformance.values import event_type_problem
from headend.mdm import Answer as MdmAnswer

SUITE = Suite("events", "Events of meters")

EVENTS = "61968-9:2013 5.2"
TYPES = "61968-9:2013 Annex E"
PUBLICATION = "61968-100:2013 event pattern"

TAMPER = "3.12.0.257"


@SUITE.case("listed", "Events of a meter can be asked for", clause=EVENTS, needs=(Need.METER,))
def listed(talk: Conversation) -> None:
    talk.step("get the events of a meter")
    answer = talk.list_events(talk.meter())
    ok(talk, answer)
    _check_events(talk, answer, [talk.meter()])


@SUITE.case(
    "caused",
    "What happened at a meter is listed, with its time, type and meter",
    clause=EVENTS,
    needs=(Need.METER, Need.FIELD),
)
def caused(talk: Conversation) -> None:
    meter = talk.own_meter()
    before = talk.now
    talk.step("let a tamper event happen, and get the events of the meter")
    tamper(talk, TAMPER, meter)
    answer = talk.list_events(meter)
    ok(talk, answer)
    _check_events(talk, answer, [meter])
    found = [one for one in answer.events if one.type_code.partition(".")[2] == TAMPER.partition(".")[2]]
    talk.require("the event is listed", bool(found), expected=TAMPER, seen=_types(answer), on=answer)
    talk.check(
        "its time is that of the field",
        found[-1].created >= before - timedelta(minutes=1),
        expected=before,
        seen=found[-1].created,
        on=answer,
    )
    mrids = [one.mrid for one in answer.events if one.mrid]
    talk.check(
        "no event is listed twice",
        len(set(mrids)) == len(mrids),
        seen=f"{len(mrids)} events, {len(set(mrids))} mRIDs",
        on=answer,
    )
    stamps = [one.created for one in answer.events]
    talk.check("the oldest comes first", stamps == sorted(stamps), on=answer, advice=True)


@SUITE.case("by-type", "Events can be chosen by their type", clause=EVENTS, needs=(Need.METER, Need.FIELD))
def by_type(talk: Conversation) -> None:
    meter = talk.own_meter()
    talk.step("let two types of events happen, and ask for one")
    tamper(talk, TAMPER, meter)
    tamper(talk, "3.2.0.85", meter)
    answer = talk.list_events(meter, more={"EndDeviceEventType": [{"mRID": TAMPER}]})
    ok(talk, answer)
    types = {one.type_code for one in answer.events}
    talk.equal("only that type comes", types, {TAMPER}, on=answer)


@SUITE.case("by-period", "Events can be chosen by their time", clause=EVENTS, needs=(Need.METER, Need.FIELD))
def by_period(talk: Conversation) -> None:
    meter = talk.own_meter()
    talk.step("let an event happen, and ask for a period before it and one with it")
    tamper(talk, TAMPER, meter)
    now = talk.now
    earlier = talk.list_events(meter, period=(now - timedelta(days=2), now - timedelta(days=1)))
    ok(talk, earlier, "the period before it is answered")
    late = [one for one in earlier.events if one.created > now - timedelta(days=1)]
    talk.check("nothing of another time comes", not late, seen=_types(earlier), on=earlier)
    around = talk.list_events(meter, period=(now - timedelta(hours=1), now + timedelta(hours=1)))
    talk.check(
        "the event is in its own period", TAMPER in _types(around), expected=TAMPER, seen=_types(around), on=around
    )


@SUITE.case("unknown-meter", "Events of an unknown meter are refused, and it is named", clause="61968-9:2013 Annex B")
def unknown_meter(talk: Conversation) -> None:
    talk.step("get the events of a meter that does not exist")
    answer = talk.list_events(talk.unknown_meter)
    refused(talk, answer, "2.4", about=str(talk.unknown_meter))


@SUITE.case(
    "published",
    "An event is told to a subscriber once, as it is listed",
    clause=PUBLICATION,
    needs=(Need.METER, Need.FIELD, Need.PUBLICATION),
)
def published(talk: Conversation) -> None:
    meter = talk.own_meter()
    talk.step("subscribe, and let a tamper event happen")
    subscribed(talk, "EndDeviceEvents")
    tamper(talk, TAMPER, meter)
    came = talk.wait_for(lambda one: _tells(one, meter, TAMPER))
    talk.require(
        "it arrives", bool(came), expected=f"created EndDeviceEvents with {TAMPER} of {meter}", seen=_what_came(talk)
    )
    first = came[0]
    _check_publication(talk, first, "created")
    told = [one for one in first.events if meter.is_named(one.device_mrid, one.device_name)]
    talk.check("the meter is named in Assets", bool(told), on=first)
    talk.step("wait for what else comes, and compare with what is listed")
    talk.settle()
    again = {one.header("MessageID") for one in talk.came(lambda one: _tells(one, meter, TAMPER))}
    talk.equal("the event is told by one message, not by several", len(again), 1, on=first)
    listed_now = talk.list_events(meter)
    mrids = {one.mrid for one in listed_now.events}
    talk.check(
        "it is the event that is listed",
        {one.mrid for one in told} <= mrids,
        expected=", ".join(str(one.mrid) for one in told),
        seen=", ".join(map(str, mrids)),
        on=listed_now,
    )


@SUITE.case(
    "sent-again",
    "A publication that is not taken comes again, the same",
    clause=PUBLICATION,
    needs=(Need.METER, Need.FIELD, Need.PUBLICATION),
)
def sent_again(talk: Conversation) -> None:
    meter = talk.own_meter()
    talk.step("subscribe, refuse the first message, and let a tamper event happen")
    subscribed(talk, "EndDeviceEvents")
    talk.mdm.answer(MdmAnswer.failed(), times=1, noun="EndDeviceEvents")
    talk.finally_do(talk.mdm.reset)
    tamper(talk, TAMPER, meter)
    first = talk.wait_for(lambda one: _tells(one, meter, TAMPER))
    talk.require("it arrives", bool(first), seen=_what_came(talk))
    talk.step("wait until it is sent again")
    send_again(talk)
    both = talk.wait_for(lambda one: _tells(one, meter, TAMPER), count=2)
    talk.require("it comes again", len(both) > 1, expected="two messages", seen=f"{len(both)}", on=first[0])
    talk.equal("with the same MessageID", both[1].header("MessageID"), both[0].header("MessageID"), on=both[1])
    talk.check("and the same bytes", both[1].data == both[0].data, on=both[1], advice=True)


@SUITE.case(
    "received",
    "Events that other systems tell are acknowledged and listed",
    clause=EVENTS,
    needs=(Need.METER, Need.CHANGES),
)
def received(talk: Conversation) -> None:
    meter = talk.own_meter()
    talk.step("tell the head end of an event at one of its meters")
    if talk.stage.target.route("created", "EndDeviceEvents") is None:
        talk.does_not_apply("the head end takes no events of others")
    reason = talk.name("told")
    event = {
        "createdDateTime": talk.now - timedelta(minutes=5),
        "reason": reason,
        "Assets": meter.reference,
        "EndDeviceEventType": {"ref": TAMPER},
    }
    answer = talk.act("created", "EndDeviceEvents", {"EndDeviceEvent": [event]})
    ok(talk, answer, "it is acknowledged with OK")
    talk.step("get the events of the meter")
    found = talk.list_events(meter)
    talk.check(
        "it is listed",
        reason in found.texts("EndDeviceEvent/reason"),
        expected=reason,
        seen=", ".join(found.texts("EndDeviceEvent/reason")),
        on=found,
        advice=True,
    )


def _check_events(talk: Conversation, answer: Answer, meters: list[KnownMeter]) -> None:
    events = answer.events
    if not events:
        talk.not_applicable("every event has a type of Annex E", "there are no events")
        return
    wrong = [said for one in events if (said := event_type_problem(one.type_code))]
    talk.check("every event has a type of Annex E", not wrong, seen="; ".join(wrong[:3]), on=answer, clause=TYPES)
    stamps = answer.texts("EndDeviceEvent/createdDateTime")
    talk.check("every createdDateTime has a zone", all(map(_has_zone, stamps)), seen=", ".join(stamps[:3]), on=answer)
    others = [one for one in events if not any(meter.is_named(one.device_mrid, one.device_name) for meter in meters)]
    talk.check(
        "every event names the meter that was asked for",
        not others,
        seen=", ".join(f"{one.type_code} of {one.device_name or one.device_mrid}" for one in others[:3]),
        on=answer,
    )


def _check_publication(talk: Conversation, message: Answer, verb: str) -> None:
    talk.equal(f"its verb is {verb}", message.header("Verb"), verb, on=message)
    talk.equal("its noun is EndDeviceEvents", message.header("Noun"), "EndDeviceEvents", on=message)
    talk.check("it has a MessageID", bool(message.header("MessageID")), on=message)
    talk.check(
        "it has a Timestamp with a zone", message.timestamp is not None, seen=message.header("Timestamp"), on=message
    )
    errors = talk.schema_errors(message, message.entry.service)
    talk.check("it is valid against its schema", not errors, seen="; ".join(errors), on=message)


def _tells(message: Answer, meter: KnownMeter, code: str) -> bool:
    return any(
        meter.is_named(one.device_mrid, one.device_name) and one.type_code.partition(".")[2] == code.partition(".")[2]
        for one in message.events
    )


def _types(answer: Answer) -> str:
    return ", ".join(dict.fromkeys(one.type_code for one in answer.events)) or "no events"


def _what_came(talk: Conversation) -> str:
    return ", ".join(f"{one.element} to {one.entry.service}" for one in talk.came()) or "nothing came"


def _has_zone(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False

"""Schedules: readings that arrive by themselves."""

from datetime import timedelta

from headend.conformance.answer import Answer
from headend.conformance.case import Need, Suite
from headend.conformance.conversation import Conversation, Element
from headend.conformance.expectations import ok, refused
from headend.conformance.stage import KnownMeter

SUITE = Suite("schedules", "Readings by schedule")

SCHEDULES = "61968-9:2013 5.3"
CODES = "61968-9:2013 Annex B"
NOUN = "MeterReadSchedule"


@SUITE.case(
    "create-and-get", "A schedule is kept, and can be asked for", clause=SCHEDULES, needs=(Need.METER, Need.CHANGES)
)
def create_and_get(talk: Conversation) -> None:
    meter = talk.own_meter()
    talk.step("create an hourly schedule")
    created = _created(talk, meter)
    talk.check(
        "the reply identifies the schedule",
        bool(created.ids),
        expected="Reply/ID",
        seen="no ID",
        on=created,
        advice=True,
    )
    talk.step("get the schedules of the meter")
    if talk.stage.target.route("get", NOUN) is None:
        talk.does_not_apply("GetMeterReadSchedule is not offered")
    found = talk.get(NOUN, {"EndDevice": [meter.reference]})
    ok(talk, found, "the schedules are listed")
    names = [*found.texts("EndDevice/Names/name"), *found.texts("EndDevice/mRID")]
    talk.check(
        "the schedule of the meter is there", meter.is_named(*names), expected=meter, seen=", ".join(names), on=found
    )


@SUITE.case(
    "readings-arrive",
    "Readings of a schedule arrive at its times",
    clause=SCHEDULES,
    needs=(Need.METER, Need.CHANGES, Need.RECEIVER, Need.TIME),
)
def readings_arrive(talk: Conversation) -> None:
    meter = talk.own_meter()
    talk.step("create an hourly schedule that is answered to the receiver")
    correlation = talk.new_id()
    _created(talk, meter, correlation=correlation)
    talk.step("let three hours pass")
    talk.advance(timedelta(hours=3))
    came = talk.wait_for(lambda one: _is_delivery(one, correlation), count=2)
    talk.require("readings arrive", bool(came), expected="created MeterReadings", seen="nothing came")
    talk.check("they arrive each hour", len(came) >= 2, expected="at least two messages", seen=len(came), on=came[0])
    first = came[0]
    talk.equal("the verb is created", first.header("Verb"), "created", on=first)
    others = [str(one.name) for message in came for one in message.readings if not meter.is_named(one.mrid, one.name)]
    talk.check(
        "they are of the meter, and of no other", not others and bool(first.readings), seen=", ".join(others), on=first
    )
    stamps = [
        (reading.reading_type, reading.stamp)
        for message in came
        for one in message.readings
        for reading in one.intervals()
    ]
    talk.check(
        "no value is told twice",
        len(set(stamps)) == len(stamps),
        seen=f"{len(stamps) - len(set(stamps))} values twice",
        on=first,
    )
    ids = [one.header("MessageID") for one in came]
    talk.check(
        "each message has a MessageID of its own",
        len(set(ids)) == len(ids) and all(ids),
        seen=", ".join(map(str, ids)),
        on=first,
    )


@SUITE.case(
    "cancelled",
    "After its cancel a schedule delivers nothing",
    clause=SCHEDULES,
    needs=(Need.METER, Need.CHANGES, Need.RECEIVER, Need.TIME),
)
def cancelled(talk: Conversation) -> None:
    correlation = talk.new_id()
    talk.step("create an hourly schedule, and cancel it")
    created = _created(talk, talk.own_meter(), correlation=correlation)
    ok(talk, _end(talk, "cancel", created, correlation), "the cancel is accepted")
    talk.settle()
    before = len(talk.came(lambda one: _is_delivery(one, correlation)))
    talk.step("let three hours pass")
    talk.advance(timedelta(hours=3))
    talk.settle()
    after = talk.came(lambda one: _is_delivery(one, correlation))
    talk.check("nothing arrives", len(after) == before, expected="no message", seen=f"{len(after) - before} messages")
    talk.step("cancel it again")
    refused(
        talk, _end(talk, "cancel", created, correlation), "6.1", "6.5", "2.15", what="what is over cannot be cancelled"
    )


@SUITE.case(
    "changed",
    "A change replaces the times of a schedule",
    clause=SCHEDULES,
    needs=(Need.METER, Need.CHANGES, Need.RECEIVER, Need.TIME),
)
def changed(talk: Conversation) -> None:
    meter, correlation = talk.own_meter(), talk.new_id()
    talk.step("create a daily schedule, and change it to an hourly one")
    created = _created(talk, meter, correlation=correlation, pattern="daily")
    fields = {"CorrelationID": correlation}
    answer = talk.act("change", NOUN, _content(meter, "hourly"), ids=created.ids, fields=fields)
    ok(talk, answer, "the change is accepted")
    talk.step("let three hours pass")
    talk.advance(timedelta(hours=3))
    came = talk.wait_for(lambda one: _is_delivery(one, correlation), count=2)
    talk.check("readings arrive each hour", len(came) >= 2, expected="at least two messages", seen=len(came))


@SUITE.case(
    "closed-and-deleted", "A schedule can be closed and deleted", clause=SCHEDULES, needs=(Need.METER, Need.CHANGES)
)
def closed_and_deleted(talk: Conversation) -> None:
    correlation = talk.new_id()
    talk.step("create a schedule, close it, and delete it")
    created = _created(talk, talk.own_meter(), correlation=correlation)
    ok(talk, _end(talk, "close", created, correlation), "it can be closed")
    ok(talk, _end(talk, "delete", created, correlation), "it can be deleted")
    refused(talk, _end(talk, "delete", created, correlation), "2.15", what="what is gone cannot be deleted")


@SUITE.case("unknown-meter", "A schedule of an unknown meter is refused, and it is named", clause=CODES)
def unknown_meter(talk: Conversation) -> None:
    talk.step("create a schedule for a meter that does not exist")
    answer = talk.act("create", NOUN, _content(talk.unknown_meter, "daily"))
    refused(talk, answer, "2.4", about=str(talk.unknown_meter))


@SUITE.case("unknown-schedule", "What names no schedule is refused", clause=CODES)
def unknown_schedule(talk: Conversation) -> None:
    talk.step("cancel a schedule that does not exist")
    refused(talk, talk.act("cancel", NOUN, ids=[talk.identifier("no-such-schedule")]), "2.15")


@SUITE.case("nonsense", "A recurrence that is none is refused", clause=CODES, needs=(Need.METER,))
def nonsense(talk: Conversation) -> None:
    talk.step("create a schedule that recurs every blue moon")
    answer = talk.act("create", NOUN, _content(talk.own_meter(), "every blue moon"))
    talk.finally_do(lambda: talk.act("delete", NOUN, ids=answer.ids))
    talk.check("it is refused", answer.is_refused, expected="FAILED 1.8", seen=answer, on=answer, advice=True)


@SUITE.case(
    "told-by-others",
    "Events of schedules that others keep are acknowledged",
    clause=SCHEDULES,
    needs=(Need.METER, Need.CHANGES),
)
def told_by_others(talk: Conversation) -> None:
    if talk.stage.target.route("created", NOUN) is None:
        talk.does_not_apply("ReceiveMeterReadSchedule is not offered")
    correlation = talk.new_id()
    meter = talk.own_meter()
    for verb in ("created", "changed", "canceled", "closed", "deleted"):
        talk.step(f"tell that a schedule was {verb}")
        answer = talk.act(verb, NOUN, _content(meter, "daily"), fields={"CorrelationID": correlation})
        talk.equal(f"{verb} is acknowledged", answer.result, "OK", on=answer)


def _created(
    talk: Conversation, meter: KnownMeter, *, correlation: str | None = None, pattern: str = "hourly"
) -> Answer:
    fields: Element = {"CorrelationID": correlation or talk.new_id()}
    if talk.stage.receiver is not None and correlation is not None:
        fields["ReplyAddress"] = talk.receive_url("MeterReadings")
    answer = talk.act("create", NOUN, _content(meter, pattern), fields=fields)
    talk.finally_do(lambda: _end(talk, "delete", answer, str(fields["CorrelationID"])))
    ok(talk, answer, "the schedule is accepted")
    talk.equal("the reply has its CorrelationID", answer.header("CorrelationID"), fields["CorrelationID"], on=answer)
    return answer


def _end(talk: Conversation, verb: str, created: Answer, correlation: str) -> Answer:
    ids = created.ids or (correlation,)
    return talk.act(verb, NOUN, ids=ids)


def _content(meter: KnownMeter, pattern: str) -> Element:
    return {"EndDevice": [meter.reference], "TimeSchedule": [{"recurrencePattern": pattern, "scheduleInterval": {}}]}


def _is_delivery(message: Answer, correlation: str) -> bool:
    return message.element == "CreatedMeterReadings" and message.header("CorrelationID") == correlation

"""Asynchrony: requests that are answered later."""

from datetime import timedelta
from decimal import Decimal

from headend.conformance.answer import Answer
from headend.conformance.case import Need, Suite
from headend.conformance.conversation import Conversation, Element
from headend.conformance.expectations import ok, partial, refused
from headend.conformance.outcomes import CONNECT, send_again
from headend.mdm import Answer as MdmAnswer

SUITE = Suite("asynchrony", "Asynchronous requests")

ASYNC = "61968-100:2013 asynchronous request/reply"


@SUITE.case(
    "acknowledged",
    "An asynchronous request is acknowledged in its call (DX-1)",
    clause=ASYNC,
    needs=(Need.METER, Need.RECEIVER),
)
def acknowledged(talk: Conversation) -> None:
    fields, correlation = _later(talk, "MeterReadings")
    talk.step("read a meter asynchronously")
    answer = talk.read(talk.meter(), fields=fields)
    ok(talk, answer, "the call is acknowledged with OK")
    talk.equal("the acknowledgement has the CorrelationID", answer.header("CorrelationID"), correlation, on=answer)
    talk.check("it has no payload", answer.payload is None, seen="a payload", on=answer)
    talk.check(
        "its code is 0.3",
        "0.3" in answer.codes,
        expected="0.3",
        seen=", ".join(answer.codes) or "no Error",
        on=answer,
        advice=True,
    )


@SUITE.case(
    "late-reply",
    "The reply comes to ReplyAddress, with the same CorrelationID (DX-1)",
    clause=ASYNC,
    needs=(Need.METER, Need.RECEIVER),
)
def late_reply(talk: Conversation) -> None:
    fields, correlation = _later(talk, "MeterReadings")
    talk.step("read a meter asynchronously, and wait for the reply")
    ok(talk, talk.read(talk.meter(), fields=fields), "the request is acknowledged")
    came = _wait_for_reply(talk, correlation)
    reply = came[0]
    talk.check(
        "it is a reply, or tells what was created",
        reply.header("Verb") in ("reply", "created"),
        expected="reply",
        seen=reply.header("Verb"),
        on=reply,
    )
    talk.equal("its noun is MeterReadings", reply.header("Noun"), "MeterReadings", on=reply)
    talk.check(
        "its Result is OK, where it has one", reply.result in (None, "OK"), expected="OK", seen=reply.result, on=reply
    )
    talk.check(
        "the meter is answered", any(talk.meter().is_named(one.mrid, one.name) for one in reply.readings), on=reply
    )
    errors = talk.schema_errors(reply, reply.entry.service)
    talk.check("it is valid against its schema", not errors, seen="; ".join(errors), on=reply)
    talk.step("read the same synchronously")
    now = talk.read(talk.meter())
    talk.check(
        "both ways give the same reading types",
        _types(now) == _types(reply),
        expected=_types(now),
        seen=_types(reply),
        on=reply,
    )
    talk.settle()
    ids = {one.header("MessageID") for one in talk.came(lambda one: one.header("CorrelationID") == correlation)}
    talk.equal("one request has one reply", len(ids), 1, on=reply)


@SUITE.case(
    "no-address",
    "Without a usable ReplyAddress the request is refused, and nothing follows",
    clause=ASYNC,
    needs=(Need.METER,),
)
def no_address(talk: Conversation) -> None:
    for words, address in (
        ("no ReplyAddress", None),
        ("the ReplyAddress NONE", "NONE"),
        ("the ReplyAddress of a queue", "queue:replies"),
    ):
        talk.step(f"read a meter asynchronously with {words}")
        answer = talk.read(talk.meter(), fields={"AsyncReplyFlag": True, "ReplyAddress": address})
        refused(talk, answer, "1.5", about="ReplyAddress", what=f"{words} is refused")


@SUITE.case(
    "refused-at-once",
    "A request that is wrong is refused in its call, and nothing follows",
    clause=ASYNC,
    needs=(Need.RECEIVER,),
)
def refused_at_once(talk: Conversation) -> None:
    fields, correlation = _later(talk, "MeterReadings")
    talk.step("read an unknown meter asynchronously")
    answer = talk.read(talk.unknown_meter, fields=fields)
    refused(talk, answer, "2.4")
    talk.step("wait for what comes")
    talk.settle()
    came = talk.came(lambda one: one.header("CorrelationID") == correlation)
    talk.check(
        "no message follows", not came, expected="nothing", seen=f"{len(came)} messages", on=came[0] if came else None
    )


@SUITE.case(
    "partly-acknowledged",
    "Of a known and an unknown meter the known one is answered later",
    clause=ASYNC,
    needs=(Need.METER, Need.RECEIVER),
)
def partly_acknowledged(talk: Conversation) -> None:
    fields, correlation = _later(talk, "MeterReadings")
    talk.step("read a meter and one that does not exist asynchronously")
    answer = talk.read(talk.meter(), talk.unknown_meter, fields=fields)
    partial(talk, answer, "2.4", about=str(talk.unknown_meter))
    reply = _wait_for_reply(talk, correlation)[-1]
    talk.check(
        "the known meter is answered",
        any(talk.meter().is_named(one.mrid, one.name) for one in reply.readings),
        on=reply,
    )
    talk.check(
        "the reply is not OK: a part is missing",
        reply.result in (None, "PARTIAL", "FAILED"),
        expected="PARTIAL",
        seen=reply.result,
        on=reply,
    )


@SUITE.case(
    "of-a-control", "A control is answered when its device has", clause=ASYNC, needs=(Need.SWITCH, Need.RECEIVER)
)
def of_a_control(talk: Conversation) -> None:
    fields, correlation = _later(talk, "EndDeviceControls")
    talk.step("connect a meter asynchronously")
    answer = talk.send_control(CONNECT, talk.switch_meter(), fields=fields)
    ok(talk, answer, "the control is acknowledged")
    came = talk.wait_for(lambda one: one.header("CorrelationID") == correlation)
    talk.require("a reply or an event with its CorrelationID arrives", bool(came), seen="nothing came")
    talk.check("it tells of success", came[-1].result in (None, "OK"), expected="OK", seen=came[-1].result, on=came[-1])


@SUITE.case("of-master-data", "Every request may be asynchronous", clause=ASYNC, needs=(Need.METER, Need.RECEIVER))
def of_master_data(talk: Conversation) -> None:
    fields, correlation = _later(talk, "MeterConfig")
    talk.step("get a meter's master data asynchronously")
    ok(talk, talk.get("MeterConfig", {"Meter": [talk.meter().reference]}, fields=fields), "the request is acknowledged")
    reply = _wait_for_reply(talk, correlation)[0]
    talk.check("the meter is in it", bool(reply.all("Meter")), on=reply)
    fields, correlation = _later(talk, "EndDeviceEvents")
    talk.step("get events asynchronously")
    ok(talk, talk.list_events(talk.meter(), fields=fields), "the request for events is acknowledged")
    _wait_for_reply(talk, correlation)


@SUITE.case(
    "sent-again", "A reply that is not taken comes again, the same", clause=ASYNC, needs=(Need.METER, Need.RECEIVER)
)
def sent_again(talk: Conversation) -> None:
    fields, correlation = _later(talk, "MeterReadings")
    talk.step("refuse the first reply")
    talk.mdm.answer(MdmAnswer.http(503), times=1, correlation_id=correlation)
    talk.finally_do(talk.mdm.reset)
    ok(talk, talk.read(talk.meter(), fields=fields), "the request is acknowledged")
    _wait_for_reply(talk, correlation)
    talk.step("wait until it is sent again")
    send_again(talk)
    both = talk.wait_for(lambda one: one.header("CorrelationID") == correlation, count=2)
    talk.require("it comes again", len(both) > 1, expected="two messages", seen=f"{len(both)}", on=both[0])
    talk.equal("with the same MessageID", both[1].header("MessageID"), both[0].header("MessageID"), on=both[1])


@SUITE.case(
    "one-way",
    "AckRequired false makes the transaction one-way",
    clause="61968-100:2013 AckRequired",
    needs=(Need.METER, Need.RECEIVER),
)
def one_way(talk: Conversation) -> None:
    fields, correlation = _later(talk, "MeterReadings")
    talk.step("read a meter asynchronously with AckRequired false")
    answer = talk.read(talk.meter(), fields={**fields, "AckRequired": False})
    talk.check("the call is answered all the same", answer.result == "OK", expected="OK", seen=answer, on=answer)
    talk.settle()
    came = talk.came(lambda one: one.header("CorrelationID") == correlation)
    talk.check(
        "no reply follows", not came, expected="nothing", seen=f"{len(came)} messages", on=came[0] if came else None
    )


@SUITE.case(
    "synchronous",
    "Without AsyncReplyFlag a ReplyAddress changes nothing",
    clause=ASYNC,
    needs=(Need.METER, Need.RECEIVER),
)
def synchronous(talk: Conversation) -> None:
    correlation = talk.new_id()
    talk.step("read a meter with a ReplyAddress and without the flag")
    answer = talk.read(
        talk.meter(), fields={"ReplyAddress": talk.reply_url("MeterReadings"), "CorrelationID": correlation}
    )
    ok(talk, answer)
    talk.check("the readings are in the call", bool(answer.readings), on=answer)
    talk.settle()
    came = talk.came(lambda one: one.header("CorrelationID") == correlation)
    talk.check("nothing comes later", not came, seen=f"{len(came)} messages")


@SUITE.case(
    "same-values",
    "A late reply has the values of the instant of the call",
    clause=ASYNC,
    needs=(Need.METER, Need.RECEIVER),
)
def same_values(talk: Conversation) -> None:
    fields, correlation = _later(talk, "MeterReadings")
    end = talk.now.replace(minute=0, second=0)
    period = (end - timedelta(days=1), end)
    types = [talk.stage.parameters.interval_type]
    talk.step("read a day synchronously and asynchronously")
    now = talk.read(talk.meter(), types=types, period=period)
    ok(talk, talk.read(talk.meter(), types=types, period=period, fields=fields), "the request is acknowledged")
    later = _wait_for_reply(talk, correlation)[0]
    talk.check(
        "both have the same values",
        _values(now) == _values(later),
        expected=f"{len(_values(now))} values",
        seen=f"{len(_values(later))} values, not all the same",
        on=later,
    )


def _later(talk: Conversation, noun: str) -> tuple[Element, str]:
    """The Header's elements for a reply to the receiver, and the CorrelationID."""
    correlation = talk.new_id()
    return {"AsyncReplyFlag": True, "ReplyAddress": talk.reply_url(noun), "CorrelationID": correlation}, correlation


def _wait_for_reply(talk: Conversation, correlation: str) -> list[Answer]:
    came = talk.wait_for(lambda one: one.header("CorrelationID") == correlation)
    others = ", ".join(f"{one.element} with CorrelationID {one.header('CorrelationID')}" for one in talk.came())
    talk.require(
        "the reply arrives, with the CorrelationID of the request",
        bool(came),
        expected=correlation,
        seen=others or "nothing came",
    )
    return came


def _types(answer: Answer) -> list[str]:
    return sorted({one.reading_type for meter in answer.readings for one in meter.readings})


def _values(answer: Answer) -> list[tuple[str, str, Decimal]]:
    return [(one.reading_type, one.stamp.isoformat(), one.value) for meter in answer.readings for one in meter.readings]

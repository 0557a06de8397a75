"""Work orders: what other systems ask to be done at a meter."""

from datetime import timedelta

from headend.conformance.answer import Answer
from headend.conformance.case import Need, Suite
from headend.conformance.conversation import Conversation, Element
from headend.conformance.expectations import ok, refused
from headend.conformance.stage import KnownMeter

SUITE = Suite("service-requests", "Service requests")

REQUESTS = "61968-9:2013 5.5"
NOUN = "MeterServiceRequests"


@SUITE.case(
    "life", "A work order is kept, changed, cancelled and deleted", clause=REQUESTS, needs=(Need.METER, Need.CHANGES)
)
def life(talk: Conversation) -> None:
    _require_offered(talk)
    meter = talk.own_meter()
    talk.step("ask for an inspection tomorrow")
    name = talk.name("work")
    talk.finally_do(lambda: talk.act("delete", NOUN, _work(talk, meter, name)))
    created = talk.act("create", NOUN, _work(talk, meter, name))
    ok(talk, created, "the work order is taken")
    talk.step("get it")
    found = talk.get(NOUN, {"MeterServiceWork": [{"Names": [{"name": name}]}]})
    ok(talk, found, "it can be got")
    talk.equal("it is there, with its kind", found.texts("MeterServiceWork/kind"), ["inspection"], on=found)
    talk.step("move it to the day after, cancel it, and delete it")
    ok(talk, talk.act("change", NOUN, _work(talk, meter, name, days=2)), "it can be changed")
    ok(talk, talk.act("cancel", NOUN, _work(talk, meter, name)), "it can be cancelled")
    refused(
        talk,
        talk.act("cancel", NOUN, _work(talk, meter, name)),
        "6.5",
        "6.1",
        "2.15",
        what="it cannot be cancelled twice",
    )
    ok(talk, talk.act("close", NOUN, _work(talk, meter, name)), "it can be closed")
    ok(talk, talk.act("delete", NOUN, _work(talk, meter, name)), "it can be deleted")


@SUITE.case("unknown-meter", "Work at an unknown meter is refused, and it is named", clause="61968-9:2013 Annex B")
def unknown_meter(talk: Conversation) -> None:
    _require_offered(talk)
    talk.step("ask for the inspection of a meter that does not exist")
    answer = talk.act("create", NOUN, _work(talk, talk.unknown_meter, talk.name("unknown")))
    refused(talk, answer, "2.4", about=str(talk.unknown_meter))


@SUITE.case(
    "done",
    "What came of the work is told, with its reading",
    clause=REQUESTS,
    needs=(Need.METER, Need.CHANGES, Need.RECEIVER),
)
def done(talk: Conversation) -> None:
    _require_offered(talk)
    correlation = talk.new_id()
    talk.step("ask for an inspection now")
    name = talk.name("now")
    fields = {"CorrelationID": correlation, "ReplyAddress": talk.receive_url(NOUN)}
    talk.finally_do(lambda: talk.act("delete", NOUN, _work(talk, talk.own_meter(), name, days=0)))
    ok(
        talk,
        talk.act("create", NOUN, _work(talk, talk.own_meter(), name, days=0), fields=fields),
        "the work order is taken",
    )
    came = talk.wait_for(lambda one: _is_outcome(one, correlation))
    talk.require("changed MeterServiceRequests arrives", bool(came), seen="nothing came")
    talk.check("it tells a status", bool(came[0].texts("MeterServiceWork/status/value")), on=came[0])
    talk.check(
        "it has the reading of the meter",
        bool(came[0].all("MeterServiceWork/Meter/MeterReadings")),
        on=came[0],
        advice=True,
    )


@SUITE.case(
    "told-by-others",
    "Events of work that others do are acknowledged",
    clause=REQUESTS,
    needs=(Need.METER, Need.CHANGES),
)
def told_by_others(talk: Conversation) -> None:
    if talk.stage.target.route("created", NOUN) is None:
        talk.does_not_apply("ReceiveMeterServiceRequests is not offered")
    name = talk.name("told")
    for verb in ("created", "changed", "canceled", "closed", "deleted"):
        if talk.stage.target.route(verb, NOUN) is None:
            continue
        talk.step(f"tell that work was {verb}")
        answer = talk.act(verb, NOUN, _work(talk, talk.own_meter(), name))
        talk.equal(f"{verb} is acknowledged", answer.result, "OK", on=answer)


def _require_offered(talk: Conversation) -> None:
    if talk.stage.target.route("create", NOUN) is None:
        talk.does_not_apply("CreateMeterServiceRequests is not offered")


def _work(talk: Conversation, meter: KnownMeter, name: str, days: int = 1) -> Element:
    at = talk.now + timedelta(days=days)
    work = {"kind": "inspection", "requestDateTime": at, "Meter": meter.reference, "Names": [{"name": name}]}
    return {"MeterServiceWork": [work]}


def _is_outcome(message: Answer, correlation: str) -> bool:
    return message.element == f"Changed{NOUN}" and message.header("CorrelationID") == correlation

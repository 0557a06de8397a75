"""Errors: what is wrong is refused, said, and does no harm."""

from collections.abc import Sequence

from headend.conformance.answer import Answer
from headend.conformance.case import Need, Suite
from headend.conformance.changes import renamed, text_of, with_child, without
from headend.conformance.conversation import Conversation
from headend.conformance.expectations import ok, refused
from headend.conformance.outcomes import CONNECT

SUITE = Suite("errors", "Errors")

CODES = "61968-9:2013 Annex B"
ERRORS = "61968-100:2013 Error"
_NEVER_SENT = {"1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.7", "2.8", "2.11"}
_LEVELS = {"INFORM", "WARNING", "FATAL", "CATASTROPHIC"}


@SUITE.case(
    "schema-violation",
    "A message that breaks the schema is refused, and the element is named",
    clause=CODES,
    needs=(Need.METER,),
)
def schema_violation(talk: Conversation) -> None:
    for words, change, name in (
        ("a misspelled element", renamed("EndDevice", "EndDevcie"), "EndDevcie"),
        ("an element too many", with_child("EndDevice", "colour", "green"), "colour"),
    ):
        talk.step(f"read a meter by a message with {words}")
        answer = talk.read(talk.meter(), change=change)
        refused(talk, answer, "1.8", about=name, what=f"{words} is refused")
    talk.step("read a meter with a period that is no instant")
    answer = talk.read(talk.meter(), period=(talk.now, talk.now), change=text_of("start", "yesterday"))
    refused(talk, answer, "1.8", about="start", what="a text in place of an instant is refused")
    talk.step("read a meter by a message that is right")
    ok(talk, talk.read(talk.meter()), "the next message is carried out as ever")


@SUITE.case("empty-request", "A get without a Request is refused", clause=CODES)
def empty_request(talk: Conversation) -> None:
    talk.step("send GetMeterReadings without Request")
    answer = talk.get("MeterReadings", change=without("Request"))
    refused(talk, answer, "1.6", "1.8")


@SUITE.case("empty-payload", "A create without a Payload is refused", clause=CODES)
def empty_payload(talk: Conversation) -> None:
    talk.step("send CreateEndDeviceControls without Payload")
    refused(talk, talk.call("create", "EndDeviceControls"), "1.7", "1.8")
    if talk.stage.target.route("create", "MeterConfig") is not None:
        talk.step("send CreateMeterConfig without Payload")
        refused(talk, talk.call("create", "MeterConfig"), "1.7", "1.8", what="a CreateMeterConfig without one, too")


@SUITE.case("error-elements", "An Error has a code, a level that exists, and the object it is about", clause=ERRORS)
def error_elements(talk: Conversation) -> None:
    talk.step("read a meter that does not exist")
    answer = talk.read(talk.unknown_meter)
    talk.require("there is an Error", bool(answer.errors), expected="Reply/Error", seen=answer, on=answer)
    levels = [error.level for error in answer.errors if error.level]
    talk.check("every level is of the standard", set(levels) <= _LEVELS, seen=", ".join(levels), on=answer)
    talk.check("every Error has a code", all(answer.codes), on=answer)
    talk.check(
        "it is said in words what is wrong",
        all(error.reason or error.details for error in answer.errors),
        on=answer,
        advice=True,
    )
    ids = [error.object_id for error in answer.errors]
    talk.check(
        "Error/ID is the meter",
        str(talk.unknown_meter) in ids,
        expected=talk.unknown_meter,
        seen=", ".join(map(str, ids)),
        on=answer,
        advice=True,
    )
    element = answer.message.find("{*}Reply/{*}Error/{*}ID") if answer.message is not None else None
    kind = None if element is None else element.get("kind")
    talk.check(
        "kind of the ID is one of name, uuid, transaction, other",
        kind in (None, "name", "uuid", "transaction", "other"),
        seen=kind,
        on=answer,
    )


@SUITE.case(
    "failed-says-why",
    "No FAILED comes without an Error, and no OK with one that is more than a remark",
    clause=ERRORS,
    needs=(Need.METER,),
)
def failed_says_why(talk: Conversation) -> None:
    talk.step("send requests of both sorts")
    for words, answer in _answers(talk):
        if answer.result == "FAILED":
            talk.check(f"{words}: FAILED comes with an Error", bool(answer.codes), seen=answer, on=answer)
        elif answer.result == "OK":
            grave = [error for error in answer.errors if error.level in ("FATAL", "CATASTROPHIC")]
            talk.check(f"{words}: OK comes without a grave Error", not grave, seen=answer, on=answer)
        else:
            talk.check(
                f"{words}: the Result is one that exists",
                answer.fault is not None or answer.result == "PARTIAL",
                seen=answer,
                on=answer,
            )


@SUITE.case("known-codes", "Codes are those of the published list", clause=CODES, needs=(Need.METER,))
def known_codes(talk: Conversation) -> None:
    talk.step("send requests of both sorts, and look at the codes")
    codes = {code for _, answer in _answers(talk) for code in answer.codes}
    talk.check(
        "no code is of those that the list leaves out",
        not codes & _NEVER_SENT,
        seen=", ".join(sorted(codes & _NEVER_SENT)),
        advice=True,
    )
    foreign = [code for code in codes if not _has_form(code)]
    talk.check(
        "every code is a category and a number",
        not foreign,
        expected="such as 2.4",
        seen=", ".join(foreign),
        advice=True,
    )


@SUITE.case("no-internals", "No answer tells the insides of the program", clause=ERRORS, needs=(Need.METER,))
def no_internals(talk: Conversation) -> None:
    talk.step("send requests of both sorts, and look for traces")
    for words, answer in _answers(talk):
        found = [
            one
            for one in ("Traceback", "Exception in", "at java.", "System.", '.py"', "stackTrace>")
            if one in answer.data.decode("utf-8", "replace")
        ]
        talk.check(f"{words}: no trace of the program", not found, seen=", ".join(found), on=answer, advice=True)


@SUITE.case("many-errors", "Many wrong objects are told one by one", clause=CODES)
def many_errors(talk: Conversation) -> None:
    from headend.conformance.stage import KnownMeter

    talk.step("read twenty meters that do not exist")
    meters = [KnownMeter(None, f"{talk.unknown_meter}-{number}") for number in range(20)]
    answer = talk.read(*meters)
    refused(talk, answer, "2.4")
    named = sum(f"{meter}" in answer.told for meter in meters)
    talk.check("each of them is named", named == len(meters), expected=len(meters), seen=named, on=answer, advice=True)


def _answers(talk: Conversation) -> Sequence[tuple[str, Answer]]:
    return [
        ("a read", talk.read(talk.meter())),
        ("a read of an unknown meter", talk.read(talk.unknown_meter)),
        ("events", talk.list_events(talk.meter())),
        ("a control of an unknown meter", talk.send_control(CONNECT, talk.unknown_meter)),
        ("a wrong verb", talk.read(talk.meter(), fields={"Verb": "create"})),
    ]


def _has_form(code: str) -> bool:
    category, dot, number = code.partition(".")
    return bool(dot) and category.isdigit() and number.isdigit()

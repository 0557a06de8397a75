"""The Header: verbs and nouns, correlation, identity of messages, replay."""

from datetime import timedelta

from lxml import etree

from headend.conformance.case import Need, Suite
from headend.conformance.changes import text_of, without
from headend.conformance.conversation import Ask, Conversation
from headend.conformance.expectations import ok, refused

SUITE = Suite("header", "Header rules")

HEADER = "61968-100:2013 Header"
VERBS = "61968-100:2013 verbs"
CORRELATION = "61968-100:2013 CorrelationID"

_SKEW_S = 300.0


@SUITE.case(
    "correlation-id", "A reply carries the CorrelationID of its request", clause=CORRELATION, needs=(Need.METER,)
)
def correlation_id(talk: Conversation) -> None:
    wanted = talk.new_id()
    fields = {"CorrelationID": wanted}
    asked: dict[str, Ask] = {
        "get MeterReadings": lambda: talk.read(talk.meter(), fields=fields),
        "get EndDeviceEvents": lambda: talk.list_events(talk.meter(), fields=fields),
        "a request that is refused": lambda: talk.read(talk.unknown_meter, fields=fields),
    }
    for words, ask in asked.items():
        talk.step(f"send {words} with a CorrelationID")
        answer = ask()
        if answer.fault is not None:
            talk.not_applicable(f"the reply to {words} has the CorrelationID", "a fault carries no Header")
            continue
        talk.equal(f"the reply to {words} has the CorrelationID", answer.header("CorrelationID"), wanted, on=answer)


@SUITE.case(
    "message-id-as-correlation",
    "Without a CorrelationID a reply refers to the MessageID",
    clause=CORRELATION,
    needs=(Need.METER,),
)
def message_id_as_correlation(talk: Conversation) -> None:
    talk.step("read a meter with a MessageID alone")
    message_id = talk.new_id()
    answer = talk.read(talk.meter(), fields={"MessageID": message_id})
    talk.equal("CorrelationID is the MessageID of the request", answer.header("CorrelationID"), message_id, on=answer)
    talk.step("read a meter with a MessageID and an empty CorrelationID")
    message_id = talk.new_id()
    answer = talk.read(talk.meter(), fields={"MessageID": message_id, "CorrelationID": ""})
    talk.equal(
        "an empty CorrelationID counts as none", answer.header("CorrelationID"), message_id, on=answer, advice=True
    )
    talk.step("read a meter without either")
    answer = talk.read(talk.meter(), fields={"MessageID": None})
    talk.check(
        "there is no CorrelationID where the request has no identity",
        not answer.header("CorrelationID"),
        expected="none",
        seen=answer.header("CorrelationID"),
        on=answer,
        advice=True,
    )


@SUITE.case("reply-verb", "A reply has the verb reply and the noun of its request", clause=VERBS, needs=(Need.METER,))
def reply_verb(talk: Conversation) -> None:
    asked: dict[str, Ask] = {
        "MeterReadings": lambda: talk.read(talk.meter()),
        "EndDeviceEvents": lambda: talk.list_events(talk.meter()),
        "MeterConfig": lambda: talk.get("MeterConfig", {"Meter": [talk.meter().reference]}),
    }
    for noun, ask in asked.items():
        talk.step(f"get {noun}")
        if talk.stage.target.route("get", noun) is None:
            talk.not_applicable(f"the reply about {noun} has the verb reply", f"Get{noun} is not offered")
            continue
        answer = ask()
        talk.equal(f"the reply about {noun} has the verb reply", answer.header("Verb"), "reply", on=answer)
        talk.equal(f"the reply about {noun} has its noun", answer.header("Noun"), noun, on=answer)


@SUITE.case("reply-identity", "Every message says when, from whom, and which it is", clause=HEADER, needs=(Need.METER,))
def reply_identity(talk: Conversation) -> None:
    talk.step("read a meter three times")
    answers = [talk.read(talk.meter()) for _ in range(3)]
    first = answers[0]
    talk.check(
        "Header/Timestamp is an instant with a zone",
        first.timestamp is not None,
        seen=first.header("Timestamp"),
        on=first,
    )
    if first.timestamp is not None:
        skew = abs((first.timestamp - talk.now).total_seconds())
        talk.check(
            "Timestamp is the head end's present",
            skew <= _SKEW_S,
            expected=f"{talk.now}, give or take {_SKEW_S:g} s",
            seen=first.timestamp,
            on=first,
            advice=True,
        )
    talk.check("Header/Source names the sender", bool(first.header("Source")), on=first, advice=True)
    ids = [answer.header("MessageID") for answer in answers]
    talk.check("every reply has a MessageID", all(ids), seen="no MessageID", on=first, advice=True)
    talk.check(
        "no MessageID is used twice",
        len(set(ids)) == len(ids),
        expected="three MessageIDs",
        seen=", ".join(map(str, ids)),
        on=answers[1],
    )


@SUITE.case("wrong-verb", "A verb that is not the operation's is refused", clause=VERBS, needs=(Need.METER,))
def wrong_verb(talk: Conversation) -> None:
    talk.step("send GetMeterReadings with the verb create")
    answer = talk.read(talk.meter(), fields={"Verb": "create"})
    refused(talk, answer, "2.9", about="create")


@SUITE.case("unknown-verbs", "Verbs that are none are refused", clause=VERBS, needs=(Need.METER,))
def unknown_verbs(talk: Conversation) -> None:
    for verb in ("GET", "fetch", "subscribe"):
        talk.step(f"send GetMeterReadings with the verb {verb}")
        answer = talk.read(talk.meter(), change=text_of("Verb", verb))
        refused(talk, answer, "2.9", "1.8", what=f"the verb {verb} is refused")


@SUITE.case("wrong-noun", "A noun that is not the operation's is refused", clause=HEADER, needs=(Need.METER,))
def wrong_noun(talk: Conversation) -> None:
    talk.step("send GetMeterReadings with the noun EndDeviceEvents")
    answer = talk.read(talk.meter(), fields={"Noun": "EndDeviceEvents"})
    refused(talk, answer, "2.5", about="EndDeviceEvents")


@SUITE.case("missing-verb-and-noun", "A Header without verb or noun is refused", clause=HEADER, needs=(Need.METER,))
def missing_verb_and_noun(talk: Conversation) -> None:
    for name in ("Verb", "Noun"):
        talk.step(f"send GetMeterReadings without Header/{name}")
        answer = talk.read(talk.meter(), change=without(f"Header/{name}"))
        refused(talk, answer, "1.5", "1.8", what=f"a Header without {name} is refused")
    talk.step("send GetMeterReadings without a Header")
    answer = talk.read(talk.meter(), change=without("Header"))
    talk.check("a message without a Header is refused", answer.is_refused, seen=answer, on=answer)


@SUITE.case("optional-fields", "Every optional element of the Header is taken", clause=HEADER, needs=(Need.METER,))
def optional_fields(talk: Conversation) -> None:
    for words, fields in (
        ("User with Organization", {"User": {"UserID": "tester", "Organization": "conformance"}}),
        ("Comment", {"Comment": "never drives logic"}),
        ("Property", {"Property": [{"Name": "colour", "Value": "green"}]}),
        ("AckRequired", {"AckRequired": True}),
        ("Revision", {"Revision": "1"}),
    ):
        talk.step(f"read a meter with {words} in the Header")
        answer = talk.read(talk.meter(), fields=fields)
        talk.equal(f"a Header with {words} is taken", answer.result, "OK", on=answer)
    talk.step("read a meter with Verb and Noun alone")
    answer = talk.read(talk.meter(), fields={"Timestamp": None, "Source": None, "MessageID": None})
    talk.equal("a Header with Verb and Noun alone is taken", answer.result, "OK", on=answer)
    talk.step("read a meter with an element of another namespace in the Header")
    answer = talk.read(talk.meter(), change=_extended)
    talk.equal("an element of another namespace is passed over", answer.result, "OK", on=answer)


@SUITE.case(
    "wrong-types",
    "A value of the wrong type in the Header is refused, and named",
    clause="61968-100:2013 Message.xsd",
    needs=(Need.METER,),
)
def wrong_types(talk: Conversation) -> None:
    for name, value in (("Timestamp", "yesterday"), ("AsyncReplyFlag", "perhaps")):
        talk.step(f"read a meter with {value!r} as {name}")
        fields = {"AsyncReplyFlag": False} if name == "AsyncReplyFlag" else {}
        answer = talk.read(talk.meter(), fields=fields, change=text_of(name, value))
        refused(talk, answer, "1.8", about=name, what=f"{value!r} as {name} is refused")


@SUITE.case("replay", "A nonce counts once (DX-7)", clause="61968-100:2013 ReplayDetection", needs=(Need.METER,))
def replay(talk: Conversation) -> None:
    detection = {"Nonce": talk.identifier("nonce"), "Created": talk.machine_now}
    talk.step("read a meter with a nonce")
    ok(talk, talk.read(talk.meter(), fields={"ReplayDetection": detection}), "a new nonce is taken")
    talk.step("read another meter with the same nonce")
    answer = talk.read(talk.meter(1), fields={"ReplayDetection": detection})
    refused(talk, answer, "7.7", what="the same nonce is refused the second time")


@SUITE.case(
    "stale-message",
    "A message that was created long ago is refused",
    clause="61968-100:2013 ReplayDetection",
    needs=(Need.METER,),
)
def stale_message(talk: Conversation) -> None:
    talk.step("read a meter with a ReplayDetection of three days ago")
    old = {"Nonce": talk.identifier("old"), "Created": talk.machine_now - timedelta(days=3)}
    answer = talk.read(talk.meter(), fields={"ReplayDetection": old})
    talk.check(
        "a message of three days ago is refused",
        answer.is_refused,
        expected="FAILED 7.7",
        seen=answer,
        on=answer,
        advice=True,
    )


@SUITE.case(
    "resend",
    "The same message twice is one message",
    clause="61968-100:2013 MessageID",
    needs=(Need.METER, Need.CHANGES),
)
def resend(talk: Conversation) -> None:
    name = talk.name("resend")
    content = {"UsagePoint": [{"Names": [{"name": name}]}]}
    talk.step("create a usage point, and send the very message again")
    route, data = talk.written("create", "UsagePointConfig", payload={"UsagePointConfig": content})
    talk.finally_do(lambda: talk.act("delete", "UsagePointConfig", content))
    first = talk.post(route, data)
    ok(talk, first, "the first message is carried out")
    second = talk.post(route, data)
    talk.equal("the second gets the Result of the first", second.result, first.result, on=second, advice=True)
    talk.equal("and the IDs of the first", second.ids, first.ids, on=second, advice=True)
    talk.step("look for the usage point")
    found = talk.get("UsagePointConfig", {"UsagePoint": [{"Names": [{"name": name}]}]})
    talk.equal("it is there once", len(found.all("UsagePoint")), 1, on=found)


def _extended(envelope: etree._Element) -> None:
    for header in envelope.iter("{*}Header"):
        if header.find("{*}Verb") is not None:
            etree.SubElement(header, "{urn:headend:conformance}Extension").text = "passed over"

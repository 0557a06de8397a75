"""Subscribers are told what became of master data, by requests and by what others told (61968-9:2013, clause 5.8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from headend.handlers.master_data import REQUESTED_NOUNS
from tests.conftest import NOON
from tests.delivery.receiver import Answer, Receiver, fault, receiver
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.master_data import class_of, done, execute, named, names, tell
from tests.support.master_data_requests import effective
from tests.support.patience import eventually
from tests.support.settled import settle_after
from tests.support.soap_requests import BASE, MESSAGE, SOAP
from tests.support.wire_rules import WSDL_DIRECTORY

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.8")

NOUNS = [noun for noun in REQUESTED_NOUNS if noun != "MasterDataLinkageConfig"]


@dataclass(frozen=True)
class Told:
    """A message to a subscriber that keeps the contract."""

    operation: str
    header: dict[str, str]
    objects: list[etree._Element]

    @classmethod
    def of(cls, body: bytes) -> "Told":
        (element,) = etree.fromstring(body).iterfind(f"{{{SOAP}}}Body/*")
        header = {str(child.tag).removeprefix(f"{{{MESSAGE}}}"): child.text or "" for child in element[0]}
        schema = etree.XMLSchema(file=str(WSDL_DIRECTORY / "xsd" / f"{header['Noun']}Message.xsd"))
        assert schema.validate(etree.ElementTree(element)), schema.error_log
        (root,) = element.iterfind("{*}Payload/*")
        assert root.tag == f"{{{BASE}/{header['Noun']}#}}{header['Noun']}"
        return cls(etree.QName(element).localname, header, list(root))


@pytest.fixture
def subscriber() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def publishing(tmp_path: Path, subscriber: Receiver) -> Iterator[InProcessHeadEnd]:
    """A head end that tells the subscriber of all master data, in the background as in earnest."""
    subscriptions = [{"url": subscriber.url, "noun": noun} for noun in REQUESTED_NOUNS]
    with in_process(tmp_path, NOON, subscriptions=subscriptions) as opened:
        opened.head_end.start()
        yield opened


def received(subscriber: Receiver, count: int = 1) -> list[Told]:
    """What has arrived, once it is as many messages."""
    eventually(lambda: len(subscriber.received) >= count, f"{count} messages arrive")
    return [Told.of(one.body) for one in subscriber.received]


@pytest.mark.parametrize("noun", NOUNS)
def test_the_life_of_an_object_is_told(publishing: InProcessHeadEnd, subscriber: Receiver, noun: str) -> None:
    one = named(class_of(noun), "one")
    for verb in ("create", "change", "close", "delete"):
        done(publishing, verb, noun, one)
    told = received(subscriber, 4)
    assert [each.operation for each in told] == [
        f"{verb}{noun}" for verb in ("Created", "Changed", "Closed", "Deleted")
    ]
    assert [each.header["Noun"] for each in told] == [noun] * 4
    assert {len(each.objects) for each in told} == {1}
    assert {each.objects[0].findtext("{*}Names/{*}name") for each in told} == {"one"}
    assert len({each.objects[0].findtext("{*}mRID") for each in told}) == 1


def test_what_is_told_is_what_was_said_and_the_mrid(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    organisation = "<Organisation><phone1><areaCode>030</areaCode></phone1></Organisation>"
    reply = done(publishing, "create", "CustomerConfig", f"<Customer>{names('one')}{organisation}</Customer>")
    (told,) = received(subscriber)
    (customer,) = told.objects
    assert [customer.findtext("{*}mRID")] == list(reply.ids)
    assert customer.findtext("{*}Organisation/{*}phone1/{*}areaCode") == "030"


def test_a_cancelled_object_is_told(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    ahead = "<ConfigurationEvents><effectiveDateTime>2026-04-01T00:00:00Z</effectiveDateTime></ConfigurationEvents>"
    done(publishing, "create", "CustomerConfig", f"<Customer>{ahead}{names('one')}</Customer>")
    done(publishing, "cancel", "CustomerConfig", named("Customer", "one"))
    created, canceled = received(subscriber, 2)
    assert (created.header["Verb"], canceled.header["Verb"]) == ("created", "canceled")
    assert created.objects[0].findtext("{*}ConfigurationEvents/{*}effectiveDateTime") == "2026-04-01T00:00:00Z"


def test_objects_of_one_message_are_told_in_one_and_refused_ones_are_not(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    done(publishing, "create", "CustomerConfig", named("Customer", "one"))
    assert execute(publishing, "create", "CustomerConfig", named("Customer", "one", "two", "three")).result == "PARTIAL"
    _, told = received(subscriber, 2)
    assert [one.findtext("{*}Names/{*}name") for one in told.objects] == ["two", "three"]


def test_a_request_that_does_nothing_tells_nobody(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    assert execute(publishing, "change", "CustomerConfig", named("Customer", "nobody")).result == "FAILED"
    done(publishing, "create", "CustomerConfig", named("Customer", "one"))
    (told,) = received(subscriber)
    assert told.header["Verb"] == "created"


def test_links_are_told_with_the_instant_from_which_they_hold(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    done(publishing, "create", "UsagePointConfig", named("UsagePoint", "somewhere"))
    pair = named("Meter", "M00000003") + named("UsagePoint", "somewhere")
    done(publishing, "change", "MasterDataLinkageConfig", effective("2026-04-01T00:00:00Z") + pair)
    done(publishing, "cancel", "MasterDataLinkageConfig", pair)
    _, changed, canceled = received(subscriber, 3)
    assert [etree.QName(one).localname for one in changed.objects] == ["ConfigurationEvent", "Meter", "UsagePoint"]
    assert changed.objects[0].findtext("{*}effectiveDateTime") == "2026-04-01T00:00:00+00:00"
    assert (canceled.operation, len(canceled.objects)) == ("CanceledMasterDataLinkageConfig", 2)


def test_what_others_tell_is_told_on(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    tell(publishing, "created", "CustomerConfig", named("Customer", "one"))
    tell(publishing, "changed", "CustomerConfig", named("Customer", "one", "two"))
    told = received(subscriber, 3)
    assert [(one.header["Verb"], one.objects[0].findtext("{*}Names/{*}name")) for one in told] == [
        ("created", "one"),
        ("created", "two"),
        ("changed", "one"),
    ]


@pytest.mark.parametrize(
    ("fields", "correlation"),
    [({"CorrelationID": "c-1", "MessageID": "m-1"}, "c-1"), ({"MessageID": "m-1"}, "m-1"), ({}, None)],
    ids=["the CorrelationID", "else the MessageID", "else none"],
)
def test_a_publication_is_correlated_with_the_request_that_caused_it(
    publishing: InProcessHeadEnd, subscriber: Receiver, fields: dict[str, str], correlation: str | None
) -> None:
    execute(publishing, "create", "CustomerConfig", named("Customer", "one"), fields=fields)
    (told,) = received(subscriber)
    assert told.header.get("CorrelationID") == correlation
    assert told.header["Timestamp"] == "2026-03-02T12:00:00Z"


def test_a_message_that_is_refused_is_sent_again_though_the_object_is_another_by_now(
    publishing: InProcessHeadEnd, subscriber: Receiver
) -> None:
    subscriber.answers.append(Answer(500, fault("soap:Server", "not now")))
    done(publishing, "create", "CustomerConfig", f"<Customer><vip>false</vip>{names('one')}</Customer>")
    received(subscriber)
    done(publishing, "change", "CustomerConfig", f"<Customer><vip>true</vip>{names('one')}</Customer>")

    settle_after(publishing, minutes=1)
    first, again, changed = subscriber.received
    assert again.body == first.body
    assert Told.of(changed.body).header["Verb"] == "changed"


def test_every_publication_has_a_message_id_of_its_own(publishing: InProcessHeadEnd, subscriber: Receiver) -> None:
    for verb in ("create", "delete", "create", "delete"):
        done(publishing, verb, "CustomerConfig", named("Customer", "one"))
    told = received(subscriber, 4)
    assert len({one.header["MessageID"] for one in told}) == 4

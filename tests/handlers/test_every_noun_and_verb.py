"""Bad input, noun by noun, verb by verb, error by error: a code that fits, what it is about, and nothing half done.

A walk over whatever the head end carries out: what is added to it is walked over, too. Sets of operations have their
own errors and their own tests.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from headend.contract import Contract, OperationDescription, ServiceDescription, ViolationKind
from headend.handlers.master_data import REQUESTED_NOUNS
from headend.operations.master_data.classes import classes
from tests.conftest import NOON
from tests.support.any_message import empty_root, message, payload, request
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.instances import broken, instance
from tests.support.master_data_requests import acting, asking, one
from tests.support.refusals import turned_down
from tests.support.reply import Reply
from tests.support.soap_requests import create_meter_readings, wanted_reading

NOUNS = [
    line.split("\t")[0]
    for line in (Path(__file__).parents[2] / "wsdl" / "tables" / "nouns.tsv").read_text("utf-8").splitlines()[1:]
]
MOST_METERS = 2
every_noun = pytest.mark.parametrize("noun", NOUNS)


class Watched:
    """A head end whose database tells whether anybody has written into it."""

    def __init__(self, head_end: InProcessHeadEnd, database: sqlite3.Connection) -> None:
        self.head_end = head_end
        self._database = database

    def writes(self) -> int:
        """Another number after each transaction that has changed anything."""
        ((version,),) = self._database.execute("PRAGMA data_version")
        return int(version)

    def operations(self, noun: str) -> list[tuple[ServiceDescription, OperationDescription]]:
        """What is carried out on a noun, each with the service that offers it."""
        head_end = self.head_end.head_end
        found = [
            (service, operation)
            for name, service in head_end.contract.services.items()
            if name in head_end.services and service.noun == noun and not service.is_for_operation_sets
            for operation in service.operations
            if operation.name in head_end.carried_out
        ]
        if not found:
            pytest.skip(f"nothing is carried out on {noun}")
        return found


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    directory = tmp_path_factory.mktemp("walk")
    with (
        in_process(directory, NOON, max_meters_per_request=MOST_METERS) as head_end,
        closing(sqlite3.connect(directory / "headend.db")) as database,
    ):
        yield Watched(head_end, database)


@dataclass(frozen=True, slots=True)
class Case:
    """One operation, to be called with something wrong."""

    contract: Contract
    service: ServiceDescription
    operation: OperationDescription

    @property
    def is_get(self) -> bool:
        return self.operation.verb == "get"

    def good(self) -> etree._Element:
        return self.around(instance(self.contract, self.service.noun, get=self.is_get, full=False))

    def around(self, root: etree._Element) -> etree._Element:
        """The part of the message in which a root belongs."""
        return request(root) if self.is_get else payload(root)

    def broken(self, kind: ViolationKind) -> bytes | None:
        """With one violation of a kind; None where the profile offers no place for it."""
        roots = dict(broken(self.contract, self.service.noun, get=self.is_get))
        return message(self.operation, self.around(roots[kind])) if kind in roots else None

    def other(self) -> etree._Element:
        """The root of another noun, as good as can be."""
        noun = "MeterConfig" if self.service.noun != "MeterConfig" else "MeterReadings"
        return self.around(instance(self.contract, noun, get=self.is_get, full=False))


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that can be wrong with a message of any operation."""

    make: Callable[[Case], bytes | None]
    codes: frozenset[str]
    said: str
    """What an error's details hold; {operation} and {noun} are filled in."""
    is_fault: bool = False


def wrong(make: Callable[[Case], bytes | None], codes: str, said: str, is_fault: bool = False) -> Wrong:
    return Wrong(make, frozenset(codes.split()), said, is_fault)


def other_verb(case: Case) -> str:
    return "create" if case.is_get else "get"


EVERYWHERE = {
    "a missing element": wrong(lambda case: case.broken(ViolationKind.MISSING_ELEMENT), "1.6 1.7", "/{operation}/"),
    "a bad value": wrong(lambda case: case.broken(ViolationKind.BAD_VALUE), "1.8", "/{operation}/"),
    "an unknown element": wrong(lambda case: case.broken(ViolationKind.UNEXPECTED_ELEMENT), "1.8", "/{operation}/"),
    "an element twice": wrong(lambda case: case.broken(ViolationKind.REPEATED_ELEMENT), "1.8", "/{operation}/"),
    "another namespace": wrong(lambda case: case.broken(ViolationKind.WRONG_NAMESPACE), "1.6 1.7 1.8", "/{operation}/"),
    "the verb of another operation": wrong(
        lambda case: message(case.operation, case.good(), verb=other_verb(case)), "2.9", "Header/Verb"
    ),
    "a verb that is none": wrong(
        lambda case: message(case.operation, case.good(), verb="Create"), "2.9", "Header/Verb"
    ),
    "another noun in the Header": wrong(
        lambda case: message(case.operation, case.good(), noun="Meter"), "2.5", "Header/Noun"
    ),
    "no Verb": wrong(lambda case: message(case.operation, case.good(), verb=""), "1.5", "Header/Verb"),
    "the payload of another noun": wrong(
        lambda case: message(case.operation, case.other()), "1.6 1.7 1.8", "/{operation}/"
    ),
    "no content at all": wrong(lambda case: message(case.operation), "1.6 1.7", ""),
    "an empty part": wrong(
        lambda case: message(case.operation, request() if case.is_get else payload()), "1.6 1.7", ""
    ),
    "no Header": wrong(
        lambda case: message(case.operation, case.good(), has_header=False), "1.5", "Header", is_fault=True
    ),
}


@every_noun
@pytest.mark.parametrize("mistake", EVERYWHERE)
def test_a_mistake_gets_its_code_and_changes_nothing(watched: Watched, noun: str, mistake: str) -> None:
    expected = EVERYWHERE[mistake]
    for service, operation in watched.operations(noun):
        sent = expected.make(Case(watched.head_end.head_end.contract, service, operation))
        if sent is None:
            continue
        before = watched.writes()
        reply = watched.head_end.post(service.name, sent)
        told = f"{operation.name} with {mistake}: {reply.codes} {reply.said}\n{sent.decode()}"
        assert reply.fault is None or expected.is_fault, told
        assert turned_down(reply, operation.verb) <= expected.codes, told
        assert expected.said.format(operation=operation.name, noun=noun) in reply.said, told
        assert watched.writes() == before, told


@every_noun
def test_a_payload_without_objects_is_refused(watched: Watched, noun: str) -> None:
    for service, operation in watched.operations(noun):
        if operation.verb == "get":
            continue  # a request profile without selectors asks for everything
        before = watched.writes()
        reply = watched.head_end.post(service.name, message(operation, payload(empty_root(noun))))
        assert turned_down(reply, operation.verb) <= {"1.6", "1.7"}, f"{operation.name} {reply.codes} {reply.said}"
        assert watched.writes() == before, operation.name


@every_noun
def test_a_message_at_the_service_of_another_noun_is_told_where_to_go(watched: Watched, noun: str) -> None:
    elsewhere = "GetMeterReadings" if noun != "MeterReadings" else "GetEndDeviceEvents"
    for service, operation in watched.operations(noun):
        case = Case(watched.head_end.head_end.contract, service, operation)
        before = watched.writes()
        reply = watched.head_end.post(elsewhere, message(operation, case.good()))
        assert reply.fault is not None, operation.name
        assert reply.fault.sentence.endswith(f"is served at /services/{service.name}")
        assert watched.writes() == before, operation.name


# Master data: what is created, and what refers to it.

CLASSES = {
    noun: next(each for each in classes().values() if each.noun == noun and each.nature in ("object", "kind", "record"))
    for noun in (*REQUESTED_NOUNS, "ReceiptRecord", "TransactionRecord")
    if noun != "MasterDataLinkageConfig"
}
CREATED = [noun for noun in CLASSES if noun in REQUESTED_NOUNS]
NOBODY = "nobody-of-this-name"


def act(watched: Watched, verb: str, noun: str, *objects: str) -> Reply:
    return watched.head_end.post(f"Execute{noun}", acting(verb, noun, "".join(objects)))


@pytest.mark.parametrize("noun", CREATED)
@pytest.mark.parametrize("verb", ["change", "cancel", "close", "delete"])
def test_an_object_that_is_not_known_is_named_in_the_refusal(watched: Watched, noun: str, verb: str) -> None:
    unknown = CLASSES[noun]
    before = watched.writes()
    reply = act(watched, verb, noun, one(unknown.name, "", NOBODY))
    assert (reply.result, reply.codes) == ("FAILED", [unknown.unknown_code]), reply.said
    assert [error.object_id for error in reply.errors] == [NOBODY]
    assert watched.writes() == before


@pytest.mark.parametrize("noun", CLASSES)
def test_an_object_that_is_not_known_cannot_be_got(watched: Watched, noun: str) -> None:
    unknown = CLASSES[noun]
    reply = watched.head_end.post(f"Get{noun}", asking(noun, one(unknown.name, "", NOBODY)))
    assert (reply.result, reply.codes) == ("FAILED", [unknown.unknown_code]), reply.said
    assert ([error.object_id for error in reply.errors], reply.has_payload) == ([NOBODY], False)


@pytest.mark.parametrize("noun", CREATED)
def test_what_is_created_once_is_not_created_twice(watched: Watched, noun: str) -> None:
    name = f"{noun}-1"
    found = one(CLASSES[noun].name, "", name)
    first = act(watched, "create", noun, found)
    assert (first.result, len(first.ids)) == ("OK", 1), first.said
    before = watched.writes()
    again = act(watched, "create", noun, found)
    assert (again.result, again.codes) == ("FAILED", ["2.15"])
    assert [error.object_id for error in again.errors] == [name]
    assert watched.writes() == before


@pytest.mark.parametrize("noun", CREATED)
def test_of_objects_in_one_message_those_that_can_be_are_created_whole(watched: Watched, noun: str) -> None:
    good, twice = one(CLASSES[noun].name, "", f"{noun}-2"), one(CLASSES[noun].name, "", f"{noun}-3")
    reply = act(watched, "create", noun, twice, good, twice)
    assert (reply.result, reply.codes) == ("PARTIAL", ["2.15", "0.2"]), reply.said
    assert (len(reply.ids), reply.errors[0].object_id) == (2, f"{noun}-3")


@pytest.mark.parametrize("verb", ["create", "change", "close", "delete"])
def test_a_link_to_what_is_not_known_is_not_made(watched: Watched, verb: str) -> None:
    before = watched.writes()
    pair = one("Meter", "", NOBODY) + one("UsagePoint", "", "UP00000001")
    reply = act(watched, verb, "MasterDataLinkageConfig", pair)
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("FAILED", ["2.4"], NOBODY)
    assert watched.writes() == before


# What has a limit.

METERS = [f"M0000000{number}" for number in range(MOST_METERS + 1)]


@pytest.mark.parametrize(
    "ask",
    [
        lambda head_end: head_end.read(*METERS),
        lambda head_end: head_end.disconnect(*METERS),
        lambda head_end: head_end.post("ExecuteMeterReadings", create_meter_readings(*map(wanted_reading, METERS))),
    ],
    ids=["GetMeterReadings", "CreateEndDeviceControls", "CreateMeterReadings"],
)
def test_too_many_meters_are_refused_with_the_limit(watched: Watched, ask: Callable[[InProcessHeadEnd], Reply]) -> None:
    before = watched.writes()
    reply = ask(watched.head_end)
    assert (reply.result, reply.codes) == ("FAILED", ["3.1"])
    assert f"the limit here is {MOST_METERS}" in reply.said
    assert watched.writes() == before

"""zeep calls every operation of every served service, with whatever the schemas allow and with what they do not.

What generated instances say makes no sense, so most of it is refused: what counts is that each answer keeps the
contract (every exchange is checked), that zeep can read it, that its codes are those of Annex B, and that none is a bug
of ours.
"""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from zeep.xsd.context import XmlParserContext

from headend.contract import Contract, OperationDescription, ServiceDescription
from headend.operations.master_data.classes import classes
from headend.operations.reply import reply_codes
from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.instances import broken, instance
from tests.support.refusals import turned_down
from tests.support.reply import Reply
from tests.support.zeep_client import zeep_client_in_process

NOUNS = [
    line.split("\t")[0]
    for line in (Path(__file__).parents[2] / "wsdl" / "tables" / "nouns.tsv").read_text("utf-8").splitlines()[1:]
]
CREATED = [
    (each.noun, each.name)
    for each in classes().values()
    if each.nature in ("object", "kind") and each.noun.endswith("Config")
]
every_noun = pytest.mark.parametrize("noun", NOUNS)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """A head end with five meters, so that whoever asks for everything gets little."""
    with in_process(tmp_path_factory.mktemp("zeep"), NOON, meters=5) as opened:
        yield opened


class Caller:
    """A zeep client of one service."""

    def __init__(self, head_end: InProcessHeadEnd, service: ServiceDescription) -> None:
        self._contract = head_end.head_end.contract
        self._service = service
        self.client = zeep_client_in_process(head_end, service.name)

    def operations(self) -> list[tuple[int, OperationDescription]]:
        """Those that zeep found in the WSDL, which are all of them, with a number each."""
        (port,) = next(iter(self.client.wsdl.services.values())).ports.values()
        operations = [one for one in self._service.operations if one.name in port.binding._operations]
        assert len(operations) == len(self._service.operations)
        return list(enumerate(operations))

    def call(self, operation: OperationDescription, root: etree._Element) -> Any:
        """What zeep makes of the answer."""
        return self.client.service[operation.name](**self._message(operation, root))

    def call_with(self, operation: OperationDescription, good: etree._Element, bad: etree._Element) -> Reply:
        """The message that zeep makes with a good root, posted with another in its place."""
        envelope = self.client.create_message(self.client.service, operation.name, **self._message(operation, good))
        (root,) = envelope.iter(good.tag)
        root.getparent().replace(root, bad)
        self.client.transport.post_xml(self.client.service._binding_options["address"], envelope, _HEADERS)
        return self.last

    @property
    def last(self) -> Reply:
        """The last answer as it came."""
        reply: Reply = self.client.transport.replies[-1]
        return reply

    def root(self, operation: OperationDescription, *, full: bool) -> etree._Element:
        """An instance of the noun, or of its request profile."""
        return instance(self._contract, self._service.noun, get=operation.verb == "get", full=full)

    def broken_root(self, operation: OperationDescription, number: int) -> etree._Element:
        """One with something wrong in it; another number, another sort of thing."""
        roots = broken_roots(self._contract, self._service.noun, operation.verb == "get")
        return deepcopy(roots[number % len(roots)])

    def _message(self, operation: OperationDescription, root: etree._Element) -> dict[str, Any]:
        header = {"Verb": operation.verb, "Noun": operation.noun, "CorrelationID": "c-1"}
        if self._service.is_for_operation_sets:
            step = {"operationId": 1, "noun": self._service.noun, "verb": "create", "_value_1": root}
            return {"Header": header, "Payload": {"OperationSet": {"Operation": [step]}}}
        types = self.client.wsdl.types
        context = XmlParserContext(settings=self.client.settings)
        value = types.get_element(root.tag).parse(root, types, context=context)
        part = "Request" if operation.verb == "get" else "Payload"
        return {"Header": header, part: {etree.QName(root).localname: value}}


@cache
def broken_roots(contract: Contract, noun: str, get: bool) -> list[etree._Element]:
    return [root for _, root in broken(contract, noun, get=get)]


_HEADERS = {"SOAPAction": '""', "Content-Type": "text/xml; charset=utf-8"}


def callers(head_end: InProcessHeadEnd, noun: str) -> list[Caller]:
    """A client of each service that is served for a noun."""
    opened = head_end.head_end
    services = (opened.contract.services[name] for name in sorted(opened.services))
    found = [Caller(head_end, service) for service in services if service.noun == noun]
    if not found:
        pytest.skip(f"no service of {noun} is served")
    return found


@every_noun
@pytest.mark.parametrize("full", [False, True], ids=["minimal", "full"])
def test_zeep_calls_every_operation_with_a_valid_instance(small: InProcessHeadEnd, noun: str, full: bool) -> None:
    for caller in callers(small, noun):
        for _, operation in caller.operations():
            response = caller.call(operation, caller.root(operation, full=full))
            reply = caller.last
            told = f"{operation.name}: {reply.result} {reply.codes} {reply.said}"
            assert (response.Reply.Result, response.Header.CorrelationID) == (reply.result, "c-1"), told
            assert reply.codes == [error.code for error in response.Reply.Error], told
            assert set(reply.codes) <= reply_codes().keys() - {"5.1", "5.3"}, told
            if operation.name not in small.head_end.carried_out:
                assert (reply.result, reply.codes) == ("FAILED", ["2.9"]), told


@every_noun
def test_zeep_calls_every_operation_with_a_broken_instance(small: InProcessHeadEnd, noun: str) -> None:
    for caller in callers(small, noun):
        for number, operation in caller.operations():
            good, bad = caller.root(operation, full=False), caller.broken_root(operation, number)
            reply = caller.call_with(operation, good, bad)
            told = f"{operation.name}: {reply.result} {reply.codes} {reply.said}"
            assert turned_down(reply, operation.verb) <= {"1.6", "1.7", "1.8"}, told


@pytest.mark.parametrize(("noun", "object_type"), CREATED, ids=[noun for noun, _ in CREATED])
def test_zeep_creates_an_object_by_a_name_and_gets_it_back(
    small: InProcessHeadEnd, noun: str, object_type: str
) -> None:
    called = {object_type: [{"Names": [{"name": f"{noun}-by-zeep"}]}]}
    create = zeep_client_in_process(small, f"Execute{noun}").service[f"Create{noun}"]
    created = create(Header={"Verb": "create", "Noun": noun}, Payload={noun: called})
    assert (created.Reply.Result, len(created.Reply.ID)) == ("OK", 1), created.Reply.Error
    get = zeep_client_in_process(small, f"Get{noun}").service[f"Get{noun}"]
    got = get(Header={"Verb": "get", "Noun": noun}, Request={f"Get{noun}": called})
    assert got.Reply.Result == "OK", got.Reply.Error
    (found,) = got.Payload[noun][object_type]
    assert (found.mRID, found.Names[0].name) == (created.Reply.ID[0]._value_1, f"{noun}-by-zeep")


def test_zeep_links_a_meter_with_a_usage_point_and_gets_both(small: InProcessHeadEnd) -> None:
    noun = "MasterDataLinkageConfig"
    for config, object_type in (("MeterConfig", "Meter"), ("UsagePointConfig", "UsagePoint")):
        create = zeep_client_in_process(small, f"Execute{config}").service[f"Create{config}"]
        created = create(Header={"Verb": "create", "Noun": config}, Payload={config: named(object_type)})
        assert created.Reply.Result == "OK", created.Reply.Error
    link = zeep_client_in_process(small, f"Execute{noun}").service[f"Create{noun}"]
    linked = link(Header={"Verb": "create", "Noun": noun}, Payload={noun: {**named("Meter"), **named("UsagePoint")}})
    assert (linked.Reply.Result, len(linked.Reply.ID)) == ("OK", 2), linked.Reply.Error
    get = zeep_client_in_process(small, f"Get{noun}").service[f"Get{noun}"]
    got = get(Header={"Verb": "get", "Noun": noun}, Request={f"Get{noun}": named("Meter")})
    found = got.Payload[noun]
    assert [one.Names[0].name for one in (*found.Meter, *found.UsagePoint)] == ["Meter to link", "UsagePoint to link"]


def named(object_type: str) -> dict[str, Any]:
    return {object_type: [{"Names": [{"name": f"{object_type} to link"}]}]}

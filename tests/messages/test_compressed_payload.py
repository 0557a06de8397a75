"""Payload in its compressed form as an element and as a stream (61968-100:2013, Message.xsd)."""

import tracemalloc
from collections.abc import Iterator

import pytest
from lxml import etree

from headend.contract import Contract
from headend.messages.compressed_payload import content_of_payload, inflate_payload
from headend.operations.refusal import Refusal
from tests.support.compressed import deflated, inflated
from tests.support.soap_requests import BASE, MESSAGE, header

WRAPPER = f"{BASE}/GetMeterReadingsMessage"
MEGABYTE = 1024 * 1024


def payload_of(content: bytes) -> etree._Element:
    """The Payload of a wrapper whose prefixes are none that the content could rely on."""
    return etree.fromstring(b'<p:Payload xmlns:p="%b" xmlns="urn:other">%b</p:Payload>' % (WRAPPER.encode(), content))


@pytest.mark.parametrize("as_tree", [True, False], ids=["tree", "stream"])
def test_a_payload_is_the_same_inside_whether_it_is_a_tree_or_a_stream(as_tree: bool) -> None:
    document = b'<MeterReadings xmlns="urn:readings">\xc3\xa9</MeterReadings>'
    payload = etree.fromstring(document) if as_tree else iter([document[:20], document[20:]])
    content = payload_of(b"".join(content_of_payload(payload, WRAPPER, over_bytes=10)))
    assert [child.tag for child in content] == [f"{{{WRAPPER}}}Compressed", f"{{{WRAPPER}}}Format"]
    assert etree.tostring(inflated(content), encoding="utf-8") == document


@pytest.mark.parametrize("as_tree", [True, False], ids=["tree", "stream"])
def test_a_small_payload_passes_as_it_is(as_tree: bool) -> None:
    document = b'<MeterReadings xmlns="urn:readings">\xc3\xa9</MeterReadings>'
    payload = etree.fromstring(document) if as_tree else iter([document[:20], document[20:]])
    assert b"".join(content_of_payload(payload, WRAPPER, over_bytes=len(document))) == document


def test_no_more_is_held_back_than_the_bound() -> None:
    taken = 0

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield bytes(1_000)

    assert next(content_of_payload(chunks(), WRAPPER, over_bytes=10_000)).startswith(b"<Compressed ")
    assert taken == 11


def test_a_large_payload_takes_the_memory_of_the_bound() -> None:
    readings = bytes(range(256)) * 2_048
    tracemalloc.start()
    try:
        for _ in content_of_payload((bytes(readings) + b" " for _ in range(60)), WRAPPER, over_bytes=MEGABYTE):
            pass
        assert tracemalloc.get_traced_memory()[1] < 3 * MEGABYTE
    finally:
        tracemalloc.stop()


def execute(operation_set: str) -> etree._Element:
    namespace = f"{BASE}/MeterConfigOperationSetMessage"
    return etree.fromstring(
        f'<ExecuteMeterConfigOperationSet xmlns="{namespace}">{header("execute", "OperationSet")}'
        f"<Payload><Compressed>{deflated(operation_set.replace('<OperationSet', f'<OperationSet xmlns={namespace!r}'))}"
        "</Compressed></Payload></ExecuteMeterConfigOperationSet>"
    )


OPERATION = f"<m:Operation xmlns:m='{MESSAGE}'><m:operationId>%s</m:operationId></m:Operation>"


@pytest.mark.clause("61968-9:2013, Annex K")
def test_a_set_of_operations_may_come_compressed() -> None:
    body = execute(f"<OperationSet>{''.join(OPERATION % number for number in range(3))}</OperationSet>")
    assert inflate_payload(body, MEGABYTE) == "/ExecuteMeterConfigOperationSet/Payload/OperationSet"
    assert Contract.load().validate(body) == []
    assert len(body.findall("{*}Payload/{*}OperationSet/{*}Operation")) == 3


def test_compressed_inside_compressed_is_not_inflated() -> None:
    namespace = f"{BASE}/EndDeviceControlsMessage"
    inner = f'<Compressed xmlns="{namespace}">{deflated("<a/>")}</Compressed>'
    body = etree.fromstring(
        f'<CreateEndDeviceControls xmlns="{namespace}"><Payload><Compressed>{deflated(inner)}</Compressed></Payload>'
        "</CreateEndDeviceControls>"
    )
    with pytest.raises(Refusal, match="Compressed holds Compressed, which Payload has already"):
        inflate_payload(body, MEGABYTE)


def test_a_message_without_compressed_is_left_alone() -> None:
    payload = "<Payload><EndDeviceControls/></Payload>"
    text = f'<CreateEndDeviceControls xmlns="{BASE}/EndDeviceControlsMessage">{payload}</CreateEndDeviceControls>'
    body = etree.fromstring(text)
    assert inflate_payload(body, MEGABYTE) is None
    assert etree.tostring(body).decode() == text

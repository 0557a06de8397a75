"""Payload/Compressed, from a request and in a reply (61968-100:2013, Message.xsd)."""

import base64
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.support.compressed import deflated
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import events, intervals
from tests.support.reply import Reply
from tests.support.soap_requests import (
    BASE,
    DISCONNECTED,
    control,
    envelope,
    get_end_device_events,
    get_meter_readings,
    header,
)

METER = "M00000005"
MANY = [f"M{number:08}" for number in range(120)]
"""A day of theirs is a little more than the megabyte that leaves plain by default."""
DAY = ("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")
ASKED = "<Option xmlns:m='http://iec.ch/TC57/2011/schema/message'><m:name>Compressed</m:name>%s</Option>"
OPTION = ASKED % "<m:value>true</m:value>"
PROPERTY = {"Property": {"Name": "Compressed", "Value": "true"}}


@pytest.fixture(scope="module")
def eager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """Compresses whatever is not tiny, where it is asked for."""
    with in_process(tmp_path_factory.mktemp("eager"), NOON, compress_over_bytes=5_000) as opened:
        yield opened


# Out: what a head end sends.


def test_a_large_payload_leaves_compressed_when_an_option_asks_for_it(quiet_head_end: InProcessHeadEnd) -> None:
    plain = quiet_head_end.read(*MANY, period=DAY)
    asked = quiet_head_end.read(*MANY, period=DAY, request=OPTION)
    assert (plain.is_compressed, asked.is_compressed, asked.result) == (False, True, "OK")
    assert len(asked.raw) < len(plain.raw) / 10
    assert intervals(asked) == intervals(plain)


def test_the_bytes_inside_are_those_of_the_plain_payload(eager: InProcessHeadEnd) -> None:
    plain, asked = eager.read(METER, period=DAY), eager.read(METER, period=DAY, request=OPTION)
    assert asked.is_compressed
    assert b"<MeterReadings " in plain.raw
    start, end = plain.raw.index(b"<MeterReadings "), plain.raw.index(b"</w:Payload>")
    text = asked.element.findtext("{*}Payload/{*}Compressed") or ""
    assert gzip.decompress(base64.b64decode(text)) == plain.raw[start:end]


@pytest.mark.parametrize(
    ("asking", "is_compressed"),
    [
        ({"request": OPTION}, True),
        ({"request": ASKED % ""}, True),
        ({"request": ASKED % "<m:value>1</m:value>"}, True),
        ({"request": ASKED % "<m:value>false</m:value>"}, False),
        ({"fields": PROPERTY}, True),
        ({"fields": {"Property": {"Name": "Compressed", "Value": "0"}}}, False),
        ({"request": ASKED % "<m:value>false</m:value>", "fields": PROPERTY}, False),
        ({"fields": {"Property": {"Name": "Colour", "Value": "true"}}}, False),
        ({}, False),
    ],
    ids=[
        "an option", "an option without value", "an option of 1", "an option of false", "a property",
        "a property of 0", "the option before the property", "another property", "nothing",
    ],
)  # fmt: skip
def test_how_a_client_asks(eager: InProcessHeadEnd, asking: dict[str, str], is_compressed: bool) -> None:
    reply = eager.read(METER, period=DAY, **asking)
    assert (reply.result, reply.is_compressed, reply.errors) == ("OK", is_compressed, ())


@pytest.mark.parametrize(
    ("asking", "said"),
    [
        ({"request": ASKED % "<m:value>?</m:value>"}, "Request/Option Compressed (line 1) is '?'; it is true or false"),
        (
            {"fields": {"Property": {"Name": "Compressed", "Value": "gzip"}}},
            "Header/Property Compressed (line 1) is 'gzip'; it is true or false",
        ),
    ],
    ids=["option", "property"],
)
def test_whoever_asks_by_other_words_is_refused(eager: InProcessHeadEnd, asking: dict[str, str], said: str) -> None:
    reply = eager.read(METER, **asking)
    assert (reply.codes, reply.said) == (["1.8"], said)


def test_a_payload_of_just_the_bound_leaves_plain(tmp_path: Path, quiet_head_end: InProcessHeadEnd) -> None:
    plain = quiet_head_end.read(METER, period=DAY).raw
    size = plain.index(b"</w:Payload>") - plain.index(b"<MeterReadings ")
    found = []
    for bound in (size, size - 1):
        with in_process(tmp_path, NOON, compress_over_bytes=bound) as opened:
            found.append(opened.read(METER, period=DAY, request=OPTION).is_compressed)
    assert found == [False, True]


def test_events_leave_compressed_too(head_end: InProcessHeadEnd, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with in_process(tmp_path / "other", NOON, compress_over_bytes=0) as opened:
        for told in (head_end, opened):
            told.disconnect(METER)
        reply = opened.post("GetEndDeviceEvents", get_end_device_events(METER, fields=PROPERTY))
        assert reply.is_compressed
        assert events(reply) == events(head_end.events(METER))


def test_the_same_request_gets_the_same_bytes(eager: InProcessHeadEnd) -> None:
    first, second = (eager.read(METER, period=DAY, request=OPTION).raw for _ in range(2))
    assert first == second


def test_a_refused_request_has_nothing_to_compress(eager: InProcessHeadEnd) -> None:
    reply = eager.read("nobody", request=OPTION)
    assert (reply.codes, reply.has_payload) == (["2.4"], False)


def test_a_reply_to_another_verb_stays_as_the_contract_has_it(eager: InProcessHeadEnd) -> None:
    reply = eager.disconnect("M00000001", fields=PROPERTY)
    assert (reply.result, reply.errors, reply.has_payload) == ("OK", (), False)


def test_with_the_setting_always_nobody_has_to_ask(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, compression="always", compress_over_bytes=5_000) as opened:
        assert [opened.read(METER, period=DAY).is_compressed, opened.read(METER).is_compressed] == [True, False]


def test_with_the_setting_never_whoever_asks_is_told_and_served(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, compression="never", compress_over_bytes=0) as opened:
        reply = opened.read(METER, period=DAY, request=OPTION)
    assert (reply.result, reply.is_compressed, len(intervals(reply))) == ("OK", False, 96)
    ((code, level, details),) = [(error.code, error.level, error.details) for error in reply.errors]
    assert (code, level) == ("1.8", "INFORM")
    assert details == "a compressed payload was asked for; none is sent here (setting compression)"


# In: what a head end takes.

CONTROLS = f'<EndDeviceControls xmlns="{BASE}/EndDeviceControls#">{control(METER)}</EndDeviceControls>'
EMPTY = f'<EndDeviceControls xmlns="{BASE}/EndDeviceControls#"/>'
COMPRESSED = "/CreateEndDeviceControls/Payload/Compressed (line 2)"


def create(payload: str) -> bytes:
    """A CreateEndDeviceControls message; its Payload begins on line 2."""
    return envelope(
        f'<CreateEndDeviceControls xmlns="{BASE}/EndDeviceControlsMessage">'
        f"{header('create', 'EndDeviceControls')}<Payload>\n{payload}</Payload></CreateEndDeviceControls>"
    )


def compressed_element(document: str | bytes, format_name: str = "XML") -> str:
    return f"<Compressed>{deflated(document)}</Compressed><Format>{format_name}</Format>"


def sent(head_end: InProcessHeadEnd, payload: str) -> Reply:
    return head_end.post("ExecuteEndDeviceControls", create(payload))


def binary(document: str) -> str:
    return base64.b64encode(document.encode()).decode()


@pytest.mark.parametrize(
    "payload",
    [
        compressed_element(CONTROLS),
        compressed_element(CONTROLS, "GZIP"),
        compressed_element(f'<?xml version="1.0" encoding="UTF-8"?>\n{CONTROLS}'),
        compressed_element(f'<?xml version="1.0" encoding="UTF-16"?>{CONTROLS}'.encode("utf-16")),
        compressed_element(CONTROLS.replace("<", "<c:").replace("<c:/", "</c:").replace("xmlns", "xmlns:c")),
        f"<Compressed>{deflated(CONTROLS)}</Compressed>",
        f"<Compressed>\n  {deflated(CONTROLS)[:60]}\n  {deflated(CONTROLS)[60:]}\n</Compressed>",
        f"<Compressed><![CDATA[{deflated(CONTROLS)}]]></Compressed>",
        f"<Compressed>{binary(CONTROLS)}</Compressed><Format>BINARY</Format>",
        EMPTY + compressed_element(CONTROLS),
        CONTROLS + "<Compressed/>",
    ],
    ids=[
        "XML", "GZIP", "with a declaration", "UTF-16", "with a prefix", "no Format", "in lines", "CDATA", "BINARY",
        "beside an empty element, as the schema wants it", "empty beside a plain payload",
    ],
)  # fmt: skip
def test_a_compressed_payload_is_carried_out(head_end: InProcessHeadEnd, payload: str) -> None:
    reply = sent(head_end, payload)
    assert (reply.result, reply.errors, len(reply.ids)) == ("OK", (), 1)
    assert [event.type for event in events(head_end.events(METER))] == [DISCONNECTED]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("<Compressed>?</Compressed>", f"{COMPRESSED}: Compressed is '?'; it must be gzip data as base64 text"),
        (CONTROLS + "<Compressed>?</Compressed>", "Compressed is '?'; it must be gzip data"),
        ("<Compressed>false</Compressed>", "Compressed is 'false'; it must be gzip data"),
        (
            compressed_element(CONTROLS, "?"),
            "/CreateEndDeviceControls/Payload/Format (line 2): Format is '?'; served are XML, GZIP, BINARY",
        ),
        (CONTROLS + "<Format>false</Format>", "Format is 'false'; served are XML, GZIP, BINARY"),
        (compressed_element(CONTROLS, "JSON"), "Format is 'JSON'; served are"),
        (compressed_element(CONTROLS, "BINARY"), "Compressed can be inflated, but the content is not well-formed XML"),
        (compressed_element("<a><b></a>"), f"{COMPRESSED}: Compressed can be inflated, but the content is not well-"),
        (compressed_element("  "), "Compressed can be inflated, but there is no content; the XML of a payload is exp"),
        (
            compressed_element(f'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>{CONTROLS}'),
            "Compressed can be inflated, but a document type declaration (DOCTYPE) is not taken",
        ),
        (
            CONTROLS + compressed_element(CONTROLS),
            f"{COMPRESSED}: Compressed holds EndDeviceControls, which Payload has already; only an empty one may stand",
        ),
    ],
    ids=[
        "a question mark", "a question mark beside a payload", "false", "a format of ?", "a format without Compressed",
        "JSON", "gzip called BINARY", "no XML", "blanks", "a DOCTYPE", "twice",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(head_end: InProcessHeadEnd, payload: str, said: str) -> None:
    reply = sent(head_end, payload)
    assert (reply.result, reply.codes) == ("FAILED", ["1.8"])
    assert said in reply.said
    assert events(head_end.events()) == []


INSIDE = "/CreateEndDeviceControls/Payload/EndDeviceControls"


@pytest.mark.parametrize(
    ("payload", "codes", "said"),
    [
        (
            compressed_element(CONTROLS.replace("<Names>", "\n\n<Nams>").replace("</Names>", "</Nams>")),
            ["1.8"],
            f"{INSIDE}/EndDeviceControl/EndDevices/Nams (inside Compressed, line 3): Nams has no place in EndDevices",
        ),
        (
            compressed_element(CONTROLS.replace('<EndDeviceControlType ref="3.31.0.23"/>', "")),
            ["1.7"],
            f"{INSIDE}/EndDeviceControl (inside Compressed, line 1): EndDeviceControlType is missing",
        ),
        (
            compressed_element(f'<MeterReadings xmlns="{BASE}/MeterReadings#"/>'),
            ["1.8"],
            "/CreateEndDeviceControls/Payload/MeterReadings (inside Compressed, line 1): MeterReadings has no place",
        ),
        (
            2 * f"<Compressed>{deflated(CONTROLS)}</Compressed>",
            ["1.7"],
            "/CreateEndDeviceControls/Payload (line 1): EndDeviceControls is missing",
        ),
        (
            compressed_element(CONTROLS) + "<Format>XML</Format>",
            ["1.8"],
            "/CreateEndDeviceControls/Payload/Format[2] (line 2): Format may stand in Payload only once",
        ),
        (
            f'<Compressed kind="gzip">{deflated(CONTROLS)}</Compressed>',
            ["1.7"],
            "EndDeviceControls is missing",
        ),
    ],
    ids=["a wrong tag", "a missing element", "another noun", "two Compressed", "two Formats", "an attribute"],
)
def test_the_schema_judges_what_came_out(head_end: InProcessHeadEnd, payload: str, codes: list[str], said: str) -> None:
    reply = sent(head_end, payload)
    assert (reply.codes, said in reply.said) == (codes, True), reply.said
    assert events(head_end.events()) == []


def test_what_is_larger_inside_than_the_bound_is_refused(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, max_inflated_bytes=10_000) as opened:
        bomb = sent(opened, compressed_element(CONTROLS + " " * 5_000_000))
        just = sent(opened, compressed_element(CONTROLS.ljust(10_000)))
    assert (bomb.codes, just.result) == (["3.1"], "OK")
    assert bomb.said == f"{COMPRESSED}: Compressed holds more than this head end inflates: 10000 bytes"


def test_a_compressed_payload_of_a_get_is_judged_and_not_used(quiet_head_end: InProcessHeadEnd) -> None:
    def read(payload: str) -> Reply:
        message = get_meter_readings(METER).decode()
        return quiet_head_end.post(
            "GetMeterReadings", message.replace("</Request>", f"</Request><Payload>{payload}</Payload>").encode()
        )

    readings = f'<MeterReadings xmlns="{BASE}/MeterReadings#">%s</MeterReadings>'
    wrong, right = readings % "<Meter/>", readings % ""
    assert "/Payload/MeterReadings/Meter (inside Compressed, line 1)" in read(compressed_element(wrong)).said
    assert read("<Compressed>?</Compressed>").codes == ["1.8"]
    assert read(compressed_element(right)).result == "OK"


def test_a_resend_of_a_compressed_request_is_answered_not_repeated(head_end: InProcessHeadEnd) -> None:
    message = create(compressed_element(CONTROLS)).replace(
        b"<m:Noun>EndDeviceControls</m:Noun>", b"<m:Noun>EndDeviceControls</m:Noun><m:MessageID>1</m:MessageID>"
    )
    first, second = (head_end.post("ExecuteEndDeviceControls", message) for _ in range(2))
    assert first.raw == second.raw
    assert len(events(head_end.events(METER))) == 1

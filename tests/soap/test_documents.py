"""Documents that are no SOAP message: each is refused with a fault that says what is wrong and where."""

import re

import pytest

from tests.support.in_process import InProcessHeadEnd
from tests.support.soap_requests import get_meter_readings

MESSAGE = get_meter_readings("M00000001")
TEXT = MESSAGE.decode()


def changed(old: str, new: str) -> bytes:
    """The message with a part replaced."""
    assert old in TEXT
    return TEXT.replace(old, new).encode()


DOCTYPE = r"document type declaration \(DOCTYPE\) is not taken"

LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
BILLION_LAUGHS = f'<!DOCTYPE lolz [<!ENTITY l0 "lol">{LAUGHS}]>'
FILE_ENTITY = '<!DOCTYPE a [<!ENTITY file SYSTEM "file:///etc/hostname">]>'

DOCUMENTS = {
    "nothing": (b"", "there is no body; a SOAP 1.1 envelope is expected"),
    "blanks": (b" \r\n\t ", "there is no body; a SOAP 1.1 envelope is expected"),
    "plain text": (b"hello", "not well-formed XML: .*line 1, column 1"),
    "JSON": (b'{"a": 1}', "not well-formed XML: .*line 1, column 1"),
    "zeros": (b"\0" * 100, "not well-formed XML"),
    "an end that is missing": (MESSAGE[:-10], r"not well-formed XML: .*line 1, column \d+"),
    "tags that cross": (changed("</m:Noun>", "</m:Verb>"), "tag mismatch: Noun .*line 1"),
    "a prefix without a namespace": (changed("<Request", "\n<x:Request"), r"prefix x.*line 2"),
    "an attribute twice": (changed("<Request", '\n<Request a="1" a="2"'), "Attribute a redefined.*line 2"),
    "an entity that nobody declared": (changed("M00000001", "\n&who;"), "Entity 'who' not defined.*line 2"),
    "a control character": (changed("M00000001", "\x01"), "not well-formed XML: .*line 1"),
    "bytes that are no UTF-8": (TEXT.encode().replace(b"M00000001", b"\xff\xfe"), "not well-formed XML: .*line 1"),
    "text behind the envelope": (MESSAGE + b"more", "not well-formed XML: .*line 1"),
    "an encoding that nobody knows": (b'<?xml version="1.0" encoding="klingon"?>' + MESSAGE, "encoding.* klingon"),
    "a declaration that is not at the start": (b'\n<?xml version="1.0"?>' + MESSAGE, "only at the start .*line 2"),
    "a tag without end": (
        TEXT.replace("<Request", "\n<Request " + "a" * 70_000).encode(),
        "a tag is longer than 65536 bytes, line 2",
    ),
    "nesting without end": (b"<a>" * 100_000, "nested deeper than 256, line 1"),
    "nesting in an envelope": (
        changed("M00000001", f"{'<a>' * 300}{'</a>' * 300}"),
        "nested deeper than 256, line 1",
    ),
    "a document type": (b"<!DOCTYPE a>" + MESSAGE, DOCTYPE),
    "a document type in lower case": (b"<!doctype a>" + MESSAGE, "not well-formed|" + DOCTYPE),
    "a document type behind a comment": (b"<!-- <a> --><!DOCTYPE a>" + MESSAGE, DOCTYPE),
    "a document type behind a long comment": (b"<!-- " + b"a" * 100_000 + b" --><!DOCTYPE a>" + MESSAGE, DOCTYPE),
    "a document type in UTF-16": (f"<!DOCTYPE a>{TEXT}".encode("utf-16"), DOCTYPE),
    "a document type in UTF-16 behind a long comment": (
        f"<!--{'a' * 9000}--><!DOCTYPE a>{TEXT}".encode("utf-16"),
        DOCTYPE,
    ),
    "a document type from elsewhere": (b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd">' + MESSAGE, DOCTYPE),
    "an external entity": ((FILE_ENTITY + TEXT.replace("M00000001", "&file;")).encode(), DOCTYPE),
    "an external entity in UTF-16": ((FILE_ENTITY + TEXT.replace("M00000001", "&file;")).encode("utf-16"), DOCTYPE),
    "a billion laughs": ((BILLION_LAUGHS + TEXT.replace("M00000001", "&l9;")).encode(), DOCTYPE),
    "a billion laughs in UTF-16": ((BILLION_LAUGHS + TEXT.replace("M00000001", "&l9;")).encode("utf-16"), DOCTYPE),
    "a billion laughs behind a long comment": (
        (f"<!--{'a' * 9000}-->" + BILLION_LAUGHS + TEXT.replace("M00000001", "&l9;")).encode(),
        DOCTYPE,
    ),
}
"""Bytes, and what the fault says of them."""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_this_document_is_refused_with_a_fault_that_says_what_and_where(
    quiet_head_end: InProcessHeadEnd, name: str
) -> None:
    data, sentence = DOCUMENTS[name]
    fault = quiet_head_end.post("GetMeterReadings", data).fault
    assert fault is not None
    assert (fault.code, fault.detail) == ("Client", None)
    assert re.search(sentence, fault.sentence), fault.sentence


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_head_end_lives_on_after_this_document(quiet_head_end: InProcessHeadEnd, name: str) -> None:
    quiet_head_end.post("GetMeterReadings", DOCUMENTS[name][0])
    assert quiet_head_end.read("M00000001").result == "OK"


def test_the_content_of_a_local_file_is_never_told(
    quiet_head_end: InProcessHeadEnd, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("secret") / "secret.txt"
    secret.write_text("top-secret")
    entity = f'<!DOCTYPE a [<!ENTITY file SYSTEM "{secret.as_uri()}">]>'
    reply = quiet_head_end.post("GetMeterReadings", (entity + TEXT.replace("M00000001", "&file;")).encode())
    assert b"top-secret" not in reply.raw


def test_a_fault_quotes_only_a_piece_of_what_was_sent(quiet_head_end: InProcessHeadEnd) -> None:
    reply = quiet_head_end.post("GetMeterReadings", TEXT.replace("M00000001", "&" + "x" * 100_000 + ";").encode())
    assert len(reply.raw) < 10_000

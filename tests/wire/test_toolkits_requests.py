"""Requests of SOAP toolkits in the field: what is taken without a word, and what is refused with a fault."""

import codecs
import re
from dataclasses import dataclass

import pytest

from tests.support.client import XML
from tests.support.readings import meters
from tests.support.reply import Fault
from tests.support.served import ServedHeadEnd
from tests.support.soap_requests import BASE, SOAP, SOAP12, envelope, get_meter_readings
from tests.support.soap_requests import MESSAGE as MESSAGE_NAMESPACE

NEXT_ACTOR = "http://schemas.xmlsoap.org/soap/actor/next"

MESSAGE = get_meter_readings("M00000120")
TEXT = MESSAGE.decode()
ACTION = "http://iec.ch/TC57/2011/GetMeterReadings/GetMeterReadings"
SCHEMA = "http://www.w3.org/2001/XMLSchema"


@dataclass(frozen=True, slots=True)
class Form:
    """A way to send the message."""

    message: bytes = MESSAGE
    content_type: str = XML
    action: str | None = None


def changed(old: str, new: str, message: str = TEXT) -> bytes:
    """The message with a part replaced."""
    assert old in message
    return message.replace(old, new).encode()


def with_header(blocks: str) -> bytes:
    """The message with a soap:Header."""
    return changed("<soap:Body>", f"<soap:Header>{blocks}</soap:Header><soap:Body>")


def with_declaration(declaration: str, encoding: str) -> bytes:
    """The message in another encoding, with a letter in it that the encoding matters for."""
    text = TEXT.replace("</m:Noun>", "</m:Noun><m:Source>Z\xe4hler AG</m:Source>")
    return (declaration + text).encode(encoding)


WITH_PREFIXES = f"""<e:Envelope xmlns:e="{SOAP}" xmlns:g="{BASE}/GetMeterReadingsMessage"
    xmlns:p="{BASE}/GetMeterReadings#" xmlns:m="{MESSAGE_NAMESPACE}"><e:Body><g:GetMeterReadings><g:Header>
    <m:Verb>get</m:Verb><m:Noun>MeterReadings</m:Noun></g:Header><g:Request><p:GetMeterReadings><p:EndDevice><p:Names>
    <p:name>M00000120</p:name></p:Names></p:EndDevice></p:GetMeterReadings></g:Request></g:GetMeterReadings></e:Body>
    </e:Envelope>"""

TAKEN = {
    "a quoted SOAPAction": Form(action=f'"{ACTION}"'),
    "an unquoted SOAPAction": Form(action=ACTION),
    "an empty SOAPAction": Form(action='""'),
    "a SOAPAction without anything": Form(action=""),
    "no SOAPAction": Form(action=None),
    "a wrong SOAPAction": Form(action='"urn:something-else"'),
    "a Content-Type without charset": Form(content_type="text/xml"),
    "a quoted charset": Form(content_type='text/xml; charset="utf-8"'),
    "a charset in apostrophes": Form(content_type="text/xml; charset='utf-8'"),
    "a charset in capitals and no blank": Form(content_type="Text/XML;charset=UTF-8"),
    "a charset that no XML parser knows": Form(content_type="text/xml; charset=rot13"),
    "a charset that nobody knows": Form(content_type="text/xml; charset=klingon"),
    "an empty charset": Form(content_type="text/xml; charset="),
    "an action behind the charset": Form(content_type=f'text/xml; charset=utf-8; action="{ACTION}"'),
    "application/xml": Form(content_type="application/xml; charset=utf-8"),
    "a byte order mark": Form(codecs.BOM_UTF8 + MESSAGE),
    "a byte order mark and a wrong charset": Form(codecs.BOM_UTF8 + MESSAGE, "text/xml; charset=iso-8859-1"),
    "UTF-16": Form(TEXT.encode("utf-16"), "text/xml; charset=utf-16"),
    "UTF-16 with a charset that says UTF-8": Form(TEXT.encode("utf-16")),
    "UTF-16 by its Content-Type alone": Form(TEXT.encode("utf-16-le"), "text/xml; charset=utf-16le"),
    "latin-1 by its declaration": Form(with_declaration('<?xml version="1.0" encoding="iso-8859-1"?>', "latin-1")),
    "latin-1 by its Content-Type alone": Form(with_declaration("", "latin-1"), "text/xml; charset=iso-8859-1"),
    "a declaration with standalone": Form(b'<?xml version="1.0" encoding="utf-8" standalone="no"?>\r\n' + MESSAGE),
    "an empty line before everything": Form(b"\r\n" + MESSAGE),
    "something behind everything": Form(MESSAGE + b"\r\n\r\n<!-- end -->\n"),
    "indentation": Form(changed("><", ">\r\n\t <")),
    "comments, even about document types": Form(b"<!-- <!DOCTYPE a> -->" + changed("><", "><!-- a --><")),
    "a processing instruction": Form(b"<?toolkit 1?>" + MESSAGE),
    "CDATA": Form(changed("M00000120", "<![CDATA[M00000120]]>")),
    "a comment inside a value": Form(changed("M00000120", "M0000<!-- -->0120")),
    "a character reference": Form(changed("M00000120", "&#77;00000120")),
    "prefixes on every element": Form(WITH_PREFIXES.encode()),
    "the envelope as default namespace": Form(changed("soap:", "", TEXT.replace("xmlns:soap", "xmlns"))),
    "two prefixes for the envelope": Form(
        changed("soap:Body", "env:Body", TEXT.replace("<soap:Envelope", f'<soap:Envelope xmlns:env="{SOAP}"'))
    ),
    "unused namespaces": Form(changed("<soap:Envelope", '<soap:Envelope xmlns:unused="urn:unused"')),
    "an encodingStyle": Form(changed("<soap:Envelope", f'<soap:Envelope soap:encodingStyle="{SOAP}"')),
    "attributes on the Body": Form(changed("<soap:Body>", '<soap:Body Id="a">')),
    "an empty soap:Header": Form(with_header("")),
    "an unknown header block": Form(with_header('<a:Trace xmlns:a="urn:a">1</a:Trace>')),
    "a block that need not be understood": Form(with_header('<a:Trace xmlns:a="urn:a" soap:mustUnderstand="0"/>')),
    "a block that somebody else must understand": Form(
        with_header('<a:Trace xmlns:a="urn:a" soap:mustUnderstand="1" soap:actor="urn:somebody"/>')
    ),
    "an xsi:type that agrees": Form(
        changed("<m:Noun>", f'<m:Noun xmlns:i="{SCHEMA}-instance" xmlns:xs="{SCHEMA}" i:type="xs:string">')
    ),
    "fractional seconds and an offset": Form(
        get_meter_readings("M00000120", fields={"Timestamp": "2026-03-02T13:00:00.1234567+01:00"})
    ),
    "an instant without a zone": Form(get_meter_readings("M00000120", fields={"Timestamp": "2026-03-02T12:00:00"})),
}


@pytest.mark.parametrize("name", TAKEN)
def test_this_form_of_a_request_is_taken_without_a_word(served: ServedHeadEnd, name: str) -> None:
    form = TAKEN[name]
    headers = [] if form.action is None else [("SOAPAction", form.action)]
    reply = served.post("GetMeterReadings", form.message, content_type=form.content_type, headers=headers)
    assert (reply.result, reply.errors, meters(reply)) == ("OK", (), ["M00000120"])


def fault_of(served: ServedHeadEnd, message: bytes, content_type: str = XML) -> Fault:
    fault = served.post("GetMeterReadings", message, content_type=content_type).fault
    assert fault is not None
    return fault


REFUSED = {
    "a header block that must be understood": (
        with_header('<a:Security xmlns:a="urn:a" soap:mustUnderstand="1"/>'),
        "MustUnderstand",
        r"\{urn:a\}Security \(line 1\) says mustUnderstand",
    ),
    "a block that must be understood by the next actor": (
        with_header(f'<a:S xmlns:a="urn:a" soap:actor="{NEXT_ACTOR}" soap:mustUnderstand="1"/>'),
        "MustUnderstand",
        "not understood here",
    ),
    "malformed XML": (changed("</soap:Body>", ""), "Client", r"not well-formed XML: .*line 1, column \d+"),
    "an unknown body element": (
        envelope('\n<GetMeterReeding xmlns="urn:x"/>'),
        "Client",
        r"line 2: GetMeterReeding in namespace urn:x is not served here; the nearest is GetMeterReadings",
    ),
    "no body element": (envelope(""), "Client", r"Body \(line 1\) has 0 elements; .* exactly one"),
    "two body elements": (envelope("<a/>\n<b/>"), "Client", r"Body \(line 1\) has 2 elements; .* exactly one"),
    "two Bodies": (changed("</soap:Body>", "</soap:Body><soap:Body/>"), "Client", "2 Body elements"),
    "no Body": (f'<soap:Envelope xmlns:soap="{SOAP}"/>'.encode(), "Client", "0 Body elements"),
    "a document type": (b"<!DOCTYPE soap:Envelope>" + MESSAGE, "Client", "DOCTYPE"),
    "SOAP 1.2": (changed(SOAP, SOAP12), "VersionMismatch", "is SOAP 1.2; this service speaks SOAP 1.1"),
    "an envelope of another namespace": (
        changed(SOAP, "urn:mine"),
        "VersionMismatch",
        f"in namespace urn:mine; this service speaks SOAP 1.1, namespace {SOAP}",
    ),
    "no envelope at all": (b"<GetMeterReadings/>", "Client", r"root \(line 1\) is GetMeterReadings, not an Envelope"),
}
"""Message, fault code, and what the sentence says."""


@pytest.mark.parametrize("form", REFUSED)
def test_this_form_of_a_request_is_refused_with_a_fault_that_says_why(served: ServedHeadEnd, form: str) -> None:
    message, code, sentence = REFUSED[form]
    fault = fault_of(served, message)
    assert fault.code == code
    assert re.search(sentence, fault.sentence)
    assert fault.detail is None


def test_soap_1_2_is_refused_under_its_own_content_type_too(served: ServedHeadEnd) -> None:
    content_type = f'application/soap+xml; charset=utf-8; action="{ACTION}"'
    assert fault_of(served, changed(SOAP, SOAP12), content_type).code == "VersionMismatch"


@pytest.mark.clause("61968-100:2013, clause 6")
def test_an_invalid_message_gets_the_fault_that_its_operation_declares_where_faults_are_asked_for(
    served_with_faults: ServedHeadEnd,
) -> None:
    reply = served_with_faults.post("GetMeterReadings", changed("Request", "Reqest"))
    assert reply.fault is not None
    assert reply.fault.code == "Client"
    assert (reply.result, reply.codes[0]) == ("FAILED", "1.8")

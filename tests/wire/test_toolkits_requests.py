"""Requests of SOAP toolkits in the field: what is taken without a word, and what is refused with a fault."""

import codecs
import re

import pytest

from tests.support.client import XML
from tests.support.reply import Fault
from tests.support.served import ServedHeadEnd
from tests.support.soap_requests import SOAP, SOAP12, envelope, get_meter_readings

MESSAGE = get_meter_readings("M00000120")
TEXT = MESSAGE.decode()
ACTION = "http://iec.ch/TC57/2011/GetMeterReadings/GetMeterReadings"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def with_header(blocks: str) -> bytes:
    """The message with a soap:Header."""
    return TEXT.replace("<soap:Body>", f"<soap:Header>{blocks}</soap:Header><soap:Body>").encode()


TAKEN = {
    "a quoted SOAPAction": (MESSAGE, XML, f'"{ACTION}"'),
    "an unquoted SOAPAction": (MESSAGE, XML, ACTION),
    "an empty SOAPAction": (MESSAGE, XML, '""'),
    "a SOAPAction without anything": (MESSAGE, XML, ""),
    "no SOAPAction": (MESSAGE, XML, None),
    "a wrong SOAPAction": (MESSAGE, XML, '"urn:something-else"'),
    "a Content-Type without charset": (MESSAGE, "text/xml", None),
    "a quoted charset": (MESSAGE, 'text/xml; charset="utf-8"', None),
    "a charset in capitals and no blank": (MESSAGE, "Text/XML;charset=UTF-8", None),
    "a charset in apostrophes": (MESSAGE, "text/xml; charset='utf-8'", None),
    "a charset that nobody knows": (MESSAGE, "text/xml; charset=rot13", None),
    "an empty charset": (MESSAGE, "text/xml; charset=", None),
    "an action behind the charset": (MESSAGE, f'text/xml; charset=utf-8; action="{ACTION}"', None),
    "application/xml": (MESSAGE, "application/xml; charset=utf-8", None),
    "a byte order mark": (codecs.BOM_UTF8 + MESSAGE, XML, None),
    "a byte order mark and a wrong charset": (codecs.BOM_UTF8 + MESSAGE, "text/xml; charset=iso-8859-1", None),
    "UTF-16": (TEXT.encode("utf-16"), "text/xml; charset=utf-16", None),
    "UTF-16 with a charset that says UTF-8": (TEXT.encode("utf-16"), XML, None),
    "UTF-16 by its Content-Type alone": (TEXT.encode("utf-16-le"), "text/xml; charset=utf-16le", None),
    "latin-1 by its XML declaration": (
        b'<?xml version="1.0" encoding="iso-8859-1"?>' + TEXT.replace("</m:Noun>", "</m:Noun><!-- \xfc -->").encode("latin-1"),
        XML,
        None,
    ),
    "a declaration with standalone": (b'<?xml version="1.0" encoding="utf-8" standalone="no"?>\r\n' + MESSAGE, XML, None),
    "an empty line before everything": (b"\r\n" + MESSAGE, XML, None),
    "indentation": (TEXT.replace("><", ">\r\n\t <").encode(), XML, None),
    "comments": (TEXT.replace("><", "><!-- <!DOCTYPE a> --><").encode(), XML, None),
    "a processing instruction": (b"<?toolkit 1?>" + MESSAGE, XML, None),
    "CDATA": (TEXT.replace("M00000120", "<![CDATA[M00000120]]>").encode(), XML, None),
    "a comment inside a value": (TEXT.replace("M00000120", "M0000<!-- -->0120").encode(), XML, None),
    "a character reference": (TEXT.replace("M00000120", "&#77;00000120").encode(), XML, None),
    "another prefix": (TEXT.replace("soap:", "SOAP-ENV:").replace("xmlns:soap", "xmlns:SOAP-ENV").encode(), XML, None),
    "the envelope as default namespace": (TEXT.replace("soap:", "").replace("xmlns:soap", "xmlns").encode(), XML, None),
    "two prefixes for the envelope": (
        TEXT.replace("soap:Body>", "env:Body>").replace("<soap:Envelope", f'<soap:Envelope xmlns:env="{SOAP}"').encode(),
        XML,
        None,
    ),
    "prefixes on the body": (
        re.sub(r"<(/?)(GetMeterReadings|Header|Request)(?=[ >])(?! xmlns=\S*#)", r"<\1g:\2", TEXT.split("<Request>")[0])
        .replace("g:GetMeterReadings xmlns=", "g:GetMeterReadings xmlns:g=")
        .encode()
        + b"<g:Request>"
        + TEXT.split("<Request>")[1].replace("</Request></GetMeterReadings>", "</g:Request></g:GetMeterReadings>").encode(),
        XML,
        None,
    ),
    "an encodingStyle": (
        TEXT.replace("<soap:Envelope", f'<soap:Envelope soap:encodingStyle="{SOAP}"').encode(),
        XML,
        None,
    ),
    "an empty soap:Header": (with_header(""), XML, None),
    "an unknown header block": (with_header('<a:Trace xmlns:a="urn:a">1</a:Trace>'), XML, None),
    "a block that need not be understood": (
        with_header('<a:Trace xmlns:a="urn:a" soap:mustUnderstand="0">1</a:Trace>'),
        XML,
        None,
    ),
    "a block that another actor must understand": (
        with_header('<a:Trace xmlns:a="urn:a" soap:mustUnderstand="1" soap:actor="urn:somebody">1</a:Trace>'),
        XML,
        None,
    ),
    "an xsi:type that agrees": (
        TEXT.replace("<m:Noun>", f'<m:Noun xmlns:xsi="{XSI}" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">').encode(),
        XML,
        None,
    ),
    "fractional seconds and an offset": (
        get_meter_readings("M00000120", fields={"Timestamp": "2026-03-02T13:00:00.1234567+01:00"}),
        XML,
        None,
    ),
    "an instant without a zone": (
        get_meter_readings("M00000120", fields={"Timestamp": "2026-03-02T12:00:00"}),
        XML,
        None,
    ),
    "unused namespaces": (TEXT.replace("<soap:Envelope", '<soap:Envelope xmlns:unused="urn:unused"').encode(), XML, None),
    "attributes on the Body": (TEXT.replace("<soap:Body>", '<soap:Body Id="a">').encode(), XML, None),
    "something behind the Body": (TEXT.replace("</soap:Envelope>", "\n</soap:Envelope>\n\n").encode(), XML, None),
}  # fmt: skip
"""Message, Content-Type and SOAPAction."""


@pytest.mark.parametrize("form", TAKEN)
def test_this_form_of_a_request_is_taken_without_a_word(served: ServedHeadEnd, form: str) -> None:
    message, content_type, action = TAKEN[form]
    headers = [] if action is None else [("SOAPAction", action)]
    reply = served.post("GetMeterReadings", message, content_type=content_type, headers=headers)
    assert (reply.result, reply.errors) == ("OK", ())


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
        with_header(f'<a:S xmlns:a="urn:a" soap:actor="{SOAP}actor/next" soap:mustUnderstand="1"/>'.replace(f"{SOAP}actor", "http://schemas.xmlsoap.org/soap/actor")),
        "MustUnderstand",
        "not understood here",
    ),
    "malformed XML": (TEXT.replace("</soap:Body>", "").encode(), "Client", r"not well-formed XML: .*line 1, column \d+"),
    "an unknown body element": (
        envelope('\n<GetMeterReeding xmlns="urn:x"/>'),
        "Client",
        r"line 2: GetMeterReeding in namespace urn:x is not served here; the nearest is GetMeterReadings",
    ),
    "no body element": (envelope(""), "Client", r"Body \(line 1\) has 0 elements; .* exactly one"),
    "two body elements": (envelope("<a/>\n<b/>"), "Client", r"Body \(line 1\) has 2 elements; .* exactly one"),
    "two Bodies": (TEXT.replace("</soap:Body>", "</soap:Body><soap:Body/>").encode(), "Client", "2 Body elements"),
    "no Body": (f'<soap:Envelope xmlns:soap="{SOAP}"/>'.encode(), "Client", "0 Body elements"),
    "a document type": (b"<!DOCTYPE soap:Envelope>" + MESSAGE, "Client", "DOCTYPE"),
    "SOAP 1.2": (TEXT.replace(SOAP, SOAP12).encode(), "VersionMismatch", "is SOAP 1.2; this service speaks SOAP 1.1"),
    "an envelope of another namespace": (
        TEXT.replace(SOAP, "urn:mine").encode(),
        "VersionMismatch",
        f"in namespace urn:mine; this service speaks SOAP 1.1, namespace {SOAP}",
    ),
    "no envelope at all": (b"<GetMeterReadings/>", "Client", r"root \(line 1\) is GetMeterReadings, not an Envelope"),
}  # fmt: skip
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
    assert fault_of(served, TEXT.replace(SOAP, SOAP12).encode(), content_type).code == "VersionMismatch"


@pytest.mark.clause("61968-100:2013, clause 6")
def test_an_invalid_message_gets_the_fault_that_its_operation_declares_where_faults_are_asked_for(
    served_with_faults: ServedHeadEnd,
) -> None:
    reply = served_with_faults.post("GetMeterReadings", TEXT.replace("Request", "Reqest").encode())
    assert reply.fault is not None
    assert reply.fault.code == "Client"
    assert (reply.result, reply.codes[0]) == ("FAILED", "1.6")

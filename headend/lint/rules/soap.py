"""Rules on SOAP and HTTP: what stands around a message, and what toolkits of the field need from it."""

from __future__ import annotations

import re

from lxml import etree

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.elements import child, local
from headend.lint.exchange import Exchange
from headend.lint.finding import Severity, Side
from headend.lint.part import BODY, Part
from headend.lint.rule import Need, OnAnswer, OnEnvelope, OnExchange, OnText, Remarks, Rule
from headend.messages.xml_names import SOAP12_ENVELOPE, SOAP_ENVELOPE, tag

_ENVELOPE, _HEADER, _FAULT = (tag(SOAP_ENVELOPE, name) for name in ("Envelope", "Header", "Fault"))
_ENCODING_STYLE = tag(SOAP_ENVELOPE, "encodingStyle")
_FAULT_CODES = ("Client", "Server", "VersionMismatch", "MustUnderstand")
_FAULT_CHILDREN = ("faultcode", "faultstring", "faultactor", "detail")
_DECLARED_ENCODING = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"']+)")
_INTERNALS = re.compile(r'Traceback \(|File "|\bat [\w.$]+\([\w]+\.java:\d+\)|object at 0x')
_OK, _FAULTED = 200, 500


def _well_formed(part: Part) -> Remarks:
    # What comes with another status is no SOAP at all, which soap.http-status tells.
    if part.problem is not None and part.status in (None, _OK, _FAULTED):
        yield part.remark(part.problem)


def _envelope(part: Part) -> Remarks:
    if part.root is None or part.root.tag == _ENVELOPE:
        return
    name = etree.QName(part.root)
    if name.namespace == SOAP12_ENVELOPE:
        yield part.remark("the root is an Envelope of SOAP 1.2", part.root)
    else:
        where = f"in namespace {name.namespace}" if name.namespace else "in no namespace"
        yield part.remark(f"the root is {name.localname} {where}", part.root)


def _one_body_element(part: Part) -> Remarks:
    root = part.root
    if root is None:
        return
    bodies = [one for one in root if one.tag == BODY]
    if len(bodies) != 1:
        yield part.remark(f"the Envelope has {len(bodies)} Body elements", root)
    elif len(part.body) != 1:
        yield part.remark(f"the Body holds {len(part.body)} elements", bodies[0])


def _no_header_in_answer(part: Part) -> Remarks:
    if part.side is Side.RESPONSE and part.root is not None and (found := part.root.find(_HEADER)) is not None:
        yield part.remark("the answer has a soap:Header", found)


def _no_nil(part: Part) -> Remarks:
    yield from (
        part.remark_at(f"{name} has xsi:nil", where) for attribute, name, where in part.xsi if attribute == "nil"
    )


def _no_type(part: Part) -> Remarks:
    if part.side is Side.RESPONSE:
        yield from (
            part.remark_at(f"{name} has xsi:type", where) for attribute, name, where in part.xsi if attribute == "type"
        )


def _no_encoding_style(part: Part) -> Remarks:
    if part.side is Side.REQUEST or part.root is None:
        return
    for element in part.root.iter("*"):
        if element.get(_ENCODING_STYLE) is not None:
            yield part.remark(f"{local(element)} has soap:encodingStyle", element)


def _no_default_namespace(part: Part) -> Remarks:
    if part.side is Side.RESPONSE and part.root is not None and None in part.root.nsmap:
        yield part.remark(f"the Envelope has the default namespace {part.root.nsmap[None]}", part.root)


def _no_instruction(part: Part) -> Remarks:
    if part.side is Side.RESPONSE and part.instructions:
        count = part.instructions
        yield part.remark(f"the answer has {count} processing instruction{'' if count == 1 else 's'}")


def _starts_with_xml(part: Part) -> Remarks:
    if part.side is Side.RESPONSE and part.root is not None and part.data[:1] != b"<":
        before = part.data.partition(b"<")[0]
        yield part.remark(f"{len(before)} byte{'s' if len(before) > 1 else ''} stand before the XML: {before[:10]!r}")


def _utf_8(part: Part) -> Remarks:
    declared = _DECLARED_ENCODING.match(part.data)
    if part.side is Side.RESPONSE and declared is not None and declared[1].lower() not in (b"utf-8", b"utf8"):
        yield part.remark(f"the answer is declared to be {declared[1].decode('ascii', 'replace')}")


def _answered(exchange: Exchange) -> Remarks:
    response = exchange.entry.response
    if exchange.request is not None and (response is None or not response.length):
        why = exchange.entry.failure or "an empty answer" if response is None else "an empty answer"
        yield exchange.remark(f"the call ended without an answer: {why}", Side.REQUEST)


def _http_status(exchange: Exchange) -> Remarks:
    status, response = exchange.entry.status, exchange.response
    if status is None or response is None or not response.is_whole:
        return
    if response.fault is not None and status != _FAULTED:
        yield exchange.remark(f"a fault came with HTTP {status}")
    elif response.fault is None and response.element is not None and status != _OK:
        yield exchange.remark(f"a message came with HTTP {status}")
    elif response.problem is not None and status not in (_OK, _FAULTED):
        yield exchange.remark(f"HTTP {status} came with no envelope in it")


def _action_fits(exchange: Exchange) -> Remarks:
    action, operation = exchange.entry.soap_action, exchange.operation
    if action and operation is not None and action != operation.soap_action:
        yield exchange.remark(
            f"SOAPAction is {action!r}; that of {operation.name} is {operation.soap_action!r}", Side.REQUEST
        )


def _fault_code(part: Part) -> Remarks:
    element = child(part.fault, "faultcode")
    if part.fault is None or element is None:
        return
    written = (element.text or "").strip()
    prefix, _, code = written.rpartition(":")
    if code not in _FAULT_CODES:
        yield part.remark(f"faultcode is {written!r}", element)
    elif element.nsmap.get(prefix or None) != SOAP_ENVELOPE:
        yield part.remark(f"the prefix of faultcode {written!r} is not that of SOAP 1.1", element)


def _fault_children(part: Part) -> Remarks:
    if part.fault is None:
        return
    names = [str(one.tag) for one in part.fault]
    if names != [name for name in _FAULT_CHILDREN if name in names] or names[:2] != ["faultcode", "faultstring"]:
        yield part.remark(f"the Fault holds {', '.join(names) or 'nothing'}", part.fault)


def _fault_string(part: Part) -> Remarks:
    element = child(part.fault, "faultstring")
    if element is not None and not (element.text or "").strip():
        yield part.remark("faultstring is empty", element)


def _fault_detail(request: Part, response: Part) -> Remarks:
    if response.fault is None or request.kind is Kind.ANSWER:
        return
    detail = child(response.fault, "detail")
    found = [] if detail is None else [str(one.tag) for one in detail]
    operation = request.operation
    if operation is None and found:
        yield response.remark(f"the request is no operation, and detail holds {_locals(found)}", detail)
    elif operation is not None and found and found != [operation.fault]:
        declared = etree.QName(operation.fault).localname
        yield response.remark(f"detail holds {_locals(found)}; {operation.name} declares {declared}", detail)


def _no_internals(part: Part) -> Remarks:
    told = [] if part.fault is None else [child(part.fault, "faultstring")]
    for error in () if part.reply is None else part.reply.errors:
        told += [one for one in error.element if local(one) in ("reason", "details", "stackTrace")]
    for element in told:
        if element is not None and (found := _INTERNALS.search(element.text or "")) is not None:
            yield part.remark(f"{local(element)} tells internals of a program: {found[0]!r}", element)


def _locals(tags: list[str]) -> str:
    return ", ".join(etree.QName(one).localname for one in tags)


_HTTP = frozenset({Need.HTTP})

RULES = (
    Rule(
        "soap.well-formed", Severity.ERROR, clauses.SOAP,
        "A message is a well-formed XML document without a document type declaration.",
        "a document type declaration (DOCTYPE) is not taken, with or without entities",
        OnText(_well_formed),
    ),
    Rule(
        "soap.envelope", Severity.ERROR, clauses.SERVICES,
        "The document is an Envelope of SOAP 1.1: the contract has no other binding.",
        "the root is an Envelope of SOAP 1.2", OnText(_envelope),
    ),
    Rule(
        "soap.one-body-element", Severity.ERROR, clauses.SOAP,
        "The Envelope has one Body, and that holds one element.",
        "the Body holds 2 elements", OnEnvelope(_one_body_element),
    ),
    Rule(
        "soap.no-header-in-answer", Severity.WARNING, clauses.TOOLKITS,
        "An answer has no soap:Header.", "the answer has a soap:Header", OnEnvelope(_no_header_in_answer),
    ),
    Rule(
        "soap.no-nil", Severity.WARNING, clauses.TOOLKITS,
        "Nothing is nil: an element that says nothing is left out.",
        "CorrelationID has xsi:nil", OnEnvelope(_no_nil),
    ),
    Rule(
        "soap.no-type", Severity.WARNING, clauses.TOOLKITS,
        "An answer has no xsi:type.", "Timestamp has xsi:type", OnEnvelope(_no_type),
    ),
    Rule(
        "soap.no-encoding-style", Severity.WARNING, clauses.TOOLKITS,
        "An answer has no encodingStyle.", "Envelope has soap:encodingStyle", OnEnvelope(_no_encoding_style),
    ),
    Rule(
        "soap.no-default-namespace", Severity.WARNING, clauses.TOOLKITS,
        "The Envelope of an answer has no default namespace: the children of a Fault are in none.",
        "the Envelope has the default namespace urn:other", OnEnvelope(_no_default_namespace),
    ),
    Rule(
        "soap.no-processing-instruction", Severity.WARNING, clauses.TOOLKITS,
        "An answer has no processing instruction beside the XML declaration.",
        "the answer has 1 processing instruction", OnEnvelope(_no_instruction),
    ),
    Rule(
        "soap.starts-with-xml", Severity.ERROR, clauses.TOOLKITS,
        "Not one byte stands before the XML of an answer, no blank and no byte order mark.",
        "3 bytes stand before the XML: b'\\xef\\xbb\\xbf'", OnText(_starts_with_xml),
    ),
    Rule(
        "soap.utf-8", Severity.WARNING, clauses.TOOLKITS,
        "An answer is UTF-8.", "the answer is declared to be ISO-8859-1", OnText(_utf_8),
    ),
    Rule(
        "soap.answered", Severity.WARNING, clauses.ENVELOPE,
        "Every call ends with a message or a fault.",
        "the call ended without an answer: the connection was closed", OnExchange(_answered), _HTTP,
    ),
    Rule(
        "soap.http-status", Severity.ERROR, clauses.SOAP_HTTP,
        "A fault is HTTP 500, everything else that is SOAP is HTTP 200.",
        "a fault came with HTTP 400", OnExchange(_http_status), _HTTP,
    ),
    Rule(
        "soap.action-fits", Severity.WARNING, clauses.SOAP_ACTION,
        "SOAPAction, where there is one, is that of the operation.",
        "SOAPAction is 'urn:read'; that of GetMeterReadings is "
        "'http://iec.ch/TC57/2011/GetMeterReadings/GetMeterReadings'",
        OnExchange(_action_fits), _HTTP,
    ),
    Rule(
        "soap.fault-code", Severity.WARNING, clauses.SOAP_FAULT,
        "faultcode is Client, Server, VersionMismatch or MustUnderstand with the prefix of SOAP 1.1, and has no dots.",
        "faultcode is 'soap:Client.Validation'", OnEnvelope(_fault_code),
    ),
    Rule(
        "soap.fault-children", Severity.ERROR, clauses.SOAP_FAULT,
        "A Fault holds in this order, and in no namespace: faultcode, faultstring, faultactor if any, detail if any.",
        "the Fault holds faultstring, faultcode, detail", OnEnvelope(_fault_children),
    ),
    Rule(
        "soap.fault-string", Severity.WARNING, clauses.SOAP_FAULT,
        "faultstring says what is wrong.", "faultstring is empty", OnEnvelope(_fault_string),
    ),
    Rule(
        "soap.fault-detail", Severity.ERROR, clauses.SERVICES,
        "The detail of a fault holds the element that the operation declares and nothing else; where no operation is "
        "known there is none.",
        "detail holds EndDeviceControlsFaultMessage; GetMeterReadings declares MeterReadingsFaultMessage",
        OnAnswer(_fault_detail),
    ),
    Rule(
        "soap.no-internals", Severity.WARNING, clauses.JUDGEMENT,
        "An answer tells nothing of the program behind it, such as a stack trace.",
        "details tells internals of a program: 'Traceback ('", OnEnvelope(_no_internals),
    ),
)  # fmt: skip

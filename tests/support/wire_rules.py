"""The rules that every answer of a head end keeps. All tests get their replies through `checked_reply`.

They are those that fifteen SOAP toolkits of the field need, and the contract's own schemas. Here they are judged with
lxml and the shipped XSDs alone, without the code that made the answer.
"""

import re
from copy import deepcopy
from functools import cache
from pathlib import Path

from lxml import etree

from tests.support.compressed import inflated
from tests.support.raw_http import HttpAnswer
from tests.support.reply import Fault, Reply
from tests.support.soap_requests import MESSAGE, SOAP

WSDL_DIRECTORY = Path(__file__).parents[2] / "wsdl"
FAULT_CODES = {"Client", "Server", "VersionMismatch", "MustUnderstand"}
_ATTRIBUTES = {"xsi": "http://www.w3.org/2001/XMLSchema-instance", "soap": SOAP}
_WSDL = {"wsdl": "http://schemas.xmlsoap.org/wsdl/"}
_INSTANT_WITHOUT_ZONE = re.compile(
    # Other elements repeat what was sent.
    rb"<(?:\w+:)?(?:Timestamp|timeStamp|\w*DateTime|start|end)>\s*[-\d]+T[\d:.]+\s*<"
)
_INTERNALS = re.compile(rb'Traceback|File "|\.py\b|object at 0x')


class BrokenWireRule(AssertionError):
    """An answer that no test should have to look at: it breaks a rule of the wire."""


def checked_reply(path: str, answer: HttpAnswer) -> Reply:
    """The reply in an answer to a SOAP message that was posted to `path`. Raises BrokenWireRule."""
    require = _Requirement(answer)
    require(answer.status in (200, 500), "a SOAP answer is HTTP 200, or 500 for a fault")
    require(answer.header("Content-Type") == "text/xml; charset=utf-8", "Content-Type is text/xml; charset=utf-8")
    require(answer.header("Content-Encoding") is None, "nothing is compressed unasked")
    require(answer.body.startswith(b"<?xml "), "not one byte stands before the XML")
    require(answer.body.count(b"<?") == 1, "there is no processing instruction")
    require(b"<!DOCTYPE" not in answer.body, "there is no document type")
    require(not _INSTANT_WITHOUT_ZONE.search(answer.body), "every instant carries a zone")
    answer.body.decode("utf-8")
    try:
        root = etree.fromstring(answer.body, etree.XMLParser(huge_tree=True, resolve_entities=False))
    except etree.XMLSyntaxError as error:
        raise BrokenWireRule(f"the answer is not well-formed: {error}") from error
    require(root.tag == f"{{{SOAP}}}Envelope", "the root is a SOAP 1.1 Envelope")
    require(not root.xpath("//@xsi:*", namespaces=_ATTRIBUTES), "there is no xsi:type and no xsi:nil")
    require(not root.xpath("//@soap:*", namespaces=_ATTRIBUTES), "there is no encodingStyle")
    require(None not in root.nsmap, "the Envelope has no default namespace, else fault children would be qualified")
    require([child.tag for child in root] == [f"{{{SOAP}}}Body"], "the Envelope holds a Body and nothing else")
    require(len(root[0]) == 1, "the Body holds one element")
    element = root[0][0]
    if element.tag == f"{{{SOAP}}}Fault":
        require(answer.status == 500, "a fault is HTTP 500")
        return _checked_fault(path, answer, element, require)
    require(answer.status == 200, "only a fault is HTTP 500")
    _check_message(path, element, require, position=0)
    return Reply.of(answer, element, None)


def _checked_fault(path: str, answer: HttpAnswer, fault: etree._Element, require: "_Requirement") -> Reply:
    names = [str(child.tag) for child in fault]
    allowed = [name for name in ("faultcode", "faultstring", "faultactor", "detail") if name in names]
    require(names == allowed, "a Fault has unqualified faultcode, faultstring, faultactor?, detail?, in this order")
    prefix, _, code = (fault.findtext("faultcode") or "").rpartition(":")
    require(fault.nsmap.get(prefix) == SOAP, "faultcode has a prefix that is bound to SOAP 1.1")
    require(code in FAULT_CODES, f"faultcode is one of {FAULT_CODES}, not dotted")
    sentence = fault.findtext("faultstring") or ""
    require(bool(sentence.strip()), "faultstring says what is wrong")
    require(not _INTERNALS.search(sentence.encode()), "no internals are told")
    detail = fault.find("detail")
    if detail is None:
        return Reply.of(answer, fault, Fault(code, sentence, None))
    require(code in ("Client", "Server"), "a fault of the envelope has no detail")
    require(len(detail) == 1 and not (detail.text or "").strip(), "detail holds exactly one element")
    _check_message(path, detail[0], require, position=1)
    return Reply.of(answer, detail[0], Fault(code, sentence, detail[0]))


def _check_message(path: str, element: etree._Element, require: "_Requirement", position: int) -> None:
    """position: 0 for the declared output of an operation, 1 for its fault."""
    service = path.partition("?")[0].rstrip("/").rpartition("/")[2]
    declared = {names[position] for names in _declared(service)}
    require(str(element.tag) in declared, f"{element.tag} is declared by {service}: {declared}")
    schema = _schema(service)
    require(schema.validate(etree.ElementTree(element)), f"the message is valid: {schema.error_log}")
    if (payload := element.find("{*}Payload")) is not None and payload.find("{*}Compressed") is not None:
        require(
            [etree.QName(child).localname for child in payload] == ["Compressed", "Format"], "nothing else is there"
        )
        require(payload.findtext("{*}Format") == "XML", "what is compressed is XML")
        plain = deepcopy(element)
        plain[-1][:] = [inflated(payload)]
        require(schema.validate(etree.ElementTree(plain)), f"it is valid inside Compressed: {schema.error_log}")
    errors = element.findall(f"{{*}}Reply/{{{MESSAGE}}}Error")
    result = element.findtext(f"{{*}}Reply/{{{MESSAGE}}}Result")
    require(result != "FAILED" or bool(errors), "a FAILED reply says why")
    require(position == 0 or result == "FAILED", "the reply inside a fault is FAILED")
    told = " ".join("".join(map(str, error.itertext())) for error in errors)
    require(not _INTERNALS.search(told.encode()), "no internals are told")
    if position == 0:
        _check_header(element, require)


def _check_header(element: etree._Element, require: "_Requirement") -> None:
    fields = {str(child.tag).rpartition("}")[2]: child.text for child in element[0]}
    require(fields.get("Verb") == "reply", "the verb of an answer is reply")
    for name in ("Noun", "Timestamp", "Source", "MessageID"):
        require(bool(fields.get(name)), f"Header/{name} is there")
    require(fields.get("CorrelationID") != "", "an unknown CorrelationID is left out, not empty")


@cache
def _declared(service: str) -> list[tuple[str, str]]:
    """(output, fault) of each operation of a service, as `{namespace}name`, from its WSDL."""
    root = etree.parse(WSDL_DIRECTORY / f"{service}.wsdl").getroot()
    elements: dict[str, str] = {}
    for part in root.iterfind("wsdl:message/wsdl:part", _WSDL):
        prefix, _, local = part.get("element", "").rpartition(":")
        message = part.getparent()
        assert message is not None
        elements[message.get("name", "")] = f"{{{part.nsmap[prefix]}}}{local}"

    def element_of(operation: etree._Element, kind: str) -> str:
        (found,) = operation.iterfind(f"wsdl:{kind}", _WSDL)
        return elements[found.get("message", "").rpartition(":")[2]]

    return [
        (element_of(operation, "output"), element_of(operation, "fault"))
        for operation in root.iterfind("wsdl:portType/wsdl:operation", _WSDL)
    ]


@cache
def _schema(service: str) -> etree.XMLSchema:
    root = etree.parse(WSDL_DIRECTORY / f"{service}.wsdl").getroot()
    (location,) = [
        element.get("schemaLocation", "") for element in root.iter("{http://www.w3.org/2001/XMLSchema}import")
    ]
    return etree.XMLSchema(file=str(WSDL_DIRECTORY / location))


class _Requirement:
    """Raises BrokenWireRule with the rule and the beginning of the answer that broke it."""

    def __init__(self, answer: HttpAnswer) -> None:
        self._answer = answer

    def __call__(self, is_kept: bool, rule: str) -> None:
        if not is_kept:
            answer = self._answer
            raise BrokenWireRule(f"{rule}\nHTTP {answer.status} {dict(answer.headers)}\n{answer.body[:2000]!r}")

"""WSDL trees: one service per pattern and noun, named by the rules of IEC 61968-100.

Every file is plain WSDL 1.1 with one SOAP 1.1 port and one schema import: a second port, a `wsdl:import` or
more inline schema breaks toolkits that are in use.
"""

from dataclasses import dataclass

from lxml import etree

from .schema_files import XS
from .tables import Noun

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
SOAP_OVER_HTTP = "http://schemas.xmlsoap.org/soap/http"
BASE = "http://iec.ch/TC57/2011/"

_REQUEST_VERBS = ("Create", "Change", "Cancel", "Close", "Delete")
_EVENT_VERBS = ("Created", "Changed", "Canceled", "Closed", "Deleted")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A message exchange pattern: who asks for what, and by which operations."""

    name: str
    verbs: tuple[str, ...]
    needs: str  # the word in the nouns table that says the noun has this pattern
    input: str  # how the input is called: Request or Event
    about: str
    wrapper: str = "event-request"  # whose messages: `get`, `event-request` or `operationset`

    def service(self, noun: Noun) -> str:
        """Name of the service, and of its file."""
        return f"{self.name}{noun.name}{self._suffix}"

    def subject(self, noun: Noun) -> str:
        """What ports, bindings, actions and the message schema are named after: the pattern only for Get."""
        return f"Get{noun.name}" if self.wrapper == "get" else f"{noun.name}{self._suffix}"

    def message_namespace(self, noun: Noun) -> str:
        """Of every body element."""
        if self.wrapper == "operationset":
            return noun.operation_set_namespace
        return noun.get_message_namespace if self.wrapper == "get" else noun.message_namespace

    @property
    def _suffix(self) -> str:
        return "OperationSet" if self.wrapper == "operationset" else ""


PATTERNS = (
    Pattern("Get", ("Get",), "get", "Request", "A request for {noun}, served by the system that owns the data", "get"),
    Pattern(
        "Execute",
        _REQUEST_VERBS,
        "request",
        "Request",
        "Requests on {noun}, served by the system that carries them out",
    ),
    Pattern(
        "Receive",
        _EVENT_VERBS,
        "send",
        "Event",
        "Events about {noun}, served by a system that listens to them",
    ),
    Pattern("Send", _EVENT_VERBS, "send", "Event", "Events about {noun}, as the publishing side describes them"),
    Pattern(
        "Reply",
        _EVENT_VERBS,
        "reply",
        "Event",
        "Late answers about {noun}, served by the side that asked for them asynchronously",
    ),
    Pattern(
        "Execute",
        ("Execute",),
        "operationset",
        "Request",
        "Sets of operations on {noun} and its neighbours, served by the system that carries them out",
        "operationset",
    ),
    Pattern(
        "Receive",
        ("Executed",),
        "operationset",
        "Event",
        "Sets of operations on {noun} and its neighbours that were carried out, served by a system that listens",
        "operationset",
    ),
)


def service_definitions(pattern: Pattern, noun: Noun) -> etree._Element:
    service, subject = pattern.service(noun), pattern.subject(noun)
    target = BASE + service
    message_namespace = pattern.message_namespace(noun)
    base_noun = subject.removeprefix("Get") if pattern.wrapper == "get" else subject
    definitions = etree.Element(
        f"{{{WSDL}}}definitions",
        nsmap={"wsdl": WSDL, "soap": SOAP, "xs": XS, "tns": target, "m": message_namespace},
    )
    definitions.set("name", service)
    definitions.set("targetNamespace", target)
    _add(definitions, "documentation").text = (
        f"{pattern.about.format(noun=noun.name)} (IEC 61968-9:2013, {noun.clause}). "
        "Generated from the tables in wsdl/tables; change those, not this file."
    )

    # No targetNamespace: this schema only imports, and a namespace without # beside the profile's with #
    # confuses toolkits that make package names of both.
    schema = etree.SubElement(_add(definitions, "types"), f"{{{XS}}}schema")
    etree.SubElement(
        schema,
        f"{{{XS}}}import",
        {"namespace": message_namespace, "schemaLocation": f"xsd/{subject}Message.xsd"},
    )

    verbs = [verb + base_noun for verb in pattern.verbs]
    _message(definitions, "ResponseMessage", f"{base_noun}ResponseMessage")
    _message(definitions, "FaultMessage", f"{base_noun}FaultMessage")
    for operation in verbs:
        _message(definitions, f"{operation}{pattern.input}Message", operation)

    port_type = _add(definitions, "portType", name=f"{subject}_Port")
    for operation in verbs:
        element = _add(port_type, "operation", name=operation)
        input_name = operation + pattern.input
        _add(element, "input", name=input_name, message=f"tns:{input_name}Message")
        _add(element, "output", name=f"{operation}Response", message="tns:ResponseMessage")
        _add(element, "fault", name=f"{operation}Fault", message="tns:FaultMessage")

    binding = _add(definitions, "binding", name=f"{subject}_Binding", type=f"tns:{subject}_Port")
    _soap(binding, "binding", style="document", transport=SOAP_OVER_HTTP)
    for operation in verbs:
        element = _add(binding, "operation", name=operation)
        _soap(element, "operation", soapAction=f"{BASE}{subject}/{operation}", style="document")
        _soap(_add(element, "input", name=operation + pattern.input), "body", use="literal")
        _soap(_add(element, "output", name=f"{operation}Response"), "body", use="literal")
        _soap(_add(element, "fault", name=f"{operation}Fault"), "fault", name=f"{operation}Fault", use="literal")

    port = _add(_add(definitions, "service", name=service), "port", name=f"{subject}_Port")
    port.set("binding", f"tns:{subject}_Binding")
    _soap(port, "address", location=target)
    return definitions


def _message(definitions: etree._Element, name: str, element: str) -> None:
    _add(_add(definitions, "message", name=name), "part", name=name, element=f"m:{element}")


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{WSDL}}}{tag}", attributes)


def _soap(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{SOAP}}}{tag}", attributes)

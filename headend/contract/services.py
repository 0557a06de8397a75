"""Services and operations as the WSDL files declare them (WSDL 1.1, document/literal, SOAP 1.1)."""

from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from .files import ContractError, parsed

NAMESPACES = {
    "wsdl": "http://schemas.xmlsoap.org/wsdl/",
    "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "xs": "http://www.w3.org/2001/XMLSchema",
}
OPERATION_SET = "OperationSet"
"""The noun of messages that carry a set of operations; a service of them is named after the noun that it is about."""
PATTERNS = ("Get", "Execute", "Request", "Receive", "Send", "Reply")  # none is the beginning of another


@dataclass(frozen=True, slots=True)
class OperationDescription:
    """One operation; `input`, `output` and `fault` are the body elements as `{namespace}name`."""

    name: str
    verb: str  # lower case, as in Header/Verb: get, create, created, execute, ...
    noun: str  # as in Header/Noun: that of the payload, or OperationSet
    input: str
    output: str
    fault: str
    soap_action: str


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """One service: a pattern on a noun, at one SOAP 1.1 port."""

    name: str
    pattern: str
    noun: str  # of the payload
    target_namespace: str
    message_namespace: str  # the namespace of every body element
    port: str
    operations: tuple[OperationDescription, ...]

    @property
    def is_for_operation_sets(self) -> bool:
        """Whether its messages carry sets of operations on the noun and its neighbours."""
        return any(operation.noun == OPERATION_SET for operation in self.operations)

    def operation(self, body: str) -> OperationDescription | None:
        """The operation whose request is the body element `{namespace}name`; None if there is none here."""
        return next((operation for operation in self.operations if operation.input == body), None)


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """A WSDL file that has been read: its description, its schema, and its text around the address."""

    description: ServiceDescription
    schema: Path
    before_address: bytes
    after_address: bytes


def read_service(path: Path) -> ServiceFile:
    """Read a WSDL file. Raises ContractError if it lacks something or is not SOAP 1.1 document/literal."""
    return _ServiceReader(path).read()


class _ServiceReader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._root = parsed(path)

    def read(self) -> ServiceFile:
        service = self._only("wsdl:service", self._root)
        name = service.get("name", "")
        pattern = next((each for each in PATTERNS if name.startswith(each)), None)
        if pattern is None:
            raise self._error(f"service {name} is named after no pattern ({', '.join(PATTERNS)})")
        noun = name.removeprefix(pattern)
        port = self._only("wsdl:port", service)
        binding = self._named("wsdl:binding", port.get("binding", ""))
        self._only("soap:binding", binding)  # a SOAP 1.2 binding is of another namespace and is not found
        port_type = self._named("wsdl:portType", binding.get("type", ""))
        operations = tuple(self._operation(operation, binding, noun) for operation in _all("wsdl:operation", port_type))
        if not operations:
            raise self._error("the portType has no operations")
        namespaces = {str(etree.QName(operation.input).namespace) for operation in operations}
        if len(namespaces) != 1:
            raise self._error(f"the requests are in several namespaces: {', '.join(sorted(namespaces))}")
        message_namespace = namespaces.pop()
        description = ServiceDescription(
            name=name,
            pattern=pattern,
            noun=noun.removesuffix(OPERATION_SET),
            target_namespace=self._root.get("targetNamespace", ""),
            message_namespace=message_namespace,
            port=port.get("name", ""),
            operations=operations,
        )
        return ServiceFile(description, self._schema(message_namespace), *self._around_address(port))

    def _operation(self, operation: etree._Element, binding: etree._Element, noun: str) -> OperationDescription:
        name = operation.get("name", "")
        bound = next((each for each in _all("wsdl:operation", binding) if each.get("name") == name), None)
        if bound is None:
            raise self._error(f"the binding does not mention operation {name}")
        return OperationDescription(
            name=name,
            verb=name.removesuffix(noun).lower(),
            noun=OPERATION_SET if noun.endswith(OPERATION_SET) else noun,
            input=self._body(operation, "input"),
            output=self._body(operation, "output"),
            fault=self._body(operation, "fault"),
            soap_action=self._only("soap:operation", bound).get("soapAction", ""),
        )

    def _body(self, operation: etree._Element, direction: str) -> str:
        message = self._named("wsdl:message", self._only(f"wsdl:{direction}", operation).get("message", ""))
        part = self._only("wsdl:part", message)
        prefix, _, local = part.get("element", "").rpartition(":")
        namespace = part.nsmap.get(prefix or None)
        if not local or namespace is None:
            raise self._error(f"message {message.get('name')} names no element of a known namespace")
        return f"{{{namespace}}}{local}"

    def _schema(self, namespace: str) -> Path:
        for each in self._root.iterfind("wsdl:types/xs:schema/xs:import", NAMESPACES):
            if each.get("namespace") == namespace:
                return self._path.parent / each.get("schemaLocation", "")
        raise self._error(f"no schema is imported for {namespace}")

    def _around_address(self, port: etree._Element) -> tuple[bytes, bytes]:
        marker = "address-of-the-caller"
        self._only("soap:address", port).set("location", marker)
        text = etree.tostring(self._root, encoding="UTF-8", xml_declaration=True)
        before, _, after = text.partition(marker.encode())
        return before, after

    def _only(self, tag: str, parent: etree._Element) -> etree._Element:
        found = _all(tag, parent)
        if len(found) != 1:
            raise self._error(f"line {parent.sourceline}: needs exactly one {tag} here, has {len(found)}")
        return found[0]

    def _named(self, tag: str, reference: str) -> etree._Element:
        name = reference.rpartition(":")[2]
        for each in _all(tag, self._root):
            if each.get("name") == name:
                return each
        raise self._error(f"has no {tag} of the name {reference!r}")

    def _error(self, what: str) -> ContractError:
        return ContractError(f"{self._path.name}: {what}")


def _all(tag: str, parent: etree._Element) -> list[etree._Element]:
    return parent.findall(tag, NAMESPACES)

"""What a WSDL and its schemas say, read with lxml alone: the judge shares no code with whoever made the message."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from lxml import etree

WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
WSDL_SOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
XSD = "http://www.w3.org/2001/XMLSchema"
_NAMES = {"w": WSDL, "s": WSDL_SOAP, "s12": WSDL_SOAP12, "xs": XSD}
_MOST_FILES = 300
_MOST_SAID = 3
"""Errors of a message that are told."""
_PIECE = 1 << 16

Fetch = Callable[[str], bytes]
"""The bytes at a URL or path."""


class UnusableWsdl(Exception):
    """It cannot be read as a WSDL, or something in it is missing; the message says what."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; body elements as `{namespace}name`, empty where the WSDL declares none."""

    name: str
    soap_action: str
    input: str
    output: str
    fault: str
    style: str
    use: frozenset[str]
    """How its messages are encoded: literal, encoded."""


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """One WSDL."""

    url: str
    root: etree._Element = field(repr=False)
    operations: tuple[Operation, ...]
    address: str
    """Where soap:address says that it is called; empty where it does not say."""

    def operation(self, name: str) -> Operation | None:
        """The operation of that name."""
        return next((one for one in self.operations if one.name == name), None)

    def named(self, path: str) -> list[etree._Element]:
        """The elements at a path below the root, with the prefixes w, s, s12 and xs."""
        return self.root.findall(path, _NAMES)


def read_description(url: str, fetch: Fetch) -> ServiceDescription:
    """Fetch a WSDL. Raises UnusableWsdl; whatever `fetch` raises is left to the caller."""
    root = _parsed(url, fetch(url))
    if root.tag != f"{{{WSDL}}}definitions":
        raise UnusableWsdl(f"{url}: the root is {root.tag}, not definitions of WSDL 1.1")
    address = root.find("w:service/w:port/s:address", _NAMES)
    return ServiceDescription(
        url, root, tuple(_operations(root)), "" if address is None else address.get("location", "")
    )


def schema_files(description: ServiceDescription, fetch: Fetch) -> dict[str, bytes]:
    """The schemas that a WSDL imports, by URL, and those that they import. Raises as `read_description`."""
    files: dict[str, bytes] = {}
    for schema in description.root.iter(f"{{{XSD}}}schema"):
        _fetch_all(description.url, schema, fetch, files)
    return files


def _fetch_all(base: str, schema: etree._Element, fetch: Fetch, files: dict[str, bytes]) -> None:
    for element in schema.iter(f"{{{XSD}}}import", f"{{{XSD}}}include"):
        location = element.get("schemaLocation")
        if location is None:
            continue
        url = _joined(base, location)
        if url in files:
            continue
        if len(files) >= _MOST_FILES:
            raise UnusableWsdl(f"{base}: more than {_MOST_FILES} schemas are imported")
        files[url] = fetch(url)
        _fetch_all(url, _parsed(url, files[url]), fetch, files)


def _joined(base: str, location: str) -> str:
    return urljoin(base.partition("?")[0] if "://" in location or not location.startswith("?") else base, location)


def _operations(root: etree._Element) -> Iterator[Operation]:
    elements = {
        message.get("name", ""): _named(part, part.get("element", ""))
        for message in root.iterfind("w:message", _NAMES)
        for part in message.iterfind("w:part", _NAMES)
    }
    bound = {
        one.get("name"): one
        for one in root.iterfind("w:binding/w:operation", _NAMES)
        if one.find("s:operation", _NAMES) is not None
    }
    for one in root.iterfind("w:portType/w:operation", _NAMES):
        name = one.get("name", "")
        binding = bound.get(name)
        action = None if binding is None else binding.find("s:operation", _NAMES)
        style = root.find("w:binding/s:binding", _NAMES)
        encoded = (
            [] if binding is None else [*binding.iterfind(".//s:body", _NAMES), *binding.iterfind(".//s:fault", _NAMES)]
        )

        def element(direction: str, of: etree._Element = one) -> str:
            said = of.find(f"w:{direction}", _NAMES)
            return "" if said is None else elements.get(said.get("message", "").rpartition(":")[2], "")

        yield Operation(
            name,
            "" if action is None else action.get("soapAction", ""),
            element("input"),
            element("output"),
            element("fault"),
            next((one.get("style", "") for one in (action, style) if one is not None and one.get("style")), "document"),
            frozenset(one.get("use", "") for one in encoded),
        )


def _named(element: etree._Element, name: str) -> str:
    prefix, _, local = name.rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    return f"{{{namespace}}}{local}" if namespace else local


def _parsed(url: str, data: bytes) -> etree._Element:
    try:
        return etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise UnusableWsdl(f"{url} is not well-formed XML: {error.msg or 'it is empty'}") from error


def _parser() -> etree.XMLParser:
    return etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)


class SchemaJudge:
    """The schemas of one WSDL, compiled."""

    def __init__(self, description: ServiceDescription, fetch: Fetch) -> None:
        """Raises UnusableWsdl where they do not compile; whatever `fetch` raises is left to the caller."""
        self.files = schema_files(description, fetch)
        parser = _parser()
        parser.resolvers.add(_Fetched(self.files))
        try:
            self._schemas = [
                etree.XMLSchema(etree.fromstring(text, parser, base_url=description.url))
                for text in _standing_alone(description)
            ]
        except (etree.XMLSchemaParseError, etree.XMLSyntaxError) as error:
            raise UnusableWsdl(f"{description.url}: its schemas do not compile: {error}") from error
        if not self._schemas:
            raise UnusableWsdl(f"{description.url}: there is no schema in wsdl:types")

    def namespaces(self) -> frozenset[str]:
        """Target namespaces of all files."""
        return frozenset(_parsed(url, data).get("targetNamespace", "") for url, data in self.files.items())

    def errors(self, element: etree._Element) -> list[str]:
        """What is wrong in a body element, the first few sentences; empty where it is valid.

        It goes as text through a validating parser, which is left at the third error: working on a tree, libxml2
        counts the siblings of each error anew, which takes hours for a message that means harm.
        """
        text = etree.tostring(element, with_tail=False) + b"\n"
        first: list[str] = []
        for schema in self._schemas:
            found = _errors(text, schema)
            if not found:
                return []
            first = first or found
        return first


def _standing_alone(description: ServiceDescription) -> Iterator[bytes]:
    """Each xs:schema of wsdl:types as a document; it keeps the prefixes that the WSDL declares."""
    for schema in description.named("w:types/xs:schema"):
        yield etree.tostring(schema, with_tail=False)


class _Fetched(etree.Resolver):
    """Gives the parser what was fetched before, and nothing else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def resolve(self, url: str, _public: str, context: Any) -> Any:  # type: ignore[override]  # lxml passes three
        """An unknown URL is an empty document, which no schema is."""
        return self.resolve_string(self._files.get(url, b""), context, base_url=url)


def _errors(text: bytes, schema: etree.XMLSchema) -> list[str]:
    silence: Any = _Silence()  # the stubs want a method for every event
    parser = etree.XMLParser(target=silence, schema=schema, huge_tree=True)
    said: list[str] = []
    for start in range(0, len(text), _PIECE):
        try:
            parser.feed(text[start : start + _PIECE])
        except etree.XMLSyntaxError as error:
            return [str(error)]
        said = [f"line {one.line}: {_short(one.message)}" for one in list(parser.feed_error_log)[:_MOST_SAID]]
        if len(said) >= _MOST_SAID:
            break
    return said


def _short(message: str) -> str:
    """libxml2 says names with their namespaces, in braces; a person knows them without."""
    parts = message.replace("{", "\0{").split("\0")
    return "".join(part.partition("}")[2] if part.startswith("{") else part for part in parts)


class _Silence:
    """A parser target that wants nothing, so that no tree is built."""

    def close(self) -> None:
        return None

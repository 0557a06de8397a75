"""What a request was nearest to that was refused, or that came to nobody: service, operation, element, soapAction."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from lxml import etree

from headend.contract import Contract, OperationDescription, ServiceDescription
from headend.journal.entry import Direction, Entry
from headend.journal.findings import Finding
from headend.journal.heading import FAULT
from headend.journal.kept_entry import KeptEntry
from headend.journal.opened import charset_of
from headend.messages.xml_names import SOAP12_ENVELOPE, SOAP_ENVELOPE, QualifiedName
from headend.operations.reply import Result
from headend.untrusted_xml import NotXml, parse_document

_SERVICES: Final = "/services/"
_XML: Final = ("text/xml", "application/xml")
_MOST_RULES: Final = 3


@dataclass(frozen=True, slots=True)
class Nearest:
    """An operation that is served, and what would have to be different for it. Of nothing near only `differs` says
    anything.
    """

    service: str | None
    path: str | None
    operation: str | None
    element: str | None
    namespace: str | None
    soap_action: str | None
    differs: tuple[str, ...]


def nearest_to(
    kept: KeptEntry, contract: Contract, served: Collection[str], broken: Sequence[Finding]
) -> Nearest | None:
    """What the request was nearest to; None where nothing was wrong with its way to an operation.

    broken: the rules that the request breaks.
    """
    entry = kept.entry
    if entry.direction is Direction.OUT or not _is_refused(kept):
        return None
    services = {name: contract.services[name] for name in served}
    differs = [*_address(entry, contract, services), *_transport(entry)]
    body, around = _found_body(entry)
    differs += around
    operation, service = None, services.get(entry.service)
    if body is not None:
        operation, service = _operation(body, entry, contract, services)
        if operation is None or str(body.tag) != operation.input or service is not services.get(entry.service):
            differs.append(contract.near_miss(str(body.tag), served).sentence)
        elif not around:
            differs += [f"{one.path or 'the message'}: {one.rule}" for one in broken[:_MOST_RULES]]
        if operation is not None and entry.soap_action not in (None, "", operation.soap_action):
            differs.append(
                f"SOAPAction is {entry.soap_action!r}; that of {operation.name} is {operation.soap_action!r} (the body "
                "element counts, not this)"
            )
    elif service is None:
        service = _named_alike(entry.service, services)
    if not differs:
        return None
    name = None if operation is None else QualifiedName.of(operation.input)
    return Nearest(
        None if service is None else service.name,
        None if service is None else f"{_SERVICES}{service.name}",
        None if operation is None else operation.name,
        None if name is None else name.local,
        None if name is None else name.namespace,
        None if operation is None else operation.soap_action,
        tuple(differs),
    )


def _is_refused(kept: KeptEntry) -> bool:
    return kept.heading.result in (Result.FAILED, FAULT) or (kept.entry.status or 0) >= 400


def _address(entry: Entry, contract: Contract, services: dict[str, ServiceDescription]) -> Iterator[str]:
    path = entry.path.rstrip("/")
    if entry.service in services:
        if path != f"{_SERVICES}{entry.service}":
            yield f"the path is {entry.path}; {entry.service} is served at {_SERVICES}{entry.service}"
        return
    if entry.service in contract.services:
        yield f"{entry.service} is in the contract, but a head end does not serve it: it calls its partners there"
    elif (near := _named_alike(entry.service, services)) is not None:
        yield f"there is no service {entry.service!r}; the nearest name is {near.name}, at {_SERVICES}{near.name}"
    else:
        yield f"there is no service at {entry.path}; all are listed at {_SERVICES}"


def _named_alike(name: str, services: dict[str, ServiceDescription]) -> ServiceDescription | None:
    folded = {one.casefold(): one for one in services}
    near = get_close_matches(name[:100].casefold(), folded, n=1, cutoff=0.75)
    return services[folded[near[0]]] if near else None


def _transport(entry: Entry) -> Iterator[str]:
    headers = {name.lower(): value for name, value in entry.request_headers}
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in _XML:
        yield f"Content-Type is {content_type or 'absent'}; a SOAP 1.1 message comes as text/xml"
    if (encoding := headers.get("content-encoding", "identity").strip().lower()) not in ("", "identity"):
        yield f"Content-Encoding is {encoding}; a message comes as it is"


def _found_body(entry: Entry) -> tuple[etree._Element | None, list[str]]:
    """The element that was meant to be the message, wherever it stands, and what is wrong with what is around it."""
    try:
        root = parse_document(entry.request.body, charset_of(entry.request_headers))
    except NotXml as error:
        return None, [str(error)] if entry.request.is_whole else []
    name = QualifiedName.of(root.tag)
    if name.local != "Envelope":
        return root, [f"there is no Envelope in namespace {SOAP_ENVELOPE} around {name.local}"]
    body = root.find("{*}Body")
    children = [] if body is None else list(body.iterchildren("*"))
    around = []
    if name.namespace != SOAP_ENVELOPE:
        version = "of SOAP 1.2" if name.namespace == SOAP12_ENVELOPE else f"in namespace {name.namespace or '(none)'}"
        around.append(f"the Envelope is {version}; it must be in namespace {SOAP_ENVELOPE} (SOAP 1.1)")
    if len(children) != 1:
        around.append(f"the Body has {len(children)} elements; it needs exactly one" if body is not None else "no Body")
    return (children[0] if children else None), around


def _operation(
    body: etree._Element, entry: Entry, contract: Contract, services: dict[str, ServiceDescription]
) -> tuple[OperationDescription | None, ServiceDescription | None]:
    """The operation of this very element at the service that was called, else the nearest anywhere."""
    called = services.get(entry.service)
    if called is not None and (operation := called.operation(str(body.tag))) is not None:
        return operation, called
    near = contract.near_miss(str(body.tag), services.keys())
    if near.service is None:
        return None, called or _named_alike(entry.service, services)
    service = services[near.service]
    return next(one for one in service.operations if one.name == near.operation), service

"""Messages of any operation, around payloads and request profiles that were made from their schemas."""

from lxml import etree

from headend.contract import OperationDescription
from tests.support.soap_requests import BASE, MESSAGE, SOAP


def message(
    operation: OperationDescription,
    *inside: etree._Element,
    verb: str | None = None,
    noun: str | None = None,
    has_header: bool = True,
) -> bytes:
    """The message with a Header, and then with the elements `inside`: see `payload` and `request`.

    verb, noun: what the Header says instead of what the operation says.
    """
    body = etree.Element(operation.input, nsmap={None: etree.QName(operation.input).namespace, "m": MESSAGE})
    if has_header:
        header = _add(body, "Header")
        etree.SubElement(header, f"{{{MESSAGE}}}Verb").text = operation.verb if verb is None else verb
        etree.SubElement(header, f"{{{MESSAGE}}}Noun").text = operation.noun if noun is None else noun
    for part in inside:
        wrapper = _add(body, str(part.tag))
        wrapper.extend(list(part))
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(body)
    return etree.tostring(envelope)


def payload(*roots: etree._Element) -> etree._Element:
    """The Payload of a message; its namespace comes from the message around it."""
    return _part("Payload", roots)


def request(*profiles: etree._Element) -> etree._Element:
    """The Request of a message, with a request profile in it."""
    return _part("Request", profiles)


def empty_root(noun: str, *, get: bool = False) -> etree._Element:
    """A noun's root element without anything in it."""
    name = f"Get{noun}" if get else noun
    return etree.Element(f"{{{BASE}/{name}#}}{name}")


def _part(name: str, inside: tuple[etree._Element, ...]) -> etree._Element:
    part = etree.Element(name)
    part.extend(inside)
    return part


def _add(body: etree._Element, local: str) -> etree._Element:
    return etree.SubElement(body, f"{{{etree.QName(body).namespace}}}{local}")

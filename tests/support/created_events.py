"""What a subscriber is sent: an event message, held to the contract."""

from functools import cache

from lxml import etree

from tests.support.soap_requests import BASE, SOAP
from tests.support.wire_rules import WSDL_DIRECTORY


def event_message(body: bytes, operation: str, noun: str) -> etree._Element:
    """The body element `operation`, such as CreatedMeterReadings, of a message that keeps the contract of its noun."""
    root = etree.fromstring(body)
    assert body.startswith(b"<?xml")
    assert None not in root.nsmap
    assert [child.tag for child in root] == [f"{{{SOAP}}}Body"]
    (element,) = root[0]
    schema = _schema(noun)
    assert schema.validate(etree.ElementTree(element)), schema.error_log
    assert element.tag == f"{{{BASE}/{noun}Message}}{operation}"
    return element


def created_events(body: bytes) -> etree._Element:
    """The CreatedEndDeviceEvents element."""
    return event_message(body, "CreatedEndDeviceEvents", "EndDeviceEvents")


@cache
def _schema(noun: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(WSDL_DIRECTORY / "xsd" / f"{noun}Message.xsd"))

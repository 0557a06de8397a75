"""What a subscriber is sent: a CreatedEndDeviceEvents message, held to the contract."""

from lxml import etree

from tests.support.soap_requests import BASE, SOAP
from tests.support.wire_rules import WSDL_DIRECTORY


def created_events(body: bytes) -> etree._Element:
    """The CreatedEndDeviceEvents element of a message that keeps the contract."""
    root = etree.fromstring(body)
    assert body.startswith(b"<?xml")
    assert None not in root.nsmap
    assert [child.tag for child in root] == [f"{{{SOAP}}}Body"]
    (element,) = root[0]
    schema = etree.XMLSchema(file=str(WSDL_DIRECTORY / "xsd" / "EndDeviceEventsMessage.xsd"))
    assert schema.validate(etree.ElementTree(element)), schema.error_log
    assert element.tag == f"{{{BASE}/EndDeviceEventsMessage}}CreatedEndDeviceEvents"
    return element

"""The SOAP 1.1 envelope around a message of ours, as fifteen real toolkits want it: no Header, no default namespace."""

from lxml import etree

from headend.messages.xml_names import SOAP_ENVELOPE, tag

PREFIX = "soap"


def envelope(body_child: etree._Element) -> etree._Element:
    """An envelope around one body element."""
    root = etree.Element(tag(SOAP_ENVELOPE, "Envelope"), nsmap={PREFIX: SOAP_ENVELOPE})
    etree.SubElement(root, tag(SOAP_ENVELOPE, "Body")).append(body_child)
    return root


def serialise(root: etree._Element) -> bytes:
    """A document of ours: UTF-8, and nothing before its XML declaration."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

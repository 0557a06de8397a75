"""Payload/Compressed as a client packs and unpacks it: with the standard library, without the code under test."""

import base64
import gzip

from lxml import etree


def deflated(document: str | bytes) -> str:
    """The text of Compressed."""
    data = document.encode() if isinstance(document, str) else document
    return base64.b64encode(gzip.compress(data)).decode()


def inflated(payload: etree._Element) -> etree._Element:
    """The root element inside the Compressed of a Payload."""
    text = payload.findtext("{*}Compressed") or ""
    return etree.fromstring(gzip.decompress(base64.b64decode(text, validate=True)), etree.XMLParser(huge_tree=True))

"""Payload/Compressed: the noun's XML as gzip and base64 (61968-100:2013, Message.xsd)."""

import base64
import binascii
import zlib

from lxml import etree

_MOST_BYTES = 512 * 1024 * 1024
_GZIP = zlib.MAX_WBITS | 16


def inflate_payload(message: etree._Element) -> None:
    """Put what is compressed in a message where it would stand if it were not; leaves alone what cannot be inflated."""
    for element in message.findall("{*}Payload/{*}Compressed"):
        holder = element.getparent()
        if holder is None:
            continue
        try:
            inflate = zlib.decompressobj(_GZIP)
            data = inflate.decompress(
                base64.b64decode("".join((element.text or "").split()), validate=True), _MOST_BYTES
            )
            root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
        except (binascii.Error, zlib.error, etree.XMLSyntaxError, ValueError):
            continue
        for beside in list(holder):
            if str(beside.tag).endswith("}Format"):
                holder.remove(beside)
        holder.replace(element, root)

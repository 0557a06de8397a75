"""Which objects a message names, whatever it says of them: every mRID, name and ID in it."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from headend.messages.compressed import Form, inflated
from headend.messages.xml_text import unescaped

_NAMING: Final = ("{*}mRID", "{*}name", "{*}ID")
_IN_TEXT: Final = re.compile(rb"<(?:mRID|Names><name)>([^<]+)<")
_MOST_INFLATED: Final = 1 << 40  # what the head end compressed itself is no danger to it


def named_in_element(message: etree._Element) -> frozenset[str]:
    """The texts of a message in memory."""
    return frozenset(_texts(message.iter(*_NAMING)))


def named_in_bytes(message: bytes | Iterable[bytes]) -> frozenset[str]:
    """The texts of a serialised message, also those in its Compressed; of a long one that is not compressed no more
    than these is held at once.
    """
    parser = etree.XMLPullParser(events=("end",), huge_tree=True)
    found: set[str] = set()
    for piece in [message] if isinstance(message, bytes) else message:
        parser.feed(piece)
        found.update(_found(_let_go(parser)))
    parser.close()
    found.update(_found(_let_go(parser)))
    return frozenset(found)


def first_named(message: bytes, most: int) -> tuple[str, ...]:
    """mRIDs and names of objects in a message that was written as text here, the first so many, each once."""
    found: dict[str, None] = {}
    for match in _IN_TEXT.finditer(message):
        text = unescaped(match[1].decode()).strip()
        if text:
            found[text] = None
            if len(found) == most:
                break
    return tuple(found)


def _let_go(parser: etree.XMLPullParser) -> Iterator[etree._Element]:
    for _, element in parser.read_events():
        if not isinstance(element, etree._Element):
            continue
        name = etree.QName(element).localname
        if name in ("mRID", "name", "ID", "Compressed"):
            yield element
        elif len(element):
            # Its children have been seen.
            del element[:]


def _found(elements: Iterable[etree._Element]) -> Iterator[str]:
    for element in elements:
        if etree.QName(element).localname == "Compressed":
            yield from named_in_bytes(inflated(element.text or "", Form.GZIP, _MOST_INFLATED))
        else:
            yield from _texts([element])


def _texts(elements: Iterable[etree._Element]) -> Iterator[str]:
    for element in elements:
        text = (element.text or "").strip()
        if text:
            yield text

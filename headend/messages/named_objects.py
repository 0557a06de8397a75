"""Which objects a message names, whatever it says of them: every mRID, name and ID in it."""

from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

_NAMING: Final = ("{*}mRID", "{*}name", "{*}ID")


def named_in_element(message: etree._Element) -> frozenset[str]:
    """The texts of a message in memory."""
    return frozenset(_texts(message.iter(*_NAMING)))


def named_in_bytes(message: bytes | Iterable[bytes]) -> frozenset[str]:
    """The texts of a serialised message; of a long one no more than these is held at once."""
    parser = etree.XMLPullParser(events=("end",), huge_tree=True)
    found: set[str] = set()
    for piece in [message] if isinstance(message, bytes) else message:
        parser.feed(piece)
        found.update(_texts(_let_go(parser)))
    parser.close()
    found.update(_texts(_let_go(parser)))
    return frozenset(found)


def _let_go(parser: etree.XMLPullParser) -> Iterator[etree._Element]:
    for _, element in parser.read_events():
        if not isinstance(element, etree._Element):
            continue
        name = etree.QName(element).localname
        if name in ("mRID", "name", "ID"):
            yield element
        elif len(element):
            # Its children have been seen.
            del element[:]


def _texts(elements: Iterable[etree._Element]) -> Iterator[str]:
    for element in elements:
        text = (element.text or "").strip()
        if text:
            yield text

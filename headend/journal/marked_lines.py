"""A message as people read it, line by line, with what is said of the elements that begin on each."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast

from lxml import etree

from headend.journal.entry import Message
from headend.messages.indented import indented
from headend.soap.envelope import body_element
from headend.soap.faults import SoapFault
from headend.untrusted_xml import NotXml, parse_document

_STEP: Final = re.compile(r"([^\[\]]+)(?:\[([0-9]+)\])?")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something said of an element."""

    path: str | None
    """Local names from the body element on, counted from 1 where siblings share a name; None: of the whole message."""
    sentence: str


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A line, and what is said of it."""

    text: str
    remarks: tuple[str, ...] = ()


def marked_lines(message: Message, remarks: Iterable[Remark]) -> list[MarkedLine]:
    """The message with its elements on lines of their own. What is said of an element that cannot be found, and of the
    whole message, marks no line.
    """
    text = indented(message.body)
    found: dict[int, list[str]] = {}
    body = _body(text)
    for remark in remarks:
        element = None if body is None or not remark.path else _at(body, remark.path)
        if element is not None:
            found.setdefault(cast(int, element.sourceline), []).append(remark.sentence)
    return [MarkedLine(line, tuple(found.get(number, ()))) for number, line in enumerate(text.splitlines(), 1)]


def _body(text: str) -> etree._Element | None:
    try:
        return body_element(parse_document(text.encode()))
    except (NotXml, SoapFault):
        return None


def _at(body: etree._Element, path: str) -> etree._Element | None:
    """The element at a path. That of a fault begins at what is in its detail."""
    first, *steps = path.strip("/").split("/")
    starts = (body, *body.iterfind("detail/*"))
    element = next((one for one in starts if _local(one) == first), None)
    for step in steps:
        matched = _STEP.fullmatch(step)
        if element is None or matched is None:
            return None
        named = [one for one in element.iterchildren("*") if _local(one) == matched[1]]
        position = int(matched[2] or 1)
        element = named[position - 1] if 0 < position <= len(named) else None
    return element


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname

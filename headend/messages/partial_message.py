"""The part of a message that leaves before the whole: half of what it tells, and of a reply the Result PARTIAL.

What is taken out are repeated elements only, so that the part keeps the contract as the whole does.
"""

from typing import Final

from lxml import etree

from headend.messages.envelope import child, reply_element, text
from headend.messages.soap_envelope import serialise
from headend.messages.xml_names import SOAP_ENVELOPE, tag
from headend.operations.reply import Error, Level, Reply, Result

_PARTS: Final = ("EndDevices", "Readings", "IntervalBlocks", "IntervalReadings")
"""What objects repeat that can be missing without making another object of them."""

_REFERRED_TO: Final = "ReadingType"

_MORE_FOLLOWS: Final = Error("0.1", "a part; the whole message follows", Level.INFORM)


def partial_message(document: bytes) -> bytes | None:
    """A serialised message less half of what it repeats; None where there is nothing to take away or to say."""
    root = etree.fromstring(document, etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True))
    body = root.find(tag(SOAP_ENVELOPE, "Body"))
    message = None if body is None else next(body.iterchildren("*"), None)
    if message is None:
        return None
    payload = child(message, "Payload")
    told = None if payload is None else next(payload.iterchildren("*"), None)
    is_halved = told is not None and _halve(told)
    reply = child(message, "Reply")
    if reply is None:
        return serialise(root) if is_halved else None
    if text(reply, "Result") == Result.FAILED:
        return None
    for one in list(reply):
        reply.remove(one)
    reply.extend(reply_element(Reply(Result.PARTIAL, (_MORE_FOLLOWS,))))
    return serialise(root)


def _halve(told: etree._Element) -> bool:
    """Takes the second half of the objects, or of what the only one repeats; whether there was anything to take."""
    objects = [one for one in told.iterchildren("*") if etree.QName(one).localname != _REFERRED_TO]
    if len(objects) > 1:
        return _drop_half(told, objects)
    for parent in told.iter("*"):
        for name in _PARTS:
            parts = list(parent.iterchildren(f"{{*}}{name}"))
            if len(parts) > 1:
                return _drop_half(parent, parts)
    return False


def _drop_half(parent: etree._Element, parts: list[etree._Element]) -> bool:
    for superfluous in parts[(len(parts) + 1) // 2 :]:
        parent.remove(superfluous)
    return True

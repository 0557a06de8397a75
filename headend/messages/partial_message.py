"""The part of a message that leaves before the whole: half of what it tells, and of a reply the Result PARTIAL.

What is taken out are repeated elements only, so that the part keeps the contract as the whole does.
"""

from lxml import etree

from headend.messages.envelope import child, reply_element, text
from headend.messages.soap_envelope import serialise
from headend.messages.xml_names import SOAP_ENVELOPE, tag
from headend.operations.reply import Error, Level, Reply, Result

_MORE_FOLLOWS = Error("0.1", "a part; the whole message follows", Level.INFORM)


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


def _halve(element: etree._Element) -> bool:
    """Takes the second half of the first elements that repeat, looking level by level; whether there were such."""
    level = [element]
    while level:
        for one in level:
            for group in _repeated(one):
                for superfluous in group[(len(group) + 1) // 2 :]:
                    one.remove(superfluous)
                return True
        level = [inner for one in level for inner in one.iterchildren("*")]
    return False


def _repeated(parent: etree._Element) -> list[list[etree._Element]]:
    by_name: dict[str, list[etree._Element]] = {}
    for one in parent.iterchildren("*"):
        by_name.setdefault(str(one.tag), []).append(one)
    return [group for group in by_name.values() if len(group) > 1]

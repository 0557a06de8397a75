"""Header, Reply and Error of the common message envelope, read and written (61968-100:2013, Message.xsd).

Reading is lenient: it takes what can be understood, whatever the order, and leaves it to the schema to say what is
wrong with the rest. Writing is exact: schema order, every instant with its zone.
"""

from datetime import datetime, tzinfo

from lxml import etree

from headend.messages.xml_instants import instant_text, parse_instant
from headend.messages.xml_names import MESSAGE, QualifiedName, tag
from headend.operations.header import Header, ReplayDetection, User
from headend.operations.refusal import UnreadableHeader
from headend.operations.reply import Error, ObjectId, Reply

_PREFIXES = {"m": MESSAGE}


def child(parent: etree._Element, local: str) -> etree._Element | None:
    """The first child of this local name, in whatever namespace."""
    return next(parent.iterchildren(f"{{*}}{local}"), None)


def text(parent: etree._Element | None, local: str) -> str | None:
    """The text of a child, trimmed; None where the child is absent or empty."""
    element = None if parent is None else child(parent, local)
    return None if element is None else (element.text or "").strip() or None


def read_verb_and_noun(body: etree._Element) -> tuple[str | None, str | None]:
    """What the Header says it is, read before anything is validated.

    Raises UnreadableHeader (1.5) where the body element has no Header at all.
    """
    header = _header_of(body)
    return text(header, "Verb"), text(header, "Noun")


def read_header(body: etree._Element, zone: tzinfo) -> Header:
    """The Header of a message. Values that do not parse are left out: the schema reports them.

    zone: taken for an instant that carries none, which the schema allows.
    """
    header = _header_of(body)
    return Header(
        verb=text(header, "Verb") or "",
        noun=text(header, "Noun") or "",
        revision=text(header, "Revision"),
        replay_detection=_read_replay_detection(child(header, "ReplayDetection"), zone),
        context=text(header, "Context"),
        timestamp=_instant_or_none(text(header, "Timestamp"), zone),
        source=text(header, "Source"),
        async_reply=_is_true(text(header, "AsyncReplyFlag")),
        reply_address=text(header, "ReplyAddress"),
        ack_required=_boolean_or_none(text(header, "AckRequired")),
        user=_read_user(child(header, "User")),
        message_id=text(header, "MessageID"),
        correlation_id=text(header, "CorrelationID"),
        comment=text(header, "Comment"),
        properties=tuple(
            (text(element, "Name") or "", text(element, "Value")) for element in header.iterchildren("{*}Property")
        ),
    )


def header_element(header: Header, zone: tzinfo) -> etree._Element:
    """A Header of ours; instants are written in `zone`, the fleet's."""
    element = etree.Element(tag(MESSAGE, "Header"), nsmap=_PREFIXES)
    _add(element, "Verb", header.verb)
    _add(element, "Noun", header.noun)
    _add(element, "Revision", header.revision)
    _add(element, "Context", header.context)
    _add(element, "Timestamp", _instant_text(header.timestamp, zone))
    _add(element, "Source", header.source)
    if header.async_reply:
        _add(element, "AsyncReplyFlag", "true")
    _add(element, "ReplyAddress", header.reply_address)
    if header.ack_required is not None:
        _add(element, "AckRequired", "true" if header.ack_required else "false")
    _add(element, "MessageID", header.message_id)
    _add(element, "CorrelationID", header.correlation_id)
    _add(element, "Comment", header.comment)
    return element


def reply_element(reply: Reply) -> etree._Element:
    """A Reply; where an Error stands in the request is told in its details, since xpath is typed as a QName."""
    element = etree.Element(tag(MESSAGE, "Reply"), nsmap=_PREFIXES)
    _add(element, "Result", reply.result)
    for error in reply.errors:
        element.append(_error_element(error))
    for object_id in reply.ids:
        _add_id(element, "ID", object_id)
    return element


def _error_element(error: Error) -> etree._Element:
    element = etree.Element(tag(MESSAGE, "Error"), nsmap=_PREFIXES)
    _add(element, "code", error.code)
    _add(element, "level", error.level)
    _add(element, "reason", error.reason)
    _add(element, "details", error.details)
    if error.object_id is not None:
        _add_id(element, "ID", error.object_id)
    if error.related_id is not None:
        _add_id(element, "relatedID", error.related_id)
    if error.operation_id is not None:
        _add(element, "operationId", str(error.operation_id))
    return element


def _add_id(parent: etree._Element, local: str, object_id: ObjectId) -> None:
    element = _add(parent, local, object_id.value)
    if element is None:
        return
    for name, value in (
        ("idType", object_id.id_type),
        ("idAuthority", object_id.id_authority),
        ("kind", object_id.kind),
        ("objectType", object_id.object_type),
    ):
        if value is not None:
            element.set(name, value)


def _add(parent: etree._Element, local: str, value: str | None) -> etree._Element | None:
    if value is None:
        return None
    element = etree.SubElement(parent, tag(MESSAGE, local))
    element.text = value
    return element


def _header_of(body: etree._Element) -> etree._Element:
    header = child(body, "Header")
    if header is None:
        where = f"/{QualifiedName.of(body.tag).local} (line {body.sourceline})"
        raise UnreadableHeader.because("1.5", f"{where}: Header is missing; every message begins with one")
    return header


def _read_replay_detection(element: etree._Element | None, zone: tzinfo) -> ReplayDetection | None:
    if element is None:
        return None
    return ReplayDetection(text(element, "Nonce") or "", _instant_or_none(text(element, "Created"), zone))


def _read_user(element: etree._Element | None) -> User | None:
    user_id = text(element, "UserID")
    return None if user_id is None else User(user_id, text(element, "Organization"))


def _instant_or_none(value: str | None, zone: tzinfo) -> datetime | None:
    try:
        return None if value is None else parse_instant(value, zone)
    except ValueError:
        return None


def _instant_text(instant: datetime | None, zone: tzinfo) -> str | None:
    return None if instant is None else instant_text(instant, zone)


def _is_true(value: str | None) -> bool:
    return value in ("true", "1")


def _boolean_or_none(value: str | None) -> bool | None:
    return None if value is None else _is_true(value)

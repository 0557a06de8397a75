"""The payload in its compressed form: Payload/Compressed and Format around or in place of the noun's root element."""

from collections import deque
from collections.abc import Iterator
from itertools import chain

from lxml import etree

from headend.messages.compressed import Form, NotInflated, TooLong, compressed, form_of, inflated
from headend.messages.envelope import child, text
from headend.messages.references import children
from headend.messages.response import Payload, written
from headend.messages.xml_names import QualifiedName, tag
from headend.messages.xml_text import escaped
from headend.operations.refusal import Refusal
from headend.untrusted_xml import NotXml, parse_document

ASKED_BY = "Compressed"
"""Name of the Request/Option, or of the Header/Property, by which a client asks for a compressed payload."""

_TRUE, _FALSE = ("true", "1"), ("false", "0")


def asks_for_compression(body: etree._Element) -> bool:
    """Whether a request wants a compressed payload; its Option counts before its Property, without a value it is true.

    Raises Refusal (1.8) for a value that is no boolean.
    """
    for part, one, name, value in (("Request", "Option", "name", "value"), ("Header", "Property", "Name", "Value")):
        for element in children(child(body, part), one):
            if text(element, name) == ASKED_BY:
                given = text(element, value) or "true"
                if given not in (*_TRUE, *_FALSE):
                    where = f"{part}/{one} {ASKED_BY} (line {element.sourceline})"
                    raise Refusal.because("1.8", f"{where} is {given!r}; it is true or false")
                return given in _TRUE
    return False


def content_of_payload(payload: Payload, namespace: str, over_bytes: int) -> Iterator[bytes]:
    """The content of a Payload in the wrapper's `namespace`, as a stream.

    The root element as it is where it takes at most `over_bytes`, which is as much as is held back before it is
    known; else Compressed, and Format XML.
    """
    text = written(payload)
    chunks = iter((text,)) if isinstance(text, bytes) else text
    held: deque[bytes] = deque()
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size > over_bytes:
            break
    else:
        yield from _given_away(held)
        return
    # Each element says its namespace itself: nothing is known of the prefixes around them.
    declared = escaped(namespace)
    yield b'<Compressed xmlns="%b">' % declared
    yield from compressed(chain(_given_away(held), chunks))
    yield b'</Compressed><Format xmlns="%b">XML</Format>' % declared


def compressed_beside_root(payload: Payload, root: str, namespace: str) -> Iterator[bytes]:
    """The content of a Payload whose contract makes the noun's element mandatory, however small: an empty one, then
    Compressed.

    root: `{namespace}name` of the noun's element.
    """
    name = QualifiedName.of(root)
    yield f'<{name.local} xmlns="{name.namespace}"/>'.encode()
    yield from content_of_payload(payload, namespace, 0)


def inflate_payload(body: etree._Element, most_bytes: int) -> str | None:
    """Put what is inside Payload/Compressed in its place, so that the message is as if it had come plain.

    Where the contract makes the noun's element mandatory, a client has to send an empty one beside Compressed: it makes
    way. What the schema has to say of Payload (an element twice, in another namespace, with attributes) is left to it,
    and so is an empty Compressed.

    Gives the path of the element that came out, None where none did. Raises Refusal: 1.8 for a Format that is not
    served and for what cannot be inflated or read, 3.1 for more than `most_bytes`.
    """
    namespace = QualifiedName.of(body.tag).namespace
    payload = body.find(tag(namespace, "Payload"))
    if payload is None:
        return None
    form = Form.GZIP
    if (format_element := payload.find(tag(namespace, "Format"))) is not None:
        try:
            form = form_of(format_element.text)
        except NotInflated as error:
            raise _refusal(body, format_element, str(error)) from error
    found = payload.findall(tag(namespace, "Compressed"))
    if len(found) != 1 or len(found[0]) or found[0].attrib or not (found[0].text or "").strip():
        return None
    element = found[0]
    try:
        document = inflated(element.text or "", form, most_bytes)
        root = parse_document(document, called="content", expected="the XML of a payload")
    except TooLong as error:
        sentence = f"Compressed holds more than this head end inflates: {most_bytes} bytes"
        raise _refusal(body, element, sentence, "3.1") from error
    except NotInflated as error:
        raise _refusal(body, element, str(error)) from error
    except NotXml as error:
        raise _refusal(body, element, f"Compressed can be inflated, but {error}") from error
    for plain in payload.findall(root.tag):
        if len(plain) or (plain.text or "").strip():
            name = QualifiedName.of(plain.tag).local
            rule = f"Compressed holds {name}, which Payload has already; only an empty one may stand there"
            raise _refusal(body, element, rule)
        payload.remove(plain)
    payload.replace(element, root)
    return "/".join(["", *(QualifiedName.of(one.tag).local for one in (body, payload, root))])


def _given_away(held: deque[bytes]) -> Iterator[bytes]:
    """What is held, which is let go of on the way."""
    while held:
        yield held.popleft()


def _refusal(body: etree._Element, element: etree._Element, rule: str, code: str = "1.8") -> Refusal:
    body_name, name = QualifiedName.of(body.tag).local, QualifiedName.of(element.tag).local
    return Refusal.because(code, f"/{body_name}/Payload/{name} (line {element.sourceline}): {rule}")

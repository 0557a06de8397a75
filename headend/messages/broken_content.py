"""A serialised message that is broken on purpose: answers and messages alike, in memory or while it is being made.

What comes out is the same every time for the same message. Long messages pass piece by piece: at most their beginning,
up to the end of the Header, and their last few bytes are held.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final

from headend.messages.xml_names import SOAP12_ENVELOPE, SOAP_ENVELOPE
from headend.operations.faults import Fault, FaultKind, SchemaBreak

_MOST_HELD: Final = 64 * 1024
_TAIL: Final = 64
"""Bytes: the last end tag is within them."""
_BLOCK: Final = 64 * 1024

_END_OF_HEADER: Final = re.compile(rb"</(?:[\w.-]+:)?Header\s*>")
_VERB_AND_NOUN: Final = re.compile(
    rb"(<(?:\w+:)?Verb>[^<]*</(?:\w+:)?Verb>\s*)(<(?:\w+:)?Noun>[^<]*</(?:\w+:)?Noun>\s*)"
)
_NOUN: Final = re.compile(rb"<(?:\w+:)?Noun>[^<]*</(?:\w+:)?Noun>\s*")
_TIMESTAMP: Final = re.compile(rb"(<(?:\w+:)?Timestamp>)[^<]*(</)")
_MESSAGE_NAMESPACE: Final = re.compile(rb"(=[\"']http://iec\.ch/TC57/)\d{4}(/[A-Za-z]+Message[\"'])")
_LAST_END_TAG: Final = re.compile(rb"(</[^<>]*)(>\s*)$")
_END_OF_BODY: Final = re.compile(rb"</(?:[\w.-]+:)?Body\s*>")

_Breaking = Callable[[bytes], bytes]

_STRANGE: Final = b"<Unheard-of/>"
_NO_DATE: Final = b"2026-02-30T25:61:00Z"
_NO_YEAR: Final = b"1999"
"""Of no edition of the standard."""


def broken_content(pieces: Iterable[bytes], fault: Fault) -> Iterator[bytes]:
    """The message as the fault has it; one whose kind does not touch content comes out as it was."""
    match fault.kind:
        case FaultKind.MALFORMED_XML:
            return _malformed(pieces)
        case FaultKind.WRONG_NAMESPACE:
            return _with_beginning(pieces, _in_wrong_namespace)
        case FaultKind.SCHEMA_INVALID:
            return _with_beginning(pieces, _SCHEMA_BREAKS[SchemaBreak(fault.value("how"))])
        case FaultKind.RANDOM_DATA:
            return random_data(fault.mrid, fault.value("bytes"))
        case FaultKind.EMPTY_BODY:
            return iter(())
        case _:
            return iter(pieces)


def random_data(name: str, length: int) -> Iterator[bytes]:
    """So many bytes of noise, the same for the same name."""
    for begin in range(0, length, _BLOCK):
        yield hashlib.shake_128(f"{name} {begin}".encode()).digest(min(_BLOCK, length - begin))


def _malformed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The last end tag is of another element: who reads while it comes has believed all of it by then."""
    held = b""
    for piece in pieces:
        held += piece
        if len(held) > _TAIL:
            yield held[:-_TAIL]
            held = held[-_TAIL:]
    yield _LAST_END_TAG.sub(rb"\1-\2", held)


def _with_beginning(pieces: Iterable[bytes], broken: _Breaking) -> Iterator[bytes]:
    rest = iter(pieces)
    beginning = b""
    for piece in rest:
        beginning += piece
        if _END_OF_HEADER.search(beginning) or len(beginning) > _MOST_HELD:
            break
    return chain([broken(beginning)], rest)


def _in_wrong_namespace(beginning: bytes) -> bytes:
    changed, count = _MESSAGE_NAMESPACE.subn(rb"\g<1>" + _NO_YEAR + rb"\2", beginning)
    # A fault without detail has no other namespace than this.
    return changed if count else beginning.replace(SOAP_ENVELOPE.encode(), SOAP12_ENVELOPE.encode())


def _with_strange_element(beginning: bytes) -> bytes:
    return _before(_END_OF_HEADER, beginning) or _before(_END_OF_BODY, beginning) or beginning


def _in_wrong_order(beginning: bytes) -> bytes:
    return _changed(_VERB_AND_NOUN.subn(rb"\2\1", beginning, count=1), beginning)


def _without_noun(beginning: bytes) -> bytes:
    return _changed(_NOUN.subn(b"", beginning, count=1), beginning)


def _with_bad_date(beginning: bytes) -> bytes:
    return _changed(_TIMESTAMP.subn(rb"\g<1>" + _NO_DATE + rb"\2", beginning, count=1), beginning)


def _changed(done: tuple[bytes, int], beginning: bytes) -> bytes:
    """What has no Header, a SOAP fault, is broken all the same."""
    return done[0] if done[1] else _with_strange_element(beginning)


def _before(pattern: re.Pattern[bytes], beginning: bytes) -> bytes | None:
    found = pattern.search(beginning)
    return None if found is None else beginning[: found.start()] + _STRANGE + beginning[found.start() :]


_SCHEMA_BREAKS: Final = {
    SchemaBreak.UNKNOWN_ELEMENT: _with_strange_element,
    SchemaBreak.WRONG_ORDER: _in_wrong_order,
    SchemaBreak.MISSING_ELEMENT: _without_noun,
    SchemaBreak.BAD_DATE: _with_bad_date,
}

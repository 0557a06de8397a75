"""Text of the element Compressed: gzip carried as base64, made and read as a stream (61968-100:2013, Message.xsd).

The same bytes go in, the same text comes out, on every run and however the bytes are cut: the gzip header has no time
and no system in it. Deflate itself belongs to zlib, whose builds may find other, equally right bytes; so only what is
inflated can be compared between machines.
"""

import re
import zlib
from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Iterator
from enum import Enum
from io import BytesIO

_LEVEL = 3
"""Of readings: 18 to 1 in half as long as it takes at zlib's own level, which makes it 22 to 1."""
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""RFC 1952: deflate, no flags, no time, and a system that is not told. zlib would write the one it was built for."""
_RAW = -zlib.MAX_WBITS
_GZIP = zlib.MAX_WBITS | 16
_TEXT_AT_ONCE = 65_536
"""Base64 characters that are decoded at once: a multiple of 4."""
_LONGEST_SHOWN = 30
"""Characters of a wrong text that are repeated."""
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=]")


class NotInflated(Exception):
    """The text is not what it should be; the message says what it must be, and why it is not."""


class TooLong(Exception):
    """There is more in the text than may be."""


class Form(Enum):
    """What the base64 text carries."""

    GZIP = "gzip data as base64 text"
    BINARY = "base64 text"


_FORMS = {"XML": Form.GZIP, "GZIP": Form.GZIP, "BINARY": Form.BINARY}


def form_of(name: str | None) -> Form:
    """What Compressed holds where Payload/Format is `name`; the usual one is XML, which is also meant by none.

    Letters' case is ignored. Raises NotInflated for any other name.
    """
    written = (name or "").strip() or "XML"
    try:
        return _FORMS[written.upper()]
    except KeyError:
        raise NotInflated(f"Format is {_shown(written)}; served are {', '.join(_FORMS)}") from None


def compressed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes as text of Compressed, without a line break in it. Takes the memory of a chunk."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    checksum = length = 0
    rest = _HEADER
    for chunk in chunks:
        checksum = zlib.crc32(chunk, checksum)
        length += len(chunk)
        rest += deflate.compress(chunk)
        whole = len(rest) - len(rest) % 3  # three bytes are four characters, so that no padding stands inside
        if whole:
            yield b2a_base64(rest[:whole], newline=False)
            rest = rest[whole:]
    trailer = checksum.to_bytes(4, "little") + (length % 2**32).to_bytes(4, "little")
    yield b2a_base64(rest + deflate.flush() + trailer, newline=False)


def inflated(text: str, form: Form, most_bytes: int) -> bytes:
    """What the text of Compressed carries; blanks and line breaks in it do not matter.

    It is never inflated further than a byte beyond `most_bytes`, whatever it claims to be. Raises NotInflated, or
    TooLong.
    """
    pieces = _decoded(text)
    if form is Form.GZIP:
        pieces = _gunzipped(pieces, most_bytes)
    whole = BytesIO()
    try:
        for piece in pieces:
            if whole.tell() + len(piece) > most_bytes:
                raise TooLong
            whole.write(piece)
    except (NotBase64, zlib.error) as error:
        reason = str(error).rpartition(": ")[2]  # without the number of the error
        raise NotInflated(f"Compressed is {_shown(text)}; it must be {form.value} ({reason})") from error
    return whole.getvalue()


def _decoded(text: str) -> Iterator[bytes]:
    """Raises binascii.Error."""
    encoded = text.encode("utf-8").translate(None, b" \t\r\n")
    if (foreign := _FOREIGN.search(encoded)) is not None:
        raise NotBase64(f"character {foreign.start() + 1} has no place there")
    if 0 <= encoded.find(b"=") < len(encoded) - 2:
        raise NotBase64("more characters follow behind its end")
    if len(encoded) % 4:
        raise NotBase64(f"{len(encoded)} characters are no multiple of 4")
    for start in range(0, len(encoded), _TEXT_AT_ONCE):
        yield a2b_base64(encoded[start : start + _TEXT_AT_ONCE], strict_mode=True)


def _gunzipped(pieces: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    """At most one byte more than `most_bytes`. Raises zlib.error.

    Several gzip members are not taken: nobody sends them, and a text full of empty ones would be dear.
    """
    inflate = zlib.decompressobj(_GZIP)
    left = most_bytes + 1
    for piece in pieces:
        if inflate.eof:
            raise zlib.error("more bytes follow behind its end")
        found = inflate.decompress(piece, left)
        left -= len(found)
        yield found
        if left == 0:
            return
        if inflate.unused_data:
            raise zlib.error("more bytes follow behind its end")
    if not inflate.eof:
        raise zlib.error("it ends too early")


def _shown(text: str) -> str:
    """Its beginning, in quotes."""
    text = text.strip()
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")

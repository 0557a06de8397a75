"""Text that came from outside, made safe to stand inside an element or an attribute.

For what is written as text: whatever leaves as a tree is escaped by lxml.
"""

import re
from collections.abc import Sequence

_SPECIAL = b'&<>"\r\n\t' + bytes(code for code in range(32) if code not in b"\r\n\t")
_ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",  # only `]]>` must not stand as it is, but one rule is easier to trust than two
    '"': "&quot;",
    # Unless these are written by number parsers make blanks or line feeds of them (XML 1.0, 2.11 and 3.3.3).
    "\r": "&#13;",
    "\n": "&#10;",
    "\t": "&#9;",
}
_ESCAPED = re.compile("[" + "".join(map(re.escape, _ESCAPES)) + "]")
_UNESCAPED = {written: meant for meant, written in _ESCAPES.items()}
_WRITTEN = re.compile("|".join(map(re.escape, _UNESCAPED)))
_NOT_PLAIN = re.compile("[^ !#-%'-;=?-~]")
"""Whatever is not ASCII, or has to be escaped."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escaped(text: str) -> bytes:
    """`escaped_text` in UTF-8."""
    return escaped_text(text).encode()


def escaped_text(text: str) -> str:
    """Right for element content and for attribute values in double quotes; nearly always the very same text.

    Raises ValueError for a character that no XML document may hold (XML 1.0, production 2).
    """
    if _NOT_PLAIN.search(text) is None:
        return text
    forbidden = _NOT_XML.search(text)
    if forbidden is not None:
        raise ValueError(
            f"{text!r} holds U+{ord(forbidden[0]):04X} at position {forbidden.start()}, which XML does not allow"
        )
    return _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text)


def unescaped(text: str) -> str:
    """The text of which `escaped_text` made this one."""
    return _WRITTEN.sub(lambda match: _UNESCAPED[match[0]], text) if "&" in text else text


def all_escaped(texts: Sequence[bytes]) -> Sequence[bytes]:
    """`escaped` of many texts in UTF-8; as is usual, the very same sequence where nothing needs escaping.

    Raises ValueError as `escaped` does, and for bytes that are not UTF-8.
    """
    together = b"".join(texts)
    if together.isascii() and len(together.translate(None, _SPECIAL)) == len(together):
        return texts
    return [escaped(text.decode()) for text in texts]

"""From the bytes of a stranger to an element tree: no entities, no DTD, no network, bounded depth."""

import codecs
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Literal

from lxml import etree

_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OWN_ENCODING = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=", re.DOTALL)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)
_MISCELLANY = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?(?:\s|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_DOCTYPE = b"<!DOCTYPE"
_DECLARATION_BYTES = 1024
_CHUNK = 1 << 16  # bytes that are read at once
_LONGEST_TAG = 65_536
_ADVICE = re.compile(r",? (?:use|try) XML_PARSE_HUGE(?: option)?")
"""What libxml2 tells its programmer."""
# Comments and CDATA sections may be longer.
_TOO_LONG_TAG = re.compile(rb"<[^!?>][^>]{%d}" % _LONGEST_TAG)


class NotXml(Exception):
    """The bytes are no XML document that we take; the message says what, and where as far as libxml2 knows."""


def parse_document(
    data: bytes, charset: str | None = None, *, called: str = "body", expected: str = "a SOAP 1.1 envelope"
) -> etree._Element:
    """The root element of an untrusted document; `called` and `expected` are words for what is said of a wrong one.

    charset: from the Content-Type header. It counts where the document has neither a byte order mark nor an
    encoding of its own, and where it is known: toolkits send a wrong header more often than a wrong declaration.
    Nesting is bounded by libxml2's own limit of 256 elements; the standard's deepest message has about twenty.
    Raises NotXml.
    """
    _look_before_parsing(data, called, expected)
    try:
        root = etree.fromstring(data, _parser(_encodings(data, charset)))
    except etree.XMLSyntaxError as error:
        raise NotXml(f"the {called} is not well-formed XML: {_sentence(error)}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotXml("a document type declaration (DOCTYPE) is not taken, with or without entities")
    return root


class StreamedDocument:
    """An untrusted document that is looked at while it is read, so that it need not be in memory as a tree.

    Iterating gives the elements of some tags as they end. Whoever has seen one may take it out of its parent; `root`
    is what is left. Text may be as long as the document is: a compressed payload is one text.
    """

    def __init__(self, data: bytes, tags: Collection[str]) -> None:
        """tags: `{namespace}name` of the elements to look at."""
        self._data = data
        self._tags = tuple(tags)
        self.root: etree._Element | None = None
        """None until all was read."""
        self.instructions = 0
        """Processing instructions met so far."""

    def __iter__(self) -> Iterator[etree._Element]:
        """Raises NotXml, also in the middle."""
        _look_before_parsing(self._data, "body", "a SOAP 1.1 envelope")
        parser = _pull_parser(("end", "pi"), self._tags)
        try:
            for start in range(0, len(self._data), _CHUNK):
                parser.feed(self._data[start : start + _CHUNK])
                yield from self._elements(parser)
            root = parser.close()
            yield from self._elements(parser)
        except etree.XMLSyntaxError as error:
            raise NotXml(f"the body is not well-formed XML: {_sentence(error)}") from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise NotXml("a document type declaration (DOCTYPE) is not taken, with or without entities")
        self.root = root

    def _elements(self, parser: etree.XMLPullParser) -> Iterator[etree._Element]:
        for event, element in parser.read_events():
            if event == "pi":
                self.instructions += 1
            elif isinstance(element, etree._Element):
                yield element


def first_element(beginning: bytes, name: str) -> etree._Element | None:
    """The first element of a local name that ends within the beginning of a document; None where there is none.

    For what was cut short: whatever is wrong with the rest does not matter.
    """
    if _declares_a_document_type(beginning) or _TOO_LONG_TAG.search(beginning) is not None:
        return None
    parser = _pull_parser(("end",), (f"{{*}}{name}",))
    with suppress(etree.XMLSyntaxError):
        parser.feed(beginning)
    with suppress(etree.XMLSyntaxError):
        return next((one for _, one in parser.read_events() if isinstance(one, etree._Element)), None)
    return None


def _pull_parser(events: Iterable[Literal["end", "pi"]], tags: tuple[str, ...]) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        events=events,
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        collect_ids=False,
    )


def _look_before_parsing(data: bytes, called: str, expected: str) -> None:
    """Raises NotXml for what no parser should ever see."""
    if not data.strip():
        raise NotXml(f"there is no {called}; {expected} is expected")
    if _declares_a_document_type(data):
        raise NotXml("a document type declaration (DOCTYPE) is not taken, with or without entities")
    if (tag := _TOO_LONG_TAG.search(data)) is not None:
        # A hundred thousand attributes would be a hundred thousand errors, in memory all at once.
        line = data.count(b"\n", 0, tag.start()) + 1
        raise NotXml(f"a tag is longer than {_LONGEST_TAG} bytes, line {line}")


def declared_charset(content_type: str | None) -> str | None:
    """The charset that a Content-Type declares."""
    declared = _CHARSET.search(content_type or "")
    return declared.group(1) if declared else None


def _parser(encodings: Iterable[str | None]) -> etree.XMLParser:
    """A parser with the first encoding that libxml2 knows; None leaves it to the document."""
    for encoding in encodings:
        try:
            return etree.XMLParser(
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
                collect_ids=False,
                encoding=encoding,
            )
        except (LookupError, ValueError):  # ValueError: no text that could be a name
            continue
    raise AssertionError("None is an encoding that every parser takes")


def _declares_a_document_type(data: bytes) -> bool:
    """Look before parsing: so the refusal names the reason, and no declaration inside is ever worked on."""
    if b"\0" in data[:4]:
        data = data.replace(b"\0", b"")  # UTF-16 becomes ASCII enough
    prolog = _MISCELLANY.match(data)
    start = 0 if prolog is None else prolog.end()
    return data[start : start + len(_DOCTYPE)].upper() == _DOCTYPE


def _encodings(data: bytes, charset: str | None) -> Iterator[str | None]:
    """What to try, best first. Python and libxml2 know different spellings: latin-1, utf-16le."""
    if charset and not data.startswith(_BYTE_ORDER_MARKS) and not _OWN_ENCODING.match(data[:_DECLARATION_BYTES]):
        yield charset
        with suppress(LookupError, ValueError):
            yield codecs.lookup(charset).name
    yield None


def _sentence(error: etree.XMLSyntaxError) -> str:
    text = _ADVICE.sub("", error.msg or "unknown reason")
    text = text.replace("Excessive depth in document: 256", "elements are nested deeper than 256")
    return text if error.lineno is None or "line" in text else f"{text}, line {error.lineno}"

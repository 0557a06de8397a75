"""From the bytes of a stranger to an element tree: no entities, no DTD, no network, bounded depth."""

import codecs
import re

from lxml import etree

_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OWN_ENCODING = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=", re.DOTALL)
_COMMENTS_AND_INSTRUCTIONS = re.compile(rb"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_PROLOG = re.compile(rb".*?(?=<[^!])", re.DOTALL)
_PROLOG_BYTES = 8192


class NotXml(Exception):
    """The bytes are no XML document that we take; the message says what, and where as far as libxml2 knows."""


def parse_document(data: bytes, charset: str | None = None) -> etree._Element:
    """The root element of an untrusted document.

    charset: from the Content-Type header. It counts where the document has neither a byte order mark nor an
    encoding of its own, and where it is known: toolkits send a wrong header more often than a wrong declaration.
    Nesting is bounded by libxml2's own limit of 256 elements; the standard's deepest message has about twenty.
    Raises NotXml.
    """
    if not data.strip():
        raise NotXml("the request has no body; a SOAP 1.1 envelope is expected")
    if _declares_a_document_type(data):
        raise NotXml("a document type declaration (DOCTYPE) is not taken, with or without entities")
    try:
        root = etree.fromstring(data, _parser(_forced_encoding(data, charset)))
    except etree.XMLSyntaxError as error:
        raise NotXml(f"the body is not well-formed XML: {_sentence(error)}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotXml("a document type declaration (DOCTYPE) is not taken, with or without entities")
    return root


def _parser(encoding: str | None) -> etree.XMLParser:
    """`encoding`: None where the document says it itself."""
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
    except LookupError:  # Python knows encodings that libxml2 does not, such as rot13 and utf-8-sig
        return _parser(None)


def _declares_a_document_type(data: bytes) -> bool:
    """Look before parsing, so that the refusal names the reason and not what libxml2 tripped over inside it."""
    start = data[:_PROLOG_BYTES].replace(b"\0", b"")  # UTF-16 becomes ASCII enough
    start = _COMMENTS_AND_INSTRUCTIONS.sub(b"", start)
    prolog = _PROLOG.match(start)
    return b"<!DOCTYPE" in (prolog.group() if prolog else start).upper()


def _forced_encoding(data: bytes, charset: str | None) -> str | None:
    if not charset or data.startswith(_BYTE_ORDER_MARKS) or _OWN_ENCODING.match(data[:_PROLOG_BYTES]):
        return None
    try:
        return codecs.lookup(charset).name
    except (LookupError, ValueError):  # ValueError: no text that could be a name
        return None


def _sentence(error: etree.XMLSyntaxError) -> str:
    text = (error.msg or "unknown reason").split(", use XML_PARSE_HUGE")[0].split(" use XML_PARSE_HUGE")[0]
    text = text.replace("Excessive depth in document: 256", "elements are nested deeper than 256")
    return text if error.lineno is None or "line" in text else f"{text}, line {error.lineno}"

"""XPath on envelopes, for people: a name without a prefix is that name in any namespace."""

import re
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from headend.messages.xml_names import MESSAGE, SOAP_ENVELOPE
from headend.scenario.found import NOTHING
from headend.untrusted_xml import NotXml, parse_document

NAMESPACES: Final[Mapping[str, str]] = {"soap": SOAP_ENVELOPE, "m": MESSAGE}
"""Prefixes that every scenario has."""

_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_PREFIX: Final = re.compile(r"(?<![\w:.-])([A-Za-z_][\w.-]*):(?!:)[A-Za-z_*]")


class InvalidXPath(ValueError):
    """An expression that cannot be evaluated; the message says why."""


def is_xpath(text: str) -> bool:
    """Whether a text is meant as one, and not as a path."""
    return text.startswith(("/", "(", "count(", "string(", "boolean(", "sum("))


def check_xpath(expression: str, namespaces: Mapping[str, str]) -> None:
    """Raises InvalidXPath for what is none, or has a prefix that nobody declared."""
    known = {**NAMESPACES, **namespaces}
    for prefix in _prefixes(expression):
        if prefix not in known:
            raise InvalidXPath(
                f"{expression!r}: the prefix {prefix!r} is not among namespaces, which are {', '.join(known)}"
            )
    try:
        etree.XPath(expression, namespaces=known)
    except etree.XPathError as error:
        raise InvalidXPath(f"{expression!r} is no XPath: {error}") from None


def evaluated(envelope: bytes, expression: str, namespaces: Mapping[str, str]) -> Any:
    """What an expression selects: a text, a number or a truth value; of several nodes the list of their texts.

    NOTHING where no node is selected. With a prefix in the expression every name needs one. Raises InvalidXPath.
    """
    try:
        root = parse_document(envelope)
    except NotXml:
        return NOTHING
    if not _prefixes(expression):
        for element in root.iter():
            if isinstance(element.tag, str):
                element.tag = etree.QName(element).localname
    try:
        found = root.xpath(expression, namespaces={**NAMESPACES, **namespaces})
    except etree.XPathError as error:
        raise InvalidXPath(f"{expression!r} cannot be evaluated: {error}") from None
    if not isinstance(found, list):
        return int(found) if isinstance(found, float) and found.is_integer() else found
    texts = [_text(one) for one in found]
    return NOTHING if not texts else texts[0] if len(texts) == 1 else texts


def _prefixes(expression: str) -> list[str]:
    return _PREFIX.findall(_QUOTED.sub("''", expression))


def _text(node: Any) -> str:
    return "".join(map(str, node.itertext())).strip() if isinstance(node, etree._Element) else str(node)

"""Elements by their local names: dialects differ in namespaces, and which one is right is the contract's matter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from lxml import etree

_UNKNOWN_LINE = 65_535
"""What libxml2 says of lines that it cannot count."""


@lru_cache(maxsize=4_096)
def local_of_tag(tag: str) -> str:
    """The local name in `{namespace}name`."""
    return tag.rpartition("}")[2]


def local(element: etree._Element) -> str:
    """The local name of an element."""
    return local_of_tag(element.tag)


def children(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """The children of a local name."""
    return iter(()) if element is None else (child for child in element if local(child) == name)


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of a local name."""
    return next(children(element, name), None)


def text(element: etree._Element | None, name: str) -> str | None:
    """What stands in the first child of a local name, without blanks around it; None where there is no such child."""
    found = child(element, name)
    return None if found is None else (found.text or "").strip()


def line_of(element: etree._Element) -> int | None:
    """Where an element stands in its document."""
    line = cast("int | None", element.sourceline)
    return None if line == _UNKNOWN_LINE else line

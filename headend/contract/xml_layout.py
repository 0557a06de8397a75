"""XML laid out for people: two spaces a level, long start tags and long texts broken over lines.

lxml's own pretty printer leaves all attributes and namespace declarations of an element on one line, which
for the root of a schema is several hundred characters.
"""

from collections.abc import Iterator, Mapping
from textwrap import wrap
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

_WIDTH = 120


def laid_out(root: etree._Element) -> bytes:
    """The document of `root`, UTF-8. Elements hold either text or elements, never both."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join(_lines(root, 0, {})) + "\n").encode()


def _lines(element: etree._Element, depth: int, known: Mapping[str | None, str]) -> Iterator[str]:
    indent = "  " * depth
    prefixes = {prefix: uri for prefix, uri in element.nsmap.items() if known.get(prefix) != uri}
    parts = [f"xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}" for prefix, uri in prefixes.items()]
    parts += [f"{key}={quoteattr(element.get(key, ''))}" for key in map(str, element.attrib)]
    local = etree.QName(element).localname
    name = f"{element.prefix}:{local}" if element.prefix else local
    opening = f"{indent}<{' '.join([name, *parts])}"
    if len(opening) + 2 > _WIDTH:  # 2 for the end of an empty tag
        opening = f"{indent}<{name}\n" + "\n".join(f"{indent}    {part}" for part in parts)
    text = escape((element.text or "").strip())
    if len(element):
        yield f"{opening}>"
        for child in element:
            yield from _lines(child, depth + 1, {**known, **prefixes})
        yield f"{indent}</{name}>"
    elif not text:
        yield f"{opening}/>"
    elif len(opening) + len(text) + len(name) + 4 <= _WIDTH:
        yield f"{opening}>{text}</{name}>"
    else:
        yield f"{opening}>"
        for line in wrap(text, _WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False):
            yield f"{indent}  {line}"
        yield f"{indent}</{name}>"

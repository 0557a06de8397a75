"""Validation against the real XSDs, in time linear in the size of the body.

lxml's own `XMLSchema.validate` is not used on the tree. It works out an XPath for every error it meets,
counting siblings each time: 30,000 wrong siblings take seconds, a million take hours, and nobody can stop it.
Here the body goes as text through a parser that validates while it reads, builds no tree, and is left as soon
as there are enough errors. Where an error stands is found by a second pass that counts elements. As a parser
keeps its own error log, threads share a schema without a lock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

from .files import ContractError

_CHUNK = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One error as libxml2 reports it, and the element that it is about."""

    element: etree._Element
    type_name: str  # a name of etree.ErrorTypes such as SCHEMAV_ELEMENT_CONTENT
    message: str


class Schemas:
    """The compiled schemas by message namespace. Each is compiled when first needed, and once."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths
        self._compiled: dict[str, etree.XMLSchema] = {}
        self._lock = Lock()

    def schema(self, namespace: str) -> etree.XMLSchema:
        """Raises KeyError for an unknown namespace, ContractError for a schema that does not compile."""
        compiled = self._compiled.get(namespace)
        if compiled is not None:
            return compiled
        path = self._paths[namespace]
        with self._lock:
            if namespace not in self._compiled:
                try:
                    self._compiled[namespace] = etree.XMLSchema(file=str(path))
                except etree.XMLSchemaParseError as error:
                    raise ContractError(f"{path.name}: {error}") from error
            return self._compiled[namespace]

    def errors(self, body: etree._Element, limit: int) -> list[SchemaError]:
        """The first errors of a body element in document order, at most `limit`; empty if it is valid."""
        schema = self.schema(str(etree.QName(body).namespace))
        # The text brings along the namespaces that the envelope declares. The newline after it makes the
        # parser, which looks ahead, finish the last tag.
        text = etree.tostring(body, with_tail=False) + b"\n"
        faulty = _faulty_chunks(text, schema, limit)
        return _located_errors(body, text, schema, faulty, limit) if faulty else []


def _faulty_chunks(text: bytes, schema: etree.XMLSchema, limit: int) -> set[int]:
    """Offsets of the chunks in which errors show up, until there are `limit` errors."""
    parser = _parser(_Silence(), schema)
    faulty: set[int] = set()
    seen = 0
    for offset in range(0, len(text), _CHUNK):
        parser.feed(text[offset : offset + _CHUNK])
        if len(parser.feed_error_log) > seen:
            seen = len(parser.feed_error_log)
            faulty.add(offset)
            if seen >= limit:
                break
    return faulty


def _located_errors(
    body: etree._Element, text: bytes, schema: etree.XMLSchema, faulty: set[int], limit: int
) -> list[SchemaError]:
    position = _Position()
    parser = _parser(position, schema)
    found: list[tuple[int, str, str]] = []
    seen = 0
    for piece in _pieces(text, faulty):
        parser.feed(piece)
        log = parser.feed_error_log
        if len(log) > seen:
            found += [(position.current, entry.type_name, entry.message) for entry in list(log)[seen:]]
            seen = len(log)
            if seen >= limit:
                break
    elements = _elements_at(body, {number for number, _, _ in found})
    return [SchemaError(elements[number], type_name, message) for number, type_name, message in found[:limit]]


def _parser(target: Any, schema: etree.XMLSchema) -> etree.XMLParser:
    """A validating parser; the target has methods for the events it wants only, which the stubs deny."""
    return etree.XMLParser(target=target, schema=schema, huge_tree=True)


def _pieces(text: bytes, faulty: set[int]) -> Iterator[bytes]:
    """The text in chunks; faulty ones tag by tag, so that an error can be told from its neighbours'."""
    for offset in range(0, len(text), _CHUNK):
        chunk = text[offset : offset + _CHUNK]
        if offset not in faulty:
            yield chunk
            continue
        *tags, rest = chunk.split(b">")
        yield from (tag + b">" for tag in tags)
        yield rest


def _elements_at(body: etree._Element, numbers: set[int]) -> dict[int, etree._Element]:
    """Elements by their number in document order, the body being number 0."""
    last = max(numbers)
    elements = chain([body], body.iterdescendants("*"))
    return {number: element for number, element in zip(range(last + 1), elements, strict=False) if number in numbers}


class _Silence:
    """A parser target that wants nothing, so that lxml neither builds a tree nor calls Python."""

    def close(self) -> None:
        return None


class _Position:
    """A parser target that knows the number of the element whose tag was read last."""

    def __init__(self) -> None:
        self.current = -1
        self._started = 0
        self._open: list[int] = []

    def start(self, _tag: str, _attributes: Mapping[str, str]) -> None:
        self.current = self._started
        self._open.append(self.current)
        self._started += 1

    def end(self, _tag: str) -> None:
        self.current = self._open.pop()

    def close(self) -> None:
        return None

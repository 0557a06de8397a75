"""Mappings of a YAML file, read key by key, so that every error knows its line."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from simulator.near_miss import did_you_mean

T = TypeVar("T")


class InvalidYaml(ValueError):
    """A file that cannot be used; the message says file, line, key and rule."""


@dataclass(frozen=True, slots=True)
class Section:
    """One mapping. Keys are texts, known and there once: everything else was refused when it was opened."""

    source: str
    path: str
    """Where the mapping stands, such as `templates[0].`; empty for the whole file."""
    line: int
    values: dict[str, yaml.Node]

    def take(self, key: str, convert: Callable[[Any], T], default: T) -> T:
        """The value of a key as `convert` makes it; `default` where the key is missing.

        Raises InvalidYaml with the rule of the ValueError that `convert` raises.
        """
        return self._value(key, convert) if key in self.values else default

    def need(self, key: str, convert: Callable[[Any], T]) -> T:
        """The value of a key that must be there."""
        if key not in self.values:
            raise InvalidYaml(f"{self.source}, line {self.line}: {self.path}{key} is missing")
        return self._value(key, convert)

    def _value(self, key: str, convert: Callable[[Any], T]) -> T:
        try:
            return convert(_plain(self.values[key]))
        except ValueError as error:
            raise self.wrong(key, str(error)) from error

    def section(self, key: str, known: Iterable[str]) -> "Section | None":
        """The mapping under a key."""
        node = self.values.get(key)
        return None if node is None else opened(self.source, f"{self.path}{key}.", node, known)

    def sections(self, key: str, known: Iterable[str]) -> list["Section"]:
        """The list of mappings under a key."""
        node = self.values.get(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self.wrong(key, "is a list: every entry begins with a dash")
        words = tuple(known)
        return [
            opened(self.source, f"{self.path}{key}[{number}].", entry, words) for number, entry in enumerate(node.value)
        ]

    def wrong(self, key: str, rule: str) -> InvalidYaml:
        """The error for the value of a key."""
        node = self.values.get(key)
        line = self.line if node is None else node.start_mark.line + 1
        return InvalidYaml(f"{self.source}, line {line}: {self.path}{key}: {rule}")


def opened(source: str, path: str, node: yaml.Node, known: Iterable[str]) -> Section:
    """The section that a node is. Raises InvalidYaml."""
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise InvalidYaml(
            f"{source}, line {line}: {path.removesuffix('.') or 'the file'} is a mapping of keys to values"
        )
    words = tuple(known)
    values: dict[str, yaml.Node] = {}
    for key_node, value in node.value:
        key, at = key_node.value, key_node.start_mark.line + 1
        if key not in words:
            raise InvalidYaml(f"{source}, line {at}: {path}{key}: there is no such key{did_you_mean(str(key), words)}")
        if key in values:
            raise InvalidYaml(f"{source}, line {at}: {path}{key} is there twice")
        values[key] = value
    return Section(source, path, line, values)


def read_section(file: Path, known: Iterable[str]) -> Section:
    """The mapping that a file holds. Raises InvalidYaml."""
    try:
        node = yaml.compose(file.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise InvalidYaml(f"{file}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidYaml(f"{file}: {' '.join(str(error).split())}") from error
    if node is None:
        raise InvalidYaml(f"{file}: the file is empty")
    return opened(file.name, "", node, known)


def _plain(node: yaml.Node) -> Any:
    """The value of a node: text, number, date, list or dict."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    except yaml.YAMLError as error:  # such as the thirtieth of February
        raise ValueError(" ".join(str(error).split())) from error

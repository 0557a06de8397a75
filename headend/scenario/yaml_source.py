"""The text of a scenario file, and the line of everything in it.

Of YAML's many spellings those of version 1.2 are read: only `true` and `false` are truth values, an instant is a text,
and 2.10 is known to have been written with its zero, since reply codes look like numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

Place = tuple[str | int, ...]
"""Where something stands: keys and indices from the top."""


class InvalidScenario(Exception):
    """A file that is no scenario; the message says file, line, key and rule, and has a line for each mistake."""


class WrittenNumber(float):
    """A number with a point in it, that knows how it was written: `2.10` is the reply code 2.10 and no 2.1."""

    text: str

    def __new__(cls, text: str) -> "WrittenNumber":
        made = super().__new__(cls, text)
        made.text = text
        return made


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says."""

    file: Path
    values: dict[str, Any]
    lines: dict[Place, int]
    """The line of each key and each item, counted from 1."""

    def line(self, place: Place) -> int:
        """The line of a place, or of the closest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def said(self, place: Place, sentence: str) -> str:
        """A sentence about a place."""
        return f"{self.file}, line {self.line(place)}: {sentence}"


class _Loader(yaml.SafeLoader):
    """Scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # as the base has it


_FLOAT: Final = "tag:yaml.org,2002:float"
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"true|false", "tf"),
    ("tag:yaml.org,2002:int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    (_FLOAT, r"[-+]?[0-9]+\.[0-9]+", "-+0123456789"),
    ("tag:yaml.org,2002:null", r"~|null|", "~n\0"),
    ("tag:yaml.org,2002:merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), [*_first, *([""] if "\0" in _first else [])])


def _written_number(loader: yaml.SafeLoader, node: yaml.Node) -> WrittenNumber:
    assert isinstance(node, yaml.ScalarNode)
    return WrittenNumber(str(loader.construct_scalar(node)))


_Loader.add_constructor(_FLOAT, _written_number)


def read_source(file: Path) -> Source:
    """What a file says. Raises InvalidScenario for one that cannot be read, or is no mapping."""
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise InvalidScenario(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise InvalidScenario(f"{file}: it is no text in UTF-8") from None
    return source_in(text, file)


def source_in(text: str, file: Path) -> Source:
    """What a text says. file: where it stands, for errors. Raises InvalidScenario."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise InvalidScenario(f"{file}: a scenario is a mapping with the keys name and steps")
        lines = dict(_lines(node, (), frozenset(), file))
        values = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f", line {error.problem_mark.line + 1}"
        raise InvalidScenario(f"{file}{line}: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise InvalidScenario(f"{file}: {error}") from None
    finally:
        loader.dispose()
    return Source(file, values, lines)


def value_in(text: str) -> Any:
    """What a single value means, such as one on the command line; a text where it is no YAML."""
    try:
        return yaml.load(text, Loader=_Loader)  # a SafeLoader
    except yaml.YAMLError:
        return text


def is_scenario_file(file: Path) -> bool:
    """Whether a file of YAML looks like a scenario: what stands in it need not be right."""
    try:
        node = yaml.compose(file.read_text("utf-8"), Loader=_Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return isinstance(node, yaml.MappingNode) and any(key.value == "steps" for key, _ in node.value)


def _lines(node: yaml.Node, place: Place, inside: frozenset[int], file: Path) -> Iterator[tuple[Place, int]]:
    if id(node) in inside:
        raise InvalidScenario(f"{file}, line {node.start_mark.line + 1}: an alias stands inside of what it stands for")
    inside |= {id(node)}
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                raise InvalidScenario(f"{file}, line {line}: the key {name!r} stands here a second time")
            seen.add(name)
            yield (*place, name), line
            yield from _lines(value, (*place, name), inside, file)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield (*place, number), item.start_mark.line + 1
            yield from _lines(item, (*place, number), inside, file)

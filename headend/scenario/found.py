"""What a step has found, as a tree of names, lists and values; and paths into it such as `events[*].type`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_PART: Final = re.compile(r"\.?([A-Za-z_][\w-]*)|\[(-?[0-9]+)\]|\[(\*)\]|\[([A-Za-z_]\w*)=([^\]]*)\]")


class Nothing:
    """At the end of a path that leads nowhere."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = Nothing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Implied:
    """A check that a step makes by itself, unless the scenario says something of `about`."""

    about: tuple[str, ...]
    sentence: str
    holds: bool
    expected: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a step."""

    words: str
    """What happened, in a line."""
    values: Mapping[str, Any] = field(default_factory=dict)
    envelope: bytes | None = None
    """What XPath expressions look at."""
    exchange: int | None = None
    """Number of the recorded exchange that the values are from."""
    implied: tuple[Implied, ...] = ()


class InvalidPath(ValueError):
    """A text that is no path."""


def path_parts(path: str) -> list[tuple[str, str]]:
    """The parts of a path: (`name`, name), (`index`, number), (`all`, `*`) or (`where`, `key=value`).

    Raises InvalidPath.
    """
    parts: list[tuple[str, str]] = []
    position = 0
    while position < len(path):
        found = _PART.match(path, position)
        if found is None or (not parts and found[1] is None):
            raise InvalidPath(
                f"{path!r} is no path; it can be a name such as result, or events[0].type, values[-1], "
                "messages[*].noun, readings[meter=M00000003].value, or an XPath that begins with /"
            )
        name, index, every, key, value = found.groups()
        parts.append(
            ("name", name)
            if name
            else ("index", index)
            if index
            else ("all", "*")
            if every
            else ("where", f"{key}={value}")
        )
        position = found.end()
    if not parts:
        raise InvalidPath("an empty text is no path")
    return parts


def at_path(values: Mapping[str, Any], path: str) -> Any:
    """What stands at a path, or NOTHING; after `[*]` or `[name=value]` a list of what is there. Raises InvalidPath."""
    return _at(values, path_parts(path))


def _at(value: Any, parts: list[tuple[str, str]]) -> Any:
    for number, (kind, said) in enumerate(parts):
        rest = parts[number + 1 :]
        if kind == "name":
            if not isinstance(value, Mapping) or said not in value:
                return NOTHING
            value = value[said]
        elif not isinstance(value, list | tuple):
            return NOTHING
        elif kind == "index":
            if not -len(value) <= int(said) < len(value):
                return NOTHING
            value = value[int(said)]
        else:
            key, _, wanted = said.partition("=")
            chosen = value if kind == "all" else [one for one in value if _is_so(one, key, wanted)]
            inside = [_at(one, rest) for one in chosen]
            return [one for one in inside if one is not NOTHING]
    return value


def _is_so(one: Any, key: str, wanted: str) -> bool:
    return isinstance(one, Mapping) and key in one and str(one[key]) == wanted

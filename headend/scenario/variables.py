"""`${name}` in a scenario: what it stands for, and where it may stand."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from headend.scenario.instants import instant_text, is_relative
from headend.scenario.strict_form import REFERENCE
from headend.scenario.yaml_source import Place, WrittenNumber
from simulator.near_miss import did_you_mean

BUILT_IN: Final = ("target", "mdm", "mdm.any", "mdm.receive.<Noun>", "mdm.reply.<Noun>")
"""What every scenario has besides its own, and besides instants such as ${now-1h}."""

Resolve = Callable[[str], Any]
"""The value of a name; raises KeyError whose text is a sentence."""


def is_built_in(name: str) -> bool:
    """Whether a name has a meaning in every scenario."""
    first, _, rest = name.partition(".")
    return name in BUILT_IN or (first == "mdm" and rest.split(".")[0] in ("receive", "reply")) or is_relative(name)


def unknown(name: str, known: Mapping[str, Any]) -> str:
    """What to say of a name that there is not."""
    return f"there is no variable {name!r}{did_you_mean(name, [*known, *BUILT_IN])}"


def references(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every name that stands in a value, and where."""
    if isinstance(value, str):
        yield from ((place, found.strip()) for found in REFERENCE.findall(value))
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from references(key, (*place, str(key)))
            yield from references(inside, (*place, str(key)))
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from references(inside, (*place, number))


def substituted(value: Any, resolve: Resolve) -> Any:
    """The value with what its names stand for. A text that is one name becomes what that is, and is a text no more."""
    if isinstance(value, str):
        whole = REFERENCE.fullmatch(value)
        if whole is not None:
            return resolve(whole[1].strip())
        return text_with(value, resolve)
    if isinstance(value, dict):
        return {substituted(key, resolve): substituted(inside, resolve) for key, inside in value.items()}
    return [substituted(inside, resolve) for inside in value] if isinstance(value, list) else value


def text_with(text: str, resolve: Resolve, escape: Callable[[str], str] = lambda one: one) -> str:
    """A text with what its names stand for. escape: is applied to each of those."""
    return REFERENCE.sub(lambda found: escape(as_text(resolve(found[1].strip()))), text).replace("$${", "${")


def as_text(value: Any) -> str:
    """A value inside a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, WrittenNumber):
        return value.text
    return f"{value:f}" if isinstance(value, Decimal) else str(value)

"""One kind of step: its key, what may be said under it, what it does, and what it finds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from headend.scenario.found import Found
from headend.scenario.playing import Playing
from headend.scenario.strict_form import Form
from headend.scenario.yaml_source import Place

SomeForm = TypeVar("SomeForm", bound=Form)


@dataclass(frozen=True, slots=True)
class Action(Generic[SomeForm]):
    """A kind of step."""

    key: str
    summary: str
    """In a sentence: for the schema and the reference."""
    form: type[SomeForm]
    play: Callable[[SomeForm, Playing], Found]
    """Raises ClientError, BadStep, NotOffered, or ValueError for values that cannot be."""
    finds: Mapping[str, str]
    """Names of what it finds, and their meanings."""
    verbatim: frozenset[str] = frozenset()
    """Fields in which variables are put by the step itself."""
    problems: Callable[[SomeForm, Any], list[tuple[Place, str]]] = field(default=lambda _form, _directory: [])
    """What is wrong with it beyond its form, and where below its key; judged when a file of that directory is read."""

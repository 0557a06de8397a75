"""A defect of one meter, as a fact. What kinds there are and what each does is in `simulator.defects`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


class InvalidDefect(ValueError):
    """A defect that cannot be; the message names what is wrong, its value and the rule."""


_NO_PARAMETERS: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Defect:
    """Something wrong with one meter from `start` to `end`, in epoch seconds. `simulator.defects.a_defect` makes it."""

    kind: str
    start: int
    end: int
    parameters: Mapping[str, int] = field(default_factory=lambda: _NO_PARAMETERS)  # all that its kind has
    marked: bool = True  # whether the readings that it touches carry the qualities that a real head end would set
    id: str = ""  # what readings name it by as their cause

    def __getitem__(self, parameter: str) -> int:
        """The value of a parameter."""
        return self.parameters[parameter]

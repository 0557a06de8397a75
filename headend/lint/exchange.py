"""An exchange as rules see it: an entry, and its two messages as parts."""

from __future__ import annotations

from dataclasses import dataclass

from headend.contract import OperationDescription
from headend.journal.entry import Entry
from headend.lint.bodies import Bodies
from headend.lint.finding import Remark, Side, Where
from headend.lint.part import Part


@dataclass(frozen=True, slots=True)
class Exchange:
    """What crossed the wire, read."""

    entry: Entry
    bodies: Bodies
    request: Part | None
    """None where there is none: of a single captured answer."""
    response: Part | None
    """None where no answer came, or an empty one."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """Those that are there."""
        return tuple(part for part in (self.request, self.response) if part is not None)

    @property
    def operation(self) -> OperationDescription | None:
        """That is requested, or told of."""
        return None if self.request is None else self.request.operation

    def remark(self, sentence: str, side: Side = Side.RESPONSE) -> Remark:
        """What is to be said of a whole message."""
        part = self.request if side is Side.REQUEST else self.response
        return Remark(sentence, Where(self.entry.number, side, "", None) if part is None else part.where())

"""What happened at meters by itself, as arrays: spontaneous events, last gasps, restorations.

Whatever makes such events (`spontaneous_events`, `outages`) gives them in this shape; whoever lists or publishes them
joins the parts and need not know where they came from.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.cim.end_device_event_type import EndDeviceEventType

Numbers = NDArray[np.int64]


class EventCause(IntEnum):
    """What lies behind an event of the field."""

    SPONTANEOUS = 1  # nothing that anybody could point at
    OUTAGE = 2
    COMMAND = 3  # somebody told the device to
    DEFECT = 4  # of the data: a clock that was set, a register that jumped


@dataclass(frozen=True, slots=True, eq=False)
class FieldEvents:
    """Events in the order of their instants, then meters, then types; every array has one entry an event, (n,).

    A meter tells a thing once a second: instant, meter and type together say which event it is. Make it by `of` or
    `joined`, which keep order and uniqueness.
    """

    meters: Numbers  # indices in the fleet
    instants: Numbers  # when it happened in the device, in epoch seconds
    heard: Numbers  # when the head end has it, in epoch seconds; never before it happened
    types: Numbers  # EndDeviceEventType.number: 3026000085 is 3.26.0.85
    causes: Numbers  # EventCause

    @classmethod
    def of(
        cls,
        meters: ArrayLike,
        instants: ArrayLike,
        types: ArrayLike,
        cause: EventCause,
        heard: ArrayLike | None = None,
    ) -> Self:
        """Events in any order; a single instant or type counts for all. Heard at once unless `heard` says when.

        Raises ValueError where the head end would hear of something before it happened.
        """
        given = np.asarray(meters, np.int64)
        happened = _for_each(instants, given)
        told = happened if heard is None else _for_each(heard, given)
        if (told < happened).any():
            raise ValueError("nothing is heard of before it happened")
        return cls._ordered(given, happened, told, _for_each(types, given), np.full(given.shape, int(cause), np.int64))

    @classmethod
    def none(cls) -> Self:
        """No event."""
        return cls(*(np.empty(0, np.int64) for _ in fields(cls)))

    @classmethod
    def joined(cls, parts: Iterable["FieldEvents"]) -> Self:
        """All events of all parts. What two of them tell alike is one event, heard when the first is heard."""
        held = [part for part in parts if len(part)]
        if not held:
            return cls.none()
        return cls._ordered(*(np.concatenate([getattr(part, each.name) for part in held]) for each in fields(cls)))

    @classmethod
    def _ordered(cls, meters: Numbers, instants: Numbers, heard: Numbers, types: Numbers, causes: Numbers) -> Self:
        order = np.lexsort((heard, types, meters, instants))
        ordered = cls(*(column[order] for column in (meters, instants, heard, types, causes)))
        again = np.zeros(len(ordered), bool)
        again[1:] = (
            (ordered.instants[1:] == ordered.instants[:-1])
            & (ordered.meters[1:] == ordered.meters[:-1])
            & (ordered.types[1:] == ordered.types[:-1])
        )
        return ordered.where(~again) if again.any() else ordered

    def __len__(self) -> int:
        return len(self.meters)

    def where(self, chosen: NDArray[np.bool_] | Numbers | slice) -> Self:
        """Some of the events, in the same order: a mask (n,), ascending positions or a slice."""
        return type(self)(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def happened(self, after: int, until: int) -> Self:
        """What happened in (after, until], epoch seconds. A view: nothing is copied."""
        first, end = np.searchsorted(self.instants, (after, until), side="right")
        return self.where(slice(int(first), int(end)))

    def heard_in(self, after: int, until: int) -> Self:
        """What the head end heard of in (after, until], epoch seconds."""
        return self.where((self.heard > after) & (self.heard <= until))

    def of_type(self, pattern: str) -> Self:
        """Those whose type fits a code such as 3.26.0.85 in which 0 or * stands for any value.

        Raises ValueError where the pattern is not four numbers or stars.
        """
        return self.where(fits(self.types, pattern))

    def type_codes(self) -> list[str]:
        """The type of each event as it is written on the wire."""
        distinct, positions = np.unique(self.types, return_inverse=True)
        codes = [EndDeviceEventType.of_number(number).code for number in distinct.tolist()]
        return [codes[position] for position in positions.tolist()]


def fits(types: Numbers, pattern: str) -> NDArray[np.bool_]:
    """Which of some event type numbers fit a four-part pattern; 0 and * in it stand for any value.

    Raises ValueError where the pattern is not four numbers or stars.
    """
    parts = pattern.split(".")
    if len(parts) != 4 or not all(part == "*" or (part.isascii() and part.isdigit()) for part in parts):
        raise ValueError(f"{pattern!r} is no event type pattern: four numbers, 0 or * for any, such as 3.31.0.68")
    matches = np.ones(types.shape, bool)
    for position, part in enumerate(parts):
        wanted = 0 if part == "*" else int(part)
        if wanted:
            matches &= types // 1_000 ** (3 - position) % 1_000 == wanted
    return matches


def fits_code(code: str, pattern: str) -> bool:
    """The same of one event type as it is written on the wire."""
    parts = zip(code.split("."), pattern.split("."), strict=True)
    return all(wanted == "*" or int(wanted) in (0, int(part)) for part, wanted in parts)


def _for_each(values: ArrayLike, meters: Numbers) -> Numbers:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(values, np.int64), meters.shape))

"""How messages name objects: by mRID, by Names, or by both (behaviour of every noun of 61968-9:2013)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from headend.operations.refusal import Refusal
from headend.operations.reply import ObjectId

T = TypeVar("T")

Lookup = Callable[[str], T | None]
"""From an mRID or a name to what it names: a meter's index, a usage point's number, a group."""


@dataclass(frozen=True, slots=True)
class ObjectName:
    """One of an object's names: unique among the names of its type that its authority gave."""

    name: str
    name_type: str | None = None
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectReference:
    """One object as a message names it. Several names are aliases of the same object."""

    object_type: str
    """CIM class, such as EndDevice or UsagePoint."""
    mrid: str | None = None
    names: tuple[ObjectName, ...] = ()

    @property
    def object_id(self) -> ObjectId:
        """The reference as an Error or a Reply repeats it: the mRID if there is one, else the first name."""
        if self.mrid:
            return ObjectId(self.mrid, "uuid", self.object_type)
        if self.names:
            first = self.names[0]
            return ObjectId(first.name, "name", self.object_type, first.name_type, first.authority)
        return ObjectId("", "other", self.object_type)

    def __str__(self) -> str:
        named = [f"mRID {self.mrid!r}"] if self.mrid else []
        named += [f"name {name.name!r}" for name in self.names]
        return f"{self.object_type} {' and '.join(named) or 'without mRID and Names'}"


@dataclass(frozen=True, slots=True)
class Period:
    """A span that a request asks for; an open side is None."""

    start: datetime | None
    end: datetime | None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise Refusal.because(
                "1.8",
                f"the period ends at {self.end.isoformat()}, not after its start {self.start.isoformat()}",
            )


def find_object(
    reference: ObjectReference,
    by_mrid: Lookup[T],
    by_name: Lookup[T],
    unknown_code: str,
) -> T:
    """What a reference names.

    The mRID is tried first, then the names, any of which is enough if none contradicts; a text in Names that is
    an mRID counts as one, since clients put it there. Raises Refusal: `unknown_code` where nothing matches, 2.29
    where mRID and names are different objects.
    """
    found: dict[T, str] = {}
    if reference.mrid:
        named = by_mrid(reference.mrid)
        if named is None:
            named = by_name(reference.mrid)
        if named is None:
            raise Refusal.because(unknown_code, f"{reference} is not known here", reference.object_id)
        found[named] = f"mRID {reference.mrid!r}"
    for name in reference.names:
        named = by_name(name.name)
        if named is None:
            named = by_mrid(name.name)
        if named is not None:
            found.setdefault(named, f"name {name.name!r}")
    if not found:
        raise Refusal.because(unknown_code, f"{reference} is not known here", reference.object_id)
    if len(found) > 1:
        raise Refusal.because("2.29", f"{' and '.join(found.values())} are different objects", reference.object_id)
    return next(iter(found))

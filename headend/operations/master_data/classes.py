"""What classes of master data there are, and how their objects belong together: facts, read from the tables beside.

A family is what shares mRIDs and names: a Meter is an EndDevice, so MeterConfig and EndDeviceConfig speak of the same
objects.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Nature(StrEnum):
    """How objects of a class come to be, and go."""

    OBJECT = "object"
    """Created and deleted by messages."""
    FUNCTION = "function"
    """Of the devices that point to it by name or mRID, and gone with the last of them."""
    DEFINITION = "definition"
    """Explains what is the same everywhere: coming again is no conflict."""
    KIND = "kind"
    """Named by its kind, too, and there whether or not somebody created it."""
    RECORD = "record"
    """Tells what happened: it is told of, may come before what it refers to, and is marked, not forgotten, when it is
    canceled.
    """
    IMPLIED = "implied"
    """There when it is first named: no noun creates it."""


@dataclass(frozen=True, slots=True)
class MasterClass:
    """A CIM class whose objects are kept."""

    name: str
    family: str
    noun: str
    """Of the messages that create its objects; empty where none does."""
    unknown_code: str
    """Reply code for a reference that names none of its objects."""
    nature: Nature


@dataclass(frozen=True, slots=True)
class Association:
    """Two classes whose objects may be linked. `one` and `other` are families."""

    name: str
    one: str
    one_element: str | None
    """The element in a document of `one` that names `other`; None: only MasterDataLinkageConfig links them."""
    one_has_one: bool
    """An object of `one` has at most one `other` at a time."""
    other: str
    other_element: str | None
    other_has_one: bool
    broken_code: str
    """Reply code where a link is asked for that is not there."""


def find_class(name: str) -> MasterClass:
    """The class of this name. Raises KeyError."""
    return classes()[name]


@cache
def classes() -> dict[str, MasterClass]:
    """All classes by name."""
    return {
        row["class"]: MasterClass(row["class"], row["family"], row["noun"], row["unknown_code"], Nature(row["nature"]))
        for row in _rows("classes.tsv")
    }


@cache
def associations() -> dict[str, Association]:
    """All associations by name."""
    return {
        row["name"]: Association(
            name=row["name"],
            one=find_class(row["one"]).family,
            one_element=row["one_element"] or None,
            one_has_one=row["one_has"] == "1",
            other=find_class(row["other"]).family,
            other_element=row["other_element"] or None,
            other_has_one=row["other_has"] == "1",
            broken_code=row["broken_code"],
        )
        for row in _rows("associations.tsv")
    }


@dataclass(frozen=True, slots=True)
class End:
    """An association as objects of one of its families see it."""

    association: Association
    is_one: bool
    """Whether they stand at its side `one`."""

    @property
    def element(self) -> str | None:
        """The element of their documents that names the far side."""
        return self.association.one_element if self.is_one else self.association.other_element

    @property
    def near(self) -> str:
        """Their family."""
        return self.association.one if self.is_one else self.association.other

    @property
    def far(self) -> str:
        """The family of the far side."""
        return self.association.other if self.is_one else self.association.one

    @property
    def turned(self) -> "End":
        """The association as the far side sees it."""
        return End(self.association, not self.is_one)

    @property
    def has_one(self) -> bool:
        """They have at most one of the far side at a time."""
        return self.association.one_has_one if self.is_one else self.association.other_has_one

    @property
    def far_has_one(self) -> bool:
        """Those of the far side have at most one of them at a time."""
        return self.association.other_has_one if self.is_one else self.association.one_has_one


@cache
def ends_of(family: str) -> tuple[End, ...]:
    """The associations of a family."""
    found = [End(one, True) for one in associations().values() if one.one == family]
    return (*found, *(End(one, False) for one in associations().values() if one.other == family))


@cache
def named_ends(family: str) -> dict[str, End]:
    """The associations of a family that its documents name, by the element that does."""
    return {end.element: end for end in ends_of(family) if end.element is not None}


@cache
def ends_between(family: str, far: str) -> tuple[End, ...]:
    """The associations between two families."""
    return tuple(end for end in ends_of(family) if end.far == far)


def _rows(file_name: str) -> Iterator[dict[str, str]]:
    table = files("headend.operations.master_data").joinpath(f"facts/{file_name}").read_text("utf-8")
    return csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)

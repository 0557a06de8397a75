"""How a message names an object: by mRID, by Names, or by both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lxml import etree

from headend.lint.elements import child, children, text
from headend.lint.finding import Where

REFERENCES = frozenset(
    {
        "Meter", "EndDevice", "EndDevices", "UsagePoint", "UsagePoints", "Assets", "TransformerTank",
        "EndDeviceGroup", "EndDeviceGroups", "UsagePointGroup", "UsagePointGroups",
    }
)  # fmt: skip
"""Elements that mean an object which somebody has to find again."""

_DESCRIBING = frozenset({"outcome", "state", "status"})
"""NameTypes of texts that stand in Names and say how an object is, not what it is called."""

_DEVICES = frozenset({"Meter", "EndDevice", "EndDevices", "Assets"})
_PLURALS = {"UsagePoints": "UsagePoint", "EndDeviceGroups": "EndDeviceGroup", "UsagePointGroups": "UsagePointGroup"}


class NamedObject(NamedTuple):
    """An element that names an object, or should."""

    element: str
    """Its local name."""
    mrid: str | None
    """None where there is none; empty where the element is."""
    names: tuple[str, ...]
    """Names/name."""
    name_types: tuple[str | None, ...]
    """NameType/name of each."""
    serial_number: str | None
    at: Callable[[], Where]

    @property
    def object_type(self) -> str:
        """What it is, whatever the profile calls it: a meter is an end device and an asset."""
        return "EndDevice" if self.element in _DEVICES else _PLURALS.get(self.element, self.element)

    @property
    def identifiers(self) -> frozenset[str]:
        """All that it is called; letters of an mRID count the same in both cases."""
        return frozenset(filter(None, (self.mrid and self.mrid.lower(), *self.names)))

    @property
    def words(self) -> str:
        """What to call it in a sentence."""
        return next(iter(filter(None, (*self.names, self.mrid))), "?")


def read_named(element: etree._Element, name: str, at: Callable[[], Where]) -> NamedObject:
    """The identity in an element. name: its local name."""
    calling = list(_calling(element))
    return NamedObject(
        name,
        text(element, "mRID"),
        tuple(name for name, _ in calling),
        tuple(kind for _, kind in calling),
        text(element, "serialNumber"),
        at,
    )


def _calling(element: etree._Element) -> Iterator[tuple[str, str | None]]:
    for names in children(element, "Names"):
        kind = text(child(names, "NameType"), "name")
        if kind is None or kind.lower() not in _DESCRIBING:
            yield text(names, "name") or "", kind


def named_child(element: etree._Element, name: str, at: Callable[[], Where]) -> NamedObject | None:
    """The identity in a child; None where there is no such child."""
    found = child(element, name)
    return None if found is None else read_named(found, name, at)

"""Request/ID: objects named beside the Get profile, which count where the profile names none (61968-100:2013).

In a get request an ID is a text without attributes, so what it names is looked for: a meter, a usage point or a group,
in this order, each by mRID and by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from headend.operations.references import ObjectReference
from headend.operations.reply import ObjectId
from simulator.fleet import Fleet


@dataclass(frozen=True, slots=True)
class IdentifiedObjects:
    """What the IDs of a request name."""

    end_devices: tuple[ObjectReference, ...]
    usage_points: tuple[ObjectReference, ...]
    groups: tuple[ObjectReference, ...]
    others: tuple[str, ...]
    """Those that name none of these."""

    @property
    def are_targets(self) -> bool:
        """Whether any meter is named, by whatever it belongs to."""
        return bool(self.end_devices or self.usage_points or self.groups)


def identified_objects(fleet: Fleet, ids: Sequence[str]) -> IdentifiedObjects:
    """The objects by class, each once."""
    found: dict[str, list[ObjectReference]] = {"EndDevice": [], "UsagePoint": [], "EndDeviceGroup": []}
    others: list[str] = []
    for text in dict.fromkeys(ids):
        object_type = _class_of(fleet, text) if text else None
        if object_type is None:
            others.append(text)
        else:
            found[object_type].append(ObjectReference(object_type, text))
    devices, points, groups = (tuple(each) for each in found.values())
    return IdentifiedObjects(devices, points, groups, tuple(others))


def id_as_sent(text: str) -> ObjectId:
    """An ID as an Error repeats it."""
    return ObjectId(text, "other")


def _class_of(fleet: Fleet, text: str) -> str | None:
    """The class of what a text names; None where it names nothing."""
    if fleet.index_of_mrid(text) is not None or fleet.index_of_name(text) is not None:
        return "EndDevice"
    if fleet.usage_point_of_mrid(text) is not None or fleet.usage_point_of_name(text) is not None:
        return "UsagePoint"
    return None if fleet.group(text) is None else "EndDeviceGroup"

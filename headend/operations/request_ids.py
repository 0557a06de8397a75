"""Request/ID: objects named beside the Get profile, which count where the profile names none (61968-100:2013).

The attribute objectType says of which class an object is, kind whether the text is a name or an mRID. Without them an
ID is looked for as a meter, a usage point and a group, in this order, by mRID and by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from headend.operations.meter_targets import UNKNOWN_OTHER
from headend.operations.references import ObjectName, ObjectReference
from headend.operations.reply import Error, ObjectId
from simulator.fleet import Fleet
from simulator.near_miss import did_you_mean

EVENT_CLASS: Final = "EndDeviceEvent"

_DEVICE_CLASSES: Final = ("EndDevice", "Meter")
_USAGE_POINT_CLASSES: Final = ("UsagePoint",)
_GROUP_CLASSES: Final = ("EndDeviceGroup", "TransformerTank", "UsagePointGroup")
_TARGET_CLASSES: Final = (*_DEVICE_CLASSES, *_USAGE_POINT_CLASSES, *_GROUP_CLASSES)


@dataclass(frozen=True, slots=True)
class IdentifiedObjects:
    """What the IDs of a request name."""

    end_devices: tuple[ObjectReference, ...] = ()
    usage_points: tuple[ObjectReference, ...] = ()
    groups: tuple[ObjectReference, ...] = ()
    events: tuple[ObjectId, ...] = ()
    """Where events are asked for: IDs of the class EndDeviceEvent, and those without a class that name no target."""
    errors: tuple[Error, ...] = ()
    """2.15 for an ID that cannot be of what is asked for."""


def identified_objects(fleet: Fleet, ids: Sequence[ObjectId], *, may_be_events: bool = False) -> IdentifiedObjects:
    """The objects by class. A target of a stated class may be unknown all the same."""
    targets: list[ObjectReference] = []
    events: list[ObjectId] = []
    errors: list[Error] = []
    classes = (*_TARGET_CLASSES, EVENT_CLASS) if may_be_events else _TARGET_CLASSES
    for one in ids:
        found = one.object_type or (_class_of(fleet, one.value) if one.value else None)
        if found in _TARGET_CLASSES:
            targets.append(_reference(one, found))
        elif one.value and may_be_events and found in (None, EVENT_CLASS):
            events.append(one)
        elif found is None:
            errors.append(
                Error(
                    UNKNOWN_OTHER, f"Request/ID {one.value!r} names no meter, usage point or group here", object_id=one
                )
            )
        else:
            errors.append(
                Error(
                    UNKNOWN_OTHER,
                    f"Request/ID {one.value!r} is of the class {found!r}, of which nothing can be asked for here"
                    f"{did_you_mean(found, classes)}",
                    object_id=one,
                )
            )
    return IdentifiedObjects(
        tuple(one for one in targets if one.object_type in _DEVICE_CLASSES),
        tuple(one for one in targets if one.object_type in _USAGE_POINT_CLASSES),
        tuple(one for one in targets if one.object_type in _GROUP_CLASSES),
        tuple(events),
        tuple(errors),
    )


def _class_of(fleet: Fleet, text: str) -> str | None:
    """The class of what a text without attributes names; None where it names nothing."""
    if fleet.index_of_mrid(text) is not None or fleet.index_of_name(text) is not None:
        return "EndDevice"
    if fleet.usage_point_of_mrid(text) is not None or fleet.usage_point_of_name(text) is not None:
        return "UsagePoint"
    return None if fleet.group(text) is None else "EndDeviceGroup"


def _reference(one: ObjectId, object_type: str) -> ObjectReference:
    if one.kind == "name":
        return ObjectReference(object_type, None, (ObjectName(one.value, one.id_type, one.id_authority),))
    return ObjectReference(object_type, one.value)

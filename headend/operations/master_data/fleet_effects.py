"""What master data makes of the fleet: a MeterConfig adds a meter, a link moves it, a firmwareID is what it runs.

Meters that clients create follow behind those of the settings. What such a meter is like follows from its document:

    class       Meter/type where that is the name of a meter class; else gas or water by EndDeviceInfo/capability; else
                residential
    installed   lifecycle/installationDate, else the local day of the message; its registers stood at zero then
    firmware    firmwareID of the functions that it points to

An EndDevice with isPan is a device of the home network: it is known, and has no readings.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from headend.operations.identifiers import identifier
from headend.operations.master_data.classes import End, ends_of, find_class
from headend.operations.master_data.documents import Document, text_of
from headend.operations.master_data.fleet_objects import END_DEVICE, FIRMWARE_FAMILIES, USAGE_POINT
from headend.operations.master_data.payload import ObjectDocument
from headend.operations.master_data.tariffs import dated_tariffs
from headend.operations.master_data.working_set import METER_USAGE_POINT, Known, WorkingSet
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, ObjectId
from headend.store import DeviceTransition, FleetChange, FleetChangeKind, MasterLink
from simulator.device import Aspect
from simulator.local_time import FIRST_YEAR, LAST_YEAR
from simulator.meter_class import METER_CLASSES
from simulator.tariffs import Assignment, InvalidTariff

USUAL_CLASS: Final = "residential"
_OF_DEVICES: Final = (METER_USAGE_POINT, *(f"{END_DEVICE}-{family}" for family in FIRMWARE_FAMILIES))
"""Associations whose links have effect; a device is at their first side."""


@dataclass(frozen=True, slots=True)
class FleetEffects:
    """Puts changes of master data into effect; see `master_data.effects.Effects`."""

    seed: int

    def check(self, said: ObjectDocument, working: WorkingSet) -> None:
        """Raises Refusal (1.8) for a device that the fleet could not have."""
        if find_class(said.object_type).family == END_DEVICE:
            _installed(said.document, working)

    def remarks_on(self, known: Known) -> list[Error]:
        """A PricingStructure by whose tariffs no meter can count is kept, and that is said."""
        if known.object.family != "PricingStructure":
            return []
        try:
            Assignment(0, None, dated_tariffs(known.object.document))
        except InvalidTariff as error:
            details = f"no register counts by this PricingStructure: {error}"
            spelled = text_of(known.object.document, "mRID") or known.mrid
            return [Error("1.8", details, Level.WARNING, ObjectId(spelled, "uuid", "PricingStructure"))]
        return []

    def object_changed(self, before: Known | None, after: Known | None, working: WorkingSet) -> None:
        """An object came, changed, or went."""
        one = after or before
        if one is None:
            return
        if one.object.family == END_DEVICE:
            self._device_changed(before, after, working)
        elif one.object.family == USAGE_POINT and before is not None and after is not None:
            self._point_changed(before, after, working)
        elif one.object.family in FIRMWARE_FAMILIES and before is not None and after is not None:
            self._function_changed(before, after, working)

    def link_changed(self, before: MasterLink | None, after: MasterLink | None, working: WorkingSet) -> None:
        """A link came, ends, or went."""
        one = after or before
        if one is None or one.association not in _OF_DEVICES:
            return
        device = working.by_mrid(END_DEVICE, one.one)
        if device is None or not in_fleet(device):
            return  # a device of the home network hangs beside the meter, and has nothing to read there
        if one.association != METER_USAGE_POINT:
            self._runs(device, working)
        elif before is None:
            self._moved(one, working)
        elif after is None and one.start > working.now:
            working.fleet_changes.append(FleetChange(kind=FleetChangeKind.NOT_MOVED, mrid=one.one, at=one.start))
        else:
            at = working.now if after is None or after.end is None else after.end
            working.fleet_changes.append(FleetChange(kind=FleetChangeKind.TAKEN_DOWN, mrid=one.one, at=at))

    def _device_changed(self, before: Known | None, after: Known | None, working: WorkingSet) -> None:
        had, has = before is not None and in_fleet(before), after is not None and in_fleet(after)
        now = working.now
        if after is not None and has and not had:
            working.fleet_changes.append(self._added(after, working))
            for end in ends_of(END_DEVICE) if before is not None else ():
                for link in working.links(end, after.mrid):
                    if link.reaches_beyond(now):  # it was linked while it was none of the fleet
                        self.link_changed(None, replace(link.row, start=max(link.row.start, now)), working)
        elif before is not None and had and not has:
            working.fleet_changes.append(FleetChange(kind=FleetChangeKind.REMOVED, mrid=before.mrid, at=now))
        elif before is not None and after is not None and has:
            name = display_name(after)
            if name != display_name(before):
                renamed = FleetChange(kind=FleetChangeKind.RENAMED, mrid=after.mrid, at=now, name=name)
                working.fleet_changes.append(renamed)

    def _added(self, known: Known, working: WorkingSet) -> FleetChange:
        name = display_name(known)
        return FleetChange(
            kind=FleetChangeKind.ADDED,
            mrid=text_of(known.object.document, "mRID") or known.mrid,
            at=working.now,
            name=name,
            usage_point_mrid=identifier(self.seed, "usage point", known.mrid),
            usage_point_name=name,
            meter_class=meter_class_of(known.object.document),
            installed=_installed(known.object.document, working),
        )

    def _moved(self, link: MasterLink, working: WorkingSet) -> None:
        point = working.by_mrid(USAGE_POINT, link.other)
        if point is not None:
            working.fleet_changes.append(
                FleetChange(
                    kind=FleetChangeKind.MOVED,
                    mrid=link.one,
                    at=link.start,
                    usage_point_mrid=text_of(point.object.document, "mRID") or point.mrid,
                    usage_point_name=display_name(point),
                )
            )

    def _point_changed(self, before: Known, after: Known, working: WorkingSet) -> None:
        name = display_name(after)
        if name != display_name(before):
            renamed = FleetChange(kind=FleetChangeKind.POINT_RENAMED, mrid=after.mrid, at=working.now, name=name)
            working.fleet_changes.append(renamed)

    def _function_changed(self, before: Known, after: Known, working: WorkingSet) -> None:
        if text_of(before.object.document, "firmwareID") == text_of(after.object.document, "firmwareID"):
            return
        for end in _device_ends(after.object.family):
            for device in working.far_of(end, after.mrid, working.now):
                self._runs(device, working)

    def _runs(self, device: Known | None, working: WorkingSet) -> None:
        """The firmware that a device's functions say it runs is the one that it runs."""
        firmware = None if device is None else firmware_of(device, working)
        if device is not None and firmware is not None:
            working.transitions.append(
                DeviceTransition(
                    text_of(device.object.document, "mRID") or device.mrid,
                    Aspect.FIRMWARE.value,
                    working.now,
                    {"version": firmware},
                )
            )


def in_fleet(device: Known) -> bool:
    """Whether a device is one that has readings."""
    return text_of(device.object.document, "isPan") not in ("true", "1")


def display_name(known: Known) -> str:
    """What an object is called where there is room for one name."""
    names = known.names
    return names[0].name if names else text_of(known.object.document, "mRID") or known.mrid


def meter_class_of(document: Document) -> str:
    """The meter class of a device that a client created."""
    said = text_of(document, "type")
    if said is not None and said in METER_CLASSES:
        return said
    for name, flag in (("gas", "gasMetering"), ("water", "waterMetering")):
        if text_of(document, "EndDeviceInfo", "capability", flag) in ("true", "1"):
            return name
    return USUAL_CLASS


def firmware_of(device: Known, working: WorkingSet) -> str | None:
    """The first firmwareID of the functions that a device points to now."""
    for end in ends_of(END_DEVICE):
        if end.is_one and end.far in FIRMWARE_FAMILIES:
            for version in _firmwares(working.far_of(end, device.mrid, working.now)):
                return version
    return None


def _firmwares(functions: Iterable[Known]) -> Iterable[str]:
    found = (text_of(one.object.document, "firmwareID") for one in functions)
    return (one for one in found if one is not None)


def _device_ends(family: str) -> list[End]:
    return [end for end in ends_of(family) if not end.is_one and end.far == END_DEVICE]


def _installed(document: Document, working: WorkingSet) -> date:
    """The day on which a meter's registers stood at zero. Raises Refusal (1.8) for one outside the calendar."""
    said = text_of(document, "lifecycle", "installationDate")
    day = _local_day(working.now, working) if said is None else date.fromisoformat(said[:10])
    if not FIRST_YEAR < day.year < LAST_YEAR:
        raise Refusal.because(
            "1.8",
            f"lifecycle/installationDate is {day}; meters are installed in {FIRST_YEAR + 1} to {LAST_YEAR - 1}",
        )
    return day


def _local_day(instant: datetime, working: WorkingSet) -> date:
    return instant.astimezone(working.fleet.fleet.calendar.zone).date()

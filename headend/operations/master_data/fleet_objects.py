"""Objects of master data that the fleet has without anybody's message: its meters, usage points and transformers.

They are worked out, not stored. As soon as a client changes or links one it is kept like any other, and what is kept is
what counts.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from headend.operations.identifiers import identifier
from headend.operations.master_data.documents import Document, name_document
from headend.operations.references import ObjectName
from simulator.fleet import Fleet
from simulator.fleet.object_mrids import Kind
from simulator.meter_class import MeterClass

END_DEVICE: Final = "EndDevice"
USAGE_POINT: Final = "UsagePoint"
TRANSFORMER_TANK: Final = "TransformerTank"
SERVICE_CATEGORY: Final = "ServiceCategory"

CONNECT_DISCONNECT_FUNCTION: Final = "ConnectDisconnectFunction"
METERING_FUNCTION: Final = "SimpleEndDeviceFunction"
FIRMWARE_FAMILIES: Final = (METERING_FUNCTION, "ComFunction")
"""Whose firmwareID tells that of a device, the first that has one."""
FUNCTIONS: Final = (METERING_FUNCTION, CONNECT_DISCONNECT_FUNCTION)
"""What every meter of the fleet has; their mRIDs are that of the meter with their class behind it."""

METER_NAME_TYPE: Final = "EndDevice"
USAGE_POINT_NAME_TYPE: Final = "UsagePoint"

_METERING_KINDS: Final = {"electricity": "electricMetering", "gas": "gasMetering", "water": "waterMetering"}
"""EndDeviceFunctionKind by ServiceKind."""

_SERVICE_KINDS: Final = {1: "electricity", 2: "electricity", 7: "gas", 9: "water"}
"""ServiceKind of what a meter measures (Annex C, commodity)."""


@dataclass(frozen=True, slots=True)
class FleetObject:
    """An object that the fleet has."""

    family: str
    mrid: str
    names: tuple[ObjectName, ...]
    number: int
    """Of the meter, the usage point or the transformer among its like."""


class FleetObjects:
    """The master data of a fleet as its settings describe it."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def of_mrid(self, family: str, mrid: str) -> FleetObject | None:
        """The object with this mRID; None if the fleet has none in that family."""
        fleet = self.fleet
        if family == END_DEVICE:
            return self._meter(fleet.index_of_mrid(mrid))
        if family == USAGE_POINT:
            return self._usage_point(fleet.usage_point_of_mrid(mrid))
        if family == TRANSFORMER_TANK:
            group = fleet.groups.of_mrid(mrid)
            return None if group is None else self._transformer(group.name)
        meter, _, function = mrid.rpartition(".")
        return self._function(family, self.fleet.index_of_mrid(meter)) if function == family else None

    def of_name(self, family: str, name: str) -> FleetObject | None:
        """The object with this name; None if the fleet has none in that family."""
        fleet = self.fleet
        if family == END_DEVICE:
            return self._meter(fleet.index_of_name(name))
        if family == USAGE_POINT:
            return self._usage_point(fleet.usage_point_of_name(name))
        return self._transformer(name) if family == TRANSFORMER_TANK else None

    def count(self, family: str) -> int:
        """How many the fleet has of a family, such as EndDevice."""
        if family == END_DEVICE:
            return len(self.fleet)
        return self.fleet.layout.usage_point_count if family == USAGE_POINT else 0

    def at(self, family: str, number: int) -> FleetObject:
        """The object of a number below `count`."""
        found = self._meter(number) if family == END_DEVICE else self._usage_point(number)
        if found is None:
            raise IndexError(f"there is no {family} {number}")
        return found

    def usage_point_of(self, meter: FleetObject) -> FleetObject:
        """Where a meter hangs since it was installed."""
        return self.at(USAGE_POINT, int(self.fleet.usage_points_of([meter.number])[0]))

    def functions_of(self, meter: FleetObject) -> list[FleetObject]:
        """What a meter points to: its metering function, and that of its switch where it has one."""
        found = (self._function(family, meter.number) for family in FUNCTIONS)
        return [one for one in found if one is not None]

    def device_of(self, function: FleetObject) -> FleetObject:
        """The meter that points to a function."""
        return self.at(END_DEVICE, function.number)

    def meters_at(self, usage_point: FleetObject) -> list[FleetObject]:
        """The meters that hang at a usage point since they were installed."""
        return [self.at(END_DEVICE, int(index)) for index in self.fleet.meters_at(usage_point.number)]

    def installed(self, meter: FleetObject) -> datetime:
        """When a meter was installed."""
        return datetime.fromtimestamp(int(self.fleet.installed_of([meter.number])[0]), UTC)

    def service_category(self, usage_point: FleetObject) -> str | None:
        """mRID of the ServiceCategory of a usage point; None where no meter hangs there."""
        meters = self.fleet.meters_at(usage_point.number)
        if not len(meters):
            return None
        return service_category_mrid(self.fleet.spec.seed, service_kind(self.fleet.class_at(int(meters[0]))))

    def document(self, one: FleetObject) -> Document:
        """What there is to say of an object. What it is linked with is not in it."""
        document: Document = {"mRID": [one.mrid]}
        if one.family == END_DEVICE:
            document |= self._meter_document(one)
        elif one.family == USAGE_POINT:
            document |= {"isSdp": ["true"], "isVirtual": ["false"], "connectionState": ["connected"]}
        elif one.family in FUNCTIONS:
            return document | self._function_document(one)
        document["Names"] = [name_document(name.name, name.name_type, name.authority) for name in one.names]
        return document

    def _meter_document(self, meter: FleetObject) -> Document:
        meter_class = self.fleet.class_at(meter.number)
        day = self.installed(meter).astimezone(self.fleet.calendar.zone).date()
        return {
            "type": [meter_class.name],
            "lifecycle": [{"installationDate": [day.isoformat()]}],
            "EndDeviceInfo": [{"capability": [capability(meter_class)]}],
        }

    def _function_document(self, function: FleetObject) -> Document:
        if function.family == CONNECT_DISCONNECT_FUNCTION:
            return {"enabled": ["true"], "isConnected": ["true"]}
        metering = _METERING_KINDS.get(service_kind(self.fleet.class_at(function.number)), "metrology")
        document: Document = {"enabled": ["true"], "kind": [metering]}
        firmware = self.fleet.firmware_at(function.number)
        return document if firmware is None else document | {"firmwareID": [firmware]}

    def _function(self, family: str, index: int | None) -> FleetObject | None:
        if index is None or family not in FUNCTIONS:
            return None
        if family == CONNECT_DISCONNECT_FUNCTION and not self.fleet.class_at(index).has_switch:
            return None
        return FleetObject(family, f"{self.fleet.meter(index).mrid}.{family}", (), index)

    def _meter(self, index: int | None) -> FleetObject | None:
        if index is None:
            return None
        meter = self.fleet.meter(index)
        return FleetObject(END_DEVICE, meter.mrid, (ObjectName(meter.name, METER_NAME_TYPE),), index)

    def _usage_point(self, number: int | None) -> FleetObject | None:
        if number is None:
            return None
        point = self.fleet.usage_point(number)
        return FleetObject(USAGE_POINT, point.mrid, (ObjectName(point.name, USAGE_POINT_NAME_TYPE),), number)

    def _transformer(self, name: str) -> FleetObject | None:
        group = self.fleet.groups.of_name(name)
        if group is None or group.kind is not Kind.TRANSFORMER:
            return None
        return FleetObject(TRANSFORMER_TANK, group.mrid, (ObjectName(group.name),), group.number)


def capability(meter_class: MeterClass) -> Document:
    """EndDeviceInfo/capability of a meter of a class."""
    commodity = _SERVICE_KINDS.get(meter_class.commodity)
    return {
        "connectDisconnect": ["true" if meter_class.has_switch else "false"],
        "electricMetering": ["true" if commodity == "electricity" else "false"],
        "gasMetering": ["true" if commodity == "gas" else "false"],
        "metrology": ["true"],
        "onRequestRead": ["true"],
        "waterMetering": ["true" if commodity == "water" else "false"],
    }


def service_kind(meter_class: MeterClass) -> str:
    """ServiceCategory/kind of what a meter of a class measures."""
    return _SERVICE_KINDS.get(meter_class.commodity, "other")


def service_category_mrid(seed: int, kind: str) -> str:
    """mRID of the ServiceCategory of a kind that nobody created."""
    return identifier(seed, "service category", kind)

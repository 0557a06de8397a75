"""A meter and its state as JSON: what `GET meters/{id}` answers."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from headend.control.answer import Answer
from headend.operations.fleet.meter_state import MeterState
from headend.store import EndDeviceEvent, Window
from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.cim.reading_type import ReadingType
from simulator.fleet import Fleet, Meter


class UsagePointJson(Answer):
    """Where a meter is mounted."""

    mrid: str = Field(serialization_alias="mRID")
    name: str


class MeterJson(Answer):
    """Who a meter is."""

    mrid: str = Field(serialization_alias="mRID")
    name: str
    usage_point: UsagePointJson = Field(serialization_alias="UsagePoint")
    meter_class: str = Field(serialization_alias="class", description="Such as residential.")
    template: str | None = Field(description="Template of the fleet file; null for a meter of an imported list.")
    firmware: str | None
    network: list[str] = Field(description="Substation, feeder and transformer that feed it; empty without a network.")

    @classmethod
    def of(cls, fleet: Fleet, meter: Meter) -> "MeterJson":
        """A meter of a fleet."""
        return MeterJson(**_identity(fleet, meter))


class ReadingTypeJson(Answer):
    """What a meter can be asked for."""

    mrid: str = Field(serialization_alias="mRID", description="The 18 numbers.")
    words: str

    @classmethod
    def of(cls, reading_type: ReadingType) -> Self:
        """A reading type and what it means."""
        return cls(mrid=reading_type.mrid, words=reading_type.describe())


class RegisterJson(Answer):
    """A register as it stands."""

    reading_type: str = Field(serialization_alias="ReadingType")
    words: str
    stamp: datetime = Field(serialization_alias="timeStamp")
    value: float = Field(description="In the unit and multiplier of the reading type.")


class InterruptionJson(Answer):
    """A span in which no energy flows."""

    start: datetime
    end: datetime | None = Field(description="Null while it lasts.")
    cause: str

    @classmethod
    def of(cls, window: Window) -> Self:
        """A stored window."""
        return cls(start=window.start, end=window.end, cause=window.cause)


class EventJson(Answer):
    """Something that happened at a meter."""

    mrid: str = Field(serialization_alias="mRID")
    created: datetime = Field(serialization_alias="createdDateTime")
    type_code: str = Field(serialization_alias="EndDeviceEventType")
    words: str
    issuer_tracking_id: str | None = Field(serialization_alias="issuerTrackingID")

    @classmethod
    def of(cls, event: EndDeviceEvent) -> Self:
        """A stored event."""
        return cls(
            mrid=event.mrid,
            created=event.created,
            type_code=event.type_code,
            words=EndDeviceEventType.parse(event.type_code).mnemonic,
            issuer_tracking_id=event.issuer_tracking_id,
        )


class MeterStateJson(MeterJson):
    """How a meter stands, and what happened to it."""

    time: datetime = Field(description="The fleet's time of all that is said here.")
    switch: str = Field(description="connected or disconnected.")
    registers: list[RegisterJson]
    reading_types: list[ReadingTypeJson] = Field(serialization_alias="ReadingType")
    interruptions: list[InterruptionJson] = Field(description="Oldest first.")
    events: list[EventJson] = Field(serialization_alias="EndDeviceEvent", description="Oldest first.")

    @classmethod
    def of_state(cls, fleet: Fleet, state: MeterState) -> "MeterStateJson":
        """The state of a meter of a fleet."""
        return MeterStateJson(
            **{**_identity(fleet, state.meter), "firmware": state.device.firmware},
            time=state.now,
            switch=state.switch.value,
            registers=[
                RegisterJson(
                    reading_type=one.reading_type.mrid,
                    words=one.reading_type.describe(),
                    stamp=one.stamp,
                    value=float(one.value),
                )
                for one in state.registers
            ],
            reading_types=[ReadingTypeJson.of(one) for one in state.reading_types],
            interruptions=[InterruptionJson.of(one) for one in state.interruptions],
            events=[EventJson.of(one) for one in state.events],
        )


def _identity(fleet: Fleet, meter: Meter) -> dict[str, Any]:
    template = fleet.template_at(meter.index)
    return {
        "mrid": meter.mrid,
        "name": meter.name,
        "usage_point": UsagePointJson(mrid=meter.usage_point_mrid, name=meter.usage_point_name),
        "meter_class": fleet.class_at(meter.index).name,
        "template": None if template is None else template.name,
        "firmware": fleet.firmware_at(meter.index),
        "network": [group.name for group in fleet.groups.above(meter.index)],
    }

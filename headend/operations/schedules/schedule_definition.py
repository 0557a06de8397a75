"""What a MeterReadSchedule says: which meters, which reading types, and when (61968-9:2013, MeterReadSchedule)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import Targets, find_targets
from headend.operations.readings.meter_readings_query import MeterReadingsQuery
from headend.operations.references import ObjectName, ObjectReference, Period
from headend.operations.schedules.recurrence import Recurrence, TimeSchedule, stored_time_schedule, time_schedule_of
from headend.store import ScheduleRevision
from simulator.local_time import LocalCalendar, epoch_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDefinition:
    """A schedule as a client gives it, and as it gets it back. Every part may be empty."""

    end_devices: tuple[ObjectReference, ...] = ()
    usage_points: tuple[ObjectReference, ...] = ()
    groups: tuple[ObjectReference, ...] = ()
    """EndDeviceGroup and UsagePointGroup together."""
    customers: tuple[ObjectReference, ...] = ()
    """CustomerAccount and CustomerAgreement together."""
    reading_types: tuple[ObjectReference, ...] = ()
    """Empty: all that the meters deliver by default."""
    time_schedules: tuple[TimeSchedule, ...] = ()
    """Empty: daily at local midnight, until cancelled."""
    is_of_all: bool = False
    """Where it names no meters, all of the fleet are meant."""

    @property
    def has_targets(self) -> bool:
        """Whether it names any meters."""
        return bool(self.end_devices or self.usage_points or self.groups or self.customers)

    def changed_by(self, other: "ScheduleDefinition") -> "ScheduleDefinition":
        """This one with what `other` says in the places of what it said: targets, reading types, times. What `other`
        leaves out stays.
        """
        targets = other if other.has_targets else self
        return replace(
            targets,
            reading_types=other.reading_types or self.reading_types,
            time_schedules=other.time_schedules or self.time_schedules,
        )

    def targets(self, masters: MasterMeters) -> Targets:
        """The meters that it names then, in their order, and one error for each reference that names nothing here."""
        if not self.has_targets:
            return Targets(masters.fleet.all_meters() if self.is_of_all else range(0))
        return find_targets(
            masters.fleet, self.end_devices, self.usage_points, self.groups, masters, others=self.customers
        )

    def query(self, *periods: Period) -> MeterReadingsQuery:
        """What is read of them."""
        return MeterReadingsQuery(
            end_devices=self.end_devices,
            usage_points=self.usage_points,
            groups=self.groups,
            reading_types=self.reading_types,
            periods=periods,
        )


def schedule_recurrence(definition: ScheduleDefinition, since: datetime, calendar: LocalCalendar) -> Recurrence:
    """When a definition reads that counts after `since`. Raises Refusal (1.8) as Recurrence does."""
    return Recurrence(definition.time_schedules, epoch_seconds(since) + 1, calendar)


def stored_definition(definition: ScheduleDefinition) -> dict[str, Any]:
    """What `definition_of` makes it from again."""
    return {
        "end_devices": [asdict(one) for one in definition.end_devices],
        "usage_points": [asdict(one) for one in definition.usage_points],
        "groups": [asdict(one) for one in definition.groups],
        "customers": [asdict(one) for one in definition.customers],
        "reading_types": [asdict(one) for one in definition.reading_types],
        "time_schedules": [stored_time_schedule(one) for one in definition.time_schedules],
        "is_of_all": definition.is_of_all,
    }


def definition_of(revision: ScheduleRevision) -> ScheduleDefinition:
    """The definition of a row."""
    stored = revision.definition
    return ScheduleDefinition(
        end_devices=_references(stored["end_devices"]),
        usage_points=_references(stored["usage_points"]),
        groups=_references(stored["groups"]),
        customers=_references(stored["customers"]),
        reading_types=_references(stored["reading_types"]),
        time_schedules=tuple(map(time_schedule_of, stored["time_schedules"])),
        is_of_all=stored.get("is_of_all", False),
    )


def _references(stored: Sequence[dict[str, Any]]) -> tuple[ObjectReference, ...]:
    return tuple(
        ObjectReference(one["object_type"], one["mrid"], tuple(ObjectName(**name) for name in one["names"]))
        for one in stored
    )

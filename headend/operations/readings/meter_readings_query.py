"""What a GetMeterReadings request asks for, as the request profile says it (61968-9:2013, Annex J)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from headend.operations.fleet.meter_targets import UNKNOWN_OTHER, Indices, KnownElsewhere, Targets, find_targets
from headend.operations.options import RequestOption
from headend.operations.readings.deliverable_types import Deliverable, find_deliverable
from headend.operations.readings.reading_times import ReadingFilter, Span
from headend.operations.references import ObjectReference, Period
from headend.operations.refusal import Refusal
from headend.operations.reply import Error
from headend.operations.request_ids import id_as_sent, identified_objects
from simulator.counted_tariffs import counted_tariffs
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """MeterReadings of the request profile: the meter readings that others are to coincide with."""

    is_trigger: bool | None = None
    """isCoincidentTrigger; None where it is absent."""
    meters: tuple[ObjectReference, ...] = ()
    usage_points: tuple[ObjectReference, ...] = ()
    """Whose trigger it is; nothing means that of each meter is its own."""
    event_types: tuple[ObjectReference, ...] = ()
    """EndDeviceEvents: events of this type are triggers."""
    reading_type: ObjectReference | None = None
    """Readings: values of this type are triggers."""
    reading: ReadingFilter = field(default_factory=ReadingFilter)
    """Which of them."""

    @property
    def is_nothing(self) -> bool:
        """Whether the part is empty, or says no more than that nothing is to coincide."""
        named = self.meters or self.usage_points or self.event_types or self.reading_type
        return not self.is_trigger and not named


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReadingsQuery:
    """A request for readings."""

    end_devices: tuple[ObjectReference, ...] = ()
    usage_points: tuple[ObjectReference, ...] = ()
    groups: tuple[ObjectReference, ...] = ()
    """EndDeviceGroup, UsagePointGroup and TransformerTank together."""
    reading_types: tuple[ObjectReference, ...] = ()
    readings: tuple[ReadingFilter, ...] = ()
    periods: tuple[Period, ...] = ()
    """Of TimeSchedules; of the Request where the profile has no period at all."""
    qualities: tuple[ObjectReference, ...] = ()
    trigger: Trigger | None = None
    """None: readings are asked for in their own right."""
    ids: tuple[str, ...] = ()
    """Of the Request."""
    options: tuple[RequestOption, ...] = ()

    @property
    def names_targets(self) -> bool:
        """Whether any meter is named, by whatever it belongs to."""
        return bool(self.end_devices or self.usage_points or self.groups)

    def with_ids(self, fleet: Fleet, elsewhere: KnownElsewhere | None = None) -> tuple["MeterReadingsQuery", Targets]:
        """The query with the meters that are named by IDs, where the profile names none; and all its meters.

        elsewhere: who is asked for what the fleet does not know.
        """
        if not self.ids or self.names_targets:
            return self, find_targets(fleet, self.end_devices, self.usage_points, self.groups, elsewhere)
        named = identified_objects(fleet, self.ids)
        errors = tuple(
            Error(
                UNKNOWN_OTHER,
                f"Request/ID {text!r} names no meter, usage point or group here",
                object_id=id_as_sent(text),
            )
            for text in named.others
        )
        if not named.are_targets:  # nothing at all would be every meter
            return self, Targets(range(0), errors)
        query = replace(self, end_devices=named.end_devices, usage_points=named.usage_points, groups=named.groups)
        found = find_targets(fleet, query.end_devices, query.usage_points, query.groups)
        return query, Targets(found.meters, (*errors, *found.errors))

    def deliverable(self, fleet: Fleet, meters: Indices, delivered: Deliverable, history: FieldHistory) -> Deliverable:
        """What each reading type comes to; absent ones mean `delivered`, which is all that the meters deliver."""
        if not self.reading_types:
            return delivered
        return self.found_deliverable(fleet, self.reading_types, meters, history)

    def found_deliverable(
        self, fleet: Fleet, reading_types: Sequence[ObjectReference], meters: Indices, history: FieldHistory
    ) -> Deliverable:
        """What some reading types come to at the meters of this query, by the tariffs of their history."""
        if not len(meters):
            meters = range(len(fleet))  # of meters that are not there every type is judged alone
        counted = counted_tariffs(fleet, meters, history.tariffs)
        by_name = bool(self.end_devices) and not self.usage_points and not self.groups
        return find_deliverable(fleet, reading_types, meters, counted, by_name=by_name)


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What one request may ask for; None is no limit."""

    meters: int | None = None
    days: int | None = None

    def check(self, meters: Indices, spans: Sequence[Span]) -> None:
        """Raises Refusal (3.1) for more."""
        if self.meters is not None and len(meters) > self.meters:
            raise Refusal.because("3.1", f"the request is for {len(meters)} meters; the limit here is {self.meters}")
        days = sum((end - start for start, end in spans), timedelta()) / timedelta(days=1)
        if self.days is not None and days > self.days:
            raise Refusal.because("3.1", f"the request is for {days:g} days; the limit here is {self.days}")

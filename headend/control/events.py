"""`/control/v1/events`: what happened at meters, and what shall happen there."""

from collections import deque
from datetime import datetime
from typing import Annotated, Self

from apiflask import APIBlueprint
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form, Instant, Limit
from headend.operations.events.inject_events import EventInjection, inject_events
from headend.operations.events.list_events import EndDeviceEventsQuery, list_events
from headend.operations.references import ObjectName, ObjectReference, Period
from headend.store import EndDeviceEvent
from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.fleet import Fleet

MOST_SHOWN = 100
"""Of the events of one injection so many are told in the answer; all are counted."""

_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Names = Annotated[list[_Name], Field(max_length=1000)]
_Text = Annotated[str, Field(max_length=1000)]


class DeviceJson(Answer):
    """Where it happened."""

    mrid: str = Field(serialization_alias="mRID")
    name: str | None = Field(description="Null for a meter that this fleet does not have.")


class DeviceEvent(Answer):
    """Something that happened at a meter."""

    mrid: str = Field(serialization_alias="mRID")
    created: datetime = Field(serialization_alias="createdDateTime")
    type_code: str = Field(serialization_alias="EndDeviceEventType")
    words: str
    meter: DeviceJson = Field(serialization_alias="Asset")
    severity: str | None
    reason: str | None
    issuer_id: str | None = Field(serialization_alias="issuerID")
    issuer_tracking_id: str | None = Field(serialization_alias="issuerTrackingID")
    user_id: str | None = Field(serialization_alias="userID")
    details: dict[str, str] = Field(serialization_alias="EndDeviceEventDetails")

    @classmethod
    def of(cls, fleet: Fleet, event: EndDeviceEvent) -> Self:
        """An event at a meter of a fleet."""
        index = fleet.index_of_mrid(event.device_mrid)
        return cls(
            mrid=event.mrid,
            created=event.created,
            type_code=event.type_code,
            words=EndDeviceEventType.parse(event.type_code).mnemonic,
            meter=DeviceJson(mrid=event.device_mrid, name=None if index is None else fleet.meter(index).name),
            severity=event.severity,
            reason=event.reason,
            issuer_id=event.issuer_id,
            issuer_tracking_id=event.issuer_tracking_id,
            user_id=event.user_id,
            details=dict(event.details),
        )


class EventList(Answer):
    """The latest of the events that are wanted, oldest first."""

    events: list[DeviceEvent]
    total: int = Field(description="How many there are, told or not.")


class MadeEvents(Answer):
    """What came of a wish for events."""

    count: int = Field(description="How many events were made.")
    events: list[DeviceEvent] = Field(description=f"The first {MOST_SHOWN} of them.")
    unknown: list[str] = Field(description="A sentence for each meter or group that is not known here.")
    warnings: list[str] = Field(description="What a real fleet would not do.")


class EventQuery(Form):
    """Which events are wanted."""

    meter: _Name | None = Field(None, description="mRID or name.")
    group: _Name | None = Field(None, description="mRID or name of a template, substation, feeder or transformer.")
    type: _Name | None = Field(
        None, description="Four numbers, 0 or * for any, or a name.", examples=["3.26.0.85", "RCDSwitch.-.Disconnected"]
    )
    start: Instant | None = Field(None, alias="from", description="Default: the last 45 days.")
    until: Instant | None = Field(None, description="Default: now.")
    limit: Limit = 100


class NewEvents(Form):
    """An event type and the devices at which it happens: at least one meter, usage point or group."""

    type: _Name = Field(
        description="A code as it is, *.26.0.85 for each device's own type, or a name.", examples=["3.12.0.257"]
    )
    meters: _Names = Field([], description="mRIDs or names.")
    usage_points: _Names = Field([], description="mRIDs or names.")
    groups: _Names = Field([], description="Templates, substations, feeders, transformers: mRIDs or names.")
    created: Instant | None = Field(None, description="When it happens; what lies ahead is told then. Default: now.")
    severity: _Text | None = Field(None, description="Default: what is usual for the type.")
    reason: _Text | None = Field(None, description="Default: what is usual for the type.")
    details: dict[_Name, _Text] = Field({}, description="EndDeviceEventDetails: names and values.")
    issuer_id: _Text | None = None
    issuer_tracking_id: _Text | None = None
    user_id: _Text | None = None

    def injection(self) -> EventInjection:
        """What the operation is asked for."""
        return EventInjection(
            event_type=self.type,
            meters=tuple(_reference("EndDevice", one) for one in self.meters),
            usage_points=tuple(_reference("UsagePoint", one) for one in self.usage_points),
            groups=tuple(_reference("EndDeviceGroup", one) for one in self.groups),
            created=self.created,
            severity=self.severity,
            reason=self.reason,
            details=tuple(self.details.items()),
            issuer_id=self.issuer_id,
            issuer_tracking_id=self.issuer_tracking_id,
            user_id=self.user_id,
        )


def events_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET and POST events."""
    events = APIBlueprint("events", __name__, tag="Events")

    @events.get("/events")
    @events.input(EventQuery, location="query", arg_name="query")
    @events.output(EventList)
    def list_latest(query: EventQuery) -> EventList:
        """What happened at meters: what was caused, and what happens by itself.

        The latest `limit` of those that are wanted. What the head end has not heard of yet is not among them.
        """
        wanted = EndDeviceEventsQuery(
            meters=() if query.meter is None else (_reference("EndDevice", query.meter),),
            groups=() if query.group is None else (_reference("EndDeviceGroup", query.group),),
            event_types=() if query.type is None else (_reference("EndDeviceEventType", query.type),),
            periods=() if query.start is None and query.until is None else (Period(query.start, query.until),),
        )
        latest: deque[EndDeviceEvent] = deque(maxlen=query.limit)
        total = 0
        with driven.store.reading() as work:
            now = driven.clock.now()
            source = driven.sources(now, work)
            for event in list_events(wanted, source, now, work).events:
                latest.append(event)
                total += 1
        return EventList(events=[DeviceEvent.of(source.fleet, event) for event in latest], total=total)

    @events.post("/events")
    @events.input(NewEvents, arg_name="form", example={"type": "*.12.0.257", "meters": ["M00000042"]})
    @events.output(MadeEvents, status_code=201)
    def send(form: NewEvents) -> MadeEvents:
        """Let something happen at meters: any type of event at any of them, kept and told like all others.

        What does not suit a device is made, with a warning.
        """
        with driven.store.writing() as work:
            fleet = driven.fleet_now(work)
            made = inject_events(form.injection(), fleet, driven.clock.now(), work, driven.publication)
        driven.wake()
        return MadeEvents(
            count=len(made.events),
            events=[DeviceEvent.of(fleet, event) for event in made.events[:MOST_SHOWN]],
            unknown=[error.details or error.reason for error in made.errors],
            warnings=list(made.warnings),
        )

    return events


def _reference(object_type: str, text: str) -> ObjectReference:
    """An mRID or a name; operations take either in the place of a name."""
    return ObjectReference(object_type, names=(ObjectName(text),))

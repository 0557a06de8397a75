"""Events of the field as the head end lists and publishes them: worked out, never stored.

What happened is a function of the fleet's seed and of stored facts (`simulator.spontaneous_events`, outages). Here the
parts come together, and get identifiers that follow from meter, instant and type: the same event has the same mRID in a
list, in a message and in every process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from headend.operations.event_texts import reason, severity
from headend.operations.identifiers import identifier
from headend.operations.meter_targets import Indices
from headend.store import EndDeviceEvent
from simulator.field_events import EventCause, FieldEvents
from simulator.fleet import Fleet
from simulator.spontaneous_events import can_happen, spontaneous_events, spontaneous_events_heard

KEPT_DAYS = 45
"""Events are kept so long by the head end: nobody is told of older ones unless he asks for their very time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class FieldEventSource:
    """All events of a fleet that nobody stored."""

    fleet: Fleet

    @property
    def is_silent(self) -> bool:
        """Whether there never is one."""
        return not can_happen(self.fleet)

    def happened(self, meters: Indices, after: int, until: int) -> FieldEvents:
        """What happened at these meters in (after, until], epoch seconds."""
        return spontaneous_events(self.fleet, meters, after, until)

    def heard(self, after: int, until: int) -> FieldEvents:
        """What the head end heard of from any meter in (after, until], whenever it happened."""
        return spontaneous_events_heard(self.fleet, range(len(self.fleet)), after, until)


def end_device_events(events: FieldEvents, fleet: Fleet) -> Iterator[EndDeviceEvent]:
    """The events as everybody sees them, in their order, a thousand at a time in memory."""
    for first in range(0, len(events), _AT_A_TIME):
        part = events.where(slice(first, first + _AT_A_TIME))
        each = zip(
            fleet.mrids(part.meters),
            fleet.usage_point_mrids(part.meters),
            part.instants.tolist(),
            part.type_codes(),
            part.causes.tolist(),
            strict=True,
        )
        for mrid, usage_point, instant, code, cause in each:
            device = mrid.decode()
            yield EndDeviceEvent(
                mrid=identifier(fleet.spec.seed, "field event", device, instant, code),
                device_mrid=device,
                type_code=code,
                created=_EPOCH + timedelta(seconds=instant),
                usage_point_mrid=usage_point.decode(),
                reason=reason(code, EventCause(cause)),
                severity=severity(code),
            )

"""The EndDeviceEvents of queued messages, told again from their recipes."""

from collections.abc import Mapping, Sequence
from typing import cast

from headend.handlers.published_messages import PublishedPayload
from headend.messages.end_device_events import end_device_events_text
from headend.messages.response import Payload
from headend.operations.controls.late_control_reply import ANSWERED_CONTROLS, answered_events
from headend.operations.events.publish_field_events import events_of_recipe
from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.store import EndDeviceEvent, OutboxMessage, Store, UnitOfWork
from simulator.clock import Clock
from simulator.fleet import Fleet


class PublishedEvents:
    """Stored events are named by their mRIDs; those of the field are told again. Safe to share between threads."""

    def __init__(self, store: Store, fleets: FleetInForce, clock: Clock) -> None:
        self._store = store
        self._fleets = fleets
        self._clock = clock

    def __call__(self, message: OutboxMessage) -> Payload:
        """The payload of one message."""
        return self.of_several((message,))(message)

    def of_several(self, messages: Sequence[OutboxMessage]) -> PublishedPayload:
        """What makes the payloads of these messages. All events are read at once: it is looks at the store that small
        messages cost.
        """
        with self._store.reading() as work:
            fleet = self._fleets.at(self._clock.now(), work)
            events = _events_of(messages, fleet, work)
        return lambda message: end_device_events_text(events[message.id], fleet, fleet.calendar.zone)


def _events_of(
    messages: Sequence[OutboxMessage], fleet: Fleet, work: UnitOfWork
) -> Mapping[int, Sequence[EndDeviceEvent]]:
    """The events of each message, by its id in the outbox."""
    named = {one.id: cast(list[str], one.recipe) for one in messages if isinstance(one.recipe, list)}
    # In the order in which they happened, which is theirs in each message, too.
    stored = work.events.of_mrids(dict.fromkeys(mrid for mrids in named.values() for mrid in mrids)) if named else []
    if len(named) == 1:
        return dict.fromkeys(named, stored) | _untold(messages, named, fleet, work)
    ranks = {event.mrid: (rank, event) for rank, event in enumerate(stored)}
    found = {
        row_id: [event for _, event in sorted((ranks[one] for one in {*mrids} if one in ranks), key=lambda it: it[0])]
        for row_id, mrids in named.items()
    }
    return found | _untold(messages, named, fleet, work)


def _untold(
    messages: Sequence[OutboxMessage], named: Mapping[int, object], fleet: Fleet, work: UnitOfWork
) -> dict[int, list[EndDeviceEvent]]:
    """The events that no row holds: of answered controls, and of the field."""
    return {
        one.id: list(answered_events(one.recipe, one.created, work))
        if isinstance(one.recipe, dict) and ANSWERED_CONTROLS in one.recipe
        else events_of_recipe(one.recipe, fleet)
        for one in messages
        if one.id not in named
    }

"""The EndDeviceEvents of a queued message, told again from its recipe."""

from typing import cast

from lxml import etree

from headend.handlers.published_messages import PublishedPayload
from headend.messages.end_device_events import end_device_events_element
from headend.operations.controls.late_control_reply import ANSWERED_CONTROLS, answered_events
from headend.operations.events.publish_field_events import events_of_recipe
from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.store import EndDeviceEvent, OutboxMessage, Store, UnitOfWork
from simulator.clock import Clock
from simulator.fleet import Fleet


def published_events(store: Store, fleets: FleetInForce, clock: Clock) -> PublishedPayload:
    """Stored events are named by their mRIDs; those of the field are told again."""

    def events_of(message: OutboxMessage, fleet: Fleet, work: UnitOfWork) -> list[EndDeviceEvent]:
        recipe = message.recipe
        if isinstance(recipe, list):
            return work.events.of_mrids(cast(list[str], recipe))
        if isinstance(recipe, dict) and ANSWERED_CONTROLS in recipe:
            return list(answered_events(recipe, message.created, work))
        return events_of_recipe(recipe, fleet)

    def payload(message: OutboxMessage) -> etree._Element:
        with store.reading() as work:
            fleet = fleets.at(clock.now(), work)
            events = events_of(message, fleet, work)
        return end_device_events_element(events, fleet, fleet.calendar.zone)

    return payload

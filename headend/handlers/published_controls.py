"""The EndDeviceControls of a queued message; its recipe holds all of them but the names of their devices."""

from collections.abc import Mapping
from typing import Any, cast

from lxml import etree

from headend.handlers.published_messages import PublishedPayload
from headend.messages.written_controls import end_device_controls_element
from headend.operations.controls.told_controls import ToldControl
from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.store import OutboxMessage, Store
from simulator.clock import Clock


def published_controls(store: Store, fleets: FleetInForce, clock: Clock) -> PublishedPayload:
    """No control is looked up: a message that is retried does not change with it."""

    def payload(message: OutboxMessage) -> etree._Element:
        recipe = cast(Mapping[str, Any], message.recipe)
        controls = [ToldControl.of_recipe(one) for one in recipe["controls"]]
        with store.reading() as work:
            fleet = fleets.at(clock.now(), work)
        return end_device_controls_element(controls, fleet, fleet.calendar.zone)

    return payload

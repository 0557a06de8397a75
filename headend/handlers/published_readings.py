"""The MeterReadings of a queued message, read anew from its recipe while it is being sent."""

from collections.abc import Callable
from datetime import datetime

from headend.handlers.published_messages import PublishedPayload
from headend.handlers.readings_payload import no_readings, readings_payload
from headend.messages.response import Payload
from headend.operations.readings.read_on_request import ReadOnRequest, asked_at, is_on_request
from headend.operations.schedules.publish_scheduled_readings import ScheduledAt
from headend.store import OutboxMessage, Store, UnitOfWork
from simulator.clock import Clock

RequestedAt = Callable[[datetime, UnitOfWork], ReadOnRequest]
"""Reads the fleet as it is at an instant, as a unit of work sees it."""


def published_readings(
    store: Store, scheduled_at: ScheduledAt, requested_at: RequestedAt, clock: Clock, source: str
) -> PublishedPayload:
    """Readings of schedules, and of those who created them on request.

    clock: the fleet's. `source` is written as the origin of register values.
    """

    def payload(message: OutboxMessage) -> Payload:
        if is_on_request(message.recipe):
            return on_request(message)
        with store.reading() as work:
            scheduled = scheduled_at(clock.now(), work)
            recipe = scheduled.recipe_of(message.recipe, work)
        return readings_payload(recipe, scheduled.fleet, source)

    def on_request(message: OutboxMessage) -> Payload:
        with store.reading() as work:
            requested = requested_at(asked_at(message.recipe), work)
            recipe = requested.readings(message.recipe, work)
        return no_readings() if recipe is None else readings_payload(recipe, requested.fleet, source)

    return payload

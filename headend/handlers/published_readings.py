"""The MeterReadings of a queued message, read anew from its recipe while it is being sent."""

from collections.abc import Iterator

from headend.handlers.published_messages import PublishedPayload
from headend.handlers.readings_payload import readings_payload
from headend.operations.publish_scheduled_readings import ScheduledAt
from headend.store import OutboxMessage, Store
from simulator.clock import Clock


def published_readings(store: Store, scheduled_at: ScheduledAt, clock: Clock, source: str) -> PublishedPayload:
    """clock: the fleet's. `source` is written as the origin of register values."""

    def payload(message: OutboxMessage) -> Iterator[bytes]:
        with store.reading() as work:
            scheduled = scheduled_at(clock.now(), work)
            recipe = scheduled.recipe_of(message.recipe, work)
        return readings_payload(recipe, scheduled.fleet, source)

    return payload

"""Created EndDeviceEvents: who is told of events, and in which messages (61968-9:2013, clause 5.2).

A message is queued in the unit of work that caused the events, so that both are kept or neither. What is queued is
the recipe: the mRIDs of the events; the text is made when it is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from headend.operations.identifiers import identifier
from headend.store import EndDeviceEvent, NewMessage, UnitOfWork

NOUN = "EndDeviceEvents"
VERB = "created"

EVENTS_PER_MESSAGE = 1_000
"""More events than this are told in several messages."""


@dataclass(frozen=True, slots=True)
class EventPublication:
    """Tells every subscriber of created events."""

    destinations: tuple[str, ...]
    """URLs of the subscribers' Receive services that the settings name."""
    seed: int

    def destinations_of(self, work: UnitOfWork) -> tuple[str, ...]:
        """Everybody who is told now: those of the settings, then those who subscribed since; each once."""
        return tuple(dict.fromkeys((*self.destinations, *work.subscriptions.urls(NOUN))))

    def __call__(self, work: UnitOfWork, events: Sequence[EndDeviceEvent], now: datetime) -> None:
        """Queue the messages for events that one request caused; they carry its CorrelationID.

        What is yet to happen leaves when it does: events of one instant share a message, which is of that instant.
        """
        for destination in self.destinations_of(work) if events else ():
            for instant, its_events in _by_instant(events, now):
                for first in range(0, len(its_events), EVENTS_PER_MESSAGE):
                    told = its_events[first : first + EVENTS_PER_MESSAGE]
                    # An event that was withdrawn and comes back comes in a message of its own.
                    planned = () if instant == now else (now.isoformat(),)
                    work.outbox.add(
                        NewMessage(
                            destination=destination,
                            verb=VERB,
                            noun=NOUN,
                            message_id=identifier(self.seed, "publication", destination, told[0].mrid, *planned),
                            correlation_id=told[0].correlation_id,
                            recipe=[event.mrid for event in told],
                            created=instant,
                        )
                    )


def _by_instant(events: Sequence[EndDeviceEvent], now: datetime) -> list[tuple[datetime, list[EndDeviceEvent]]]:
    """Events by when they can be told, in that order; what is past is told now."""
    found: dict[datetime, list[EndDeviceEvent]] = {}
    for event in events:
        found.setdefault(max(event.created, now), []).append(event)
    return sorted(found.items(), key=lambda one: one[0])

"""Created EndDeviceEvents: who is told of events, and in which messages (61968-9:2013, clause 5.2).

A message is queued in the unit of work that caused the events, so that both are kept or neither. What is queued is
the recipe: the mRIDs of the events; the text is made when it is sent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from headend.operations.identifiers import identifier
from headend.operations.publication import Publication
from headend.operations.subscriptions import Subscription
from headend.store import EndDeviceEvent, Json, NewMessage, UnitOfWork
from simulator.field_events import fits_code
from simulator.fleet.imported_meters import folded_mrid

NOUN = "EndDeviceEvents"
VERB = "created"


@dataclass(frozen=True, slots=True)
class EventPublication:
    """Tells every subscriber of created events."""

    publication: Publication

    def __call__(self, work: UnitOfWork, events: Sequence[EndDeviceEvent], now: datetime) -> None:
        """Queue the messages for events that one request caused; they carry its CorrelationID.

        What is yet to happen leaves when it does: events of one instant share a message, which is of that instant.
        More than a subscription's batch size are told in several messages.
        """
        for subscription in self.publication.subscribers(NOUN, work) if events else ():
            work.outbox.add_all(self._messages(subscription, self.wanted(subscription, events), now))

    def publish_changed(
        self,
        verb: str,
        events: Sequence[EndDeviceEvent],
        correlation_id: str | None,
        now: datetime,
        work: UnitOfWork,
    ) -> None:
        """Queue what is told of events that were told before; verb in the past tense."""

        def narrowed(subscription: Subscription) -> Iterator[Json]:
            wanted = [one.mrid for one in self.wanted(subscription, events)]
            for first in range(0, len(wanted), subscription.wanted.most_a_message):
                yield wanted[first : first + subscription.wanted.most_a_message]

        mrids = [one.mrid for one in events]
        cause = (now.isoformat(), *mrids)
        self.publication.queue(work, verb, NOUN, mrids, now, cause, correlation_id, narrowed=narrowed)

    def _messages(
        self, subscription: Subscription, events: Sequence[EndDeviceEvent], now: datetime
    ) -> Iterator[NewMessage]:
        size = subscription.wanted.most_a_message
        url, its_marks = subscription.url, subscription.marks
        for instant, its_events in _by_instant(events, now):
            # An event that was withdrawn and comes back comes in a message of its own.
            marks = (*(() if instant == now else (now.isoformat(),)), *its_marks)
            for first in range(0, len(its_events), size):
                told = its_events[first : first + size]
                yield NewMessage(
                    destination=url,
                    verb=VERB,
                    noun=NOUN,
                    message_id=identifier(self.publication.seed, "publication", url, told[0].mrid, *marks),
                    correlation_id=told[0].correlation_id,
                    recipe=[event.mrid for event in told],
                    created=instant,
                    subscription_mrid=subscription.mrid,
                )

    def wanted(self, subscription: Subscription, events: Sequence[EndDeviceEvent]) -> Sequence[EndDeviceEvent]:
        """Those of some events that a subscription wants, in the same order."""
        types = subscription.wanted.event_types
        if types:
            events = [one for one in events if any(fits_code(one.type_code, pattern) for pattern in types)]
        devices = self.publication.meter_mrids(subscription)
        return events if devices is None else [one for one in events if folded_mrid(one.device_mrid) in devices]


def _by_instant(events: Sequence[EndDeviceEvent], now: datetime) -> list[tuple[datetime, list[EndDeviceEvent]]]:
    """Events by when they can be told, in that order; what is past is told now."""
    found: dict[datetime, list[EndDeviceEvent]] = {}
    for event in events:
        found.setdefault(max(event.created, now), []).append(event)
    return sorted(found.items(), key=lambda one: one[0])

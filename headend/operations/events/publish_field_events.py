"""Created EndDeviceEvents of what happens by itself: told as the fleet's time passes (61968-9:2013, clause 5.2).

Nothing of the field is stored, so somebody has to notice that time has passed. A mark in the store says how far the
field has been told; whoever looks next queues the messages for what the head end heard of since, and moves the mark,
in one unit of work: once, also with many processes, and after a kill.

What was heard within one minute shares messages, as it often has one cause. A subscriber is told what is heard from
his subscription on. After a long time without a head end the last 45 days are told.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from headend.operations.events.field_events import KEPT_DAYS, FieldEventSource, field_event, instant_of
from headend.operations.events.field_facts import field_history, stored_outages
from headend.operations.events.publish_events import NOUN, VERB, EventPublication
from headend.operations.fleet.mountings import is_unchanged
from headend.operations.identifiers import identifier
from headend.operations.subscriptions import MOST_A_MESSAGE, Subscription
from headend.store import EndDeviceEvent, Json, NewMessage, UnitOfWork
from simulator.field_events import FieldEvents, fits
from simulator.field_history import UNDISTURBED
from simulator.fleet import Fleet
from simulator.local_time import DAY_S, HOUR_S, epoch_seconds
from simulator.outage_events import outage_events
from simulator.outages import Outage

MOST_AT_ONCE = 100_000
"""So many events and the rest of their second are queued in one unit of work."""

_TOGETHER_S = 60
_CLOCKS_DIFFER = timedelta(minutes=1)  # at most, those of machines that share a database
_MARK_AGE_S = HOUR_S  # a mark that nothing was heard after is moved now and then only


SourceAt = Callable[[datetime, UnitOfWork], FieldEventSource]
"""The events of the fleet as it is at an instant, as a unit of work sees it."""


def always(source: FieldEventSource) -> SourceAt:
    """The source of a fleet that nobody changes."""
    return lambda _now, _work: source


@dataclass(frozen=True, slots=True)
class FieldPublication:
    """Tells every subscriber what happens by itself."""

    sources: SourceAt
    publication: EventPublication
    most_at_once: int = MOST_AT_ONCE

    def begin(self, now: datetime, work: UnitOfWork) -> None:
        """Puts the first mark: what was heard before a head end first started is not told.

        Also to be called where the fleet's clock was set back: it lives through the time again, and tells it again.
        """
        mark = work.field_progress.told_until()
        if mark is None or mark - now > _CLOCKS_DIFFER:
            work.field_progress.move(instant_of(epoch_seconds(now)))

    def has_news(self, now: datetime, work: UnitOfWork) -> bool:
        """Whether `publish_until` has anything to do. Cheap, and for a unit of work that only reads."""
        mark = work.field_progress.told_until()
        if mark is None:
            return True
        told, until = epoch_seconds(mark), epoch_seconds(now)
        if until - told >= _MARK_AGE_S:
            return True
        return until > told and bool(self._listeners(work)) and len(self._heard(told, until, now, work)) > 0

    def publish_until(self, now: datetime, work: UnitOfWork) -> bool:
        """Queue messages for what was heard since the mark, and move it. False: there is more, call again."""
        mark = work.field_progress.told_until()
        until = epoch_seconds(now)
        if mark is None:
            work.field_progress.move(instant_of(until))
            return True
        after = max(epoch_seconds(mark), until - KEPT_DAYS * DAY_S)
        if until <= after:
            return True
        listeners = self._listeners(work)
        events = self._heard(after, until, now, work) if listeners else FieldEvents.none()
        if len(events) > self.most_at_once:
            until = int(np.partition(events.heard, self.most_at_once - 1)[self.most_at_once - 1])
            events = events.heard_in(after, until)
        self._queue(events, listeners, self.sources(now, work).fleet, work)
        work.field_progress.move(instant_of(until))
        return until >= epoch_seconds(now)

    def publish_late(self, events: FieldEvents, now: datetime, work: UnitOfWork) -> None:
        """Queue what a new fact, kept in this unit of work, adds before the mark; the rest follows when it is heard.

        Such as the last gasps of an outage that began in the past, or in the second that was told just now.
        """
        mark = work.field_progress.told_until()
        if mark is not None:
            told = epoch_seconds(mark)
            late = events.heard_in(told - KEPT_DAYS * DAY_S, told)
            self._queue(late, self._listeners(work), self.sources(now, work).fleet, work)

    def publish_outage(self, outage: Outage, now: datetime, work: UnitOfWork) -> None:
        """Queue what an outage, kept in this unit of work, adds before the mark: it may have begun in the past."""
        until = epoch_seconds(now)
        if outage.start < until:
            self._publish_late_of(outage, outage.start, until, now, work)

    def publish_end(self, outage: Outage, now: datetime, work: UnitOfWork) -> None:
        """Queue that power is back, where an end that is kept in this unit of work is in a second that was told."""
        until = epoch_seconds(now)
        if outage.end is not None and outage.end <= until:
            self._publish_late_of(outage, outage.end, until, now, work)

    def _publish_late_of(self, outage: Outage, first: int, until: int, now: datetime, work: UnitOfWork) -> None:
        """What an outage adds in [first, until], epoch seconds, before the mark."""
        fleet = self.sources(now, work).fleet
        meters = outage.node.meters(fleet)
        history = field_history(fleet, meters, work)
        self.publish_late(outage_events(fleet, history, meters, first - 1, until), now, work)

    def _heard(self, after: int, until: int, now: datetime, work: UnitOfWork) -> FieldEvents:
        source = self.sources(now, work)
        fleet = source.fleet
        tells = any(_may_tell(one, after) for one in stored_outages(fleet, work))
        tells = tells or not is_unchanged(fleet)  # a meter that hung nowhere told nothing
        history = field_history(fleet, range(len(fleet)), work) if tells else UNDISTURBED
        return source.heard(after, until, history)

    def _listeners(self, work: UnitOfWork) -> list[Subscription]:
        """Who is told: those who asked, by URL, then those of the settings."""
        found = self.publication.publication.subscribers(NOUN, work)
        return sorted(found, key=lambda one: (one.created is None, one.url if one.created else ""))

    def _queue(self, events: FieldEvents, listeners: Sequence[Subscription], fleet: Fleet, work: UnitOfWork) -> None:
        if not len(events):
            return
        wishes = [(one, one.meters(fleet)) for one in listeners]
        work.outbox.add_all(_told(events, wishes, fleet))


def _told(
    events: FieldEvents, wishes: Sequence[tuple[Subscription, NDArray[np.int64] | None]], fleet: Fleet
) -> Iterator[NewMessage]:
    """What each subscriber gets of some events. wishes: whose news each of them wants, see Subscription.meters."""
    for together in _messages(events):
        for subscription, meters in wishes:
            told, most = _wanted(together, subscription, meters), subscription.wanted.most_a_message
            for first in range(0, len(told), most):
                yield _message(told.where(slice(first, first + most)), subscription, fleet)


def _wanted(events: FieldEvents, subscription: Subscription, meters: NDArray[np.int64] | None) -> FieldEvents:
    """What a subscriber gets of some events: of what is heard from his subscription on, what he wants."""
    if subscription.created is not None:
        events = events.where(events.heard > epoch_seconds(subscription.created))
    if subscription.wanted.event_types:
        masks = [fits(events.types, pattern) for pattern in subscription.wanted.event_types]
        events = events.where(np.logical_or.reduce(masks))
    return events if meters is None else events.where(np.isin(events.meters, meters))


def _message(events: FieldEvents, subscription: Subscription, fleet: Fleet) -> NewMessage:
    url, heard = subscription.url, instant_of(int(events.heard.max()))
    first = (fleet.mrids(events.meters[:1])[0].decode(), int(events.instants[0]), int(events.types[0]))
    return NewMessage(
        destination=url,
        verb=VERB,
        noun=NOUN,
        message_id=identifier(fleet.spec.seed, "field publication", url, heard, *first, *subscription.marks),
        recipe=_recipe(events, fleet),
        created=heard,
        subscription_mrid=subscription.mrid,
    )


def _may_tell(outage: Outage, after: int) -> bool:
    """Whether anything about an outage may be heard of after an epoch second. One that lasts may always end."""
    if outage.restored is None:
        return True
    reporting = outage.reporting
    waits_s = reporting.hold_s + max(reporting.gasps_within_s, reporting.restorations_within_s)
    # Momentary losses that follow each other are told together, by the last of them.
    return outage.restored + waits_s + DAY_S > after


def _messages(events: FieldEvents) -> Iterator[FieldEvents]:
    """What goes into one message each, in the order in which it was heard."""
    minutes = events.heard // _TOGETHER_S
    order = np.argsort(minutes, kind="stable")
    bounds = np.flatnonzero(np.diff(minutes[order])) + 1
    for together in np.split(order, bounds):
        for first in range(0, len(together), MOST_A_MESSAGE):
            yield events.where(together[first : first + MOST_A_MESSAGE])


def _recipe(events: FieldEvents, fleet: Fleet) -> Json:
    """What the message is made from: devices by mRID, since a later fleet may count them otherwise."""
    return {
        "devices": [mrid.decode() for mrid in fleet.mrids(events.meters)],
        "instants": events.instants.tolist(),
        "types": events.type_codes(),
        "causes": events.causes.tolist(),
    }


def events_of_recipe(recipe: Json, fleet: Fleet) -> list[EndDeviceEvent]:
    """The events of a recipe that `FieldPublication` queued, oldest first. Raises TypeError for anything else."""
    columns = (
        [recipe.get(name) for name in ("devices", "instants", "types", "causes")] if isinstance(recipe, dict) else []
    )
    if not (columns and all(isinstance(column, list) for column in columns)):
        raise TypeError(f"this is no recipe of events of the field: {str(recipe)[:100]}")
    events = []
    for device, instant, code, cause in zip(*columns, strict=True):
        index = fleet.index_of_mrid(device)
        point = None if index is None else fleet.meter(index).usage_point_mrid
        events.append(field_event(fleet, device, point, instant, code, cause))
    return events

"""Created MeterReadings of what is read by schedule (61968-9:2013, clauses 5.3 and MeterReadSchedule).

Nobody's request causes them, so a mark for each schedule says how far its readings have been queued. Whoever looks next
works out what is due, then queues it and moves the mark, in one unit of work and only if nobody else has: once, also
with many processes, and after a kill. A message is a recipe: schedule and revision, instant and span of the values, and
which part of the meters it is about.

Values that the head end did not have when they were due follow when they come, with those that come in the same
quarter of an hour, for at most 45 days.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import numpy as np

from headend.operations.events.field_events import instant_of
from headend.operations.events.field_facts import field_history
from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import Indices
from headend.operations.publication import Publication
from headend.operations.readings.late_readings import TOGETHER_S, is_complete, last_told, late_readings
from headend.operations.readings.meter_readings_query import ReadingLimits
from headend.operations.readings.narrowed_readings import (
    device_indices,
    has_values,
    readings_of_devices,
    readings_of_types,
)
from headend.operations.readings.read_meters import ReadingsRecipe, ReadMeters
from headend.operations.readings.revised_readings import next_revision, revised_readings
from headend.operations.references import Period
from headend.operations.schedules.recurrence import Occurrence
from headend.operations.schedules.schedule_definition import ScheduleDefinition, definition_of, schedule_recurrence
from headend.operations.subscriptions import Subscription
from headend.store import Json, ScheduleRevision, StoredSchedule, UnitOfWork
from simulator.collected import all_known_until, collected_at, collected_between
from simulator.defects.estimates import REVISED
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of
from simulator.local_time import DAY_S, epoch_seconds

VERB: Final = "created"
REVISED_VERB: Final = "changed"
NOUN: Final = "MeterReadings"
METERS_PER_MESSAGE: Final = 1_000
LATE_FOR_S: Final = 45 * DAY_S
"""A value that has not come by then is not told any more."""
MOST_AT_ONCE: Final = 1_000
"""So many messages of a schedule, and the rest of their occurrence, are queued in one unit of work."""

_CLOCKS_DIFFER: Final = timedelta(minutes=1)  # at most, those of machines that share a database


@dataclass(frozen=True, slots=True)
class _Due:
    """One message that is due."""

    created: int
    recipe: Mapping[str, Json]
    cause: tuple[object, ...]
    verb: str = VERB


@dataclass(frozen=True, slots=True)
class _Mark:
    """A schedule as it was looked at, and with its mark moved."""

    seen: StoredSchedule
    told: StoredSchedule
    revision: int


@dataclass(frozen=True, slots=True)
class DueReadings:
    """The messages of some schedules that are due, in the order of time, and how far that goes."""

    messages: tuple[tuple[_Due, StoredSchedule], ...]
    marks: tuple[_Mark, ...]


@dataclass(frozen=True, slots=True)
class ScheduledPublication:
    """Queues the readings of every schedule when they are due."""

    fleet: Fleet
    publication: Publication
    meters: ReadMeters
    meters_per_message: int = METERS_PER_MESSAGE
    most_at_once: int = MOST_AT_ONCE

    def begin(self, now: datetime, work: UnitOfWork) -> None:
        """To be called at the start, and where the fleet's clock was set back: schedules live through it again."""
        for schedule in work.meter_read_schedules.all():
            if schedule.told_until - now > _CLOCKS_DIFFER:
                work.meter_read_schedules.put(self._told(schedule, epoch_seconds(now), work))

    def has_news(self, now: datetime, work: UnitOfWork) -> bool:
        """Whether `due` has anything. Cheap, and for a unit of work that only reads."""
        return work.meter_read_schedules.has_due(now)

    def due(self, now: datetime, work: UnitOfWork) -> DueReadings:
        """What is due by now. To be worked out in a unit of work that only reads: it may take a while."""
        schedules = work.meter_read_schedules.due(now)
        until = min((self._until(one, now, work) for one in schedules), default=epoch_seconds(now))
        messages = [(one, schedule) for schedule in schedules for one in self._due(schedule, until, work)]
        messages.sort(key=lambda pair: pair[0].created)  # a stable sort: older schedules first
        behind = [one for one in schedules if epoch_seconds(one.told_until) < until]
        return DueReadings(
            tuple(messages),
            tuple(_Mark(one, self._told(one, until, work), _revision(one, work)) for one in behind),
        )

    def queue(self, due: DueReadings, work: UnitOfWork) -> None:
        """Queue what was due, and move the marks. A schedule that somebody else has had in hand since is left alone."""
        work.meter_read_schedules.take_turn()
        ours = {
            one.seen.mrid
            for one in due.marks
            if work.meter_read_schedules.get(one.seen.mrid) == one.seen and _revision(one.seen, work) == one.revision
        }
        for message, schedule in due.messages:
            if schedule.mrid in ours:
                self._queue(message, schedule, work)
        for mark in due.marks:
            if mark.seen.mrid in ours:
                work.meter_read_schedules.put(mark.told)

    def publish_one(self, schedule: StoredSchedule, now: datetime, work: UnitOfWork) -> StoredSchedule:
        """Queue what is due of one schedule, before something is done to it that counts from now on."""
        for message in self._due(schedule, epoch_seconds(now), work):
            self._queue(message, schedule, work)
        told = self._told(schedule, epoch_seconds(now), work)
        work.meter_read_schedules.put(told)
        return told

    def mark(self, schedule: StoredSchedule, work: UnitOfWork) -> None:
        """Work out anew when there is something to do, after what a schedule says has changed."""
        work.meter_read_schedules.put(self._told(schedule, epoch_seconds(schedule.told_until), work))

    def recipe_of(self, message_recipe: Json, work: UnitOfWork) -> ReadingsRecipe:
        """The readings of a message that was queued here. Raises TypeError for the recipe of another."""
        if not isinstance(message_recipe, dict) or "schedule" not in message_recipe:
            raise TypeError(f"this is no recipe of scheduled readings: {str(message_recipe)[:100]}")
        recipe = message_recipe
        revisions = {one.number: one for one in work.meter_read_schedules.revisions(recipe["schedule"])}
        definition = definition_of(revisions[recipe["revision"]])
        occurrence = Occurrence(recipe["at"], recipe["start"])
        types = recipe.get("types", ())
        if "revised" in recipe:
            return readings_of_types(self._revised_recipe(definition, occurrence, recipe, work), types)
        if "after" not in recipe:
            first, size = recipe["first"], recipe["meters"]
            due = self._recipe(definition, occurrence, work, part=slice(first, first + size))
            if "devices" in recipe:
                due = readings_of_devices(due, recipe["devices"], self.fleet)
            return readings_of_types(due, types)
        meters = device_indices(recipe["devices"], self.fleet)
        history = field_history(self.fleet, meters, work)
        came = collected_between(self.fleet, history, recipe["after"], recipe["until"])
        query = definition.query(Period(instant_of(occurrence.start), instant_of(occurrence.at)))
        late = self.meters.recipe_of(query, meters, instant_of(recipe["until"] + 1), history, came)
        return readings_of_types(late, types)

    def _recipe(
        self, definition: ScheduleDefinition, occurrence: Occurrence, work: UnitOfWork, part: slice = slice(None)
    ) -> ReadingsRecipe:
        """What is known of an occurrence when it is due, of some of its meters."""
        meters = self._meters(definition, occurrence.at, work)[part]
        history = field_history(self.fleet, meters, work)
        observation = collected_at(self.fleet, history, occurrence.at)
        query = definition.query(Period(instant_of(occurrence.start), instant_of(occurrence.at)))
        return self.meters.recipe_of(query, meters, instant_of(occurrence.at), history, observation)

    def _revised_recipe(
        self, definition: ScheduleDefinition, occurrence: Occurrence, recipe: Mapping[str, Any], work: UnitOfWork
    ) -> ReadingsRecipe:
        """The revised values; where these are not marked as such, all that their meters have in the span."""
        meters, until = device_indices(recipe["devices"], self.fleet), recipe["revised"]
        history = field_history(self.fleet, meters, work)
        known = collected_at(self.fleet, history, until)
        if known is not None and recipe["is_marked"]:
            known = replace(known, qualities=frozenset({REVISED}))
        query = definition.query(Period(instant_of(occurrence.start), instant_of(occurrence.at)))
        return self.meters.recipe_of(query, meters, instant_of(until + 1), history, known)

    def _meters(self, definition: ScheduleDefinition, at: int, work: UnitOfWork) -> Indices:
        """The meters of a definition at an epoch second: those of a customer may change."""
        return definition.targets(MasterMeters(self.fleet, work, instant_of(at))).meters

    def _until(self, schedule: StoredSchedule, now: datetime, work: UnitOfWork) -> int:
        """Up to where one unit of work may go."""
        messages = 0
        for revision, occurrences in self._occurrences(schedule, epoch_seconds(schedule.told_until), now, work):
            size = len(self._meters(definition_of(revision), epoch_seconds(now), work))
            each = max(1, -(-size // self._size(schedule, work)))
            most = max(1, (self.most_at_once - messages) // each)
            some = list(islice(occurrences, most))
            messages += each * len(some)
            if len(some) == most:
                return some[-1].at
        return epoch_seconds(now)

    def _due(self, schedule: StoredSchedule, until: int, work: UnitOfWork) -> Iterator[_Due]:
        """The messages of (told_until, until], those of an occurrence together."""
        told, most = epoch_seconds(schedule.told_until), self._size(schedule, work)
        for revision, occurrences in self._occurrences(schedule, told, instant_of(until), work):
            definition = definition_of(revision)
            for occurrence in occurrences:
                size = len(self._meters(definition, occurrence.at, work))
                for first in range(0, size, most):
                    recipe = _recipe_json(schedule, revision, occurrence) | {
                        "first": first,
                        "meters": min(most, size - first),
                    }
                    cause = (revision.number, occurrence.at, occurrence.start, first)
                    yield _Due(occurrence.at, recipe, cause)
        yield from self._late(schedule, told, until, work)

    def _late(self, schedule: StoredSchedule, told: int, until: int, work: UnitOfWork) -> Iterator[_Due]:
        """What has come since of the occurrences of the last 45 days; only whole quarters of an hour are told."""
        told, until, most = last_told(told), last_told(until), self._size(schedule, work)
        for revision, occurrence, recipe in self._incomplete(schedule, told, until, work):
            after = max(told, occurrence.at)
            last = min(until, last_told(occurrence.at + LATE_FOR_S))
            if last <= after:
                continue
            yield from self._revised(schedule, revision, occurrence, recipe, after, last, most)
            for late in late_readings(self.fleet, recipe, after, last):
                for first in range(0, len(late.meters), most):
                    part = late.meters[first : first + most]
                    recipe_json = _recipe_json(schedule, revision, occurrence) | {
                        "after": late.after,
                        "until": late.until,
                        "devices": [mrid.decode() for mrid in self.fleet.mrids(part)],
                    }
                    cause = (revision.number, occurrence.at, occurrence.start, "late", late.until, first)
                    yield _Due(late.until + 1, recipe_json, cause)

    def _revised(
        self,
        schedule: StoredSchedule,
        revision: ScheduleRevision,
        occurrence: Occurrence,
        recipe: ReadingsRecipe,
        after: int,
        last: int,
        most: int,
    ) -> Iterator[_Due]:
        """What was told as an estimate, and has been replaced since."""
        for revised in revised_readings(self.fleet, recipe, after, last):
            for first in range(0, len(revised.meters), most):
                part = revised.meters[first : first + most]
                recipe_json = _recipe_json(schedule, revision, occurrence) | {
                    "revised": revised.until,
                    "is_marked": revised.is_marked,
                    "devices": [mrid.decode() for mrid in self.fleet.mrids(part)],
                }
                marks = ("revised", revised.until, revised.is_marked, first)
                cause = (revision.number, occurrence.at, occurrence.start, *marks)
                yield _Due(revised.until + 1, recipe_json, cause, REVISED_VERB)

    def _incomplete(
        self, schedule: StoredSchedule, since: int, until: int, work: UnitOfWork
    ) -> Iterator[tuple[ScheduleRevision, Occurrence, ReadingsRecipe]]:
        """The occurrences up to `until` of which something may still have been missing at `since`."""
        for revision, occurrences in self._occurrences(schedule, since - LATE_FOR_S, instant_of(until), work):
            definition = definition_of(revision)
            meters = self._meters(definition, until, work)
            history = field_history(self.fleet, meters, work)
            known = all_known_until(self.fleet, history, since)
            for occurrence in occurrences:
                at = occurrence.at
                if at > known and (at <= since or at > all_known_until(self.fleet, history, at)):
                    yield revision, occurrence, self._recipe(definition, occurrence, work)

    def _told(self, schedule: StoredSchedule, until: int, work: UnitOfWork) -> StoredSchedule:
        """The schedule with its mark at `until`, and when there is something to do again."""
        upcoming = self._next_occurrence(schedule, until, work)
        instants = [] if upcoming is None else [upcoming.at]
        told, look = last_told(until), last_told(until) + 1 + TOGETHER_S
        for _, occurrence, recipe in self._incomplete(schedule, told, until, work):
            at = max(told, occurrence.at)
            if look <= occurrence.at + LATE_FOR_S and not is_complete(self.fleet, recipe, at):
                instants.append(look)
                break
            revision = next_revision(self.fleet, recipe, at)
            if revision is not None and revision <= occurrence.at + LATE_FOR_S:
                instants.append(revision)
        next_due = instant_of(min(instants)) if instants else None
        return replace(schedule, told_until=instant_of(until), next_due=next_due)

    def _next_occurrence(self, schedule: StoredSchedule, after: int, work: UnitOfWork) -> Occurrence | None:
        if schedule.ended is not None:
            return None
        revision = work.meter_read_schedules.revisions(schedule.mrid)[-1]
        return schedule_recurrence(definition_of(revision), revision.since, self.fleet.calendar).next_after(after)

    def _occurrences(
        self, schedule: StoredSchedule, after: int, until: datetime, work: UnitOfWork
    ) -> Iterator[tuple[ScheduleRevision, Iterator[Occurrence]]]:
        """The occurrences in (after, until] of each revision, while it counted."""
        revisions = work.meter_read_schedules.revisions(schedule.mrid)
        ends = [one.since for one in revisions[1:]] + [schedule.ended or until]
        for revision, end in zip(revisions, ends, strict=True):
            first, last = max(after, epoch_seconds(revision.since)), epoch_seconds(min(end, until))
            if first < last:
                found = schedule_recurrence(definition_of(revision), revision.since, self.fleet.calendar)
                yield revision, found.between(first, last)

    def _size(self, schedule: StoredSchedule, work: UnitOfWork) -> int:
        """So many meters a message."""
        subscription = self._subscription(schedule, work)
        return (subscription and subscription.wanted.batch_size) or self.meters_per_message

    def _subscription(self, schedule: StoredSchedule, work: UnitOfWork) -> Subscription | None:
        """Whose own schedule it is; None: a client's, or that of a subscription that is gone."""
        if schedule.subscription_mrid is None:
            return None
        return self.publication.subscriptions.get(schedule.subscription_mrid, work)

    def _narrowed(self, due: _Due, subscription: Subscription, work: UnitOfWork) -> Iterator[Json]:
        """What a subscription gets of a message that is due by a client's schedule."""
        wanted = subscription.wanted
        recipe = {**due.recipe, "types": list(wanted.reading_types)}
        readings = self.recipe_of(recipe, work)
        meters = indices_of(readings.meters)
        whose = subscription.meters(self.fleet)
        if whose is not None:
            meters = meters[np.isin(meters, whose)]
        if not has_values(replace(readings, meters=meters)):
            return
        devices = [mrid.decode() for mrid in self.fleet.mrids(meters)]
        for first in range(0, len(devices), wanted.most_a_message):
            yield {**recipe, "devices": devices[first : first + wanted.most_a_message]}

    def _queue(self, due: _Due, schedule: StoredSchedule, work: UnitOfWork) -> None:
        subscription = self._subscription(schedule, work)
        if schedule.subscription_mrid is not None and subscription is None:
            return
        self.publication.queue(
            work,
            due.verb,
            NOUN,
            due.recipe,
            created=instant_of(due.created),
            cause=(schedule.mrid, *due.cause),
            correlation_id=schedule.correlation_id or schedule.message_id,
            also=() if schedule.reply_address is None else (schedule.reply_address,),
            narrowed=None if subscription is not None else lambda one: self._narrowed(due, one, work),
            only=subscription,
        )


ScheduledAt = Callable[[datetime, UnitOfWork], ScheduledPublication]
"""That of the fleet of an instant."""


def scheduled_publication(fleet: Fleet, publication: Publication, source: str) -> ScheduledPublication:
    """The publication of what is read of a fleet. `source` is the origin of its readings, whatever limits others."""
    return ScheduledPublication(fleet, publication, ReadMeters(fleet, source, ReadingLimits(), timedelta(0)))


def _revision(schedule: StoredSchedule, work: UnitOfWork) -> int:
    return work.meter_read_schedules.revisions(schedule.mrid)[-1].number


def _recipe_json(schedule: StoredSchedule, revision: ScheduleRevision, occurrence: Occurrence) -> dict[str, Json]:
    return {
        "schedule": schedule.mrid,
        "revision": revision.number,
        "at": occurrence.at,
        "start": occurrence.start,
    }

"""Created MeterReadings of what is read by schedule (61968-9:2013, clauses 5.3 and MeterReadSchedule).

Nobody's request causes them, so a mark for each schedule says how far its readings have been queued. Whoever looks next
works out what is due, then queues it and moves the mark, in one unit of work and only if nobody else has: once, also
with many processes, and after a kill. A message is a recipe: schedule and revision, instant and span of the values, and
which part of the meters it is about.

Values that the head end did not have when they were due follow when they come, with those that come in the same
quarter of an hour, for at most 45 days.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import numpy as np

from headend.operations.field_events import instant_of
from headend.operations.field_facts import field_history
from headend.operations.late_readings import TOGETHER_S, is_complete, last_told, late_readings
from headend.operations.master_meters import MasterMeters
from headend.operations.meter_readings_query import ReadingLimits
from headend.operations.meter_targets import Indices
from headend.operations.publication import Publication
from headend.operations.read_meters import ReadingsRecipe, ReadMeters
from headend.operations.recurrence import Occurrence
from headend.operations.references import Period
from headend.operations.schedule_definition import ScheduleDefinition, definition_of, schedule_recurrence
from headend.store import Json, ScheduleRevision, StoredSchedule, UnitOfWork
from simulator.collected import all_known_until, collected_at, collected_between
from simulator.fleet import Fleet
from simulator.local_time import DAY_S, epoch_seconds

VERB: Final = "created"
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
    recipe: Json
    cause: tuple[object, ...]


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
        revisions = work.meter_read_schedules.revisions(recipe["schedule"])
        definition = definition_of(revisions[recipe["revision"] - 1])
        occurrence = Occurrence(recipe["at"], recipe["start"])
        if "devices" not in recipe:
            first, size = recipe["first"], recipe["meters"]
            return self._recipe(definition, occurrence, work, part=slice(first, first + size))
        found = (self.fleet.index_of_mrid(device) for device in recipe["devices"])
        meters = np.array([index for index in found if index is not None], np.int64)
        history = field_history(self.fleet, meters, work)
        came = collected_between(self.fleet, history, recipe["after"], recipe["until"])
        query = definition.query(Period(instant_of(occurrence.start), instant_of(occurrence.at)))
        return self.meters.recipe_of(query, meters, instant_of(recipe["until"] + 1), history, came)

    def _recipe(
        self, definition: ScheduleDefinition, occurrence: Occurrence, work: UnitOfWork, part: slice = slice(None)
    ) -> ReadingsRecipe:
        """What is known of an occurrence when it is due, of some of its meters."""
        meters = self._meters(definition, occurrence.at, work)[part]
        history = field_history(self.fleet, meters, work)
        observation = collected_at(self.fleet, history, occurrence.at)
        query = definition.query(Period(instant_of(occurrence.start), instant_of(occurrence.at)))
        return self.meters.recipe_of(query, meters, instant_of(occurrence.at), history, observation)

    def _meters(self, definition: ScheduleDefinition, at: int, work: UnitOfWork) -> Indices:
        """The meters of a definition at an epoch second: those of a customer may change."""
        return definition.targets(MasterMeters(self.fleet, work, instant_of(at))).meters

    def _until(self, schedule: StoredSchedule, now: datetime, work: UnitOfWork) -> int:
        """Up to where one unit of work may go."""
        messages = 0
        for revision, occurrences in self._occurrences(schedule, epoch_seconds(schedule.told_until), now, work):
            size = len(self._meters(definition_of(revision), epoch_seconds(now), work))
            each = max(1, -(-size // self.meters_per_message))
            most = max(1, (self.most_at_once - messages) // each)
            some = list(islice(occurrences, most))
            messages += each * len(some)
            if len(some) == most:
                return some[-1].at
        return epoch_seconds(now)

    def _due(self, schedule: StoredSchedule, until: int, work: UnitOfWork) -> Iterator[_Due]:
        """The messages of (told_until, until], those of an occurrence together."""
        told = epoch_seconds(schedule.told_until)
        for revision, occurrences in self._occurrences(schedule, told, instant_of(until), work):
            definition = definition_of(revision)
            for occurrence in occurrences:
                size = len(self._meters(definition, occurrence.at, work))
                for first in range(0, size, self.meters_per_message):
                    recipe = _recipe_json(schedule, revision, occurrence) | {
                        "first": first,
                        "meters": min(self.meters_per_message, size - first),
                    }
                    cause = (revision.number, occurrence.at, occurrence.start, first)
                    yield _Due(occurrence.at, recipe, cause)
        yield from self._late(schedule, told, until, work)

    def _late(self, schedule: StoredSchedule, told: int, until: int, work: UnitOfWork) -> Iterator[_Due]:
        """What has come since of the occurrences of the last 45 days; only whole quarters of an hour are told."""
        told, until = last_told(told), last_told(until)
        for revision, occurrence, recipe in self._incomplete(schedule, told, until, work):
            after = max(told, occurrence.at)
            last = min(until, last_told(occurrence.at + LATE_FOR_S))
            if last <= after:
                continue
            for late in late_readings(self.fleet, recipe, after, last):
                for first in range(0, len(late.meters), self.meters_per_message):
                    part = late.meters[first : first + self.meters_per_message]
                    recipe_json = _recipe_json(schedule, revision, occurrence) | {
                        "after": late.after,
                        "until": late.until,
                        "devices": [mrid.decode() for mrid in self.fleet.mrids(part)],
                    }
                    cause = (revision.number, occurrence.at, occurrence.start, "late", late.until, first)
                    yield _Due(late.until + 1, recipe_json, cause)

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

    def _queue(self, due: _Due, schedule: StoredSchedule, work: UnitOfWork) -> None:
        self.publication.queue(
            work,
            VERB,
            NOUN,
            due.recipe,
            created=instant_of(due.created),
            cause=(schedule.mrid, *due.cause),
            correlation_id=schedule.correlation_id or schedule.message_id,
            also=() if schedule.reply_address is None else (schedule.reply_address,),
        )


ScheduledAt = Callable[[datetime, UnitOfWork], ScheduledPublication]
"""That of the fleet of an instant."""


def scheduled_publication(fleet: Fleet, publication: Publication, source: str) -> ScheduledPublication:
    """The publication of what is read of a fleet. `source` is the origin of its readings, whatever limits others."""
    return ScheduledPublication(fleet, publication, ReadMeters(fleet, source, ReadingLimits(), timedelta(0)))


def _revision(schedule: StoredSchedule, work: UnitOfWork) -> int:
    return len(work.meter_read_schedules.revisions(schedule.mrid))


def _recipe_json(schedule: StoredSchedule, revision: ScheduleRevision, occurrence: Occurrence) -> dict[str, Json]:
    return {
        "schedule": schedule.mrid,
        "revision": revision.number,
        "at": occurrence.at,
        "start": occurrence.start,
    }

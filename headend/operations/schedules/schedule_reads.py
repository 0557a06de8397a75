"""MeterReadSchedule: create, change, cancel, close and delete (61968-9:2013, MeterReadSchedule).

Each verb looks up what it is about, asks the table of states, and has the readings queued that were due before it: what
a client does counts from now on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headend.operations.events.field_events import instant_of
from headend.operations.events.field_facts import field_history
from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.identifiers import identifier
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, ObjectId, Reply
from headend.operations.schedules.find_schedules import ScheduleSelection, find_schedules
from headend.operations.schedules.publish_scheduled_readings import NOUN, ScheduledPublication
from headend.operations.schedules.recurrence import Occurrence
from headend.operations.schedules.schedule_definition import (
    ScheduleDefinition,
    definition_of,
    schedule_recurrence,
    stored_definition,
)
from headend.operations.schedules.schedule_states import ScheduleState, ScheduleVerb, schedule_id, state_after, state_of
from headend.store import ScheduleRevision, StoredSchedule, UnitOfWork
from simulator.local_time import epoch_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSender:
    """Whose schedule it is, from the request's Header."""

    source: str | None = None
    correlation_id: str | None = None
    message_id: str | None = None
    reply_address: str | None = None
    """Where the readings go, an http or https URL; None: to subscribers only."""


class ScheduleReads:
    """Takes schedules on, changes and ends them."""

    def __init__(self, publication: ScheduledPublication) -> None:
        self._publication = publication
        self._fleet = publication.fleet

    def create(
        self, definition: ScheduleDefinition, sender: ScheduleSender, cause: str, now: datetime, work: UnitOfWork
    ) -> Reply:
        """Take a schedule on. The reply's ID is its mRID, which follows from `cause` and the instant.

        Raises Refusal: 1.7 without targets, 2.4, 2.12, 2.15 ... where none is known, 2.6, 2.10 or 5.6 where no reading
        type can be had, 1.8 for times that cannot be, or are over.
        """
        if not definition.has_targets:
            raise Refusal.because(
                "1.7",
                "MeterReadSchedule names no meters: EndDevice, EndDeviceGroup, UsagePoint or UsagePointGroup is needed",
            )
        work.meter_read_schedules.take_turn()
        since = instant_of(epoch_seconds(now) - 1)  # an occurrence in the second of the request is one, too
        errors, first = self._checked(definition, since, now, work)
        schedule = StoredSchedule(
            mrid=self._new_mrid(cause, now, work),
            created=now,
            told_until=since,
            next_due=None if first is None else instant_of(first.at),
            state=str(ScheduleState.ACTIVE),
            source=sender.source,
            correlation_id=sender.correlation_id,
            message_id=sender.message_id,
            reply_address=sender.reply_address,
        )
        work.meter_read_schedules.add(schedule, ScheduleRevision(1, since, stored_definition(definition)))
        return self._reply([schedule.mrid], errors, [self._what_follows(schedule, definition, first, now, work)])

    def change(
        self, selection: ScheduleSelection, definition: ScheduleDefinition, now: datetime, work: UnitOfWork
    ) -> Reply:
        """Replace what the new definition gives of an active schedule: meters, reading types, times.

        Raises Refusal as `find_schedules` and `create` do; 6.1 for one that is over.
        """
        work.meter_read_schedules.take_turn()
        found = find_schedules(selection, ScheduleVerb.CHANGE, MasterMeters(self._fleet, work, now))
        errors, follows = list(found.errors), []
        for schedule in found.schedules:
            self._state_after(ScheduleVerb.CHANGE, schedule, now, work)
            told = self._publication.publish_one(schedule, now, work)
            revisions = work.meter_read_schedules.revisions(schedule.mrid)
            changed = definition_of(revisions[-1]).changed_by(definition)
            more, first = self._checked(changed, told.told_until, now, work)
            errors += more
            work.meter_read_schedules.add_revision(
                schedule.mrid, ScheduleRevision(revisions[-1].number + 1, told.told_until, stored_definition(changed))
            )
            self._publication.mark(told, work)
            follows.append(self._what_follows(told, changed, first, now, work))
        return self._reply([one.mrid for one in found.schedules], errors, follows)

    def end(self, verb: ScheduleVerb, selection: ScheduleSelection, now: datetime, work: UnitOfWork) -> Reply:
        """Cancel, close or delete schedules. Of several each is taken alone; one Error for each that may not be.

        Raises Refusal as `find_schedules` does, or 6.1 where nothing was ended.
        """
        work.meter_read_schedules.take_turn()
        found = find_schedules(selection, verb, MasterMeters(self._fleet, work, now))
        errors, ended = list(found.errors), []
        for schedule in found.schedules:
            try:
                state = self._state_after(verb, schedule, now, work)
            except Refusal as refusal:
                errors += refusal.errors
                continue
            self._end(schedule, state, now, work)
            ended.append(schedule.mrid)
        if not ended:
            raise Refusal(*errors)
        return self._reply(ended, errors, [])

    def _end(self, schedule: StoredSchedule, state: ScheduleState, now: datetime, work: UnitOfWork) -> None:
        if schedule.state == ScheduleState.ACTIVE:
            schedule = self._publication.publish_one(schedule, now, work)
        schedule = replace(schedule, state=str(state), ended=schedule.ended or schedule.told_until)
        if state is ScheduleState.CLOSED:
            work.meter_read_schedules.put(schedule)
            if schedule.next_due is not None:
                self._publication.mark(schedule, work)
        else:
            work.meter_read_schedules.put(replace(schedule, next_due=None))

    def _state_after(
        self, verb: ScheduleVerb, schedule: StoredSchedule, now: datetime, work: UnitOfWork
    ) -> ScheduleState:
        revision = work.meter_read_schedules.revisions(schedule.mrid)[-1]
        found = schedule_recurrence(definition_of(revision), revision.since, self._fleet.calendar)
        return state_after(verb, schedule, state_of(schedule, found, now))

    def _checked(
        self, definition: ScheduleDefinition, since: datetime, now: datetime, work: UnitOfWork
    ) -> tuple[list[Error], Occurrence | None]:
        """What of a definition cannot be had, and when it first reads. Raises Refusal where that is nothing."""
        targets = definition.targets(MasterMeters(self._fleet, work, now))
        if not len(targets.meters):
            raise Refusal(*(targets.errors or (_no_member(definition),)))
        history = field_history(self._fleet, targets.meters, work)
        undeliverable = self._publication.meters.undeliverable(definition.query(), targets.meters, history)
        errors = [*targets.errors, *undeliverable]
        found = schedule_recurrence(definition, since, self._fleet.calendar)
        first = found.next_after(epoch_seconds(since))
        if first is None and not all(one.disabled for one in definition.time_schedules):
            raise Refusal.because(
                "1.8",
                f"the schedule is over before it begins: it has no time after {now.isoformat(timespec='seconds')}; "
                "what is past is asked for with get(MeterReadings)",
            )
        return errors, first

    def _new_mrid(self, cause: str, now: datetime, work: UnitOfWork) -> str:
        """The same request may come twice at one instant of a clock that stands still."""
        for number in range(1_000_000):
            mrid = identifier(self._fleet.spec.seed, "meter read schedule", now.isoformat(), cause, number)
            if work.meter_read_schedules.get(mrid) is None:
                return mrid
        raise AssertionError("a million equal requests at one instant")

    def _what_follows(
        self,
        schedule: StoredSchedule,
        definition: ScheduleDefinition,
        first: Occurrence | None,
        now: datetime,
        work: UnitOfWork,
    ) -> Error:
        """An INFORM for the person who wonders when the readings come, and where to."""
        if first is None:
            return Error("0.3", "accepted; all its TimeSchedules are disabled", Level.INFORM)
        at = instant_of(first.at).astimezone(self._fleet.calendar.zone).isoformat()
        meters = len(definition.targets(MasterMeters(self._fleet, work, now)).meters)
        subscribed = {one.url for one in self._publication.publication.subscribers(NOUN, work)}
        receivers = {*subscribed, schedule.reply_address} - {None}
        said = f"accepted; the first readings are due at {at} (meters: {meters}, receivers: {len(receivers)})"
        if not receivers:
            said += "; nobody is told: give an http ReplyAddress, or subscribe to MeterReadings"
        return Error("0.3", said, Level.INFORM)

    def _reply(self, mrids: Sequence[str], errors: Sequence[Error], follows: Sequence[Error]) -> Reply:
        ids: list[ObjectId] = [schedule_id(mrid) for mrid in mrids]
        return Reply.of_parts(True, [*errors, *follows], ids)


def _no_member(definition: ScheduleDefinition) -> Error:
    """A group without members is known, and yet there is nothing to read."""
    reference = (*definition.groups, *definition.usage_points, *definition.customers)[0]
    return Error("5.2", f"{reference} has no meter", object_id=reference.object_id)

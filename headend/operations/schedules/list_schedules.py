"""Get MeterReadSchedule: the schedules that a request profile selects (61968-9:2013, Annex J).

Our readings of the standard, where it is silent: targets are OR and mean schedules that have any of these meters;
reading types are OR, and a schedule without any has all that are delivered by default; a TimeSchedule means schedules
that may read within its interval; targets, types, times and Request/ID are AND. The profile has room for one
MeterReadSchedule, so several are shown as one with the parts of all; the reply's IDs tell them apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import numpy as np

from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import Indices
from headend.operations.options import RequestOption, read_options
from headend.operations.readings.deliverable_types import delivered_by_default
from headend.operations.references import ObjectReference, Period
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, Reply
from headend.operations.schedules.find_schedules import latest_definition, schedule_of_id, unknown_schedule
from headend.operations.schedules.recurrence import TimeSchedule
from headend.operations.schedules.schedule_definition import ScheduleDefinition, schedule_recurrence
from headend.operations.schedules.schedule_states import ScheduleState, schedule_id, state_of
from headend.store import StoredSchedule, UnitOfWork
from simulator.fleet import Fleet
from simulator.fleet.meter_groups import indices_of

Part = TypeVar("Part", ObjectReference, TimeSchedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReadScheduleQuery:
    """What a GetMeterReadSchedule request asks for."""

    selection: ScheduleDefinition = field(default_factory=ScheduleDefinition)
    """Targets and reading types; its times are in `periods`."""
    periods: tuple[Period, ...] = ()
    ids: tuple[str, ...] = ()
    """Request/ID."""
    source: str | None = None
    options: tuple[RequestOption, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedSchedule:
    """One schedule as it stands."""

    schedule: StoredSchedule
    definition: ScheduleDefinition
    state: ScheduleState
    meters: int


@dataclass(frozen=True, slots=True)
class MeterReadScheduleAnswer:
    """The reply, and what its payload shows."""

    reply: Reply
    definition: ScheduleDefinition


def all_schedules(fleet: Fleet, now: datetime, work: UnitOfWork) -> list[ListedSchedule]:
    """Every schedule that was not deleted, oldest first."""
    kept = (one for one in work.meter_read_schedules.of_clients() if one.state != ScheduleState.DELETED)
    return [_listed(one, fleet, now, work) for one in kept]


def list_schedules(
    fleet: Fleet, query: MeterReadScheduleQuery, now: datetime, work: UnitOfWork, *, strict: bool = False
) -> MeterReadScheduleAnswer:
    """The schedules that match, and one Error for each reference that names nothing.

    strict: an option that has no effect is refused. Raises Refusal where no reference of a kind names anything: 2.4,
    2.12 ... for targets, 2.15 for IDs; 1.8 for an option.
    """
    options = read_options(query.options, "MeterReadSchedule", strict=strict)
    masters = MasterMeters(fleet, work, now)
    targets = query.selection.targets(masters) if query.selection.has_targets else None
    errors = [] if targets is None else list(targets.errors)
    if targets is not None and targets.errors and not len(targets.meters):
        raise Refusal(*errors)
    chosen = [(one, schedule_of_id(one, query.source, work)) for one in dict.fromkeys(query.ids)]
    errors += [unknown_schedule(one) for one, schedule in chosen if schedule is None]
    mrids = {schedule.mrid for _, schedule in chosen if schedule is not None}
    if query.ids and not mrids:
        raise Refusal(*errors)
    types = _type_names(query.selection.reading_types)
    found = [
        one
        for one in all_schedules(fleet, now, work)
        if (not query.ids or one.schedule.mrid in mrids)
        and (targets is None or _shares(one.definition.targets(masters).meters, targets.meters))
        and (not types or types & _types_of(one.definition, fleet))
        and (not query.periods or any(_is_within(one, period, fleet, work) for period in query.periods))
    ]
    notes = [
        Error("0.0", f"MeterReadSchedule {one.schedule.mrid} is {one.state} (meters: {one.meters})", Level.INFORM)
        for one in found
    ]
    if len(found) > 1:
        shown = f"{len(found)} schedules are shown as one; ask for one by Request/ID"
        notes.append(Error("0.0", shown, Level.INFORM))
    ids = [schedule_id(one.schedule.mrid) for one in found]
    reply = Reply.of_parts(True, [*errors, *notes], ids, remarks=options.remarks)
    return MeterReadScheduleAnswer(reply, _together([one.definition for one in found]))


def _listed(schedule: StoredSchedule, fleet: Fleet, now: datetime, work: UnitOfWork) -> ListedSchedule:
    revision = work.meter_read_schedules.revisions(schedule.mrid)[-1]
    definition = latest_definition(schedule, work)
    state = state_of(schedule, schedule_recurrence(definition, revision.since, fleet.calendar), now)
    return ListedSchedule(schedule, definition, state, len(definition.targets(MasterMeters(fleet, work, now)).meters))


def _shares(some: Indices, others: Indices) -> bool:
    return bool(np.isin(indices_of(some), indices_of(others)).any())


def _type_names(references: Iterable[ObjectReference]) -> set[str]:
    return {name for one in references for name in (one.mrid, *(each.name for each in one.names)) if name}


def _types_of(definition: ScheduleDefinition, fleet: Fleet) -> set[str]:
    if definition.reading_types:
        return _type_names(definition.reading_types)
    types = [one.reading_type for one in delivered_by_default(fleet).channels]
    return {one.mrid for one in types} | {one.describe() for one in types}


def _is_within(one: ListedSchedule, period: Period, fleet: Fleet, work: UnitOfWork) -> bool:
    """Whether a schedule may read in a period, from its creation on and until it ends."""
    revision = work.meter_read_schedules.revisions(one.schedule.mrid)[-1]
    last = schedule_recurrence(one.definition, revision.since, fleet.calendar).last
    starts = [each.start for each in one.definition.time_schedules]
    begins = min((start for start in starts if start is not None), default=one.schedule.created)
    if None in starts or not starts:
        begins = min(begins, one.schedule.created)
    over = one.schedule.ended
    after_end = over is not None and period.start is not None and over < period.start
    past = last is not None and period.start is not None and last < period.start.timestamp()
    return not after_end and not past and (period.end is None or begins <= period.end)


def _together(definitions: list[ScheduleDefinition]) -> ScheduleDefinition:
    """The parts of all, each once."""
    return ScheduleDefinition(
        end_devices=_each_once(part for one in definitions for part in one.end_devices),
        usage_points=_each_once(part for one in definitions for part in one.usage_points),
        groups=_each_once(part for one in definitions for part in one.groups),
        customers=_each_once(part for one in definitions for part in one.customers),
        reading_types=_each_once(part for one in definitions for part in one.reading_types),
        time_schedules=_each_once(part for one in definitions for part in one.time_schedules),
    )


def _each_once(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(dict.fromkeys(parts))

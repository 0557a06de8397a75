"""Which MeterReadSchedules a request is about.

The profile gives a schedule no identity of its own. So a request names it by Request/ID (our mRID, which the reply to
the create returned, or the CorrelationID or MessageID of the create), by the Header's CorrelationID, which is then that
of the create, or by naming the same meters again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import Indices
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, ObjectId
from headend.operations.schedules.schedule_definition import ScheduleDefinition, definition_of
from headend.operations.schedules.schedule_states import ScheduleState, ScheduleVerb
from headend.store import StoredSchedule, UnitOfWork
from simulator.fleet.meter_groups import indices_of

UNKNOWN = "2.15"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSelection:
    """How a request names schedules."""

    ids: tuple[str, ...] = ()
    """Request/ID."""
    definition: ScheduleDefinition | None = None
    """The Payload, if there is one."""
    source: str | None = None
    correlation_id: str | None = None
    """As the Header has it: a reply's would stand for the MessageID, too, which names nothing here."""


@dataclass(frozen=True, slots=True)
class FoundSchedules:
    """What was found, each once, and one error for each ID that names nothing."""

    schedules: tuple[StoredSchedule, ...]
    errors: tuple[Error, ...] = ()


def find_schedules(selection: ScheduleSelection, verb: ScheduleVerb, masters: MasterMeters) -> FoundSchedules:
    """The schedules that a request names: by its IDs, else by its CorrelationID, else by its meters.

    By meters are found those that are not over and are for exactly these. Raises Refusal: 1.6 where the request names
    none, 2.15 where nothing is found, or a change by meters finds several; 2.4, 2.12 ... for meters that are not known.
    """
    work = masters.work
    if selection.ids:
        return _by_ids(selection, work)
    if selection.correlation_id and (found := _correlated(selection.correlation_id, selection.source, work)):
        return FoundSchedules((found[0],))
    if selection.definition is None or not selection.definition.has_targets:
        raise Refusal.because(
            "1.6",
            "the request names no MeterReadSchedule: Request/ID, the CorrelationID of its create, or a payload with "
            "its meters is needed",
        )
    return FoundSchedules(tuple(_by_meters(selection.definition, verb, masters)))


def _by_ids(selection: ScheduleSelection, work: UnitOfWork) -> FoundSchedules:
    found: dict[str, StoredSchedule] = {}
    errors: list[Error] = []
    for one in dict.fromkeys(selection.ids):
        schedule = schedule_of_id(one, selection.source, work)
        if schedule is None:
            errors.append(unknown_schedule(one))
        else:
            found[schedule.mrid] = schedule
    if not found:
        raise Refusal(*errors)
    return FoundSchedules(tuple(found.values()), tuple(errors))


def schedule_of_id(text: str, source: str | None, work: UnitOfWork) -> StoredSchedule | None:
    """By mRID, else by the CorrelationID or MessageID of the create; what was deleted is not there."""
    schedule = work.meter_read_schedules.get(text.lower())
    is_clients = schedule is not None and schedule.subscription_mrid is None
    if schedule is not None and is_clients and schedule.state != ScheduleState.DELETED:
        return schedule
    return next(iter(_correlated(text, source, work)), None)


def unknown_schedule(text: str) -> Error:
    """The error for an ID that names no schedule."""
    details = f"{text!r} is no MeterReadSchedule here, nor the CorrelationID or MessageID of one's create"
    return Error(UNKNOWN, details, object_id=ObjectId(text, object_type="MeterReadSchedule"))


def _correlated(transaction_id: str, source: str | None, work: UnitOfWork) -> list[StoredSchedule]:
    """Newest first, those of the same source: another one's CorrelationID may be the same by chance."""
    found = work.meter_read_schedules.correlated(transaction_id)
    return [one for one in found if one.source == source and one.state != ScheduleState.DELETED]


def _by_meters(definition: ScheduleDefinition, verb: ScheduleVerb, masters: MasterMeters) -> Iterator[StoredSchedule]:
    work = masters.work
    targets = definition.targets(masters)
    if targets.errors:
        raise Refusal(*targets.errors)
    wanted = _as_set(targets.meters)
    meant = {ScheduleState.ACTIVE}
    if verb is ScheduleVerb.DELETE:
        meant |= {ScheduleState.CANCELLED, ScheduleState.CLOSED}
    found = [
        one
        for one in work.meter_read_schedules.of_clients()
        if one.state in meant and np.array_equal(wanted, _as_set(latest_definition(one, work).targets(masters).meters))
    ]
    named = f"meters that the payload names ({len(targets.meters)})"
    if not found:
        raise Refusal.because(UNKNOWN, f"no MeterReadSchedule that {verb} is about is for exactly the {named}")
    if verb is ScheduleVerb.CHANGE and len(found) > 1:
        mrids = ", ".join(one.mrid for one in found)
        raise Refusal.because(
            UNKNOWN, f"{len(found)} MeterReadSchedules are for exactly the {named}; name one by Request/ID: {mrids}"
        )
    yield from found


def latest_definition(schedule: StoredSchedule, work: UnitOfWork) -> ScheduleDefinition:
    """What a schedule says now."""
    return definition_of(work.meter_read_schedules.revisions(schedule.mrid)[-1])


def _as_set(meters: Indices) -> Indices:
    if isinstance(meters, range):
        return np.sort(indices_of(meters))
    return np.unique(meters)

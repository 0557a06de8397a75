"""MeterReadings that meters collect by themselves, published as time passes: one schedule for each such subscription.

A subscription with `every` is a schedule whose receiver is the subscriber: what is due by it, what comes late and what
is told again after a kill is the affair of `publish_scheduled_readings`. Here the schedules follow the subscriptions:
at the start, after a reset, and when somebody subscribes or ends his subscription.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count

from headend.operations.declined import Declined, DeclineKind
from headend.operations.events.field_events import instant_of
from headend.operations.identifiers import identifier
from headend.operations.readings.deliverable_types import delivered_by_default, find_deliverable
from headend.operations.readings.reading_type_patterns import fits_reading_type
from headend.operations.references import ObjectReference
from headend.operations.schedules.collection_times import collection_times
from headend.operations.schedules.publish_scheduled_readings import NOUN, ScheduledPublication
from headend.operations.schedules.schedule_definition import ScheduleDefinition, stored_definition
from headend.operations.schedules.schedule_states import ScheduleState
from headend.operations.subscriptions import Subscription
from headend.store import ScheduleRevision, StoredSchedule, UnitOfWork
from simulator.fleet import Fleet
from simulator.local_time import epoch_seconds

log = logging.getLogger(__name__)


def follow_subscriptions(scheduled: ScheduledPublication, now: datetime, work: UnitOfWork) -> None:
    """Begin the schedules of subscriptions that have none, and end those whose subscription is gone.

    A new one tells what is due after `now`.
    """
    work.meter_read_schedules.take_turn()
    wanted = {one.mrid: one for one in _standing(scheduled, work)}
    for schedule in work.meter_read_schedules.of_subscriptions():
        if schedule.state != ScheduleState.ACTIVE:
            continue
        if wanted.pop(str(schedule.subscription_mrid), None) is None:
            ended = replace(schedule, state=str(ScheduleState.CANCELLED), ended=schedule.told_until, next_due=None)
            work.meter_read_schedules.put(ended)
    for subscription in wanted.values():
        try:
            definition = standing_definition(subscription, scheduled.fleet)
        except Declined as problem:  # it stands in the settings, which know no fleet: the others are told all the same
            log.warning("subscription to %s publishes no readings: %s", subscription.url, problem.detail)
            continue
        _begin(scheduled, subscription, definition, now, work)


def standing_definition(subscription: Subscription, fleet: Fleet) -> ScheduleDefinition:
    """What is read for a subscription. Raises Declined where no meter of the fleet delivers what it wants."""
    wanted = subscription.wanted
    if wanted.every is None:
        raise ValueError(f"subscription {subscription.mrid} is told by others' deeds, not by the clock")
    return ScheduleDefinition(
        end_devices=wanted.end_devices,
        groups=wanted.end_device_groups,
        reading_types=tuple(ObjectReference("ReadingType", one) for one in _types(wanted.reading_types, fleet)),
        time_schedules=(collection_times(wanted.every),),
        is_of_all=not wanted.names_meters,
    )


def _standing(scheduled: ScheduledPublication, work: UnitOfWork) -> Iterator[Subscription]:
    subscriptions = scheduled.publication.subscriptions.of_noun(NOUN, work)
    return (one for one in subscriptions if one.wanted.every is not None)


def _types(patterns: tuple[str, ...], fleet: Fleet) -> tuple[str, ...]:
    """The codes of some patterns: each that meters deliver as it stands, and what they deliver by default that fits."""
    found: dict[str, None] = {}
    for pattern in patterns:
        given = find_deliverable(fleet, [ObjectReference("ReadingType", pattern)], fleet.all_meters(), by_name=False)
        by_default = (one.reading_type for one in delivered_by_default(fleet).channels)
        codes = [one.reading_type.mrid for one in given.channels]
        codes += [one.mrid for one in by_default if fits_reading_type([pattern], one)]
        if not codes:
            why = given.errors[0].details if "*" not in pattern and given.errors else None
            raise Declined(
                DeclineKind.INVALID,
                why or f"reading_types: no meter of this fleet delivers by itself what fits {pattern}",
                "name a reading type that meters here deliver; a read of one meter shows what they have",
            )
        found |= dict.fromkeys(codes)
    return tuple(found)


def _begin(
    scheduled: ScheduledPublication,
    subscription: Subscription,
    definition: ScheduleDefinition,
    now: datetime,
    work: UnitOfWork,
) -> None:
    since = instant_of(epoch_seconds(now))
    seed = scheduled.publication.seed
    # It may have been ended and begun before, at times that a clock which was set back comes to again.
    mrids = (identifier(seed, "standing readings", subscription.mrid, number) for number in count())
    schedule = StoredSchedule(
        mrid=next(one for one in mrids if work.meter_read_schedules.get(one) is None),
        created=now,
        told_until=since,
        next_due=None,
        state=str(ScheduleState.ACTIVE),
        subscription_mrid=subscription.mrid,
    )
    work.meter_read_schedules.add(schedule, ScheduleRevision(1, since, stored_definition(definition)))
    scheduled.mark(schedule, work)

"""Scheduled readings are queued once each, in order, whoever looks and whenever (both databases)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from headend.operations.outages import OutageRequest, end_outage, start_outage
from headend.operations.readings.meter_readings_query import ReadingLimits
from headend.operations.readings.read_meters import ReadMeters
from headend.operations.references import ObjectReference
from headend.operations.schedules.find_schedules import ScheduleSelection
from headend.operations.schedules.publish_scheduled_readings import ScheduledPublication
from headend.operations.schedules.recurrence import TimeSchedule
from headend.operations.schedules.schedule_definition import ScheduleDefinition
from headend.operations.schedules.schedule_reads import ScheduleReads, ScheduleSender
from headend.operations.schedules.schedule_states import ScheduleVerb
from headend.store import OutboxMessage, Store, StoredDefect, UnitOfWork
from simulator.communication import Communication
from simulator.conditions import Conditions
from simulator.fleet import Fleet, FleetSpec
from simulator.readings import reading_blocks
from tests.store.databases import database_url, postgresql_url, prepared_url, sqlite_url, store
from tests.support.subscribed import told_by

__all__ = ["database_url", "postgresql_url", "prepared_url", "sqlite_url", "store"]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MDM = "http://mdm.example/"
HOURLY, DAILY = TimeSchedule(pattern="hourly"), TimeSchedule(pattern="daily")
IDEAL = Conditions()
COLLECTED = Conditions(communication=Communication(collect_every_s=3 * 3600))


def publication(conditions: Conditions = IDEAL, *, meters: int = 5, most: int = 1_000) -> ScheduledPublication:
    fleet = Fleet(FleetSpec(meters, 5, conditions=conditions))
    read = ReadMeters(fleet, "headend", ReadingLimits(), timedelta(0))
    return ScheduledPublication(fleet, told_by(fleet), read, meters_per_message=2, most_at_once=most)


def schedule(store: Store, scheduled: ScheduledPublication, *times: TimeSchedule, meters: int = 1) -> str:
    devices = tuple(ObjectReference("EndDevice", scheduled.fleet.meter(index).mrid) for index in range(meters))
    definition = ScheduleDefinition(end_devices=devices, time_schedules=times)
    sender = ScheduleSender(reply_address=MDM, message_id="m-1")
    with store.writing() as work:
        reply = ScheduleReads(scheduled).create(definition, sender, str(times), NOON, work)
    return reply.ids[0].value


def publish(store: Store, scheduled: ScheduledPublication, now: datetime) -> int:
    """How many units of work it took."""
    for units in count():
        with store.reading() as work:
            if not scheduled.has_news(now, work):
                return units
            due = scheduled.due(now, work)
        with store.writing() as work:
            scheduled.queue(due, work)
    raise AssertionError


def queued(store: Store) -> list[OutboxMessage]:
    with store.reading() as work:
        return work.outbox.find(limit=100_000)


def told(messages: Sequence[OutboxMessage]) -> list[tuple[datetime, str]]:
    return [(one.created, one.message_id) for one in messages]


def test_nothing_is_due_before_its_time(store: Store) -> None:
    scheduled = publication()
    schedule(store, scheduled, DAILY)
    with store.reading() as work:
        assert not scheduled.has_news(NOON + 11 * HOUR, work)
        assert scheduled.has_news(NOON + 12 * HOUR, work)


def test_the_messages_of_several_schedules_are_queued_in_the_order_of_time(store: Store) -> None:
    scheduled = publication()
    schedule(store, scheduled, TimeSchedule(period_s=7200, offset_s=600))
    schedule(store, scheduled, HOURLY, meters=3)
    publish(store, scheduled, NOON + 3 * HOUR)
    messages = queued(store)
    instants = [one.created for one in messages]
    assert instants == sorted(instants)
    assert [(one.recipe["first"], one.recipe["meters"]) for one in messages][:3] == [(0, 2), (2, 1), (0, 1)]  # type: ignore[call-overload,index]


@pytest.mark.parametrize("conditions", [IDEAL, COLLECTED], ids=["perfect lines", "late values"])
def test_it_makes_no_difference_how_often_somebody_looks(store: Store, conditions: Conditions) -> None:
    scheduled = publication(conditions)
    schedule(store, scheduled, HOURLY, meters=3)
    for minutes in range(0, 24 * 60, 37):
        publish(store, scheduled, NOON + timedelta(minutes=minutes))
    publish(store, scheduled, NOON + DAY)
    often = told(queued(store))
    with store.writing() as work:
        work.fleet_state.clear()
    schedule(store, scheduled, HOURLY, meters=3)
    publish(store, scheduled, NOON + DAY)
    assert told(queued(store)) == often
    assert len(often) >= 50


def test_a_long_time_is_queued_in_several_units_of_work(store: Store) -> None:
    few = publication(most=10)
    schedule(store, few, HOURLY)
    assert publish(store, few, NOON + 2 * DAY) == 5
    assert len(queued(store)) == 49


def test_a_backlog_of_one_schedule_does_not_take_another_back(store: Store) -> None:
    few = publication(most=10)
    schedule(store, few, HOURLY)
    schedule(store, few, TimeSchedule(period_s=60))
    publish(store, few, NOON + 2 * HOUR)
    messages = told(queued(store))
    assert len(messages) == len(set(messages)) == 3 + 121


def test_a_unit_of_work_that_was_rolled_back_is_done_again(store: Store) -> None:
    scheduled = publication()
    schedule(store, scheduled, HOURLY)

    with store.reading() as work:
        due = scheduled.due(NOON + HOUR, work)

    def dies(work: UnitOfWork) -> None:
        scheduled.queue(due, work)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), store.writing() as work:
        dies(work)
    assert queued(store) == []
    publish(store, scheduled, NOON + HOUR)
    assert len(queued(store)) == 2


def test_of_two_who_look_at_the_same_time_one_queues(store: Store) -> None:
    one, other = publication(), publication()
    schedule(store, one, HOURLY)
    with store.reading() as work:
        seen = [each.due(NOON + HOUR, work) for each in (one, other)]
    for each, due in zip((one, other), seen, strict=True):
        with store.writing() as work:
            each.queue(due, work)
    assert len(queued(store)) == 2


def test_what_was_cancelled_while_somebody_looked_is_not_queued_by_him(store: Store) -> None:
    scheduled = publication()
    mrid = schedule(store, scheduled, HOURLY)
    with store.reading() as work:
        due = scheduled.due(NOON + HOUR, work)
    with store.writing() as work:
        ScheduleReads(scheduled).end(ScheduleVerb.CANCEL, ScheduleSelection(ids=(mrid,)), NOON, work)
    with store.writing() as work:
        scheduled.queue(due, work)
    assert [one.created for one in queued(store)] == [NOON]


def test_the_recipe_holds_no_data(store: Store) -> None:
    scheduled = publication(meters=100_000)
    mrid = schedule(store, scheduled, DAILY)
    publish(store, scheduled, NOON + DAY)
    (message,) = queued(store)
    end = int((NOON + 12 * HOUR).timestamp())
    assert message.recipe == {
        "schedule": mrid,
        "revision": 1,
        "at": end,
        "start": end - 86_400,
        "first": 0,
        "meters": 1,
    }
    assert (message.correlation_id, message.verb, message.noun) == ("m-1", "created", "MeterReadings")


def late(store: Store, scheduled: ScheduledPublication) -> list[tuple[datetime, int]]:
    """When something late was told, and of how many values."""
    found = []
    for message in queued(store):
        if "devices" in message.recipe:  # type: ignore[operator]
            with store.reading() as work:
                recipe = scheduled.recipe_of(message.recipe, work)
            blocks = reading_blocks(
                scheduled.fleet, recipe.meters, recipe.assortments[0], recipe.history, observation=recipe.observation
            )
            rows = [row for block in blocks for row in block.observed.values()]
            found.append((message.created, sum(len(series.stamps) for row in rows for series in row)))
    return found


def test_what_a_meter_without_power_had_to_tell_follows_when_it_is_back(store: Store) -> None:
    scheduled = publication()
    with store.writing() as work:
        outage = start_outage(scheduled.fleet, OutageRequest(node="T00000000"), NOON - HOUR, work)
    schedule(store, scheduled, TimeSchedule(start=NOON, end=NOON + HOUR))
    publish(store, scheduled, NOON + 4 * HOUR)
    assert late(store, scheduled) == []
    with store.writing() as work:
        end_outage(scheduled.fleet, outage.mrid, NOON + 4 * HOUR, work)
    publish(store, scheduled, NOON + 5 * HOUR)
    ((told_at, values),) = late(store, scheduled)
    assert NOON + 4 * HOUR < told_at <= NOON + 5 * HOUR
    assert values >= 4


def test_what_a_defect_of_the_meter_kept_back_follows_as_well(store: Store) -> None:
    scheduled = publication()
    defect = StoredDefect(
        mrid="d-1",
        device_mrid=scheduled.fleet.meter(0).mrid,
        kind="late",
        start=NOON,
        end=NOON + HOUR,
        parameters={"delay_s": 7200},
    )
    with store.writing() as work:
        work.defects.add(defect)
    schedule(store, scheduled, TimeSchedule(start=NOON - HOUR, end=NOON + HOUR))
    publish(store, scheduled, NOON + 9 * HOUR)
    ((told_at, values),) = late(store, scheduled)
    assert told_at == NOON + 3 * HOUR + timedelta(minutes=15)
    assert values >= 4


def test_after_45_days_nobody_waits_any_more(store: Store) -> None:
    for_ever = publication(Conditions(communication=Communication(dark=10_000, dark_longest_days=14)))
    schedule(store, for_ever, TimeSchedule(start=NOON + HOUR), meters=5)
    publish(store, for_ever, NOON + 60 * DAY)
    with store.reading() as work:
        assert not work.meter_read_schedules.has_due(NOON + 600 * DAY)


def test_a_clock_that_was_set_back_lives_through_the_time_again(store: Store) -> None:
    scheduled = publication()
    schedule(store, scheduled, HOURLY)
    publish(store, scheduled, NOON + DAY)
    with store.writing() as work:
        scheduled.begin(NOON + HOUR, work)
    publish(store, scheduled, NOON + 2 * HOUR)
    assert len(queued(store)) == 25 + 1


# What was told as an estimate and is known since.


def estimate(store: Store, scheduled: ScheduledPublication, *, marked: bool = True) -> None:
    """The values of an hour from noon on are estimates until five o'clock and a bit."""
    defect = StoredDefect(
        mrid="d-1",
        device_mrid=scheduled.fleet.meter(0).mrid,
        kind="revised_after_estimate",
        start=NOON,
        end=NOON + HOUR,
        parameters={"revised_after_s": 4 * 3600 + 100},
        marked=marked,
    )
    with store.writing() as work:
        work.defects.add(defect)


def changed(store: Store) -> list[OutboxMessage]:
    return [one for one in queued(store) if one.verb == "changed"]


def values_of(store: Store, scheduled: ScheduledPublication, message: OutboxMessage) -> list[tuple[int, int]]:
    """Stamps and values of the intervals of a message's only meter."""
    with store.reading() as work:
        recipe = scheduled.recipe_of(message.recipe, work)
    found = []
    blocks = reading_blocks(
        scheduled.fleet, recipe.meters, recipe.assortments[0], recipe.history, observation=recipe.observation
    )
    for block in blocks:
        number = next(number for number, one in enumerate(recipe.assortments[0]) if one.is_interval)
        observed = (block.observed or {}).get(0)
        series = recipe.assortments[0][number]
        stamps, values = (
            (series.stamps, block.values[number][0])
            if observed is None
            else (observed[number].stamps, observed[number].values)
        )
        found += list(zip(stamps.tolist(), values.tolist(), strict=True))
    return found


def test_what_replaces_estimates_is_told_as_changed_when_its_quarter_is_over(store: Store) -> None:
    scheduled = publication()
    estimate(store, scheduled)
    schedule(store, scheduled, HOURLY, meters=2)
    publish(store, scheduled, NOON + 9 * HOUR)
    (message,) = changed(store)
    assert message.created == NOON + 5 * HOUR + timedelta(minutes=15)
    assert message.correlation_id == "m-1"
    estimated = next(one for one in queued(store) if one.created == NOON + HOUR and one.verb == "created")
    before, after = values_of(store, scheduled, estimated), values_of(store, scheduled, message)
    assert [stamp for stamp, _ in after] == [stamp for stamp, _ in before]
    assert after != before


def test_a_revision_that_carries_no_quality_tells_the_span_of_its_meters(store: Store) -> None:
    scheduled = publication()
    estimate(store, scheduled, marked=False)
    schedule(store, scheduled, TimeSchedule(start=NOON - 2 * HOUR, end=NOON + HOUR), meters=2)
    publish(store, scheduled, NOON + 9 * HOUR)
    (message,) = changed(store)
    assert len(values_of(store, scheduled, message)) == 12


def test_what_is_known_when_it_is_due_was_never_an_estimate_to_anybody(store: Store) -> None:
    scheduled = publication()
    estimate(store, scheduled)
    schedule(store, scheduled, TimeSchedule(start=NOON, end=NOON + 6 * HOUR), meters=2)
    publish(store, scheduled, NOON + 9 * HOUR)
    assert changed(store) == []


def test_a_revision_is_told_once_however_often_somebody_looks(store: Store) -> None:
    scheduled = publication()
    estimate(store, scheduled)
    schedule(store, scheduled, HOURLY, meters=2)
    for minutes in range(0, 9 * 60, 7):
        publish(store, scheduled, NOON + timedelta(minutes=minutes))
    often = told(changed(store))
    with store.writing() as work:
        work.fleet_state.clear()
    estimate(store, scheduled)
    schedule(store, scheduled, HOURLY, meters=2)
    publish(store, scheduled, NOON + 9 * HOUR)
    assert told(changed(store)) == often
    assert len(often) == 1

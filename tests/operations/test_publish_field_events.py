"""What happens by itself is told as time passes: once, to those who listen, also by several processes at a time."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from headend.operations.events.field_events import FieldEventSource, end_device_events
from headend.operations.events.publish_events import EventPublication
from headend.operations.events.publish_field_events import FieldPublication, always, events_of_recipe
from headend.operations.outages import OutageRequest, end_outage, start_outage
from headend.store import OutboxMessage, Store, StoredSubscription, UnitOfWork
from simulator.conditions import IDEAL, REALISTIC, Conditions
from simulator.event_rates import EventRate, EventRates
from simulator.field_events import EventCause, FieldEvents
from simulator.field_history import UNDISTURBED
from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import epoch_seconds
from tests.store.databases import database_url, postgresql_url, prepared_url, sqlite_url, store
from tests.support.subscribed import told_by

__all__ = ["database_url", "postgresql_url", "prepared_url", "sqlite_url", "store"]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MDM, BILLING = "http://mdm.example/events", "http://billing.example/events"
LIVELY = Conditions(events=EventRates((EventRate("Memory", 50_000), EventRate("PowerQuality", 50_000))))
METERS = 200
LOSS = 3_026_000_085


def _publication(conditions: Conditions = LIVELY, *urls: str, meters: int = METERS) -> FieldPublication:
    fleet = Fleet(FleetSpec(meters, 5, conditions=conditions))
    return FieldPublication(always(FieldEventSource(fleet)), EventPublication(told_by(fleet, *urls)))


def _source(publication: FieldPublication) -> FieldEventSource:
    return publication.sources(NOON, None)  # type: ignore[arg-type]  # of a fleet that nobody changes


TOLD = _publication(LIVELY, MDM)


def _begin(store: Store, publication: FieldPublication = TOLD, at: datetime = NOON) -> None:
    with store.writing() as work:
        publication.begin(at, work)


def _publish(store: Store, now: datetime, publication: FieldPublication = TOLD) -> None:
    done = False
    while not done:
        with store.writing() as work:
            done = publication.publish_until(now, work)


def _has_news(store: Store, now: datetime, publication: FieldPublication = TOLD) -> bool:
    with store.reading() as work:
        return publication.has_news(now, work)


def _queued(store: Store) -> list[OutboxMessage]:
    with store.reading() as work:
        return work.outbox.find(limit=100_000)


def _mrids(messages: list[OutboxMessage], publication: FieldPublication = TOLD) -> list[str]:
    return [event.mrid for each in messages for event in events_of_recipe(each.recipe, _source(publication).fleet)]


def _heard(after: datetime, until: datetime, publication: FieldPublication = TOLD) -> list[str]:
    """mRIDs of what the head end heard of in (after, until]."""
    found = _source(publication).heard(epoch_seconds(after), epoch_seconds(until), UNDISTURBED)
    return [event.mrid for event in end_device_events(found, _source(publication).fleet)]


def test_what_was_before_the_first_start_is_not_told(store: Store) -> None:
    _publish(store, NOON)
    assert _queued(store) == []


def test_what_was_heard_since_is_told(store: Store) -> None:
    _begin(store)
    _publish(store, NOON + DAY)
    told = _mrids(_queued(store))
    assert sorted(told) == sorted(_heard(NOON, NOON + DAY))
    assert len(told) > 50


@pytest.mark.parametrize("hours", [[24], [1] * 24, [0.01, 0, 5.4321, 0.0001, 18.5678]])
def test_everything_is_told_once_however_often_somebody_looks(store: Store, hours: list[float]) -> None:
    _begin(store)
    now = NOON
    for each in hours:
        now += each * HOUR
        _publish(store, now)
    assert sorted(_mrids(_queued(store))) == sorted(_heard(NOON, now))


def test_steps_of_whole_minutes_give_the_same_messages_as_one_step(store: Store) -> None:
    _begin(store)
    for minutes in range(60, 24 * 60 + 1, 60):
        _publish(store, NOON + timedelta(minutes=minutes))
    in_steps = [(each.message_id, each.recipe) for each in _queued(store)]
    with store.writing() as work:
        work.fleet_state.clear()
    _begin(store)
    _publish(store, NOON + DAY)
    assert [(each.message_id, each.recipe) for each in _queued(store)] == in_steps


def test_what_two_processes_queue_at_a_time_is_queued_once(store: Store) -> None:
    _begin(store)
    failures: list[BaseException] = []

    def look_again_and_again() -> None:
        own = _publication(LIVELY, MDM)  # as in another process: nothing is shared but the database
        try:
            for hours in range(1, 13):
                _publish(store, NOON + hours * HOUR, own)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=look_again_and_again) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Counter(_mrids(_queued(store))) == Counter(_heard(NOON, NOON + 12 * HOUR))


def test_a_unit_of_work_that_fails_leaves_the_mark_where_it_was(store: Store) -> None:
    _begin(store)

    def publish_and_die() -> None:
        with store.writing() as work:
            TOLD.publish_until(NOON + DAY, work)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish_and_die()
    _publish(store, NOON + DAY)
    assert sorted(_mrids(_queued(store))) == sorted(_heard(NOON, NOON + DAY))


def test_a_message_holds_what_was_heard_within_a_minute(store: Store) -> None:
    _begin(store)
    _publish(store, NOON + DAY)
    minutes = [epoch_seconds(each.created) // 60 for each in _queued(store)]
    assert minutes == sorted(set(minutes))


def test_a_message_may_leave_when_its_last_event_was_heard(store: Store) -> None:
    _begin(store)
    _publish(store, NOON + DAY)
    for message in _queued(store):
        events = events_of_recipe(message.recipe, _source(TOLD).fleet)
        assert message.created == message.not_before == max(event.created for event in events)


def test_a_thousand_events_fit_into_a_message(store: Store) -> None:
    _begin(store)
    gasps = FieldEvents.of(np.arange(METERS).repeat(12), np.tile(np.arange(12), METERS), LOSS, EventCause.OUTAGE)
    with store.writing() as work:
        TOLD.publish_late(
            FieldEvents.of(gasps.meters, gasps.instants + epoch_seconds(NOON) - 12, LOSS, EventCause.OUTAGE),
            NOON,
            work,
        )
    assert [len(_mrids([each])) for each in _queued(store)] == [1_000, 1_000, 400]


def test_a_multitude_is_queued_in_several_units_of_work(store: Store) -> None:
    careful = FieldPublication(TOLD.sources, TOLD.publication, most_at_once=20)
    _begin(store)
    with store.writing() as work:
        assert not careful.publish_until(NOON + DAY, work)
    assert 20 <= len(_mrids(_queued(store))) < 30
    _publish(store, NOON + DAY, careful)
    assert sorted(_mrids(_queued(store))) == sorted(_heard(NOON, NOON + DAY))


def test_after_a_long_time_without_a_head_end_45_days_are_told(store: Store) -> None:
    few = _publication(LIVELY, MDM, meters=4)
    _begin(store, few)
    later = NOON + 200 * DAY
    _publish(store, later, few)
    told = _mrids(_queued(store), few)
    assert sorted(told) == sorted(_heard(later - 45 * DAY, later, few))
    assert told


def test_who_subscribes_is_told_what_is_heard_from_then_on(store: Store) -> None:
    _begin(store)
    with store.writing() as work:
        work.subscriptions.put(StoredSubscription("s-1", BILLING, "EndDeviceEvents", NOON + 6 * HOUR))
        work.subscriptions.put(StoredSubscription("s-2", BILLING + "/r", "MeterReadings", NOON))
    _publish(store, NOON + DAY)
    by_url = {url: [each for each in _queued(store) if each.destination == url] for url in (MDM, BILLING)}
    assert sorted(_mrids(by_url[MDM])) == sorted(_heard(NOON, NOON + DAY))
    assert sorted(_mrids(by_url[BILLING])) == sorted(_heard(NOON + 6 * HOUR, NOON + DAY))
    assert len({each.message_id for each in _queued(store)}) == len(_queued(store))
    assert len(_queued(store)) == len(by_url[MDM]) + len(by_url[BILLING])


def test_nobody_is_told_where_nobody_listens(store: Store) -> None:
    unheard = _publication(LIVELY)
    _begin(store, unheard)
    _publish(store, NOON + DAY, unheard)
    assert _queued(store) == []


@pytest.mark.parametrize(("conditions", "urls"), [(IDEAL, (MDM,)), (LIVELY, ())], ids=["ideal", "nobody listens"])
def test_there_is_no_work_where_there_is_nothing_to_say(
    store: Store, conditions: Conditions, urls: tuple[str, ...]
) -> None:
    quiet = _publication(conditions, *urls)
    _begin(store, quiet)
    assert not _has_news(store, NOON + timedelta(minutes=59), quiet)


def test_news_is_noticed_in_the_second_in_which_it_is_heard(store: Store) -> None:
    _begin(store)
    first = _source(TOLD).heard(epoch_seconds(NOON), epoch_seconds(NOON + DAY), UNDISTURBED).heard.min()
    heard = datetime.fromtimestamp(int(first), UTC)
    assert not _has_news(store, heard - timedelta(milliseconds=1))
    assert _has_news(store, heard)


def test_a_mark_of_an_hour_ago_is_moved_although_nothing_was_heard(store: Store) -> None:
    ideal = _publication(IDEAL, MDM)
    _begin(store, ideal)
    assert _has_news(store, NOON + HOUR, ideal)
    _publish(store, NOON + HOUR, ideal)
    assert not _has_news(store, NOON + HOUR, ideal)


def test_a_clock_that_is_set_back_tells_the_field_again(store: Store) -> None:
    _begin(store, at=NOON + 30 * DAY)
    _begin(store)
    _publish(store, NOON + DAY)
    assert sorted(_mrids(_queued(store))) == sorted(_heard(NOON, NOON + DAY))


def test_a_second_start_goes_on_where_the_first_one_ended(store: Store) -> None:
    _begin(store)
    _begin(store, at=NOON + DAY)
    _publish(store, NOON + DAY)
    assert sorted(_mrids(_queued(store))) == sorted(_heard(NOON, NOON + DAY))


def test_who_comes_late_with_an_old_time_queues_nothing(store: Store) -> None:
    _begin(store)
    _publish(store, NOON + DAY)
    queued = _queued(store)
    _publish(store, NOON + HOUR)
    assert _queued(store) == queued


def test_what_a_new_fact_adds_before_the_mark_is_told_at_once(store: Store) -> None:
    def add(work: UnitOfWork) -> None:
        late = [epoch_seconds(NOON) - 60, epoch_seconds(NOON), epoch_seconds(NOON) + 60]
        TOLD.publish_late(FieldEvents.of([1, 2, 3], late, LOSS, EventCause.OUTAGE), NOON, work)

    _begin(store)
    with store.writing() as work:
        add(work)
    events = [event for each in _queued(store) for event in events_of_recipe(each.recipe, _source(TOLD).fleet)]
    assert [event.created for event in events] == [NOON - timedelta(minutes=1), NOON]
    assert {event.reason for event in events} == {"outage"}


def test_an_outage_that_began_in_the_past_is_told_at_once(store: Store) -> None:
    _begin(store)
    with store.writing() as work:
        request = OutageRequest(node="M00000003", start=NOON - HOUR, end=NOON - HOUR / 2)
        state = start_outage(_source(TOLD).fleet, request, NOON, work)
        TOLD.publish_outage(state.outage, NOON, work)
    events = [event for each in _queued(store) for event in events_of_recipe(each.recipe, _source(TOLD).fleet)]
    assert [(event.type_code, event.created) for event in events if event.reason == "outage"] == [
        ("3.26.0.85", NOON - HOUR),
        ("3.26.0.216", NOON - HOUR / 2),
    ]


def test_a_dark_meters_news_is_told_when_it_is_back(store: Store) -> None:
    realistic = _publication(REALISTIC, MDM, meters=4_000)
    _begin(store, realistic)
    _publish(store, NOON + 10 * DAY, realistic)
    late = [
        event
        for message in _queued(store)
        for event in events_of_recipe(message.recipe, _source(realistic).fleet)
        if message.created - event.created > HOUR
    ]
    assert late


def test_an_outage_is_told_by_last_gasps_and_its_end_by_restorations(store: Store) -> None:
    ideal = _publication(IDEAL, MDM)
    fleet = _source(ideal).fleet
    minute = timedelta(minutes=1)
    _begin(store, ideal)
    with store.writing() as work:
        outage = start_outage(fleet, OutageRequest(node="T00000001"), NOON + minute, work)
    _publish(store, NOON + 2 * minute, ideal)
    gasps = [event for each in _queued(store) for event in events_of_recipe(each.recipe, fleet)]
    assert {(event.type_code, event.reason, event.severity) for event in gasps} == {("3.26.0.85", "outage", "alarm")}
    assert len(gasps) == outage.meters > 10
    with store.writing() as work:
        end_outage(fleet, outage.mrid, NOON + HOUR, work)
    _publish(store, NOON + 2 * HOUR, ideal)
    told = [event for each in _queued(store) for event in events_of_recipe(each.recipe, fleet)]
    assert Counter(event.type_code for event in told) == {"3.26.0.85": outage.meters, "3.26.0.216": outage.meters}


def test_an_outage_is_news_when_its_first_last_gasp_is_heard(store: Store) -> None:
    ideal = _publication(IDEAL, MDM)
    _begin(store, ideal)
    with store.writing() as work:
        start_outage(_source(ideal).fleet, OutageRequest(node="T00000001"), NOON + HOUR / 2, work)
    hold = timedelta(seconds=10)
    assert not _has_news(store, NOON + HOUR / 2 + hold - timedelta(seconds=1), ideal)
    assert _has_news(store, NOON + HOUR / 2 + hold, ideal)


def test_a_disconnected_meter_sends_no_last_gasp(store: Store) -> None:
    ideal = _publication(IDEAL, MDM)
    fleet = _source(ideal).fleet
    _begin(store, ideal)
    with store.writing() as work:
        outage = start_outage(fleet, OutageRequest(node="T00000001"), NOON + HOUR, work)
        work.interruptions.open(fleet.meter(45).mrid, NOON, "remote switch")
    _publish(store, NOON + 2 * HOUR, ideal)
    told = {event.device_mrid for each in _queued(store) for event in events_of_recipe(each.recipe, fleet)}
    assert len(told) == outage.meters - 1
    assert fleet.meter(45).mrid not in told


def test_what_is_no_recipe_is_refused() -> None:
    with pytest.raises(TypeError, match="no recipe"):
        events_of_recipe({"devices": "all"}, _source(TOLD).fleet)

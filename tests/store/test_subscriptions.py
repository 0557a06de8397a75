"""Subscriptions of a running head end are in the database, so that every process knows them."""

from datetime import UTC, datetime, timedelta

from headend.store import Store, StoredSubscription

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MDM = StoredSubscription("s-1", "http://mdm.example/events", "EndDeviceEvents", NOON)
BILLING = StoredSubscription("s-0", "http://billing.example/events", "EndDeviceEvents", NOON + timedelta(minutes=1))
READINGS = StoredSubscription("s-2", "http://mdm.example/readings", "MeterReadings", NOON)


def put(store: Store, *subscriptions: StoredSubscription) -> list[bool]:
    with store.writing() as work:
        return [work.subscriptions.put(one) for one in subscriptions]


def test_a_subscription_comes_back_as_it_was_given(store: Store) -> None:
    put(store, MDM)
    with store.reading() as work:
        assert work.subscriptions.get("s-1") == MDM


def test_the_oldest_comes_first(store: Store) -> None:
    put(store, BILLING, MDM)
    with store.reading() as work:
        assert work.subscriptions.all() == [MDM, BILLING]


def test_the_urls_are_those_of_one_noun(store: Store) -> None:
    put(store, BILLING, READINGS, MDM)
    with store.reading() as work:
        assert work.subscriptions.urls("EndDeviceEvents") == [MDM.url, BILLING.url]


def test_the_same_one_is_kept_once(store: Store) -> None:
    assert put(store, MDM, MDM) == [True, False]


def test_a_removed_one_is_gone(store: Store) -> None:
    put(store, MDM)
    with store.writing() as work:
        assert work.subscriptions.remove("s-1")
    with store.reading() as work:
        assert work.subscriptions.all() == []


def test_one_that_never_was_is_not_removed(store: Store) -> None:
    with store.writing() as work:
        assert not work.subscriptions.remove("s-1")

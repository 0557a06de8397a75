"""Subscriptions of a running head end are in the database, so that every process knows them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from headend.store import NewMessage, Store, StoredSubscription

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


def test_its_wishes_and_credentials_come_back_as_they_were_given(store: Store) -> None:
    given = replace(
        READINGS, wanted={"meters": ["M1"], "every": "P1D"}, http_headers={"Authorization": "Bearer s3cret"}
    )
    put(store, given)
    with store.reading() as work:
        assert work.subscriptions.all() == [given]


def test_a_url_may_have_several_subscriptions_of_a_noun(store: Store) -> None:
    assert put(store, MDM, replace(MDM, mrid="s-3", wanted={"meters": ["M1"]})) == [True, True]


def test_credentials_do_not_show_where_a_subscription_is_written_out() -> None:
    assert "s3cret" not in repr(replace(MDM, http_headers={"Authorization": "Bearer s3cret"}))


def test_the_same_one_is_kept_once(store: Store) -> None:
    assert put(store, MDM, MDM) == [True, False]


def test_a_removed_one_is_gone(store: Store) -> None:
    put(store, MDM)
    with store.writing() as work:
        assert work.subscriptions.remove("s-1")
    with store.reading() as work:
        assert work.subscriptions.all() == []


def owe(store: Store, mrid: str) -> None:
    """Something is to be sent for a subscription."""
    with store.writing() as work:
        work.outbox.add(NewMessage(MDM.url, "created", MDM.noun, "m-1", ["e-1"], NOON, subscription_mrid=mrid))


def deliver(store: Store) -> None:
    with store.writing() as work:
        (message,) = work.outbox.claim(fleet_now=NOON, machine_now=NOON, lease_s=60)
        work.outbox.delivered(message, NOON)


def test_one_that_ended_is_known_by_its_mrid_while_something_is_to_be_sent_for_it(store: Store) -> None:
    put(store, MDM)
    owe(store, MDM.mrid)
    with store.writing() as work:
        work.subscriptions.remove(MDM.mrid)
        assert (work.subscriptions.all(), work.subscriptions.get(MDM.mrid)) == ([], MDM)


def test_one_that_ended_is_forgotten_when_all_was_sent(store: Store) -> None:
    put(store, MDM)
    owe(store, MDM.mrid)
    with store.writing() as work:
        work.subscriptions.remove(MDM.mrid)
    deliver(store)
    put(store, READINGS)
    with store.reading() as work:
        assert work.subscriptions.get(MDM.mrid) is None


def test_one_that_ended_ends_once(store: Store) -> None:
    put(store, MDM)
    owe(store, MDM.mrid)
    with store.writing() as work:
        assert [work.subscriptions.remove(MDM.mrid) for _ in range(2)] == [True, False]


def test_one_that_ended_can_begin_anew(store: Store) -> None:
    put(store, MDM)
    owe(store, MDM.mrid)
    with store.writing() as work:
        work.subscriptions.remove(MDM.mrid)
    anew = replace(MDM, created=NOON + timedelta(hours=1))
    assert put(store, anew) == [True]
    with store.reading() as work:
        assert work.subscriptions.all() == [anew]


def test_one_that_never_was_is_not_removed(store: Store) -> None:
    with store.writing() as work:
        assert not work.subscriptions.remove("s-1")

"""A nonce is good once for each source."""

from datetime import UTC, datetime, timedelta

import pytest

from headend.store import Conflict, Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_nonce_is_seen_once_it_was_used(store: Store) -> None:
    with store.writing() as work:
        assert not work.nonces.seen("MDM", "nonce-1")
        work.nonces.add("MDM", "nonce-1", NOON)
    with store.reading() as work:
        assert work.nonces.seen("MDM", "nonce-1")


def test_another_source_may_use_the_same_nonce(store: Store) -> None:
    with store.writing() as work:
        work.nonces.add("MDM", "nonce-1", NOON)
        assert not work.nonces.seen("CIS", "nonce-1")


def test_a_nonce_is_not_used_twice(store: Store) -> None:
    with store.writing() as work:
        work.nonces.add("MDM", "nonce-1", NOON)
    with pytest.raises(Conflict, match="nonce-1"), store.writing() as work:
        work.nonces.add("MDM", "nonce-1", NOON)


def test_old_nonces_are_forgotten(store: Store) -> None:
    with store.writing() as work:
        work.nonces.add("MDM", "nonce-1", NOON)
        work.nonces.add("MDM", "nonce-2", NOON + timedelta(hours=1))
        assert work.nonces.forget_before(NOON + timedelta(minutes=1)) == 1
        assert not work.nonces.seen("MDM", "nonce-1")
        assert work.nonces.seen("MDM", "nonce-2")


def test_many_old_nonces_are_forgotten_piece_by_piece(store: Store) -> None:
    with store.writing() as work:
        for number in range(5):
            work.nonces.add("MDM", f"nonce-{number}", NOON + timedelta(minutes=number))
        later = NOON + timedelta(minutes=4)
        assert [work.nonces.forget_old(before=later, limit=3) for _ in range(3)] == [3, 1, 0]
        assert work.nonces.seen("MDM", "nonce-4")

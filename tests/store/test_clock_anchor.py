"""All processes hang their clock on the same anchor."""

from datetime import UTC, datetime

from headend.store import Store, StoredAnchor
from simulator.clock import ClockAnchor

ANCHOR = ClockAnchor(
    machine=datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC), fleet=datetime(2030, 1, 1, tzinfo=UTC), rate=1 / 3
)


def test_a_new_store_has_no_anchor(store: Store) -> None:
    with store.reading() as work:
        assert work.clock_anchor.get() is None


def test_the_anchor_comes_back_exact(store: Store) -> None:
    with store.writing() as work:
        work.clock_anchor.put("x0.333", ANCHOR)
    with store.reading() as work:
        assert work.clock_anchor.get() == StoredAnchor("x0.333", ANCHOR)


def test_the_last_anchor_counts(store: Store) -> None:
    later = ClockAnchor(ANCHOR.machine, ANCHOR.fleet, 0.0)
    with store.writing() as work:
        work.clock_anchor.put("x0.333", ANCHOR)
        work.clock_anchor.put("stepped", later)
    with store.reading() as work:
        assert work.clock_anchor.get() == StoredAnchor("stepped", later)

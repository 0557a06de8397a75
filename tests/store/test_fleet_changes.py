"""The log of what master data made of the fleet."""

from datetime import UTC, datetime

import pytest

from headend.store import FleetChange, FleetChangeKind, Store, UnitOfWork

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def append(store: Store, count: int) -> None:
    with store.writing() as work:
        work.fleet_changes.add(
            FleetChange(kind=FleetChangeKind.REMOVED, mrid=f"m-{number}", at=NOON) for number in range(count)
        )


def test_an_empty_log_has_no_bounds(store: Store) -> None:
    with store.reading() as work:
        assert work.fleet_changes.bounds() == (0, 0)


def test_bounds_are_the_numbers_of_the_first_and_the_last_entry(store: Store) -> None:
    append(store, 3)
    with store.reading() as work:
        first, last = work.fleet_changes.bounds()
        assert [number for number, _ in work.fleet_changes.since(0)] == [first, first + 1, last]


def steps_of_bounds(work: UnitOfWork) -> int:
    """How many steps SQLite's machine took."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    driver = work.fleet_changes._connection.connection.driver_connection
    assert driver is not None
    work.fleet_changes.bounds()  # which reads the schema, where the connection is new
    driver.set_progress_handler(step, 1)
    work.fleet_changes.bounds()
    driver.set_progress_handler(None, 0)
    return count


def test_every_request_asks_for_the_bounds_so_they_cost_the_same_however_long_the_log_is(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    try:
        steps = []
        for added in (10, 10_000):
            append(store, added)
            with store.reading() as work:
                steps.append(steps_of_bounds(work))
    finally:
        store.close()
    assert steps[1] == pytest.approx(steps[0], abs=10)

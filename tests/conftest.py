"""Head ends to test against. Whatever a test gets from them has kept every rule of the wire (tests/support)."""

import gc
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headend.soap.spyne_compat import leave_garbage_alone
from tests.store.prepared_schemas import drop_prepared_schemas
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.served import ServedHeadEnd, serve
from tests.support.turn_order import TurnOrder

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""When the tests happen: a Monday, far from any change of clocks."""

STEPPED = "stepped@2026-03-02T12:00:00Z"

leave_garbage_alone()

TURNS = TurnOrder()
TURNS.watch()


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait, for a process to start or for the machine's clock."""
    return (os.cpu_count() or 1) + 1


def pytest_sessionfinish() -> None:
    """What tests had in common is not left behind."""
    drop_prepared_schemas()


def pytest_collection_finish() -> None:
    """Thousands of tests and what they have imported stay: looking through them for garbage again and again would take
    longer than many a test.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def turns_are_taken_in_one_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """No two transactions may ever wait for each other. Those that a test of the store puts together are of no head
    end, and take turns in whatever order.
    """
    TURNS.violations.clear()
    TURNS.is_watching = "store" not in request.path.parts
    yield
    assert TURNS.violations == []


@pytest.fixture
def head_end(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    """A head end of its own for a test, with 1000 meters M00000000 to M00000999; it is noon."""
    with in_process(tmp_path, NOON) as opened:
        yield opened


@pytest.fixture(scope="session")
def quiet_head_end(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """The same, shared by tests that change nothing in it."""
    with in_process(tmp_path_factory.mktemp("quiet"), NOON) as opened:
        yield opened


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHeadEnd]:
    """`headend serve` in a process, shared by tests that leave its clock alone and use meters of their own."""
    with serve(tmp_path_factory.mktemp("served"), STEPPED) as running:
        yield running


@pytest.fixture(scope="session")
def served_with_faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHeadEnd]:
    """The same with `--error-style fault`."""
    with serve(tmp_path_factory.mktemp("faults"), STEPPED, "--error-style", "fault") as running:
        yield running

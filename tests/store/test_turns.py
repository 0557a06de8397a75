"""Turns: one transaction at a time for a thing, in one head end and not in another one of the same database."""

import threading

import pytest

from headend.store import Store
from headend.store.turns import take_turn
from tests.store.databases import require_postgresql
from tests.store.postgresql_server import SERVER, schema_of_its_own
from tests.support.turn_order import TurnOrder

pytestmark = pytest.mark.services
WAIT_S = 0.3


@pytest.fixture
def stores() -> object:
    """Two head ends of one database: `stores[0]` twice, as two of its processes, and another one."""
    require_postgresql()
    with schema_of_its_own(SERVER) as one, schema_of_its_own(SERVER) as other:
        opened = [Store.open(url) for url in (one, one, other)]
        yield opened
        for store in opened:
            store.close()


def gets_its_turn(store: Store) -> bool:
    """Whether another transaction of the store may take the turn now."""
    has_it = threading.Event()

    def take() -> None:
        with store.writing() as work:
            take_turn(work.outbox._connection, "thing")
            has_it.set()

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    return has_it.wait(WAIT_S)


def test_a_turn_keeps_out_the_other_processes_of_a_head_end_and_no_other_head_end(stores: list[Store]) -> None:
    one, same, other = stores
    with one.writing() as work:
        take_turn(work.outbox._connection, "thing")
        assert gets_its_turn(other)
        assert not gets_its_turn(same)
    assert gets_its_turn(same)


def test_an_order_that_could_lock_two_transactions_is_noticed() -> None:
    order = TurnOrder()
    for transaction, names in enumerate(["ab", "bc", "aab", "bb"]):
        for name in names:
            order.take(transaction, name)
        order.end(transaction)
    assert order.violations == []
    for name in "ca":
        order.take(9, name)
    assert order.violations == ["a is taken while c is held; elsewhere it is the other way round"]

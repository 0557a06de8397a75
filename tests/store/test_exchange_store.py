"""The journal's own database: what is kept, found and forgotten."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from headend.store import ExchangeSelection, ExchangeStore, JournalBounds, Store, StoreBusy, StoredExchange
from headend.store.engines import connect
from headend.store.exchange_schema import METADATA, STATE, VERSION
from headend.store.exchange_store import PIECE

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LOOSE = JournalBounds(1_000_000, 1 << 40, NOON - timedelta(days=7))

EXCHANGE = StoredExchange(
    at=NOON,
    machine_at=NOON,
    took_us=1500,
    direction="in",
    status=200,
    verb="create",
    noun="EndDeviceControls",
    result="PARTIAL",
    codes=("2.4", "0.2"),
    message_id="m-1",
    correlation_id=None,
    conversation="m-1",
    source="mdm",
    service="ExecuteEndDeviceControls",
    operation="CreateEndDeviceControls",
    peer="127.0.0.1:4711",
    path="/services/ExecuteEndDeviceControls",
    soap_action="http://iec.ch/TC57/2011/EndDeviceControls/CreateEndDeviceControls",
    failure=None,
    outcome=None,
    notes=("one", "two"),
    names=("M00000001", "d7d81100-b626-8001-9fb5-000000000001"),
    request_length=9,
    request_sha256=None,
    request_headers=(("Host", "h:1"), ("Accept", "a: b")),
    response_length=90_000,
    response_sha256="ab" * 32,
    response_headers=(("Content-Type", "text/xml"),),
    request_body="<ä>needle".encode(),
    response_body=b"<b>\0\xff",
)


@pytest.fixture
def exchanges(database_url: str) -> Iterator[ExchangeStore]:
    opened = ExchangeStore.open(database_url)
    yield opened
    opened.close()


def numbers(store: ExchangeStore, limit: int | None = None, newest_first: bool = False, **wanted: Any) -> list[int]:
    found = store.find(ExchangeSelection(**wanted), limit=limit, newest_first=newest_first)
    return [one.number for one in found]


def test_what_is_kept_comes_back(exchanges: ExchangeStore) -> None:
    exchanges.add([EXCHANGE], 0, LOOSE)
    assert exchanges.get(1) == replace(EXCHANGE, number=1)
    assert exchanges.get(2) is None


def test_an_exchange_without_an_answer_comes_back(exchanges: ExchangeStore) -> None:
    unanswered = replace(
        EXCHANGE,
        status=None, result=None, codes=(), names=(), notes=(), failure="timed out",
        response_length=None, response_sha256=None, response_body=None, response_headers=(),
    )  # fmt: skip
    exchanges.add([unanswered], 0, LOOSE)
    assert exchanges.get(1) == replace(unanswered, number=1)


def test_what_a_database_cannot_hold_is_kept_as_something_unreadable(exchanges: ExchangeStore) -> None:
    exchanges.add([replace(EXCHANGE, path="/services/\0\ud800", soap_action="\0")], 0, LOOSE)
    (found,) = exchanges.find(ExchangeSelection(text="/services/\0"))
    assert (found.path, found.soap_action) == ("/services/\ufffd?", "\ufffd")


@pytest.mark.parametrize(
    "wanted",
    [
        {"text": "needle"},
        {"text": "ä"},
        {"text": "4711"},
        {"direction": "in"},
        {"service": "ExecuteEndDeviceControls"},
        {"operation": "CreateEndDeviceControls"},
        {"verb": "create", "noun": "EndDeviceControls"},
        {"names": ("M00000001",)},
        {"names": ("nobody", "d7d81100-b626-8001-9fb5-000000000001")},
        {"message_id": "m-1"},
        {"conversation": "m-1"},
        {"result": "PARTIAL"},
        {"code": "0.2"},
        {"code": "2."},
        {"status": 200},
        {"after": 1, "before": 3},
    ],
)
def test_it_is_found_by(exchanges: ExchangeStore, wanted: dict[str, Any]) -> None:
    other = replace(
        EXCHANGE,
        direction="out", service="x", operation="x", verb="x", noun="x", names=("M000000011",), message_id="x",
        conversation="x", result="OK", codes=("12.4",), status=500, peer="x", request_body=b"", response_body=None,
    )  # fmt: skip
    exchanges.add([other, EXCHANGE, other], 0, LOOSE)
    assert numbers(exchanges, **wanted) == [2]


def test_the_newest_come_first_if_asked_for(exchanges: ExchangeStore) -> None:
    exchanges.add([EXCHANGE] * 4, 0, LOOSE)
    assert numbers(exchanges, limit=2) == [1, 2]
    assert numbers(exchanges, limit=2, newest_first=True) == [4, 3]
    assert exchanges.last_number() == 4


def test_the_oldest_make_way_for_too_many(exchanges: ExchangeStore) -> None:
    bounds = replace(LOOSE, entries=40)
    assert not exchanges.add([EXCHANGE] * 41, 0, bounds), "one more than its bounds is not worth a deletion"
    assert exchanges.add([EXCHANGE] * 9, 0, bounds)
    assert exchanges.forget(bounds) == 10
    assert numbers(exchanges) == list(range(11, 51))
    assert exchanges.forget(bounds) == 0


def test_the_oldest_make_way_for_too_many_bytes(exchanges: ExchangeStore) -> None:
    large = replace(EXCHANGE, response_body=b"x" * 10_000)
    exchanges.add([large] * 10, 0, LOOSE)
    size = exchanges.state().size
    assert 100_000 < size < 110_000
    bounds = replace(LOOSE, size=size // 2)
    assert exchanges.add([large], 0, bounds)
    exchanges.forget(bounds)
    assert numbers(exchanges) == [7, 8, 9, 10, 11]
    assert exchanges.state().size <= bounds.size


def test_the_last_one_stays_however_large(exchanges: ExchangeStore) -> None:
    bounds = replace(LOOSE, size=10)
    exchanges.add([EXCHANGE, EXCHANGE], 0, bounds)
    assert exchanges.forget(bounds) == 1
    assert numbers(exchanges) == [2]


def test_what_is_too_old_is_forgotten(exchanges: ExchangeStore) -> None:
    exchanges.add([EXCHANGE, replace(EXCHANGE, machine_at=NOON + timedelta(days=1))], 0, LOOSE)
    bounds = replace(LOOSE, since=NOON + timedelta(hours=1))
    assert exchanges.add([replace(EXCHANGE, machine_at=NOON + timedelta(days=2))], 0, bounds)
    assert exchanges.forget(bounds) == 1
    assert numbers(exchanges) == [2, 3]


def test_no_more_than_a_piece_is_forgotten_at_once(exchanges: ExchangeStore) -> None:
    exchanges.add([EXCHANGE] * (PIECE + 20), 0, LOOSE)
    bounds = replace(LOOSE, entries=1)
    assert [exchanges.forget(bounds) for _ in range(3)] == [PIECE, 19, 0]


def test_after_clearing_numbers_go_on_and_nothing_late_comes_in(exchanges: ExchangeStore) -> None:
    exchanges.add([EXCHANGE], 3, LOOSE)
    assert exchanges.state().dropped == 3
    exchanges.clear(NOON + timedelta(seconds=1))
    late = replace(EXCHANGE, machine_at=NOON + timedelta(seconds=0.9))
    exchanges.add([late, replace(late, took_us=200_000)], 0, LOOSE)
    assert numbers(exchanges) == [2]
    assert exchanges.state().dropped == 0
    assert exchanges.state().entries == 1


def test_what_was_cleared_is_taken_away_bit_by_bit_and_never_seen_again(exchanges: ExchangeStore) -> None:
    exchanges.add([EXCHANGE] * (PIECE + 20), 0, LOOSE)
    exchanges.clear(NOON)
    assert numbers(exchanges) == []
    assert exchanges.get(1) is None
    assert exchanges.state().entries == 0
    assert exchanges.add([EXCHANGE], 0, LOOSE), "there is something to take away"
    assert numbers(exchanges) == [PIECE + 21]
    assert [exchanges.forget(LOOSE) for _ in range(3)] == [PIECE, 20, 0]
    assert numbers(exchanges) == [PIECE + 21]
    exchanges.clear(NOON)
    assert exchanges.forget(LOOSE) == 1
    exchanges.clear(NOON)
    exchanges.add([EXCHANGE], 0, LOOSE)
    assert numbers(exchanges) == [PIECE + 22]


def test_a_failure_in_between_leaves_nothing_behind(exchanges: ExchangeStore) -> None:
    with pytest.raises(TypeError):
        exchanges.add([EXCHANGE, replace(EXCHANGE, request_body=None)], 0, LOOSE)  # type: ignore[arg-type]
    assert numbers(exchanges) == []
    exchanges.add([EXCHANGE], 0, LOOSE)
    assert len(numbers(exchanges)) == 1


def test_a_store_that_others_hold_is_said_to_be_busy(sqlite_url: str) -> None:
    one, other = (ExchangeStore.open(sqlite_url, busy_timeout_s=0.01) for _ in range(2))
    with one._writing(), pytest.raises(StoreBusy):
        other.add([EXCHANGE], 0, LOOSE)
    other.add([EXCHANGE], 0, LOOSE)
    one.close()
    other.close()


def test_a_journal_of_another_version_is_begun_anew(exchanges: ExchangeStore, database_url: str) -> None:
    exchanges.add([EXCHANGE], 0, LOOSE)
    engines = connect(exchanges.address if "sqlite" in database_url else database_url, 5.0)
    with engines.writers.begin() as connection:
        connection.execute(STATE.update().values(version=VERSION + 1))
    engines.dispose()
    again = ExchangeStore.open(database_url)
    assert numbers(again) == []
    again.close()


def test_the_head_ends_own_tables_do_not_mind(database_url: str) -> None:
    for opened in (Store, ExchangeStore, Store, ExchangeStore):
        opened.open(database_url).close()
    ExchangeStore.open(database_url).close()


def test_who_follows_the_numbers_misses_nothing_of_what_another_process_writes(
    exchanges: ExchangeStore, database_url: str
) -> None:
    program = (
        "import sys; from tests.store.test_exchange_store import EXCHANGE, LOOSE, ExchangeStore;"
        "store = ExchangeStore.open(sys.argv[1], busy_timeout_s=60);"
        "[store.add([EXCHANGE] * 5, 0, LOOSE) for _ in range(20)]; store.close()"
    )
    other = subprocess.Popen([sys.executable, "-c", program, database_url], cwd=ROOT)
    seen: list[int] = []
    own = 0
    while len(seen) < 100 + own and other.poll() in (None, 0):
        if seen:  # the other one has begun
            exchanges.add([EXCHANGE], 0, LOOSE)
            own += 1
            sleep(0.001)  # SQLite gives its lock to whoever asks at the right moment, not to who has waited longest
        seen += numbers(exchanges, after=seen[-1] if seen else 0)
    assert other.wait(20) == 0
    assert seen == sorted(set(seen))
    assert own > 0


def test_the_tables_are_those_of_the_version() -> None:
    assert set(METADATA.tables) == {"journal_entry", "journal_state"}

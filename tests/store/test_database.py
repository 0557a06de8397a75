"""Units of work: all or nothing, consistent, and clear about what went wrong."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headend.store import (
    InvalidStoreUrl,
    Store,
    StoreBusy,
    StoreForeign,
    StoreNewer,
    StoreUnavailable,
)
from headend.store.engines import connect
from headend.store.schema import REVISION_TABLE

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def run_sql(url: str, *statements: str) -> None:
    """As another program would, past the store."""
    engines = connect(url, busy_timeout_s=5)
    with engines.writers.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engines.dispose()


def test_a_unit_of_work_that_raises_leaves_nothing(store: Store) -> None:
    class ChangedMyMind(Exception):
        pass

    def change_my_mind() -> None:
        with store.writing() as work:
            work.interruptions.open("meter", NOON, "test")
            raise ChangedMyMind

    with pytest.raises(ChangedMyMind):
        change_my_mind()
    with store.reading() as work:
        assert work.interruptions.all() == {}


def test_a_reader_sees_one_moment_while_others_write(store: Store) -> None:
    with store.reading() as reader:
        before = reader.interruptions.all()
        with store.writing() as writer:
            writer.interruptions.open("meter", NOON, "test")
        assert reader.interruptions.all() == before
    with store.reading() as reader:
        assert reader.interruptions.all() != before


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"(?i)read-?only"), store.reading() as work:
        work.interruptions.open("meter", NOON, "test")


def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    with store.writing() as writer:
        writer.interruptions.open("meter", NOON, "test")
        with store.reading() as reader:
            assert reader.interruptions.all() == {}


def test_what_was_kept_is_there_when_the_store_is_opened_again(database_url: str) -> None:
    store = Store.open(database_url)
    with store.writing() as work:
        work.interruptions.open("meter", NOON, "test")
    store.close()
    again = Store.open(database_url)
    with again.reading() as work:
        assert work.interruptions.is_open("meter")
    again.close()


def test_threads_write_one_after_another_and_all_of_it_is_kept(store: Store) -> None:
    def write(thread: int) -> None:
        for number in range(5):
            with store.writing() as work:
                work.interruptions.open(f"meter-{thread}-{number}", NOON, "test")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as work:
        assert len(work.interruptions.all()) == 40


def test_a_writer_that_waits_too_long_is_told_so(sqlite_url: str) -> None:
    holder, waiter = Store.open(sqlite_url), Store.open(sqlite_url, busy_timeout_s=0.05)
    with holder.writing(), pytest.raises(StoreBusy, match=r"headend\.db.*locked"), waiter.writing():
        pass
    holder.close()
    waiter.close()


def test_a_writer_inside_a_writer_is_told_so(sqlite_url: str) -> None:
    store = Store.open(sqlite_url, busy_timeout_s=0.05)
    with store.writing(), pytest.raises(StoreBusy, match="in use"), store.writing():
        pass
    store.close()


@pytest.mark.services
def test_a_writer_that_waits_too_long_for_the_same_row_is_told_so(postgresql_url: str) -> None:
    holder, waiter = Store.open(postgresql_url), Store.open(postgresql_url, busy_timeout_s=0.05)
    with holder.writing() as first:
        first.interruptions.open("meter", NOON, "test")
        with pytest.raises(StoreBusy), waiter.writing() as second:
            second.interruptions.open("meter", NOON, "test")
    holder.close()
    waiter.close()


@pytest.mark.parametrize(
    "url",
    ["", "headend.db", "mysql://root@localhost/test", "sqlite://", "sqlite:///:memory:"],
    ids=["empty", "only a file", "unsupported", "in memory", "in memory, by name"],
)
def test_a_url_that_cannot_be_used_is_answered_with_the_forms_that_can(url: str) -> None:
    with pytest.raises(InvalidStoreUrl, match=r"sqlite:///file\.db"):
        Store.open(url)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"no directory .*missing"):
        Store.open(f"sqlite:///{tmp_path / 'missing' / 'headend.db'}")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "headend.db").write_text("dear diary, " * 100)
    with pytest.raises(StoreUnavailable, match=r"headend\.db.*not a database"):
        Store.open(f"sqlite:///{tmp_path / 'headend.db'}")


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1/test.*refused") as caught:
        Store.open("postgresql://root:secret@127.0.0.1:1/test")
    assert "secret" not in str(caught.value)


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    Store.open(database_url).close()
    run_sql(database_url, f"UPDATE {REVISION_TABLE} SET version_num = '9999'")
    with pytest.raises(StoreNewer, match=r"newer version of the head end.*9999"):
        Store.open(database_url)


def test_another_programs_tables_are_left_alone(database_url: str) -> None:
    run_sql(database_url, "CREATE TABLE outbox (letter TEXT)")
    with pytest.raises(StoreForeign, match="outbox"):
        Store.open(database_url)


def test_another_programs_tables_with_other_names_do_not_matter(database_url: str) -> None:
    run_sql(database_url, "CREATE TABLE letters (letter TEXT)")
    store = Store.open(database_url)
    with store.reading() as work:
        assert work.interruptions.all() == {}
    store.close()


@pytest.mark.services
def test_the_store_goes_on_after_the_server_dropped_its_connections(postgresql_url: str) -> None:
    store = Store.open(postgresql_url + "%20-capplication_name%3Ddropped")
    with store.reading() as work:
        assert work.interruptions.all() == {}
    run_sql(
        postgresql_url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'dropped'",
    )
    with store.reading() as work:
        assert work.interruptions.all() == {}
    store.close()

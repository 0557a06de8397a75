"""An empty database, an old one and one in use all end with the same tables."""

import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, bindparam, inspect, text

from headend.store import Store
from headend.store.engines import connect
from headend.store.instants import UtcInstant
from headend.store.migrations import scripts, upgrade
from headend.store.schema import REVISION, REVISION_TABLE, Row

ROOT = Path(__file__).parents[2]

_SQLITE_TABLE = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")


def definitions(connection: Connection) -> dict[str, Any]:
    """Everything that a database says about its tables, for comparison."""
    inspector = inspect(connection)
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)
            ],
            "primary key": inspector.get_pk_constraint(table),
            "checks": sorted(
                (check["name"] or "", check["sqltext"]) for check in inspector.get_check_constraints(table)
            ),
            "foreign keys": inspector.get_foreign_keys(table),
            "unique": inspector.get_unique_constraints(table),
            "indexes": sorted(
                (
                    index["name"] or "",
                    index["column_names"],
                    index["unique"],
                    str(index.get("dialect_options", {}).get(f"{connection.dialect.name}_where")),
                )
                for index in inspector.get_indexes(table)
            ),
            "numbering": "AUTOINCREMENT" in (connection.scalar(_SQLITE_TABLE, {"table": table}) or "")
            if connection.dialect.name == "sqlite"
            else None,
        }
        for table in inspector.get_table_names()
    }


def test_the_migrations_lead_to_the_tables_of_the_schema(database_url: str) -> None:
    engines = connect(database_url, busy_timeout_s=5)
    with engines.writers.begin() as connection:
        upgrade(connection, engines.address)
        context = MigrationContext.configure(connection, opts={"version_table": REVISION_TABLE})
        assert compare_metadata(context, Row.metadata) == []
    engines.dispose()


def test_migrated_and_new_databases_are_alike_to_the_last_constraint(database_url: str) -> None:
    Store.open(database_url).close()
    engines = connect(database_url, busy_timeout_s=5)
    with engines.writers.begin() as connection:
        made_new = definitions(connection)
        Row.metadata.drop_all(connection)
        connection.execute(text(f"DELETE FROM {REVISION_TABLE}"))
    engines.dispose()
    Store.open(database_url).close()
    engines = connect(database_url, busy_timeout_s=5)
    with engines.readers.connect() as connection:
        assert definitions(connection) == made_new
    engines.dispose()


def test_orderings_of_an_older_head_end_are_kept(database_url: str) -> None:
    engines = connect(database_url, busy_timeout_s=5)
    with engines.writers.begin() as connection:
        upgrade(connection, engines.address, to="0016")
        connection.execute(
            text(
                "INSERT INTO ordering (mrid, number, kind, noun, times, used, created) "
                "VALUES ('o-1', 4, 'late', 'EndDeviceEvents', 3, 1, :noon)"
            ).bindparams(bindparam("noon", datetime(2026, 3, 2, 12, tzinfo=UTC), UtcInstant))
        )
    engines.dispose()
    with closing(Store.open(database_url)) as store, store.reading() as work:
        (kept,) = work.mischief.all()
    assert (kept.mrid, kept.number, kept.kind, kept.noun) == ("o-1", 4, "late", "EndDeviceEvents")
    assert (kept.times, kept.used, kept.created) == (3, 1, datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert (kept.parameters, kept.seen, kept.probability) == ({}, 0, None)


def test_the_revision_of_the_schema_is_that_of_the_last_migration() -> None:
    assert scripts().get_current_head() == REVISION


def test_opening_a_new_or_a_current_database_does_not_load_alembic(tmp_path: Path) -> None:
    program = (
        "import sys; from headend.store import Store; url = sys.argv[1];"
        "Store.open(url).close(); Store.open(url).close();"
        "print(any(name.startswith('alembic') for name in sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{tmp_path / 'headend.db'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "False\n"


def test_processes_that_open_a_new_database_at_once_do_not_collide(database_url: str) -> None:
    program = (
        "import sys; from headend.store import Store; from datetime import UTC, datetime;"
        "print('ready', flush=True); sys.stdin.readline();"
        "store = Store.open(sys.argv[1]);"
        "work = store.writing();"
        "work.__enter__().interruptions.open(sys.argv[2], datetime.now(UTC), 'test');"
        "work.__exit__(None, None, None); store.close()"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, database_url, f"meter-{number}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert errors == ["", "", "", ""]
    store = Store.open(database_url)
    with store.reading() as work:
        assert len(work.interruptions.all()) == 4
    store.close()

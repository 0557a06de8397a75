"""Databases to test on: made for one test, taken away after it.

Every test that takes `store` or `database_url` runs on SQLite and on PostgreSQL. The PostgreSQL server is the one at
HEADEND_TEST_POSTGRES (else a local one); each test works in a schema of its own there, so tests may run side by side.
Without a server these tests are skipped, or fail where HEADEND_REQUIRE_SERVICES=1 says that there must be one.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from headend.store import Store

SERVER = os.environ.get("HEADEND_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/test")


@cache
def why_no_postgresql() -> str | None:
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return f"no PostgreSQL server answers at {SERVER}: {error}".partition("\n")[0]
    return None


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Where no database is yet."""
    return f"sqlite:///{tmp_path / 'headend.db'}"


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """An empty schema."""
    if reason := why_no_postgresql():
        if os.environ.get("HEADEND_REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with schema_of_its_own(SERVER) as url:
        yield url


@contextmanager
def schema_of_its_own(server_url: str) -> Iterator[str]:
    """URL of an empty schema of a PostgreSQL server; taken away again."""
    schema = f"headend_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE SCHEMA {schema}")
    try:
        url = make_url(server_url).update_query_dict({"options": f"-csearch_path={schema}"})
        yield url.render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server_url, autocommit=True) as server:
            server.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url)
    yield opened
    opened.close()

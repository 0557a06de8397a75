"""Databases to test on: made for one test, taken away after it.

Every test that takes `store` or `database_url` runs on SQLite and on PostgreSQL. The PostgreSQL server is the one at
HEADEND_TEST_POSTGRES (else a local one); each test works in a schema of its own there, so tests may run side by side.
Without a server these tests are skipped, or fail where HEADEND_REQUIRE_SERVICES=1 says that there must be one.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.store import Store
from headend.store.template_database import put_template
from tests.store.postgresql_server import SERVER, schema_of_its_own, why_no_postgresql
from tests.store.prepared_schemas import prepared_schema


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Where no database is yet."""
    return f"sqlite:///{tmp_path / 'headend.db'}"


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """An empty schema."""
    require_postgresql()
    with schema_of_its_own(SERVER) as url:
        yield url


def require_postgresql() -> None:
    """Skips the test, or lets it fail, where there is no server."""
    if reason := why_no_postgresql():
        if os.environ.get("HEADEND_REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def prepared_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the tables are already, with nothing in them: making them takes longer than most tests."""
    if request.param == "sqlite":
        file = tmp_path / "headend.db"
        put_template(file)
        yield f"sqlite:///{file}"
    else:
        require_postgresql()
        with prepared_schema() as url:
            yield url


@pytest.fixture
def store(prepared_url: str) -> Iterator[Store]:
    opened = Store.open(prepared_url)
    yield opened
    opened.close()

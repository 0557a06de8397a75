from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON, STEPPED
from tests.control.control_api import ControlApi
from tests.store.databases import prepared_url
from tests.support.in_process import in_process

__all__ = ["prepared_url"]


@pytest.fixture
def database_url(prepared_url: str) -> str:
    """Both databases in turn."""
    return prepared_url


@pytest.fixture
def control(tmp_path: Path, database_url: str) -> Iterator[ControlApi]:
    """A head end of 1000 meters on a stepped clock that stands at noon, on either database."""
    with in_process(tmp_path, NOON, clock=STEPPED, database=database_url) as opened:
        yield ControlApi(opened)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlApi]:
    """The same on SQLite, for tests that change nothing in it."""
    with in_process(tmp_path_factory.mktemp("quiet"), NOON, clock=STEPPED) as opened:
        yield ControlApi(opened)

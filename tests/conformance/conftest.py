"""Head ends that are judged."""

from collections.abc import Iterator

import pytest

from headend.conformance.run import Run
from tests.conformance.judged import Break, Judged, judged


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """One head end for all tests of this directory."""
    with judged(tmp_path_factory.mktemp("judged")) as target:
        yield target


@pytest.fixture
def target(standing: Judged) -> Iterator[Judged]:
    """It, whole again after each test."""
    yield standing
    standing.broken = Break()


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Every case against a head end that is whole, and to which nothing has happened."""
    with judged(tmp_path_factory.mktemp("healthy"), meters=60) as target:
        return target.run(strict=True)

"""The pytest plugin: fixtures, and the marker that sets them up. See docs/pytest.md.

Every run of pytest on a machine where headend is installed imports this file. So it imports nothing else of ours
before a test asks for a fixture.
"""

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from headend.testing.loading import load
from headend.testing.running import RUNNING

if TYPE_CHECKING:
    from headend.mdm import FakeMdm
    from headend.testing.head_end import HeadEnd

MARKER = "headend(meters=10, config='headend.yaml', ...): settings of the head end of this test"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warn of a marker that does nothing: the head end of a session is not set up by one of its tests."""
    for item in items:
        if any(mark.name == "headend" for mark in item.own_markers) and "headend" not in _fixtures(item):
            item.warn(
                pytest.PytestWarning(
                    f"@pytest.mark.headend of {item.name} does nothing: the test does not use the fixture headend; "
                    "what headend_session is like is said by the fixture headend_settings"
                )
            )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed tells what crossed the wire of the head ends that run: they are its own, or it shares them."""
    del item
    report = yield
    if report.failed:
        report.sections.extend(RUNNING.told())
    if report.when == "teardown":
        RUNNING.forget()
    return report


@pytest.fixture(scope="session")
def headend_settings() -> Mapping[str, Any]:
    """Settings of every head end of a run, by name; none unless a conftest.py has a fixture of this name."""
    return {}


@pytest.fixture
def headend(request: pytest.FixtureRequest, headend_settings: Mapping[str, Any]) -> "Iterator[HeadEnd]":
    """A head end of its own for each test: in this process, on a free port, its clock stepped, its seed fixed."""
    load()
    from headend.testing.marked import head_end_of

    with head_end_of(request, headend_settings) as running:
        yield running


@pytest.fixture(scope="session")
def headend_session(request: pytest.FixtureRequest, headend_settings: Mapping[str, Any]) -> "Iterator[HeadEnd]":
    """One head end for all tests that ask for it, reset before each of them."""
    load()
    from headend.testing.session_resets import resetting_head_end

    with resetting_head_end(request, headend_settings) as running:
        yield running


@pytest.fixture
def fake_mdm(request: pytest.FixtureRequest) -> "Iterator[FakeMdm]":
    """A fake MDM for each test; the head ends that the test asks for, too, publish everything to it."""
    load()
    from headend.testing.subscribed_mdm import subscribed_mdm

    with subscribed_mdm(request) as running:
        yield running


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])

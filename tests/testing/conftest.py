"""Head ends as the test kit makes them, and projects of somebody who uses its pytest plugin."""

import os
from collections.abc import Callable, Iterator

import pytest

# Imported by the first call otherwise; a run within this process would forget it again, and the next one make it twice.
import headend.client.services
import headend.control.application
import headend.testing.marked
import headend.testing.session_resets
import headend.testing.subscribed_mdm  # noqa: F401
from headend.testing import FakeMdm, HeadEnd
from tests.support.installed_plugin import installed_plugin, plugin_is_installed

RunTests = Callable[..., pytest.RunResult]


@pytest.fixture(scope="module")
def kit() -> Iterator[HeadEnd]:
    """One head end for the tests of a file, each of which uses meters of its own or resets it."""
    with HeadEnd(meters=100) as running:
        yield running


@pytest.fixture
def mdm() -> Iterator[FakeMdm]:
    with FakeMdm() as running:
        yield running


@pytest.fixture
def run_tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> RunTests:
    """Runs a test file of somebody's project, in this process unless `in_process` says otherwise."""
    if not plugin_is_installed():
        directory = installed_plugin(pytester.mkdir("installed"))
        monkeypatch.syspath_prepend(directory)
        monkeypatch.setenv("PYTHONPATH", str(directory), prepend=os.pathsep)

    def run(source: str, *flags: str, in_process: bool = True) -> pytest.RunResult:
        pytester.makepyfile(source)
        arguments = ["-p", "no:schemathesis", "-p", "no:cacheprovider", *flags]
        return pytester.runpytest_inprocess(*arguments) if in_process else pytester.runpytest_subprocess(*arguments)

    return run

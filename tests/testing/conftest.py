"""Head ends as the test kit makes them, and projects of somebody who uses its pytest plugin."""

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points

import pytest

# Imported by the first call otherwise; a run within this process would forget it again, and the next one make it twice.
import headend.client.services
import headend.control.application
import headend.testing.marked
import headend.testing.session_resets
import headend.testing.subscribed_mdm  # noqa: F401
from headend.testing import FakeMdm, HeadEnd

NAME = "headend"

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
def run_tests(pytester: pytest.Pytester) -> RunTests:
    """Runs a test file of somebody's project, in this process unless `in_process` says otherwise."""

    def run(source: str, *flags: str, in_process: bool = True) -> pytest.RunResult:
        pytester.makepyfile(source)
        arguments = ["-p", "no:schemathesis", "-p", "no:cacheprovider", *plugin_flags(), *flags]
        return pytester.runpytest_inprocess(*arguments) if in_process else pytester.runpytest_subprocess(*arguments)

    return run


def plugin_flags() -> list[str]:
    """Nothing where headend is installed as it is; an older installation does not tell of the plugin yet."""
    return [] if entry_points(group="pytest11", name=NAME) else ["-p", "headend.testing.plugin"]

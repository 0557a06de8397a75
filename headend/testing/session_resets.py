"""One head end for many tests, and what keeps them from seeing each other in it."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from headend.testing.head_end import HeadEnd
from headend.testing.marked import started

FIXTURE = "headend_session"


@contextmanager
def resetting_head_end(request: pytest.FixtureRequest, settings: Mapping[str, Any]) -> Iterator[HeadEnd]:
    """A running head end that is reset before each test that asks for it."""
    with started(settings, {}, "") as running:
        resets = _Resets(running)
        # Now, not with the plugin: where nobody uses it, no test must pay for it.
        request.config.pluginmanager.register(resets, "headend-resets")
        try:
            yield running
        finally:
            request.config.pluginmanager.unregister(resets)


class _Resets:
    """Hooks that take the head end back to how the session has set it up."""

    def __init__(self, head_end: HeadEnd) -> None:
        self._head_end = head_end
        self._lasting = frozenset(head_end.subscriptions())
        """Subscriptions that are not of one test: fixtures of a wider scope made them."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if FIXTURE in getattr(item, "fixturenames", ()):
            self._head_end.reset()
            for mrid in self._head_end.subscriptions():
                if mrid not in self._lasting:
                    self._head_end.unsubscribe(mrid)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: "pytest.FixtureDef[Any]") -> Generator[None, Any, Any]:
        value = yield
        if fixturedef.scope != "function":
            self._lasting = frozenset(self._head_end.subscriptions())
        return value

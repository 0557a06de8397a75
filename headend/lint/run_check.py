"""The base of rules that look at exchanges one after the other and remember."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

from headend.lint.rule import Remarks

if TYPE_CHECKING:
    from headend.lint.device_event import DeviceEvent
    from headend.lint.exchange import Exchange
    from headend.lint.meter_reading import Series
    from headend.lint.named_object import NamedObject

MOST_REMEMBERED = 100_000
"""Things that a rule remembers of a run; the oldest make way, so that memory stays bounded over weeks."""
MOST_DEVICES = 1_000
"""Identifiers that are remembered of one control or schedule; whom one with more is for is not looked at later."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class RunCheck:
    """One run of one rule. Whatever is not overridden looks at nothing.

    Within an exchange its parts come first, request before response, each as it is read; then the exchange.
    """

    def series(self, _series: Series) -> Remarks:
        """The values of one reading type of one meter."""
        return ()

    def event(self, _event: DeviceEvent) -> Remarks:
        """An EndDeviceEvent."""
        return ()

    def named(self, _named: NamedObject) -> Remarks:
        """An element that names an object."""
        return ()

    def exchange(self, _exchange: Exchange) -> Remarks:
        """An exchange, whose parts may have been cut short or be unreadable."""
        return ()

    def end(self) -> Remarks:
        """There are no more exchanges."""
        return ()


class Memory(OrderedDict[Key, Value], Generic[Key, Value]):
    """What a rule remembers: a mapping of bounded size that forgets what was put into it longest ago."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)

"""Which of some meters share a history of tariffs: meters on one PricingStructure are computed together."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.tariffs.tariff_in_force import TariffInForce
from simulator.windows import Window

TariffHistory = tuple[TariffInForce, ...]


class TariffGroups:
    """Numbers the different histories of tariffs that occur; number 0 is that of meters without any."""

    __slots__ = ("_by_history", "_by_identity", "_span", "_tariffs", "histories")

    def __init__(self, tariffs: Mapping[int, Sequence[TariffInForce]], span: Window) -> None:
        """tariffs: by fleet index. span: what lies outside of it makes no difference, so it makes no groups."""
        self._tariffs = tariffs
        self._span = span
        self.histories: list[TariffHistory] = [()]
        self._by_history: dict[TariffHistory, int] = {(): 0}
        # Most meters of a tariff share one sequence; to compare those by their contents would cost more than the rest.
        # Each is kept here, so that its identity stays its own.
        self._by_identity: dict[int, tuple[Sequence[TariffInForce], int]] = {}

    def of(self, meters: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of the history of each meter, (meters,)."""
        found = map(self._tariffs.get, meters.tolist())
        return np.fromiter((0 if one is None else self._number(one) for one in found), np.int64, len(meters))

    def _number(self, tariffs: Sequence[TariffInForce]) -> int:
        known = self._by_identity.get(id(tariffs))
        if known is not None:
            return known[1]
        history = within(tariffs, self._span)
        number = self._by_history.setdefault(history, len(self.histories))
        if number == len(self.histories):
            self.histories.append(history)
        self._by_identity[id(tariffs)] = tariffs, number
        return number


def within(tariffs: Sequence[TariffInForce], span: Window) -> TariffHistory:
    """What of a history holds at some time in [start, end); what held already at its start begins there."""
    start, end = span
    begun = [one for one in tariffs if one.start <= start]
    held = [TariffInForce(start, begun[-1].calendar)] if begun and begun[-1].calendar is not None else []
    return (*held, *(one for one in tariffs if one.start > start and (end is None or one.start < end)))

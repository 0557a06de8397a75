"""What a meter tells of itself: where its switch stands, and how often things happened to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.local_time import Instants
from simulator.quantities.ambient import AmbientQuantity
from simulator.quantities.calendar_spans import CalendarSpan, span_starts
from simulator.quantities.metered import Block


@dataclass(frozen=True, slots=True)
class SwitchClosed(AmbientQuantity):
    """1 while the switch lets energy through, else 0."""

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        return (~block.switched_off(instants)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class SwitchOpenings(AmbientQuantity):
    """How often the switch was opened since the installation."""

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        count = np.zeros((len(block.meters), len(instants)), np.int64)
        for group in block.disturbed:
            starts = np.array([start for start, _ in group.switched], np.int64)
            count[group.rows] = np.searchsorted(starts, instants, side="right")
        return count


@dataclass(frozen=True, slots=True)
class DemandResets(AmbientQuantity):
    """How often maximum demand began anew since the installation: as a billing period ended, or by command."""

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        count = np.zeros((len(block.meters), len(instants)), np.int64)
        if len(instants):
            installed = block.fleet.installed
            months = span_starts(block.fleet.calendar, installed, int(instants.max()), CalendarSpan.MONTH)
            count += np.searchsorted(months[months > installed], instants, side="right")
            for row, resets in block.demand_resets.items():
                count[row] += np.searchsorted(np.array(resets, np.int64), instants, side="right")
        return count

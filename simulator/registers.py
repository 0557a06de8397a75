"""The register of a meter at any instant: all that its readings of energy are made of.

    R(meter, t)     energy since installation, rounded down to whole watt-hours
    an interval     R(end) - R(start)

So registers and intervals of any length agree to the digit. The energy behind R is a flow (`simulator.cascade.flows`).
"""

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.day_energy import MWH_PER_WH
from simulator.cascade.flows import Flow, FlowPlan, flow_plan
from simulator.fleet import Fleet, Indices
from simulator.local_time import Instants
from simulator.noise import Words


def register_wh(energy_mwh: NDArray[np.int64]) -> NDArray[np.int64]:
    """What a register shows: whole watt-hours, rounded down. Energy since installation is never negative."""
    unsigned: Words = energy_mwh.view(np.uint64) // MWH_PER_WH
    return unsigned.view(np.int64)


def cumulative_mwh(fleet: Fleet, indices: Indices, instants: Instants) -> NDArray[np.int64]:
    """Forward energy in mWh since installation of meters at instants, (meters, instants); see `FlowPlan`."""
    return register_plan(fleet, instants).cumulative_mwh(indices)


def register_plan(fleet: Fleet, instants: Instants) -> "RegisterPlan":
    """The plan for epoch seconds, distinct and ascending.

    Raises ValueError for an instant before the installation or outside the calendar.
    """
    return RegisterPlan(fleet, instants)


class RegisterPlan:
    """What the registers of forward energy of a fleet need at a set of instants."""

    __slots__ = ("_plan",)

    def __init__(self, fleet: Fleet, instants: Instants) -> None:
        """`instants` are epoch seconds, distinct and ascending.

        Raises ValueError for one before the installation or outside the calendar.
        """
        self._plan: FlowPlan = flow_plan(fleet, (Flow.FORWARD,), instants)

    def cumulative_mwh(self, indices: Indices) -> NDArray[np.int64]:
        """Energy in mWh since installation, (meters, instants)."""
        (energy,) = self._plan.cumulative(indices)
        return energy

"""What quantities are computed from: the flows of some meters at some instants, less what a loss of supply kept.

A quantity says at which instants it needs which flows; quantities that need the same flows share one axis of
instants, so that the cascade runs once for all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.flow import Flow
from simulator.cascade.flows import FlowPlan, flow_plan
from simulator.cascade.progressions import as_slice
from simulator.fleet import Fleet
from simulator.local_time import Instants
from simulator.meter_class import MeterClass
from simulator.noise import Words
from simulator.supply import Disturbed
from simulator.windows import Window, inside

Columns = slice | NDArray[np.int64]

_PER_UNIT: Final = 1_000  # flows are in thousandths of what a register shows


@dataclass(frozen=True, slots=True)
class Samples:
    """What is measured: amounts in (start, end], or states and registers at `ends` where there are no starts."""

    ends: Instants
    starts: Instants | None = None


class Computation(Protocol):
    """A quantity at fixed samples, ready for any number of meters."""

    @property
    def flows(self) -> tuple[Flow, ...]: ...

    @property
    def instants(self) -> Instants:
        """Where it needs the flows: distinct, ascending, none before the installation."""

    def values(self, view: "View") -> NDArray[np.int64]:
        """(meters, samples)."""


class Quantity(Protocol):
    """What a channel measures."""

    def at(self, samples: Samples, fleet: Fleet, /) -> Computation: ...


class Axis:
    """The instants at which some flows are needed."""

    __slots__ = ("flows", "instants", "plan")

    def __init__(self, fleet: Fleet, flows: tuple[Flow, ...], computations: Iterable[Computation]) -> None:
        self.flows = flows
        every = [one.instants for one in computations]
        self.instants = np.unique(np.concatenate(every)) if every else np.empty(0, np.int64)
        self.plan = flow_plan(fleet, flows, self.instants)

    def columns(self, instants: Instants) -> Columns:
        """Where instants of the axis are on it."""
        return as_slice(np.searchsorted(self.instants, instants))


class Block:
    """Some meters of a request, and what happened to those of them that were without supply."""

    __slots__ = ("_keys", "demand_resets", "disturbed", "fleet", "meters")

    def __init__(
        self,
        fleet: Fleet,
        meters: NDArray[np.int64],
        disturbed: tuple[Disturbed, ...],
        demand_resets: Mapping[int, Sequence[int]],
    ) -> None:
        """`disturbed` are groups of rows of `meters`, each row in one group at most.

        demand_resets: by row, epoch seconds in ascending order.
        """
        self.demand_resets = demand_resets
        self.fleet = fleet
        self.meters = meters
        self.disturbed = disturbed
        self._keys: Words | None = None

    @property
    def keys(self) -> Words:
        """The key of each meter."""
        if self._keys is None:
            self._keys = self.fleet.keys(self.meters)
        return self._keys

    def of_class(self, attribute: Mapping[MeterClass, int]) -> NDArray[np.int64]:
        """A number of each meter that its class determines, (meters, 1)."""
        by_position = np.array([attribute[one] for one in self.fleet.classes], np.int64)
        return by_position[self.fleet.class_of(self.meters)][:, np.newaxis]

    @property
    def three_phase(self) -> NDArray[np.bool_]:
        """Which meters have three phases, (meters,)."""
        three: NDArray[np.bool_] = self.of_class({one: one.phases for one in self.fleet.classes})[:, 0] == 3
        return three

    def without_supply(self, instants: Instants) -> NDArray[np.bool_]:
        """Where nothing can flow through a meter, (meters, instants)."""
        return self._inside(((one, one.unsupplied) for one in self.disturbed), instants)

    def without_power(self, instants: Instants) -> NDArray[np.bool_]:
        """Where the line of a meter is dead, (meters, instants); behind an open switch it is not."""
        return self._inside(((one, one.powerless) for one in self.disturbed), instants)

    def switched_off(self, instants: Instants) -> NDArray[np.bool_]:
        """Where a meter's switch is open, (meters, instants)."""
        return self._inside(((one, one.switched) for one in self.disturbed), instants)

    def on(self, axis: Axis) -> "Flows":
        """The flows of an axis."""
        exact = list(axis.plan.cumulative(self.meters)) if axis.flows else []
        if axis.flows and len(axis.instants):
            for group in self.disturbed:
                self._interrupt(axis, exact, group)
        return Flows(dict(zip(axis.flows, exact, strict=True)))

    def _interrupt(self, axis: Axis, exact: list[NDArray[np.int64]], group: Disturbed) -> None:
        """Take from flows (meters, instants) what did not flow. Only disturbed meters cost anything."""
        clipped = [(self._clip(axis, start), self._clip(axis, end)) for start, end in group.unsupplied]
        spans = [(low, high) for low, high in clipped if low < high]
        if not spans:
            return
        bounds = np.unique(np.array(spans, np.int64))
        at_bounds = FlowPlan(self.fleet, axis.flows, bounds).cumulative(self.meters[group.rows])
        for flow, flow_at_bounds in zip(exact, at_bounds, strict=True):
            unsupplied = flow[group.rows]
            lost = np.zeros_like(unsupplied)
            for low, high in spans:
                before = flow_at_bounds[:, np.searchsorted(bounds, [low])]
                after = flow_at_bounds[:, np.searchsorted(bounds, [high])]
                lost += np.clip(unsupplied, before, after) - before
            flow[group.rows] -= lost

    def _clip(self, axis: Axis, instant: int | None) -> int:
        """Limits a window to what is asked for: from the installation to the last instant of the request."""
        last = max(int(axis.instants[-1]), self.fleet.installed)
        return last if instant is None else min(max(instant, self.fleet.installed), last)

    def _inside(self, windows: Iterable[tuple[Disturbed, tuple[Window, ...]]], instants: Instants) -> NDArray[np.bool_]:
        found = np.zeros((len(self.meters), len(instants)), np.bool_)
        for group, its_windows in windows:
            found[group.rows] = inside(its_windows, instants)
        return found


class Flows:
    """The flows of a block on one axis: exact, in thousandths, and as registers show them."""

    __slots__ = ("_exact", "_registers")

    def __init__(self, exact: dict[Flow, NDArray[np.int64]]) -> None:
        self._exact = exact
        self._registers: dict[Flow, NDArray[np.int64]] = {}

    def exact(self, flow: Flow) -> NDArray[np.int64]:
        """mWh, mvarh or ml since installation, (meters, instants)."""
        return self._exact[flow]

    def register(self, flow: Flow) -> NDArray[np.int64]:
        """What a register shows: whole Wh, varh or litres, rounded down. A flow is never negative."""
        if flow not in self._registers:
            unsigned: Words = self._exact[flow].view(np.uint64) // _PER_UNIT
            self._registers[flow] = unsigned.view(np.int64)
        return self._registers[flow]


class View:
    """The flows of a block at the instants of one computation."""

    __slots__ = ("_columns", "_flows", "block")

    def __init__(self, block: Block, flows: Flows, columns: Columns) -> None:
        self.block = block
        self._flows = flows
        self._columns = columns

    def register(self, flow: Flow) -> NDArray[np.int64]:
        """As `Flows.register`, (meters, instants of the computation)."""
        return self._flows.register(flow)[:, self._columns]

    def exact(self, flow: Flow) -> NDArray[np.int64]:
        """As `Flows.exact`, (meters, instants of the computation)."""
        return self._flows.exact(flow)[:, self._columns]

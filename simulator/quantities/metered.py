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
from simulator.local_time import Instants, in_order
from simulator.meter_class import MeterClass
from simulator.noise import Words
from simulator.supply import Disturbed
from simulator.windows import Window, inside

Columns = slice | NDArray[np.int64]
_Span = tuple[int, int]

_KEPT_PLANS: Final = 8
# Groups of disturbed meters that are computed together: each also at the bounds of the others' windows.
_GROUPS_AT_A_TIME: Final = 16
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

    __slots__ = ("_fleet", "_widened", "flows", "instants", "plan")

    def __init__(self, fleet: Fleet, flows: tuple[Flow, ...], instants: Instants) -> None:
        """`instants` are distinct and ascending."""
        self.flows = flows
        self.instants = instants
        self.plan = flow_plan(fleet, flows, instants)
        self._fleet = fleet
        self._widened: dict[bytes, tuple[Instants, FlowPlan]] = {}

    def columns(self, instants: Instants) -> Columns:
        """Where instants of the axis are on it."""
        return as_slice(np.searchsorted(self.instants, instants))

    def widened(self, bounds: Instants) -> tuple[Instants, FlowPlan]:
        """The instants of the axis and further ones, and their plan."""
        found = self._widened.get(bounds.tobytes())
        if found is None:
            if len(self._widened) >= _KEPT_PLANS:
                self._widened.clear()
            instants = np.union1d(self.instants, bounds)
            found = self._widened[bounds.tobytes()] = instants, FlowPlan(self._fleet, self.flows, instants)
        return found


def shared_axes(fleet: Fleet, computations: Sequence[Computation]) -> tuple[list[Axis], list[int]]:
    """The axes that some computations need, and the number of the axis of each.

    What needs the same flows shares an axis of all its instants. Axes of different flows at the same instants are one:
    both directions of energy, say, come from one look at a day.
    """
    by_flows: dict[frozenset[Flow], list[Instants]] = {}
    for one in computations:
        by_flows.setdefault(frozenset(one.flows), []).append(one.instants)
    instants_of = {flows: in_order(*instants) for flows, instants in by_flows.items()}
    together: dict[bytes, set[Flow]] = {}
    for flows, instants in instants_of.items():
        together.setdefault(instants.tobytes(), set()).update(flows)
    numbers = {key: number for number, key in enumerate(together)}
    axes = [
        Axis(fleet, tuple(sorted(flows)), np.frombuffer(instants, np.int64)) for instants, flows in together.items()
    ]
    return axes, [numbers[instants_of[frozenset(one.flows)].tobytes()] for one in computations]


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
        """Where a meter has no power, (meters, instants): its line is dead or it hangs nowhere; a switch takes none."""
        return self._inside(((one, one.powerless) for one in self.disturbed), instants)

    def switched_off(self, instants: Instants) -> NDArray[np.bool_]:
        """Where a meter's switch is open, (meters, instants)."""
        return self._inside(((one, one.switched) for one in self.disturbed), instants)

    def on(self, axis: Axis) -> "Flows":
        """The flows of an axis."""
        if not axis.flows:
            return Flows({})
        groups = self.disturbed if len(axis.instants) else ()
        cut = [(group, spans) for group in groups if (spans := self._spans(axis, group))]
        if not cut:
            exact = axis.plan.cumulative(self.meters)
        else:
            exact = tuple(np.empty((len(self.meters), len(axis.instants)), np.int64) for _ in axis.flows)
            supplied = np.ones(len(self.meters), np.bool_)
            for first in range(0, len(cut), _GROUPS_AT_A_TIME):
                some = cut[first : first + _GROUPS_AT_A_TIME]
                self._interrupt(axis, exact, some)
                for group, _ in some:
                    supplied[group.rows] = False
            rest = np.flatnonzero(supplied)
            if len(rest):
                for whole, flow in zip(exact, axis.plan.cumulative(self.meters[rest]), strict=True):
                    whole[rest] = flow
        return Flows(dict(zip(axis.flows, exact, strict=True)))

    def _interrupt(
        self, axis: Axis, exact: Sequence[NDArray[np.int64]], groups: Sequence[tuple[Disturbed, list[_Span]]]
    ) -> None:
        """The flows of disturbed meters, less what did not flow, into their rows of `exact` (meters, instants).

        What flows until a window begins and until it ends is found in the same run as the rest: the days of a request
        cost most, and windows mostly lie in these.
        """
        instants, plan = axis.widened(np.unique(np.array([spans for _, own in groups for spans in own], np.int64)))
        asked = as_slice(np.searchsorted(instants, axis.instants))
        rows = np.concatenate([group.rows for group, _ in groups])
        flows = plan.cumulative(self.meters[rows])
        first = 0
        for group, spans in groups:
            columns = np.searchsorted(instants, spans)
            for whole, flow in zip(exact, flows, strict=True):
                mine = flow[first : first + len(group.rows)]
                whole[group.rows] = _without(mine, columns.tolist())[:, asked]
            first += len(group.rows)

    def _spans(self, axis: Axis, group: Disturbed) -> list[_Span]:
        """The windows of a group as far as they matter for what is asked."""
        clipped = [(self._clip(axis, start), self._clip(axis, end)) for start, end in group.unsupplied]
        return [(low, high) for low, high in clipped if low < high]

    def _clip(self, axis: Axis, instant: int | None) -> int:
        """Limits a window to what is asked for: from the installation to the last instant of the request."""
        last = max(int(axis.instants[-1]), self.fleet.installed)
        return last if instant is None else min(max(instant, self.fleet.installed), last)

    def _inside(self, windows: Iterable[tuple[Disturbed, tuple[Window, ...]]], instants: Instants) -> NDArray[np.bool_]:
        found = np.zeros((len(self.meters), len(instants)), np.bool_)
        for group, its_windows in windows:
            found[group.rows] = inside(its_windows, instants)
        return found


def _without(flow: NDArray[np.int64], windows: Sequence[_Span]) -> NDArray[np.int64]:
    """A flow (meters, instants) that stands still in windows, given as columns, disjoint and ascending."""
    kept = flow.copy()
    lost = np.zeros((len(flow), 1), np.int64)
    for (low, high), (then, _) in zip(windows, (*windows[1:], (flow.shape[1], 0)), strict=True):
        kept[:, low:high] = kept[:, low : low + 1]
        lost += flow[:, high : high + 1] - flow[:, low : low + 1]
        kept[:, high : then + 1] -= lost
    return kept


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

"""What has flowed through meters since their installation, at any instants: the plan of a request.

    F(meter, t)     a flow since installation, a function of the fleet's seed, the meter and the instant

Nothing is stored and nothing is summed up from the past: a year is split over months, a month over days
(`day_energy`), a day over hours and an hour over five-minute slots (`day_curve`), or a day over its slots
where the way of the energy changes from one to the next (`slot_curve`), and only the few years since
installation are added up.

The meters of a block may be of several classes. Each class is computed for itself; a fleet of one class pays
nothing for the others.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.bypass import bypasses
from simulator.cascade.class_flows import ClassFlows
from simulator.cascade.day_groups import group_days
from simulator.cascade.flow import Flow
from simulator.fleet import Fleet, Indices
from simulator.local_time import Instants
from simulator.meter_class import MeterClass

__all__ = ["Flow", "FlowPlan", "flow_plan"]

_PAST_THE_METER = frozenset(
    {Flow.FORWARD, Flow.Q1, Flow.Q4, Flow.VOLUME}
)  # what a bypass takes; all but what is fed in


_SHARING_A_PLAN: Final = 16
_TOGETHER: Final = 64
_Read = Callable[["FlowPlan", Indices], tuple[NDArray[np.int64], ...]]


def flow_plan(fleet: Fleet, flows: Sequence[Flow], instants: Instants) -> "FlowPlan":
    """The plan for epoch seconds, distinct and ascending; kept, since clients ask for one window meter by meter.

    Raises ValueError for an instant before the installation or outside the calendar.
    """
    return _kept_plan(fleet, tuple(flows), instants.astype(np.int64, copy=False).tobytes())


@lru_cache(maxsize=64)
def _kept_plan(fleet: Fleet, flows: tuple[Flow, ...], instants: bytes) -> "FlowPlan":
    return FlowPlan(fleet, flows, np.frombuffer(instants, np.int64))


class FlowPlan:
    """What some flows of a fleet need at a set of instants, worked out once for any number of meters."""

    __slots__ = ("_by_class", "_days", "_fleet", "_flows", "_instants", "_staggered")

    def __init__(self, fleet: Fleet, flows: Sequence[Flow], instants: Instants) -> None:
        """`instants` are epoch seconds, distinct and ascending.

        Raises ValueError for one before the installation of the fleet or outside the calendar.
        """
        if len(instants) and instants[0] < fleet.installed:
            raise ValueError(f"{int(instants[0])} is before the installation of the fleet at {fleet.installed}")
        self._fleet = fleet
        self._flows = tuple(flows)
        self._instants = np.asarray(instants, np.int64)
        self._days = group_days(fleet.calendar, self._instants)
        self._by_class: dict[MeterClass, ClassFlows] = {}
        self._staggered = bool((fleet.installed_by_cohort > fleet.installed).any())

    def cumulative(self, indices: Indices) -> tuple[NDArray[np.int64], ...]:
        """What the meters registered since their installation: for each flow (meters, instants), in its unit.

        Zero before a meter's installation, and where its class has no such flow.
        """
        results = self.delivered(indices)
        if any(one.bypassed for one in self._fleet.classes):
            self._take_past_the_meter(np.asarray(indices, np.int64), results)
        return results

    def delivered(self, indices: Indices) -> tuple[NDArray[np.int64], ...]:
        """What really flowed, past the meter or through it: the truth behind `cumulative`."""
        results = self._since_the_fleets_installation(indices)
        if self._staggered and len(self._instants):
            self._begin_at_installation(np.asarray(indices, np.int64), results)
        return results

    def _since_the_fleets_installation(self, indices: Indices) -> tuple[NDArray[np.int64], ...]:
        keys = self._fleet.keys(indices)
        shape = (len(keys), len(self._instants))
        results = [np.empty(shape, np.uint64) for _ in self._flows]
        for meter_class, rows in self._classes(indices):
            class_flows = self._flows_of(meter_class)
            parts = results if rows is None else [np.empty((len(rows), shape[1]), np.uint64) for _ in results]
            for flow, part in zip(self._flows, parts, strict=True):
                if flow not in meter_class.flows:
                    part.fill(0)
            own = keys if rows is None else keys[rows]
            size = class_flows.rows_at_a_time
            for start in range(0, len(own), size):
                class_flows.fill(own[start : start + size], [part[start : start + size] for part in parts])
            if rows is not None:
                for result, part in zip(results, parts, strict=True):
                    result[rows] = part
        return tuple(result.view(np.int64) for result in results)

    def _classes(self, indices: Indices) -> Iterator[tuple[MeterClass, NDArray[np.int64] | None]]:
        """The classes that occur, and their rows; None stands for all."""
        classes = self._fleet.classes
        if len(indices) == 0:
            return
        if len(classes) == 1:
            yield classes[0], None
            return
        positions = self._fleet.class_of(indices)
        occurring = np.unique(positions).tolist()
        for position in occurring:
            yield classes[position], None if len(occurring) == 1 else np.flatnonzero(positions == position)

    def _flows_of(self, meter_class: MeterClass) -> ClassFlows:
        if meter_class not in self._by_class:
            self._by_class[meter_class] = ClassFlows(self._fleet, meter_class, self._flows, self._days)
        return self._by_class[meter_class]

    def _begin_at_installation(self, indices: NDArray[np.int64], results: Sequence[NDArray[np.int64]]) -> None:
        """Count from each meter's own installation, where it came later than the fleet's first."""
        installed = self._fleet.installed_of(indices)
        is_late, begun = installed > self._fleet.installed, installed < self._instants[-1]
        late = np.flatnonzero(is_late & begun)
        befores = self._at_own_instants(indices[late], installed[late], FlowPlan._since_the_fleets_installation)
        for result, before in zip(results, befores, strict=True):
            result[is_late & ~begun] = 0
            result[late] = np.maximum(result[late] - before, 0)

    def _take_past_the_meter(self, indices: NDArray[np.int64], results: Sequence[NDArray[np.int64]]) -> None:
        for meter_class, rows in self._classes(indices):
            if not meter_class.bypassed:
                continue
            own = np.arange(len(indices)) if rows is None else rows
            found = bypasses(self._fleet, meter_class, self._fleet.keys(indices[own]))
            begun = np.flatnonzero(found.since < self._instants[-1:])  # none where no instant is asked for
            at, taken = own[found.rows[begun]], found.taken[begun][:, np.newaxis]
            befores = self._at_own_instants(indices[at], found.since[begun], FlowPlan.delivered)
            for flow, result, before in zip(self._flows, results, befores, strict=True):
                if flow in _PAST_THE_METER:
                    result[at] -= np.maximum(result[at] - before, 0) * taken // 256

    def _at_own_instants(self, indices: NDArray[np.int64], instants: Instants, read: _Read) -> list[NDArray[np.int64]]:
        """For each flow what `read` says of each meter at an instant of its own, (meters, 1).

        Many meters that share an instant share a plan, which is kept. The others are sorted by it and read some at a
        time, all of them at the instants of all: a plan costs as much as a hundred meters.
        """
        found = [np.empty((len(indices), 1), np.int64) for _ in self._flows]
        distinct, of_meter, counts = np.unique(instants, return_inverse=True, return_counts=True)
        for position in np.flatnonzero(counts > _SHARING_A_PLAN).tolist():
            rows = np.flatnonzero(of_meter == position)
            plan = flow_plan(self._fleet, self._flows, distinct[position : position + 1])
            for one, value in zip(found, read(plan, indices[rows]), strict=True):
                one[rows] = value
        others = np.flatnonzero(counts[of_meter] <= _SHARING_A_PLAN)
        others = others[np.argsort(of_meter[others], kind="stable")]
        for first in range(0, len(others), _TOGETHER):
            rows = others[first : first + _TOGETHER]
            some, column = np.unique(of_meter[rows], return_inverse=True)
            plan = FlowPlan(self._fleet, self._flows, distinct[some])
            for one, value in zip(found, read(plan, indices[rows]), strict=True):
                one[rows] = np.take_along_axis(value, column[:, np.newaxis], axis=1)
        return found

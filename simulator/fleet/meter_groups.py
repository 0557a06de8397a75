"""Meters that a request may name together: those of a template, or those under a node of the network.

Templates are groups by their names, imported meters by `imported`, those that came later by `registered`. Substations,
feeders and transformers are named S00000000, F00000000 and T00000000 and so on; those of imported meters as their list
names them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.fleet.fleet_layout import FleetLayout, MeterRun
from simulator.fleet.numbered_names import NumberedNames
from simulator.fleet.object_mrids import Kind, object_mrids
from simulator.fleet.topology import Level

_DIGITS: Final = 8
_PREFIXES: Final = {Level.SUBSTATION: "S", Level.FEEDER: "F", Level.TRANSFORMER: "T"}


@dataclass(frozen=True, slots=True)
class Group:
    """One group; `number` counts among those of its kind."""

    kind: Kind
    number: int
    mrid: str
    name: str


class MeterGroups:
    """The groups of a fleet: nothing but arithmetic on its layout."""

    __slots__ = ("_layout", "_mrids", "_node_names", "_own_groups", "_own_names", "_template_names")

    def __init__(self, layout: FleetLayout, fleet_key: noise.Words) -> None:
        self._layout = layout
        imported = layout.imported
        self._own_groups = layout.own_groups
        self._template_names = [*(placed.template.name for placed in layout.templates), *self._own_groups]
        self._node_names = {
            level: NumberedNames(prefix, _DIGITS, layout.node_count(level)) for level, prefix in _PREFIXES.items()
        }
        self._own_names: dict[Level, tuple[str, ...]] = {
            level: () if imported is None else imported.node_names[level] for level in Level
        }
        self._mrids = {Kind.TEMPLATE: object_mrids(fleet_key, Kind.TEMPLATE, len(self._template_names))} | {
            Kind(level): object_mrids(fleet_key, Kind(level), layout.node_count(level) + len(self._own_names[level]))
            for level in Level
        }

    def all_of(self, kind: Kind) -> range:
        """The numbers of all groups of a kind."""
        return range(self._mrids[kind].count)

    def at(self, kind: Kind, number: int) -> Group:
        """The group with a number, which must be one."""
        mrid = self._mrids[kind].name(number)
        if kind is Kind.TEMPLATE:
            return Group(kind, number, mrid, self._template_names[number])
        level = Level(kind)
        names = self._node_names[level]
        own = number - names.count
        return Group(kind, number, mrid, names.name(number) if own < 0 else self._own_names[level][own])

    def of_mrid(self, text: str) -> Group | None:
        """The group with this mRID, None if there is none."""
        for kind, mrids in self._mrids.items():
            number = mrids.offset(text.lower())
            if number is not None:
                return self.at(kind, number)
        return None

    def of_name(self, text: str) -> Group | None:
        """The group with this name, of templates before those of nodes. None if there is none."""
        if text in self._template_names:
            return self.at(Kind.TEMPLATE, self._template_names.index(text))
        for level, names in self._node_names.items():
            number = names.offset(text)
            if number is None and text in self._own_names[level]:
                number = names.count + self._own_names[level].index(text)
            if number is not None:
                return self.at(Kind(level), number)
        return None

    def members(self, group: Group) -> MeterRun:
        """The meters of a group, ascending: all of a template, or the electricity meters that a node feeds."""
        if group.kind is not Kind.TEMPLATE:
            return joined(list(self._layout.fed_by(Level(group.kind), group.number)))
        own = self._own_groups.get(group.name)
        return self._layout.present(self._layout.templates[group.number].meters if own is None else own)

    def above(self, index: int) -> tuple[Group, ...]:
        """Substation, feeder and transformer that feed an electricity meter; empty where there is no network."""
        return tuple(self.at(Kind(level), number) for level, number in self._layout.nodes_above(index).items())


def joined(runs: list[MeterRun]) -> MeterRun:
    """One run of meters out of several."""
    if len(runs) == 1:
        return runs[0]
    return np.concatenate([indices_of(run) for run in runs]) if runs else range(0)


def indices_of(run: MeterRun) -> NDArray[np.int64]:
    """A run of meters as an array."""
    return np.arange(run.start, run.stop) if isinstance(run, range) else run

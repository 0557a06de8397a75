"""Where the meters of each template stand: in runs of indices, at runs of usage points, on networks.

    meters          template 0 | template 1 | ... | imported
    usage points    template 0 | ...              | imported      those of `together_with` are their host's
    networks        templates that follow each other and share a topology, electricity only

Everything is a division or a search among the few templates, so a fleet of any size costs the same.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.fleet.fleet_template import ELECTRICITY, WHOLE_SHARE, InvalidFleet, MeterTemplate, NamePattern
from simulator.fleet.imported_meters import ImportedMeters
from simulator.fleet.numbered_names import NumberedNames
from simulator.fleet.topology import Level, Topology, networks
from simulator.meter_class import METER_CLASSES, MeterClass
from simulator.near_miss import did_you_mean

MeterRun = range | NDArray[np.int64]
"""Fleet indices of some meters. A range costs nothing however many it spans."""

IMPORTED: Final = "imported"
"""Name of the group of imported meters; no template may have it."""

REGISTERED: Final = "registered"
"""Name of the group of meters that were registered later (see `registered_meters`); no template may have it."""

_METER_PREFIX: Final = "M"
_USAGE_POINT_PREFIX: Final = "UP"
_NAME_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class PlacedTemplate:
    """A template and what is its own in the fleet."""

    template: MeterTemplate
    meters: range
    usage_points: range
    names: NumberedNames
    usage_point_names: NumberedNames

    def usage_point_of(self, offset: int) -> int:
        """The usage point of its meter at an offset: where there are fewer meters than points, spread evenly."""
        return self.usage_points.start + offset * len(self.usage_points) // len(self.meters)

    def meters_at(self, usage_points: range) -> range:
        """Its meters (as fleet indices) at a run of usage points."""
        first = max(usage_points.start, self.usage_points.start) - self.usage_points.start
        stop = min(usage_points.stop, self.usage_points.stop) - self.usage_points.start
        if stop <= first:
            return range(0)
        # The inverse of usage_point_of: offset * points // count reaches a point exactly from
        # offset = point * count / points, rounded up, on.
        count, points = len(self.meters), len(self.usage_points)
        low, high = -(-first * count // points), -(-stop * count // points)
        return range(self.meters.start + low, self.meters.start + high)


class FleetLayout:
    """The placed templates of a fleet, then its imported meters. Raises InvalidFleet where they do not fit together."""

    __slots__ = (
        "_class_bounds",
        "_class_table",
        "_first_meters",
        "_imported_classes",
        "_placement",
        "_share_key",
        "_starts",
        "classes",
        "has_equal_usage_points",
        "imported",
        "imported_meters",
        "imported_usage_points",
        "networks",
        "templates",
    )

    def __init__(
        self,
        templates: Sequence[MeterTemplate],
        imported: ImportedMeters | None,
        topology: Topology,
        fleet_key: noise.Words,
    ) -> None:
        self.templates = _placed(templates)
        self.imported = imported
        meters = self.templates[-1].meters.stop if self.templates else 0
        self.imported_meters = range(meters, meters + (0 if imported is None else len(imported)))
        points = max((one.usage_points.stop for one in self.templates), default=0)
        self.imported_usage_points = range(
            points, points + (0 if imported is None else len(imported.usage_point_names))
        )
        self.networks = networks(_network_runs(self.templates, topology))
        self._starts = [*(one.meters.start for one in self.templates), meters]
        self._first_meters = np.array(self._starts, np.int64)
        self._placement = np.array(
            [(one.usage_points.start, len(one.usage_points), len(one.meters)) for one in self.templates] + [(0, 1, 1)],
            np.int64,
        )
        self.has_equal_usage_points = imported is None and all(one.usage_points == one.meters for one in self.templates)
        self._share_key = noise.key_for(fleet_key, noise.Purpose.METER_CLASS)
        self.classes, self._class_table, self._class_bounds = _class_tables(templates, imported)
        own = () if imported is None else imported.classes
        self._imported_classes = np.array([self.classes.index(one) for one in own], np.int64)

    @property
    def usage_point_count(self) -> int:
        """How many usage points there are; they are numbered from 0 on."""
        return self.imported_usage_points.stop

    @property
    def own_groups(self) -> dict[str, range]:
        """The meters that keep identities of their own, by the name of their group."""
        return {} if self.imported is None else {IMPORTED: self.imported_meters}

    def present(self, run: MeterRun) -> MeterRun:
        """Those of a run of meters that nobody removed."""
        return run

    def section_of(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """The position of each meter's template; imported meters count as one more."""
        # side="right" lands behind equal starts, so sections without meters hold none.
        return np.searchsorted(self._first_meters, indices, side="right") - 1

    def placed_at(self, index: int) -> PlacedTemplate | None:
        """The template of one meter; None for an imported one."""
        place = bisect_right(self._starts, index) - 1
        return self.templates[place] if place < len(self.templates) else None

    def class_of(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """The class of each meter, as a position in `classes`."""
        if len(self.classes) < 2:
            return np.zeros(len(indices), np.int64)
        section = self.section_of(indices)
        share = (noise.draw(self._share_key, indices) // 2**32) * WHOLE_SHARE // 2**32
        column = (share.view(np.int64)[:, np.newaxis] >= self._class_bounds[section]).sum(axis=1)
        found: NDArray[np.int64] = self._class_table[section, column]
        if self.imported is not None:
            rows = np.flatnonzero(section == len(self.templates))
            positions = self.imported.class_positions[indices[rows] - self.imported_meters.start]
            found[rows] = self._imported_classes[positions]
        return found

    def usage_points_of(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of each meter's usage point."""
        section = self.section_of(indices)
        first, points, meters = self._placement[section].T
        # At most 10**8 of each: the product stays far below 2**63.
        found: NDArray[np.int64] = first + (indices - self._first_meters[section]) * points // meters
        if self.imported is not None:
            rows = np.flatnonzero(section == len(self.templates))
            offsets = indices[rows] - self.imported_meters.start
            found[rows] = self.imported_usage_points.start + self.imported.usage_points[offsets]
        return found

    def meters_at(self, usage_points: range, only_electric: bool = False) -> Iterator[MeterRun]:
        """Meters (as fleet indices) at a run of usage points, in runs in ascending order."""
        for placed in self.templates:
            meters = placed.meters_at(usage_points)
            if len(meters) and (placed.template.is_electric or not only_electric):
                yield meters
        if self.imported is None:
            return
        first = self.imported_usage_points.start
        inside = range(max(usage_points.start - first, 0), usage_points.stop - first)
        if inside:
            yield self.imported_meters.start + self.imported.meters_at(inside)

    def nodes_above(self, index: int) -> dict[Level, int]:
        """The nodes that feed a meter, from the substation down; none for gas, water, and usage points off the net."""
        meter = np.array([index], np.int64)
        if self.classes[int(self.class_of(meter)[0])].commodity != ELECTRICITY:
            return {}
        if index in self.imported_meters and self.imported is not None:
            at = index - self.imported_meters.start
            own = {level: int(self.imported.nodes[level][at]) for level in Level}
            return {level: self.node_count(level) + number for level, number in own.items() if number >= 0}
        usage_point = int(self.usage_points_of(meter)[0])
        network = next((one for one in self.networks if usage_point in one.usage_points), None)
        return {} if network is None else {level: network.node_of(level, usage_point) for level in Level}

    def nodes_of(self, level: Level, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """The node of a level above each meter's usage point, whatever the meter measures; -1 off the net."""
        nodes = self.network_nodes(level, self.usage_points_of(indices))
        if self.imported is not None:
            rows = np.flatnonzero(indices >= self.imported_meters.start)
            own = self.imported.nodes[level][indices[rows] - self.imported_meters.start]
            nodes[rows] = np.where(own >= 0, self.node_count(level) + own, -1)
        return nodes

    def network_nodes(self, level: Level, points: NDArray[np.int64]) -> NDArray[np.int64]:
        """The node of a level above each usage point of a template; -1 off the net, and for any other point."""
        nodes = np.full(len(points), -1, np.int64)
        for network in self.networks:
            inside = (points >= network.usage_points.start) & (points < network.usage_points.stop)
            nodes[inside] = network.node_of(level, points[inside])
        return nodes

    def transformers_under(self, level: Level, node: int) -> NDArray[np.int64]:
        """The transformers that a node feeds (itself, if it is one), ascending."""
        for network in self.networks:
            if node in network.nodes(level):
                points = network.fed_by(level, node)
                ends = [network.node_of(Level.TRANSFORMER, point) for point in (points.start, points.stop - 1)]
                return np.arange(ends[0], ends[1] + 1)
        if self.imported is None:
            return np.empty(0, np.int64)
        under = self.imported.nodes[level] == node - self.node_count(level)
        own = self.imported.nodes[Level.TRANSFORMER][under]
        return np.unique(own[own >= 0]) + self.node_count(Level.TRANSFORMER)

    def node_count(self, level: Level) -> int:
        """How many nodes of a level the networks have; those of imported meters are numbered on from there."""
        return self.networks[-1].nodes(level).stop if self.networks else 0

    def fed_by(self, level: Level, node: int) -> Iterator[MeterRun]:
        """The electricity meters under a node, in runs."""
        for network in self.networks:
            if node in network.nodes(level):
                yield from self.meters_at(network.fed_by(level, node), only_electric=True)
                return
        if self.imported is not None:
            under = self.imported.nodes[level] == node - self.node_count(level)
            meters = self.imported_meters.start + np.flatnonzero(under)
            electric = np.array([one.commodity == ELECTRICITY for one in self.classes])
            yield meters[electric[self.class_of(meters)]]


def _placed(templates: Sequence[MeterTemplate]) -> tuple[PlacedTemplate, ...]:
    for place, one in enumerate(templates):
        if one.name in (IMPORTED, REGISTERED) or one.name in (other.name for other in templates[:place]):
            raise InvalidFleet("the name is taken; every template needs one of its own", one.name)
    hosts = {one.name: one for one in templates if one.together_with is None}
    points = dict(zip(hosts, _runs_of([one.count for one in hosts.values()]), strict=True))
    placed = []
    for one, meters in zip(templates, _runs_of([one.count for one in templates]), strict=True):
        host = _host(one, hosts)
        at = points[host.name]
        placed.append(
            PlacedTemplate(
                template=one,
                meters=meters,
                usage_points=at,
                names=_names(one.names, _METER_PREFIX, meters),
                usage_point_names=_names(host.usage_point_names, _USAGE_POINT_PREFIX, at),
            )
        )
    for first, second in combinations(placed, 2):
        _check_names_differ(first, second)
    return tuple(placed)


def _runs_of(counts: Sequence[int]) -> Iterator[range]:
    """Ranges of these lengths, one behind the other."""
    first = 0
    for count in counts:
        yield range(first, first + count)
        first += count


def _host(template: MeterTemplate, hosts: Mapping[str, MeterTemplate]) -> MeterTemplate:
    """The template whose usage points these are."""
    if template.together_with is None:
        return template
    host = hosts.get(template.together_with)
    if host is None:
        raise InvalidFleet(
            f"together_with names a template with usage points of its own, not {template.together_with!r}"
            f"{did_you_mean(template.together_with, hosts)}",
            template.name,
        )
    if template.count > host.count:
        raise InvalidFleet(
            f"{template.count} meters do not fit on the {host.count} usage points of {host.name!r}", template.name
        )
    return host


def _names(pattern: NamePattern | None, prefix: str, run: range) -> NumberedNames:
    if pattern is None:
        return NumberedNames(prefix, _NAME_DIGITS, len(run), run.start)
    return NumberedNames(pattern.prefix, pattern.digits, len(run), pattern.start)


def _check_names_differ(one: PlacedTemplate, other: PlacedTemplate) -> None:
    pairs = [("meters", one.names, other.names)]
    if one.usage_points != other.usage_points:
        pairs.append(("usage points", one.usage_point_names, other.usage_point_names))
    for what, names, others in pairs:
        shared = names.shared_with(others)
        if shared is not None:
            raise InvalidFleet(
                f"it names {what} {shared!r}, which {one.template.name!r} does, too: give it another prefix or start",
                other.template.name,
            )


def _network_runs(placed: Sequence[PlacedTemplate], topology: Topology) -> Iterator[tuple[Topology, range]]:
    """Templates that follow each other and share a topology share a network."""
    owners = [one for one in placed if one.template.together_with is None]
    for (is_electric, own), run in groupby(owners, lambda one: (one.template.is_electric, one.template.topology)):
        if is_electric:
            members = list(run)
            yield own or topology, range(members[0].usage_points.start, members[-1].usage_points.stop)


def _class_tables(
    templates: Sequence[MeterTemplate], imported: ImportedMeters | None
) -> tuple[tuple[MeterClass, ...], NDArray[np.int64], NDArray[np.int64]]:
    """The classes of a fleet in the order in which they appear, and how a draw chooses among a template's.

    The class of a meter is table[template, how many of bounds[template] its draw has reached].
    """
    used = [one for template in templates for one in template.classes]
    used += () if imported is None else imported.classes
    classes = tuple(dict.fromkeys(used)) or (METER_CLASSES["residential"],)
    width = max((len(template.shares) for template in templates), default=1)
    table = np.zeros((len(templates) + 1, width), np.int64)
    bounds = np.full((len(templates) + 1, width - 1), WHOLE_SHARE, np.int64)
    for row, template in enumerate(templates):
        shares = [share for _, share in template.shares]
        table[row, : len(shares)] = [classes.index(one) for one in template.classes]
        bounds[row, : len(shares) - 1] = np.cumsum(shares[:-1])
    return classes, table, bounds

"""The fleet: which meters there are, what each is called, and back from a name to the meter.

A meter is an index, 0 to meters - 1. Everything about its identity is arithmetic on that index, so a fleet of
ten million costs nothing until somebody reads it.

    mRID        ffffffff-ffff-8kkk-vvvv-iiiiiiiiiiii    see `object_mrids`
    name        M00000042, its usage point UP00000042, unless its template names them otherwise

Meters come from templates (`fleet_layout` says where they stand), and behind them are those of an imported list,
which keep identities of their own. A fleet never changes; `growing_fleet` makes larger ones out of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.conditions import IDEAL, Conditions
from simulator.customers import USUAL, Customers
from simulator.fleet.fleet_layout import FleetLayout, MeterRun
from simulator.fleet.fleet_template import InvalidFleet as InvalidFleet
from simulator.fleet.fleet_template import MeterTemplate
from simulator.fleet.imported_meters import ImportedMeters, InvalidImport
from simulator.fleet.meter_groups import Group, MeterGroups, indices_of, joined
from simulator.fleet.numbered_names import NumberedNames
from simulator.fleet.object_mrids import Kind, object_mrids
from simulator.fleet.sectioned_texts import SectionedTexts
from simulator.fleet.topology import Topology
from simulator.local_time import FIRST_YEAR, LAST_YEAR, LocalCalendar, epoch_day
from simulator.meter_class import MeterClass

Indices = NDArray[np.int64] | Sequence[int]  # a range is a sequence, too

MOST_METERS: Final = 100_000_000  # names have eight digits
_USUAL_TOPOLOGY: Final = Topology()


@dataclass(frozen=True, slots=True)
class FleetSpec:
    """Everything that determines a fleet. Raises InvalidFleet, or UnknownZone for the zone."""

    meters: int
    seed: int = 1
    zone: str = "UTC"  # IANA name; where days begin, and the offset on the wire
    installed: date = date(2020, 1, 1)  # at its first local instant every register stood at zero
    templates: tuple[MeterTemplate, ...] = ()  # neither these nor imported: all meters are residential
    imported: ImportedMeters | None = None
    topology: Topology = _USUAL_TOPOLOGY
    country: str | None = None  # ISO 3166-1 alpha-2, whose holidays these are
    holidays: tuple[date, ...] | None = None  # lived like Sundays; None: those that a profile brings along
    latitude_deg: int = 52  # north of the equator; it decides how long the days are
    location: str | None = None  # name of the place, for people
    conditions: Conditions = IDEAL  # of imported meters, and of templates that have none of their own
    customers: Customers = USUAL  # the same

    def __post_init__(self) -> None:
        if not 0 <= self.meters <= MOST_METERS:
            raise InvalidFleet(f"a fleet has 0 to {MOST_METERS} meters, not {self.meters}")
        if not 0 <= self.seed < 2**64:
            raise InvalidFleet(f"a seed is 0 to 2**64 - 1, not {self.seed}")
        if not FIRST_YEAR < self.installed.year < LAST_YEAR:
            raise InvalidFleet(
                f"meters are installed in the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}, not on {self.installed}"
            )
        LocalCalendar(self.zone)
        if not -90 <= self.latitude_deg <= 90:
            raise InvalidFleet(f"a latitude is -90 to 90 degrees, not {self.latitude_deg}")
        described = sum(one.count for one in self.templates) + (0 if self.imported is None else len(self.imported))
        if (self.templates or self.imported is not None) and self.meters != described:
            raise InvalidFleet(f"templates and imported meters are {described} together, not {self.meters}")
        for one in self.templates:
            if one.installed is not None and one.installed < self.installed:
                raise InvalidFleet(f"installed {one.installed} is before the fleet's {self.installed}", one.name)


@dataclass(frozen=True, slots=True)
class Meter:
    """One end device and the usage point where it is mounted."""

    index: int
    mrid: str
    name: str
    usage_point_mrid: str
    usage_point_name: str


@dataclass(frozen=True, slots=True)
class UsagePoint:
    """A place where meters may be mounted."""

    number: int
    mrid: str
    name: str


class Fleet:
    """The meters of a FleetSpec. Immutable, the same in every process; constant in size but for imported meters."""

    __slots__ = (
        "_key",
        "_mrids",
        "_names",
        "_numbered_mrids",
        "_numbered_usage_points",
        "_usage_point_mrids",
        "_usage_point_names",
        "calendar",
        "conditions",
        "conditions_by_section",
        "groups",
        "holidays",
        "installed",
        "installed_by_cohort",
        "latitude_deg",
        "layout",
        "spec",
    )

    def __init__(self, spec: FleetSpec) -> None:
        """Raises InvalidFleet where templates and imported meters do not fit together."""
        self.spec = spec
        self.calendar = LocalCalendar(spec.zone)
        self.installed = self.calendar.start_of(spec.installed)  # epoch seconds
        self.latitude_deg = spec.latitude_deg
        self.holidays = None if spec.holidays is None else np.array(sorted(map(epoch_day, spec.holidays)), np.int64)
        self._key = noise.key_from_seed(spec.seed)
        templates = spec.templates
        if not templates and spec.imported is None and spec.meters:
            templates = (MeterTemplate(name="residential", count=spec.meters),)
        imported = spec.imported
        if spec.customers != USUAL:
            templates = tuple(
                replace(one, customers=spec.customers) if one.customers is None else one for one in templates
            )
            if imported is not None:
                imported = replace(imported, classes=tuple(map(spec.customers.of_class, imported.classes)))
        layout = self.layout = FleetLayout(templates, imported, spec.topology, self._key)
        days = [placed.template.installed for placed in layout.templates]
        instants = [self.installed if day is None else self.calendar.start_of(day) for day in days]
        days = [None] if imported is None else [*imported.install_days]
        instants += [self.installed if day is None else self.calendar.start_of(day) for day in days]
        self.installed_by_cohort = np.array(instants, np.int64)  # as `cohort_of` counts
        by_section = [*(placed.template.conditions or spec.conditions for placed in layout.templates), spec.conditions]
        last = len(by_section) if spec.imported is not None or not layout.templates else -1
        self.conditions = tuple(dict.fromkeys(by_section[:last]))  # those that occur, each once
        positions = [self.conditions.index(one) if one in self.conditions else 0 for one in by_section]
        self.conditions_by_section = np.array(positions, np.int64)  # as `layout.section_of` counts
        self.groups = MeterGroups(layout, self._key)
        meters, points = layout.imported_meters, layout.imported_usage_points
        own = spec.imported
        self._numbered_mrids = object_mrids(self._key, Kind.METER, meters.start)
        points_with_ours = points.start if own is not None and own.usage_point_mrids is not None else points.stop
        self._numbered_usage_points = object_mrids(self._key, Kind.USAGE_POINT, points_with_ours)
        hosts = [placed for placed in layout.templates if placed.template.together_with is None]
        mrids = SectionedTexts.numbered([(0, self._numbered_mrids)])
        names = SectionedTexts.numbered((placed.meters.start, placed.names) for placed in layout.templates)
        point_mrids = SectionedTexts.numbered([(0, self._numbered_usage_points)])
        point_names = SectionedTexts.numbered((host.usage_points.start, host.usage_point_names) for host in hosts)
        if own is not None:
            self._check_apart(own)
            mrids = mrids.then(meters.start, own.mrids.utf8)
            names = names.then(meters.start, own.names.utf8)
            point_names = point_names.then(points.start, own.usage_point_names.utf8)
            if own.usage_point_mrids is not None:
                point_mrids = point_mrids.then(points.start, own.usage_point_mrids.utf8)
        self._mrids, self._names = mrids, names
        self._usage_point_mrids, self._usage_point_names = point_mrids, point_names

    def __len__(self) -> int:
        return self.spec.meters

    def _check_apart(self, own: ImportedMeters) -> None:
        """No imported meter may be older than the fleet, nor any object of it have the mRID or name of another one."""
        for position, day in enumerate(own.install_days):
            if day is not None and day < self.spec.installed:
                row = int(np.flatnonzero(own.install_positions == position)[0])
                raise InvalidImport(
                    f"{own.source}, line {own.lines[row]}: installed {day} is before the fleet's {self.spec.installed}"
                )
        placed = self.layout.templates
        checks: tuple[tuple[str, Iterable[str], list[NumberedNames]], ...] = (
            ("mrid", own.mrids, [self._numbered_mrids]),
            ("name", own.names, [one.names for one in placed]),
            ("usage_point_mrid", own.usage_point_mrids or (), [self._numbered_usage_points]),
            ("usage_point", own.usage_point_names, [one.usage_point_names for one in placed]),
        )
        for what, texts, taken in checks:
            for number, text in enumerate(texts):
                if any(names.offset(text) is not None for names in taken):
                    row = int(own.meters_at(range(number, number + 1))[0]) if what.startswith("usage") else number
                    where = f"{own.source}, line {own.lines[row]}"
                    raise InvalidImport(f"{where}: {what} {text!r} is that of an object of a template already")

    # What a meter is.

    @property
    def key(self) -> noise.Words:
        """The key of what all meters share, such as the weather; shape (1,)."""
        return self._key

    def keys(self, indices: Indices) -> noise.Words:
        """The key of each meter (meters,); all that a meter measures follows from it."""
        return noise.draw(noise.key_for(self._key, noise.Purpose.METER), self._addresses(as_array(indices)))

    def _addresses(self, meters: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the key of each meter is drawn."""
        if self.layout.imported is None:
            return meters
        # Whatever is added to a fleet or moved in a list, an imported meter keeps its readings.
        first = self.layout.imported_meters.start
        rows = np.flatnonzero(meters >= first)
        addresses = meters.copy()
        addresses[rows] = self.layout.imported.mrids.hashes[meters[rows] - first].view(np.int64)
        return addresses

    @property
    def origin(self) -> "Fleet":
        """The fleet that this one grew from, which lives under the same sky: what is kept of that is kept with it."""
        return self

    @property
    def classes(self) -> tuple[MeterClass, ...]:
        """The classes that meters of this fleet may be of."""
        return self.layout.classes

    def class_of(self, indices: Indices) -> NDArray[np.int64]:
        """The class of each meter, as a position in `classes`."""
        return self.layout.class_of(as_array(indices))

    def class_at(self, index: int) -> MeterClass:
        """The class of one meter."""
        return self.classes[int(self.class_of([index])[0])]

    def template_at(self, index: int) -> MeterTemplate | None:
        """The template of one meter; None for an imported one."""
        placed = self.layout.placed_at(index)
        return None if placed is None else placed.template

    def installed_of(self, indices: Indices) -> NDArray[np.int64]:
        """When each meter was installed, in epoch seconds; never before `installed`."""
        return self.installed_by_cohort[self.cohort_of(indices)]

    def cohort_of(self, indices: Indices) -> NDArray[np.int64]:
        """The cohort of each meter: those of one template, or all imported ones of one day of installation."""
        meters = as_array(indices)
        cohorts = self.layout.section_of(meters)
        imported = self.layout.imported
        if imported is not None and len(imported.install_days) > 1:
            rows = np.flatnonzero(cohorts == len(self.layout.templates))
            cohorts[rows] += imported.install_positions[meters[rows] - self.layout.imported_meters.start]
        return cohorts

    def firmware_at(self, index: int) -> str | None:
        """The version that a meter was delivered with; None where nobody says."""
        template, imported = self.template_at(index), self.layout.imported
        if template is not None or imported is None:
            return None if template is None else template.firmware
        offset = index - self.layout.imported_meters.start
        return imported.firmwares[int(imported.firmware_positions[offset])] or None

    def conditions_of(self, indices: Indices) -> NDArray[np.int64]:
        """The conditions of each meter, as a position in `conditions`."""
        if len(self.conditions) < 2:
            return np.zeros(len(indices), np.int64)
        return self.conditions_by_section[self.layout.section_of(as_array(indices))]

    def conditions_at(self, index: int) -> Conditions:
        """The conditions of one meter."""
        return self.conditions[int(self.conditions_of([index])[0])]

    def meter(self, index: int) -> Meter:
        """The meter at an index. IndexError if the fleet has no such meter."""
        if not 0 <= index < len(self):
            raise IndexError(f"no meter {index} in a fleet of {len(self)}")
        placed = self.layout.placed_at(index)
        if placed is None:
            texts = (self.mrids, self.names, self.usage_point_mrids, self.usage_point_names)
            return Meter(index, *(of([index])[0].decode("utf-8") for of in texts))
        offset = index - placed.meters.start
        point = placed.usage_point_of(offset)
        return Meter(
            index=index,
            mrid=self._numbered_mrids.name(index),
            name=placed.names.name(offset),
            usage_point_mrid=self._numbered_usage_points.name(point),
            usage_point_name=placed.usage_point_names.name(point - placed.usage_points.start),
        )

    # From an identifier to the object. Letters of a UUID count the same in both cases (RFC 9562, section 4).

    def index_of_mrid(self, text: str) -> int | None:
        """The index of the meter with this mRID, None if this fleet has none."""
        index = self._numbered_mrids.offset(text.lower())
        if index is not None or self.layout.imported is None:
            return index
        return shifted(self.layout.imported.position_of_mrid(text), self.layout.imported_meters)

    def index_of_name(self, text: str) -> int | None:
        """The index of the meter with this name, None if this fleet has none."""
        for placed in self.layout.templates:
            offset = placed.names.offset(text)
            if offset is not None:
                return placed.meters[offset]
        if self.layout.imported is None:
            return None
        return shifted(self.layout.imported.position_of_name(text), self.layout.imported_meters)

    def usage_point_of_mrid(self, text: str) -> int | None:
        """The number of the usage point with this mRID, None if this fleet has none."""
        number = self._numbered_usage_points.offset(text.lower())
        if number is not None or self.layout.imported is None:
            return number
        return shifted(self.layout.imported.usage_point_of_mrid(text), self.layout.imported_usage_points)

    def usage_point_of_name(self, text: str) -> int | None:
        """The number of the usage point with this name, None if this fleet has none."""
        for placed in self.layout.templates:
            offset = placed.usage_point_names.offset(text)
            if offset is not None:
                return placed.usage_points[offset]
        if self.layout.imported is None:
            return None
        return shifted(self.layout.imported.usage_point_of_name(text), self.layout.imported_usage_points)

    def usage_point(self, number: int) -> UsagePoint:
        """The usage point with a number, which must be one; whether or not a meter is mounted there."""
        texts = (self._usage_point_mrids, self._usage_point_names)
        mrid, name = (one.utf8([number])[0].decode("utf-8") for one in texts)
        return UsagePoint(number, mrid, name)

    # Meters that belong together.

    def all_meters(self) -> MeterRun:
        """All meters but removed ones, ascending; a range where nobody removed any."""
        return self.layout.present(range(len(self)))

    def usage_points_of(self, indices: Indices) -> NDArray[np.int64]:
        """The number of each meter's usage point."""
        return self.layout.usage_points_of(as_array(indices))

    def meters_at(self, usage_point: int) -> MeterRun:
        """The meters at one usage point."""
        return joined(list(self.layout.meters_at(range(usage_point, usage_point + 1))))

    def beside(self, meters: MeterRun) -> MeterRun:
        """All meters at the usage points of some meters, ascending: the gas meters beside those of electricity, too."""
        if self.layout.has_equal_usage_points:
            return meters
        points = np.unique(self.usage_points_of(indices_of(meters)))
        bounds = np.flatnonzero(np.diff(points) != 1) + 1
        runs = [range(int(run[0]), int(run[-1]) + 1) for run in np.split(points, bounds) if len(run)]
        return np.unique(joined([found for run in runs for found in self.layout.meters_at(run)]))

    def group(self, text: str) -> Group | None:
        """The group with this mRID or name, None if this fleet has none."""
        return self.groups.of_mrid(text) or self.groups.of_name(text)

    def group_members(self, text: str) -> MeterRun | None:
        """The meters of the group with this mRID or name, None if this fleet has none."""
        group = self.group(text)
        return None if group is None else self.groups.members(group)

    # In bulk, as UTF-8 for the wire: ten thousand in a few milliseconds.

    def mrids(self, indices: Indices) -> list[bytes]:
        """The mRIDs of meters."""
        return self._mrids.utf8(indices)

    def names(self, indices: Indices) -> list[bytes]:
        """The names of meters."""
        return self._names.utf8(indices)

    def usage_point_mrids(self, indices: Indices) -> list[bytes]:
        """The mRIDs of the usage points of meters."""
        return self._usage_point_mrids.utf8(self._usage_points(indices))

    def usage_point_names(self, indices: Indices) -> list[bytes]:
        """The names of the usage points of meters."""
        return self._usage_point_names.utf8(self._usage_points(indices))

    def _usage_points(self, indices: Indices) -> Indices:
        # Where every meter has a usage point of its own, and they stand in the same order, the numbers are equal.
        return indices if self.layout.has_equal_usage_points else self.usage_points_of(indices)


def shifted(position: int | None, run: range) -> int | None:
    """A position in a run as a number of the whole; None for None."""
    return None if position is None else run[position]


def as_array(indices: Indices) -> NDArray[np.int64]:
    """Indices as an array."""
    # numpy would ask a range for its numbers one by one.
    if isinstance(indices, range):
        return np.arange(indices.start, indices.stop, indices.step)
    return np.asarray(indices, np.int64)

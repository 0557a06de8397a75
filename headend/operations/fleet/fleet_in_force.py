"""The fleet as it is now: that of the settings, and what master data made of it since.

Every process keeps a growing fleet of its own and brings it up to date from the log in the store when a request needs
the fleet (`store.fleet_changes`). As long as nobody changed anything it is the very fleet of the settings.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from heapq import heapify, heappop, heappush
from threading import Lock

from headend.store import FleetChange, FleetChangeKind, UnitOfWork
from simulator.fleet import Fleet
from simulator.fleet.growing_fleet import GrowingFleet
from simulator.fleet.imported_meters import folded_mrid
from simulator.fleet.registered_meters import InvalidRegistration, RegisteredMeter
from simulator.meter_class import METER_CLASSES

log = logging.getLogger(__name__)


class FleetInForce:
    """Gives the fleet of any moment. Safe to share between threads."""

    def __init__(self, base: Fleet) -> None:
        self.base = base
        self._lock = Lock()
        self._begin(0)

    def at(self, now: datetime, work: UnitOfWork) -> Fleet:
        """The fleet at an instant of its time, as a unit of work sees it."""
        first, last = work.fleet_changes.bounds()
        with self._lock:
            # After a reset, which alone sets a clock back, the log begins anew. Whoever began a moment before others
            # changed something gets their fleet: it has all that he knows of.
            if first != self._first:
                self._begin(first)
            if last > self._seen:
                taken_back = work.fleet_changes.not_moved(self._seen)
                self._take_in(work.fleet_changes.since(self._seen), taken_back, now)
            self._apply_due(now)
            return self._growing.fleet

    @property
    def latest(self) -> Fleet:
        """The fleet as it was when somebody last asked for that of an instant."""
        return self._growing.fleet

    def _begin(self, first: int) -> None:
        self._growing = GrowingFleet(self.base)
        self._first = first
        self._seen = first - 1 if first else 0
        self._ahead: list[tuple[datetime, int, FleetChange]] = []

    def _take_in(
        self,
        entries: Iterable[tuple[int, FleetChange]],
        taken_back: Mapping[tuple[str, datetime], int],
        now: datetime,
    ) -> None:
        """A meter that is added and then changed at once comes as it became: most of a long log are such.

        taken_back: by meter and instant, the number up to which moves of then do not count.
        """
        if taken_back and self._ahead:
            self._ahead = [one for one in self._ahead if not _is_taken_back(one[1], one[2], taken_back)]
            heapify(self._ahead)
        fresh: dict[str, FleetChange] = {}
        for number, change in entries:
            self._seen = max(self._seen, number)
            if _is_taken_back(number, change, taken_back):
                continue
            if change.at > now:
                heappush(self._ahead, (change.at, number, change))
            elif change.kind is FleetChangeKind.ADDED:
                fresh[folded_mrid(change.mrid)] = change
            elif folded_mrid(change.mrid) in fresh:
                self._apply_to_fresh(fresh, change)
            else:
                self._apply(change)
        if fresh:
            self._add(list(fresh.values()))

    def _apply_to_fresh(self, fresh: dict[str, FleetChange], change: FleetChange) -> None:
        mrid = folded_mrid(change.mrid)
        added = fresh[mrid]
        match change.kind:
            case FleetChangeKind.REMOVED:
                del fresh[mrid]
            case FleetChangeKind.RENAMED:
                fresh[mrid] = replace(added, name=change.name)
            case FleetChangeKind.MOVED:
                point_mrid, point_name = self._point_of(change)
                fresh[mrid] = replace(added, usage_point_mrid=point_mrid, usage_point_name=point_name)
            case _:
                pass

    def _apply_due(self, now: datetime) -> None:
        while self._ahead and self._ahead[0][0] <= now:
            self._apply(heappop(self._ahead)[2])

    def _apply(self, change: FleetChange) -> None:
        fleet = self._growing.fleet
        try:
            match change.kind:
                case FleetChangeKind.ADDED:
                    self._add([change])
                case FleetChangeKind.REMOVED if fleet.index_of_mrid(change.mrid) is not None:
                    self._growing.remove(change.mrid)
                case FleetChangeKind.RENAMED if change.name is not None:
                    self._growing.rename(change.mrid, change.name)
                case FleetChangeKind.MOVED:
                    self._move(change)
                case FleetChangeKind.POINT_RENAMED if fleet.usage_point_of_mrid(change.mrid) is not None:
                    self._growing.rename_usage_point(change.mrid, change.name or change.mrid)
                case FleetChangeKind.TAKEN_DOWN if (index := fleet.index_of_mrid(change.mrid)) is not None:
                    # It hangs nowhere, which its history tells; here it stays where it was last.
                    meter = fleet.meter(index)
                    self._growing.move(change.mrid, meter.usage_point_mrid, meter.usage_point_name)
        except InvalidRegistration as error:
            # Names that master data allows twice (of other types) are one too many for the fleet's own list.
            log.info("the fleet does not follow: %s", error)

    def _add(self, changes: list[FleetChange]) -> None:
        meters = []
        for one in changes:
            try:
                meters.append(_registered(one))
            except InvalidRegistration as error:
                # Such as an earlier version let into the log: one meter must not take the fleet from all others.
                log.warning("the fleet cannot have meter %s: %s", one.mrid, error)
        if not meters:
            return
        try:
            self._growing.add(meters)
        except InvalidRegistration:
            for meter in meters:
                self._add_under_free_names(meter)

    def _add_under_free_names(self, meter: RegisteredMeter) -> None:
        """A meter whose name another one has, by a name of another type, goes by its mRID here."""
        fleet = self._growing.fleet
        name = meter.name if fleet.index_of_name(meter.name) is None else meter.mrid
        point = meter.usage_point_name
        if fleet.usage_point_of_name(point) is not None and fleet.usage_point_of_mrid(meter.usage_point_mrid) is None:
            point = meter.usage_point_mrid
        try:
            self._growing.add([replace(meter, name=name, usage_point_name=point)])
        except InvalidRegistration as error:
            log.warning("the fleet cannot have meter %s: %s", meter.mrid, error)

    def _move(self, change: FleetChange) -> None:
        self._growing.move(change.mrid, *self._point_of(change))

    def _point_of(self, change: FleetChange) -> tuple[str, str]:
        """mRID and name, as the fleet has it, of the usage point that a meter moves to."""
        mrid = change.usage_point_mrid or change.mrid
        name = change.usage_point_name or mrid
        fleet = self._growing.fleet
        number = fleet.usage_point_of_mrid(mrid)
        if number is not None:
            return mrid, fleet.usage_point(number).name
        return mrid, name if fleet.usage_point_of_name(name) is None else mrid


def _is_taken_back(number: int, change: FleetChange, taken_back: Mapping[tuple[str, datetime], int]) -> bool:
    return change.kind is FleetChangeKind.MOVED and number < taken_back.get((change.mrid, change.at), 0)


def _registered(change: FleetChange) -> RegisteredMeter:
    if change.name is None or change.usage_point_mrid is None or change.installed is None:
        raise ValueError(f"the log adds meter {change.mrid} without its name, usage point or day")
    return RegisteredMeter(
        mrid=change.mrid,
        name=change.name,
        meter_class=METER_CLASSES[change.meter_class or "residential"],
        usage_point_mrid=change.usage_point_mrid,
        usage_point_name=change.usage_point_name or change.usage_point_mrid,
        installed=change.installed,
        firmware=change.firmware,
    )

"""`python -m benchmarks.lasting_facts`: what a year leaves behind that is never forgotten, and what reading costs then.

Registers of any time follow from these facts, so they stay. A year of 1,000 meters is put into an SQLite store: each
month 5 % of the meters are disconnected and connected again and maximum demand is reset at all of them; 100 outages;
100 defects; 50 meters are exchanged, which is an object, a name, two links and three entries of the fleet's log each.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import make_url

from benchmarks.generation import best_s
from benchmarks.report import Figure, table
from headend.operations.events.field_facts import field_history, outage_course
from headend.store import (
    DeviceTransition,
    FleetChange,
    FleetChangeKind,
    MasterLink,
    MasterName,
    MasterObject,
    Store,
    StoredDefect,
    StoredOutage,
    UnitOfWork,
)
from simulator.cim.reading_type import ReadingType
from simulator.device import Aspect
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.object_mrids import Kind
from simulator.outages import Node, Outage
from simulator.quantities import channel
from simulator.readings import latest_series, reading_blocks

METERS = 1_000
DISCONNECTED_A_MONTH = METERS * 5 // 100
OUTAGES, DEFECTS, EXCHANGES = 100, 100, 50
BEGIN = datetime(2030, 1, 1, tzinfo=UTC)
MONTH, HOUR = timedelta(days=30), timedelta(hours=1)
ENERGY = ReadingType.parse("0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0")


class Year:
    """A year of some meters, from its beginning."""

    def __init__(self, fleet: Fleet, begin: datetime) -> None:
        self._fleet = fleet
        self._begin = begin
        self._mrids = [fleet.meter(number).mrid for number in range(len(fleet))]

    @property
    def facts(self) -> dict[str, Callable[[UnitOfWork], int]]:
        """By what it is: puts it into a store; how many rows that is."""
        return {
            "times without supply": self._interruptions,
            "resets of maximum demand": self._resets,
            "outages": self._outages,
            "defects": self._defects,
            "exchanges of meters": self._exchanges,
        }

    def _interruptions(self, work: UnitOfWork) -> int:
        for month in range(12):
            first = month * DISCONNECTED_A_MONTH
            some = [self._mrids[number % METERS] for number in range(first, first + DISCONNECTED_A_MONTH)]
            work.interruptions.open_many(some, self._begin + month * MONTH, "remote switch")
            work.interruptions.close_many(some, self._begin + month * MONTH + 48 * HOUR)
        return 12 * DISCONNECTED_A_MONTH

    def _resets(self, work: UnitOfWork) -> int:
        for month in range(12):
            at = self._begin + month * MONTH
            work.device_states.add(
                DeviceTransition(mrid, Aspect.DEMAND_RESET.value, at, {"state": "reset"}, None, _mrid("c", month))
                for mrid in self._mrids
            )
        return 12 * METERS

    def _outages(self, work: UnitOfWork) -> int:
        for number in range(OUTAGES):
            start = self._begin + number * timedelta(days=3)
            meter = number * METERS // OUTAGES
            epoch_s = int(start.timestamp())
            outage = Outage(Node(Kind.METER, meter), epoch_s, epoch_s + 3600)
            work.outages.add(
                StoredOutage(
                    mrid=_mrid(f"o{self._begin.year}", number),
                    node_class="Meter",
                    node_mrid=self._mrids[meter],
                    start=start,
                    end=start + HOUR,
                    restored=start + HOUR,
                    course=outage_course(outage),
                )
            )
        return OUTAGES

    def _defects(self, work: UnitOfWork) -> int:
        for number in range(DEFECTS):
            start = self._begin + number * timedelta(days=3)
            work.defects.add(
                StoredDefect(
                    mrid=_mrid(f"d{self._begin.year}", number),
                    device_mrid=self._mrids[number * METERS // DEFECTS],
                    kind="gap",
                    start=start,
                    end=start + HOUR,
                )
            )
        return DEFECTS

    def _exchanges(self, work: UnitOfWork) -> int:
        at = self._begin
        for number in range(EXCHANGES):
            mrid, point = _mrid(f"m{at.year}", number), _mrid("p", number)
            document = {"mRID": [mrid], "Names": [{"name": [f"NEW-{number}"]}]}
            work.master_data.add(
                [MasterObject(mrid, "Meter", "EndDevice", document, 1, at, at)],
                [MasterName("EndDevice", f"NEW-{number}", None, None, mrid)],
            )
            work.master_data.add_links(
                [
                    MasterLink("EndDevice-UsagePoint", one, point, start, end)
                    for one, start, end in ((mrid, at, None), (self._mrids[number], at - MONTH, at))
                ]
            )
            work.fleet_changes.add(
                [
                    FleetChange(
                        kind=FleetChangeKind.ADDED,
                        mrid=mrid,
                        at=at,
                        name=f"NEW-{number}",
                        usage_point_mrid=point,
                        usage_point_name=f"POINT-{number}",
                        meter_class="residential",
                        installed=at.date(),
                    ),
                    FleetChange(kind=FleetChangeKind.TAKEN_DOWN, mrid=self._mrids[number], at=at),
                    FleetChange(kind=FleetChangeKind.MOVED, mrid=mrid, at=at, usage_point_mrid=point),
                ]
            )
        return EXCHANGES * 7


def _mrid(of: str, number: int) -> str:
    return f"{of:0>8}-0000-8000-8000-{number:012}"


def figures(url: str, years: int) -> Iterator[Figure]:
    """Rows and bytes of a year, and a register read before the first and after the last."""
    file = Path(str(make_url(url).database))
    fleet = Fleet(FleetSpec(METERS))
    store = Store.open(url)

    def size() -> int:
        store.close()  # so that all of it is in the file, and none in the log
        return file.stat().st_size

    def read_ms(meters: np.ndarray, now: datetime) -> float:
        series = latest_series([channel(ENERGY)], calendar=fleet.calendar, installed=fleet.installed, now=now)

        def read() -> None:
            with store.reading() as work:
                history = field_history(fleet, meters, work)
            for _ in reading_blocks(fleet, meters, series, history):
                pass

        return best_s(read, 5) * 1e3

    try:
        one, everyone = np.array([7]), np.arange(METERS)
        before = [read_ms(meters, BEGIN) for meters in (one, everyone)]
        total_rows = total_bytes = 0
        for name, put in Year(fleet, BEGIN).facts.items():
            empty = size()
            with store.writing() as work:
                rows = put(work)
            grown = size() - empty
            total_rows, total_bytes = total_rows + rows, total_bytes + grown
            yield Figure(f"{name}, rows", rows, "", note=f"{grown / 1024:,.0f} kB")
        yield Figure("all of a year of 1,000 meters, rows", total_rows, "", note=f"{total_bytes / 2**20:.1f} MB")
        for year in range(1, years):
            for name, put in Year(fleet, BEGIN.replace(year=BEGIN.year + year)).facts.items():
                if name != "exchanges of meters":
                    with store.writing() as work:
                        put(work)
        end = BEGIN.replace(year=BEGIN.year + years)
        for what, was, meters in zip(("one meter", "1,000 meters"), before, (one, everyone), strict=True):
            yield Figure(f"register of {what}, before", was, "ms")
            yield Figure(f"  after {years} such years", read_ms(meters, end), "ms")
    finally:
        store.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lasting_facts", description="What is never forgotten.")
    parser.add_argument("--years", type=int, default=5, help="after which reading is measured")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="headend-lasting-") as directory:
        print(table(list(figures(f"sqlite:///{Path(directory) / 'headend.db'}", options.years))))
    return 0


if __name__ == "__main__":
    sys.exit(main())

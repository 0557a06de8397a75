"""How fast the simulator makes readings, on one core and without any XML: `python -m benchmarks.generation`.

Each figure is the best of several runs in one process, in seconds of the processor: nothing here waits, so that is the
time of a core that has nothing else to do. Part of `make bench`.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import process_time

import numpy as np

from benchmarks.report import Figure, at_least, at_most, table
from simulator.cim.reading_type import ReadingType
from simulator.field_history import FieldHistory, Interruption
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.meter_class import METER_CLASSES, MeterClass
from simulator.quantities import Channel, channel, default_reading_types
from simulator.readings import Series, latest_series, period_series, reading_blocks

ZONE = "Europe/Amsterdam"
FLEET = Fleet(FleetSpec(10_000_000, seed=1, zone=ZONE))
NOW = datetime(2026, 6, 15, 10, 7, tzinfo=UTC)
FIVE_MINUTES = "0.0.6.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
WALKS = {
    "time-of-use register": "0.0.0.1.1.1.12.0.0.0.0.1.0.0.0.3.72.0",
    "register of apparent energy": "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.71.0",
    "cumulative maximum demand": "8.8.0.3.1.1.8.0.0.0.0.0.0.0.0.3.38.0",
}
"""Registers that no function gives: their meters walk from the installation, here for six and a half years."""


def best_s(work: Callable[[], object], runs: int) -> float:
    """Least of several runs, in seconds of the processor, after one to warm up."""
    work()
    times = []
    for _ in range(runs):
        started = process_time()
        work()
        times.append(process_time() - started)
    return min(times)


def read(fleet: Fleet, meters: range, series: Sequence[Series]) -> int:
    """Number of values of a whole request."""
    return sum(sum(value.size for value in block.values) for block in reading_blocks(fleet, meters, series))


def days(count: int, channels: Sequence[Channel], fleet: Fleet = FLEET) -> list[Series]:
    """Whole days up to the last midnight."""
    end = datetime(2026, 6, 15, tzinfo=fleet.calendar.zone)
    return period_series(
        channels,
        end - timedelta(days=count),
        end,
        calendar=fleet.calendar,
        installed=fleet.installed,
        now=NOW,
    )


def latest(channels: Sequence[Channel], fleet: Fleet = FLEET) -> list[Series]:
    """As of now."""
    return latest_series(channels, calendar=fleet.calendar, installed=fleet.installed, now=NOW)


def of_class(name: str, count: int = 10_000) -> Fleet:
    """A fleet of one class of meters."""
    return Fleet(
        FleetSpec(count, zone=ZONE, templates=(MeterTemplate(name="all", count=count, shares=((name, 10_000),)),))
    )


def load_profile(meter_class: MeterClass) -> Channel:
    """The interval data that a class delivers by default."""
    return next(one for one in map(channel, default_reading_types(meter_class)) if one.kind.value == "interval")


def import_s() -> float:
    """From nothing to an imported simulator.readings, in a process of its own, without the interpreter's start."""
    code = "import time; a = time.process_time(); import simulator.readings; print(time.process_time() - a)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


def generation_figures(runs: int) -> Iterator[Figure]:
    """Speed of everything that a request may ask for."""
    register, quarter_hours = (channel(one) for one in default_reading_types())
    meters = range(10_000)
    day = days(1, [quarter_hours])
    for what, series in (("quarter-hours", day), ("five minutes", days(1, [channel(ReadingType.parse(FIVE_MINUTES))]))):
        rate = read(FLEET, meters, series) / best_s(lambda series=series: read(FLEET, meters, series), runs)
        yield Figure(f"values/s, {what} of 10,000 meters", rate, target=at_least(5e6))
    for name, meter_class in METER_CLASSES.items():
        fleet = of_class(name)
        series = days(1, [load_profile(meter_class)], fleet)
        rate = read(fleet, meters, series) / best_s(
            lambda fleet=fleet, series=series: read(fleet, meters, series), runs
        )
        yield Figure(f"  of {name} meters", rate, target=at_least(5e6))
    since = int(day[0].stamps[40])
    history = FieldHistory({meter: (Interruption(since),) for meter in meters})
    cut_s = best_s(lambda: sum(1 for _ in reading_blocks(FLEET, meters, day, history)), runs)
    yield Figure("  where all were disconnected at 10:15", 960_000 / cut_s, target=at_least(5e6))

    million = range(1_000_000)
    seconds = best_s(lambda: read(FLEET, million, latest([register])), 2)
    yield Figure("registers of 1,000,000 meters at one instant", seconds, "s", at_most(3))
    yield Figure("  at midnight", best_s(lambda: read(FLEET, million, days(1, [register])), 2), "s", at_most(3))

    one = range(1)
    for name in ("residential", "electric_vehicle", "solar_prosumer"):
        fleet = of_class(name)
        series = days(365, [quarter_hours], fleet) + latest(
            [channel(ReadingType.parse(WALKS["time-of-use register"]))], fleet
        )
        seconds = best_s(lambda fleet=fleet, series=series: read(fleet, one, series), runs)
        yield Figure(f"a year of one {name} meter, and its TOU register", seconds * 1e3, "ms", at_most(50))
        for what, code in WALKS.items():
            asked = latest([channel(ReadingType.parse(code))], fleet)
            seconds = best_s(lambda fleet=fleet, asked=asked: read(fleet, one, asked), runs)
            yield Figure(f"  {what}", seconds * 1e3, "ms")
    yield Figure("a day of one meter", best_s(lambda: read(FLEET, one, days(1, [quarter_hours])), 50) * 1e3, "ms")
    yield Figure("a register of one meter", best_s(lambda: read(FLEET, one, latest([register])), 50) * 1e3, "ms")
    first = best_s(lambda: next(reading_blocks(FLEET, range(len(FLEET)), day)), 20)
    yield Figure("first block of ten million meters", first * 1e3, "ms")
    yield Figure("mRIDs of 10,000 meters", best_s(lambda: FLEET.mrids(np.arange(10_000)), 20) * 1e3, "ms")
    yield Figure("import simulator.readings", min(import_s() for _ in range(runs)), "s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generation", description="Measure the simulator.")
    parser.add_argument("--runs", type=int, default=5)
    for figure in generation_figures(parser.parse_args().runs):
        print(table([figure]), flush=True)


if __name__ == "__main__":
    main()

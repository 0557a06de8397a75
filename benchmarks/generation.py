"""How fast the simulator makes readings, on one core and without any XML: `python -m benchmarks.generation`.

Each line is the best of several runs in one process; the targets are in brackets.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter

import numpy as np

from simulator.cim.reading_type import ReadingType
from simulator.field_history import FieldHistory, Interruption
from simulator.fleet import Fleet, FleetSpec
from simulator.quantities import channel, default_reading_types
from simulator.readings import Series, latest_series, period_series, reading_blocks

FLEET = Fleet(FleetSpec(10_000_000, seed=1, zone="Europe/Amsterdam"))
NOW = datetime(2026, 6, 15, 10, 7, tzinfo=UTC)
REGISTER, LOAD_PROFILE = (channel(reading_type) for reading_type in default_reading_types())
FIVE_MINUTES = channel(ReadingType.parse("0.0.6.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"))


def best_s(work: Callable[[], object], runs: int) -> float:
    """Shortest of several runs, in seconds, after one to warm up."""
    work()
    times = []
    for _ in range(runs):
        started = perf_counter()
        work()
        times.append(perf_counter() - started)
    return min(times)


def read(meters: int, series: list[Series]) -> int:
    """Number of values of a whole request."""
    return sum(sum(value.size for value in block.values) for block in reading_blocks(FLEET, range(meters), series))


def days(count: int, channels: list) -> list[Series]:
    end = datetime(2026, 6, 15, tzinfo=FLEET.calendar.zone)
    return period_series(
        channels,
        end - timedelta(days=count),
        end,
        calendar=FLEET.calendar,
        installed=FLEET.installed,
        now=NOW,
    )


def now() -> list[Series]:
    return latest_series([REGISTER], calendar=FLEET.calendar, installed=FLEET.installed, now=NOW)


def import_s() -> float:
    """From nothing to an imported simulator.readings, in a process of its own, without the interpreter's start."""
    code = "import time; a = time.perf_counter(); import simulator.readings; print(time.perf_counter() - a)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the simulator.")
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs

    quarters, fives = days(1, [LOAD_PROFILE]), days(1, [FIVE_MINUTES])
    for name, series in (("quarter-hours", quarters), ("five minutes", fives)):
        count = read(10_000, series)
        rate = count / best_s(lambda series=series: read(10_000, series), runs)
        print(f"10 000 meters x {len(series[0].stamps)} {name}: {rate / 1e6:.1f} M values/s [10]")

    opened = (Interruption(int(quarters[0].stamps[40])),)
    disconnected = FieldHistory(dict.fromkeys(range(10_000), opened))
    interrupted = best_s(lambda: sum(1 for _ in reading_blocks(FLEET, range(10_000), quarters, disconnected)), runs)
    print(f"the same, all of them disconnected at 10:15: {0.96 / interrupted:.1f} M values/s")

    print(f"registers of 1 000 000 meters at one instant: {best_s(lambda: read(1_000_000, now()), 1):.2f} s [3]")
    print(f"midnight registers of 1 000 000 meters: {best_s(lambda: read(1_000_000, days(1, [REGISTER])), 1):.2f} s")
    year = days(365, [LOAD_PROFILE])
    print(f"a year of quarter-hours of one meter: {best_s(lambda: read(1, year), runs) * 1e3:.1f} ms [50]")
    print(f"a day of quarter-hours of one meter: {best_s(lambda: read(1, days(1, [LOAD_PROFILE])), 50) * 1e6:.0f} us")
    print(f"a register of one meter: {best_s(lambda: read(1, now()), 50) * 1e6:.0f} us")

    first = best_s(lambda: next(reading_blocks(FLEET, range(len(FLEET)), quarters)), 20)
    print(f"first block of ten million meters: {first * 1e3:.2f} ms")
    identities = best_s(lambda: FLEET.mrids(np.arange(10_000)), 20)
    print(f"mRIDs of 10 000 meters: {identities * 1e3:.2f} ms")
    print(f"import simulator.readings: {min(import_s() for _ in range(5)):.3f} s [0.15]")


if __name__ == "__main__":
    main()

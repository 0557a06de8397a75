"""How cost grows with meters, days and reading types, and memory with the fleet: `python -m benchmarks.growth`.

    --plot FILE     draws the curves (needs matplotlib)

The exponent of a curve is its slope where both axes are logarithmic: 1 is linear, less is better. It is a ratio of
times of one run, so a slow machine changes nothing. Part of `make bench`.
"""

import argparse
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.generation import FLEET, ZONE, best_s, days, of_class, read
from benchmarks.report import Figure, ratio_of_at_most, table
from simulator.cim.reading_type import ReadingType
from simulator.fleet import Fleet, FleetSpec
from simulator.quantities import channel
from simulator.readings import reading_blocks

LOAD_PROFILE = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
QUARTER_HOURS = tuple(
    f"0.0.2.4.{direction}.1.12.0.0.0.0.0.0.0.0.{multiplier}.{unit}.0"
    for multiplier in (0, 3)
    for direction, unit in ((1, 72), (19, 72), (15, 73), (16, 73), (17, 73), (18, 73), (4, 72), (20, 72))
)
"""Reading types that a prosumer's meter delivers every quarter of an hour: forward, reverse, four quadrants ..."""
METERS = (100, 1_000, 10_000, 100_000)
DAYS = (1, 4, 16, 64, 256, 1_024)
TYPES = (1, 2, 4, 8, 16)
FLEETS = (1_000, 10_000_000)
SPREAD = 1_000
"""Meters that are read of a fleet of any size, from its first to its last."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Seconds for each size of something."""

    of: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """The slope of the best straight line through the logarithms of the larger half, beyond fixed costs."""
        half = len(self.sizes) // 2
        return float(np.polyfit(np.log(self.sizes[half:]), np.log(self.seconds[half:]), 1)[0])


def growths(runs: int) -> Iterator[Growth]:
    """Cost by meters, by days, by reading types, all else equal."""
    quarter_hours = channel(ReadingType.parse(LOAD_PROFILE))
    day = days(1, [quarter_hours])
    yield Growth("meters", METERS, tuple(best_s(lambda n=n: read(FLEET, range(n), day), runs) for n in METERS))
    spans = [days(count, [quarter_hours]) for count in DAYS]
    yield Growth("days", DAYS, tuple(best_s(lambda span=span: read(FLEET, range(20), span), runs) for span in spans))
    fleet = of_class("solar_prosumer")
    channels = [channel(ReadingType.parse(code)) for code in QUARTER_HOURS]
    wanted = [days(1, channels[:count], fleet) for count in TYPES]
    yield Growth(
        "reading types", TYPES, tuple(best_s(lambda one=one: read(fleet, range(500), one), runs) for one in wanted)
    )


def traced_mb(meters: int) -> float:
    """What Python allocates at most, in MB, to make a fleet and to read a thousand of its meters for a day."""
    series = days(1, [channel(ReadingType.parse(LOAD_PROFILE))])  # its caches are not the fleet's
    tracemalloc.start()
    try:
        fleet = Fleet(FleetSpec(meters, zone=ZONE))
        for _ in reading_blocks(fleet, range(0, meters, meters // SPREAD), series):
            pass
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def resident_mb(meters: int) -> float:
    """The most that a process of its own had in memory that does nothing else."""
    code = (
        "import os; from benchmarks.growth import *; from benchmarks.processes import peak_mb; "
        f"series = days(1, [channel(ReadingType.parse(LOAD_PROFILE))]); fleet = Fleet(FleetSpec({meters}, zone=ZONE)); "
        f"[None for _ in reading_blocks(fleet, range(0, {meters}, {meters // SPREAD}), series)]; "
        "print(peak_mb(os.getpid()))"
    )
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


def growth_figures(curves: Sequence[Growth]) -> Iterator[Figure]:
    """The exponents, and what memory does."""
    for curve in curves:
        note = f"{curve.seconds[-1] * 1e3:.0f} ms for {curve.sizes[-1]:,}"
        yield Figure(f"cost grows with {curve.of} to the power of", curve.exponent, "", ratio_of_at_most(1.15), note)
    for what, measured in (("allocated", traced_mb), ("resident", resident_mb)):
        small, large = (measured(meters) for meters in FLEETS)
        yield Figure(f"{what}, 1,000 of 10,000,000 meters", large, "MB")
        yield Figure("  compared with a fleet of 1,000", large / small, "x", ratio_of_at_most(1.1))


def draw(curves: Sequence[Growth], file: Path) -> None:
    """The curves beside straight lines, both axes logarithmic."""
    import matplotlib.pyplot as plt  # drawing is no part of measuring
    from matplotlib.ticker import NullFormatter

    figure, all_axes = plt.subplots(1, len(curves), figsize=(12, 3.6), layout="constrained")
    for axes, curve in zip(all_axes, curves, strict=True):
        sizes, milliseconds = np.array(curve.sizes), np.array(curve.seconds) * 1e3
        axes.loglog(sizes, milliseconds[-1] * sizes / sizes[-1], color="#bbbbbb", linestyle="--", label="linear")
        axes.loglog(sizes, milliseconds, color="#4c78a8", marker="o", label="measured")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter("{x:,g}")
            axis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(curve.of)
        axes.grid(alpha=0.3)
    all_axes[0].set_ylabel("milliseconds, one core")
    all_axes[0].legend(frameon=False)
    titles = ("a day of quarter-hours", "quarter-hours of 20 meters", "a day of 500 prosumers")
    for axes, title in zip(all_axes, titles, strict=True):
        axes.set_title(title, fontsize=10)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110, metadata={"Software": None})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description="Measure how cost grows.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--plot", type=Path, help="where the curves are drawn")
    options = parser.parse_args()
    curves = list(growths(options.runs))
    for curve in curves:
        times = (f"{size:,} {seconds * 1e3:.2f} ms" for size, seconds in zip(curve.sizes, curve.seconds, strict=True))
        print(f"{curve.of}: {', '.join(times)}")
    figures = list(growth_figures(curves))
    print(table(figures))
    if options.plot is not None:
        draw(curves, options.plot)
    return 1 if any(figure.fails for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())

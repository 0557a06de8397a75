"""Draws the gallery of docs/simulation.md and docs/defects.md: `make plots`, or `python -m plots.gallery [FOLDER]`.

Every number is computed as a reading would be: differences of registers of a fleet with seed 1 in Amsterdam.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from plots.defects import draw_defects
from plots.pictures import save
from plots.truth_pictures import draw_arrival, draw_bypass
from simulator.cascade.flows import Flow, FlowPlan
from simulator.cim.reading_type import ReadingType
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.fleet.object_mrids import Kind
from simulator.fleet.topology import Topology
from simulator.local_time import DAY_S
from simulator.meter_class import METER_CLASSES, MeterClass
from simulator.outage_events import outage_events
from simulator.outages import REALISTIC, Node, Outage, Restoration
from simulator.quantities import channel
from simulator.readings import period_series, reading_blocks

ZONE: Final = "Europe/Amsterdam"
QUARTER_S: Final = 900
SHOWN: Final = 3  # the meter whose curve is drawn
STREET: Final = 200  # the meters whose mean is drawn beside it
WINTER, SUMMER = date(2026, 1, 12), date(2026, 7, 6)  # Mondays
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LOAD_PROFILE: Final = ReadingType.parse("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0")
FAILS_S: Final = 17 * 3_600 + 7 * 60  # since midnight
BACK_S: Final = 18 * 3_600 + 20 * 60
RESTORED_EVERY_S: Final = 1_500
TOWN: Final = {  # meters of each class, of a small town
    "residential": 1_300,
    "solar_prosumer": 350,
    "electric_vehicle": 180,
    "heat_pump": 150,
    "commercial": 60,
    "street_lighting": 25,
    "industrial": 1,
}
COLOURS: Final = {
    "residential": "#4c78a8",
    "solar_prosumer": "#eeca3b",
    "electric_vehicle": "#54a24b",
    "heat_pump": "#e45756",
    "commercial": "#b279a2",
    "street_lighting": "#9d755d",
    "industrial": "#767676",
}


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean power of quarter-hours, (meters, quarters): kW, or litres an hour; negative from the customer."""

    hours: NDArray[np.float64]  # since the first midnight, of the middle of each quarter
    power: NDArray[np.float64]


def fleet_of(name: str, meters: int) -> Fleet:
    """A fleet of one class."""
    shares = ((name, 10_000),)
    template = MeterTemplate(name=name, count=meters, shares=shares)
    return Fleet(FleetSpec(meters, seed=1, zone=ZONE, templates=(template,)))


def curve(fleet: Fleet, meters: range, first: date, days: int) -> Curve:
    """What meters of a fleet take, less what they give."""
    start = fleet.calendar.start_of(first)
    instants = np.arange(start, start + days * DAY_S + 1, QUARTER_S)
    forward, reverse, volume = FlowPlan(fleet, (Flow.FORWARD, Flow.REVERSE, Flow.VOLUME), instants).cumulative(meters)
    per_hour = np.diff(forward - reverse + volume * 1_000, axis=1) * (3_600 / QUARTER_S)
    return Curve((np.arange(per_hour.shape[1]) + 0.5) * QUARTER_S / 3_600, per_hour / 1e6)


def unit_of(meter_class: MeterClass) -> str:
    """What a curve of this class is measured in."""
    return "l/h" if Flow.VOLUME in meter_class.flows else "kW"


def draw_week(meter_class: MeterClass, folder: Path) -> None:
    """A week in winter and one in summer: one meter, and the mean of a street of them."""
    fleet = fleet_of(meter_class.name, STREET)
    figure, rows = plt.subplots(2, 1, figsize=(11, 5), sharex=True, sharey=True, layout="constrained")
    for axes, first in zip(rows, (WINTER, SUMMER), strict=True):
        found = curve(fleet, range(STREET), first, 7)
        axes.plot(found.hours, found.power[SHOWN], color="#4c78a8", linewidth=0.9, label="one meter")
        axes.plot(found.hours, found.power.mean(axis=0), color="#e45756", linewidth=1.4, label=f"mean of {STREET}")
        axes.axhline(0, color="black", linewidth=0.5)
        axes.set_title(f"{meter_class.name}, week of {first:%d %B %Y}", fontsize=10, loc="left")
        axes.set_ylabel(unit_of(meter_class))
        label_days(axes, 7)
    handles, labels = rows[0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=8, loc="outside lower center", ncols=2)
    save(figure, folder / f"week-{meter_class.name}.png")


def label_days(axes: Axes, days: int) -> None:
    """Midnights as grid lines, names of days between them."""
    axes.set_xlim(0, days * 24)
    axes.set_xticks(range(0, days * 24 + 1, 24), [""] * (days + 1))
    axes.set_xticks([12 + 24 * day for day in range(days)], [WEEKDAYS[day % 7] for day in range(days)], minor=True)
    axes.tick_params(axis="x", which="minor", length=0)
    axes.grid(visible=True, which="major", linewidth=0.4)


def draw_year(meter_class: MeterClass, folder: Path) -> None:
    """A year of one meter: days from left to right, the local day from bottom to top."""
    fleet = fleet_of(meter_class.name, STREET)
    first, after = date(2025, 1, 1), date(2026, 1, 1)
    days = (after - first).days
    columns = np.full((96, days), np.nan)
    found = curve(fleet, range(SHOWN, SHOWN + 1), first, days).power[0]
    at = 0
    midnights = [fleet.calendar.start_of(date.fromordinal(first.toordinal() + day)) for day in range(days + 1)]
    for day, quarters in enumerate((np.diff(midnights) // QUARTER_S).tolist()):
        shown = min(quarters, 96)
        columns[:shown, day] = found[at : at + shown]
        at += quarters
    signed = bool(np.nanmin(columns) < 0)
    most = float(np.nanpercentile(np.abs(columns), 99.5))
    figure, axes = plt.subplots(figsize=(11, 3.6), layout="constrained")
    image = axes.imshow(
        columns,
        aspect="auto",
        origin="lower",
        cmap="RdYlBu_r" if signed else "inferno",
        vmin=-most if signed else 0,
        vmax=most,
        extent=(0, days, 0, 24),
        interpolation="nearest",
    )
    starts = [(date(2025, month, 1) - first).days for month in range(1, 13)]
    axes.set_xticks(starts, [f"{date(2025, month, 1):%b}" for month in range(1, 13)])
    axes.set_yticks(range(0, 25, 6))
    axes.set_ylabel("hours since midnight")
    axes.set_title(f"{meter_class.name}, a meter's year", fontsize=10, loc="left")
    figure.colorbar(image, label=unit_of(meter_class))
    save(figure, folder / f"year-{meter_class.name}.png")


def draw_town(folder: Path) -> None:
    """The sum of a small town over a winter's and a summer's day and week, by class."""
    fleets = {name: fleet_of(name, meters) for name, meters in TOWN.items()}
    for days, name in ((1, "town-day.png"), (7, "town-week.png")):
        figure, rows = plt.subplots(2, 1, figsize=(11, 6), sharex=True, sharey=True, layout="constrained")
        for axes, first in zip(rows, (WINTER, SUMMER), strict=True):
            found = {one: curve(fleet, range(len(fleet)), first, days) for one, fleet in fleets.items()}
            stack_classes(axes, found)
            axes.set_title(f"a town of {sum(TOWN.values())} meters from {first:%A %d %B %Y}", fontsize=10, loc="left")
            axes.set_ylabel("MW")
            if days == 1:
                axes.set_xlim(0, 24)
                axes.set_xticks(range(0, 25, 3))
                axes.grid(visible=True, linewidth=0.4)
            else:
                label_days(axes, days)
        handles, labels = rows[0].get_legend_handles_labels()
        figure.legend(handles, labels, fontsize=8, loc="outside lower center", ncols=len(labels))
        save(figure, folder / name)


def draw_outage(folder: Path) -> None:
    """A street whose feeder fails: what it takes, and when the head end hears of the loss and of the restoration."""
    town = Topology(usage_points_per_transformer=10, transformers_per_feeder=15, feeders_per_substation=2)
    fleet = Fleet(FleetSpec(STREET, seed=1, zone=ZONE, topology=town))
    midnight = fleet.calendar.start_of(WINTER)
    start = datetime.fromtimestamp(midnight, fleet.calendar.zone)
    (series,) = period_series(
        [channel(LOAD_PROFILE)],
        start,
        start + timedelta(days=1),
        calendar=fleet.calendar,
        installed=fleet.installed,
        now=start + timedelta(days=2),
    )
    outage = Outage(
        Node(Kind.FEEDER, 0),
        midnight + FAILS_S,
        midnight + BACK_S,
        reclosings_s=(2, 20),
        restoration=Restoration(steps=3, every_s=RESTORED_EVERY_S),
        reporting=REALISTIC,
    )
    failed = FieldHistory(outages=(outage,))
    figure, (load, told) = plt.subplots(2, 1, figsize=(11, 5.4), layout="constrained")
    hours = (series.stamps - midnight - QUARTER_S / 2) / 3_600
    for history, style in (
        (UNDISTURBED, {"linestyle": ":", "label": "without"}),
        (failed, {"label": "with an outage"}),
    ):
        blocks = reading_blocks(fleet, range(STREET), [series], history)
        street_kw = sum(block.values[0].sum(axis=0) for block in blocks) * (3_600 / QUARTER_S) / 1_000
        load.plot(hours, street_kw, color="#4c78a8", linewidth=1.2, **style)
    fed = len(outage.node.meters(fleet))
    load.set_title(f"{STREET} homes, {fed} of them on a feeder that fails at 17:07", fontsize=10, loc="left")
    load.set_ylabel("kW")
    load.set_ylim(bottom=0)
    load.set_xlim(0, 24)
    load.set_xticks(range(0, 25, 3))
    events = outage_events(fleet, failed, range(STREET), midnight, midnight + DAY_S)
    for code, label, colour in (("3.26.0.85", "last gasps", "#e45756"), ("3.26.0.216", "restorations", "#54a24b")):
        heard = np.sort(events.of_type(code).heard)
        at = (np.concatenate(([midnight + 16 * 3_600], heard, [midnight + 20 * 3_600])) - midnight) / 3_600
        told.step(at, np.append(np.arange(len(heard) + 1), len(heard)), where="post", color=colour, label=label)
    told.axhline(fed, color="black", linewidth=0.5, linestyle=":")
    told.set_title("events that the head end has heard of", fontsize=10, loc="left")
    told.set_ylabel("meters")
    told.set_xlim(16.5, 20)
    told.set_xticks(
        np.arange(16.5, 20.1, 0.5), [f"{int(hour)}:{int(hour * 60) % 60:02d}" for hour in np.arange(16.5, 20.1, 0.5)]
    )
    for axes in (load, told):
        axes.grid(visible=True, linewidth=0.4)
        axes.legend(fontsize=8, loc="upper left")
    save(figure, folder / "outage.png")


def stack_classes(axes: Axes, found: Mapping[str, Curve]) -> None:
    """What classes take, stacked upwards; what they give, downwards; their sum as a line."""
    hours = next(iter(found.values())).hours
    sums = {name: one.power.sum(axis=0) / 1_000 for name, one in found.items()}
    colours = [COLOURS[name] for name in sums]
    axes.stackplot(hours, [np.maximum(one, 0) for one in sums.values()], labels=list(sums), colors=colours, alpha=0.85)
    axes.stackplot(hours, [np.minimum(one, 0) for one in sums.values()], colors=colours, alpha=0.85)
    axes.plot(hours, np.sum(list(sums.values()), axis=0), color="black", linewidth=1.2)
    axes.axhline(0, color="black", linewidth=0.5)


def main() -> None:
    """Draw everything."""
    parser = argparse.ArgumentParser(description="Draw the gallery of the simulator.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/gallery"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for meter_class in METER_CLASSES.values():
        draw_week(meter_class, folder)
        draw_year(meter_class, folder)
    draw_town(folder)
    draw_outage(folder)
    draw_arrival(folder)
    draw_bypass(folder)
    draw_defects(folder)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main()

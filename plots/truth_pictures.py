"""Pictures of what goes wrong between a customer and a head end: values that come late, energy that no meter counts."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import matplotlib.pyplot as plt
import numpy as np

from plots.pictures import save
from simulator.cascade.bypass import bypasses_among
from simulator.cascade.flows import Flow, FlowPlan
from simulator.conditions import REALISTIC
from simulator.customers import Customers, Theft
from simulator.fleet import Fleet, FleetSpec
from simulator.links import heard
from simulator.local_time import DAY_S

ZONE: Final = "Europe/Amsterdam"
QUARTER_S: Final = 900
METERS: Final = 2_000
SHOWN: Final = 80
DAY: Final = date(2026, 1, 12)
HOURS: Final = 72


def draw_bypass(folder: Path) -> None:
    """The week in which somebody begins to take energy past the meter: what flows, and what the meter counts."""
    fleet = Fleet(FleetSpec(METERS, seed=1, zone=ZONE, customers=Customers(theft=Theft(share=200))))
    found = bypasses_among(fleet, np.arange(METERS))
    boldest = int(np.argmax(np.where(found.since > fleet.calendar.start_of(date(2022, 1, 1)), found.taken, 0)))
    meter, since = found.rows[boldest : boldest + 1], int(found.since[boldest])
    first = datetime.fromtimestamp(since, fleet.calendar.zone).date() - timedelta(days=3)
    start = fleet.calendar.start_of(first)
    instants = np.arange(start, start + 7 * DAY_S + 1, QUARTER_S)
    plan = FlowPlan(fleet, (Flow.FORWARD,), instants)
    hours = (np.arange(len(instants) - 1) + 0.5) * QUARTER_S / 3_600
    figure, axes = plt.subplots(figsize=(11, 3.2), layout="constrained")
    (flowed,), (registered,) = plan.delivered(meter), plan.cumulative(meter)
    flowed_kw, registered_kw = (np.diff(one[0]) * (3_600 / QUARTER_S) / 1e6 for one in (flowed, registered))
    axes.fill_between(hours, registered_kw, flowed_kw, color="#e45756", alpha=0.5, linewidth=0, label="past the meter")
    axes.plot(hours, flowed_kw, color="#e45756", linewidth=0.9, label="flowed")
    axes.plot(hours, registered_kw, color="#4c78a8", linewidth=1.1, label="registered")
    axes.axvline((since - start) / 3_600, color="black", linewidth=0.8, linestyle=":")
    percent = 100 * int(found.taken[boldest]) // 256
    began = f"{first + timedelta(days=3):%d %B %Y}"
    axes.set_title(f"a home with a bypass since {began}: {percent} % is not counted", fontsize=10, loc="left")
    axes.set_ylabel("kW")
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, 7 * 24)
    axes.set_xticks(
        range(0, 7 * 24 + 1, 24), [*(f"{first + timedelta(days=day):%a}" for day in range(7)), ""], ha="left"
    )
    axes.grid(visible=True, linewidth=0.4)
    axes.legend(fontsize=8, loc="upper left")
    save(figure, folder / "bypass.png")


def draw_arrival(folder: Path) -> None:
    """A day of a realistic fleet: how much of it the head end has from hour to hour, and what lacks at midnight."""
    fleet = Fleet(FleetSpec(METERS, seed=1, zone=ZONE, conditions=REALISTIC))
    midnight = fleet.calendar.start_of(DAY)
    stamps = np.arange(midnight + QUARTER_S, midnight + DAY_S + 1, QUARTER_S)
    heard_at = heard(fleet, np.arange(METERS), stamps)
    figure, (curve, lacking) = plt.subplots(
        1, 2, figsize=(11, 3.6), layout="constrained", gridspec_kw={"width_ratios": (3, 2)}
    )
    marks = np.arange(0, HOURS * 4 + 1) / 4
    had = np.searchsorted(np.sort(heard_at.ravel()), midnight + marks * 3_600, side="right") / heard_at.size
    due = np.searchsorted(stamps, midnight + marks * 3_600, side="right") / len(stamps)
    curve.plot(marks, due * 100, color="#767676", linewidth=1, linestyle=":", label="stamped")
    curve.plot(marks, had * 100, color="#4c78a8", linewidth=1.4, label="heard by the head end")
    for hour in (24, 48, 72):
        share = float(had[hour * 4]) * 100
        at_the_edge = hour == HOURS
        curve.annotate(
            f"{share:.2f} %",
            (hour, share),
            xytext=(-4 if at_the_edge else 6, -14),
            textcoords="offset points",
            ha="right" if at_the_edge else "left",
            fontsize=8,
        )
    curve.set_xlim(0, HOURS)
    curve.set_xticks(range(0, HOURS + 1, 12))
    curve.set_ylim(0, 105)
    curve.set_xlabel("hours since the day began")
    curve.set_ylabel("% of its quarter-hours")
    curve.set_title(f"{METERS} meters, realistic: the values of {DAY:%d %B %Y}", fontsize=10, loc="left")
    curve.grid(visible=True, linewidth=0.4)
    curve.legend(fontsize=8, loc="lower right")
    missing = heard_at[:SHOWN] > midnight + DAY_S
    lacking.imshow(missing, aspect="auto", cmap="Greys", interpolation="nearest", extent=(0, 24, SHOWN, 0))
    lacking.set_xticks(range(0, 25, 6))
    lacking.set_xlabel("hour of the day")
    lacking.set_ylabel("meter")
    lacking.set_title("black: not there at midnight", fontsize=10, loc="left")
    save(figure, folder / "arrival.png")

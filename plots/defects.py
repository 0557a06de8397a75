"""One day of a meter with each kind of defect, for docs/defects.md: what it should deliver, and what it does."""

from datetime import datetime
from pathlib import Path
from typing import Final

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from simulator.cim.reading_type import ReadingType
from simulator.defects import KINDS, Defect, FieldDefects, a_defect
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet, FleetSpec
from simulator.local_time import HOUR_S
from simulator.observation import Observation, ObservedSeries
from simulator.quantities import channel
from simulator.readings import Series, period_series, reading_blocks

_METER: Final = 7
_QUARTER: Final = ReadingType.parse("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0")
_SNAPSHOT: Final = ReadingType.parse("0.0.2.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0")
_DAY: Final = (datetime(2026, 6, 3), datetime(2026, 6, 4))  # noqa: DTZ001 (the fleet's zone is added)
_HOURS: Final = {  # of the day in which each begins and ends; 9 to 15 for all others
    "spike": (18.1, 18.2),
    "negative": (18.1, 18.2),
    "register_rollover": (12.1, 12.2),
    "meter_change_inside_interval": (12.1, 12.2),
    "missing_midnight_register": (18, 30),
    "clock_set_forward": (-24, 15),
    "clock_set_back": (-24, 15),
}
_PARAMETERS: Final[dict[str, dict[str, int]]] = {
    "spike": {"factor": 8},
    "interval_sum_mismatch": {"percent": 30},
    "wrong_multiplier": {"times": 4},
    "clock_set_forward": {"offset_s": 2 * HOUR_S},
    "clock_set_back": {"offset_s": 2 * HOUR_S},
    "late": {"delay_s": 40 * 24 * HOUR_S},
    "revised_after_estimate": {"revised_after_s": 40 * 24 * HOUR_S},
}


def draw_defects(folder: Path) -> None:
    """Draws `defects.png`."""
    fleet = Fleet(FleetSpec(100, seed=1, zone="Europe/Amsterdam"))
    start, end = (one.replace(tzinfo=fleet.calendar.zone) for one in _DAY)
    asked = period_series(
        [channel(_QUARTER), channel(_SNAPSHOT)],
        start,
        end,
        calendar=fleet.calendar,
        installed=fleet.installed,
        now=end,
    )
    midnight = int(start.timestamp())
    figure, grid = plt.subplots(4, 4, figsize=(18, 12), layout="constrained")
    for axes, kind in zip(grid.flat, KINDS, strict=True):
        begins, ends = _HOURS.get(kind, (9, 15))
        defect = a_defect(
            kind, midnight + round(begins * HOUR_S), midnight + round(ends * HOUR_S), _PARAMETERS.get(kind)
        )
        _draw(axes, fleet, asked, defect, midnight, int(end.timestamp()))
    figure.savefig(folder / "defects.png", dpi=64, metadata={"Software": None})
    plt.close(figure)


def _draw(axes: Axes, fleet: Fleet, asked: list[Series], defect: Defect, midnight: int, now: int) -> None:
    observation = Observation(now, disturbances=FieldDefects(fleet, FieldHistory(defects={_METER: [defect]})))
    (block,) = reading_blocks(fleet, np.array([_METER]), asked, observation=observation)
    sound = [ObservedSeries(one.stamps, values[0]) for one, values in zip(asked, block.values, strict=True)]
    delivered = block.observed.get(0, tuple(sound))
    axes.plot((sound[0].stamps - midnight) / HOUR_S, 4 * sound[0].values, color="#bbbbbb", linewidth=5)
    hours, power = (delivered[0].stamps - midnight) / HOUR_S, 4.0 * delivered[0].values
    gaps = np.flatnonzero(np.diff(hours) > 0.3) + 1  # no line across what is missing
    hours, power = np.insert(hours, gaps, np.nan), np.insert(power, gaps, np.nan)
    axes.plot(hours, power, ".-", color="#e45756", linewidth=1)
    axes.set_title(defect.kind)
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 6))
    axes.set_ylabel("W, mean of quarter-hours")
    register = axes.twinx()
    first = int(sound[1].values[0])
    for one, colour, width in ((sound[1], "#d8e4f0", 5), (delivered[1], "#4c78a8", 1)):
        register.plot(
            (one.stamps - midnight) / HOUR_S, (one.values - first) / 1_000, ".", color=colour, markersize=width + 1
        )
    register.set_ylabel("kWh since midnight")

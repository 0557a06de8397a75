"""What the meters of the procedures really count, worked out here and not asked of the head end."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np

from simulator.fleet import Fleet
from simulator.fleet.fleet_file import read_fleet
from simulator.local_time import epoch_seconds
from simulator.registers import cumulative_mwh, register_wh

QUARTER = timedelta(minutes=15)


@cache
def fleet() -> Fleet:
    """The fleet of the procedures."""
    return Fleet(read_fleet(Path(__file__).with_name("fleet.yaml")))


def counted_wh(meter: str, *instants: datetime) -> list[int]:
    """Forward energy of a meter that was never without supply, at ascending instants."""
    index = fleet().index_of_name(meter)
    assert index is not None, f"there is no meter {meter}"
    at = np.array([epoch_seconds(one) for one in instants], np.int64)
    return [int(one) for one in register_wh(cumulative_mwh(fleet(), np.array([index]), at))[0]]


def register_kwh(meter: str, instant: datetime) -> Decimal:
    """The register as a reading tells it."""
    return Decimal(counted_wh(meter, instant)[0]).scaleb(-3)


def quarters_wh(meter: str, start: datetime, end: datetime) -> list[tuple[datetime, Decimal]]:
    """Stamp and energy of each quarter of an hour in (start, end]."""
    bounds = [start + number * QUARTER for number in range((end - start) // QUARTER + 1)]
    registers = counted_wh(meter, *bounds)
    pairs = zip(bounds[1:], registers, registers[1:], strict=False)
    return [(stamp, Decimal(after - before)) for stamp, before, after in pairs]

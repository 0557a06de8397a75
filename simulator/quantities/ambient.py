"""What a meter measures of its surroundings: voltage, frequency, temperature, pressure, signal strength.

Nothing of it is made of energy. Each is a usual value plus waves: noise at fixed knots in time, straight in
between, so a value at any instant is found from two draws a wave and neighbours in time resemble each other.
What belongs to the line (voltage, frequency, distortion) is zero while the line is dead.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import noise
from simulator.cascade.flow import Flow
from simulator.fleet import Fleet
from simulator.local_time import HOUR_S, Instants
from simulator.noise import Purpose, Words
from simulator.quantities.metered import Block, Computation, Samples, View
from simulator.quantities.phases import Phase
from simulator.quantities.whole_roots import whole_root

_LANES: Final = 16  # how many waves share one purpose
_MILLION: Final = 1_000_000
_MEAN_YEAR_S: Final = 31_556_952
# How far the voltage of a low-voltage feeder departs from nominal by the hour, in millionths: low in the evening.
_FEEDER_PPM: Final = (
    np.array((6, 7, 8, 8, 8, 7, 3, -1, -2, -1, 0, 1, 0, 0, 1, 0, -3, -8, -12, -13, -11, -7, -2, 3), np.int64) * 1_000
)


def wave(key: Words, spacing_s: int, instants: Instants, lane: int = 0) -> NDArray[np.int64]:
    """Smooth noise, -128 to 127, for each key (meters,) and instant: (meters, instants)."""
    knot, beyond = np.divmod(instants, spacing_s)
    here = noise.top_byte(noise.draw(key[:, np.newaxis], knot * _LANES + lane))
    there = noise.top_byte(noise.draw(key[:, np.newaxis], (knot + 1) * _LANES + lane))
    between: NDArray[np.int64] = (here * (spacing_s - beyond) + there * beyond) // spacing_s - 128
    return between


def _own(key: Words) -> NDArray[np.int64]:
    """What a meter always has, -128 to 127, (meters, 1)."""
    return (noise.top_byte(noise.mix(key.copy())) - 128)[:, np.newaxis]


def _season(table: tuple[int, ...], instants: Instants) -> NDArray[np.int64]:
    """Twelve values of mid-months, straight in between."""
    values = np.array((*table, table[0]), np.int64)
    # Counted from the middle of a January; leap days shift it by less than a day.
    month, within = np.divmod((instants - 15 * 86_400) % _MEAN_YEAR_S * 12, _MEAN_YEAR_S)
    between: NDArray[np.int64] = values[month] + (values[month + 1] - values[month]) * within // _MEAN_YEAR_S
    return between


def _of_line(values: NDArray[np.int64], block: Block, instants: Instants) -> NDArray[np.int64]:
    """Values (meters, instants) of the line itself: zero while it is dead."""
    if block.disturbed:
        values[block.without_power(instants)] = 0
    return values


class AmbientQuantity(ABC):
    """A quantity that needs no flow."""

    __slots__ = ()

    @abstractmethod
    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """Its values, (meters, instants)."""

    def at(self, samples: Samples, _fleet: Fleet, /) -> Computation:
        """See Quantity."""
        return _AmbientComputation(self, samples.ends)


class _AmbientComputation:
    __slots__ = ("_ends", "_quantity", "flows", "instants")

    def __init__(self, quantity: AmbientQuantity, ends: Instants) -> None:
        self._quantity = quantity
        self._ends = ends
        self.flows: tuple[Flow, ...] = ()
        self.instants = np.empty(0, np.int64)

    def values(self, view: View) -> NDArray[np.int64]:
        """See Computation."""
        return self._quantity.measured(view.block, self._ends)


@dataclass(frozen=True, slots=True)
class Voltage(AmbientQuantity):
    """Millivolts of a phase against neutral, within four per cent of nominal; or between two phases."""

    phase: Phase
    other: Phase | None = None

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        return _of_line(self.millivolts(block, instants), block, instants)

    def millivolts(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """What the voltage is or would be if the line had power, (meters, instants)."""
        one = self._against_neutral(block, instants, self.phase)
        if self.other is None:
            return one
        other = self._against_neutral(block, instants, self.other)
        # Phases are 120 degrees apart: |a - b|2 = a2 + b2 + ab.
        return whole_root(one * one + other * other + one * other)

    @staticmethod
    def _against_neutral(block: Block, instants: Instants, phase: Phase) -> NDArray[np.int64]:
        key = noise.key_for(block.keys, Purpose.VOLTAGE)
        nominal_v = block.of_class({one: one.nominal_voltage_v for one in block.fleet.classes})
        ppm = _own(key) * 100 + _FEEDER_PPM[_hours(block.fleet, instants)]
        ppm = ppm + wave(key, 3 * HOUR_S, instants, lane=4 + phase) * 60
        ppm += wave(key, 300, instants, lane=phase) * 20
        millivolts: NDArray[np.int64] = nominal_v * (_MILLION + ppm) // 1_000
        return millivolts


def _hours(fleet: Fleet, instants: Instants) -> NDArray[np.int64]:
    """Hours since the local midnight, 23 at most."""
    if not len(instants):
        return instants
    days = fleet.calendar.days(int(instants.min()), int(instants.max()))
    hours: NDArray[np.int64] = np.minimum((instants - days.midnights[days.locate(instants)]) // HOUR_S, 23)
    return hours


@dataclass(frozen=True, slots=True)
class VoltageAngle(AmbientQuantity):
    """Tenths of a degree against phase A: 0, -1200, 1200."""

    phase: Phase

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        angle = np.full((len(block.meters), len(instants)), (0, -1_200, 1_200)[self.phase], np.int64)
        return _of_line(angle, block, instants)


@dataclass(frozen=True, slots=True)
class Frequency(AmbientQuantity):
    """Millihertz, within 50 mHz of nominal and the same for all meters: they hang on one grid."""

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        key = noise.key_for(block.fleet.key, Purpose.FREQUENCY)
        # Where customers are given less than 200 V, grids run at 60 Hz.
        nominal_v = block.of_class({one: one.nominal_voltage_v for one in block.fleet.classes})
        nominal_mhz = np.where(nominal_v < 200, 60_000, 50_000)
        millihertz: NDArray[np.int64] = (
            nominal_mhz + wave(key, 900, instants) * 25 // 128 + wave(key, 60, instants, lane=1) * 15 // 128
        )
        return _of_line(millihertz, block, instants)


@dataclass(frozen=True, slots=True)
class Temperature(AmbientQuantity):
    """Tenths of a degree Celsius of what flows, or of the inside of an electricity meter."""

    season_ddeg: tuple[int, ...]  # 12 values of mid-months, northern

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        key = noise.key_for(block.keys, Purpose.WARMTH)
        shared = noise.key_for(block.fleet.key, Purpose.WARMTH)
        value: NDArray[np.int64] = (
            _season(self.season_ddeg, instants)
            + wave(shared, 86_400, instants) * 30 // 128
            + wave(key, 6 * HOUR_S, instants) * 8 // 128
            + _own(key) * 10 // 128
        )
        return value


@dataclass(frozen=True, slots=True)
class Pressure(AmbientQuantity):
    """Pascals above the air, or absolute."""

    usual_pa: int
    spread_pa: int
    absolute: bool

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        key = noise.key_for(block.keys, Purpose.PRESSURE)
        gauge = (
            self.usual_pa
            + (_own(key) + wave(key, HOUR_S, instants) + wave(key, 300, instants, lane=1) // 2)
            * (self.spread_pa)
            // 320
        )
        if not self.absolute:
            return gauge
        air = noise.key_for(block.fleet.key, Purpose.PRESSURE)
        return gauge + 101_325 + wave(air, 86_400, instants) * 2_000 // 128


@dataclass(frozen=True, slots=True)
class SignalStrength(AmbientQuantity):
    """Decibels above a milliwatt at the meter's radio: -105 to -55."""

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        key = noise.key_for(block.keys, Purpose.SIGNAL)
        return -80 + (_own(key) * 20 + wave(key, HOUR_S, instants) * 5) // 128


@dataclass(frozen=True, slots=True)
class Distortion(AmbientQuantity):
    """Total harmonic distortion in hundredths of a per cent: of the voltage about 2 %, of the current 10 %."""

    phase: Phase
    of_current: bool

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        key = noise.key_for(block.keys, Purpose.DISTORTION)
        lane = self.phase + 4 * self.of_current
        swing = _own(key) + wave(key, HOUR_S, instants, lane) + wave(key, 300, instants, lane + 8) // 2
        return _of_line(1_000 + swing * 2 if self.of_current else 200 + swing // 3, block, instants)


@dataclass(frozen=True, slots=True)
class CalorificValue(AmbientQuantity):
    """Watt-hours in a cubic metre of gas, 10 900 to 11 500; the supplier tells it, so all meters have the same."""

    def measured(self, block: Block, instants: Instants) -> NDArray[np.int64]:
        """See AmbientQuantity."""
        key = noise.key_for(block.fleet.key, Purpose.CALORIFIC_VALUE)
        return np.repeat(11_200 + wave(key, 7 * 86_400, instants) * 300 // 128, len(block.meters), axis=0)

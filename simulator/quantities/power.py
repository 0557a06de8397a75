"""Power, power factor and current: what flowed in a stretch of time, over its length.

Over a measuring period power is the amount that the registers counted, so a quarter-hour of 250 Wh is 1000 W and
not 998. At an instant it is what flows in the five-minute slot around it, inside which the model holds power
constant; while a meter has no supply it is zero.

    S = root(P2 + Q2)     pf = P / S, 1 where nothing flows     I = S / V of a phase
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.flow import Flow
from simulator.cascade.progressions import as_slice
from simulator.fleet import Fleet
from simulator.local_time import HOUR_S, SLOT_S, Instants, in_order
from simulator.quantities.ambient import Voltage
from simulator.quantities.angles import angle_ddeg
from simulator.quantities.energy import Ratio, Term
from simulator.quantities.metered import Columns, Computation, Samples, View
from simulator.quantities.phases import Phase, on_phase
from simulator.quantities.whole_roots import hypotenuse, whole_root

_PER_UNIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Amounts an hour: W, var, or litres an hour."""

    terms: tuple[Term, ...]
    phase: Phase | None = None
    ratio: Ratio | None = None

    def at(self, samples: Samples, fleet: Fleet) -> Computation:
        """See Quantity."""
        return _RateComputation((self,), samples, fleet, lambda rates, _: rates[0])


@dataclass(frozen=True, slots=True)
class ApparentPower:
    """Volt-amperes: the hypotenuse of active and reactive power."""

    active: Rate
    reactive: Rate

    def at(self, samples: Samples, fleet: Fleet) -> Computation:
        """See Quantity."""
        return _RateComputation(
            (self.active, self.reactive),
            samples,
            fleet,
            lambda rates, _: hypotenuse(np.abs(rates[0]), np.abs(rates[1])),
        )


@dataclass(frozen=True, slots=True)
class PowerFactor:
    """Thousandths, 0 to 1000: active over apparent power."""

    apparent: ApparentPower

    def at(self, samples: Samples, fleet: Fleet) -> Computation:
        """See Quantity."""

        def factor(rates: list[NDArray[np.int64]], _view: View) -> NDArray[np.int64]:
            active, apparent = np.abs(rates[0]), _apparent(rates)
            return np.where(apparent > 0, 1_000 * active // np.maximum(apparent, 1), 1_000)

        return _RateComputation((self.apparent.active, self.apparent.reactive), samples, fleet, factor)


@dataclass(frozen=True, slots=True)
class Current:
    """Milliamperes on one phase: its apparent power over its voltage."""

    apparent: ApparentPower
    phase: Phase

    def at(self, samples: Samples, fleet: Fleet) -> Computation:
        """See Quantity."""
        parts = _on(self.apparent, self.phase)

        def current(rates: list[NDArray[np.int64]], view: View) -> NDArray[np.int64]:
            return _current_ma(rates, self.phase, samples.ends, view)

        return _RateComputation(parts, samples, fleet, current)


@dataclass(frozen=True, slots=True)
class NeutralCurrent:
    """Milliamperes in the neutral: what the three phases do not make up among themselves."""

    apparent: ApparentPower

    def at(self, samples: Samples, fleet: Fleet) -> Computation:
        """See Quantity."""
        parts = tuple(part for phase in Phase for part in _on(self.apparent, phase))

        def current(rates: list[NDArray[np.int64]], view: View) -> NDArray[np.int64]:
            a, b, c = (_current_ma(rates[2 * phase :], phase, samples.ends, view) for phase in Phase)
            # Three currents 120 degrees apart: |a + b + c|2 = a2 + b2 + c2 - ab - bc - ca.
            return whole_root(a * a + b * b + c * c - a * b - b * c - c * a)

        return _RateComputation(parts, samples, fleet, current)


@dataclass(frozen=True, slots=True)
class CurrentAngle:
    """Tenths of a degree by which the current of a phase lags behind its voltage (ahead: negative)."""

    active: Rate
    reactive: Rate
    phase: Phase

    def at(self, samples: Samples, fleet: Fleet) -> Computation:
        """See Quantity."""
        parts = (replace(self.active, phase=self.phase), replace(self.reactive, phase=self.phase))
        return _RateComputation(parts, samples, fleet, lambda rates, _: angle_ddeg(rates[0], rates[1]))


def _apparent(rates: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Of active and reactive power, the first two of `rates`."""
    return hypotenuse(np.abs(rates[0]), np.abs(rates[1]))


def _on(apparent: ApparentPower, phase: Phase) -> tuple[Rate, Rate]:
    return replace(apparent.active, phase=phase), replace(apparent.reactive, phase=phase)


def _current_ma(rates: list[NDArray[np.int64]], phase: Phase, instants: Instants, view: View) -> NDArray[np.int64]:
    current: NDArray[np.int64] = _apparent(rates) * 1_000_000 // Voltage(phase).millivolts(view.block, instants)
    return current


class _Combine(Protocol):
    def __call__(self, rates: list[NDArray[np.int64]], view: View, /) -> NDArray[np.int64]: ...


class _RateComputation:
    """Several rates over the same samples, and what they make together."""

    __slots__ = ("_combine", "_ends", "_length_s", "_rates", "_samples", "_starts", "flows", "instants")

    def __init__(self, rates: Sequence[Rate], samples: Samples, fleet: Fleet, combine: _Combine) -> None:
        self._rates = tuple(rates)
        self._samples = samples
        self._combine = combine
        self.flows: tuple[Flow, ...] = tuple(dict.fromkeys(flow for rate in rates for flow, _ in rate.terms))
        if samples.starts is None:
            starts = np.maximum((samples.ends - 1) // SLOT_S * SLOT_S, fleet.installed)
            ends = starts + SLOT_S
        else:
            starts, ends = samples.starts, samples.ends
        self._length_s = ends - starts
        self.instants = in_order(starts, ends)
        self._starts: Columns = as_slice(np.searchsorted(self.instants, starts))
        self._ends: Columns = as_slice(np.searchsorted(self.instants, ends))

    def values(self, view: View) -> NDArray[np.int64]:
        """See Computation."""
        return self._combine([self._rate(rate, view) for rate in self._rates], view)

    def _rate(self, rate: Rate, view: View) -> NDArray[np.int64]:
        total = np.zeros((len(view.block.meters), len(self._samples.ends)), np.int64)
        for flow, sign in rate.terms:
            one = self._in_slots(rate, flow, view) if self._samples.starts is None else self._over(rate, flow, view)
            total += one if sign > 0 else -one
        return total

    def _over(self, rate: Rate, flow: Flow, view: View) -> NDArray[np.int64]:
        """The mean over each sample, from the registers."""
        register = _shared(rate, view.register(flow), view)
        if rate.ratio is not None:
            register = rate.ratio.of(register)
        per_hour: NDArray[np.int64] = self._amount(register) * HOUR_S // self._length_s
        return per_hour

    def _in_slots(self, rate: Rate, flow: Flow, view: View) -> NDArray[np.int64]:
        """What flows at the end of each sample, exact as the flow is."""
        per_hour = self._amount(view.exact(flow)) * (HOUR_S // SLOT_S) // _PER_UNIT
        per_hour[view.block.without_supply(self._samples.ends)] = 0
        per_hour = _shared(rate, per_hour, view)
        return per_hour if rate.ratio is None else rate.ratio.of(per_hour)

    def _amount(self, counted: NDArray[np.int64]) -> NDArray[np.int64]:
        difference: NDArray[np.int64] = counted[:, self._ends] - counted[:, self._starts]
        return difference


def _shared(rate: Rate, whole: NDArray[np.int64], view: View) -> NDArray[np.int64]:
    return whole if rate.phase is None else on_phase(whole, rate.phase, view.block.keys, view.block.three_phase)

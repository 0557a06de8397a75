"""Energy and volume as registers and as intervals: all of them combinations of the registers of single flows.

Registers are rounded down before they are combined, so net = forward - reverse holds to the digit.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.cascade.flow import Flow
from simulator.cascade.progressions import as_slice
from simulator.fleet import Fleet
from simulator.local_time import Instants, in_order
from simulator.quantities.metered import Columns, Computation, Samples, View
from simulator.quantities.phases import Phase, on_phase

Term = tuple[Flow, int]  # a flow and its sign


@dataclass(frozen=True, slots=True)
class Ratio:
    """A unit that is not a power of ten of the register's: value = register * times // over."""

    times: int
    over: int

    def of(self, registers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Registers in the unit, rounded down. Registers, not intervals, so that intervals add up."""
        return registers * self.times // self.over


@dataclass(frozen=True, slots=True)
class MeteredAmount:
    """A register, or its differences: Wh, varh or litres."""

    terms: tuple[Term, ...]
    phase: Phase | None = None
    ratio: Ratio | None = None

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The flows of its terms."""
        return tuple(flow for flow, _ in self.terms)

    def at(self, samples: Samples, _fleet: Fleet, /) -> Computation:
        """See Quantity."""
        return AmountComputation(PlainRegister(self), samples)

    def register(self, view: View) -> NDArray[np.int64]:
        """Its register at the instants of a view."""
        first, *others = (self._term(view, flow, sign) for flow, sign in self.terms)
        return sum(others, start=first)

    def _term(self, view: View, flow: Flow, sign: int) -> NDArray[np.int64]:
        register = view.register(flow)
        if self.phase is not None:
            register = on_phase(register, self.phase, view.block.keys, view.block.three_phase)
        if self.ratio is not None:
            register = self.ratio.of(register)
        return register if sign > 0 else -register


class Register(Protocol):
    """A register that may need flows at more instants than those it is read at."""

    @property
    def flows(self) -> tuple[Flow, ...]: ...

    def marks(self, wanted: Instants, since_installation: bool, /) -> Instants:
        """Where it needs the flows to be read at `wanted`, or to tell differences between them."""

    def read(self, view: View, wanted: Instants, /) -> NDArray[np.int64]:
        """Its values (meters, wanted), from a view on its marks."""


@dataclass(frozen=True, slots=True)
class PlainRegister:
    """A register that counts all the time."""

    amount: MeteredAmount

    @property
    def flows(self) -> tuple[Flow, ...]:
        """See Register."""
        return self.amount.flows

    def marks(self, wanted: Instants, _since_installation: bool, /) -> Instants:
        """See Register."""
        return wanted

    def read(self, view: View, _wanted: Instants, /) -> NDArray[np.int64]:
        """See Register."""
        return self.amount.register(view)


class AmountComputation:
    """A register at instants, or what it counted between them."""

    __slots__ = ("_ends", "_register", "_starts", "_wanted", "flows", "instants")

    def __init__(self, register: Register, samples: Samples) -> None:
        self._register = register
        self.flows = register.flows
        if samples.starts is None:
            self._wanted = samples.ends
        else:
            self._wanted = in_order(samples.starts, samples.ends)
        self._ends: Columns = as_slice(np.searchsorted(self._wanted, samples.ends))
        self._starts: Columns | None = None
        if samples.starts is not None:
            self._starts = as_slice(np.searchsorted(self._wanted, samples.starts))
        self.instants = register.marks(self._wanted, samples.starts is None)

    def values(self, view: View) -> NDArray[np.int64]:
        """See Computation."""
        registers = self._register.read(view, self._wanted)
        if self._starts is None:
            return registers[:, self._ends]
        difference: NDArray[np.int64] = registers[:, self._ends] - registers[:, self._starts]
        return difference

"""A reading type as something to compute."""

from dataclasses import dataclass
from enum import Enum

from simulator.cascade.flow import Flow
from simulator.cim.reading_type import ReadingType
from simulator.quantities.calendar_spans import CalendarSpan
from simulator.quantities.metered import Quantity


class UnsupportedQuantity(ValueError):
    """A valid reading type that no meter of any class delivers; the message says which field, and why."""


class ChannelKind(Enum):
    """How values of a channel relate to time."""

    INTERVAL = "interval"  # of the time in (start, stamp]
    REGISTER = "register"  # a state, a total or an extreme as it stands at the stamp


class Aggregate(Enum):
    """What becomes of several samples."""

    MEAN = "mean"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SUM_OF_MAXIMA = "sum of maxima"  # of all billing periods that are closed
    CONTINUOUS_SUM_OF_MAXIMA = "continuous sum of maxima"  # and of the one that runs


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the samples of an aggregate lie, and what becomes of them."""

    aggregate: Aggregate
    step_s: int  # a sample ends every so many seconds since the local midnight
    block_s: int | None  # and is the mean over this long; None: the state at its end
    rank: int = 0  # 0: the largest or smallest, 1: the second ...
    since: CalendarSpan | None = None  # of the running span at a stamp; None: of the channel's own periods
    rate: int = 0  # only samples that begin at this rate of the tariff, 1 being touA; 0: all
    tells_time: bool = False  # the value is when it happened, not how much
    is_reset: bool = False  # it begins anew when a command resets the demand


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a meter must have to deliver a channel. Empty tuples and zeros require nothing."""

    commodities: tuple[int, ...]
    any_flow: tuple[tuple[Flow, ...], ...] = ()  # of each group at least one
    three_phase: bool = False
    switch: bool = False
    rate: int = 0
    step: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """A reading type, decoded.

    A value is what the quantity gives, times `scale`, over 10**decimals, in the reading type's unit and
    multiplier.
    """

    reading_type: ReadingType
    kind: ChannelKind
    period_s: int | None  # grid of the values; 86 400 is the local day. None: no such grid
    decimals: int
    scale: int
    quantity: Quantity
    requires: Requirement
    span: CalendarSpan | None = None  # grid of the values, where it is the calendar's
    block_s: int | None = None  # values overlap: each is of so many seconds before its stamp
    whole_request: bool = False  # one value for the period that the request names
    sampling: Sampling | None = None

    @property
    def has_own_stamps(self) -> bool:
        """Whether each meter has stamps of its own: an extreme is stamped when it happened."""
        sampling = self.sampling
        return (
            self.kind is ChannelKind.REGISTER
            and sampling is not None
            and sampling.aggregate in (Aggregate.MINIMUM, Aggregate.MAXIMUM)
            and not sampling.tells_time
        )

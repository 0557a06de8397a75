"""States and rates: reading types of power, demand, voltage and the like; at an instant, over a period, or extremes.

at an instant       accumulation instantaneous or indicating, or no period at all
over a period       the mean of it (power, demand blocks), also rolling
mean, extremes      by the aggregate; of a measuring period over the five-minute states inside it, of a day, week
                    or month over its demand blocks (fifteen minutes unless the type names others)
running maximum     an extreme without a period of its own: since the billing period began
cumulative          the maxima of all closed billing periods added up; continuous: and that of the running one
"""

from dataclasses import dataclass
from typing import Final

from simulator.cim.reading_type import ReadingType
from simulator.local_time import DAY_S, HOUR_S, SLOT_S
from simulator.quantities.calendar_spans import CalendarSpan
from simulator.quantities.channel import Aggregate, Channel, ChannelKind, Requirement, Sampling
from simulator.quantities.metered import Quantity
from simulator.quantities.refusals import expect, expect_nothing, unsupported
from simulator.quantities.timing import Timing, expect_no_other_argument, timing
from simulator.quantities.units import TIME_STAMP, UnitScale, decimals

_DEMAND_BLOCK_S: Final = 900
_MEAN: Final = 2
_MAXIMUM: Final = 8
# The aggregates that pick one sample: what of, and how many come before it.
_PICKS: Final = {
    _MAXIMUM: (Aggregate.MAXIMUM, 0),
    9: (Aggregate.MINIMUM, 0),
    16: (Aggregate.MAXIMUM, 1),
    17: (Aggregate.MINIMUM, 1),
    23: (Aggregate.MAXIMUM, 2),
    24: (Aggregate.MAXIMUM, 3),
    25: (Aggregate.MAXIMUM, 4),
}
_CONTINUOUS_CUMULATIVE: Final = 2
_CUMULATIVE: Final = 3
_DELTA_DATA: Final = 4
_INDICATING: Final = 6
_SUMMATION: Final = 9
_INSTANTANEOUS: Final = 12
_LATCHING: Final = 13
_OF_STATES: Final = (0, _INDICATING, _SUMMATION, _INSTANTANEOUS)
_OF_RATES: Final = (*_OF_STATES, _CONTINUOUS_CUMULATIVE, _CUMULATIVE, _DELTA_DATA, _LATCHING)


@dataclass(frozen=True, slots=True)
class Measurand:
    """What is sampled."""

    name: str
    quantity: Quantity
    unit: UnitScale
    requires: Requirement
    is_rate: bool  # it has a mean over a stretch of time by itself
    is_demand: bool = False  # it means the maximum where a period longer than its block is named


def sampled_channel(reading_type: ReadingType, measurand: Measurand) -> Channel:
    """The channel of a state or a rate. Raises UnsupportedQuantity."""
    expect_nothing(reading_type, "consumption_tier")
    expect(
        reading_type,
        "accumulation",
        _OF_RATES if measurand.is_rate else _OF_STATES,
        f"{measurand.name} does not build up that way",
    )
    when = timing(reading_type)
    expect_no_other_argument(reading_type, measurand.name)
    if reading_type.accumulation in (_CUMULATIVE, _CONTINUOUS_CUMULATIVE):
        return _sum_of_maxima(reading_type, measurand, when)
    if _is_extreme(reading_type, measurand, when):
        return _extreme(reading_type, measurand, when)
    expect_nothing(reading_type, "tou")
    if reading_type.aggregate == _MEAN:
        return _mean(reading_type, measurand, when)
    expect(reading_type, "aggregate", (0,), f"{measurand.name} has a mean, minima and maxima")
    return _plain(reading_type, measurand, when)


def _is_extreme(reading_type: ReadingType, measurand: Measurand, when: Timing) -> bool:
    if reading_type.aggregate in _PICKS or reading_type.unit == TIME_STAMP or reading_type.accumulation == _LATCHING:
        return True
    # A demand that names a day or no block at all can only be the highest; with a block it is a value a block.
    wider_than_block = when.has_macro_period or when.step_s is None
    instant = reading_type.accumulation == _INSTANTANEOUS
    return measurand.is_demand and reading_type.aggregate == 0 and wider_than_block and not instant


def _plain(reading_type: ReadingType, measurand: Measurand, when: Timing) -> Channel:
    momentary = reading_type.accumulation in (_INDICATING, _INSTANTANEOUS) and not when.is_demand_block
    has_period = when.step_s is not None or when.has_macro_period or when.is_whole_request
    if momentary or not measurand.is_rate or not has_period:
        if reading_type.accumulation == _DELTA_DATA:
            raise unsupported(reading_type, "measuring_period", "deltaData needs the length of its intervals")
        return _channel(reading_type, measurand, when, ChannelKind.REGISTER)
    return _channel(reading_type, measurand, when, ChannelKind.INTERVAL)


def _mean(reading_type: ReadingType, measurand: Measurand, when: Timing) -> Channel:
    if when.step_s is None and not when.has_macro_period and not when.is_whole_request:
        block_s = HOUR_S if measurand.is_rate else None
        sampling = Sampling(Aggregate.MEAN, HOUR_S, block_s, since=CalendarSpan.MONTH)
        return _channel(reading_type, measurand, when, ChannelKind.REGISTER, sampling)
    if measurand.is_rate:
        return _channel(reading_type, measurand, when, ChannelKind.INTERVAL)
    step_s = HOUR_S if when.span is not None else _states_step_s(when)
    return _channel(reading_type, measurand, when, ChannelKind.INTERVAL, Sampling(Aggregate.MEAN, step_s, None))


def _extreme(reading_type: ReadingType, measurand: Measurand, when: Timing) -> Channel:
    aggregate, rank = _PICKS.get(reading_type.aggregate, (Aggregate.MAXIMUM, 0))
    if reading_type.aggregate not in (0, *_PICKS):
        raise unsupported(reading_type, "aggregate", "a maximum in time has no other aggregate")
    expect(reading_type, "tou", (0, measurand.requires.rate), f"{measurand.name} is not filtered by a tariff")
    of_states = not measurand.is_rate or reading_type.accumulation == _INSTANTANEOUS
    tells_time = reading_type.unit == TIME_STAMP
    of_measuring_period = (
        when.step_s is not None
        and not (when.has_macro_period or when.is_whole_request or when.is_demand_block or measurand.is_demand)
        and reading_type.accumulation != _LATCHING
    )
    if of_measuring_period:
        sampling = Sampling(aggregate, _states_step_s(when), None, rank, None, reading_type.tou, tells_time)
        kind = ChannelKind.REGISTER if tells_time else ChannelKind.INTERVAL
        return _channel(reading_type, measurand, when, kind, sampling)
    own_period = when.has_macro_period or when.is_whole_request
    since = None if own_period else CalendarSpan.MONTH
    if of_states:
        sampling = Sampling(aggregate, SLOT_S, None, rank, since, reading_type.tou, tells_time)
    else:
        step_s, block_s = when.step_s or _DEMAND_BLOCK_S, when.block_s or _DEMAND_BLOCK_S
        # The maximum of a day is a statistic; that of a billing period is a register, which can be reset.
        is_reset = measurand.is_demand and aggregate is Aggregate.MAXIMUM and not when.is_daily
        sampling = Sampling(aggregate, step_s, block_s, rank, since, reading_type.tou, tells_time, is_reset)
    return _channel(reading_type, measurand, when, ChannelKind.REGISTER, sampling)


def _sum_of_maxima(reading_type: ReadingType, measurand: Measurand, when: Timing) -> Channel:
    expect(reading_type, "aggregate", (0, _MAXIMUM), "what is cumulated are maxima")
    expect(reading_type, "tou", (0, measurand.requires.rate), f"{measurand.name} is not filtered by a tariff")
    if reading_type.unit == TIME_STAMP:
        raise unsupported(reading_type, "unit", "a sum of maxima did not happen at one time")
    running = reading_type.accumulation == _CONTINUOUS_CUMULATIVE
    aggregate = Aggregate.CONTINUOUS_SUM_OF_MAXIMA if running else Aggregate.SUM_OF_MAXIMA
    step_s, block_s = when.step_s or _DEMAND_BLOCK_S, when.block_s or _DEMAND_BLOCK_S
    sampling = Sampling(aggregate, step_s, block_s, since=CalendarSpan.MONTH, rate=reading_type.tou, is_reset=True)
    return _channel(reading_type, measurand, when, ChannelKind.REGISTER, sampling)


def _states_step_s(when: Timing) -> int:
    """How far the states lie apart that are looked at in a measuring period: a slot, or what fits into it."""
    step_s = when.step_s or DAY_S
    return SLOT_S if step_s % SLOT_S == 0 else 60


def _channel(
    reading_type: ReadingType,
    measurand: Measurand,
    when: Timing,
    kind: ChannelKind,
    sampling: Sampling | None = None,
) -> Channel:
    """Where values lie: on days or spans if the type names them, else on its measuring period unless that is a block
    of something longer.
    """
    places, scale = (0, 1) if reading_type.unit == TIME_STAMP else decimals(reading_type, measurand.unit)
    step_is_block = sampling is not None and (sampling.since is not None or sampling.block_s is not None)
    period_s = when.step_s
    if when.is_daily:
        period_s = DAY_S
    elif when.span is not None or step_is_block:
        period_s = None
    block_s = when.block_s if sampling is None and when.block_s != when.step_s else None
    return Channel(
        reading_type,
        kind,
        period_s,
        places,
        scale,
        measurand.quantity,
        measurand.requires,
        span=when.span,
        block_s=block_s,
        whole_request=(
            when.is_whole_request
            and period_s is None
            and (kind is ChannelKind.INTERVAL or (sampling is not None and sampling.since is None))
        ),
        sampling=sampling,
    )

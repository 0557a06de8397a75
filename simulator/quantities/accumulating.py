"""Amounts: reading types of energy and volume, as registers and as intervals."""

from typing import Final

from simulator.cim.reading_type import ReadingType
from simulator.local_time import DAY_S
from simulator.quantities.channel import Channel, ChannelKind, Requirement
from simulator.quantities.metered import Quantity
from simulator.quantities.refusals import expect, unsupported
from simulator.quantities.timing import expect_no_other_argument, timing
from simulator.quantities.units import UnitScale, decimals

_BULK_QUANTITY: Final = 1
_DELTA_DATA: Final = 4
_INDICATING: Final = 6
_SUMMATION: Final = 9
_SUM: Final = 26


def amount_channel(
    reading_type: ReadingType, quantity: Quantity, unit: UnitScale, requires: Requirement, what: str
) -> Channel:
    """The channel of an amount.

    interval    deltaData with a measuring period, a macro period, or the period of the request
    register    bulkQuantity, summation, indicating, or no accumulation stated; with a period its values on that grid
    """
    expect(reading_type, "aggregate", (0, _SUM), f"{what} is what was counted, it has no aggregate but the sum")
    when = timing(reading_type)
    if when.is_demand_block:
        raise unsupported(reading_type, "measuring_period", f"a demand block measures power, not {what}")
    expect_no_other_argument(reading_type, what)
    if when.has_macro_period and when.step_s not in (None, DAY_S if when.is_daily else None):
        raise unsupported(
            reading_type, "macro_period", "a daily value has no shorter measuring period, nor a longer span's any"
        )
    period_s = DAY_S if when.is_daily else when.step_s
    kind = _kind(reading_type, period_s is not None or when.span is not None or when.is_whole_request, what)
    places, scale = decimals(reading_type, unit)
    return Channel(
        reading_type,
        kind,
        period_s,
        places,
        scale,
        quantity,
        requires,
        span=when.span,
        whole_request=when.is_whole_request and period_s is None and kind is ChannelKind.INTERVAL,
    )


def _kind(reading_type: ReadingType, has_period: bool, what: str) -> ChannelKind:
    accumulation = reading_type.accumulation
    if accumulation == _DELTA_DATA:
        if not has_period:
            raise unsupported(reading_type, "measuring_period", "deltaData needs the length of its intervals")
        return ChannelKind.INTERVAL
    if accumulation in (_BULK_QUANTITY, _SUMMATION, _INDICATING) or (accumulation == 0 and not has_period):
        # Summation is the register filtered by tariff; without a tariff it is the register itself. Codes
        # without any accumulation or period are met in the field for the plain register.
        return ChannelKind.REGISTER
    raise unsupported(
        reading_type, "accumulation", f"{what} is metered as deltaData, bulkQuantity, summation or indicating"
    )

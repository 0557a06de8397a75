"""The periods of a reading type: on which grid its values lie, and how long the stretch is that each covers."""

import re
from dataclasses import dataclass
from typing import Final

from simulator.cim.code_tables import codes
from simulator.cim.reading_type import NO_FRACTION, ReadingType
from simulator.local_time import DAY_S
from simulator.quantities.calendar_spans import CalendarSpan
from simulator.quantities.refusals import unsupported

DAILY: Final = 11
SPECIFIED_PERIOD: Final = 32
_SPANS: Final = {8: CalendarSpan.MONTH, 13: CalendarSpan.MONTH, 24: CalendarSpan.WEEK}
_FIXED_BLOCKS: Final = frozenset({*range(50, 57), 101})
_ROLLING_BLOCKS: Final = frozenset({*range(57, 78), 102})
_SPECIFIED_ROLLING_BLOCK: Final = 102
_SPECIFIED_LENGTHS: Final = frozenset({100, 101})
_ROLLING_NAME: Final = re.compile(r"rollingBlock(\d+)MinIntvl(\d+)MinSubIntvl")


@dataclass(frozen=True, slots=True)
class Timing:
    """What the macro period and the measuring period say."""

    step_s: int | None  # a value every so many seconds since the local midnight
    block_s: int | None  # it covers so many seconds; longer than a step where a block rolls
    is_demand_block: bool
    is_daily: bool
    span: CalendarSpan | None
    is_whole_request: bool  # the message's own period bounds it

    @property
    def has_macro_period(self) -> bool:
        """Whether values belong to days, weeks or months."""
        return self.is_daily or self.span is not None


def timing(reading_type: ReadingType) -> Timing:
    """The periods of a reading type. Raises UnsupportedQuantity."""
    macro = reading_type.macro_period
    if macro not in (0, DAILY, SPECIFIED_PERIOD) and macro not in _SPANS:
        raise unsupported(
            reading_type, "macro_period", "values belong to measuring periods, days, weeks, months or billing periods"
        )
    step_s, block_s = _measuring_period(reading_type)
    measuring = reading_type.measuring_period
    return Timing(
        step_s=step_s,
        block_s=block_s,
        is_demand_block=measuring in _FIXED_BLOCKS or measuring in _ROLLING_BLOCKS,
        is_daily=macro == DAILY,
        span=_SPANS.get(macro),
        is_whole_request=macro == SPECIFIED_PERIOD,
    )


def _measuring_period(reading_type: ReadingType) -> tuple[int | None, int | None]:
    measuring, block_s = reading_type.measuring_period, reading_type.interval_s
    if measuring and block_s is None:
        raise unsupported(reading_type, "measuring_period", "it has no fixed length")
    if block_s is None:
        return None, None
    step_s = block_s
    if measuring == _SPECIFIED_ROLLING_BLOCK:
        step_s = reading_type.argument[1]
    elif measuring in _ROLLING_BLOCKS:
        name = codes("measuring-period")[measuring].name
        found = _ROLLING_NAME.fullmatch(name)
        if found is None:
            raise unsupported(reading_type, "measuring_period", f"{name} does not tell its sub-interval")
        step_s = 60 * int(found[2])
    for length_s in (step_s, block_s):
        if length_s < 60 or DAY_S % length_s:
            raise unsupported(
                reading_type, "measuring_period", f"{length_s} s is not a whole part of a day of at least a minute"
            )
    if block_s % step_s:
        raise unsupported(reading_type, "argument", "a rolling block is a whole number of its sub-intervals")
    return step_s, block_s


def expect_no_other_argument(reading_type: ReadingType, quantity: str) -> None:
    """Raises UnsupportedQuantity for an argument that is not the length of the measuring period."""
    if reading_type.argument == NO_FRACTION or reading_type.measuring_period == _SPECIFIED_ROLLING_BLOCK:
        return
    if reading_type.measuring_period in _SPECIFIED_LENGTHS and reading_type.argument[1] == 0:
        return
    raise unsupported(reading_type, "argument", f"{quantity} takes no argument")

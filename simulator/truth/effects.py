"""What each cause did to the readings of its meter: how many it touched, and how much they differ for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.cim.reading_type import ReadingType
from simulator.series import Series

_DELTA_DATA = 4  # accumulation behaviour, Annex C


def adds_up(series: Series) -> bool:
    """Whether values of a series may be added: amounts of intervals that lie behind each other, not states or means."""
    return series.is_interval and series.reading_type.accumulation == _DELTA_DATA


@dataclass(slots=True)
class Effect:
    """Of one cause on one reading type of a meter. Amounts are integers of the series, 0 where values do not add up.

    flowed - reported of all readings is the sum of the three amounts over all causes of the meter.
    """

    decimals: int
    readings: int = 0  # touched
    missing: int = 0  # of them, not delivered
    first: int = 0  # stamp of the first that it touched
    last: int = 0
    unregistered: int = 0  # flowed past the meter
    unreported: int = 0  # registered, in readings that are missing
    misreported: int = 0  # registered less reported, in readings that were delivered


EffectKey = tuple[int, str, ReadingType]
"""Fleet index, id of the cause, reading type."""


@dataclass(slots=True)
class Effects:
    """The account of all causes; it grows with what went wrong, not with what was read."""

    by_cause: dict[EffectKey, Effect] = field(default_factory=dict)

    def of(self, meter: int, cause: str, series: Series) -> Effect:
        """The entry of a cause, made where there is none yet."""
        key = (meter, cause, series.reading_type)
        if key not in self.by_cause:
            self.by_cause[key] = Effect(series.decimals)
        return self.by_cause[key]

    def __iter__(self) -> Iterator[tuple[EffectKey, Effect]]:
        return iter(sorted(self.by_cause.items(), key=lambda item: (item[0][0], item[0][1], item[0][2].parts)))

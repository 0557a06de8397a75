"""Which channels the kinds of meters of a fleet have: all that they deliver by default, or some that are asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from simulator.cim.reading_type import ReadingType
from simulator.counted_tariffs import CLASSES_ALONE, CountedTariffs
from simulator.fleet import Fleet
from simulator.meter_kinds import installed_of_kinds, meter_kinds
from simulator.quantities import Channel, channel, delivers
from simulator.series import Series
from simulator.tariffs import TariffCalendar

SeriesOf = Callable[[Channel, int], Series]
"""The series of a channel, for meters that were installed at an instant (epoch seconds)."""


@dataclass(frozen=True, slots=True)
class KindChannels:
    """The channels of all kinds of meters, and which of them each kind has."""

    channels: tuple[Channel, ...]
    of_kind: tuple[tuple[int, ...], ...]  # positions in `channels`, for each kind (see `simulator.meter_kinds`)

    @classmethod
    def by_default(cls, fleet: Fleet) -> Self:
        """What the meters of a fleet deliver when nobody says otherwise."""
        found: dict[ReadingType, int] = {}
        of_kind = []
        for kind in meter_kinds(fleet):
            types = kind.default_reading_types() if kind.occurs else ()
            of_kind.append(tuple(found.setdefault(one, len(found)) for one in types))
        return cls(tuple(map(channel, found)), tuple(of_kind))

    @classmethod
    def of(cls, fleet: Fleet, reading_types: Sequence[ReadingType], counted: CountedTariffs = CLASSES_ALONE) -> Self:
        """Some reading types, each where the meter delivers it. Raises UnsupportedQuantity for one that none can."""
        every_tariff = frozenset[TariffCalendar]().union(*counted.values())
        channels = tuple(channel(one, every_tariff) for one in dict.fromkeys(reading_types))
        return cls(
            channels,
            tuple(
                tuple(
                    number
                    for number, one in enumerate(channels)
                    if kind.occurs and delivers(one, kind.meter_class, counted.get(kind.meter_class, ()))
                )
                for kind in meter_kinds(fleet)
            ),
        )

    def series(self, fleet: Fleet, series_of: SeriesOf) -> list[list[Series]]:
        """The series of each kind, in the order of its channels."""
        return [
            [series_of(self.channels[number], installed) for number in numbers]
            for numbers, installed in zip(self.of_kind, installed_of_kinds(fleet), strict=True)
        ]

"""A meter as whoever calls or drives a head end has it at hand."""

from collections.abc import Iterable
from typing import Protocol, TypeAlias, runtime_checkable


@runtime_checkable
class NamedMeter(Protocol):
    """An object that is a meter, wherever it comes from."""

    @property
    def mrid(self) -> str: ...

    @property
    def name(self) -> str: ...


MeterLike: TypeAlias = str | NamedMeter
"""An mRID, a name, or an object that has both."""

Meters: TypeAlias = MeterLike | Iterable[MeterLike]
"""One meter, or several."""


def meter_text(meter: MeterLike) -> str:
    """What a message names a meter by: the text as it is; of an object its mRID."""
    return meter if isinstance(meter, str) else meter.mrid


def meter_texts(meters: Meters) -> list[str]:
    """The same of several."""
    if isinstance(meters, str | NamedMeter):
        return [meter_text(meters)]
    return [meter_text(one) for one in meters]

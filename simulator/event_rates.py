"""How often devices report things that nobody did: the aspect `events` of the conditions of the field.

A rate is the number of times in a thousand years of one meter, of an event type or of a group of the catalogue. What
has an end of its own (`simulator.cim.event_catalogue`) is told twice: when it begins, and a drawn duration later. The
rate counts beginnings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from simulator.cim.event_catalogue import ListedEvent, UnknownEventType, event_pairs, find_events, find_group
from simulator.event_suitability import DeviceSort

MOST_PER_1000_YEARS: Final = 1_000_000  # nearly three a day
LONGEST_DURATION_S: Final = 2_592_000  # 30 days

# What other parts of the simulator cause is never part of a group: power lost and back (outages), the switch that
# moved (controls). Who names such a type by itself gets it.
_CAUSED: Final = frozenset({(26, 0, 47), (26, 0, 85), (26, 0, 216), (31, 0, 42), (31, 0, 68)})

_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_DURATIONS_S: Final[Mapping[int, int]] = MappingProxyType(
    {
        1: 2 * _HOUR_S,  # Communication
        2: 10 * _DAY_S,  # Battery: until somebody comes
        3: _DAY_S,  # Cartridge
        7: _HOUR_S,  # Configuration: maintenance and test modes
        12: _DAY_S,  # Security
        18: 600,  # Memory
        21: _HOUR_S,  # Metrology
        23: _HOUR_S,  # Network
        26: 1_200,  # Power
    }
)
"""By domain: the usual length of a state, in seconds."""
_USUAL_DURATION_S: Final = _HOUR_S
_SAG_AND_SWELL_ACTIONS: Final = {223, 248}
_SAG_S: Final = 3


class InvalidEventRate(ValueError):
    """A rate that cannot be; the message says of which events, and why."""


@dataclass(frozen=True, slots=True)
class EventRate:
    """How often some events occur. Raises InvalidEventRate."""

    events: str
    """A code such as *.26.38.223, a mnemonic such as Power.Voltage.SagStarted, or a group such as Tamper. The rate of
    a group is that of all its events together, in equal parts."""
    per_1000_years: int
    duration_s: int | None = None
    """How long a state usually lasts; half of them are shorter. None: what is usual for its domain."""

    def __post_init__(self) -> None:
        try:
            found = find_events(self.events)
        except UnknownEventType as error:
            raise InvalidEventRate(str(error)) from None
        if not 0 <= self.per_1000_years <= MOST_PER_1000_YEARS:
            raise InvalidEventRate(
                f"{self.events}: a meter has 0 to {MOST_PER_1000_YEARS // 1000} of them a year, "
                f"not {self.per_1000_years / 1000:g}"
            )
        if self.duration_s is None:
            return
        if not 1 <= self.duration_s <= LONGEST_DURATION_S:
            raise InvalidEventRate(
                f"{self.events}: a duration is 1 to {LONGEST_DURATION_S} seconds, not {self.duration_s}"
            )
        if not any(one in event_pairs() for one in found):
            raise InvalidEventRate(f"{self.events}: it has no end of its own, so it has no duration")

    @property
    def is_of_group(self) -> bool:
        """Whether it is the rate of several types together."""
        return find_group(self.events) is not None


@dataclass(frozen=True, slots=True)
class EventKind:
    """One sort of spontaneous event of one sort of device."""

    begins: ListedEvent
    ends: ListedEvent | None
    rate_of: int
    """Times in `per_years` years of one meter."""
    per_years: int
    duration_s: int
    """Half of the states are shorter; 0 for what has no end."""


@dataclass(frozen=True, slots=True)
class EventRates:
    """The rates of all spontaneous events. Where several speak of one type: see `kinds`."""

    rates: tuple[EventRate, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything can happen."""
        return any(one.per_1000_years for one in self.rates)

    def with_rates(self, *changed: EventRate) -> "EventRates":
        """These rates, with those of the same events replaced, and the new ones behind them."""
        replaced = {find_events(one.events) for one in changed}
        kept = (one for one in self.rates if find_events(one.events) not in replaced)
        return EventRates((*kept, *changed))

    def kinds(self, device: DeviceSort) -> tuple[EventKind, ...]:
        """What a device can have, in the order of the codes; types that do not suit it are left out.

        A type that is named by itself is not part of any group: 0 keeps it out. A type of several groups has the rates
        of all of them.
        """
        return _kinds(self, device)


@lru_cache(maxsize=256)
def _kinds(rates: EventRates, device: DeviceSort) -> tuple[EventKind, ...]:
    named = {find_events(one.events)[0] for one in rates.rates if not one.is_of_group}
    endings = set(event_pairs().values())
    kinds: dict[tuple[ListedEvent, int], EventKind] = {}
    for number, rate in enumerate(rates.rates):
        members = [one for one in find_events(rate.events) if device.can_have(one)]
        if rate.is_of_group:
            members = [one for one in members if one not in endings and one.key not in _CAUSED]
        shared_by = len(members)
        for one in members:
            if rate.per_1000_years and not (rate.is_of_group and one in named):
                ends = one.ends_with
                duration_s = 0 if ends is None else rate.duration_s or _usual_duration_s(one)
                kinds[one, number] = EventKind(one, ends, rate.per_1000_years, 1_000 * shared_by, duration_s)
    return tuple(kinds[key] for key in sorted(kinds, key=lambda each: (each[0].key, each[1])))


def _usual_duration_s(event: ListedEvent) -> int:
    if event.event_or_action in _SAG_AND_SWELL_ACTIONS:
        return _SAG_S
    return _DURATIONS_S.get(event.domain, _USUAL_DURATION_S)


NONE: Final = EventRates()
"""Nothing happens by itself."""

REALISTIC: Final = EventRates(
    (
        # The supply. A dip of the voltage is what meters report most.
        EventRate("Power.Voltage.SagStarted", 2_000),
        EventRate("Power.Voltage.SwellStarted", 300),
        EventRate("Power.Voltage.MaxLimitReached", 500),
        EventRate("Power.Voltage.MinLimitReached", 200),
        EventRate("Power.Voltage.Imbalanced", 100, 7_200),
        EventRate("Power.Phase.Inactive", 20, 3_600),
        EventRate("Power.NeutralCurrent.MaxLimitReached", 10),
        EventRate("Power.PowerQuality.HighDistortion", 50, 3_600),
        EventRate("Power.Frequency.Unstable", 20),
        EventRate("Demand.Threshold.Exceeded", 200),
        # People.
        EventRate("Security.-.TamperDetected", 10),
        EventRate("Security.Cover.Removed", 4),
        EventRate("Security.-.Tilted", 2),
        EventRate("Security.MagneticSwitch.TamperDetected", 2),
        EventRate("Security.Flow.Reversed", 5),
        EventRate("Security.Login.Failed", 10),
        # The device.
        EventRate("Battery.Charge.MinLimitReached", 20),
        EventRate("Battery.-.Failed", 2),
        EventRate("Clock.Time.Changed", 50),
        EventRate("Clock.TimeVariance.Exceeded", 50),
        EventRate("Clock.-.Error", 5),
        EventRate("Memory.NVRAM.Error", 2),
        EventRate("Memory.RAM.Error", 2),
        EventRate("Memory.ROM.Failed", 1),
        EventRate("Metrology.-.Error", 2),
        EventRate("Metrology.Measurement.Error", 3),
        EventRate("Firmware.-.WarmStarted", 100),
        EventRate("Firmware.Processor.Reset", 50),
        EventRate("Firmware.SelfTest.Failed", 1),
        EventRate("Temperature.-.OutofRange", 10, 10_800),
        EventRate("Temperature.Threshold.MaxLimitReached", 20),
        EventRate("Pressure.Threshold.MinLimitReached", 20),
        # The link to the head end.
        EventRate("Communication.-.Failed", 500),
        EventRate("Network.Radio.LossDetected", 300),
    )
)
"""Some five beginnings a year at a single-phase electricity meter, less than two at others."""

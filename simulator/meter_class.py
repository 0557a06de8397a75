"""The classes of meters: what flows through one, how it is built, and its tariff."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from simulator.cascade.flow import Flow
from simulator.profiles import Ladder, Profile
from simulator.profiles.business import COMMERCIAL, INDUSTRIAL
from simulator.profiles.residential import ELECTRIC_VEHICLE, RESIDENTIAL, SOLAR_FORWARD, SOLAR_REVERSE
from simulator.profiles.weather_led import GAS, HEAT_PUMP, STREET_LIGHTING, WATER
from simulator.tariffs.tariff_calendar import TariffCalendar

# Annex C, commodity.
_ELECTRICITY: Final = 1
_NATURAL_GAS: Final = 7
_POTABLE_WATER: Final = 9
# Annex E, type of end device.
_ELECTRIC_METER: Final = 3
_GAS_METER: Final = 4
_WATER_METER: Final = 24

_LEAST_FACTOR: Final = 16
_LEAST_HOURS: Final = 4


class InvalidMeterClass(ValueError):
    """A class that cannot be; the message says which number."""


@dataclass(frozen=True, slots=True, eq=False)
class Reactive:
    """Reactive energy that accompanies an active flow. Raises InvalidMeterClass.

    A meter's tan phi of the year is drawn from `tan_phi`; `hours` says how it spreads over the day, and in
    which hours there is none because the load leads instead of lags, or the other way round.
    """

    source: Flow  # FORWARD or REVERSE
    tan_phi: Ladder  # reactive over active energy of a year, in 1024ths
    hours: tuple[int, ...]  # 24: 0, or 16 to 255

    def __post_init__(self) -> None:
        if self.source not in (Flow.FORWARD, Flow.REVERSE):
            raise InvalidMeterClass(f"reactive energy goes with forward or reverse energy, not {self.source.name}")
        # At most 1, so that reactive energy stays inside the bounds that active energy keeps.
        if not all(1 <= value <= 1_024 for _, value in self.tan_phi):
            raise InvalidMeterClass("tan phi is 1 to 1024 of 1024")
        if len(self.hours) != 24 or not all(hour == 0 or _LEAST_FACTOR <= hour <= 255 for hour in self.hours):
            raise InvalidMeterClass(f"the hours of reactive energy are 24 numbers, 0 or {_LEAST_FACTOR} to 255")
        # The day on which clocks go forward must not skip them all: its reactive energy would have no place.
        if sum(hour > 0 for hour in self.hours) < _LEAST_HOURS:
            raise InvalidMeterClass(f"reactive energy takes at least {_LEAST_HOURS} hours of a day")


Shape = Profile | Reactive


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: it groups the rows of a block
class MeterClass:
    """Everything that the meters of one class have in common. Raises InvalidMeterClass."""

    name: str
    commodity: int  # code of Annex C
    end_device_type: int  # code of Annex E
    phases: int  # 1 or 3; 0 where no current flows
    has_switch: bool  # a remote connect and disconnect switch, or a valve
    flows: Mapping[Flow, Shape]
    tariff: TariffCalendar  # of meters that no other is assigned to
    nominal_voltage_v: int = 0  # line to neutral; 0 where no current flows
    is_home: bool = True  # people live there, and are away at times
    bypassed: int = 0  # of 65,536 meters at which somebody takes energy past the meter
    bypass_takes: tuple[int, int] = (64, 224)  # at least, and less than, of 256 parts of what flows there

    def __post_init__(self) -> None:
        for flow, shape in self.flows.items():
            source = self.flows.get(shape.source) if isinstance(shape, Reactive) else shape
            if not isinstance(source, Profile):
                raise InvalidMeterClass(f"class {self.name}: {flow.name} has no flow of energy that it goes with")
        if Flow.REVERSE in self.flows:
            # Which way energy flows in a slot is worked out once for both.
            forward, reverse = self.flows.get(Flow.FORWARD), self.flows[Flow.REVERSE]
            if not (isinstance(forward, Profile) and isinstance(reverse, Profile)) or (
                forward.panels is None or forward.panels != reverse.panels
            ):
                raise InvalidMeterClass(f"class {self.name}: reverse energy comes from panels that forward shares")


_NIGHT_AND_DAY: Final = (2,) * 7 + (1,) * 16 + (2,)  # touA from 7 to 23, touB at night
_NIGHT: Final = (2,) * 24
_BUSINESS_HOURS: Final = (2,) * 7 + (1,) * 4 + (3,) * 2 + (1,) * 7 + (2,) * 4  # touC: the peak at noon
_EVENING_PEAK: Final = (2,) * 6 + (1,) * 11 + (3,) * 4 + (1,) * 2 + (2,)  # touC: 17 to 21 o'clock
_TWO_RATES: Final = TariffCalendar.hourly(_NIGHT_AND_DAY, _NIGHT, _NIGHT, tier_bounds=(150_000, 400_000))
_THREE_RATES: Final = TariffCalendar.hourly(_EVENING_PEAK, _NIGHT_AND_DAY, _NIGHT, tier_bounds=(250_000, 600_000))
_BUSINESS_RATES: Final = TariffCalendar.hourly(
    _BUSINESS_HOURS, _NIGHT_AND_DAY, _NIGHT, tier_bounds=(2_000_000, 20_000_000)
)
_INDUSTRIAL_RATES: Final = TariffCalendar.hourly(
    _BUSINESS_HOURS, _NIGHT_AND_DAY, _NIGHT, tier_bounds=(100_000_000, 1_000_000_000)
)

_HOME_LAGS: Final = Reactive(
    Flow.FORWARD, ((0, 60), (128, 170), (256, 330)), (0,) * 5 + (120, 160, 180) + (200,) * 8 + (180,) * 6 + (130, 0)
)
# Chargers, lamps and filters that are on standby lead: all that is left at night.
_HOME_LEADS: Final = Reactive(Flow.FORWARD, ((0, 8), (128, 24), (256, 60)), (200,) * 5 + (0,) * 18 + (200,))
_MOTORS_LAG: Final = Reactive(
    Flow.FORWARD, ((0, 200), (128, 380), (256, 620)), (160,) * 6 + (200,) * 2 + (240,) * 9 + (200,) * 5 + (160,) * 2
)
_WORKDAY_LAGS: Final = Reactive(
    Flow.FORWARD, ((0, 120), (128, 280), (256, 460)), (0,) * 4 + (120,) * 2 + (200,) * 14 + (140,) * 3 + (0,)
)
# Capacitors that compensate the day's motors are too many for the night.
_COMPENSATION_LEADS: Final = Reactive(Flow.FORWARD, ((0, 5), (128, 16), (256, 50)), (200,) * 4 + (0,) * 19 + (200,))
_LAMPS_LEAD: Final = Reactive(Flow.FORWARD, ((0, 150), (256, 300)), (200,) * 24)
_COMPRESSOR_LAGS: Final = Reactive(Flow.FORWARD, ((0, 220), (256, 420)), (200,) * 24)
# Inverters take reactive power while the sun lifts the voltage, and give some at the ends of the day.
_INVERTER_TAKES: Final = Reactive(Flow.REVERSE, ((0, 20), (256, 120)), (0,) * 9 + (200,) * 7 + (0,) * 8)
_INVERTER_GIVES: Final = Reactive(Flow.REVERSE, ((0, 8), (256, 40)), (200,) * 9 + (0,) * 7 + (200,) * 8)


def _electric(
    name: str,
    flows: dict[Flow, Shape],
    tariff: TariffCalendar,
    *,
    phases: int = 1,
    has_switch: bool = True,
    is_home: bool = True,
) -> MeterClass:
    return MeterClass(
        name=name,
        commodity=_ELECTRICITY,
        end_device_type=_ELECTRIC_METER,
        phases=phases,
        has_switch=has_switch,
        is_home=is_home,
        flows=MappingProxyType(flows),
        tariff=tariff,
        nominal_voltage_v=230,
    )


_CLASSES: Final = (
    _electric("residential", {Flow.FORWARD: RESIDENTIAL, Flow.Q1: _HOME_LAGS, Flow.Q4: _HOME_LEADS}, _TWO_RATES),
    _electric(
        "commercial",
        {Flow.FORWARD: COMMERCIAL, Flow.Q1: _WORKDAY_LAGS, Flow.Q4: _COMPENSATION_LEADS},
        _BUSINESS_RATES,
        phases=3,
        is_home=False,
    ),
    _electric(
        "industrial",
        {Flow.FORWARD: INDUSTRIAL, Flow.Q1: _MOTORS_LAG},
        _INDUSTRIAL_RATES,
        phases=3,
        has_switch=False,
        is_home=False,
    ),
    _electric(
        "street_lighting",
        {Flow.FORWARD: STREET_LIGHTING, Flow.Q4: _LAMPS_LEAD},
        TariffCalendar.daily(),
        phases=3,
        has_switch=False,
        is_home=False,
    ),
    _electric("heat_pump", {Flow.FORWARD: HEAT_PUMP, Flow.Q1: _COMPRESSOR_LAGS}, _TWO_RATES, phases=3),
    _electric(
        "electric_vehicle",
        {Flow.FORWARD: ELECTRIC_VEHICLE, Flow.Q1: _HOME_LAGS, Flow.Q4: _HOME_LEADS},
        _THREE_RATES,
        phases=3,
    ),
    _electric(
        "solar_prosumer",
        {
            Flow.FORWARD: SOLAR_FORWARD,
            Flow.REVERSE: SOLAR_REVERSE,
            Flow.Q1: _HOME_LAGS,
            Flow.Q2: _INVERTER_TAKES,
            Flow.Q3: _INVERTER_GIVES,
            Flow.Q4: _HOME_LEADS,
        },
        _TWO_RATES,
        phases=3,
    ),
    MeterClass(
        name="gas",
        commodity=_NATURAL_GAS,
        end_device_type=_GAS_METER,
        phases=0,
        has_switch=True,
        flows=MappingProxyType({Flow.VOLUME: GAS}),
        tariff=TariffCalendar.daily(tier_bounds=(60_000, 250_000)),
    ),
    MeterClass(
        name="water",
        commodity=_POTABLE_WATER,
        end_device_type=_WATER_METER,
        phases=0,
        has_switch=False,
        flows=MappingProxyType({Flow.VOLUME: WATER}),
        tariff=TariffCalendar.daily(tier_bounds=(5_000, 12_000)),
    ),
)

METER_CLASSES: Final[Mapping[str, MeterClass]] = MappingProxyType({one.name: one for one in _CLASSES})

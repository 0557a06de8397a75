"""From the 18 fields of a reading type to what is computed. Types are decoded, not listed."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from simulator.cascade.flow import Flow
from simulator.cim.reading_type import ReadingType
from simulator.quantities import units
from simulator.quantities.accumulating import amount_channel
from simulator.quantities.ambient import (
    AmbientQuantity,
    CalorificValue,
    Distortion,
    Frequency,
    Pressure,
    SignalStrength,
    Temperature,
    Voltage,
    VoltageAngle,
)
from simulator.quantities.apparent import ApparentAmount
from simulator.quantities.channel import Channel, Requirement
from simulator.quantities.directions import (
    NET_ACTIVE,
    NET_REACTIVE,
    active_terms,
    apparent_terms,
    reactive_terms,
)
from simulator.quantities.energy import MeteredAmount, Term
from simulator.quantities.metered import Quantity
from simulator.quantities.phases import Phase
from simulator.quantities.power import ApparentPower, Current, CurrentAngle, NeutralCurrent, PowerFactor, Rate
from simulator.quantities.refusals import expect, expect_nothing, unsupported
from simulator.quantities.sampled import Measurand, sampled_channel
from simulator.quantities.states import DemandResets, SwitchClosed, SwitchOpenings
from simulator.quantities.tariff import Filtered
from simulator.quantities.units import UnitScale, unit_of

# Codes of Annex C; their names are in simulator/cim/codes.
_SECONDARY_METERED: Final = 1
_PRIMARY_METERED: Final = 2
_COMMUNICATION: Final = 3
_NATURAL_GAS: Final = 7
_POTABLE_WATER: Final = 9
_ELECTRICITY: Final = (_SECONDARY_METERED, _PRIMARY_METERED)
_FLUIDS: Final = (_NATURAL_GAS, _POTABLE_WATER)
_EVERY: Final = (_SECONDARY_METERED, *_FLUIDS)
_NEUTRAL: Final = 16
_ALL_PHASES: Final = (224, 225)
_PHASES: Final = {
    128: Phase.A,
    129: Phase.A,
    64: Phase.B,
    65: Phase.B,
    32: Phase.C,
    33: Phase.C,
}
_LINES: Final = {132: (Phase.A, Phase.B), 66: (Phase.B, Phase.C), 40: (Phase.C, Phase.A)}
_NO_DIRECTION: Final = (0, 1)
_FIRST_SWITCH: Final = ((0, 0), (1, 1))
# Mid-month temperatures in tenths of a degree: of gas and water in the ground, and inside the case of a meter.
_GROUND_DDEG: Final = (70, 62, 66, 82, 106, 132, 152, 162, 158, 140, 112, 86)
_CASE_DDEG: Final = (120, 124, 150, 185, 220, 250, 270, 268, 240, 200, 155, 130)
_PRESSURES: Final = {_NATURAL_GAS: (2_300, 200), _POTABLE_WATER: (420_000, 60_000)}  # Pa: usual, spread

Decoder = Callable[[ReadingType], Channel]


@lru_cache(maxsize=4_096)
def decoded(reading_type: ReadingType) -> Channel:
    """What to compute for a reading type. Raises UnsupportedQuantity."""
    expect_nothing(reading_type, "currency", "cpp", "interharmonic")
    decoders = _BY_COMMODITY.get(reading_type.commodity)
    if decoders is None:
        raise unsupported(reading_type, "commodity", "there are meters of electricity, natural gas and potable water")
    decoder = decoders.get(reading_type.measurement_kind)
    if decoder is None:
        raise unsupported(reading_type, "measurement_kind", "no meter of this commodity measures it")
    return decoder(reading_type)


# Amounts


def _energy(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.ENERGIES, "energy")
    phase, three_phase = _load_phase(reading_type)
    if reading_type.unit == units.VOLT_AMPERE_HOUR:
        expect_nothing(reading_type, "tou", "consumption_tier")
        active, reactive = apparent_terms(reading_type)
        apparent = ApparentAmount(MeteredAmount(active, phase), MeteredAmount(reactive, phase))
        requires = _electric(reading_type, active, reactive, three_phase=three_phase)
        return amount_channel(reading_type, apparent, unit, requires, "energy")
    terms = active_terms(reading_type) if reading_type.unit == units.WATT_HOUR else reactive_terms(reading_type)
    amount = MeteredAmount(terms, phase)
    requires = _electric(reading_type, terms, three_phase=three_phase)
    quantity, requires = _filtered(reading_type, amount, requires)
    return amount_channel(reading_type, quantity, unit, requires, "energy")


def _volume(reading_type: ReadingType) -> Channel:
    if reading_type.unit == units.WATT_HOURS_PER_CUBIC_METRE:
        return _calorific_value(reading_type)
    if reading_type.unit in units.VOLUME_FLOWS:
        return _volume_flow(reading_type)
    unit = unit_of(reading_type, units.VOLUMES, "volume")
    _expect_fluid_direction(reading_type)
    expect_nothing(reading_type, "phases")
    terms = ((Flow.VOLUME, 1),)
    quantity, requires = _filtered(reading_type, MeteredAmount(terms, ratio=unit.ratio), _fluid(reading_type))
    return amount_channel(reading_type, quantity, unit, requires, "volume")


def _filtered(reading_type: ReadingType, amount: MeteredAmount, requires: Requirement) -> tuple[Quantity, Requirement]:
    rate, step = reading_type.tou, reading_type.consumption_tier
    if not rate and not step:
        return amount, requires
    if step and (any(sign < 0 for _, sign in amount.terms) or amount.ratio is not None):
        raise unsupported(reading_type, "consumption_tier", "only what is counted upwards in base units has steps")
    return Filtered(amount, rate, step), replace(requires, rate=rate, step=step)


# Rates


def _power(reading_type: ReadingType) -> Channel:
    return _power_or_demand(reading_type, is_demand=False)


def _demand(reading_type: ReadingType) -> Channel:
    return _power_or_demand(reading_type, is_demand=True)


def _power_or_demand(reading_type: ReadingType, is_demand: bool) -> Channel:
    name = "demand" if is_demand else "power"
    phase, three_phase = _load_phase(reading_type)
    if reading_type.unit == units.TIME_STAMP:
        expect(reading_type, "multiplier", (0,), "a time has no multiplier")
        unit = UnitScale(0)
    else:
        unit = unit_of(reading_type, units.POWERS, name)
    quantity: Quantity
    if reading_type.unit == units.VOLT_AMPERE:
        active, reactive = apparent_terms(reading_type)
        quantity = ApparentPower(Rate(active, phase), Rate(reactive, phase))
        requires = _electric(reading_type, active, reactive, three_phase=three_phase)
    else:
        terms = reactive_terms(reading_type) if reading_type.unit == units.VAR else active_terms(reading_type)
        quantity = Rate(terms, phase)
        requires = _electric(reading_type, terms, three_phase=three_phase)
    requires = replace(requires, rate=reading_type.tou)
    return sampled_channel(reading_type, Measurand(name, quantity, unit, requires, is_rate=True, is_demand=is_demand))


def _volume_flow(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.VOLUME_FLOWS, "volumetric flow")
    _expect_fluid_direction(reading_type)
    expect_nothing(reading_type, "phases")
    rate = Rate(((Flow.VOLUME, 1),), ratio=unit.ratio)
    requires = _fluid(reading_type)
    return sampled_channel(reading_type, Measurand("volumetric flow", rate, unit, requires, is_rate=True))


def _power_factor(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.POWER_FACTORS, "a power factor")
    phase, three_phase = _load_phase(reading_type)
    active, reactive = apparent_terms(reading_type)
    factor = PowerFactor(ApparentPower(Rate(active, phase), Rate(reactive, phase)))
    requires = _electric(reading_type, active, reactive, three_phase=three_phase)
    return sampled_channel(reading_type, Measurand("a power factor", factor, unit, requires, is_rate=True))


def _current(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.AMPERES, "current")
    active, reactive = apparent_terms(reading_type)
    apparent = ApparentPower(Rate(active), Rate(reactive))
    quantity: Quantity
    if reading_type.phases == _NEUTRAL:
        quantity, three_phase = NeutralCurrent(apparent), False
    else:
        phase, three_phase = _one_phase(reading_type)
        quantity = Current(apparent, phase)
    requires = _electric(reading_type, active, reactive, three_phase=three_phase)
    return sampled_channel(reading_type, Measurand("current", quantity, unit, requires, is_rate=True))


def _current_angle(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.DEGREES, "an angle")
    expect(reading_type, "flow_direction", _NO_DIRECTION, "an angle has its direction in its sign")
    phase, three_phase = _one_phase(reading_type)
    angle = CurrentAngle(Rate(NET_ACTIVE), Rate(NET_REACTIVE), phase)
    requires = _electric(reading_type, NET_ACTIVE, NET_REACTIVE, three_phase=three_phase)
    return sampled_channel(reading_type, Measurand("an angle", angle, unit, requires, is_rate=True))


# States


def _voltage(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.VOLTS, "voltage")
    if reading_type.phases in _LINES:
        one, other = _LINES[reading_type.phases]
        return _state(reading_type, "voltage", Voltage(one, other), unit, three_phase=True)
    phase, three_phase = _one_phase(reading_type)
    return _state(reading_type, "voltage", Voltage(phase), unit, three_phase=three_phase)


def _voltage_angle(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.DEGREES, "an angle")
    phase, three_phase = _one_phase(reading_type)
    return _state(reading_type, "an angle", VoltageAngle(phase), unit, three_phase=three_phase)


def _frequency(reading_type: ReadingType) -> Channel:
    expect(reading_type, "phases", (0, *_PHASES, *_ALL_PHASES), "frequency is that of the phases")
    return _state(reading_type, "frequency", Frequency(), unit_of(reading_type, units.HERTZ, "frequency"))


def _distortion(reading_type: ReadingType) -> Channel:
    known = units.VOLTAGE_RATIOS | units.CURRENT_RATIOS
    unit = unit_of(reading_type, known, "harmonic distortion")
    phase, three_phase = _one_phase(reading_type)
    distortion = Distortion(phase, of_current=reading_type.unit in units.CURRENT_RATIOS)
    return _state(reading_type, "harmonic distortion", distortion, unit, three_phase=three_phase)


def _temperature(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.CELSIUS, "temperature")
    expect_nothing(reading_type, "phases")
    season = _GROUND_DDEG if reading_type.commodity in _FLUIDS else _CASE_DDEG
    return _state(reading_type, "temperature", Temperature(season), unit)


def _pressure(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.GAUGE_PRESSURES | units.ABSOLUTE_PRESSURES, "pressure")
    expect_nothing(reading_type, "phases")
    usual_pa, spread_pa = _PRESSURES[reading_type.commodity]
    pressure = Pressure(usual_pa, spread_pa, absolute=reading_type.unit in units.ABSOLUTE_PRESSURES)
    return _state(reading_type, "pressure", pressure, unit)


def _calorific_value(reading_type: ReadingType) -> Channel:
    expect(reading_type, "commodity", (_NATURAL_GAS,), "only gas has a calorific value")
    unit = unit_of(reading_type, units.CALORIFIC_VALUES, "a calorific value")
    expect_nothing(reading_type, "phases")
    return _state(reading_type, "a calorific value", CalorificValue(), unit)


def _signal_strength(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.BELS, "signal strength")
    expect_nothing(reading_type, "phases")
    requires = Requirement(_EVERY)
    return sampled_channel(reading_type, Measurand("signal strength", SignalStrength(), unit, requires, is_rate=False))


def _switch_position(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.STATES, "a switch position")
    return _of_device(reading_type, "a switch position", SwitchClosed(), unit, switch=True)


def _demand_resets(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.COUNTS, "a count")
    return _of_device(reading_type, "a count", DemandResets(), unit, switch=False)


def _switch_openings(reading_type: ReadingType) -> Channel:
    unit = unit_of(reading_type, units.COUNTS, "a count")
    return _of_device(reading_type, "a count", SwitchOpenings(), unit, switch=True)


def _of_device(
    reading_type: ReadingType, name: str, quantity: AmbientQuantity, unit: UnitScale, *, switch: bool
) -> Channel:
    """A state of the device itself: counters stand in a register, and the argument may name its one switch."""
    expect(reading_type, "flow_direction", (0,), "the state of a device has no direction")
    expect(reading_type, "argument", _FIRST_SWITCH, "a meter has one switch")
    expect(reading_type, "aggregate", (0,), "the state of a device has no aggregate")
    expect_nothing(reading_type, "phases", "tou", "consumption_tier")
    expect(reading_type, "accumulation", (0, 1, 6, 12), "it is read as it stands")
    read_as = replace(reading_type, argument=(0, 0), accumulation=0)
    commodities = _commodities(reading_type) if reading_type.commodity else _EVERY
    requires = Requirement(commodities, switch=switch)
    channel = sampled_channel(read_as, Measurand(name, quantity, unit, requires, is_rate=False))
    return replace(channel, reading_type=reading_type)


def _state(
    reading_type: ReadingType, name: str, quantity: Quantity, unit: UnitScale, *, three_phase: bool = False
) -> Channel:
    expect(reading_type, "flow_direction", _NO_DIRECTION, f"{name} has no direction")
    three_phase = three_phase or reading_type.commodity == _PRIMARY_METERED
    requires = Requirement(_commodities(reading_type), three_phase=three_phase)
    return sampled_channel(reading_type, Measurand(name, quantity, unit, requires, is_rate=False))


# What several of them ask


def _load_phase(reading_type: ReadingType) -> tuple[Phase | None, bool]:
    """The phase whose load is meant, None for all; and whether only meters with three phases have it."""
    if reading_type.phases in _ALL_PHASES:
        return None, True
    if reading_type.phases == 0:
        return None, False
    return _one_phase(reading_type)


def _one_phase(reading_type: ReadingType) -> tuple[Phase, bool]:
    """The phase that is meant, A where none is stated; and whether only meters with three phases have it."""
    if reading_type.phases == 0:
        return Phase.A, False
    if reading_type.phases not in _PHASES:
        raise unsupported(reading_type, "phases", "the meters tell the phases A, B and C apart")
    phase = _PHASES[reading_type.phases]
    return phase, phase is not Phase.A


def _commodities(reading_type: ReadingType) -> tuple[int, ...]:
    return (_SECONDARY_METERED,) if reading_type.commodity in _ELECTRICITY else (reading_type.commodity,)


def _electric(reading_type: ReadingType, *groups: tuple[Term, ...], three_phase: bool) -> Requirement:
    # A meter behind transformers knows primary values; none with a single phase is connected that way.
    three_phase = three_phase or reading_type.commodity == _PRIMARY_METERED
    flows = tuple(tuple(flow for flow, _ in group) for group in groups)
    return Requirement((_SECONDARY_METERED,), flows, three_phase)


def _fluid(reading_type: ReadingType) -> Requirement:
    return Requirement((reading_type.commodity,), ((Flow.VOLUME,),))


def _expect_fluid_direction(reading_type: ReadingType) -> None:
    expect(reading_type, "flow_direction", _NO_DIRECTION, "gas and water flow to the customer only")


_OF_ELECTRICITY: Final[dict[int, Decoder]] = {
    4: _current,
    5: _current_angle,
    8: _demand,
    12: _energy,
    15: _frequency,
    37: _power,
    38: _power_factor,
    43: _switch_position,
    46: _temperature,
    47: _distortion,
    54: _voltage,
    55: _voltage_angle,
    122: _demand_resets,
    142: _switch_openings,
    158: _voltage,
}
_OF_WATER: Final[dict[int, Decoder]] = {
    43: _switch_position,
    46: _temperature,
    58: _volume,
    155: _volume_flow,
    162: _pressure,
}
_BY_COMMODITY: Final[dict[int, dict[int, Decoder]]] = {
    0: {43: _switch_position, 142: _switch_openings},
    _SECONDARY_METERED: _OF_ELECTRICITY,
    _PRIMARY_METERED: _OF_ELECTRICITY,
    _COMMUNICATION: {115: _signal_strength},
    _NATURAL_GAS: {**_OF_WATER, 164: _calorific_value},
    _POTABLE_WATER: _OF_WATER,
}

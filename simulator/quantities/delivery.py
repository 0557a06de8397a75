"""Which meter classes deliver which channels, and what a meter delivers when nobody says otherwise."""

from collections.abc import Collection
from typing import Final

from simulator.cim.reading_type import ReadingType
from simulator.meter_class import METER_CLASSES, MeterClass
from simulator.quantities.channel import Channel, UnsupportedQuantity
from simulator.quantities.decoding import decoded
from simulator.tariffs.tariff_calendar import TariffCalendar

_RESIDENTIAL: Final = METER_CLASSES["residential"]
_REGISTER: Final = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
_LOAD_PROFILE: Final = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
_HOUSEHOLD: Final = (_REGISTER, _LOAD_PROFILE)
_BUSINESS: Final = (
    *_HOUSEHOLD,
    "8.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0",  # maximum demand of the billing period, kW
    "0.0.0.1.15.1.12.0.0.0.0.0.0.0.0.3.73.0",  # reactive energy of quadrant 1, kvarh
    "0.0.2.4.15.1.12.0.0.0.0.0.0.0.0.0.73.0",
)
_SOLAR: Final = (
    *_HOUSEHOLD,
    "0.0.0.1.19.1.12.0.0.0.0.0.0.0.0.3.72.0",
    "0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0",
)
_GAS: Final = ("0.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0", "0.0.7.4.1.7.58.0.0.0.0.0.0.0.0.0.42.0")
_WATER: Final = ("0.0.0.1.1.9.58.0.0.0.0.0.0.0.0.0.42.0", "0.0.7.4.1.9.58.0.0.0.0.0.0.0.0.0.42.0")
_DEFAULTS: Final = {
    "commercial": _BUSINESS,
    "industrial": _BUSINESS,
    "solar_prosumer": _SOLAR,
    "gas": _GAS,
    "water": _WATER,
}


def channel(reading_type: ReadingType, tariffs: Collection[TariffCalendar] = ()) -> Channel:
    """What to compute for a reading type. Raises UnsupportedQuantity if no class of meters can deliver it.

    tariffs: those that some meters have besides their classes'.
    """
    found = decoded(reading_type)
    if not any(delivers(found, one, tariffs) for one in METER_CLASSES.values()):
        raise UnsupportedQuantity(f"reading type {reading_type}: even {_nearest_obstacle(found, tariffs)}")
    return found


def _nearest_obstacle(channel: Channel, tariffs: Collection[TariffCalendar]) -> str | None:
    """What is in the way of the class that measures most."""
    of_commodity = [one for one in METER_CLASSES.values() if one.commodity in channel.requires.commodities]
    return obstacle(channel, max(of_commodity, key=lambda one: (one.phases, len(one.flows))), tariffs)


def delivers(channel: Channel, meter_class: MeterClass, tariffs: Collection[TariffCalendar] = ()) -> bool:
    """Whether meters of a class deliver a channel, if they ever had these tariffs."""
    return obstacle(channel, meter_class, tariffs) is None


def obstacle(channel: Channel, meter_class: MeterClass, tariffs: Collection[TariffCalendar] = ()) -> str | None:
    """Why meters of a class do not deliver a channel, in words; None if they do.

    tariffs: those that they have or had besides their class's; a register that one of them counted stays in a meter.
    """
    needs = channel.requires
    meter = f"a {meter_class.name} meter"
    if meter_class.commodity not in needs.commodities:
        return f"{meter} measures another commodity"
    for group in needs.any_flow:
        if not any(flow in meter_class.flows for flow in group):
            wanted = " or ".join(flow.name.lower() for flow in group)
            return f"{meter} has no register of {wanted}"
    if needs.three_phase and meter_class.phases != 3:
        return f"{meter} has not got three phases"
    if needs.switch and not meter_class.has_switch:
        return f"{meter} has no switch"
    counted = (meter_class.tariff, *tariffs)
    if needs.rate and not any(needs.rate in one.rates for one in counted):
        return f"the tariff of {meter} has no rate {needs.rate}"
    if needs.step and needs.step > max(one.tiers for one in counted):
        return f"the tariff of {meter} has no consumption tier {needs.step}"
    return None


def default_reading_types(meter_class: MeterClass = _RESIDENTIAL) -> tuple[ReadingType, ...]:
    """What a meter delivers when nobody says otherwise: registers and load profiles of what its class is for."""
    return tuple(ReadingType.parse(code) for code in _DEFAULTS.get(meter_class.name, _HOUSEHOLD))

"""Tariffs of single meters: when which of their registers counts, instead of what their class has (docs/tariffs.md).

tariff_calendar    a tariff as registers see it: rates by kind of day and minute, steps of a month's consumption
tariff_in_force    from when which calendar holds, out of dated tariffs and what assigned them
tariff_profiles    TariffProfiles of a PricingStructure, as plain values, and the calendar that they make
tariff_groups      the meters with equal histories of tariffs, which are computed together
"""

from simulator.tariffs.tariff_calendar import InvalidTariff, TariffCalendar
from simulator.tariffs.tariff_in_force import Assignment, DatedTariff, TariffInForce, tariffs_in_force
from simulator.tariffs.tariff_profiles import (
    ConsumptionTariffInterval,
    TariffProfile,
    TimeTariffInterval,
    tariff_of,
)

__all__ = [
    "Assignment",
    "ConsumptionTariffInterval",
    "DatedTariff",
    "InvalidTariff",
    "TariffCalendar",
    "TariffInForce",
    "TariffProfile",
    "TimeTariffInterval",
    "tariff_of",
    "tariffs_in_force",
]

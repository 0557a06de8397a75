"""Meter classes: complete, consistent, and refused where they cannot be."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from simulator.cascade.flow import Flow
from simulator.cim.code_tables import codes
from simulator.meter_class import METER_CLASSES, InvalidMeterClass, MeterClass, Reactive
from simulator.profiles import InvalidProfile, Profile

RESIDENTIAL = METER_CLASSES["residential"]
PROSUMER = METER_CLASSES["solar_prosumer"]
FLAT = (200,) * 24


@pytest.mark.parametrize("meter_class", METER_CLASSES.values(), ids=lambda one: one.name)
@pytest.mark.clause("61968-9:2013 Annex C")
def test_a_class_uses_codes_of_the_standard(meter_class: MeterClass) -> None:
    assert meter_class.commodity in codes("commodity")
    assert meter_class.end_device_type in codes("enddevice-type")
    assert meter_class.tariff.rates <= codes("tou").keys() - {0}
    assert meter_class.tariff.tiers in codes("consumption-tier")


def test_the_names_are_those_they_are_found_by() -> None:
    assert all(name == meter_class.name for name, meter_class in METER_CLASSES.items())


def test_flows_of_current_need_phases_and_a_voltage() -> None:
    for meter_class in METER_CLASSES.values():
        electric = Flow.FORWARD in meter_class.flows
        assert (meter_class.phases > 0) == electric
        assert (meter_class.nominal_voltage_v > 0) == electric


@pytest.mark.parametrize(
    ("flow", "source", "hours", "tan_phi", "words"),
    [
        (Flow.Q1, Flow.VOLUME, FLAT, 100, "goes with forward or reverse energy, not VOLUME"),
        (Flow.Q1, Flow.FORWARD, FLAT[1:], 100, "24 numbers"),
        (Flow.Q1, Flow.FORWARD, (*FLAT[1:], 15), 100, "24 numbers, 0 or 16 to 255"),
        (Flow.Q1, Flow.FORWARD, (200,) * 3 + (0,) * 21, 100, "at least 4 hours"),
        (Flow.Q1, Flow.FORWARD, FLAT, 1_025, "tan phi is 1 to 1024"),
    ],
)
def test_reactive_energy_outside_its_bounds_is_refused(flow, source, hours, tan_phi, words: str) -> None:
    with pytest.raises(InvalidMeterClass, match=words):
        Reactive(source, ((0, 1), (256, tan_phi)), hours)


def test_reactive_energy_needs_the_energy_that_it_goes_with() -> None:
    flows = MappingProxyType({**RESIDENTIAL.flows, Flow.Q2: PROSUMER.flows[Flow.Q2]})
    with pytest.raises(InvalidMeterClass, match="Q2 has no flow of energy that it goes with"):
        replace(RESIDENTIAL, flows=flows)


def test_reverse_energy_needs_the_panels_of_forward_energy() -> None:
    flows = MappingProxyType({**RESIDENTIAL.flows, Flow.REVERSE: PROSUMER.flows[Flow.REVERSE]})
    with pytest.raises(InvalidMeterClass, match="comes from panels that forward shares"):
        replace(RESIDENTIAL, flows=flows)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("industrial", {"unit": 0}, "unit takes 1 to 1000, not 0"),
        ("industrial", {"day_types": (256, 256, 255)}, "shaped_days takes the place of day_types"),
        ("heat_pump", {"undriven": 512}, "undriven takes 0 to 511"),
        ("heat_pump", {"growth": 65}, "growth takes -64 to 64"),
        ("heat_pump", {"away": 129}, "away takes 0 to 128"),
        ("street_lighting", {"lamps": None}, "lamps and the driver darkness need each other"),
    ],
)
def test_a_profile_that_would_overflow_or_contradict_itself_is_refused(name: str, change, words: str) -> None:
    profile = METER_CLASSES[name].flows[Flow.FORWARD]
    assert isinstance(profile, Profile)
    with pytest.raises(InvalidProfile, match=words):
        replace(profile, **change)

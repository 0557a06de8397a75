"""Every class and flow against the scalar reading of the design, on ordinary days and when clocks change."""

from datetime import UTC, date, datetime
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cascade.flows import Flow, FlowPlan
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.local_time import epoch_seconds
from simulator.meter_class import METER_CLASSES
from tests.support.scalar_meter import ScalarMeter

METERS = 1_000
# Charging and lamps have no scalar form: what they do is said by the tests of their shapes.
FLOWS = [
    (name, flow)
    for name, meter_class in METER_CLASSES.items()
    if name not in ("electric_vehicle", "street_lighting")
    for flow in meter_class.flows
]
instants = st.integers(epoch_seconds(datetime(2022, 6, 1, tzinfo=UTC)), epoch_seconds(datetime(2029, 1, 1, tzinfo=UTC)))


@cache
def fleet_of(name: str, zone: str) -> Fleet:
    template = MeterTemplate(name=name, count=METERS, shares=((name, 10_000),))
    return Fleet(FleetSpec(METERS, seed=1, zone=zone, installed=date(2022, 5, 17), templates=(template,)))


def check(name: str, flow: Flow, zone: str, index: int, at: int) -> None:
    fleet = fleet_of(name, zone)
    (values,) = FlowPlan(fleet, (flow,), np.array([at])).cumulative([index])
    scalar = ScalarMeter(1, index, zone, fleet.spec.installed, METER_CLASSES[name], flow)
    assert values.tolist() == [[scalar.register(at)]]


@pytest.mark.parametrize(("name", "flow"), FLOWS, ids=lambda one: one.name if isinstance(one, Flow) else one)
@given(index=st.integers(0, METERS - 1), at=instants)
@settings(deadline=None, max_examples=8)
def test_the_array_form_equals_the_scalar_form(name: str, flow: Flow, index: int, at: int) -> None:
    check(name, flow, "Europe/Amsterdam", index, at)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T13:33:20+02:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T12:12:12+01:00",
        "2026-12-21T11:58:59+01:00",
    ],
)
@pytest.mark.parametrize("flow", [Flow.FORWARD, Flow.REVERSE, Flow.Q2, Flow.Q3])
def test_the_forms_agree_on_panels_when_clocks_change(text: str, flow: Flow) -> None:
    check("solar_prosumer", flow, "Europe/Amsterdam", 7, epoch_seconds(datetime.fromisoformat(text)))


@given(index=st.integers(0, METERS - 1), at=instants)
@settings(deadline=None, max_examples=10)
def test_the_forms_agree_on_panels_in_a_zone_of_half_hours(index: int, at: int) -> None:
    check("solar_prosumer", Flow.REVERSE, "Australia/Lord_Howe", index, at)

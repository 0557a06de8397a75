"""The fleet in which nobody has a bypass: the same meters, and what `FlowPlan.delivered` says they should count."""

import numpy as np

from simulator.cascade.flows import Flow, FlowPlan
from simulator.fleet import Fleet, FleetSpec
from simulator.truth.honest_fleet import honest_fleet
from tests.simulator.truth.told import thieves


def test_its_meters_register_what_is_delivered_in_the_other() -> None:
    fleet = thieves()
    instants = fleet.installed + np.array([0, 10**7, 10**8, 18 * 10**7])
    flows = (Flow.FORWARD, Flow.Q1)
    registered = FlowPlan(honest_fleet(fleet), flows, instants).cumulative(range(100))
    delivered = FlowPlan(fleet, flows, instants).delivered(range(100))
    assert all(np.array_equal(one, other) for one, other in zip(registered, delivered, strict=True))
    assert not np.array_equal(FlowPlan(fleet, flows, instants).cumulative(range(100))[0], delivered[0])


def test_it_is_the_fleet_itself_where_nobody_has_one() -> None:
    fleet = Fleet(FleetSpec(10))
    assert honest_fleet(fleet) is fleet


def test_the_fleet_keeps_its_thieves() -> None:
    fleet = thieves()
    honest_fleet(fleet)
    assert any(one.bypassed for one in fleet.classes)

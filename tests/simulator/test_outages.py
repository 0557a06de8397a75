"""An outage: who is hit, in which windows, and who comes back when."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.field_history import FieldHistory
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.fleet.imported_meters import read_meters
from simulator.fleet.meter_groups import indices_of
from simulator.fleet.object_mrids import Kind
from simulator.fleet.topology import Topology
from simulator.outages import InvalidOutage, Node, Outage, Reporting, Restoration
from simulator.supply import Supply
from tests.simulator.mixed_fleet import FLEET, first_of

FAILED = 1_780_000_000
BACK = FAILED + 7_200
NETWORK = Fleet(FleetSpec(1_000, topology=Topology(10, 20, 3)))  # 200 meters on a feeder
OWN = read_meters(Path(__file__).parents[2] / "examples" / "fleets" / "own-meters.csv")
IMPORTED = Fleet(FleetSpec(len(OWN) + 10, templates=(MeterTemplate(name="ten", count=10),), imported=OWN))
FEEDER, TRANSFORMER, METER = (
    Node(kind, number) for kind, number in ((Kind.FEEDER, 1), (Kind.TRANSFORMER, 25), (Kind.METER, 250))
)


def ends(outage: Outage, fleet: Fleet = NETWORK) -> dict[int, int | None]:
    """When each meter under the node has power for good again."""
    meters = indices_of(outage.node.meters(fleet))
    return {
        meter: windows[-1][1] for meter, windows in zip(meters.tolist(), outage.windows(fleet, meters), strict=True)
    }


@pytest.mark.parametrize("fleet", [NETWORK, FLEET, IMPORTED], ids=["network", "mixed", "imported"])
@pytest.mark.parametrize("kind", [Kind.SUBSTATION, Kind.FEEDER, Kind.TRANSFORMER])
def test_it_is_at_the_electricity_meters_under_its_node_and_at_no_other(fleet: Fleet, kind: Kind) -> None:
    everyone = np.arange(len(fleet))
    for number in fleet.groups.all_of(kind)[:40]:
        node = Node.of(fleet.groups.at(kind, number))
        hit = np.flatnonzero([bool(windows) for windows in Outage(node, FAILED).windows(fleet, everyone)])
        assert hit.tolist() == indices_of(node.meters(fleet)).tolist()


@pytest.mark.parametrize("commodity", ["gas", "water"])
def test_gas_and_water_meters_are_under_no_node(commodity: str) -> None:
    meter = first_of(commodity)
    point = int(FLEET.usage_points_of([meter])[0])
    assert [len(node.meters(FLEET)) for node in (Node(Kind.METER, meter), Node(Kind.USAGE_POINT, point))] == [0, 0]


def test_a_usage_point_fails_with_all_its_electricity_meters() -> None:
    point = int(FLEET.usage_points_of([first_of("residential")])[0])
    assert indices_of(Node(Kind.USAGE_POINT, point).meters(FLEET)).tolist() == [first_of("residential")]


def test_meters_under_one_transformer_come_back_together() -> None:
    back = ends(Outage(FEEDER, FAILED, BACK, restoration=Restoration(4, 600)))
    for transformer in range(20, 40):
        assert len({back[meter] for meter in range(transformer * 10, transformer * 10 + 10)}) == 1


def test_a_node_comes_back_part_after_part() -> None:
    back = ends(Outage(FEEDER, FAILED, BACK, restoration=Restoration(4, 600)))
    instants, counts = np.unique(list(back.values()), return_counts=True)
    assert instants.tolist() == [BACK, BACK + 600, BACK + 1_200, BACK + 1_800]
    assert counts.tolist() == [50] * 4


def test_which_part_comes_back_first_differs_from_outage_to_outage() -> None:
    first = set()
    for start in range(FAILED, FAILED + 60):
        back = ends(Outage(FEEDER, start, BACK, restoration=Restoration(4, 600)))
        first.add(min(meter for meter, end in back.items() if end == BACK))
    assert first == {200, 250, 300, 350}


@pytest.mark.parametrize("node", [TRANSFORMER, METER], ids=["transformer", "meter"])
def test_what_one_transformer_feeds_comes_back_in_the_first_step(node: Node) -> None:
    assert set(ends(Outage(node, FAILED, BACK, restoration=Restoration(4, 600))).values()) == {BACK}


def test_a_feeder_with_fewer_transformers_than_steps_begins_with_the_first_step() -> None:
    fleet = Fleet(FleetSpec(30, topology=Topology(10, 3, 1)))
    back = ends(Outage(Node(Kind.FEEDER, 0), FAILED, BACK, restoration=Restoration(10, 60)), fleet)
    assert set(back.values()) == {BACK, BACK + 60, BACK + 120}


def test_transformers_of_an_imported_list_come_back_in_parts_too() -> None:
    node = Node.of(IMPORTED.group("North"))  # type: ignore[arg-type]
    back = ends(Outage(node, FAILED, BACK, restoration=Restoration(2, 60)), IMPORTED)
    assert set(back.values()) == {BACK, BACK + 60}


def test_a_recloser_tries_before_power_is_lost_for_good() -> None:
    outage = Outage(METER, FAILED, BACK, reclosings_s=(2, 15))
    assert outage.courses == (((FAILED, FAILED + 2), (FAILED + 3, FAILED + 18), (FAILED + 19, BACK)),)
    assert outage.lasts_from == FAILED + 19


def test_an_outage_may_end_while_the_recloser_tries() -> None:
    outage = Outage(METER, FAILED, FAILED + 10, reclosings_s=(2, 15))
    assert outage.courses == (((FAILED, FAILED + 2), (FAILED + 3, FAILED + 10)),)


def test_an_outage_without_an_end_lasts() -> None:
    assert set(ends(Outage(FEEDER, FAILED, restoration=Restoration(4, 600))).values()) == {None}


def test_power_is_lost_from_the_start_on_and_back_at_the_end() -> None:
    outage = Outage(METER, FAILED, BACK)
    meters = np.array([250, 251])
    dead = [outage.powerless(NETWORK, meters, instant).tolist() for instant in (FAILED - 1, FAILED, BACK - 1, BACK)]
    assert dead == [[False, False], [True, False], [True, False], [False, False]]


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 100), st.integers(1, 100), st.sampled_from([FEEDER, TRANSFORMER, METER])), max_size=4
    ),
    instant=st.integers(0, 220),
)
@settings(deadline=None, max_examples=60)
def test_who_has_no_power_in_several_outages_has_none_in_one_of_them(
    spans: list[tuple[int, int, Node]], instant: int
) -> None:
    outages = tuple(
        Outage(node, FAILED + start, FAILED + start + length, (1,), Restoration(3, 7)) for start, length, node in spans
    )
    meters = np.arange(195, 405)
    each = [one.powerless(NETWORK, meters, FAILED + instant) for one in outages]
    together = Supply(NETWORK, FieldHistory(outages=outages)).powerless(meters, FAILED + instant)
    assert together.tolist() == np.any([*each, np.zeros(len(meters), bool)], axis=0).tolist()


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: Node(Kind.TEMPLATE, 0), "a template is no node"),
        (lambda: Outage(METER, FAILED, FAILED), "is not after"),
        (lambda: Outage(METER, FAILED, reclosings_s=(0,)), "at least a second"),
        (lambda: Outage(METER, FAILED, reclosings_s=(1,) * 11), "10 times at most, not 11"),
        (lambda: Restoration(0), "1 to 50 steps, not 0"),
        (lambda: Restoration(3, -1), "every_s is 0 or more, not -1"),
        (lambda: Reporting(gasps_within_s=-5), "gasps_within_s is 0 or more seconds, not -5"),
        (lambda: Reporting(gasps_lost_per_mille=1_001), "0 to 1000, not 1001"),
    ],
)
def test_an_outage_that_cannot_be_is_refused_with_the_rule(make, rule: str) -> None:
    with pytest.raises(InvalidOutage, match=rule):
        make()

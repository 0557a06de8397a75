"""Letting nodes of the network fail and come back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from headend.operations.events.field_facts import field_history
from headend.operations.outages import OutageRequest, OutageState, end_outage, list_outages, start_outage
from headend.operations.refusal import Refusal
from headend.store import Store
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.fleet.imported_meters import read_meters
from simulator.fleet.topology import Topology
from simulator.outage_events import outage_events
from simulator.outages import REALISTIC, Restoration
from simulator.supply import Supply

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEMPLATES = (
    MeterTemplate(name="homes", count=2_000),
    MeterTemplate(name="taps", count=10, shares=(("water", 10_000),)),
)
FLEET = Fleet(FleetSpec(2_010, templates=TEMPLATES))
OWN = read_meters(Path(__file__).parents[2] / "examples" / "fleets" / "own-meters.csv")
IMPORTED = Fleet(FleetSpec(len(OWN), imported=OWN))


def start(store: Store, fleet: Fleet = FLEET, **request) -> OutageState:
    with store.writing() as work:
        return start_outage(fleet, OutageRequest(**request), NOON, work)


def powerless(store: Store, instant: datetime, fleet: Fleet = FLEET) -> list[int]:
    everyone = range(len(fleet))
    with store.reading() as work:
        supply = Supply(fleet, field_history(fleet, everyone, work))
    return np.flatnonzero(supply.powerless(np.array(everyone), int(instant.timestamp()))).tolist()


def test_a_feeder_fails_now_with_all_that_it_feeds(store: Store) -> None:
    state = start(store, node="F00000001")
    assert (state.node_class, state.node_name, state.meters) == ("Feeder", "F00000001", 1_000)
    assert (state.start, state.end, state.restored) == (NOON, None, None)
    assert powerless(store, NOON - timedelta(seconds=1)) == []
    assert powerless(store, NOON) == list(range(1_000, 2_000))


def test_a_feeder_comes_back_step_by_step_when_somebody_ends_its_outage(store: Store) -> None:
    state = start(store, node="F00000001", restoration=Restoration(2, 600))
    with store.writing() as work:
        ended = end_outage(FLEET, state.mrid, NOON + HOUR, work)
    assert ended is not None
    assert (ended.end, ended.restored) == (NOON + HOUR, NOON + HOUR + timedelta(minutes=10))
    left = [len(powerless(store, NOON + HOUR + timedelta(minutes=minutes))) for minutes in (-1, 1, 11)]
    assert left[0] == 1_000
    assert 0 < left[1] < 1_000
    assert left[2] == 0


@pytest.mark.parametrize("node", ["M00000042", "UP00000042", FLEET.meter(42).mrid, FLEET.meter(42).usage_point_mrid])
def test_a_meter_or_its_usage_point_can_fail_alone(store: Store, node: str) -> None:
    start(store, node=node)
    assert powerless(store, NOON) == [42]


def test_a_node_of_an_imported_list_fails_by_its_own_name(store: Store) -> None:
    state = start(store, IMPORTED, node="TX-QUAY")
    assert state.node_class == "TransformerTank"
    assert powerless(store, NOON, IMPORTED) == [0, 1]  # not the gas meter beside them


def test_what_was_asked_for_is_kept_to_the_last_parameter(store: Store) -> None:
    state = start(
        store,
        node="S00000000",
        start=NOON + HOUR,
        end=NOON + 2 * HOUR,
        reclosings_s=[2, 15],
        restoration=Restoration(3, 300),
        reporting=REALISTIC,
        reason="storm",
    )
    with store.reading() as work:
        assert list_outages(FLEET, work) == [state]
    assert (state.outage.reclosings_s, state.outage.reporting, state.reason) == ((2, 15), REALISTIC, "storm")


def test_outages_overlap_and_power_is_back_when_none_is_left(store: Store) -> None:
    feeder, transformer = start(store, node="F00000000"), start(store, node="T00000003")
    assert feeder.mrid != transformer.mrid
    with store.writing() as work:
        end_outage(FLEET, feeder.mrid, NOON + HOUR, work)
    assert powerless(store, NOON + HOUR) == list(range(120, 160))


def test_the_same_failure_said_twice_is_two_outages(store: Store) -> None:
    first, second = start(store, node="T00000003"), start(store, node="T00000003")
    with store.writing() as work:
        end_outage(FLEET, first.mrid, NOON + HOUR, work)
        assert [one.mrid for one in list_outages(FLEET, work) if one.end is None] == [second.mrid]
    assert len(powerless(store, NOON + HOUR)) == 40


def test_two_stores_give_the_same_failure_the_same_mrid(tmp_path: Path) -> None:
    stores = [Store.open(f"sqlite:///{tmp_path / name}.db") for name in ("one", "other")]
    assert len({start(one, node="F00000001").mrid for one in stores}) == 1
    for one in stores:
        one.close()


def test_an_outage_that_ends_before_it_began_is_forgotten(store: Store) -> None:
    state = start(store, node="F00000001", start=NOON + HOUR)
    with store.writing() as work:
        assert end_outage(FLEET, state.mrid, NOON, work) is None
        assert list_outages(FLEET, work) == []


def test_a_planned_end_can_be_brought_forward(store: Store) -> None:
    state = start(store, node="F00000001", end=NOON + 5 * HOUR)
    with store.writing() as work:
        ended = end_outage(FLEET, state.mrid, NOON + HOUR, work)
    assert ended is not None
    assert ended.end == NOON + HOUR


def test_outages_of_another_fleet_in_the_same_database_are_not_ours(store: Store) -> None:
    start(store, node="F00000001")
    other = Fleet(FleetSpec(2_000, seed=2))
    with store.reading() as work:
        assert list_outages(other, work) == []
    assert powerless(store, NOON, other) == []


@pytest.mark.parametrize(
    ("request_", "code", "rule"),
    [
        ({"node": "F1"}, "2.15", "'F1' is no node of the network here; did you mean 'F00000001'"),
        ({"node": "m42"}, "2.15", "did you mean 'M00000042'"),
        ({"node": "nowhere"}, "2.15", "feeders F00000000 to F00000001, transformers T00000000 to T00000049, usage"),
        ({"node": "homes"}, "2.15", "'homes' is a template"),
        ({"node": "M00002003"}, "2.15", "feeds no electricity meter"),
        ({"node": "F00000001", "end": NOON}, "1.8", "outage of 'F00000001': power comes back after it was lost"),
        ({"node": "F00000001", "start": NOON - 10_000 * 24 * HOUR}, "1.8", "the first meters were installed at"),
        ({"node": "F00000001", "reclosings_s": [0]}, "1.8", "at least a second"),
    ],
)
def test_what_cannot_fail_is_refused_with_the_rule_and_a_near_miss(
    store: Store, request_: dict, code: str, rule: str
) -> None:
    with pytest.raises(Refusal, match=rule) as refused:
        start(store, **request_)
    assert [error.code for error in refused.value.errors] == [code]


def test_a_misspelt_node_of_an_imported_list_has_its_near_miss(store: Store) -> None:
    with pytest.raises(Refusal, match="did you mean 'TX-QUAY'"):
        start(store, IMPORTED, node="TX-QAY")


def test_an_unknown_outage_cannot_end(store: Store) -> None:
    state = start(store, node="F00000001")
    with pytest.raises(Refusal, match=f"did you mean {state.mrid!r}") as refused, store.writing() as work:
        end_outage(FLEET, state.mrid[:-1], NOON, work)
    assert [error.code for error in refused.value.errors] == ["2.15"]


def test_an_outage_ends_once(store: Store) -> None:
    state = start(store, node="F00000001", start=NOON - HOUR)
    with store.writing() as work:
        end_outage(FLEET, state.mrid, NOON, work)
    with pytest.raises(Refusal, match="restoration began at") as refused, store.writing() as work:
        end_outage(FLEET, state.mrid, NOON + HOUR, work)
    assert [error.code for error in refused.value.errors] == ["6.5"]


def test_one_call_drops_a_feeder_of_a_hundred_thousand_meters_in_less_than_a_second(tmp_path: Path) -> None:
    fleet = Fleet(FleetSpec(400_000, topology=Topology(50, 2_000, 4)))
    opened = Store.open(f"sqlite:///{tmp_path / 'headend.db'}")
    begun = perf_counter()
    state = start(opened, fleet, node="F00000001")
    elapsed_s = perf_counter() - begun
    assert (state.meters, len(powerless(opened, NOON, fleet))) == (100_000, 100_000)
    with opened.reading() as work:
        history = field_history(fleet, range(len(fleet)), work)
    now = int(NOON.timestamp())
    assert len(outage_events(fleet, history, range(len(fleet)), now - 1, now)) == 100_000
    assert elapsed_s < 1  # some milliseconds, on an idle machine
    opened.close()

"""What meters tell of outages, and when the head end hears of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.field_events import EventCause, FieldEvents
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.object_mrids import Kind
from simulator.fleet.topology import Topology
from simulator.outage_events import outage_events, outage_events_heard
from simulator.outages import PROMPT, Node, Outage, Reporting, Restoration
from simulator.windows import union
from tests.support.history import switched_off

FAILED = 1_780_000_000
BACK = FAILED + 7_200
DAY = (FAILED - 43_200, FAILED + 43_200)
FLEET = Fleet(FleetSpec(1_000, topology=Topology(10, 20, 3)))  # 200 meters on a feeder
ALL = range(len(FLEET))
FEEDER, METER = Node(Kind.FEEDER, 1), Node(Kind.METER, 250)
LOST, RESTORED, VOLTAGE_LOST, VOLTAGE_NORMAL = "3.26.0.85", "3.26.0.216", "3.26.38.47", "3.26.38.37"
MESH = Reporting(hold_s=20, gasps_within_s=300, gasps_lost_per_mille=100, restorations_within_s=900)


def told(*outages: Outage, switched: dict | None = None) -> FieldEvents:
    history = FieldHistory(switched_off(switched or {}).interruptions, outages)
    return outage_events(FLEET, history, ALL, *DAY)


def story(*outages: Outage, switched: dict | None = None) -> list[tuple[str, int, int]]:
    """Of the one meter: what, when after the failure, and how much later it was heard."""
    found = told(*outages, switched=switched)
    assert set(found.meters.tolist()) <= {METER.number}
    delays = (found.heard - found.instants).tolist()
    return list(zip(found.type_codes(), (found.instants - FAILED).tolist(), delays, strict=True))


def test_a_last_gasp_tells_of_the_loss_and_a_notice_of_the_restoration() -> None:
    assert story(Outage(METER, FAILED, BACK)) == [(LOST, 0, 10), (RESTORED, 7_200, 0)]


def test_every_meter_of_a_feeder_tells_of_both() -> None:
    found = told(Outage(FEEDER, FAILED, BACK))
    for code in (LOST, RESTORED):
        assert found.of_type(code).meters.tolist() == list(range(200, 400))
    assert set(found.causes.tolist()) == {EventCause.OUTAGE}


def test_an_outage_that_lasts_is_not_over() -> None:
    assert story(Outage(METER, FAILED)) == [(LOST, 0, 10)]


def test_last_gasps_come_within_their_window_and_some_never() -> None:
    gasps = told(Outage(FEEDER, FAILED, BACK, reporting=MESH)).of_type(LOST)
    assert 165 <= len(gasps) <= 195  # a tenth of 200 is lost
    delays = gasps.heard - gasps.instants
    assert (delays.min(), delays.max()) >= (20, 250)
    assert delays.max() <= 320
    assert len(np.unique(delays)) > 100


def test_all_last_gasps_can_be_lost() -> None:
    reporting = Reporting(gasps_lost_per_mille=1_000)
    assert story(Outage(METER, FAILED, BACK, reporting=reporting)) == [(RESTORED, 7_200, 0)]


def test_notices_of_the_restoration_come_out_of_order() -> None:
    back = told(Outage(FEEDER, FAILED, BACK, restoration=Restoration(4, 300), reporting=MESH)).of_type(RESTORED)
    assert len(back) == 200
    assert np.any(np.diff(back.heard) < 0)  # they are in the order in which power came back
    assert (back.heard - back.instants).max() <= 900


def test_what_is_over_before_a_meter_would_say_so_is_momentary() -> None:
    assert story(Outage(METER, FAILED, FAILED + 10)) == [(VOLTAGE_LOST, 0, 20), (VOLTAGE_NORMAL, 10, 10)]


def test_momentary_interruptions_before_a_lasting_one_are_told_with_its_restoration() -> None:
    found = story(Outage(METER, FAILED, BACK, reclosings_s=(2, 5)))
    assert found == [
        (VOLTAGE_LOST, 0, 7_200),
        (VOLTAGE_NORMAL, 2, 7_198),
        (VOLTAGE_LOST, 3, 7_197),
        (VOLTAGE_NORMAL, 8, 7_192),
        (LOST, 9, 10),
        (RESTORED, 7_200, 0),
    ]


def test_while_a_lasting_outage_goes_on_nobody_hears_of_the_momentary_ones_before_it() -> None:
    assert story(Outage(METER, FAILED, reclosings_s=(2,))) == [(LOST, 3, 10)]


def test_a_meter_tells_once_of_faults_that_overlap() -> None:
    found = told(Outage(FEEDER, FAILED + 60, BACK + 60), Outage(METER, FAILED, BACK))
    mine = found.where(found.meters == METER.number)
    assert (mine.instants - FAILED).tolist() == [0, 7_260]


def test_behind_an_open_switch_a_meter_tells_nothing() -> None:
    assert story(Outage(METER, FAILED, BACK), switched={METER.number: [(FAILED - 60, None)]}) == []


def test_a_meter_that_was_switched_off_meanwhile_does_not_tell_that_power_is_back() -> None:
    assert story(Outage(METER, FAILED, BACK), switched={METER.number: [(FAILED + 60, None)]}) == [(LOST, 0, 10)]


def test_a_meter_that_was_connected_again_before_tells_of_it() -> None:
    found = story(Outage(METER, FAILED, BACK), switched={METER.number: [(FAILED - 60, FAILED)]})
    assert [code for code, _, _ in found] == [LOST, RESTORED]


def test_meters_that_were_not_yet_installed_tell_nothing() -> None:
    before = FLEET.installed - 100_000
    history = FieldHistory(outages=(Outage(FEEDER, before, before + 7_200),))
    assert len(outage_events(FLEET, history, ALL, before - 1, before + 10_000)) == 0


outage_lists = st.lists(
    st.builds(
        lambda node, start, length, reclosings, reporting: Outage(
            node, FAILED + start, FAILED + start + length, tuple(reclosings), Restoration(3, 100), reporting
        ),
        st.sampled_from([FEEDER, METER, Node(Kind.TRANSFORMER, 25)]),
        st.integers(0, 10_000),
        st.integers(1, 3_000),
        st.lists(st.integers(1, 30), max_size=2),
        st.sampled_from([PROMPT, MESH]),
    ),
    max_size=4,
)


@given(outages=outage_lists, cut=st.integers(-100, 16_000))
@settings(deadline=None, max_examples=40)
def test_periods_that_follow_each_other_tell_everything_once(outages: list[Outage], cut: int) -> None:
    history = FieldHistory(outages=tuple(outages))
    first, middle, last = DAY[0], FAILED + cut, DAY[1]
    for ask in (outage_events, outage_events_heard):
        whole = ask(FLEET, history, ALL, first, last)
        parts = FieldEvents.joined([ask(FLEET, history, ALL, first, middle), ask(FLEET, history, ALL, middle, last)])
        assert (parts.meters.tolist(), parts.instants.tolist(), parts.heard.tolist(), parts.types.tolist()) == (
            whole.meters.tolist(),
            whole.instants.tolist(),
            whole.heard.tolist(),
            whole.types.tolist(),
        )


@given(outages=outage_lists, meter=st.integers(240, 260))
@settings(deadline=None, max_examples=40)
def test_one_meter_tells_the_same_alone_as_among_all(outages: list[Outage], meter: int) -> None:
    history = FieldHistory(outages=tuple(outages))
    alone = outage_events(FLEET, history, np.array([meter]), *DAY)
    together = outage_events(FLEET, history, ALL, *DAY)
    mine = together.where(together.meters == meter)
    assert [alone.instants.tolist(), alone.types.tolist()] == [mine.instants.tolist(), mine.types.tolist()]


@given(outages=outage_lists, first=st.integers(150, 400), count=st.integers(0, 60))
@settings(deadline=None, max_examples=30)
def test_a_range_of_meters_is_those_meters(outages: list[Outage], first: int, count: int) -> None:
    history = FieldHistory(outages=tuple(outages))
    run = range(first, first + count)
    by_range, by_list = (outage_events(FLEET, history, meters, *DAY) for meters in (run, np.array(run, np.int64)))
    assert by_range.meters.tolist() == by_list.meters.tolist()
    assert by_range.heard.tolist() == by_list.heard.tolist()


@given(outages=outage_lists)
@settings(deadline=None, max_examples=40)
def test_what_a_meter_tells_are_the_ends_of_its_windows_without_power(outages: list[Outage]) -> None:
    silent = Reporting(gasps_lost_per_mille=0)
    outages = [Outage(one.node, one.start, one.end, one.reclosings_s, one.restoration, silent) for one in outages]
    meter = np.array([METER.number])
    windows = union(window for one in outages for window in one.windows(FLEET, meter)[0])
    found = outage_events(FLEET, FieldHistory(outages=tuple(outages)), meter, *DAY)
    assert sorted(found.instants.tolist()) == sorted(instant for window in windows for instant in window if instant)


@pytest.mark.parametrize("meters", [range(1_000), np.arange(200, 400)], ids=["all", "those of the feeder"])
def test_nothing_is_told_where_nothing_happened(meters) -> None:
    assert len(outage_events(FLEET, FieldHistory(), meters, *DAY)) == 0

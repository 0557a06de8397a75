"""A meter that hangs at no usage point: nothing flows and nobody reaches it, but it is no outage and no open switch."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cascade.flows import Flow, FlowPlan
from simulator.collected import collected_at
from simulator.conditions import REALISTIC, Conditions
from simulator.defect_rates import DefectRates
from simulator.defects.power_marks import POWER_FAIL
from simulator.field_events import FieldEvents
from simulator.field_history import UNDISTURBED, Cause, FieldHistory, Interruption
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.growing_fleet import GrowingFleet
from simulator.fleet.object_mrids import Kind
from simulator.links import all_answer_at_once, attempts, heard, reachable, unheard_of
from simulator.local_time import DAY_S
from simulator.outage_events import outage_events
from simulator.outages import Node, Outage
from simulator.readings import reading_blocks
from simulator.spontaneous_events import spontaneous_events, spontaneous_events_heard
from simulator.supply import Supply
from simulator.truth.causes import CauseFinder
from simulator.windows import Window, union
from tests.simulator.fleet_changes import registered
from tests.simulator.mixed_fleet import FLEET, block, first_of, series

DAY = ("2026-06-09T00:00", "2026-06-10T00:00")
(HOURS,) = series(["0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"], *DAY)
REGISTER = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
OF_LINE = [
    "0.0.7.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0",  # voltage
    "0.0.7.6.0.1.15.0.0.0.0.0.0.0.0.0.33.0",  # frequency
]
OF_SWITCH = "0.0.7.6.0.1.43.0.0.0.0.0.0.0.0.0.109.0"
HOME, GAS = first_of("residential"), first_of("gas")
BOTH = np.array([HOME, HOME + 1])


def at(hour: int, minute: int = 0) -> int:
    """An instant of the day."""
    return int(HOURS.stamps[0]) + (hour - 1) * 3_600 + minute * 60


def not_mounted(*windows: Window, meter: int = HOME) -> FieldHistory:
    return FieldHistory({meter: tuple(Interruption(*window, Cause.NOT_MOUNTED) for window in windows)})


# Energy


def test_nothing_flows_through_a_meter_that_hangs_nowhere() -> None:
    (whole,), (found,) = (
        block([HOURS], HOME, history=one).values for one in (UNDISTURBED, not_mounted((at(9), at(14))))
    )
    assert found[0, 9:14].tolist() == [0] * 5
    assert found[0, :9].tolist() == whole[0, :9].tolist()
    assert found[0, 14:].tolist() == whole[0, 14:].tolist()


def test_neither_is_there_any_gas() -> None:
    (litres,) = block(
        series(["0.0.7.4.1.7.58.0.0.0.0.0.0.0.0.0.134.0"], *DAY), GAS, history=not_mounted((at(0), None), meter=GAS)
    ).values
    assert not litres.any()


def test_it_has_no_voltage_and_its_switch_stays_where_it_was() -> None:
    history = not_mounted((at(9), at(14)))
    for values in block(series(OF_LINE, *DAY), HOME, history=history).values:
        assert np.flatnonzero(values[0] == 0).tolist() == [8, 9, 10, 11, 12]  # stamped 9:00 to 13:00
    (position,) = block(series([OF_SWITCH], *DAY), HOME, history=history).values
    assert position.all()


spans = st.tuples(st.integers(0, 22 * 60), st.integers(1, 300)).map(
    lambda span: (at(1, span[0]), at(1, span[0] + span[1]))
)


@given(
    meter=st.integers(0, len(FLEET) - 1).filter(lambda meter: len(FLEET.groups.above(meter)) > 0),
    away=st.lists(spans, min_size=1, max_size=3),
    openings=st.lists(spans, max_size=2),
    outages=st.lists(spans, max_size=2),
)
@settings(deadline=None, max_examples=40)
def test_energy_of_windows_not_mounted_is_not_counted_and_registers_agree_with_intervals(
    meter: int, away: list[tuple[int, int]], openings: list[tuple[int, int]], outages: list[tuple[int, int]]
) -> None:
    history = FieldHistory(
        {
            meter: (
                *(Interruption(*window, Cause.NOT_MOUNTED) for window in away),
                *(Interruption(*window) for window in openings),
            )
        },
        tuple(Outage(Node(Kind.METER, meter), *window) for window in outages),
    )
    register, hours = series(
        [REGISTER, "0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"], "2026-06-09T00:00", "2026-06-12T00:00"
    )
    stands, intervals = block([register, hours], meter, history=history).values
    undisturbed = block([register], meter).values[0]
    lost_mwh = 0
    for window in union([*away, *openings, *outages]):
        (flows,) = FlowPlan(FLEET, (Flow.FORWARD,), np.array(window)).cumulative(np.array([meter]))
        lost_mwh += int(flows[0, 1] - flows[0, 0])
    assert abs((int(undisturbed[0, -1]) - int(stands[0, -1])) * 1_000 - lost_mwh) < 1_000
    first = np.searchsorted(hours.stamps, register.stamps[0], side="right")
    last = np.searchsorted(hours.stamps, register.stamps[-1], side="right")
    assert intervals[0, first:last].sum() == stands[0, -1] - stands[0, 0]
    (group,) = Supply(FLEET, history).disturbed(np.array([meter]))
    assert group.unmounted == union(away)
    assert group.powerless == union([*away, *outages])
    assert group.switched == tuple(sorted(openings, key=lambda one: one[0]))


@given(minute=st.integers(1, 23 * 60 - 1))
@settings(deadline=None, max_examples=30)
def test_an_exchange_in_an_interval_divides_it_between_the_old_meter_and_the_new(minute: int) -> None:
    change = at(0, minute)
    growing = GrowingFleet(FLEET)
    old = FLEET.meter(HOME)
    growing.add(
        [registered("new", at=old.usage_point_mrid, point_name=old.usage_point_name, installed=date(2026, 6, 9))]
    )
    fleet, new = growing.fleet, len(FLEET)
    assert np.asarray(fleet.meters_at(int(fleet.usage_points_of([HOME])[0]))).tolist() == [HOME, new]
    history = FieldHistory(
        {
            HOME: (Interruption(change, None, Cause.NOT_MOUNTED),),
            new: (Interruption(at(0), change, Cause.NOT_MOUNTED),),
        }
    )
    (values,) = block([HOURS], HOME, new, history=history, fleet=fleet).values
    (whole,) = block([HOURS], HOME, new, fleet=fleet).values
    bounds = np.array([at(0), change, at(24)])
    (flowed_mwh,) = FlowPlan(fleet, (Flow.FORWARD,), bounds).cumulative(np.array([HOME, new]))
    hour = minute // 60
    assert values[0, :hour].tolist() == whole[0, :hour].tolist()
    assert not values[0, hour + 1 :].any()
    assert not values[1, :hour].any()
    assert values[0].sum() == flowed_mwh[0, 1] // 1_000 - flowed_mwh[0, 0] // 1_000
    assert values[1].sum() == (flowed_mwh[1, 2] - flowed_mwh[1, 1]) // 1_000
    assert 0 <= values[0, hour] <= whole[0, hour]


# The link


def test_nobody_reaches_it() -> None:
    history = not_mounted((at(9), at(14)))
    for instant, answers in ((at(9) - 1, True), (at(9), False), (at(14) - 1, False), (at(14), True)):
        assert attempts(FLEET, BOTH, instant, history).answered.tolist() == [answers, True]
        assert reachable(FLEET, BOTH, instant, history).tolist() == [answers, True]
        assert all_answer_at_once(FLEET, instant, history) is answers
        assert Supply(FLEET, history).powerless(BOTH, instant).tolist() == [not answers, False]
    assert not all_answer_at_once(FLEET, at(9), not_mounted((at(9), None)))


def test_an_open_switch_keeps_no_meter_from_answering() -> None:
    history = FieldHistory({HOME: (Interruption(at(9), None),)})
    assert all_answer_at_once(FLEET, at(10), history)


def test_what_it_stored_was_read_out_and_that_nothing_flows_since_then_is_known() -> None:
    history = not_mounted((at(9), None))
    assert heard(FLEET, BOTH, HOURS.stamps, history).tolist() == [HOURS.stamps.tolist()] * 2
    assert not unheard_of(FLEET, history, BOTH, HOURS.stamps, at(24)).any()
    assert collected_at(FLEET, history, at(24)) is None


def test_values_of_an_outage_still_wait_for_its_end() -> None:
    history = replace(not_mounted((at(12), None)), outages=(Outage(Node(Kind.METER, HOME), at(9), at(14)),))
    waiting = unheard_of(FLEET, history, BOTH, HOURS.stamps[:13], at(13))
    assert np.flatnonzero(waiting[0, :13]).tolist() == [8, 9, 10, 11, 12]
    assert not waiting[1].any()


# Events


@pytest.mark.parametrize(
    ("away", "told"),
    [
        ([], [("3.26.0.85", 9), ("3.26.0.216", 14)]),
        ([(at(8), at(20))], []),
        ([(at(8), at(10))], [("3.26.0.216", 14)]),
        ([(at(10), None)], [("3.26.0.85", 9)]),
        ([(at(10), at(12))], [("3.26.0.85", 9), ("3.26.0.216", 14)]),
    ],
    ids=["mounted", "away", "mounted in the dark", "taken down in the dark", "away for a while"],
)
def test_of_an_outage_it_tells_what_it_was_there_for(away: list[Window], told: list[tuple[str, int]]) -> None:
    history = replace(not_mounted(*away), outages=(Outage(Node(Kind.METER, HOME), at(9), at(14)),))
    events = outage_events(FLEET, history, range(len(FLEET)), at(0), at(24))
    assert list(zip(events.type_codes(), ((events.instants - at(0)) // 3_600).tolist(), strict=True)) == told


def test_that_it_is_taken_down_and_put_up_is_told_as_no_outage() -> None:
    other = Outage(Node(Kind.METER, HOME + 1), at(9), at(14))
    history = replace(not_mounted((at(10), at(12))), outages=(other,))
    assert set(outage_events(FLEET, history, range(len(FLEET)), at(0), at(24)).meters.tolist()) == {HOME + 1}


@pytest.mark.parametrize("events_in", [spontaneous_events, spontaneous_events_heard])
def test_nothing_happens_by_itself_at_a_meter_that_hangs_nowhere(events_in: object) -> None:
    fleet = Fleet(FleetSpec(2_000, conditions=Conditions(events=REALISTIC.events)))
    after, until = at(0) - 200 * DAY_S, at(0)
    away = range(0, 2_000, 2)
    window = Interruption(after, at(0) - 100 * DAY_S, Cause.NOT_MOUNTED)
    switched = Interruption(after, None)
    history = FieldHistory({meter: (switched, window) if meter in away else (switched,) for meter in range(2_000)})
    assert callable(events_in)
    everything: FieldEvents = events_in(fleet, range(2_000), after, until)
    found: FieldEvents = events_in(fleet, range(2_000), after, until, history)
    assert window.end is not None
    instants = everything.instants
    stays = (everything.meters % 2 == 1) | (instants < window.start) | (instants >= window.end)
    assert 0 < len(found) < len(everything)
    assert found.meters.tolist() == everything.meters[stays].tolist()
    assert found.instants.tolist() == everything.instants[stays].tolist()


# What is said of the readings


def test_its_intervals_are_not_marked_as_those_of_an_outage() -> None:
    history = replace(not_mounted((at(9), at(12))), outages=(Outage(Node(Kind.METER, HOME), at(14), at(15)),))
    fleet = Fleet(
        FleetSpec(1_000, zone="Europe/Amsterdam", conditions=Conditions(defects=DefectRates(power_marks=True)))
    )
    observation = collected_at(fleet, history, at(24))
    (found,) = reading_blocks(fleet, np.array([HOME]), [HOURS], history, observation=observation)
    (delivered,) = found.observed[0]
    marked = {place: [one.type for one in qualities] for place, qualities in delivered.qualities.items()}
    assert marked == {14: [POWER_FAIL]}


def test_the_truth_says_why_nothing_flowed() -> None:
    finder = CauseFinder(FLEET, not_mounted((at(9), at(14)), (at(20), None)), at(0), at(24))
    first, second = finder.of(BOTH)[0]
    assert [(one.id, one.kind.value) for one in (first, second)] == [
        ("not-mounted-1", "not-mounted"),
        ("not-mounted-2", "not-mounted"),
    ]
    assert first.sentence.endswith(f"{FLEET.meter(HOME).name} hung at no usage point: nothing flowed")
    assert second.end is None

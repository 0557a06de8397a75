"""What a history does to the supply of meters: outages, switches, and both at once."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cascade.flows import Flow, FlowPlan
from simulator.field_history import UNDISTURBED, FieldHistory
from simulator.fleet.object_mrids import Kind
from simulator.outages import Node, Outage
from simulator.windows import union
from tests.simulator.mixed_fleet import FLEET, block, first_of, series
from tests.support.history import switched_off

DAY = ("2026-06-09T00:00", "2026-06-10T00:00")
(HOURS,) = series(["0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"], *DAY)
LINE = [
    "0.0.7.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0",  # voltage
    "0.0.7.6.0.1.15.0.0.0.0.0.0.0.0.0.33.0",  # frequency
]
REGISTER = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
SWITCH = "0.0.7.6.0.1.43.0.0.0.0.0.0.0.0.0.109.0"
HOME = first_of("residential")
FEEDER = FLEET.group(FLEET.groups.above(HOME)[1].name)
assert FEEDER is not None


def at(hour: int) -> int:
    """A full hour of the day."""
    return int(HOURS.stamps[hour - 1])


def outage(start: int, end: int | None, node: Node | None = None) -> Outage:
    """Of a feeder, unless it is elsewhere."""
    return Outage(node or Node.of(FEEDER), start, end)


def test_an_interval_stamped_during_an_outage_is_zero() -> None:
    (whole,), (found,) = (
        block([HOURS], HOME, history=one).values
        for one in (UNDISTURBED, FieldHistory(outages=(outage(at(9), at(14)),)))
    )
    assert found[0, 9:14].tolist() == [0] * 5
    assert found[0, :9].tolist() == whole[0, :9].tolist()
    assert found[0, 14:].all()


def test_an_outage_is_at_all_electricity_meters_under_its_node_and_at_no_other() -> None:
    everyone = np.arange(len(FLEET))
    hit = [bool(windows) for windows in outage(at(9), None).windows(FLEET, everyone)]
    members = FLEET.group_members(FEEDER.mrid)
    assert members is not None
    assert np.flatnonzero(hit).tolist() == list(members)


def test_gas_and_water_meters_notice_no_outage() -> None:
    for name in ("gas", "water"):
        meter = first_of(name)
        for kind, number in ((Kind.METER, meter), (Kind.USAGE_POINT, int(FLEET.usage_points_of([meter])[0]))):
            assert outage(at(9), None, Node(kind, number)).windows(FLEET, np.array([meter])) == [()]


def test_an_outage_can_be_at_a_single_meter() -> None:
    one = outage(at(9), at(10), Node(Kind.METER, HOME))
    assert one.windows(FLEET, np.array([HOME, HOME + 1])) == [((at(9), at(10)),), ()]


def test_the_line_is_dead_during_an_outage() -> None:
    history = FieldHistory(outages=(outage(at(9), at(14)),))
    for values in block(series(LINE, *DAY), HOME, history=history).values:
        assert np.flatnonzero(values[0] == 0).tolist() == [8, 9, 10, 11, 12]  # stamped 9:00 to 13:00


def test_behind_an_open_switch_the_line_has_power() -> None:
    history = switched_off({HOME: [(at(9), at(14))]})
    for values in block(series(LINE, *DAY), HOME, history=history).values:
        assert values.all()


def test_an_outage_does_not_move_the_switch() -> None:
    history = FieldHistory(switched_off({HOME: [(at(3), at(5))]}).interruptions, (outage(at(4), at(14)),))
    (position,) = block(series([SWITCH], *DAY), HOME, history=history).values
    assert np.flatnonzero(position[0] == 0).tolist() == [2, 3]


def test_current_over_an_interval_in_which_the_line_died_needs_no_voltage() -> None:
    asked = series(["0.0.7.0.0.1.4.0.0.0.0.0.0.0.128.0.5.0"], *DAY)
    (current,) = block(asked, HOME, history=FieldHistory(outages=(outage(at(9) + 60, at(11)),))).values
    assert current[0, 10:11].tolist() == [0]


spans = st.tuples(st.integers(0, 22 * 60), st.integers(1, 300)).map(
    lambda span: (at(1) + span[0] * 60, at(1) + (span[0] + span[1]) * 60)
)


@given(
    meter=st.integers(0, len(FLEET) - 1).filter(lambda meter: len(FLEET.groups.above(meter)) > 0),
    outages=st.lists(spans, max_size=3),
    openings=st.lists(spans, max_size=2),
)
@settings(deadline=None, max_examples=60)
def test_the_energy_that_is_missing_is_what_would_have_flowed_in_the_windows(
    meter: int, outages: list[tuple[int, int]], openings: list[tuple[int, int]]
) -> None:
    history = FieldHistory(
        switched_off({meter: openings}).interruptions,
        tuple(outage(*window, Node(Kind.METER, meter)) for window in outages),
    )
    (register,) = series([REGISTER], "2026-06-08T12:00", "2026-06-11T12:00")
    (stands,), (undisturbed,) = (block([register], meter, history=one).values for one in (history, UNDISTURBED))
    lost_mwh = 0
    for window in union([*outages, *openings]):
        (flows,) = FlowPlan(FLEET, (Flow.FORWARD,), np.array(window)).cumulative(np.array([meter]))
        lost_mwh += int(flows[0, 1] - flows[0, 0])
    missing_wh = int(undisturbed[0, -1] - stands[0, -1])
    assert abs(missing_wh * 1_000 - lost_mwh) < 1_000  # registers show whole watt-hours

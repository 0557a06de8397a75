"""Load control, at once and as events that devices plan (61968-9:2013, Annex F)."""

import pytest

from simulator.device import CommandBehaviour, CommandKind, Result
from simulator.device.chance import Chance
from tests.support.device_stories import TestedDevice, at

SCHEDULE = CommandKind.SCHEDULE_LOAD_EVENT
CREATED, STARTED, STOPPED = "15.43.83", "15.17.242", "15.17.243"


def scheduled(*events: tuple[float, float, float], **parameters: object) -> TestedDevice:
    """A device with events: when it gets one, when it starts, how long it lasts; in minutes."""
    device = TestedDevice()
    for minutes, start, duration in events:
        device.take(SCHEDULE, minutes, start=at(start), duration_s=int(duration * 60), **parameters)
    return device


def loads(device: TestedDevice, *minutes: float) -> list[bool]:
    """Whether the load is held back."""
    return [device.state(one).load_control is not None for one in minutes]


def test_an_event_is_created_at_once_and_starts_and_stops_at_its_times() -> None:
    device = scheduled((0, 60, 30))
    assert device.events == [(0, CREATED), (60, STARTED), (90, STOPPED)]
    assert loads(device, 59, 60, 89, 90) == [False, True, True, False]


def test_what_the_message_says_besides_is_part_of_the_state() -> None:
    device = scheduled((0, 0, 30), words={"dutyCycle": "50"})
    assert device.state(1).load_control == {"kind": "event", "dutyCycle": "50"}


def test_a_newer_event_ends_the_one_under_way_for_good() -> None:
    device = scheduled((0, 60, 60), (10, 90, 10))
    assert device.events[2:] == [(60, STARTED), (90, STOPPED), (90, STARTED), (100, STOPPED)]
    assert loads(device, 89, 95, 100, 110) == [True, True, False, False]


def test_a_newer_event_takes_the_place_of_one_that_is_planned_for_its_time() -> None:
    device = scheduled((0, 90, 60), (10, 60, 60))
    assert device.events == [(0, CREATED), (10, CREATED), (60, STARTED), (120, STOPPED)]


def test_events_that_do_not_overlap_both_happen() -> None:
    device = scheduled((0, 120, 30), (10, 60, 50))
    assert [code for _, code in device.events] == [CREATED, CREATED, STARTED, STOPPED, STARTED, STOPPED]


def test_a_customer_who_opts_out_says_so_instead_of_starting() -> None:
    device = TestedDevice(CommandBehaviour(opt_outs_per_million=1_000_000))
    device.take(SCHEDULE, start=at(60), duration_s=1800)
    assert device.events == [(0, CREATED), (60, "15.43.81")]
    assert loads(device, 70) == [False]


def test_nobody_opts_out_of_what_is_mandatory() -> None:
    device = TestedDevice(CommandBehaviour(opt_outs_per_million=1_000_000))
    device.take(SCHEDULE, start=at(60), duration_s=1800, mandatory=True)
    assert (60, STARTED) in device.events


def test_a_customer_who_opts_in_says_so_before_it_starts() -> None:
    device = TestedDevice(CommandBehaviour(opt_ins_per_million=1_000_000))
    device.take(SCHEDULE, start=at(60), duration_s=1800)
    assert [code for _, code in device.events] == [CREATED, "15.43.80", STARTED, STOPPED]


@pytest.mark.parametrize(("draw", "minutes"), [(0, 60), (2**31, 62.5), (2**32 - 1, 65)])
def test_a_randomised_start_comes_up_to_the_widest_shift_later(draw: int, minutes: float) -> None:
    device = TestedDevice(CommandBehaviour(randomisation_s=300))
    device.take(SCHEDULE, chance=Chance(randomisation=draw), start=at(60), randomise_start=True)
    assert device.events == [(0, CREATED), (minutes, STARTED)]


@pytest.mark.parametrize(("minutes", "gone"), [(30, STARTED), (70, STOPPED)])
def test_a_cancelled_event_does_not_go_on(minutes: float, gone: str) -> None:
    device = scheduled((0, 60, 60))
    assert device.take(CommandKind.CANCEL_LOAD_EVENT, minutes).course.result is Result.SUCCEEDED
    assert device.events[-1] == (minutes, "15.43.10")
    assert gone not in [code for _, code in device.events]
    assert loads(device, 80) == [False]


def test_the_event_under_way_is_cancelled_before_those_that_are_planned() -> None:
    device = scheduled((0, 200, 30), (0, 60, 60))
    device.take(CommandKind.CANCEL_LOAD_EVENT, 70)
    assert loads(device, 80, 210) == [False, True]


def test_without_an_event_there_is_nothing_to_cancel() -> None:
    device = TestedDevice()
    course = device.take(CommandKind.CANCEL_LOAD_EVENT).course
    assert (course.result, device.events) == (Result.FAILED, [(0, "15.43.86")])


def test_all_events_are_cancelled_together_and_having_none_is_success() -> None:
    device = scheduled((0, 60, 60), (0, 200, 30))
    device.take(CommandKind.CANCEL_ALL_LOAD_EVENTS, 70)
    device.take(CommandKind.CANCEL_ALL_LOAD_EVENTS, 300)
    assert device.events[2:] == [(60, STARTED), (70, "15.148.10"), (300, "15.148.10")]
    assert loads(device, 69, 70, 210) == [True, False, False]


def test_a_cancellation_may_name_its_time() -> None:
    device = scheduled((0, 60, 60))
    device.take(CommandKind.CANCEL_LOAD_EVENT, 70, cancel_at=at(80))
    assert loads(device, 79, 80) == [True, False]
    assert device.events[-1] == (80, "15.43.10")


def test_direct_load_control_holds_until_it_is_stopped() -> None:
    device = TestedDevice()
    device.take(CommandKind.START_LOAD_CONTROL)
    device.take(CommandKind.STOP_LOAD_CONTROL, 10)
    assert device.events == [(0, STARTED), (10, STOPPED)]
    assert loads(device, 9, 10) == [True, False]


def test_direct_load_control_with_a_duration_stops_by_itself() -> None:
    device = TestedDevice()
    device.take(CommandKind.START_LOAD_CONTROL, duration_s=600)
    assert device.events == [(0, STARTED), (10, STOPPED)]

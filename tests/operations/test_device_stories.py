"""What commands leave in the store: facts with instants, some of which lie ahead."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headend.operations.controls.control_devices import ControlDevices, ControlRequest
from headend.operations.controls.control_life_cycle import device_state
from headend.operations.controls.device_stories import DeviceStories
from headend.operations.controls.publish_controls import ControlPublication
from headend.operations.events.field_facts import field_history
from headend.operations.events.publish_events import EventPublication
from headend.operations.outages import OutageRequest, end_outage, start_outage
from headend.operations.references import ObjectName, ObjectReference
from headend.operations.refusal import Refusal
from headend.store import EventSelection, Store
from simulator.cim.reading_type import ReadingType
from simulator.communication import Communication, ReachabilityWindow
from simulator.conditions import Conditions
from simulator.device import CommandBehaviour, Duration, Parameters, SwitchPosition
from simulator.fleet import Fleet, FleetSpec
from simulator.fleet.fleet_template import MeterTemplate
from simulator.quantities import channel
from simulator.readings import latest_series, reading_blocks
from tests.support.desk import PROMPT_FLEET, SENDER, SLOW_FLEET, Desk, told
from tests.support.device_stories import NOON, at
from tests.support.subscribed import told_by

DISCONNECT, CONNECT, ARM, DISABLE = "3.31.0.23", "3.31.0.18", "3.31.0.5", "3.31.0.22"
SCHEDULE_LOAD_EVENT, SHOW_TEXT, RESET = "3.15.43.300", "3.13.112.77", "3.8.0.214"


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_a_command_for_later_is_accepted_and_happens_in_its_time(desk: Desk) -> None:
    reply = desk.command(DISCONNECT, NOON, start=at(60))
    assert (reply.result, [error.code for error in reply.errors]) == ("OK", ["0.3"])
    assert [desk.state(at(minutes)).switch for minutes in (0, 59, 60)] == [
        SwitchPosition.CONNECTED,
        SwitchPosition.CONNECTED,
        SwitchPosition.DISCONNECTED,
    ]
    assert (desk.events(at(59)), desk.events(at(60))) == ([], [(at(60), "3.31.0.68")])


def test_the_message_of_a_later_event_leaves_when_it_happens_and_is_of_that_time(desk: Desk) -> None:
    desk.command(DISCONNECT, NOON, start=at(60))
    with desk.store.reading() as work:
        (message,) = work.outbox.find()
    assert (message.not_before, message.created) == (at(60), at(60))


def test_a_start_in_the_past_is_now(desk: Desk) -> None:
    assert desk.command(DISCONNECT, NOON, start=at(-60)).errors == ()
    assert desk.events(NOON) == [(NOON, "3.31.0.68")]


def test_what_is_commanded_first_for_later_counts_after_what_is_commanded_later_for_now(desk: Desk) -> None:
    desk.command(CONNECT, NOON, start=at(60))
    desk.command(DISCONNECT, at(10))
    assert [desk.state(at(minutes)).switch.value for minutes in (10, 59, 60)] == [
        "disconnected",
        "disconnected",
        "connected",
    ]


def test_a_scheduled_command_is_carried_out_by_the_device_as_it_will_be(desk: Desk) -> None:
    desk.command(DISCONNECT, NOON, start=at(60))
    desk.command(DISABLE, at(10))
    assert desk.events(at(60)) == [(at(10), "3.31.0.66"), (at(60), "3.31.0.84")]
    assert desk.state(at(60)).switch is SwitchPosition.CONNECTED
    with desk.store.reading() as work:
        mrid = next(one.control_mrid for one in work.events.find(EventSelection(type_patterns=["3.31.0.84"])))
        assert [one.result for one in work.controls.outcomes_of(str(mrid))] == ["failed"]


def test_the_button_of_an_armed_switch_is_pressed_without_anybody_doing_anything(desk: Desk) -> None:
    desk.command(DISCONNECT, NOON)
    desk.command(ARM, at(5))
    assert [desk.state(at(minutes)).switch.value for minutes in (4, 5, 6)] == ["disconnected", "armed", "connected"]
    assert desk.events(at(6))[1:] == [(at(5), "3.31.0.11"), (at(6), "3.31.0.42")]


def test_a_connect_takes_the_press_of_the_button_back_with_its_event_and_its_message(desk: Desk) -> None:
    desk.command(DISCONNECT, NOON)
    desk.command(ARM, at(5))
    desk.command(CONNECT, at(5.5))
    assert [code for _, code in desk.events(at(100))] == ["3.31.0.68", "3.31.0.11", "3.31.0.42"]
    with desk.store.reading() as work:
        assert sorted(one.not_before for one in work.outbox.find()) == [NOON, at(5), at(5.5)]


def test_one_of_many_that_is_overtaken_is_told_apart_from_the_others(desk: Desk) -> None:
    desk.command(DISCONNECT, NOON, 0, 1, 2)
    desk.command(ARM, at(5), 0, 1, 2)
    desk.command(DISCONNECT, at(5.5), 1)
    assert [desk.state(at(6), meter).switch.value for meter in range(3)] == ["connected", "disconnected", "connected"]
    with desk.store.reading() as work:
        assert [len(list(one.recipe or ())) for one in work.outbox.find() if one.not_before == at(6)] == [2]


def test_energy_does_not_flow_while_the_switch_is_open_and_flows_again_when_a_button_closes_it(desk: Desk) -> None:
    energy = ReadingType.parse("0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0")
    desk.command(DISCONNECT, NOON)
    desk.command(ARM, at(300))

    def register(now: datetime) -> int:
        with desk.store.reading() as work:
            history = field_history(desk.fleet, np.array([0]), work)
        installed = int(desk.fleet.installed_of([0])[0])
        series = latest_series([channel(energy)], calendar=desk.fleet.calendar, installed=installed, now=now)
        return int(next(reading_blocks(desk.fleet, np.array([0]), series, history)).values[0][0, -1])

    assert register(NOON) == register(at(301)) < register(at(900))


def test_maximum_demand_begins_anew_with_a_reset(desk: Desk) -> None:
    maximum = ReadingType.parse("0.8.0.6.1.1.8.0.0.0.0.0.0.0.0.0.38.0")

    def read(now: datetime) -> int:
        with desk.store.reading() as work:
            history = field_history(desk.fleet, np.array([0]), work)
        installed = int(desk.fleet.installed_of([0])[0])
        series = latest_series([channel(maximum)], calendar=desk.fleet.calendar, installed=installed, now=now)
        return int(next(reading_blocks(desk.fleet, np.array([0]), series, history)).values[0][0, -1])

    before = read(NOON)
    desk.command(RESET, NOON)
    assert (read(NOON), read(at(10))) == (before, 0)
    assert 0 < read(at(60)) < before
    assert desk.state(at(60)).device.demand_reset == NOON


def test_a_failure_that_is_known_at_once_is_an_error_and_an_event(desk: Desk) -> None:
    desk.command(DISABLE, NOON)
    reply = desk.command(DISCONNECT, at(1), 0, 1)
    assert (reply.result, [error.code for error in reply.errors]) == ("PARTIAL", ["5.3", "0.2"])
    assert "the switch is disabled" in str(reply.errors[0].details)
    assert desk.events(at(1))[-2:] == [(at(1), "3.31.0.84"), (at(1), "3.31.0.68")]


def test_a_command_that_every_device_refuses_fails_and_its_events_are_kept(desk: Desk) -> None:
    desk.command(DISABLE, NOON)
    reply = desk.command(DISCONNECT, at(1))
    assert (reply.result, [error.code for error in reply.errors]) == ("FAILED", ["5.3"])
    assert desk.events(at(1))[-1] == (at(1), "3.31.0.84")


def test_a_failure_that_comes_later_is_an_event_alone(store: Store) -> None:
    behaviour = CommandBehaviour(switching=Duration(60, 60, 60), failures_per_million=1_000_000)
    desk = Desk(store, Fleet(FleetSpec(20, conditions=Conditions(commands=behaviour))))
    reply = desk.command(DISCONNECT, NOON)
    assert (reply.result, [error.code for error in reply.errors]) == ("OK", ["0.3"])
    assert desk.events(at(1)) == [(at(1), "3.31.0.84")]


def test_a_load_event_that_is_told_by_primary_device_timing_starts_then(desk: Desk) -> None:
    desk.command(SCHEDULE_LOAD_EVENT, NOON, start=at(60), parameters=Parameters(duration_s=600))
    assert desk.events(at(100)) == [(NOON, "3.15.43.83"), (at(60), "3.15.17.242"), (at(70), "3.15.17.243")]
    assert desk.state(at(65)).device.load_control == {"kind": "event"}


def test_a_cancelled_command_does_not_happen(desk: Desk) -> None:
    (control,) = desk.command(DISCONNECT, NOON, 0, 1, start=at(60)).ids
    assert desk.cancel(control.value, at(30)).result == "OK"
    assert (desk.events(at(100)), desk.state(at(100)).switch) == ([], SwitchPosition.CONNECTED)
    with desk.store.reading() as work:
        assert [one.result for one in work.controls.outcomes_of(control.value)] == ["cancelled", "cancelled"]


def test_what_has_begun_is_not_cancelled(desk: Desk) -> None:
    (control,) = desk.command(DISCONNECT, NOON, start=at(60)).ids
    with pytest.raises(Refusal, match=r"6.1 .* is done; only another command undoes it"):
        desk.cancel(control.value, at(60))


def test_what_is_cancelled_is_not_cancelled_again(desk: Desk) -> None:
    (control,) = desk.command(DISCONNECT, NOON, start=at(60)).ids
    desk.cancel(control.value, at(1))
    with pytest.raises(Refusal, match=r"6.5 .* was cancelled before"):
        desk.cancel(control.value, at(2))


def test_an_unknown_control_is_not_cancelled(desk: Desk) -> None:
    with pytest.raises(Refusal, match=r"2.15 there is no EndDeviceControl 'nobody'"):
        desk.cancel("nobody", NOON)


def meter(text: str) -> ObjectReference:
    return ObjectReference("EndDevice", None, (ObjectName(text),))


def test_a_firmware_update_goes_through_its_stages(store: Store) -> None:
    desk = Desk(store, SLOW_FLEET)
    with store.writing() as work:
        reply = desk.firmware.start("2.1", [meter("M00000000")], (), NOON, work)
    assert (reply.result, len(reply.ids)) == ("OK", 1)
    assert [code for _, code in desk.events(at(60))] == ["3.11.17.14", "3.11.17.25", "3.11.17.52", "3.11.17.24"]
    assert desk.state(at(5)).device.firmware_update == {"version": "2.1", "stage": "downloading"}
    assert desk.state(at(60)).device.firmware == "2.1"


@pytest.mark.parametrize(
    ("version", "meters", "words"),
    [(" ", ["M00000000"], "1.8"), ("x" * 65, ["M00000000"], "1.8"), ("2", [], "1.7"), ("2", ["nobody"], "2.4")],
)
def test_a_firmware_update_that_cannot_begin_says_why(desk: Desk, version: str, meters: list[str], words: str) -> None:
    with pytest.raises(Refusal, match=words), desk.store.writing() as work:
        desk.firmware.start(version, [meter(one) for one in meters], (), NOON, work)


def test_a_restart_loses_nothing_of_what_lies_ahead(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'headend.db'}"
    first = Store.open(url)
    Desk(first).command(DISCONNECT, NOON, start=at(60))
    first.close()
    second = Store.open(url)
    assert Desk(second).state(at(60)).switch is SwitchPosition.DISCONNECTED
    second.close()


def test_what_is_kept_of_a_meter_is_less_than_a_kilobyte(tmp_path: Path) -> None:
    """All that a disconnect leaves: window, outcome, event, indices; not the message of the subscriber."""
    path = tmp_path / "headend.db"
    empty = tmp_path / "empty.db"
    Store.open(f"sqlite:///{empty}").close()
    store = Store.open(f"sqlite:///{path}")
    fleet = Fleet(FleetSpec(2_000))
    told = ControlPublication(told_by(fleet))
    controls = ControlDevices(DeviceStories(fleet, EventPublication(told_by(fleet)), told.renew), told)
    devices = tuple(ObjectReference("EndDevice", fleet.meter(one).mrid) for one in range(2_000))
    with store.writing() as work:
        controls.create([ControlRequest(type_code=DISCONNECT, end_devices=devices)], SENDER, NOON, work)
    store.close()
    assert (path.stat().st_size - empty.stat().st_size) / 2_000 < 1_000


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path_factory.mktemp('stories') / 'headend.db'}")
    yield opened
    opened.close()


@st.composite
def requests(draw: st.DrawFn) -> list[tuple[str, datetime, list[int], dict[str, Any]]]:
    """Commands in the order of their acceptance: type, when, for whom, what else."""
    now, found = NOON, []
    codes = [
        DISCONNECT,
        CONNECT,
        ARM,
        "3.31.0.6",
        DISABLE,
        "3.31.0.26",
        SCHEDULE_LOAD_EVENT,
        "3.15.43.8",
        "3.13.112.77",
    ]
    for _ in range(draw(st.integers(1, 5))):
        now += timedelta(minutes=draw(st.sampled_from([0, 1, 20])))
        start = draw(st.none() | st.integers(1, 90).map(lambda minutes, now=now: now + timedelta(minutes=minutes)))
        duration_s = draw(st.none() | st.integers(60, 6_000))
        who = draw(st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True))
        given = {"start": start, "parameters": Parameters(duration_s=duration_s, words={"textMessage": "text"})}
        found.append((draw(st.sampled_from(codes)), now, who, given))
    return found


def carry_out(desk: Desk, some: list[tuple[str, datetime, list[int], dict[str, Any]]]) -> None:
    with desk.store.writing() as work:
        work.fleet_state.clear()
    for code, now, who, given_ in some:
        desk.command(code, now, *who, **given_)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests(), st.sampled_from([PROMPT_FLEET, SLOW_FLEET]), st.sampled_from([DISCONNECT, CONNECT, ARM, DISABLE]))
def test_a_cancelled_future_leaves_no_trace(
    one_store: Store, some: list[tuple[str, datetime, list[int], dict[str, Any]]], fleet: Fleet, code: str
) -> None:
    desk = Desk(one_store, fleet)
    carry_out(desk, some)
    before = desk.everything()
    now = some[-1][1]
    (control,) = desk.command(code, now, 0, 1, 2, start=now + timedelta(minutes=15)).ids
    desk.cancel(control.value, now + timedelta(seconds=1))
    assert desk.everything() == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests(), st.sampled_from([PROMPT_FLEET, SLOW_FLEET]))
def test_whatever_is_commanded_the_stored_story_holds_together(
    one_store: Store, some: list[tuple[str, datetime, list[int], dict[str, Any]]], fleet: Fleet
) -> None:
    desk = Desk(one_store, fleet)
    carry_out(desk, some)
    with one_store.reading() as work:
        found = list(work.events.find(EventSelection()))
        queued = told(work)
        for windows in work.interruptions.all().values():
            for earlier, later in pairwise(windows):
                assert earlier.end is not None
                assert earlier.end <= later.start
    # Every event is told once, and when it happens.
    assert sorted(queued) == sorted(f"{one.created} {one.mrid}" for one in found)


def test_what_a_scheduled_event_tells_changes_with_the_state_of_its_device(desk: Desk) -> None:
    desk.command(DISCONNECT, NOON)
    desk.command(ARM, NOON, start=at(60))
    desk.command(CONNECT, at(10))
    with desk.store.reading() as work:
        (armed,) = work.events.find(EventSelection(type_patterns=["3.31.0.11"]))
        assert armed.details == (("contactorPosition", "Closed"),)
        assert f"{at(60)} {armed.mrid}" in told(work)


# Commands that a meter does not hear, and that are repeated.

AT_ONE, AT_SIX = (Communication(windows=(ReachabilityWindow.parse(hours),)) for hours in ("13:00-14:00", "18:00-19:00"))
REPEATED = CommandBehaviour(repeat_every_s=900, repeat_for_s=7_200)


def repeating(store: Store, communication: Communication, commands: CommandBehaviour = REPEATED) -> Desk:
    """A desk whose meters are told every quarter of an hour, for two hours."""
    return Desk(store, Fleet(FleetSpec(20, conditions=Conditions(communication=communication, commands=commands))))


def test_a_command_is_repeated_until_the_meter_can_be_reached(store: Store) -> None:
    desk = repeating(store, AT_ONE)
    reply = desk.command(DISCONNECT, at(7))
    assert (reply.result, [error.code for error in reply.errors]) == ("OK", ["0.3"])
    assert desk.events(at(24 * 60)) == [(at(67), "3.31.0.68")]
    assert [desk.state(at(minutes)).switch.value for minutes in (66, 67)] == ["connected", "disconnected"]


def test_a_meter_that_cannot_be_reached_in_time_is_given_up_and_an_event_tells_of_it(store: Store) -> None:
    desk = repeating(store, AT_SIX)
    assert [error.code for error in desk.command(DISCONNECT, NOON).errors] == ["0.3"]
    assert desk.events(at(24 * 60)) == [(at(120), "3.31.0.84")]
    assert desk.state(at(24 * 60)).switch is SwitchPosition.CONNECTED


def test_each_meter_is_told_by_itself(store: Store) -> None:
    """What a meter without repetition has failed at is in the reply."""
    spec = FleetSpec(
        4,
        templates=(
            MeterTemplate(name="silent", count=2, conditions=Conditions(communication=AT_ONE)),
            MeterTemplate(name="told again", count=2, conditions=Conditions(communication=AT_ONE, commands=REPEATED)),
        ),
    )
    desk = Desk(store, Fleet(spec))
    reply = desk.command(DISCONNECT, NOON, 0, 1, 2, 3)
    assert [error.code for error in reply.errors] == ["5.3", "5.3", "0.3", "0.2"]
    assert desk.events(at(24 * 60)) == [(at(60), "3.31.0.68")] * 2


def test_a_command_that_waits_for_its_meter_can_be_cancelled(store: Store) -> None:
    desk = repeating(store, AT_ONE)
    (control,) = desk.command(DISCONNECT, NOON).ids
    assert desk.cancel(control.value, at(30)).result == "OK"
    assert desk.events(at(24 * 60)) == []
    assert desk.state(at(90)).switch is SwitchPosition.CONNECTED


def test_the_next_command_is_told_after_the_one_that_waits(store: Store) -> None:
    desk = repeating(store, AT_ONE)
    desk.command(DISCONNECT, NOON)
    desk.command(CONNECT, at(1))
    assert desk.events(at(24 * 60)) == [(at(60), "3.31.0.68"), (at(61), "3.31.0.42")]


def outage(desk: Desk, end: datetime | None = None, *, now: datetime = NOON) -> str:
    """An outage of the first meter, and what follows from it for what waits."""
    with desk.store.writing() as work:
        state = start_outage(desk.fleet, OutageRequest(node=desk.fleet.meter(0).name, end=end), now, work)
        desk.stories.power_changed(range(1), now, work)
    return state.mrid


def test_a_meter_without_power_is_told_when_power_is_back(store: Store) -> None:
    desk = repeating(store, Communication())
    outage(desk, at(20))
    assert [error.code for error in desk.command(DISCONNECT, NOON).errors] == ["0.3"]
    assert desk.events(at(24 * 60)) == [(at(30), "3.31.0.68")]


def test_an_outage_that_ends_before_the_meter_is_given_up_lets_it_hear_the_command(store: Store) -> None:
    desk = repeating(store, Communication())
    mrid = outage(desk)
    desk.command(DISCONNECT, NOON)
    assert desk.events(at(24 * 60)) == [(at(120), "3.31.0.84")], "nobody knows of an end"
    with store.writing() as work:
        end_outage(desk.fleet, mrid, at(50), work)
        desk.stories.power_changed(range(1), at(50), work)
    assert desk.events(at(24 * 60)) == [(at(60), "3.31.0.68")]
    with store.reading() as work:
        assert [one.not_before for one in work.outbox.find()] == [at(60)], "the message of the failure is taken back"


def test_an_outage_makes_a_scheduled_command_expire(desk: Desk) -> None:
    (control,) = desk.command(DISCONNECT, NOON, 0, 1, start=at(60)).ids
    outage(desk, at(90), now=at(30))
    assert desk.events(at(24 * 60)) == [(at(60), "3.31.0.68")], "of the other one"
    with desk.store.reading() as work:
        kept = work.controls.get(control.value)
        assert kept is not None
        states = [device_state(kept, one, at(120)) for one in work.controls.outcomes_of(control.value)]
    assert sorted(states) == ["done", "expired"]


def test_an_outage_changes_nothing_of_what_the_meter_has_heard(desk: Desk) -> None:
    desk.command(DISCONNECT, NOON)
    outage(desk, at(90), now=at(30))
    assert desk.events(at(24 * 60)) == [(NOON, "3.31.0.68")]


def test_a_technician_and_a_client_do_not_wait_for_each_other(desk: Desk) -> None:
    """On PostgreSQL both take turns; in another order one of them would be turned away."""
    meter, failures = desk.fleet.meter(0), []

    def work_at_it(act: Callable[[int], object]) -> None:
        try:
            for number in range(25):
                act(number)
        except Exception as error:
            failures.append(error)

    def technician(number: int) -> None:
        with desk.store.writing() as work:
            desk.stories.move_switch(meter, number % 2 == 0, NOON, work)

    def client(number: int) -> None:
        desk.command((DISCONNECT, CONNECT)[number % 2], NOON)

    threads = [threading.Thread(target=work_at_it, args=(act,)) for act in (technician, client)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []

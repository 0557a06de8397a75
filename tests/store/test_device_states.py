"""What commands made of devices, kept under its instants."""

from datetime import UTC, datetime, timedelta

import pytest

from headend.store import (
    ControlOutcome,
    DeviceTransition,
    EndDeviceControl,
    EndDeviceEvent,
    EventSelection,
    NewMessage,
    Store,
    Window,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def transition(device: str, hours: int, control: str = "c", aspect: str = "display") -> DeviceTransition:
    return DeviceTransition(device, aspect, NOON + hours * HOUR, {"text": f"{hours}"}, None, control)


def test_transitions_come_back_in_the_order_of_their_instants(store: Store) -> None:
    ended = DeviceTransition("a", "display", NOON + 3 * HOUR, None, NOON + 4 * HOUR)
    with store.writing() as work:
        work.device_states.add([ended, transition("a", 2), transition("b", 1), transition("a", 1)])
        assert work.device_states.of(["a", "none"]) == {"a": [transition("a", 1), transition("a", 2), ended]}


def test_transitions_of_one_instant_keep_their_order(store: Store) -> None:
    both = [transition("a", 1, "second"), transition("a", 1, "first")]
    with store.writing() as work:
        work.device_states.add(both)
        assert work.device_states.of(["a"])["a"] == both


def test_only_what_one_control_has_planned_is_forgotten(store: Store) -> None:
    kept = [transition("a", 0), transition("a", 1, "other"), transition("b", 1)]
    with store.writing() as work:
        work.device_states.add([*kept, transition("a", 1)])
        work.device_states.forget([("a", "c")], NOON)
        found = work.device_states.of(["a", "b"])
    assert [*found["a"], *found["b"]] == kept


def test_instants_are_those_at_which_an_aspect_becomes_something(store: Store) -> None:
    with store.writing() as work:
        work.device_states.add([transition("a", 1), transition("b", 2), transition("a", 3, aspect="price")])
        work.device_states.add([DeviceTransition("a", "display", NOON + 4 * HOUR, None)])
        assert work.device_states.instants("display") == {"a": [NOON + HOUR], "b": [NOON + 2 * HOUR]}
        assert work.device_states.instants("display", ["b", "c"]) == {"b": [NOON + 2 * HOUR]}


def test_a_plan_replaces_the_windows_from_now_on_and_leaves_the_past(store: Store) -> None:
    windows = [(NOON - 3 * HOUR, NOON - 2 * HOUR), (NOON - HOUR, NOON + HOUR), (NOON + 2 * HOUR, None)]
    with store.writing() as work:
        work.interruptions.open("a", NOON - 3 * HOUR, "earlier")
        work.interruptions.close("a", NOON - 2 * HOUR)
        work.interruptions.open("a", NOON - HOUR, "earlier")
        work.interruptions.open("b", NOON - HOUR, "earlier")
        work.interruptions.plan({"a": windows}, NOON, "test")
        assert work.interruptions.of(["a"])["a"] == [
            Window(*windows[0], "earlier"),
            Window(*windows[1], "test"),
            Window(*windows[2], "test"),
        ]
        assert work.interruptions.is_open("b")


def test_a_plan_may_be_that_nothing_interrupts_any_more(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open("a", NOON + HOUR, "test")
        work.interruptions.plan({"a": []}, NOON, "test")
        assert work.interruptions.all() == {}


CONTROL = EndDeviceControl("c", "3.31.0.23", NOON, parameters={"duration_s": 60})


def test_a_control_is_live_while_it_reaches_beyond_now(store: Store) -> None:
    outcomes = [ControlOutcome("a", "succeeded", None, NOON, NOON + HOUR), ControlOutcome("b", "succeeded")]
    with store.writing() as work:
        work.controls.add(CONTROL, outcomes)
        assert work.controls.live(["a", "b"], NOON + HOUR - timedelta(seconds=1)) == {"a": [(CONTROL, outcomes[0])]}
        assert work.controls.live(["a", "b"], NOON + HOUR) == {}


def test_live_controls_come_in_the_order_in_which_they_were_accepted(store: Store) -> None:
    with store.writing() as work:
        for name in ("z", "y", "x"):
            control = EndDeviceControl(name, "3.31.0.23", NOON)
            work.controls.add(control, [ControlOutcome("a", "succeeded", reaches=NOON + HOUR)])
        assert [control.mrid for control, _ in work.controls.live(["a"], NOON)["a"]] == ["z", "y", "x"]


def test_an_outcome_may_change_at_one_device(store: Store) -> None:
    changed = ControlOutcome("a", "failed", "3.31.0.84", NOON + HOUR, NOON + HOUR)
    with store.writing() as work:
        work.controls.add(CONTROL, [ControlOutcome("a", "succeeded"), ControlOutcome("b", "succeeded")])
        work.controls.change_outcomes("c", [changed])
        assert work.controls.outcomes_of("c") == [changed, ControlOutcome("b", "succeeded")]


def event(mrid: str, device: str, hours: int, control: str | None = "c") -> EndDeviceEvent:
    return EndDeviceEvent(mrid, device, "3.31.0.68", NOON + hours * HOUR, control_mrid=control)


def test_planned_events_are_those_of_controls_that_lie_ahead(store: Store) -> None:
    planned = event("1", "a", 1)
    with store.writing() as work:
        work.events.add([planned, event("2", "a", 0), event("3", "a", 1, None), event("4", "b", 1)])
        assert work.events.planned(["a"], NOON) == [planned]


def test_a_removed_event_never_happens(store: Store) -> None:
    with store.writing() as work:
        work.events.add([event("1", "a", 1), event("2", "a", 1)])
        work.events.remove(["1"])
        assert [one.mrid for one in work.events.find(EventSelection())] == ["2"]


def message(*items: str, hours: int = 1, noun: str = "EndDeviceEvents") -> NewMessage:
    return NewMessage("http://mdm.test/", "created", noun, "-".join(items), list(items), NOON + hours * HOUR)


def test_withdrawn_items_leave_the_messages_that_wait_and_empty_messages_go(store: Store) -> None:
    with store.writing() as work:
        work.outbox.add(message("1", "2"), message("2"), message("3"))
        work.outbox.withdraw("EndDeviceEvents", {"2"}, NOON)
        assert [one.recipe for one in work.outbox.find()] == [["1"], ["3"]]


@pytest.mark.parametrize("kept", [message("2", hours=0), message("2", noun="MeterReadings")], ids=["due", "other noun"])
def test_what_may_leave_or_is_of_another_noun_is_not_withdrawn(store: Store, kept: NewMessage) -> None:
    with store.writing() as work:
        work.outbox.add(kept)
        work.outbox.withdraw("EndDeviceEvents", {"2"}, NOON)
        assert len(work.outbox.find()) == 1


def spent(store: Store, hours: int) -> list[int]:
    with store.writing() as work:
        found = work.device_states.spent(before=NOON + hours * HOUR, kept_aspects=["demand reset"], limit=100)
        work.device_states.remove(found)
        return found


def test_what_made_way_long_ago_is_spent_and_what_it_made_way_for_is_not(store: Store) -> None:
    price = transition("a", 1, aspect="price")
    with store.writing() as work:
        work.device_states.add([transition("a", 1), transition("a", 2), transition("a", 2, "later"), price])
        work.device_states.add([transition("a", 9), transition("b", 1)])
    assert len(spent(store, 3)) == 2
    with store.reading() as work:
        assert work.device_states.of(["a", "b"]) == {
            "a": [price, transition("a", 2, "later"), transition("a", 9)],
            "b": [transition("b", 1)],
        }


@pytest.mark.parametrize(
    "ended",
    [
        DeviceTransition("a", "display", NOON + 2 * HOUR, None),
        DeviceTransition("a", "display", NOON + 2 * HOUR, {"text": "x"}, NOON + 3 * HOUR),
    ],
    ids=["taken back", "run out"],
)
def test_where_nothing_holds_any_more_nothing_is_kept_in_the_end(store: Store, ended: DeviceTransition) -> None:
    with store.writing() as work:
        work.device_states.add([transition("a", 1), ended, transition("a", 9)])
    assert (len(spent(store, 3)), len(spent(store, 3)), len(spent(store, 3))) == (1, 1, 0)
    with store.reading() as work:
        assert work.device_states.of(["a"]) == {"a": [transition("a", 9)]}


def test_what_ran_out_within_the_time_that_is_kept_stays(store: Store) -> None:
    with store.writing() as work:
        work.device_states.add([DeviceTransition("a", "display", NOON, {"text": "x"}, NOON + 4 * HOUR)])
    assert spent(store, 3) == []


def test_what_readings_of_the_past_follow_from_is_never_spent(store: Store) -> None:
    with store.writing() as work:
        work.device_states.add([transition("a", hour, aspect="demand reset") for hour in (1, 2, 3)])
    assert spent(store, 9) == []


@pytest.mark.parametrize(("accepted", "reaches", "is_kept"), [(1, 9, True), (4, 9, False), (1, 3, False)])
def test_what_a_device_was_when_a_command_began_stays_as_long_as_it_may_be_told_again(
    store: Store, accepted: int, reaches: int, is_kept: bool
) -> None:
    with store.writing() as work:
        work.controls.add(
            EndDeviceControl("live", "3.31.0.23", NOON + accepted * HOUR),
            [ControlOutcome("a", "succeeded", reaches=NOON + reaches * HOUR)],
        )
        work.device_states.add([transition("a", 1), transition("a", 2)])
    assert len(spent(store, 3)) == (0 if is_kept else 1)

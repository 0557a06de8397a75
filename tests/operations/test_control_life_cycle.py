"""The states of a control, and what each verb may do in which (61968-9:2013, clause 5.4)."""

from datetime import datetime
from typing import Any

import pytest

from headend.operations.controls.cancel_controls import CancelControls
from headend.operations.controls.change_controls import ChangeControls
from headend.operations.controls.control_devices import ControlDevices, ControlRequest, Sender
from headend.operations.controls.control_life_cycle import (
    RULES,
    ControlState,
    ControlVerb,
    control_state,
    summed_up,
)
from headend.operations.controls.device_stories import DeviceStories
from headend.operations.controls.find_controls import NamedControl, NamedControls
from headend.operations.controls.list_controls import control_named
from headend.operations.controls.publish_controls import ControlPublication
from headend.operations.controls.retire_controls import RetireControls
from headend.operations.events.publish_events import EventPublication
from headend.operations.outages import OutageRequest, start_outage
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Reply
from headend.store import Store
from simulator.conditions import Conditions
from simulator.device import CommandBehaviour, Duration, Parameters
from simulator.fleet import Fleet, FleetSpec
from tests.support.device_stories import NOON, at
from tests.support.subscribed import told_by

ACCEPTED, SCHEDULED, STARTED, DONE, FAILED, EXPIRED, CANCELLED, CLOSED = ControlState
SENDER = Sender("MDM", "x-1")
DISCONNECT, LOAD_EVENT = "3.31.0.23", "3.15.43.300"

PROMPT = CommandBehaviour()
SLOW = CommandBehaviour(switching=Duration(60, 60, 60))
RANDOM = CommandBehaviour(randomisation_s=3_600)
BROKEN = CommandBehaviour(failures_per_million=1_000_000)
UNWILLING = CommandBehaviour(opt_outs_per_million=1_000_000)


class Desk:
    """A head end's operations on controls, and one meter to use them on."""

    def __init__(self, store: Store, behaviour: CommandBehaviour = PROMPT) -> None:
        self.store = store
        self.fleet = Fleet(FleetSpec(20, conditions=Conditions(commands=behaviour)))
        told = ControlPublication(told_by(self.fleet))
        self.stories = DeviceStories(self.fleet, EventPublication(told_by(self.fleet)), told.renew)
        self.controls = ControlDevices(self.stories, told)
        retire = RetireControls(self.fleet, told)
        self._verbs = {
            ControlVerb.CHANGE: ChangeControls(self.stories, told),
            ControlVerb.CANCEL: CancelControls(self.stories, told),
            ControlVerb.CLOSE: retire.close,
            ControlVerb.DELETE: retire.delete,
        }

    def create(self, code: str = DISCONNECT, now: datetime = NOON, **given: Any) -> None:
        devices = (ObjectReference("EndDevice", self.fleet.meter(0).mrid),)
        request = ControlRequest(type_code=code, mrid="c", end_devices=devices, **given)
        with self.store.writing() as work:
            self.controls.create([request], SENDER, now, work)

    def do(self, verb: ControlVerb, now: datetime) -> Reply:
        request = ControlRequest(type_code="", mrid="c", start=at(600))
        named = NamedControls((), [NamedControl(request, frozenset({"start"}))])
        with self.store.writing() as work:
            return self._verbs[verb](named, SENDER, now, work)

    def outage(self, end: datetime) -> None:
        """The meter has no power until then."""
        with self.store.writing() as work:
            start_outage(self.fleet, OutageRequest(node=self.fleet.meter(0).name, end=end), NOON, work)

    def state(self, now: datetime) -> ControlState:
        with self.store.reading() as work:
            return control_named("c", now, work).state


def in_state(store: Store, state: ControlState) -> tuple[Desk, datetime]:
    """A control that is in a state, and when it is."""
    if state is ACCEPTED:
        desk = Desk(store, RANDOM)
        desk.create(parameters=Parameters(randomise_start=True))
        return desk, NOON
    if state is FAILED:
        desk = Desk(store, BROKEN)
        desk.create()
        return desk, at(1)
    if state is EXPIRED:
        desk = Desk(store)
        desk.outage(at(120))
        desk.create(start=at(60))
        return desk, at(61)
    desk = Desk(store, SLOW if state is STARTED else PROMPT)
    desk.create(start=None if state in (STARTED, DONE, CLOSED) else at(60))
    if state is CANCELLED:
        desk.do(ControlVerb.CANCEL, at(1))
    if state is CLOSED:
        desk.do(ControlVerb.CLOSE, at(1))
    return desk, at(1) if state is not STARTED else at(0.5)


ALLOWED = {
    ControlVerb.CHANGE: {ACCEPTED, SCHEDULED},
    ControlVerb.CANCEL: {ACCEPTED, SCHEDULED},
    ControlVerb.CLOSE: {DONE, FAILED, EXPIRED, CANCELLED},
    ControlVerb.DELETE: {DONE, FAILED, EXPIRED, CANCELLED, CLOSED},
}
"""Of docs/controls.md, written a second time."""


@pytest.mark.parametrize("state", ControlState, ids=str)
@pytest.mark.parametrize("verb", ControlVerb, ids=str)
def test_each_verb_is_carried_out_in_its_states_and_refused_in_all_others(
    store: Store, verb: ControlVerb, state: ControlState
) -> None:
    desk, now = in_state(store, state)
    assert desk.state(now) is state
    if state in ALLOWED[verb]:
        assert [one.value for one in desk.do(verb, now).ids] == ["c"]
        return
    # What is cancelled device by device is not closed there: it is over.
    expected = DONE if (verb, state) == (ControlVerb.CANCEL, CLOSED) else state
    rule = RULES[verb][expected]
    with pytest.raises(Refusal) as refused:
        desk.do(verb, now)
    (error,) = refused.value.errors
    assert (error.code, str(error.details).endswith(rule.sentence)) == (rule.code, True)
    assert error.object_id is not None
    assert desk.state(now) is state


def test_the_table_of_rules_is_the_one_of_the_page() -> None:
    for verb, allowed in ALLOWED.items():
        assert set(RULES[verb]) == set(ControlState) - allowed


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ([SCHEDULED, SCHEDULED], SCHEDULED),
        ([SCHEDULED, ACCEPTED], SCHEDULED),
        ([SCHEDULED, CANCELLED], SCHEDULED),
        ([SCHEDULED, DONE], STARTED),
        ([ACCEPTED, FAILED], STARTED),
        ([STARTED, DONE], STARTED),
        ([DONE, FAILED], DONE),
        ([FAILED, EXPIRED], FAILED),
        ([EXPIRED, CANCELLED], EXPIRED),
        ([CANCELLED, CANCELLED], CANCELLED),
        ([], DONE),
    ],
)
def test_the_state_of_a_control_sums_up_those_of_its_devices(states: list[ControlState], whole: ControlState) -> None:
    assert summed_up(states) is whole


def test_a_control_goes_through_its_states_as_time_passes(store: Store) -> None:
    desk = Desk(store, SLOW)
    desk.create(start=at(60))
    assert [desk.state(at(minutes)) for minutes in (0, 59, 60, 61)] == [SCHEDULED, SCHEDULED, STARTED, DONE]


def test_a_load_event_is_under_way_until_its_end(store: Store) -> None:
    desk = Desk(store)
    desk.create(LOAD_EVENT, start=at(60), parameters=Parameters(duration_s=900))
    assert [desk.state(at(minutes)) for minutes in (0, 59, 60, 74, 75)] == [
        SCHEDULED,
        SCHEDULED,
        STARTED,
        STARTED,
        DONE,
    ]


def test_a_load_event_that_the_customer_turns_down_is_cancelled_at_its_start(store: Store) -> None:
    desk = Desk(store, UNWILLING)
    desk.create(LOAD_EVENT, start=at(60), parameters=Parameters(duration_s=900))
    assert [desk.state(at(minutes)) for minutes in (59, 60)] == [SCHEDULED, CANCELLED]


def test_an_older_load_event_that_makes_way_is_cancelled(store: Store) -> None:
    desk = Desk(store)
    desk.create(LOAD_EVENT, start=at(60), parameters=Parameters(duration_s=900))
    devices = (ObjectReference("EndDevice", desk.fleet.meter(0).mrid),)
    newer = ControlRequest(
        type_code=LOAD_EVENT, mrid="n", end_devices=devices, start=at(55), parameters=Parameters(duration_s=900)
    )
    with store.writing() as work:
        desk.controls.create([newer], SENDER, at(10), work)
    assert [desk.state(at(minutes)) for minutes in (9, 10, 60)] == [SCHEDULED, CANCELLED, CANCELLED]


def test_a_change_takes_back_what_was_planned_and_is_told_as_if_it_came_now(store: Store) -> None:
    desk = Desk(store)
    desk.create(start=at(60))
    desk.do(ControlVerb.CHANGE, at(10))
    assert [desk.state(at(minutes)) for minutes in (60, 599, 600)] == [SCHEDULED, SCHEDULED, DONE]


def test_a_change_and_a_cancel_leave_no_trace(store: Store) -> None:
    desk = Desk(store)
    desk.create(LOAD_EVENT, start=at(60))
    desk.do(ControlVerb.CHANGE, NOON)
    desk.do(ControlVerb.CANCEL, NOON)
    with store.reading() as work:
        assert work.controls.live([desk.fleet.meter(0).mrid], NOON) == {}
        assert control_state(work.controls.get("c"), work.controls.outcomes_of("c"), at(700)) is CANCELLED  # type: ignore[arg-type]

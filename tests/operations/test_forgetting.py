"""What is forgotten in its time is missed by nobody: every answer is what it would be if all had been kept."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headend.delivery import Housekeeping
from headend.operations.controls.late_control_reply import ANSWERED_CONTROLS
from headend.operations.events.field_facts import field_history
from headend.operations.outages import OutageRequest, end_outage, start_outage
from headend.operations.refusal import Refusal
from headend.operations.reply import Reply
from headend.operations.retention import PIECE, Retention
from headend.operations.schedules.recurrence import TimeSchedule
from headend.operations.schedules.schedule_definition import ScheduleDefinition, stored_definition
from headend.store import (
    ControlOutcome,
    ControlSelection,
    EndDeviceControl,
    NewMessage,
    ScheduleRevision,
    ServiceWork,
    Store,
    StoredSchedule,
)
from simulator.cim.reading_type import ReadingType
from simulator.clock import ManualClock
from simulator.device import Parameters
from simulator.fleet import Fleet
from simulator.quantities import channel
from simulator.readings import latest_series, period_series, reading_blocks
from tests.support.desk import PROMPT_FLEET, SLOW_FLEET, Desk
from tests.support.device_stories import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVER = timedelta(days=100_000)
SOON = Retention(
    finished_for=EVER,
    finished_messages=10**6,
    events_for=EVER,
    events=10**6,
    requests_for=EVER,
    requests=10**6,
    controls_for=DAY,
    controls=1,
    schedules_for=DAY,
    schedules=1,
    works_for=DAY,
    works=1,
    orderings=1,
)
"""As early as can be of whatever is looked for, and nothing else."""

DISCONNECT, CONNECT, ARM, PRICE, RESET = "3.31.0.23", "3.31.0.18", "3.31.0.5", "3.20.9.82", "3.8.0.214"
START_LOAD_CONTROL, STOP_LOAD_CONTROL, CANCEL_LOAD_EVENT = "3.15.0.54", "3.15.0.55", "3.15.43.8"
CODES = (
    DISCONNECT,
    CONNECT,
    ARM,
    "3.31.0.6",  # arm for open
    "3.31.0.22",  # disable the switch
    "3.31.0.26",  # enable it
    "3.15.43.300",  # a load control event
    CANCEL_LOAD_EVENT,
    "3.13.112.77",  # a text
    RESET,
)
# Of a meter that was installed long ago sums of maxima take long.
YOUNG = {"installed": (NOON - 3 * DAY).date()}
PROMPT = Fleet(replace(PROMPT_FLEET.spec, **YOUNG))
SLOW = Fleet(replace(SLOW_FLEET.spec, **YOUNG))
REGISTERS = [
    channel(ReadingType.parse(code))
    for code in (
        "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.0.72.0",
        "0.8.0.6.1.1.8.0.0.0.0.0.0.0.0.0.38.0",  # maximum demand
        "0.8.0.2.1.1.8.0.0.0.0.0.0.0.0.0.38.0",  # the sum of maxima
        "0.0.0.12.0.1.122.0.0.0.0.0.0.0.0.0.111.0",  # how often it was reset
    )
]
QUARTERS = [channel(ReadingType.parse("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"))]
METERS = np.arange(3)


def tidied(store: Store, now: datetime, retention: Retention = SOON, fleet: Fleet = PROMPT) -> int:
    clock = ManualClock(now)
    return Housekeeping(store, clock, clock, fleet.calendar, retention).tidy_up()


def readings(desk: Desk, now: datetime) -> list[list[list[int]]]:
    """Registers as they stand and as they stood, and every quarter of an hour since all began."""
    fleet = desk.fleet
    with desk.store.reading() as work:
        history = field_history(fleet, METERS, work)
    since = {"calendar": fleet.calendar, "installed": fleet.installed}
    found = [*period_series(QUARTERS, NOON - DAY, now, now=now, **since)]
    for instant in (NOON + 30 * HOUR, now):
        found += latest_series(REGISTERS, now=min(instant, now), **since)
    return [values.tolist() for block in reading_blocks(fleet, METERS, found, history) for values in block.values]


@dataclass(frozen=True)
class Step:
    """Something happens so many hours after what happened before."""

    hours: float
    code: str | None
    """Of a command; None: an outage of the first meter's usage point begins, or ends."""
    meters: tuple[int, ...]
    start_hours: float | None
    duration_s: int | None


STEPS = st.lists(
    st.builds(
        Step,
        hours=st.sampled_from([0, 0.1, 5, 26, 60]),
        code=st.sampled_from([*CODES, None]),
        meters=st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True).map(tuple),
        start_hours=st.none() | st.sampled_from([0.5, 20, 50]),
        duration_s=st.none() | st.integers(60, 300_000),
    ),
    min_size=3,
    max_size=10,
)


def done(desk: Desk, step: Step, now: datetime) -> Reply | str | None:
    """What comes back."""
    if step.code is None:
        return switched_network(desk, now)
    given_: dict[str, Any] = {"parameters": Parameters(duration_s=step.duration_s, words={"textMessage": "text"})}
    if step.start_hours is not None:
        given_["start"] = now + step.start_hours * HOUR
    try:
        return desk.command(step.code, now, *step.meters, **given_)
    except Refusal as refusal:
        return str(refusal)


def switched_network(desk: Desk, now: datetime) -> str | None:
    with desk.store.writing() as work:
        lasting = [one.mrid for one in work.outages.all() if one.end is None]
        if not lasting:
            start_outage(desk.fleet, OutageRequest(node=desk.fleet.meter(0).mrid), now, work)
            return "began"
        ended = end_outage(desk.fleet, lasting[0], now, work)
        return None if ended is None else str(ended)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    directory = tmp_path_factory.mktemp("forgetting")
    stores = Store.open(f"sqlite:///{directory / 'a.db'}"), Store.open(f"sqlite:///{directory / 'b.db'}")
    yield stores
    for one in stores:
        one.close()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.sampled_from([PROMPT, SLOW]))
def test_whoever_forgets_answers_commands_and_reads_as_whoever_keeps_everything(
    both: tuple[Store, Store], steps: list[Step], fleet: Fleet
) -> None:
    keeps, forgets = (Desk(store, fleet) for store in both)
    for store in both:
        with store.writing() as work:
            work.fleet_state.clear()
    now = NOON
    for step in steps:
        now += step.hours * HOUR
        tidied(forgets.store, now, fleet=fleet)
        assert done(forgets, step, now) == done(keeps, step, now)
    for later in (now, now + 90 * HOUR):
        tidied(forgets.store, later, fleet=fleet)
        assert readings(forgets, later) == readings(keeps, later)
        for meter in METERS.tolist():
            assert forgets.state(later, meter) == keeps.state(later, meter)
    told = [{name: what for name, what in one.everything().items() if name != "states"} for one in (keeps, forgets)]
    assert told[0] == told[1]


def rows(store: Store) -> tuple[int, int, int]:
    """Controls, what is kept of the first meter's state, and when it was without supply."""
    mrid = PROMPT.meter(0).mrid
    with store.reading() as work:
        controls = work.controls.find(ControlSelection())
        return (
            len(controls),
            len(work.device_states.of([mrid]).get(mrid, ())),
            len(work.interruptions.of([mrid]).get(mrid, ())),
        )


def test_a_price_a_day_leaves_a_price_and_not_a_year_of_prices(store: Store) -> None:
    desk = Desk(store, PROMPT)
    for day in range(30):
        desk.command(PRICE, NOON + day * DAY, parameters=Parameters(words={"price": f"{day}"}))
    assert rows(store) == (30, 30, 0)
    tidied(store, NOON + 30 * DAY, replace(SOON, controls_for=5 * DAY, controls=1000))
    assert rows(store) == (4, 5, 0)
    assert desk.state(NOON + 30 * DAY).device.price == {"price": "29"}


def test_what_registers_follow_from_stays_whatever_became_of_the_commands(store: Store) -> None:
    desk = Desk(store, PROMPT)
    for day in range(4):
        desk.command(DISCONNECT, NOON + day * DAY)
        desk.command(RESET, NOON + day * DAY)
        desk.command(CONNECT, NOON + day * DAY + HOUR)
    before = readings(desk, NOON + 9 * DAY)
    tidied(store, NOON + 9 * DAY)
    assert rows(store) == (1, 4, 4)
    assert readings(desk, NOON + 9 * DAY) == before


def test_a_command_that_goes_on_is_told_again_from_what_its_device_was_when_it_came(store: Store) -> None:
    desk = Desk(store, PROMPT)
    desk.command(START_LOAD_CONTROL, NOON)
    (cancels,) = desk.command(CANCEL_LOAD_EVENT, NOON + HOUR, parameters=Parameters(cancel_at=NOON + 9 * DAY)).ids
    desk.command(STOP_LOAD_CONTROL, NOON + 2 * HOUR)
    with store.reading() as work:
        before = work.controls.outcomes_of(cancels.value)
    tidied(store, NOON + 5 * DAY)
    desk.command(ARM, NOON + 5 * DAY)
    with store.reading() as work:
        assert work.controls.outcomes_of(cancels.value) == before


def test_who_asks_for_a_forgotten_control_is_told_that_there_is_none(store: Store) -> None:
    desk = Desk(store, PROMPT)
    (old,) = desk.command(CONNECT, NOON).ids
    desk.command(CONNECT, NOON + DAY)
    tidied(store, NOON + 2 * DAY)
    with pytest.raises(Refusal, match=rf"2.15 there is no EndDeviceControl '{old.value}'"):
        desk.cancel(old.value, NOON + 2 * DAY)


def test_ids_of_controls_go_on_where_all_were_forgotten(store: Store) -> None:
    desk = Desk(store, PROMPT)
    mrids = []
    for day in range(4):
        tidied(store, NOON + 2 * day * DAY)
        mrids += [one.value for one in desk.command(CONNECT, NOON + 2 * day * DAY).ids]
    assert len(set(mrids)) == 4


def old_controls(store: Store, count: int) -> None:
    with store.writing() as work:
        for number in range(count):
            control = EndDeviceControl(f"c-{number}", CONNECT, NOON)
            work.controls.add(control, [ControlOutcome("m", "succeeded")])


def kept(store: Store) -> list[str]:
    with store.reading() as work:
        return [one.mrid for one in work.controls.find(ControlSelection())]


@pytest.mark.parametrize("is_dead", [False, True], ids=["to be sent", "given up"])
def test_a_control_that_a_message_is_still_to_be_made_of_is_kept(store: Store, is_dead: bool) -> None:
    old_controls(store, 3)
    recipe = {"later": {ANSWERED_CONTROLS: ["c-0"], "told": {}}}
    with store.writing() as work:
        work.outbox.add(NewMessage("http://mdm.test/", "reply", "EndDeviceControls", "m-1", recipe, NOON))
    if is_dead:
        with store.writing() as work:
            (message,) = work.outbox.claim(fleet_now=NOON, machine_now=NOON, lease_s=60)
            work.outbox.dead(message, NOON, "given up")
    tidied(store, NOON + 9 * DAY)
    assert kept(store) == ["c-0", "c-2"]
    with store.writing() as work:
        work.outbox.send_again(1)
        (message,) = work.outbox.claim(fleet_now=NOON, machine_now=NOON, lease_s=60)
        work.outbox.delivered(message, NOON)
    tidied(store, NOON + 9 * DAY)
    assert kept(store) == ["c-2"]


def test_what_is_needed_does_not_stand_before_what_is_not(store: Store) -> None:
    """A whole piece of controls that messages name is at the front of the queue."""
    old_controls(store, PIECE + 3)
    named = {ANSWERED_CONTROLS: [f"c-{number}" for number in range(PIECE)]}
    with store.writing() as work:
        work.outbox.add(NewMessage("http://mdm.test/", "reply", "EndDeviceEvents", "m-1", named, NOON))
    assert tidied(store, NOON + 9 * DAY) == 4
    assert len(kept(store)) == PIECE + 1


def schedule(store: Store, mrid: str, state: str = "cancelled", **given_: Any) -> None:
    """One that ended, or has nothing to queue, at noon."""
    times = given_.pop("times", ())
    ended = None if state == "active" else NOON
    one = StoredSchedule(mrid, NOON, NOON, None, state, ended=ended, **given_)
    with store.writing() as work:
        revision = ScheduleRevision(1, NOON - DAY, stored_definition(ScheduleDefinition(time_schedules=times)))
        work.meter_read_schedules.add(one, revision)


def schedules(store: Store) -> list[str]:
    with store.reading() as work:
        return [one.mrid for one in work.meter_read_schedules.all()]


def test_schedules_that_ended_or_ran_out_are_forgotten_and_such_as_rest_are_not(store: Store) -> None:
    schedule(store, "cancelled")
    schedule(store, "ran out", "active", times=(TimeSchedule(start=NOON - DAY, end=NOON),))
    schedule(store, "rests", "active", times=(TimeSchedule(disabled=True),))
    schedule(store, "last")
    tidied(store, NOON + DAY)
    assert schedules(store) == ["rests", "last"]


def test_a_schedule_of_which_readings_are_to_be_sent_is_kept(store: Store) -> None:
    for mrid in ("s-0", "s-1", "s-2"):
        schedule(store, mrid)
    with store.writing() as work:
        recipe = {"schedule": "s-1", "revision": 1, "at": 0, "start": 0, "first": 0, "meters": 1}
        work.outbox.add(NewMessage("http://mdm.test/", "created", "MeterReadings", "m-1", recipe, NOON))
    tidied(store, NOON + DAY)
    assert schedules(store) == ["s-1", "s-2"]


def test_what_a_schedule_said_is_forgotten_when_nothing_late_follows_of_it(store: Store) -> None:
    definition = stored_definition(ScheduleDefinition())
    with store.writing() as work:
        told = StoredSchedule("s", NOON, NOON + 100 * DAY, NOON + 101 * DAY, "active")
        work.meter_read_schedules.add(told, ScheduleRevision(1, NOON, definition))
        for number, day in ((2, 20), (3, 60), (4, 99)):
            work.meter_read_schedules.add_revision("s", ScheduleRevision(number, NOON + day * DAY, definition))
    tidied(store, NOON + 100 * DAY)
    with store.reading() as work:
        assert [one.number for one in work.meter_read_schedules.revisions("s")] == [2, 3, 4]


def test_works_go_before_the_controls_that_carry_them_out(store: Store) -> None:
    old_controls(store, 3)
    with store.writing() as work:
        for number in range(2):
            one = ServiceWork(
                mrid=f"w-{number}",
                kind="connect",
                document={},
                revision=1,
                accepted=NOON,
                changed=NOON,
                begins=NOON,
                ends=NOON,
                result="completed",
                control_mrid=f"c-{number}",
            )
            work.service_works.add(one, {})
    tidied(store, NOON + 9 * DAY)
    assert kept(store) == ["c-1", "c-2"]
    with store.reading() as work:
        assert [one.mrid for one in work.service_works.all()] == ["w-1"]


def test_a_control_of_many_meters_goes_in_pieces(store: Store) -> None:
    with store.writing() as work:
        outcomes = [ControlOutcome(f"m-{number}", "succeeded") for number in range(2 * PIECE + 1)]
        work.controls.add(EndDeviceControl("c-many", CONNECT, NOON), outcomes)
    old_controls(store, 1)
    assert tidied(store, NOON + 9 * DAY) == 2 * PIECE + 2
    assert kept(store) == ["c-0"]

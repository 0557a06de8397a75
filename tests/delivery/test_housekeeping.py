"""A head end that runs for a year is no larger than one that runs for a month."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from headend.delivery import DeliveryOutcome, Dispatcher, Housekeeping, Meanwhile, OutcomeKind, SoapRequest
from headend.operations.controls.late_control_reply import ANSWERED_CONTROLS
from headend.operations.retention import PIECE, Retention
from headend.store import EndDeviceEvent, HandledRequest, MessageState, NewMessage, OutboxMessage, Store
from simulator.clock import ManualClock
from simulator.local_time import LocalCalendar
from tests.support.patience import eventually

START = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MDM = "http://mdm.example/events"
RETENTION = Retention(
    finished_for=30 * DAY,
    finished_messages=1000,
    events_for=60 * DAY,
    events=1000,
    requests_for=DAY,
    requests=1000,
    controls_for=60 * DAY,
    controls=1000,
    schedules_for=60 * DAY,
    schedules=1000,
    works_for=60 * DAY,
    works=1000,
    orderings=1000,
)
CALENDAR = LocalCalendar("UTC")


class Receiver:
    """Takes messages, or is down."""

    is_down = False

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        del destination, request
        if self.is_down:
            return DeliveryOutcome(OutcomeKind.NOT_CONNECTED, "nobody there")
        return DeliveryOutcome(OutcomeKind.DELIVERED, "Result OK")


def housekeeping(store: Store, clock: ManualClock, retention: Retention = RETENTION) -> Housekeeping:
    return Housekeeping(store, clock, clock, CALENDAR, retention)


def happen(store: Store, now: datetime, number: int) -> None:
    """An event of which a subscriber is to be told, caused by a request with a nonce."""
    with store.writing() as work:
        work.events.add([EndDeviceEvent(f"event-{number}", "meter", "3.12.0.257", now)])
        work.outbox.add(NewMessage(MDM, "created", "EndDeviceEvents", f"message-{number}", [f"event-{number}"], now))
        work.handled_requests.put(HandledRequest("MDM", f"request-{number}", b"digest", b"<reply/>", now))
        work.nonces.add("MDM", f"nonce-{number}", now)


def rows(store: Store) -> tuple[int, int]:
    """Messages and events."""
    with store.reading() as work:
        return sum(work.outbox.counts().values()), work.events.count()


def is_known(store: Store, number: int) -> bool:
    """Whether the request would be answered again when it came again."""
    with store.reading() as work:
        return work.handled_requests.find("MDM", f"request-{number}") is not None


def test_a_simulated_year_leaves_no_more_behind_than_its_last_months(store: Store) -> None:
    clock = ManualClock(START)
    dispatcher = Dispatcher(store, compose, Receiver(), clock, clock)
    keeper = housekeeping(store, clock)
    for day in range(365):
        happen(store, clock.now(), day)
        dispatcher.deliver_due()
        if day % 7 == 0:
            keeper.tidy_up()
        clock.advance(DAY)
    keeper.tidy_up()
    assert rows(store) == (30, 60)
    remembered = [day for day in range(365) if is_known(store, day)]
    with store.reading() as work:
        seen = [day for day in range(365) if work.nonces.seen("MDM", f"nonce-{day}")]
    assert (remembered, seen) == ([364], [364])


def compose(message: OutboxMessage) -> SoapRequest:
    return SoapRequest("CreatedEndDeviceEvents", message.message_id.encode())


def test_on_a_clock_that_races_numbers_bound_what_age_does_not(store: Store) -> None:
    clock, machine = ManualClock(START), ManualClock(START)
    dispatcher = Dispatcher(store, compose, Receiver(), clock, machine)
    for number in range(20):
        happen(store, clock.now(), number)
        dispatcher.deliver_due()
        clock.advance(timedelta(minutes=1))
        machine.advance(timedelta(milliseconds=1))
    Housekeeping(
        store, clock, machine, CALENDAR, replace(RETENTION, finished_messages=5, events=7, requests=3)
    ).tidy_up()
    assert (rows(store), sum(is_known(store, number) for number in range(20))) == ((5, 7), 3)


def test_an_event_is_kept_as_long_as_somebody_is_still_to_be_told_of_it(store: Store) -> None:
    clock, receiver = ManualClock(START), Receiver()
    receiver.is_down = True
    dispatcher = Dispatcher(store, compose, receiver, clock, clock, retry_delays_s=[DAY.total_seconds()] * 400)
    happen(store, clock.now(), 1)
    dispatcher.deliver_due()
    clock.advance(200 * DAY)
    assert housekeeping(store, clock).tidy_up() == 2  # the request and its nonce
    assert rows(store) == (1, 1)
    receiver.is_down = False
    dispatcher.deliver_due()
    housekeeping(store, clock).tidy_up()
    assert rows(store) == (1, 0)


def test_an_old_event_that_is_heard_of_now_is_kept_until_it_was_told_though_it_is_past_its_time(store: Store) -> None:
    clock = ManualClock(START)
    old = EndDeviceEvent("event-1", "meter", "3.12.0.257", START - 400 * DAY)
    told = EndDeviceEvent("event-2", "meter", "3.12.0.257", START - 400 * DAY)
    with store.writing() as work:
        work.events.add([old, told])
        work.outbox.add(NewMessage(MDM, "created", "EndDeviceEvents", "message-1", ["event-1"], START))
    assert housekeeping(store, clock).tidy_up() == 1
    with store.reading() as work:
        assert work.events.of_mrids(["event-1", "event-2"]) == [old]


def test_nothing_is_forgotten_of_which_a_late_reply_is_yet_to_be_made(store: Store) -> None:
    clock = ManualClock(START)
    with store.writing() as work:
        work.events.add([EndDeviceEvent("event-1", "meter", "3.12.0.257", START - 400 * DAY)])
        work.outbox.add(
            NewMessage(MDM, "reply", "EndDeviceEvents", "message-1", {ANSWERED_CONTROLS: ["control"]}, START)
        )
    assert housekeeping(store, clock).tidy_up() == 0


def test_what_was_given_up_is_forgotten_in_its_time_too(store: Store) -> None:
    clock, receiver = ManualClock(START), Receiver()
    receiver.is_down = True
    happen(store, clock.now(), 1)
    Dispatcher(store, compose, receiver, clock, clock, retry_delays_s=()).deliver_due()
    with store.reading() as work:
        assert work.outbox.counts()[MessageState.DEAD] == 1
    clock.advance(31 * DAY)
    housekeeping(store, clock).tidy_up()
    assert rows(store) == (0, 1)


def test_more_than_a_piece_is_forgotten_piece_by_piece(store: Store) -> None:
    clock = ManualClock(START)
    with store.writing() as work:
        work.events.add(
            EndDeviceEvent(f"event-{number}", "meter", "3.12.0.257", START + timedelta(seconds=number))
            for number in range(PIECE + 10)
        )
    clock.advance(365 * DAY)
    assert housekeeping(store, clock).tidy_up() == PIECE + 10


def test_a_running_head_end_tidies_up_by_itself(store: Store) -> None:
    clock = ManualClock(START)
    happen(store, clock.now(), 1)
    clock.advance(365 * DAY)
    keeper = Housekeeping(store, clock, clock, CALENDAR, RETENTION, interval_s=0.01)
    keeper.start()
    eventually(lambda: not is_known(store, 1), "the request is forgotten")
    keeper.stop()

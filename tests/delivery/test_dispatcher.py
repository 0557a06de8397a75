"""What is in the outbox reaches its receiver: at least once, in order, and nobody waits for a stranger."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from headend.delivery import (
    DeliveryOutcome,
    Dispatcher,
    DispatcherThreads,
    HttpSender,
    Meanwhile,
    OutcomeKind,
    Sender,
    SoapRequest,
)
from headend.delivery.dispatcher import LONGEST_RUN, MOST_A_RUN
from headend.delivery.made_ahead import ComposeMessage
from headend.store import MessageState, NewMessage, OutboxMessage, Store
from simulator.clock import ManualClock
from tests.delivery.receiver import Answer, Receiver, fault, receiver, reply

FLEET_NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
MDM, BILLING = "http://mdm.example/events", "http://billing.example/events"
DELIVERED = DeliveryOutcome(OutcomeKind.DELIVERED, "Result OK")
REFUSED = DeliveryOutcome(OutcomeKind.NOT_CONNECTED, "no connection")


def add(store: Store, *names: str, destination: str = MDM, not_before: datetime | None = None) -> None:
    with store.writing() as work:
        work.outbox.add(
            *(
                NewMessage(destination, "created", "EndDeviceEvents", name, [name], FLEET_NOON, not_before)
                for name in names
            )
        )


def compose(message: OutboxMessage) -> SoapRequest:
    return SoapRequest("CreatedEndDeviceEvents", message.message_id.encode())


def states(store: Store) -> dict[MessageState, int]:
    with store.reading() as work:
        return {state: count for state, count in work.outbox.counts().items() if count}


def punctual(_message_id: str, _attempts: int) -> float:
    """No jitter."""
    return 0.0


@dataclass
class RecordingSender:
    """Keeps what it was given; answers by a table of MessageIDs, with success where it has none."""

    outcomes: dict[str, list[DeliveryOutcome]] = field(default_factory=lambda: defaultdict(list))
    sent: list[str] = field(default_factory=list)

    destinations: list[str] = field(default_factory=list)

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        assert isinstance(request.body, bytes)
        name = request.body.decode()
        self.sent.append(name)
        self.destinations.append(destination)
        if meanwhile is not None:
            meanwhile()
        planned = self.outcomes[name]
        return planned.pop(0) if planned else DELIVERED


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(FLEET_NOON)


@pytest.fixture
def machine() -> ManualClock:
    return ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def sender() -> RecordingSender:
    return RecordingSender()


@pytest.fixture
def dispatcher(store: Store, clock: ManualClock, machine: ManualClock, sender: RecordingSender) -> Dispatcher:
    return Dispatcher(store, compose, sender, clock, machine, retry_delays_s=(1.0, 5.0), jitter=punctual)


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def test_what_is_due_is_sent_in_order_and_then_done(
    store: Store, dispatcher: Dispatcher, sender: RecordingSender
) -> None:
    add(store, "one", "two", "three")
    assert dispatcher.deliver_due() == 3
    assert sender.sent == ["one", "two", "three"]
    assert states(store) == {MessageState.DELIVERED: 3}
    assert dispatcher.deliver_due() == 0


def test_a_failed_message_is_sent_again_after_its_delay_and_those_behind_it_wait(
    store: Store, dispatcher: Dispatcher, sender: RecordingSender, machine: ManualClock
) -> None:
    sender.outcomes["one"] = [REFUSED]
    add(store, "one", "two")
    assert dispatcher.deliver_due() == 0
    machine.advance(timedelta(seconds=0.9))
    assert dispatcher.deliver_due() == 0
    machine.advance(timedelta(seconds=0.1))
    assert dispatcher.deliver_due() == 2
    assert sender.sent == ["one", "one", "two"]


def test_another_destination_is_not_held_up(store: Store, dispatcher: Dispatcher, sender: RecordingSender) -> None:
    sender.outcomes["one"] = [REFUSED]
    add(store, "one", "two")
    add(store, "three", "four", destination=BILLING)
    assert dispatcher.deliver_due() == 2
    assert sender.sent == ["one", "three", "four"]
    assert sender.destinations == [MDM, BILLING, BILLING]


def test_a_message_is_given_up_after_the_last_delay_and_the_next_gets_its_turn(
    store: Store, dispatcher: Dispatcher, sender: RecordingSender, machine: ManualClock
) -> None:
    sender.outcomes["one"] = [REFUSED] * 10
    add(store, "one", "two")
    for _ in range(5):
        dispatcher.deliver_due()
        machine.advance(timedelta(seconds=5))
    assert sender.sent == ["one", "one", "one", "two"]
    assert states(store) == {MessageState.DEAD: 1, MessageState.DELIVERED: 1}


def test_the_last_failure_is_written_on_the_message(
    store: Store, dispatcher: Dispatcher, sender: RecordingSender
) -> None:
    sender.outcomes["one"] = [DeliveryOutcome(OutcomeKind.REPLY_FAILED, "Result FAILED: 2.4 unknown meter")]
    add(store, "one")
    dispatcher.deliver_due()
    with store.reading() as work:
        row = work.outbox.get(1)
    assert row is not None
    assert row.last_error == "reply failed: Result FAILED: 2.4 unknown meter"


def test_a_message_that_its_receiver_refuses_for_good_is_given_up_at_once_and_the_next_gets_its_turn(
    store: Store, dispatcher: Dispatcher, sender: RecordingSender
) -> None:
    sender.outcomes["one"] = [DeliveryOutcome(OutcomeKind.REPLY_FAILED, "Result FAILED: 2.4", "HTTP 200", True)]
    add(store, "one", "two")
    assert dispatcher.deliver_due() == 1
    assert sender.sent == ["one", "two"]
    with store.reading() as work:
        refused = work.outbox.get(1)
    assert refused is not None
    assert (refused.state, refused.outcome, refused.reply) == (MessageState.DEAD, "reply failed", "HTTP 200")


def test_what_the_receiver_said_to_a_delivered_message_is_kept_too(
    store: Store, clock: ManualClock, machine: ManualClock, mdm: Receiver
) -> None:
    add(store, "one", destination=mdm.url)
    Dispatcher(store, compose, HttpSender(machine), clock, machine).deliver_due()
    with store.reading() as work:
        arrived = work.outbox.get(1)
    assert arrived is not None
    assert arrived.outcome == "delivered"
    assert arrived.reply == f"HTTP 200\n{reply('OK').decode()}"


@pytest.mark.parametrize("fleet_time", [timedelta(0), timedelta(days=365)], ids=["stopped", "racing"])
def test_retries_wait_for_the_machine_whatever_the_fleets_clock_does(
    store: Store,
    dispatcher: Dispatcher,
    sender: RecordingSender,
    clock: ManualClock,
    machine: ManualClock,
    fleet_time: timedelta,
) -> None:
    sender.outcomes["one"] = [REFUSED]
    add(store, "one")
    dispatcher.deliver_due()
    clock.advance(fleet_time)
    assert dispatcher.deliver_due() == 0
    machine.advance(timedelta(seconds=1))
    assert dispatcher.deliver_due() == 1


def test_a_message_leaves_when_the_fleets_clock_has_reached_its_time(
    store: Store, dispatcher: Dispatcher, clock: ManualClock, machine: ManualClock
) -> None:
    add(store, "one", not_before=FLEET_NOON + timedelta(hours=1))
    machine.advance(timedelta(days=1))
    assert dispatcher.deliver_due() == 0
    clock.advance(timedelta(hours=1))
    assert dispatcher.deliver_due() == 1


def test_jitter_spreads_retries(
    store: Store, sender: RecordingSender, clock: ManualClock, machine: ManualClock
) -> None:
    dispatcher = Dispatcher(
        store, compose, sender, clock, machine, retry_delays_s=(10.0,), jitter=lambda _message_id, _attempts: 0.5
    )
    sender.outcomes["one"] = [REFUSED]
    add(store, "one")
    dispatcher.deliver_due()
    machine.advance(timedelta(seconds=14))
    assert dispatcher.deliver_due() == 0
    machine.advance(timedelta(seconds=1))
    assert dispatcher.deliver_due() == 1


def test_a_message_that_cannot_be_made_is_retried_and_stops_no_one_else(
    store: Store,
    sender: RecordingSender,
    clock: ManualClock,
    machine: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(message: OutboxMessage) -> SoapRequest:
        if message.message_id == "one":
            raise KeyError("no such event")
        return compose(message)

    add(store, "one")
    add(store, "two", destination=BILLING)
    assert Dispatcher(store, broken, sender, clock, machine).deliver_due() == 1
    assert states(store) == {MessageState.RETRYING: 1, MessageState.DELIVERED: 1}
    assert "no such event" in caplog.text


def test_a_process_that_died_while_sending_is_made_up_for(
    store: Store, dispatcher: Dispatcher, sender: RecordingSender, machine: ManualClock
) -> None:
    add(store, "one")
    with store.writing() as work:  # claimed by a process that says nothing more
        work.outbox.claim(fleet_now=FLEET_NOON, machine_now=machine.now(), lease_s=120)
    assert dispatcher.deliver_due() == 0
    machine.advance(timedelta(seconds=120))
    assert dispatcher.deliver_due() == 1


def test_a_restarted_head_end_sends_what_the_last_one_left(
    database_url: str, clock: ManualClock, machine: ManualClock, sender: RecordingSender
) -> None:
    first = Store.open(database_url)
    add(first, "one", "two")
    first.close()
    second = Store.open(database_url)
    assert Dispatcher(second, compose, sender, clock, machine).deliver_due() == 2
    second.close()


@pytest.mark.parametrize(
    "bad",
    [Answer(body=reply("FAILED")), Answer(status=500, body=fault("Server", "no")), Answer(status=503, body=b"")],
    ids=["FAILED", "fault", "unavailable"],
)
def test_over_http_a_refused_message_comes_again_with_the_same_bytes(
    store: Store, clock: ManualClock, machine: ManualClock, mdm: Receiver, bad: Answer
) -> None:
    mdm.answers.append(bad)
    dispatcher = Dispatcher(store, compose, HttpSender(machine), clock, machine)
    add(store, "message-1", destination=mdm.url)
    assert dispatcher.deliver_due() == 0
    machine.advance(timedelta(seconds=2))
    assert dispatcher.deliver_due() == 1
    assert [got.body for got in mdm.received] == [b"message-1", b"message-1"]


def test_over_http_a_receiver_that_was_down_gets_the_message_when_it_is_up(
    store: Store, clock: ManualClock, machine: ManualClock
) -> None:
    with receiver() as down:
        pass
    dispatcher = Dispatcher(store, compose, HttpSender(machine), clock, machine)
    add(store, "message-1", destination=down.url)
    assert dispatcher.deliver_due() == 0
    with receiver(port=int(down.url.split(":")[2].partition("/")[0])) as up:
        machine.advance(timedelta(seconds=2))
        assert dispatcher.deliver_due() == 1
        assert [got.body for got in up.received] == [b"message-1"]


def test_over_http_a_receiver_that_does_not_answer_gets_the_message_again(
    store: Store, clock: ManualClock, machine: ManualClock, mdm: Receiver
) -> None:
    mdm.answers.append(Answer(waits=True))
    dispatcher = Dispatcher(store, compose, HttpSender(machine, timeout_s=0.1), clock, machine)
    add(store, "message-1", destination=mdm.url)
    assert dispatcher.deliver_due() == 0
    machine.advance(timedelta(seconds=2))
    assert dispatcher.deliver_due() == 1


@dataclass
class JealousSender:
    """Notices when a message, or a destination's second message, is sent while another is under way."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    under_way: set[str] = field(default_factory=set)
    sent: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    collisions: list[str] = field(default_factory=list)

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        assert isinstance(request.body, bytes)
        with self.lock:
            if destination in self.under_way:
                self.collisions.append(destination)
            self.under_way.add(destination)
            self.sent[destination].append(int(request.body))
        threading.Event().wait(0.001)  # lets the other thread run, as a network would
        with self.lock:
            self.under_way.discard(destination)
        return DELIVERED


def test_dispatchers_on_one_database_never_send_a_message_twice_nor_out_of_order(
    database_url: str, clock: ManualClock, machine: ManualClock
) -> None:
    stores = [Store.open(database_url) for _ in range(2)]
    for number in range(60):
        add(stores[0], str(number), destination=f"http://receiver-{number % 3}.example/")
    sender = JealousSender()
    dispatchers = [Dispatcher(store, compose, sender, clock, machine) for store in stores for _ in range(2)]
    threads = [threading.Thread(target=dispatcher.deliver_due) for dispatcher in dispatchers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dispatchers[0].deliver_due()
    assert sender.collisions == []
    assert dict(sender.sent) == {f"http://receiver-{n}.example/": list(range(n, 60, 3)) for n in range(3)}
    for store in stores:
        store.close()


@dataclass
class BellSender:
    """Rings when something was sent."""

    wanted: int
    sent: list[tuple[str, SoapRequest]] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        self.sent.append((destination, request))
        if len(self.sent) >= self.wanted:
            self.enough.set()
        return DELIVERED


def running(store: Store, sender: Sender, clock: ManualClock, machine: ManualClock, poll_s: float) -> DispatcherThreads:
    threads = DispatcherThreads(Dispatcher(store, compose, sender, clock, machine), poll_s=poll_s)
    threads.start()
    return threads


def test_a_woken_dispatcher_sends_at_once(store: Store, clock: ManualClock, machine: ManualClock) -> None:
    sender = BellSender(wanted=1)
    threads = running(store, sender, clock, machine, poll_s=60)
    add(store, "one")
    threads.wake()
    assert sender.enough.wait(10)
    assert threads.stop()
    assert states(store) == {MessageState.DELIVERED: 1}


def test_a_dispatcher_that_nobody_wakes_looks_by_itself(store: Store, clock: ManualClock, machine: ManualClock) -> None:
    sender = BellSender(wanted=1)
    threads = running(store, sender, clock, machine, poll_s=0.02)
    add(store, "one")
    assert sender.enough.wait(10)
    assert threads.stop()


def test_a_dispatcher_stops_at_once_when_there_is_nothing_to_do(
    store: Store, clock: ManualClock, machine: ManualClock
) -> None:
    threads = running(store, BellSender(wanted=1), clock, machine, poll_s=60)
    assert threads.stop(timeout_s=10)


def test_a_slow_receiver_occupies_one_thread_and_others_are_served(
    store: Store, clock: ManualClock, machine: ManualClock
) -> None:
    release, served = threading.Event(), threading.Event()

    class SlowFirst:
        def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
            if (destination, request.body) == (MDM, b"one"):
                release.wait(10)
            else:
                served.set()
            return DELIVERED

    add(store, "one")
    add(store, "two", destination=BILLING)
    threads = running(store, SlowFirst(), clock, machine, poll_s=0.02)
    assert served.wait(10)
    assert not release.is_set()
    release.set()
    assert threads.stop()


def test_receivers_that_let_every_retry_run_into_its_timeout_keep_nobody_waiting_who_answers(
    store: Store, clock: ManualClock, machine: ManualClock
) -> None:
    """As many of them as there are threads, and one more."""
    release, served = threading.Event(), threading.Event()
    silent = [f"http://silent-{number}.example/" for number in range(3)]

    class Network:
        def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
            del request
            if destination in silent:
                release.wait(10)
                return REFUSED
            served.set()
            return DELIVERED

    for destination in silent:
        add(store, f"to {destination}", destination=destination)
    with store.writing() as work:  # each has failed once, and its retry is due
        for taken in work.outbox.claim(fleet_now=FLEET_NOON, machine_now=machine.now(), lease_s=60, limit=3):
            work.outbox.retry(taken, machine.now(), "timed out")
    threads = DispatcherThreads(Dispatcher(store, compose, Network(), clock, machine), threads=2, poll_s=0.02)
    threads.start()
    add(store, "fresh", destination=BILLING)
    assert served.wait(10)
    assert not release.is_set()
    release.set()
    assert threads.stop()


def test_a_dispatcher_survives_a_bug_and_goes_on(
    store: Store, machine: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    class ClockThatFailsOnce:
        failed = False

        def now(self) -> datetime:
            if not self.failed:
                self.failed = True
                raise ZeroDivisionError("a bug in the clock")
            return FLEET_NOON

    sender = BellSender(wanted=1)
    add(store, "one")
    threads = DispatcherThreads(
        Dispatcher(store, compose, sender, ClockThatFailsOnce(), machine), threads=1, poll_s=0.02
    )
    threads.start()
    assert sender.enough.wait(10)
    assert threads.stop()
    assert "a bug in the clock" in caplog.text


def test_a_message_whose_stream_breaks_off_is_sent_again_whole(store: Store, machine: ManualClock) -> None:
    """On the wire it ends in the middle of a chunk, so nobody can take it for complete."""
    attempts = count(1)

    def compose(message: OutboxMessage) -> SoapRequest:
        def body(attempt: int) -> Iterator[bytes]:
            yield b"<Envelope>"
            if attempt == 1:
                raise ValueError("no such meter")
            yield b"</Envelope>"

        return SoapRequest("action", body(next(attempts)))

    with receiver() as mdm:
        with store.writing() as work:
            work.outbox.add(NewMessage(mdm.url, "created", "MeterReadings", "m-1", {}, machine.now()))
        dispatcher = Dispatcher(store, compose, HttpSender(machine), machine, machine)
        assert dispatcher.deliver_due() == 0
        with store.reading() as work:
            (broken,) = work.outbox.find()
        assert broken.outcome == OutcomeKind.NOT_COMPOSED
        machine.advance(timedelta(seconds=2))
        assert dispatcher.deliver_due() == 1
        assert [got.body for got in mdm.received] == [b"<Envelope></Envelope>"]


# Runs: several messages of one receiver, sent one after the other and recorded together.


@dataclass
class Looked:
    """What a dispatcher of runs was asked for."""

    composed: list[list[str]] = field(default_factory=list)
    may_act: bool = False
    kept_back: set[str] = field(default_factory=set)

    def compose_run(self, messages: Sequence[OutboxMessage]) -> ComposeMessage:
        self.composed.append([one.message_id for one in messages])
        return compose

    def before_sending(self, message: OutboxMessage) -> OutboxMessage | None:
        return None if message.message_id in self.kept_back else message


@pytest.fixture
def looked() -> Looked:
    return Looked()


@pytest.fixture
def runner(
    store: Store, clock: ManualClock, machine: ManualClock, sender: RecordingSender, looked: Looked
) -> Dispatcher:
    return Dispatcher(
        store,
        compose,
        sender,
        clock,
        machine,
        retry_delays_s=(1.0,),
        jitter=punctual,
        before_sending=looked.before_sending,
        may_act=lambda _work: looked.may_act,
        compose_run=looked.compose_run,
    )


def many(number: int) -> list[str]:
    return [f"m{one:03}" for one in range(number)]


def test_messages_of_a_receiver_are_prepared_together_and_ever_more_of_them(
    store: Store, runner: Dispatcher, sender: RecordingSender, looked: Looked
) -> None:
    add(store, *many(300))
    assert runner.deliver_waiting() == 300
    assert sender.sent == many(300)
    lengths = list(map(len, looked.composed))
    assert lengths[0] < lengths[1] < lengths[2]
    assert max(lengths) == MOST_A_RUN
    assert states(store) == {MessageState.DELIVERED: 300}


def test_a_failure_ends_a_run_and_those_behind_it_are_as_they_were(
    store: Store, runner: Dispatcher, sender: RecordingSender, machine: ManualClock
) -> None:
    add(store, *many(6))
    sender.outcomes["m002"] = [REFUSED]
    assert runner.deliver_waiting() == 2
    assert sender.sent == ["m000", "m001", "m002"]
    machine.advance(timedelta(seconds=1))
    runner.deliver_waiting()
    assert sender.sent[3:] == ["m002", "m003", "m004", "m005"]
    with store.reading() as work:
        attempts = {one.message_id: one.attempts for one in work.outbox.find()}
    assert [attempts[name] for name in many(6)] == [1, 1, 2, 1, 1, 1]


def test_a_message_that_is_refused_for_good_does_not_end_a_run(
    store: Store, runner: Dispatcher, sender: RecordingSender, looked: Looked
) -> None:
    add(store, *many(4))
    sender.outcomes["m001"] = [DeliveryOutcome(OutcomeKind.REPLY_FAILED, "Result FAILED: 2.4", "HTTP 200", True)]
    assert runner.deliver_waiting() == 3
    assert looked.composed == [many(4)]
    assert states(store) == {MessageState.DELIVERED: 3, MessageState.DEAD: 1}


def test_a_slow_receiver_ends_a_run_by_its_time(
    store: Store, runner: Dispatcher, sender: RecordingSender, looked: Looked, machine: ManualClock
) -> None:
    """So a kill repeats no more than came in that time, and others get their turn."""
    slow = sender.post

    def post(destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        machine.advance(LONGEST_RUN / 2)
        return slow(destination, request, meanwhile)

    sender.post = post  # type: ignore[method-assign]
    add(store, *many(6))
    assert runner.deliver_waiting() == 6
    assert sender.sent == many(6)
    assert max(map(len, looked.composed[1:])) == 2


def test_while_something_may_act_on_messages_each_is_claimed_alone(
    store: Store, runner: Dispatcher, sender: RecordingSender, looked: Looked
) -> None:
    add(store, *many(3))
    looked.may_act, looked.kept_back = True, {"m001"}
    runner.deliver_waiting()
    assert looked.composed == []
    assert sender.sent == ["m000"], "what is kept back still holds its place until somebody records otherwise"


def test_it_is_enough_in_the_middle_of_a_run(store: Store, runner: Dispatcher, sender: RecordingSender) -> None:
    add(store, *many(6))
    assert runner.deliver_waiting(is_enough=lambda: len(sender.sent) == 3) == 3
    assert states(store) == {MessageState.DELIVERED: 3, MessageState.PENDING: 3}


def test_messages_that_cannot_be_prepared_together_are_made_each_for_itself(
    store: Store, clock: ManualClock, machine: ManualClock, sender: RecordingSender
) -> None:
    def fail(_messages: Sequence[OutboxMessage]) -> ComposeMessage:
        raise LookupError("one of them")

    add(store, *many(3))
    assert Dispatcher(store, compose, sender, clock, machine, compose_run=fail).deliver_waiting() == 3
    assert sender.sent == many(3)


def test_what_follows_a_message_leaves_before_those_behind_it_in_the_run(
    store: Store, clock: ManualClock, machine: ManualClock, sender: RecordingSender
) -> None:
    def successor(message: OutboxMessage) -> NewMessage | None:
        if message.message_id != "m000":
            return None
        return NewMessage(MDM, "reply", "MeterReadings", "part-2", [], FLEET_NOON, None)

    add(store, *many(2))
    Dispatcher(store, compose, sender, clock, machine, successor=successor).deliver_waiting()
    assert sorted(sender.sent) == ["m000", "m001", "part-2"]
    assert sender.sent[0] == "m000"


@dataclass
class Makers:
    """Make messages, and keep in which order they did."""

    sender: RecordingSender
    made: list[tuple[str, int]] = field(default_factory=list)
    """MessageIDs, and how many had left by then."""
    cannot: set[str] = field(default_factory=set)

    def __call__(self, message: OutboxMessage) -> SoapRequest:
        self.made.append((message.message_id, len(self.sender.sent)))
        if message.message_id in self.cannot:
            raise LookupError(message.message_id)
        return compose(message)


@pytest.fixture
def makers(sender: RecordingSender) -> Makers:
    return Makers(sender)


@pytest.fixture
def maker(
    store: Store, clock: ManualClock, machine: ManualClock, sender: RecordingSender, makers: Makers
) -> Dispatcher:
    return Dispatcher(store, makers, sender, clock, machine, retry_delays_s=(1.0,), jitter=punctual)


def test_each_message_of_a_run_is_made_once_while_the_one_before_is_on_its_way(
    store: Store, maker: Dispatcher, makers: Makers
) -> None:
    add(store, *many(4))
    assert maker.deliver_waiting() == 4
    assert makers.made == [("m000", 0), ("m001", 1), ("m002", 2), ("m003", 3)]


def test_a_message_that_cannot_be_made_is_recorded_in_its_turn_and_no_other_one_is(
    store: Store, maker: Dispatcher, makers: Makers, sender: RecordingSender
) -> None:
    makers.cannot = {"m001"}
    add(store, *many(3))
    assert maker.deliver_waiting() == 1
    assert sender.sent == ["m000"]
    with store.reading() as work:
        found = {one.message_id: (one.state, one.outcome, one.attempts) for one in work.outbox.find()}
    assert found == {
        "m000": (MessageState.DELIVERED, "delivered", 1),
        "m001": (MessageState.RETRYING, "not composed", 1),
        "m002": (MessageState.PENDING, None, 0),
    }


def test_a_message_that_was_made_in_vain_is_made_anew_when_it_leaves(
    store: Store, maker: Dispatcher, makers: Makers, sender: RecordingSender, machine: ManualClock
) -> None:
    add(store, *many(2))
    sender.outcomes["m000"] = [REFUSED]
    assert maker.deliver_waiting() == 0
    assert [name for name, _ in makers.made] == ["m000", "m001"]
    machine.advance(timedelta(seconds=1))
    assert maker.deliver_waiting() == 2
    assert sender.sent == ["m000", "m000", "m001"]
    assert [name for name, _ in makers.made] == ["m000", "m001", "m000", "m001"]


def test_messages_are_made_in_their_turn_where_nobody_waits_for_a_receiver(
    store: Store, clock: ManualClock, machine: ManualClock, makers: Makers
) -> None:
    """A sender may leave out what could be done meanwhile."""

    class Absent:
        def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
            makers.sender.sent.append(destination)
            return DELIVERED

    add(store, *many(3))
    assert Dispatcher(store, makers, Absent(), clock, machine).deliver_waiting() == 3
    assert makers.made == [("m000", 0), ("m001", 1), ("m002", 2)]

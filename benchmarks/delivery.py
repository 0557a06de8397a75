"""`python -m benchmarks.delivery`: what leaves by itself, and the outbox with a million messages in it.

    python -m benchmarks.delivery [--rows N] [--postgresql URL]

First a head end with its server on one core and everything else on another: a day of quarter-hours of 10,000 meters
goes to a receiver that discards it, and meanwhile other asynchronous requests are acknowledged; then events of many
meters, each in a message of its own, and beside them the standard library's HTTP client that does nothing but send. At
last the outbox alone.

Half of the messages are due, half lie ahead; they go to few receivers, so that each has a long queue. PostgreSQL is
measured where a URL of a database is given in which a schema may be made. Ends with 1 where a claim is too slow.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, islice, repeat
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from urllib.request import Request, urlopen
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from benchmarks.bare_sender import bare_rate
from benchmarks.discarding_receiver import discarding_receiver
from benchmarks.http_client import exchange, post
from benchmarks.messages import ONE_REGISTER, READINGS_A_METER, WHOLE_FLEET, answered_at
from benchmarks.processes import head_end
from benchmarks.report import Figure, at_least, at_most, table
from headend.delivery import DeliveryOutcome, Dispatcher, Meanwhile, OutcomeKind, SoapRequest
from headend.store import NewMessage, OutboxMessage, Store
from simulator.clock import ManualClock

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
METERS = 10_000
ACKNOWLEDGED = 50
RECEIVERS = 5
CLAIMS = 500
SENT = 2_000
EVENTS = 5_000
MOST_A_CALL = 1_000
TAMPERED = "*.12.0.257"
PIECE = 20_000
_LONGEST_PAUSE_S = 10.0


def messages(rows: int) -> Iterator[NewMessage]:
    """As many messages, due and ahead in turns."""
    for number in range(rows):
        ahead = timedelta(seconds=number) if number % 2 else timedelta(0)
        yield NewMessage(
            f"http://receiver-{number % RECEIVERS}.example/",
            "created",
            "EndDeviceEvents",
            f"message-{number}",
            [f"event-{number}"],
            NOON,
            NOON + ahead,
        )


class Discarding:
    """A receiver in this process that takes everything."""

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        """See Sender."""
        del destination, request, meanwhile
        return DeliveryOutcome(OutcomeKind.DELIVERED, "Result OK", "HTTP 200")


def compose(message: OutboxMessage) -> SoapRequest:
    """Nothing but the MessageID: what is measured is the outbox."""
    return SoapRequest("CreatedEndDeviceEvents", message.message_id.encode())


def repeat_then_stop(times: int) -> Iterator[bool]:
    """Not enough, so many times less one; then enough."""
    return chain(repeat(False, times - 1), repeat(True))


def figures(database: str, url: str, rows: int) -> Iterator[Figure]:
    """What the outbox of one database takes for a claim, and for a message from claim to record."""
    store = Store.open(url)
    try:
        every = messages(rows)
        while piece := list(islice(every, PIECE)):
            with store.writing() as work:
                work.outbox.add(*piece)
        taken = []
        for _ in range(CLAIMS):
            started = perf_counter()
            with store.writing() as work:
                (message,) = work.outbox.claim(fleet_now=NOON, machine_now=NOON, lease_s=60)
            taken.append((perf_counter() - started) * 1e3)
            with store.writing() as work:
                work.outbox.delivered(message, NOON)
        slowest = quantiles(taken, n=100)[98]
        name = f"claim of one message among {rows:,}, {database}"
        yield Figure(name, median(taken), "ms", at_most(10))
        yield Figure("  99 of 100 claims within", slowest, "ms")
        clock = ManualClock(NOON)
        dispatcher = Dispatcher(store, compose, Discarding(), clock, clock)
        started = perf_counter()
        sent = dispatcher.deliver_waiting(is_enough=partial(next, repeat_then_stop(SENT)))
        yield Figure("  messages/s, claimed, handed over, recorded, one thread", sent / (perf_counter() - started))
    finally:
        store.close()


def published(directory: Path) -> Iterator[Figure]:
    """A large answer on its way to a ReplyAddress, and what others notice of it."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with head_end(cores[0], directory, METERS) as server, discarding_receiver() as receiver:
        whole, small = (
            post(answered_at(f"{receiver.url}/{name}", message))
            for name, message in (("whole", WHOLE_FLEET), ("small", ONE_REGISTER))
        )
        exchange(server.port, small)
        exchange(server.port, whole)
        started = perf_counter()
        _wait_until_sent(server.port)
        readings = METERS * READINGS_A_METER
        yield Figure(
            f"readings/s, {METERS:,} meters x {READINGS_A_METER} to a ReplyAddress",
            readings / (receiver.last_s - started),
            "",
            at_least(500_000),
            f"{receiver.messages} messages",
        )
        quiet = [exchange(server.port, small).seconds * 1e3 for _ in range(ACKNOWLEDGED)]
        _wait_until_sent(server.port)
        exchange(server.port, whole)
        busy = []
        while not busy or _is_sending(server.port):
            busy += [exchange(server.port, small).seconds * 1e3 for _ in range(10)]
        yield Figure("acknowledgement of an asynchronous request, median", median(quiet), "ms")
        yield Figure("  while that is sent", median(busy), "ms", at_most(20), f"{len(busy)} requests")


def small_messages(directory: Path, name: str, database: str | None = None) -> Iterator[Figure]:
    """Events on their way to a subscriber who wants each in a message of its own."""
    cores = sorted(os.sched_getaffinity(0))
    with head_end(cores[0], directory, METERS, database) as server, discarding_receiver() as receiver:
        _control(server.port, "subscriptions", {"url": f"{receiver.url}/events", "batch_size": 1})
        meters = [f"M{number:08d}" for number in range(EVENTS)]
        first = meters[:100]
        _control(server.port, "events", {"type": TAMPERED, "meters": first})
        _wait_until_sent(server.port)
        started = perf_counter()
        for piece in range(0, EVENTS, MOST_A_CALL):
            _control(server.port, "events", {"type": TAMPERED, "meters": meters[piece : piece + MOST_A_CALL]})
        queued, had_left = perf_counter(), receiver.messages
        # Nobody asks the head end how far it is: to answer costs it what a few messages cost.
        while receiver.messages < len(first) + EVENTS and perf_counter() - receiver.last_s < _LONGEST_PAUSE_S:
            sleep(0.01)
        _wait_until_sent(server.port)
        sent = receiver.messages - len(first)
        yield Figure(
            f"small event messages/s, from the cause to the last receipt, {name}",
            sent / (receiver.last_s - started),
            "",
            at_least(2_000) if database is None else None,
            f"{sent} messages",
        )
        rate = (receiver.messages - had_left) / (receiver.last_s - queued)
        yield Figure("  since they are all queued", rate, "", None, f"{had_left - len(first)} had left by then")
        bare = bare_rate(cores[0], receiver.url, receiver.last_bytes, EVENTS)
        yield Figure(f"  http.client alone with messages of {receiver.last_bytes} bytes, on the same core", bare)
        yield Figure("  ours, compared with that", rate / bare)


def _control(port: int, resource: str, wish: dict[str, object]) -> None:
    request = Request(
        f"http://127.0.0.1:{port}/control/v1/{resource}",
        json.dumps(wish).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=60):
        pass


def _is_sending(port: int) -> bool:
    with urlopen(f"http://127.0.0.1:{port}/control/v1/deliveries?destination=nobody") as answer:
        counts = json.load(answer)["counts"]
    return any(counts[state] for state in ("pending", "retrying", "in_flight"))


def _wait_until_sent(port: int) -> None:
    while _is_sending(port):
        sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery", description="Speed of the outbox.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="messages in the outbox")
    parser.add_argument("--postgresql", help="URL of a database in which a schema is made and taken away again")
    options = parser.parse_args()
    found = []
    with TemporaryDirectory(prefix="headend-outbox-") as directory:
        found += _shown(published(Path(directory)))
        found += _shown(small_messages(Path(directory), "SQLite"))
        found += _shown(figures("SQLite", f"sqlite:///{Path(directory) / 'headend.db'}", options.rows))
    if options.postgresql:
        schema = f"headend_{uuid4().hex}"
        with psycopg.connect(options.postgresql, autocommit=True) as server:
            server.execute(f"CREATE SCHEMA {schema}")
            try:
                url = make_url(options.postgresql).update_query_dict({"options": f"-csearch_path={schema}"})
                address = url.render_as_string(hide_password=False)
                with TemporaryDirectory(prefix="headend-outbox-") as directory:
                    found += _shown(small_messages(Path(directory), "PostgreSQL", address))
                server.execute(f"DROP SCHEMA {schema} CASCADE")
                server.execute(f"CREATE SCHEMA {schema}")
                of_server = figures("PostgreSQL", address, options.rows)
                found += _shown(of_server)
            finally:
                server.execute(f"DROP SCHEMA {schema} CASCADE")
    return 1 if any(figure.is_missed for figure in found) else 0


def _shown(measured: Iterator[Figure]) -> list[Figure]:
    kept = []
    for figure in measured:
        kept.append(figure)
        print(table([figure]), flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())

"""A head end that is killed again and again, its clients, and what must hold afterwards.

One database lives through all rounds of a run. In each round `headend serve` is started, clients send it commands,
events and master data one after the other as fast as they are answered, a receiver takes what is published, and at a
moment that chance picks all its processes get SIGKILL.
"""

import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from os import killpg
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import yaml
from sqlalchemy import Connection, create_engine, make_url, text

from tests.delivery.receiver import Receiver
from tests.support.client import HeadEndClient
from tests.support.master_data import named
from tests.support.master_data_requests import acting
from tests.support.patience import eventually
from tests.support.served import SocketExchange, announced
from tests.support.soap_requests import (
    CONNECT,
    DISCONNECT,
    create_end_device_controls,
    created_end_device_events,
    event,
)

_PUBLISHED_AS = {"control": "EndDeviceControls", "event": "EndDeviceEvents", "usage point": "UsagePointConfig"}
"""Which noun tells subscribers of each kind of request."""
METERS = 1000
TAMPER = "3.12.0.257"
SETTINGS = {
    "delivery_timeout_s": 0.25,  # so a message that was under way is free again a second after the kill
    "first_retry_s": 0.05,
    "meters": METERS,
    "log_level": "warning",
}
SHORTEST_LIFE_S, LONGEST_LIFE_S = 0.02, 1.0
RECOVERY_S = 60.0

_MESSAGE_ID = re.compile(rb"MessageID>([^<]+)<")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a client, the same bytes however often it is sent."""

    kind: str
    service: str
    body: bytes
    key: str
    """By which its effect is known: CorrelationID of a control, mRID of an event, name of a usage point."""


@dataclass(slots=True)
class Tally:
    """What a run came to."""

    rounds: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    """Requests on which the head end died; they were sent again and had to be answered."""
    done_before: int = 0
    """Of these: whose effect was kept all the same."""
    messages: int = 0
    repeated: int = 0
    """Messages that the receiver got more than once, each time with the same MessageID and bytes."""

    def __str__(self) -> str:
        return (
            f"{self.rounds} kills; {self.acknowledged} requests acknowledged, {self.unanswered} died with the process "
            f"({self.done_before} of them after their effect was kept); {self.messages} messages delivered, "
            f"{self.repeated} of them more than once, none lost"
        )


@dataclass(slots=True)
class KilledHeadEnd:
    """The run. `round` does the next one and fails by AssertionError."""

    database: str
    """URL; empty at first."""
    directory: Path
    receiver: Receiver
    chance: Random
    workers: int = 1
    tally: Tally = field(default_factory=Tally)
    _asked: int = 0
    _done: list[Ask] = field(default_factory=list)
    _open: list[Ask] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def round(self) -> None:
        """One life: recover from the last kill, check, work, die."""
        with self._served() as (client, process):
            self._recover(client)
            self._work_until_killed(client, process)
        self.tally.rounds += 1

    def finish(self) -> None:
        """The life after the last kill: everything must be there and delivered."""
        with self._served() as (client, _process):
            self._recover(client)

    @contextmanager
    def _served(self) -> Iterator[tuple[HeadEndClient, "subprocess.Popen[str]"]]:
        settings = self.directory / "headend.yaml"
        subscriptions = [{"url": self.receiver.url, "noun": noun} for noun in _PUBLISHED_AS.values()]
        settings.write_text(yaml.safe_dump({**SETTINGS, "subscriptions": subscriptions}))
        command = [str(Path(sys.executable).with_name("headend")), "serve", "--port", "0", "--config", str(settings)]
        log = self.directory / "headend.log"
        with log.open("a") as stderr:
            process = subprocess.Popen(
                [*command, "--database", self.database, "--workers", str(self.workers)],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                cwd=self.directory,
                start_new_session=True,
            )
        try:
            address = urlsplit(announced(process, log))
            yield HeadEndClient(SocketExchange(address.hostname or "", address.port or 0)), process
        finally:
            _kill(process)

    def _work_until_killed(self, client: HeadEndClient, process: "subprocess.Popen[str]") -> None:
        seeds = [self.chance.random() for _ in range(3)]
        threads = [
            threading.Thread(target=self._keep_asking, args=(client, kind, Random(seed)))
            for kind, seed in zip(_PUBLISHED_AS, seeds, strict=True)
        ]
        for thread in threads:
            thread.start()
        threading.Event().wait(self.chance.uniform(SHORTEST_LIFE_S, LONGEST_LIFE_S))
        _kill(process)
        for thread in threads:
            thread.join()

    def _keep_asking(self, client: HeadEndClient, kind: str, chance: Random) -> None:
        while True:
            with self._lock:
                self._asked += 1
                ask = _ask(kind, self._asked, chance)
            try:
                reply = client.post(ask.service, ask.body)
            except (OSError, AssertionError):  # refused, reset, or closed without a whole answer
                with self._lock:
                    self._open.append(ask)
                return
            assert reply.result == "OK", f"{ask}: {reply}"
            with self._lock:
                self._done.append(ask)

    def _recover(self, client: HeadEndClient) -> None:
        """What was acknowledged has its effect; what was not, has it when it is sent again; once each."""
        effects = self._effects()
        lost = [ask for ask in self._done if effects[ask.key] != 1]
        assert not lost, f"acknowledged, but without effect or with several: {lost[:3]}"
        self.tally.unanswered += len(self._open)
        self.tally.done_before += sum(effects[ask.key] for ask in self._open)
        for ask in self._open:
            reply = client.post(ask.service, ask.body)
            assert reply.result == "OK", f"sent again: {ask}: {reply}"
        self._done += self._open
        self._open.clear()
        effects = self._effects()
        twice = [ask for ask in self._done if effects[ask.key] != 1]
        assert not twice, f"sent again, but without effect or with several: {twice[:3]}"
        self.tally.acknowledged = len(self._done)
        eventually(self._all_is_sent, "every message is delivered", RECOVERY_S)
        self._check_messages()
        self._check_database()

    def _effects(self) -> Counter[str]:
        """How often each request has had its effect, by its key."""
        with self._reading() as connection:
            return Counter(
                key
                for statement in (
                    "SELECT correlation_id FROM end_device_control",
                    "SELECT mrid FROM end_device_event WHERE control_mrid IS NULL",
                    "SELECT name FROM master_name",
                )
                for (key,) in connection.execute(text(statement))
            )

    def _all_is_sent(self) -> bool:
        with self._reading() as connection:
            return connection.scalar(text("SELECT count(*) FROM outbox WHERE state <> 'delivered'")) == 0

    def _check_messages(self) -> None:
        with self._reading() as connection:
            rows = connection.execute(text("SELECT message_id, correlation_id, noun FROM outbox")).all()
        got = [(_message_id(one.body), one.body) for one in list(self.receiver.received)]
        times = Counter(message_id for message_id, _ in got)
        queued = {row.message_id for row in rows}
        assert len(queued) == len(rows), "two messages share a MessageID"
        assert set(times) == queued, "the receiver has other messages than the outbox says were delivered"
        assert len(set(got)) == len(queued), "a message came again with other bytes"
        told = {(row.correlation_id, row.noun) for row in rows}
        silent = [ask for ask in self._done if (ask.key, _PUBLISHED_AS[ask.kind]) not in told]
        assert not silent, f"acknowledged, but nobody was told: {silent[:3]}"
        self.tally.messages = len(queued)
        self.tally.repeated = sum(count > 1 for count in times.values())

    def _check_database(self) -> None:
        orphans = "SELECT count(*) FROM {} WHERE NOT EXISTS (SELECT 1 FROM {} WHERE {})"
        checks = [
            orphans.format("control_outcome o", "end_device_control c", "c.mrid = o.control_mrid"),
            orphans.format("end_device_control c", "control_outcome o", "c.mrid = o.control_mrid"),
            orphans.format("master_name n", "master_object m", "m.mrid = n.mrid"),
            orphans.format(
                "end_device_event e", "end_device_control c", "e.control_mrid IS NULL OR c.mrid = e.control_mrid"
            ),
        ]
        with self._reading() as connection:
            assert [connection.scalar(text(check)) for check in checks] == [0] * len(checks)
            if connection.dialect.name == "sqlite":
                assert connection.execute(text("PRAGMA integrity_check")).all() == [("ok",)]
                assert connection.execute(text("PRAGMA foreign_key_check")).all() == []

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        url = make_url(self.database)
        engine = create_engine(url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


def killed(run: KilledHeadEnd, rounds: int, is_enough: Callable[[], bool] = lambda: False) -> Tally:
    """So many rounds, or fewer when it `is_enough` before, and the life after them."""
    while run.tally.rounds < rounds and not is_enough():
        run.round()
    run.finish()
    return run.tally


def _ask(kind: str, number: int, chance: Random) -> Ask:
    key = f"soak-{number}"
    fields = {"MessageID": f"request-{number}", "CorrelationID": key, "Source": "soak"}
    meter = f"M{chance.randrange(METERS):08d}"
    match kind:
        case "control":
            body = create_end_device_controls(meter, code=chance.choice((CONNECT, DISCONNECT)), fields=fields)
            return Ask(kind, "ExecuteEndDeviceControls", body, key)
        case "event":
            at = datetime.now(UTC).isoformat()
            body = created_end_device_events(event(TAMPER, at, meter, mrid=key), fields=fields)
            return Ask(kind, "ReceiveEndDeviceEvents", body, key)
        case _:
            body = acting("create", "UsagePointConfig", named("UsagePoint", key), fields=fields)
            return Ask(kind, "ExecuteUsagePointConfig", body, key)


def _message_id(body: bytes) -> str:
    found = _MESSAGE_ID.search(body)
    assert found, f"a message without MessageID: {body[:300]!r}"
    return found[1].decode()


def _kill(process: "subprocess.Popen[str]") -> None:
    """SIGKILL to the head end and its workers, which are a process group of their own."""
    if process.stdout is not None and not process.stdout.closed:
        killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()

"""A receiver of events: what an MDM is to a head end that publishes.

It serves the contract's ReceiveEndDeviceEvents with the very machine that serves the head end (site, protocol,
pipeline), so a message that breaks the contract is refused with the rule it broke. Its handlers do nothing but keep
what came; the answer is an OK whose Error is 0.3, a simple acknowledgment.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from zoneinfo import ZoneInfo

from lxml import etree

from headend.client.answers import DeviceEvent
from headend.client.read_answers import device_events
from headend.contract import Contract
from headend.handlers.compression import Compression, When
from headend.handlers.exchange import Answer, Handler, Request
from headend.handlers.pipeline import Pipeline, Signature
from headend.operations.header import Header, HeaderPolicy
from headend.operations.reply import Error, Level, Reply, Result
from headend.soap.application import WsgiApp, soap_application
from headend.soap.protocol import ErrorStyle
from headend.soap.site import Site
from headend.store import Store, UnitOfWork
from simulator.clock import Clock

SERVICE = "ReceiveEndDeviceEvents"
_MAX_REQUEST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """One message that kept the contract."""

    operation: str
    """Such as CreatedEndDeviceEvents."""
    header: Header
    events: tuple[DeviceEvent, ...]
    body: bytes
    """The body element as XML."""


class Mailbox:
    """What was received, in order. Safe to share between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._received: list[Received] = []

    def put(self, received: Received) -> None:
        """Keep a message and wake whoever waits."""
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()

    @property
    def received(self) -> tuple[Received, ...]:
        """Everything so far."""
        with self._changed:
            return tuple(self._received)

    def wait_for(self, correlation_id: str, timeout_s: float) -> Received | None:
        """The first message with this CorrelationID, as soon as there is one; None after `timeout_s` without."""

        def find() -> Received | None:
            return next((one for one in self._received if one.header.correlation_id == correlation_id), None)

        with self._changed:
            return self._changed.wait_for(find, timeout_s)


@dataclass(frozen=True, slots=True)
class EventReceiver:
    """A receiver that runs."""

    url: str
    """Of the service: what a head end is told to publish to."""
    mailbox: Mailbox


@contextmanager
def event_receiver(directory: Path, clock: Clock) -> Iterator[EventReceiver]:
    """Runs a receiver on a free port of loopback until the block ends.

    directory: takes its database, in which it remembers what it has answered, so that a resend is taken once.
    """
    mailbox = Mailbox()
    store = Store.open(f"sqlite:///{directory / 'receiver.db'}")
    try:
        with _serving(receiver_site(mailbox, store, clock)) as port:
            yield EventReceiver(f"http://127.0.0.1:{port}/services/{SERVICE}", mailbox)
    finally:
        store.close()


def receiver_site(mailbox: Mailbox, store: Store, clock: Clock) -> WsgiApp:
    """The WSGI application of a receiver."""
    contract = Contract.load()
    service = contract.services[SERVICE]
    pipeline = Pipeline(
        contract=contract,
        handlers={operation.name: _keep(mailbox) for operation in service.operations},
        store=store,
        clock=clock,
        machine_clock=clock,
        signature=Signature("receiver", ZoneInfo("UTC"), seed=0),
        policy=HeaderPolicy(),
        compression=Compression(When.NEVER, 0, _MAX_REQUEST_BYTES),
        after_commit=lambda: None,
        wait=lambda _duration: None,
    )
    application = soap_application(service, contract, (SERVICE,), pipeline, ErrorStyle.REPLY, _MAX_REQUEST_BYTES)
    return Site(contract, {SERVICE: application}, version("headend"), _MAX_REQUEST_BYTES, lambda: True)


def _keep(mailbox: Mailbox) -> Handler:
    def handle(request: Request, _work: UnitOfWork, _now: datetime) -> Answer:
        body = etree.tostring(request.body)
        mailbox.put(Received(request.operation.name, request.header, device_events(request.body), body))
        return Answer(Reply(Result.OK, (Error("0.3", level=Level.INFORM),)))

    return handle


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    timeout = 10.0
    """Seconds that a sender may be silent."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
        """Says nothing: the mailbox tells."""


@contextmanager
def _serving(application: WsgiApp) -> Iterator[int]:
    # The standard library's server reads no chunked requests; the head end's dispatcher sends events with a length.
    server = make_server("127.0.0.1", 0, application, server_class=_Server, handler_class=_QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="receiver")
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

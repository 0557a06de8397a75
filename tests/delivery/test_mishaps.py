"""What happens to a message on its way on purpose, as its receiver sees it: each byte, and how the connection ends."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from headend.delivery import HttpSender, OutcomeKind, SoapRequest
from headend.handlers.broken_requests import broken_request
from headend.operations.faults import FAULTS, Fault, FaultKind
from simulator.clock import RealClock
from tests.delivery.receiver import Receiver, receiver

BODY = b"<whole>" + b"x" * 1000 + b"</whole>"
REQUEST = SoapRequest("urn:created", BODY)


def fault(kind: FaultKind, **parameters: object) -> Fault:
    return Fault(kind, "f-1", 0.0, {**FAULTS[kind].parameters, **parameters})  # type: ignore[dict-item]


@pytest.fixture
def sender() -> Iterator[HttpSender]:
    with closing(HttpSender(RealClock(), timeout_s=10)) as opened:
        yield opened


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@contextmanager
def one_connection() -> Iterator[tuple[str, Callable[[], tuple[bytes, bytes, type[Exception] | None]]]]:
    """A URL, and what gives head and body that came there before the connection ended, and how it ended otherwise."""
    came = bytearray()
    ends: list[type[Exception] | None] = []

    def take(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(10)
            try:
                while part := connection.recv(65536):
                    came.extend(part)
                ends.append(None)
            except OSError as error:
                ends.append(type(error))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=take, args=(listening,))
        thread.start()

        def found() -> tuple[bytes, bytes, type[Exception] | None]:
            thread.join(20)
            head, _, body = bytes(came).partition(b"\r\n\r\n")
            return head, body, ends[0]

        yield f"http://127.0.0.1:{listening.getsockname()[1]}/events", found


@pytest.mark.parametrize(
    ("made", "body", "end"),
    [
        (fault(FaultKind.TRUNCATED), BODY[: len(BODY) // 2], None),
        (fault(FaultKind.TRUNCATED, bytes=10), BODY[:10], None),
        (fault(FaultKind.RESET, bytes=10), BODY[:10], ConnectionResetError),
        (fault(FaultKind.RESET), b"", ConnectionResetError),
    ],
    ids=["half", "10 bytes", "reset after 10 bytes", "reset at once"],
)
def test_a_message_ends_in_the_middle_of_what_was_promised(
    sender: HttpSender, made: Fault, body: bytes, end: type[Exception] | None
) -> None:
    with one_connection() as (url, found):
        outcome = sender.post(url, broken_request(REQUEST, made, lambda _seconds: None))
        head, came, how = found()
    assert outcome.kind is OutcomeKind.NOT_CONNECTED
    assert f"Content-Length: {len(BODY)}".encode() in head
    assert (came, how) == (body, end)


def test_a_receiver_that_refuses_on_purpose_sees_nothing(sender: HttpSender, mdm: Receiver) -> None:
    outcome = sender.post(mdm.url, broken_request(REQUEST, fault(FaultKind.CONNECTION_REFUSED), lambda _seconds: None))
    assert (outcome.kind, outcome.sentence) == (
        OutcomeKind.NOT_CONNECTED,
        "no connection: refused by fault connection-refused f-1",
    )
    assert mdm.received == []


@pytest.mark.parametrize("streamed", [False, True], ids=["in memory", "streamed"])
def test_a_drip_arrives_whole(sender: HttpSender, mdm: Receiver, streamed: bool) -> None:
    slept: list[float] = []
    request = SoapRequest("urn:created", iter([BODY[:500], BODY[500:]]) if streamed else BODY)
    assert sender.post(mdm.url, broken_request(request, fault(FaultKind.SLOW_DRIP), slept.append)).delivered
    assert mdm.received[0].body == BODY
    assert sum(slept) == pytest.approx(len(BODY) / 500)


@pytest.mark.parametrize("streamed", [False, True], ids=["in memory", "streamed"])
@pytest.mark.parametrize(("kind", "length"), [(FaultKind.EMPTY_BODY, 0), (FaultKind.RANDOM_DATA, 1000)])
def test_something_else_arrives(
    sender: HttpSender, mdm: Receiver, kind: FaultKind, length: int, streamed: bool
) -> None:
    request = SoapRequest("urn:created", iter([BODY]) if streamed else BODY)
    sender.post(mdm.url, broken_request(request, fault(kind), lambda _seconds: None))
    assert len(mdm.received[0].body) == length
    assert BODY not in mdm.received[0].body


def test_a_message_after_a_reset_leaves_as_usual(sender: HttpSender, mdm: Receiver) -> None:
    sender.post(mdm.url, broken_request(REQUEST, fault(FaultKind.RESET, bytes=10), lambda _seconds: None))
    assert sender.post(mdm.url, REQUEST).delivered
    assert [one.body for one in mdm.received] == [BODY]

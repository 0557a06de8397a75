"""Small messages on kept connections, byte by byte: when a connection is kept, and what is no answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile

import pytest

from headend.delivery.kept_connections import Address, AnswerTooLong, ConnectionFailed, KeptConnections, NotHttp

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Scripted:
    """A receiver that says the same to every request, in so many pieces, and remembers who came on which connection."""

    listening: socket.socket
    says: tuple[bytes, ...]
    then_closes: bool
    requests: list[tuple[int, bytes]] = field(default_factory=list)
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Counts the connections that were closed."""

    def __post_init__(self) -> None:
        address = Address.of(f"http://127.0.0.1:{self.listening.getsockname()[1]}/events?a=b")
        assert address is not None
        self.address = address

    @property
    def connections(self) -> list[int]:
        """Of the requests, in the order in which they came."""
        return [number for number, _ in self.requests]

    def serve(self) -> None:
        for number in range(1, 100):
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(number, connection), daemon=True).start()

    def _answer(self, number: int, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as source:
            while head := b"".join(takewhile(lambda line: line != b"\r\n", source)):
                length = int(head.partition(b"Content-Length: ")[2].split()[0])
                self.requests.append((number, head + source.read(length)))
                for part in self.says:
                    connection.sendall(part)
                if self.then_closes:
                    break
        self.closed.release()


@contextmanager
def scripted(*says: bytes, then_closes: bool = False) -> Iterator[Scripted]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        receiver = Scripted(listening, says, then_closes)
        threading.Thread(target=receiver.serve, daemon=True).start()
        yield receiver
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def connections() -> Iterator[KeptConnections]:
    kept = KeptConnections(timeout_s=10, most_bytes=1000)
    yield kept
    kept.close()


def post(connections: KeptConnections, receiver: Scripted, body: bytes = b"<a/>") -> tuple[int, bytes]:
    return connections.post(receiver.address, {"SOAPAction": '"x"'}, body, lambda: None, lambda: None)


def test_a_request_is_written_as_http_has_it(connections: KeptConnections) -> None:
    with scripted(OK) as receiver:
        assert post(connections, receiver) == (200, b"ok")
    ((_, request),) = receiver.requests
    port = receiver.address.port
    assert request == (
        b'POST /events?a=b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nSOAPAction: "x"\r\nContent-Length: 4\r\n<a/>' % port
    )


@pytest.mark.parametrize(
    ("says", "answer"),
    [
        ((OK,), (200, b"ok")),
        ((OK[:20], OK[20:40], OK[40:]), (200, b"ok")),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n", b"1\r\nk\r\n0\r\n\r\n"), (200, b"ok")),
        ((b"HTTP/1.1 100 Continue\r\n\r\n", OK), (200, b"ok")),
        ((b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",), (503, b"")),
        ((b"HTTP/1.1 204 No Content\r\n\r\n",), (204, b"")),
        ((b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",), (200, b"ok")),
    ],
    ids=["whole", "in pieces", "in chunks", "after a word in between", "busy", "without a body", "HTTP/1.0 that keeps"],
)
def test_a_connection_serves_the_next_message(
    connections: KeptConnections, says: tuple[bytes, ...], answer: tuple[int, bytes]
) -> None:
    with scripted(*says) as receiver:
        assert [post(connections, receiver) for _ in range(2)] == [answer, answer]
        assert receiver.connections == [1, 1]


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
    ids=["said to close", "HTTP/1.0"],
)
def test_a_connection_that_is_not_to_last_is_closed(connections: KeptConnections, says: bytes) -> None:
    with scripted(says) as receiver:
        assert [post(connections, receiver) for _ in range(2)] == [(200, b"ok"), (200, b"ok")]
        assert receiver.connections == [1, 2]


def test_an_answer_may_end_with_its_connection(connections: KeptConnections) -> None:
    with scripted(b"HTTP/1.1 200 OK\r\n\r\n", b"o", b"k", then_closes=True) as receiver:
        assert [post(connections, receiver) for _ in range(2)] == [(200, b"ok"), (200, b"ok")]
        assert receiver.connections == [1, 2]


def test_a_connection_that_the_receiver_has_closed_meanwhile_is_not_used(connections: KeptConnections) -> None:
    with scripted(OK, then_closes=True) as receiver:
        for _ in range(5):
            assert post(connections, receiver) == (200, b"ok")
            assert receiver.closed.acquire(timeout=10)
        assert receiver.connections == [1, 2, 3, 4, 5]


def test_words_that_nobody_asked_for_are_not_taken_for_the_next_answer(connections: KeptConnections) -> None:
    with scripted(OK + b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n") as receiver:
        assert [post(connections, receiver) for _ in range(3)] == [(200, b"ok")] * 3
        assert receiver.connections == [1, 2, 3]


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        (b"", "closed it before its answer was whole"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "closed it before its answer was whole"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "closed it before its answer was whole"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "closed it before its answer was whole"),
    ],
    ids=["nothing", "in its head", "in its body", "between chunks"],
)
def test_an_answer_that_breaks_off_is_none(connections: KeptConnections, says: bytes, sentence: str) -> None:
    with scripted(says, then_closes=True) as receiver, pytest.raises(ConnectionFailed, match=sentence) as failed:
        post(connections, receiver)
    assert failed.value.was_connected
    assert not isinstance(failed.value, NotHttp)


@pytest.mark.parametrize("says", [b"SSH-2.0-OpenSSH\r\n", b"<html>", b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n"])
def test_what_is_no_http_is_told_apart(connections: KeptConnections, says: bytes) -> None:
    with scripted(says) as receiver, pytest.raises(NotHttp, match="no HTTP answer"):
        post(connections, receiver)


def test_an_answer_that_is_too_long_is_not_read_to_its_end(connections: KeptConnections) -> None:
    says = b"HTTP/1.1 202 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    with scripted(says) as receiver, pytest.raises(AnswerTooLong) as too_long:
        post(connections, receiver)
    assert too_long.value.status == 202


def test_nobody_at_the_address_is_no_broken_connection(connections: KeptConnections) -> None:
    with scripted() as receiver:
        pass
    with pytest.raises(ConnectionFailed) as failed:
        post(connections, receiver)
    assert not failed.value.was_connected


def test_a_silent_receiver_is_waited_for_no_longer_than_it_may_take() -> None:
    impatient = KeptConnections(timeout_s=0.05, most_bytes=1000)
    with scripted(b"") as receiver, pytest.raises(TimeoutError):
        post(impatient, receiver)


def test_what_stops_the_exchange_closes_its_connection(connections: KeptConnections) -> None:
    def stop() -> None:
        raise KeyError("stop")

    with scripted(OK) as receiver:
        with pytest.raises(KeyError):
            connections.post(receiver.address, {}, b"<a/>", lambda: None, stop)
        assert post(connections, receiver) == (200, b"ok")
        assert receiver.connections == [1, 2]


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\rb"])
def test_a_header_cannot_bring_another_one_along(connections: KeptConnections, value: str) -> None:
    with scripted(OK) as receiver:
        with pytest.raises(ValueError, match="line break"):
            connections.post(receiver.address, {"Authorization": value}, b"", lambda: None, lambda: None)
        assert receiver.requests == []


def test_threads_have_connections_of_their_own_and_some_of_them_are_kept(connections: KeptConnections) -> None:
    with scripted(OK) as receiver:
        together = threading.Barrier(12)

        def send() -> None:
            together.wait(10)
            post(connections, receiver)

        threads = [threading.Thread(target=send) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        before = max(receiver.connections)
        post(connections, receiver)
        assert len(receiver.requests) == 13
        assert receiver.connections[-1] <= before


@pytest.mark.parametrize(
    ("url", "host", "port", "head"),
    [
        ("http://mdm.example/a", "mdm.example", 80, b"POST /a HTTP/1.1\r\nHost: mdm.example\r\n"),
        ("http://mdm.example:81", "mdm.example", 81, b"POST / HTTP/1.1\r\nHost: mdm.example:81\r\n"),
        ("http://[::1]:81/a?b=c", "::1", 81, b"POST /a?b=c HTTP/1.1\r\nHost: [::1]:81\r\n"),
    ],
)
def test_an_address_is_taken_apart(url: str, host: str, port: int, head: bytes) -> None:
    assert Address.of(url) == Address(host, port, head)


@pytest.mark.parametrize("url", ["https://mdm.example/", "ftp://mdm.example/", "mdm.example", "http://", "http://[::1"])
def test_what_is_no_plain_http_is_left_to_others(url: str) -> None:
    assert Address.of(url) is None

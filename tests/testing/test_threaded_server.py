"""The server in threads of this process, byte by byte: it keeps connections, and closes those that went wrong."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from headend.threaded_server import HANG_UP, SILENCE_S, body_of, serving
from tests.support.raw_http import HttpConnection, chunked, request_bytes

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]


@contextmanager
def connected(application: App) -> Iterator[HttpConnection]:
    with serving(application, "127.0.0.1", 0, "test") as port, HttpConnection("127.0.0.1", port) as connection:
        yield connection


def echo(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read()]


def stream(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return iter([b"one ", b"", b"two"])


def ignore(_environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"done"]


def test_a_connection_serves_one_request_after_the_other() -> None:
    with connected(echo) as connection:
        for body in (b"first", b"second"):
            connection.send(request_bytes("POST", "/", body=body))
            answer = connection.receive()
            assert (answer.version, answer.body, answer.is_closed) == ("HTTP/1.1", body, False)


def test_requests_may_come_before_the_answers_to_those_before_them() -> None:
    with connected(echo) as connection:
        connection.send(request_bytes("POST", "/", body=b"first") + request_bytes("POST", "/", body=b"second"))
        assert [connection.receive().body for _ in range(2)] == [b"first", b"second"]


def test_a_body_in_chunks_ends_where_the_request_ends() -> None:
    with connected(echo) as connection:
        head = request_bytes("POST", "/", [("Transfer-Encoding", "chunked")])
        connection.send(head + chunked([b"a" * 70_000, b"b"]) + request_bytes("POST", "/", body=b"next"))
        assert connection.receive().body == b"a" * 70_000 + b"b"
        assert connection.receive().body == b"next"


def test_pieces_of_a_body_in_chunks_are_as_long_as_they_were_asked_for() -> None:
    pieces: list[bytes] = []

    def read_pieces(environ: Environ, start_response: Any) -> Iterable[bytes]:
        pieces.extend(iter(lambda: environ["wsgi.input"].read(4), b""))
        return echo(environ, start_response)

    with connected(read_pieces) as connection:
        head = request_bytes("POST", "/", [("Transfer-Encoding", "chunked")])
        connection.send(head + chunked([b"abc", b"defgh", b"i"]))
        connection.receive()
    assert pieces == [b"abcd", b"efgh", b"i"]


def test_an_answer_of_unknown_length_comes_in_chunks_and_the_connection_goes_on() -> None:
    with connected(stream) as connection:
        for _ in range(2):
            connection.send(request_bytes("GET", "/"))
            answer = connection.receive("GET")
            assert (answer.header("Transfer-Encoding"), answer.body) == ("chunked", b"one two")
            assert not answer.is_closed


def test_a_client_of_http_1_0_gets_it_as_it_is_to_the_end_of_the_connection() -> None:
    with connected(stream) as connection:
        connection.send(request_bytes("GET", "/", version="HTTP/1.0"))
        answer = connection.receive("GET")
    assert (answer.header("Transfer-Encoding"), answer.body, answer.is_closed) == (None, b"one two", True)


def test_a_client_that_wants_the_connection_closed_is_obeyed() -> None:
    with connected(echo) as connection:
        connection.send(request_bytes("POST", "/", [("Connection", "close")], b"x"))
        assert connection.receive().is_closed


def test_a_client_that_waits_for_it_is_asked_to_go_on() -> None:
    with connected(echo) as connection:
        connection.send(request_bytes("POST", "/", [("Expect", "100-continue"), ("Content-Length", "2")]))
        assert connection.receive_head_only() == 100
        connection.send(b"ok")
        assert connection.receive().body == b"ok"


def test_a_client_whose_body_nobody_wants_is_not_asked_for_it() -> None:
    with connected(ignore) as connection:
        connection.send(request_bytes("POST", "/", [("Expect", "100-continue"), ("Content-Length", "2")]))
        answer = connection.receive()
    assert (answer.interim, answer.body) == ((), b"done")


def test_a_body_that_nobody_read_is_not_taken_for_the_next_request() -> None:
    with connected(ignore) as connection:
        connection.send(request_bytes("POST", "/", body=b"GET /smuggled HTTP/1.1\r\n\r\n"))
        answer = connection.receive()
        assert (answer.body, answer.is_closed) == (b"done", True)
        with pytest.raises((AssertionError, ConnectionError)):
            connection.receive()


def test_an_answer_that_is_shorter_than_it_says_ends_the_connection() -> None:
    def promise(_environ: Environ, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "10")])
        return iter(())

    with connected(promise) as connection:
        connection.send(request_bytes("GET", "/"))
        with pytest.raises(AssertionError, match="promised 10 bytes and ended after 0"):
            connection.receive("GET")


def test_an_answer_that_breaks_is_not_ended_as_if_it_were_whole(capsys: pytest.CaptureFixture[str]) -> None:
    def break_off(_environ: Environ, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        yield b"begin"
        raise RuntimeError("a bug")

    with connected(break_off) as connection:
        connection.send(request_bytes("GET", "/"))
        with pytest.raises((AssertionError, ValueError)):
            connection.receive("GET")
    assert "a bug" in capsys.readouterr().err


def test_a_head_request_gets_no_body_and_keeps_its_connection() -> None:
    def sized(environ: Environ, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "5")])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"hello"]

    with connected(sized) as connection:
        connection.send(request_bytes("HEAD", "/"))
        assert connection.receive("HEAD").header("Content-Length") == "5"
        connection.send(request_bytes("GET", "/"))
        assert connection.receive("GET").body == b"hello"


def test_an_application_may_hang_up() -> None:
    def hang_up(environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ[HANG_UP]()
        start_response("500 Nobody Reads This", [])
        return []

    with connected(hang_up) as connection:
        connection.send(request_bytes("GET", "/"))
        with pytest.raises(AssertionError, match="without an answer"):
            connection.receive("GET")


def test_open_connections_end_with_the_server() -> None:
    with serving(echo, "127.0.0.1", 0, "test") as port:
        connection = HttpConnection("127.0.0.1", port)
        connection.send(request_bytes("POST", "/", body=b"x"))
        connection.receive()
    with connection, pytest.raises((AssertionError, ConnectionError)):
        connection.receive()


def test_variables_of_the_process_are_no_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    seen: list[Environ] = []

    def look(environ: Environ, start_response: Any) -> Iterable[bytes]:
        seen.append(dict(environ))
        return echo(environ, start_response)

    with connected(look) as connection:
        connection.send(request_bytes("GET", "/"))
        connection.receive("GET")
    assert "HTTP_PROXY" not in seen[0]
    assert seen[0]["CONTENT_TYPE"] == ""


class Silent:
    """A sender that says nothing until we lose patience."""

    def read(self, _size: int) -> bytes:
        raise TimeoutError

    readline = read


@pytest.mark.parametrize("announced", [{"CONTENT_LENGTH": "10"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_a_sender_that_falls_silent_is_one_that_has_gone(announced: Environ) -> None:
    with pytest.raises(ConnectionAbortedError, match="silent"):
        body_of(announced, Silent()).read(10)
    assert SILENCE_S > 1


def test_an_answer_that_is_being_given_leaves_when_the_server_ends() -> None:
    is_asked, is_ending = Event(), Event()

    def answer_late(environ: Environ, start_response: Any) -> Iterable[bytes]:
        is_asked.set()
        is_ending.wait(10)
        return echo(environ, start_response)

    with ExitStack() as server:
        port = server.enter_context(serving(answer_late, "127.0.0.1", 0, "test"))
        with HttpConnection("127.0.0.1", port) as connection:
            connection.send(request_bytes("POST", "/", body=b"late"))
            is_asked.wait(10)
            ending = Thread(target=server.close)
            ending.start()
            is_ending.set()
            assert connection.receive().body == b"late"
            ending.join(10)

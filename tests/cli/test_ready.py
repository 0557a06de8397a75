"""`headend ready`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.cli.conftest import Run
from tests.support.served import ServedHeadEnd


@contextmanager
def answering(statuses: list[int]) -> Iterator[str]:
    """A server that answers /readyz with one status after the other, the last for ever."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_head_end_that_runs_is_ready(headend: Run, served: ServedHeadEnd) -> None:
    ended = headend("ready", "--url", served.base_url)
    assert (ended.code, ended.stdout) == (0, f"{served.base_url} is ready\n")


def test_nobody_there_is_exit_code_3(headend: Run) -> None:
    ended = headend("ready", "--url", "http://127.0.0.1:9")
    assert (ended.code, ended.stderr) == (3, "headend ready: not ready: http://127.0.0.1:9: Connection refused\n")


def test_it_waits_no_longer_than_it_was_told(headend: Run) -> None:
    ended = headend("ready", "--wait", "250ms", "--url", "http://127.0.0.1:9")
    assert (ended.code, "not ready within 250ms" in ended.stderr) == (3, True)


def test_it_waits_until_the_head_end_is_ready(headend: Run) -> None:
    with answering([503, 503, 200]) as url:
        assert headend("ready", "--wait", "10s", "--url", url).code == 0


def test_a_head_end_that_is_not_ready_yet_says_so(headend: Run) -> None:
    with answering([503]) as url:
        ended = headend("ready", "--url", url)
    assert (ended.code, "answers HTTP 503" in ended.stderr) == (3, True)


@pytest.mark.parametrize("url", ["http://", "http://host:port", "http://[::1", "ftp://host", "host:80"])
def test_what_is_no_url_is_exit_code_2(headend: Run, url: str) -> None:
    assert headend("ready", "--url", url).code == 2

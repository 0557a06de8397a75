"""A WSGI application whose POSTs are recorded, whatever came of them."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from headend.journal.entry import Direction, Entry, fault_note
from headend.journal.fleet_time import FleetTime
from headend.journal.journal import Recorder
from headend.journal.kept_message import KeptMessage
from simulator.clock import Clock

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]

FAULT_KEY: Final = "headend.fault"
"""Key of the environ: which fault was injected on purpose."""
ANSWER_LOST_KEY: Final = "headend.answer_lost"
"""Key of the environ: why no answer leaves although there is one."""

MOST_DIGESTED: Final = 8 * 1024 * 1024
"""Bytes of an answer: a digest of the readings of a whole fleet would take a third of the time that they take."""

_SECRETS: Final = frozenset({"HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION", "HTTP_COOKIE"})
_NOT_KEPT: Final = "(not kept)"


class RecordedSite:
    """Stands around a site. Answers pass as they are, and no sooner or later."""

    def __init__(
        self, site: WsgiApp, recorder: Recorder, machine: Clock, time: FleetTime, body_bytes: int, not_below: str
    ) -> None:
        """body_bytes: so much is kept of each body. not_below: path of what is no exchange, the control API."""
        self._site = site
        self._recorder = recorder
        self._machine = machine
        self._time = time
        self._body_bytes = body_bytes
        self._not_below = not_below

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        if environ["REQUEST_METHOD"] != "POST" or path.startswith(self._not_below):
            return self._site(environ, start_response)
        exchange = _Exchange(
            environ, path, self._machine.now(), self._time.begin(), self._body_bytes, environ["wsgi.input"]
        )
        environ["wsgi.input"] = exchange

        def remember(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            exchange.status, exchange.response_headers = status, headers
            return start_response(status, headers, *exc_info)

        try:
            answer = self._site(environ, remember)
        except BaseException as error:
            exchange.at = self._time.begun(exchange.begun, exchange.machine_at)
            self._record(exchange, f"the head end failed: {type(error).__name__}")
            raise
        exchange.at = self._time.begun(exchange.begun, exchange.machine_at)
        exchange.read_what_nobody_read()
        if isinstance(answer, list):
            for piece in answer:
                exchange.answered.take(piece)
            self._record(exchange, None)
            return answer
        return _Passing(answer, exchange, self._record)

    def _record(self, exchange: "_Exchange", failure: str | None) -> None:
        # Whatever goes wrong here is ours, and no reason to keep an answer from its client.
        try:
            self._recorder.record(exchange.entry(self._machine.now(), failure))
        except Exception:
            log.exception("an exchange could not be recorded")


@dataclass(slots=True)
class _Exchange:
    """What is known of an exchange so far; stands in the place of `wsgi.input` to see the request."""

    environ: Environ
    path: str
    machine_at: datetime
    begun: datetime | None
    body_bytes: int
    source: Any
    """What `wsgi.input` was."""
    at: datetime | None = None
    status: str | None = None
    response_headers: list[tuple[str, str]] = field(default_factory=list)
    asked: KeptMessage = field(init=False)
    answered: KeptMessage = field(init=False)

    def __post_init__(self) -> None:
        self.asked = KeptMessage(self.body_bytes)
        self.answered = KeptMessage(self.body_bytes, MOST_DIGESTED)

    def read(self, *size: int) -> bytes:
        """As `wsgi.input` has it."""
        data: bytes = self.source.read(*size)
        if data:
            self.asked.take(data)
        return data

    def readline(self, *size: int) -> bytes:
        """As `wsgi.input` has it."""
        data: bytes = self.source.readline(*size)
        if data:
            self.asked.take(data)
        return data

    def readlines(self, *hint: int) -> list[bytes]:
        """As `wsgi.input` has it."""
        del hint
        return list(iter(self.readline, b""))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def read_what_nobody_read(self) -> None:
        """What was turned away unread is worth a look all the more; unless its client waits to be asked for it."""
        if self.asked.length or "HTTP_EXPECT" in self.environ:
            return
        text = self.environ.get("CONTENT_LENGTH") or ""
        if text.isascii() and text.isdigit():
            left = min(int(text), self.body_bytes)
        elif "chunked" in self.environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            left = self.body_bytes
        else:
            return
        while left > 0 and (data := self.read(left)):
            left -= len(data)

    def entry(self, machine_now: datetime, failure: str | None) -> Entry:
        environ = self.environ
        lost, fault = environ.get(ANSWER_LOST_KEY), environ.get(FAULT_KEY)
        if lost:
            failure = str(lost)
        notes = [fault_note(str(fault))] if fault else []
        is_answered = self.status is not None and not lost
        status = int(self.status.split(" ", 1)[0]) if self.status is not None and is_answered else None
        request = self.asked.message()
        declared = environ.get("CONTENT_LENGTH") or ""
        if not request.length and declared.isascii() and declared.isdigit() and int(declared):
            notes.append(f"the body was not read; its Content-Length is {declared}")
        address = environ.get("REMOTE_ADDR") or ""
        action = environ.get("HTTP_SOAPACTION")
        return Entry(
            direction=Direction.IN,
            at=self.at or self.machine_at,
            machine_at=self.machine_at,
            took_s=max(0.0, (machine_now - self.machine_at).total_seconds()),
            peer=f"{address}:{environ['REMOTE_PORT']}" if environ.get("REMOTE_PORT") else address,
            service=self.path.rstrip("/").rpartition("/")[2],
            operation="",
            soap_action=None if action is None else action.strip().strip('"'),
            status=status,
            request=request,
            response=self.answered.message() if is_answered else None,
            failure=failure,
            path=self.path,
            request_headers=tuple(_request_headers(environ)),
            response_headers=tuple(self.response_headers) if is_answered else (),
            notes=tuple(notes),
        )


class _Passing:
    """An answer that is made while it leaves."""

    def __init__(
        self, answer: Iterable[bytes], exchange: _Exchange, record: Callable[[_Exchange, str | None], None]
    ) -> None:
        self._answer = answer
        self._pieces = iter(answer)
        self._exchange = exchange
        self._record = record
        self._is_over = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._pieces)
        except StopIteration:
            self._end(None)
            raise
        except BaseException as error:
            self._end(f"the answer broke off: {type(error).__name__}")
            raise
        self._exchange.answered.take(piece)
        return piece

    def close(self) -> None:
        """Its server is done with it, whether all of it has left or not."""
        self._end("its client went away before the answer was complete")
        close = getattr(self._answer, "close", None)
        if close is not None:
            close()

    def __del__(self) -> None:
        self._end("its client went away before the answer was complete")

    def _end(self, failure: str | None) -> None:
        if not self._is_over:
            self._is_over = True
            self._record(self._exchange, failure)


def _request_headers(environ: Environ) -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        if key == "HTTP_SOAPACTION":
            yield "SOAPAction", str(value)
        elif key.startswith("HTTP_"):
            yield key[5:].replace("_", "-").title(), _NOT_KEPT if key in _SECRETS else str(value)
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield key.replace("_", "-").title(), str(value)

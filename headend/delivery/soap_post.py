"""Posts one SOAP 1.1 message and says whether it arrived."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol

import urllib3
from urllib3.exceptions import HTTPError, LocationValueError, NewConnectionError
from urllib3.exceptions import TimeoutError as HttpTimeout

from headend.delivery.answer import judge_answer
from headend.delivery.kept_connections import Address, AnswerTooLong, ConnectionFailed, KeptConnections, NotHttp
from headend.delivery.outcome import DeliveryOutcome, OutcomeKind
from headend.delivery.said import Said
from simulator.clock import Clock

MAX_ANSWER_BYTES: Final = 1_000_000
"""An acknowledgement is a few hundred bytes; whoever sends megabytes back has not understood us."""

_SMALL_BYTES: Final = 65_536
"""What fits into a socket: it is written in one piece, without a look at what the receiver says meanwhile."""
_RESET_WHEN_CLOSED: Final = [(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))]
_address_of = lru_cache(maxsize=256)(Address.of)


@dataclass(frozen=True, slots=True)
class Mishap:
    """What happens to a message on its way, on purpose. What is wrong with its text is in the text."""

    cause: str
    """Who asked for it, in words."""
    is_refused: bool = False
    """Nobody listens at the receiver: nothing is sent."""
    is_reset: bool = False
    """A connection that ends early is reset, not closed."""
    promised_bytes: int | None = None
    """Content-Length, whatever comes of it; None: that of the body."""


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """What is posted."""

    soap_action: str
    """soapAction of the operation, from its binding, without quotes."""
    body: bytes | Iterable[bytes]
    """The envelope. Chunks are sent as they come, so a long message never stands in memory whole."""
    http_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the receiver wants besides; they carry credentials."""
    mishap: Mishap | None = None
    said: Said | None = field(default=None, repr=False)
    """What stands in the body, where whoever wrote that tells."""


Meanwhile = Callable[[], None]
"""What is done while the receiver is at work on a message, and we would wait. Raises nothing."""


class Sender(Protocol):
    """Whatever brings a message to a receiver; tests pass one that keeps what it was given."""

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        """Sends once. What the network or the receiver do wrong is an outcome, not an exception.

        meanwhile: called once or not at all, when the message has left and before its answer is read.
        """
        ...


class _DeadlinePassed(Exception):
    """The exchange goes on and on, without a single wait that is too long."""


class HttpSender:
    """Sends over HTTP or HTTPS. Safe to share between threads.

    Takes no proxy from the environment and follows no redirect: a message goes where the setting says or
    nowhere.
    """

    def __init__(self, machine: Clock, timeout_s: float = 30.0) -> None:
        """`timeout_s`: no wait for the receiver is longer, and the whole exchange at most twice as long."""
        self._machine = machine
        self._timeout_s = timeout_s
        self._pool = urllib3.PoolManager(num_pools=32, maxsize=8, retries=False)
        # What ends early here is reset: nothing waits to be sent when it is closed.
        self._resetting = urllib3.PoolManager(num_pools=1, retries=False, socket_options=_RESET_WHEN_CLOSED)
        self._small = KeptConnections(timeout_s, MAX_ANSWER_BYTES)
        # Receivers whose HTTP is not the standard's. A library that has met more of them may understand them.
        self._peculiar: set[str] = set()

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        """Sends the message and judges the answer; see Sender."""
        if not destination.startswith(("http://", "https://")):
            return DeliveryOutcome(OutcomeKind.NOT_CONNECTED, f"{destination!r} is no http or https address")
        if request.mishap is not None and request.mishap.is_refused:
            return DeliveryOutcome(OutcomeKind.NOT_CONNECTED, f"no connection: refused by fault {request.mishap.cause}")
        try:
            status, answer = self._answer(destination, request, meanwhile)
        except LocationValueError as error:
            return DeliveryOutcome(OutcomeKind.NOT_CONNECTED, f"{destination!r} cannot be called: {error}")
        except NewConnectionError as error:
            return DeliveryOutcome(OutcomeKind.NOT_CONNECTED, f"no connection: {error}")
        except ConnectionFailed as error:
            if isinstance(error, NotHttp):
                self._peculiar.add(destination)
            what = "the connection broke" if error.was_connected else "no connection"
            return DeliveryOutcome(OutcomeKind.NOT_CONNECTED, f"{what}: {error}")
        except (HttpTimeout, TimeoutError, _DeadlinePassed):
            return DeliveryOutcome(OutcomeKind.TIMED_OUT, f"no answer within {self._timeout_s:g} s")
        except HTTPError as error:
            return DeliveryOutcome(OutcomeKind.NOT_CONNECTED, f"the connection broke: {error}")
        return judge_answer(status, answer)

    def close(self) -> None:
        """Closes the connections that are kept for the next message."""
        self._small.close()
        self._pool.clear()
        self._resetting.clear()

    def _answer(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None) -> tuple[int, bytes | None]:
        body = request.body
        if isinstance(body, bytes) and len(body) <= _SMALL_BYTES and destination not in self._peculiar:
            address = _address_of(destination)
            if address is not None:
                return self._exchange_small(address, request, body, meanwhile)
        return self._exchange(destination, request)

    def _exchange_small(
        self, address: Address, request: SoapRequest, body: bytes, meanwhile: Meanwhile | None
    ) -> tuple[int, bytes | None]:
        deadline = self._deadline()

        def has_left() -> None:
            nonlocal deadline
            if meanwhile is not None:
                meanwhile()
                deadline = self._deadline()  # the time that we take is not the receiver's

        def go_on() -> None:
            if self._machine.now() > deadline:
                raise _DeadlinePassed

        try:
            return self._small.post(address, _headers(request), body, has_left, go_on)
        except AnswerTooLong as error:
            return error.status, None

    def _deadline(self) -> datetime:
        return self._machine.now() + timedelta(seconds=self._timeout_s)

    def _exchange(self, destination: str, request: SoapRequest) -> tuple[int, bytes | None]:
        deadline = self._deadline()
        is_reset = request.mishap is not None and request.mishap.is_reset
        response = (self._resetting if is_reset else self._pool).request(
            "POST",
            destination,
            # An iterable without a known length goes out chunked.
            body=request.body if isinstance(request.body, bytes) else self._until(deadline, request.body),
            headers=_headers(request),
            timeout=urllib3.Timeout(total=self._timeout_s),
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            answer = b"".join(self._until(deadline, _chunks(response)))
        except _AnswerTooLong:
            return response.status, None
        finally:
            # A connection with an unread rest must not be used again; one that was read to its end is back
            # in the pool already, and closing the response leaves it there.
            response.close()
        return response.status, answer

    def _until(self, deadline: datetime, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            if self._machine.now() > deadline:
                raise _DeadlinePassed
            yield chunk


def _headers(request: SoapRequest) -> dict[str, str]:
    promised = None if request.mishap is None else request.mishap.promised_bytes
    return {
        **({} if promised is None else {"Content-Length": str(promised)}),
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f'"{request.soap_action}"',
        "Accept-Encoding": "identity",
        "User-Agent": "headend",
        **request.http_headers,
    }


class _AnswerTooLong(Exception):
    pass


def _chunks(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """The body as it arrives, a network read at a time, and not more of it than makes sense."""
    length = 0
    while chunk := response.read1(65536, decode_content=False):
        length += len(chunk)
        if length > MAX_ANSWER_BYTES:
            raise _AnswerTooLong
        yield chunk

"""The answer in a call, broken where a fault says so: its bytes, its speed, its end, or what stands in it.

It stands around the services, behind whatever finds out that something is no message at all. Whoever records exchanges
stands around this, and so sees what really left.
"""

import http.client
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta, tzinfo
from functools import cache
from io import BytesIO
from typing import Any, Final

from lxml import etree

from headend.contract import Contract
from headend.handlers.exchange import Wrongly
from headend.handlers.mischief_choice import MischiefChoice
from headend.handlers.ordered_answers import leaving_answer
from headend.messages.broken_content import broken_content
from headend.messages.broken_flow import cut_at, drip
from headend.messages.envelope import read_header
from headend.messages.named_objects import named_in_element
from headend.operations.faults import INSTEAD, Fault, FaultKind
from headend.operations.mischief import Leaving
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, Result
from headend.soap.application import ANSWER_LOST, AS_IT_IS, WRONGLY, WsgiApp
from headend.soap.envelope import body_element
from headend.soap.faults import SoapFault
from headend.store import Store, StoreError
from headend.threaded_server import HANG_UP, RESET
from headend.untrusted_xml import NotXml, declared_charset, parse_document
from simulator.clock import Clock, Sleep

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
_Headers = list[tuple[str, str]]

FAULT: Final = "headend.fault"
"""In the environ of a request whose answer was broken on purpose: by which fault, in words."""

_TEXT: Final = "text/plain; charset=utf-8"
_WITHOUT_BODY: Final = (204, 304)
_LET_OUT_S: Final = 0.3


class BrokenAnswers:
    """Stands around the services of a site. Safe to share between threads."""

    def __init__(
        self, store: Store, choice: MischiefChoice, contract: Contract, clock: Clock, sleep: Sleep, zone: tzinfo
    ) -> None:
        """clock: the fleet's; zone: its own. sleep: lets seconds of the machine's pass."""
        self._store = store
        self._choice = choice
        self._contract = contract
        self._clock = clock
        self._sleep = sleep
        self._zone = zone

    def __call__(
        self, service: str, environ: Environ, start_response: StartResponse, answer: WsgiApp
    ) -> Iterable[bytes]:
        """The answer of the service as it leaves. The request is in memory: `wsgi.input` can be read anew."""
        try:
            fault = self._chosen(service, environ)
        except StoreError as error:
            # The service will find the same, and says it as the standard has it.
            log.warning("%s: faults are out of reach: %s", service, error)
            fault = None
        if fault is None:
            return answer(environ, start_response)
        environ[FAULT] = fault.cause
        log.warning("%s: the answer breaks, by fault %s", service, fault.cause)
        if fault.kind in INSTEAD:
            return self._instead(fault, environ, start_response)
        if fault.kind in (FaultKind.REPLY_CODE, FaultKind.STALE_DATA):
            environ[WRONGLY] = _wrongly(fault)
        broken = _Answered(environ, answer)
        self._sleep_for(fault)
        if broken.is_lost:
            return broken.as_it_is(start_response)
        return self._broken(fault, broken, environ, start_response)

    def _chosen(self, service: str, environ: Environ) -> Fault | None:
        with self._store.reading() as work:
            if not self._choice.may_choose(work):
                environ[AS_IT_IS] = True
                return None
            left = self._choice.left(work)
            if not left:
                return None
            leaving, message = self._request(service, environ)
            named = cache(lambda _work: frozenset() if message is None else named_in_element(message))
            faults = self._choice.faults(left, leaving, named, self._clock.now(), work)
        if not faults:
            return None
        with self._store.writing() as work:
            return self._choice.first_used(faults, work)

    def _request(self, service: str, environ: Environ) -> tuple[Leaving, etree._Element | None]:
        """What is asked for, as far as it can be made out: also nonsense is answered."""
        data: bytes = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(data)
        nonsense = Leaving(None, (), None, None, service)
        try:
            message = body_element(parse_document(data, declared_charset(environ.get("CONTENT_TYPE"))))
            operation = self._contract.services[service].operation(str(message.tag))
            if operation is None:
                return nonsense, message
            return leaving_answer(operation, read_header(message, self._zone), service), message
        except (NotXml, SoapFault, Refusal):
            return nonsense, None

    def _instead(self, fault: Fault, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self._sleep_for(fault)
        if fault.kind is FaultKind.CONNECTION_REFUSED:
            return _hang_up(fault, environ, start_response, HANG_UP)
        status = fault.value("status")
        phrase = http.client.responses.get(status, "Unknown")
        body = b"" if status in _WITHOUT_BODY else f"{phrase}\n".encode()
        headers = [("Content-Type", _TEXT), ("Content-Length", str(len(body)))] if body else []
        if fault.value("retry_after") is not None:
            headers.append(("Retry-After", str(fault.value("retry_after"))))
        start_response(f"{status} {phrase}", headers)
        return [body] if body else []

    def _broken(
        self, fault: Fault, answered: "_Answered", environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        match fault.kind:
            case FaultKind.RESET | FaultKind.TRUNCATED:
                body = b"".join(answered.pieces)
                is_reset = fault.kind is FaultKind.RESET
                part = body[: cut_at(fault, len(body))]
                if not part:
                    return _hang_up(fault, environ, start_response, RESET if is_reset else HANG_UP)
                start_response(answered.status, _with_length(answered.headers, len(body)))
                return self._cut(part, environ, is_reset=is_reset)
            case FaultKind.SLOW_DRIP:
                start_response(answered.status, answered.headers)
                return drip(answered.pieces, fault.value("bytes_per_second"), self._sleep)
            case FaultKind.RANDOM_DATA:
                start_response(answered.status, _with_length(answered.headers, fault.value("bytes")))
                return broken_content(answered.pieces, fault)
            case _ if answered.is_whole:
                body = b"".join(broken_content(answered.pieces, fault))
                start_response(answered.status, _with_length(answered.headers, len(body)))
                return [body]
            case _:
                start_response(answered.status, answered.headers)
                return broken_content(answered.pieces, fault)

    def _cut(self, part: bytes, environ: Environ, *, is_reset: bool) -> Iterator[bytes]:
        """Not a list: of one a server may count the bytes, and wait for more than there are."""
        yield part
        if is_reset and RESET in environ:
            environ[RESET]()
        elif HANG_UP not in environ:
            # A server that is not of this house may drop what it holds when it sees that nothing follows.
            self._sleep(_LET_OUT_S)

    def _sleep_for(self, fault: Fault) -> None:
        if fault.delay_s:
            self._sleep(fault.delay_s)


class _Answered:
    """What a service answers, before anybody is told."""

    def __init__(self, environ: Environ, answer: WsgiApp) -> None:
        self.status = ""
        self.headers: _Headers = []
        self.pieces = answer(environ, self._remember)
        self.is_lost = ANSWER_LOST in environ
        """Nothing of it is to leave, whatever breaks."""

    @property
    def is_whole(self) -> bool:
        """Whether it is in memory, and its length was told."""
        return isinstance(self.pieces, list)

    def as_it_is(self, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, self.headers)
        return self.pieces

    def _remember(self, status: str, headers: _Headers, *_exc_info: object) -> None:
        self.status, self.headers = status, headers


def _wrongly(fault: Fault) -> Wrongly:
    if fault.kind is FaultKind.STALE_DATA:
        return Wrongly(age=timedelta(seconds=fault.value("age")))
    is_refused = fault.value("result") == Result.FAILED
    level = fault.value("level") or (Level.FATAL if is_refused else Level.WARNING)
    return Wrongly(Error(fault.value("code"), fault.value("details"), Level(level)), is_refused)


def _hang_up(fault: Fault, environ: Environ, start_response: StartResponse, how: str) -> Iterable[bytes]:
    """The connection ends without a byte. how: the key of the environ by which a server can be told that; one that
    cannot be told sees a length and nothing to follow, and ends it by itself.
    """
    environ[ANSWER_LOST] = f"no byte of the answer leaves, by fault {fault.cause}"
    if how in environ:
        environ[how]()
    start_response("200 OK", [("Content-Type", _TEXT), ("Content-Length", "1")])
    return iter(())


def _with_length(headers: _Headers, length: int) -> _Headers:
    return [
        *((name, text) for name, text in headers if name.lower() != "content-length"),
        ("Content-Length", str(length)),
    ]

"""The answer in a call, wrongly where an ordering says so: none, late, after what it caused, or of another call."""

import logging
import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from headend.contract import OperationDescription
from headend.handlers.exchange import Request
from headend.handlers.mischief_choice import MischiefChoice
from headend.messages.envelope import child
from headend.messages.named_objects import named_in_element
from headend.messages.response import Response
from headend.operations.header import Header, is_http_address
from headend.operations.identifiers import identifier
from headend.operations.mischief import REPLY, Leaving
from headend.operations.orderings import Chosen, OrderingKind
from headend.operations.refusal import Refusal
from headend.store import Store, StoreError
from simulator.clock import Clock, Sleep

log = logging.getLogger(__name__)

_LOOK_AGAIN_S: Final = 0.01


class AnswerLost(Exception):
    """The request was carried out, and its client gets no answer: the connection is closed without one."""


class OrderedAnswers:
    """A stage around whatever carries requests out. Safe to share between threads."""

    def __init__(
        self,
        store: Store,
        choice: MischiefChoice,
        clock: Clock,
        sleep: Sleep,
        seed: int,
        services: Mapping[str, str],
    ) -> None:
        """clock: the fleet's. sleep: lets seconds of the machine's pass, since it is the client who waits. services: by
        the body elements that they take.
        """
        self._store = store
        self._choice = choice
        self._clock = clock
        self._sleep = sleep
        self._seed = seed
        self._services = services

    def __call__(self, request: Request, carry_out: Callable[[Request], Response]) -> Response:
        """The response as it leaves. Raises AnswerLost, and whatever `carry_out` raises."""
        try:
            to_do = self._chosen(request)
        except StoreError as error:
            # Whoever carries the request out will find the same, and says it as the standard has it.
            log.warning("%s: orderings are out of reach: %s", request.operation.name, error)
            to_do = None
        try:
            response = carry_out(request)
        except Refusal as refusal:
            if to_do is not None:
                self._act(to_do, request, f"refusal {refusal}")
            raise
        if to_do is None:
            return response
        self._act(to_do, request, "answer")
        if to_do.kind is OrderingKind.WRONG_CORRELATION:
            self._correlate_wrongly(response)
        return response

    def _chosen(self, request: Request) -> Chosen | None:
        service = self._services.get(request.operation.input)
        leaving = leaving_answer(request.operation, request.header, service)
        named = cache(lambda _work: named_in_element(request.body))
        with self._store.reading() as work:
            candidates = self._choice.candidates(self._choice.left(work), leaving, work)
            if not candidates:
                return None
            to_do = self._choice.choose(candidates, leaving, named, self._clock.now(), work)
        if to_do is None or to_do.asked is None:
            return to_do
        with self._store.writing() as work:
            return to_do if self._choice.use(to_do, work) else None

    def _act(self, to_do: Chosen, request: Request, what: str) -> None:
        log.warning("%s: the %s is %s, by %s", request.operation.name, what, to_do.kind, to_do.cause)
        match to_do.kind:
            case OrderingKind.NEVER | OrderingKind.EVENT_ONLY:
                raise AnswerLost(f"{request.operation.name} gets no answer, by {to_do.cause}")
            case OrderingKind.LATE:
                self._sleep(to_do.delay_s)
            case OrderingKind.BEFORE_ACKNOWLEDGEMENT:
                self._wait_for_messages(request.header.answer_correlation_id, to_do.delay_s)
            case _:
                pass

    def _wait_for_messages(self, correlation_id: str | None, most_s: float) -> None:
        """Until all that has the CorrelationID of the answer has left; a request without any has caused nothing that
        could be told from the rest.
        """
        pause, waited_s = threading.Event(), 0.0
        while correlation_id is not None and waited_s < most_s:
            with self._store.reading() as work:
                if not work.outbox.has_unsent(correlation_id):
                    return
            pause.wait(_LOOK_AGAIN_S)
            waited_s += _LOOK_AGAIN_S

    def _correlate_wrongly(self, response: Response) -> None:
        header = child(response.body, "Header")
        its_id = None if header is None else child(header, "CorrelationID")
        if its_id is not None:  # a request without any id gets an answer without one
            its_id.text = wrong_correlation_id(self._seed, its_id.text)


def leaving_answer(operation: OperationDescription, header: Header, service: str | None) -> Leaving:
    """What mischief asks of the answer to a request."""
    # An acknowledgement is no reply yet; the reply is a message of its own.
    verbs = (operation.verb,) if _is_only_acknowledged(header) else (operation.verb, REPLY)
    return Leaving(operation.noun, verbs, None, header.answer_correlation_id, service, operation.name)


def wrong_correlation_id(seed: int, correlation_id: str | None) -> str:
    """One that nobody has used, the same for the same right one."""
    return identifier(seed, "wrong correlation", correlation_id)


def _is_only_acknowledged(header: Header) -> bool:
    return header.async_reply and header.ack_required is not False and is_http_address(header.reply_address)

"""The path of every request: header, contract, header rules, replay and resend, handler, response.

`admit` turns a body element into a Request or refuses it; `carry_out` runs the handler in one unit of work; `refuse`
renders every refusal, wherever it was raised. Nothing else in the head end makes a reply.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from headend.contract import Contract, OperationDescription
from headend.handlers.admission import Admission
from headend.handlers.compression import Compression
from headend.handlers.exchange import Answer, Handler, Request
from headend.handlers.late_replies import LateReplies
from headend.handlers.signature import Signature
from headend.messages.envelope import read_header, reply_element
from headend.messages.response import Response, fault_message, response_message, written
from headend.operations.header import Header, HeaderPolicy, replayed
from headend.operations.identifiers import identifier
from headend.operations.refusal import INTERNAL_ERROR, Refusal, TimedOut
from headend.operations.reply import Error, Reply, Result
from headend.store import Conflict, HandledRequest, Store, StoreBusy, StoreFull, StoreUnavailable, UnitOfWork
from simulator.clock import Clock

log = logging.getLogger(__name__)

_ERRORS_IN_LOG = 3


CarryOut = Callable[[Request], Response]
Ordered = Callable[[Request, CarryOut], Response]
"""Carries a request out, and may spoil the answer on demand (`headend.handlers.ordered_answers`)."""


def _in_order(request: Request, carry_out: CarryOut) -> Response:
    return carry_out(request)


class Pipeline:
    """Takes requests of every operation of the contract. Safe to share between threads."""

    def __init__(
        self,
        contract: Contract,
        handlers: Mapping[str, Handler],
        store: Store,
        clock: Clock,
        machine_clock: Clock,
        signature: Signature,
        policy: HeaderPolicy,
        compression: Compression,
        late_replies: LateReplies,
        after_commit: Callable[[], None],
        wait: Callable[[timedelta], None],
        ordered: Ordered = _in_order,
    ) -> None:
        """`after_commit` is called when a unit of work that may have queued messages was kept; `wait` lets a duration
        of the fleet's time pass; `ordered` stands around all that is carried out.
        """
        self.admission: Final = Admission(
            contract, signature.zone, policy, machine_clock, compression.most_inflated_bytes
        )
        """What has to be true of a request before anybody acts on it."""
        self._handlers = handlers
        self._store = store
        self._clock = clock
        self._machine_clock = machine_clock
        self._signature = signature
        self._policy = policy
        self._compression = compression
        self._late_replies = late_replies
        self._after_commit = after_commit
        self._wait = wait
        self._ordered = ordered

    def admit(self, operation: OperationDescription, body: etree._Element, digest: bytes) -> Request:
        """A request that keeps the contract and the rules of the header; see Admission.admit."""
        return self.admission.admit(operation, body, digest)

    def carry_out(self, request: Request, *, as_it_is: bool = False) -> Response:
        """The response to an admitted request. Raises Refusal; a bug of ours becomes one too (5.3).

        as_it_is: somebody has looked, and nobody wants it to leave wrongly. Raises AnswerLost where somebody who tests
        the client wants no answer to leave.
        """
        return self._in_time(request) if as_it_is else self._ordered(request, self._in_time)

    def _in_time(self, request: Request) -> Response:
        """The response when it is due.

        Where the field takes its time to answer, so does this: behind the unit of work, so that nobody waits for it.
        """
        try:
            response, after = self._carried_out(request)
        except TimedOut as silence:
            self._wait(silence.after)
            raise
        self._wait(after)
        return response

    def _carried_out(self, request: Request) -> tuple[Response, timedelta]:
        handler = self._handlers.get(request.operation.name)
        if handler is None:
            raise self._not_carried_out(request.operation)
        if request.wrongly.error is not None and request.wrongly.is_refused:
            raise Refusal(request.wrongly.error)
        try:
            if _only_reads(request) and request.header.replay_detection is None:
                with self._store.reading() as work:
                    return self._respond(request, handler, work)
            with self._store.writing() as work:
                response_and_time = self._act_once(request, handler, work)
            self._after_commit()
            return response_and_time
        except Refusal:
            raise
        except StoreBusy as busy:
            log.warning("%s found the store busy: %s", request.operation.name, busy)
            raise Refusal.because(
                "5.1", "the head end's store is busy; nothing was done, send it again later"
            ) from busy
        except StoreUnavailable as gone:
            # No address in the reply: where our database is, is nobody's business.
            log.error("%s found no usable store: %s", request.operation.name, gone)
            what = "is full" if isinstance(gone, StoreFull) else "cannot be used"
            raise Refusal.because(
                "5.3", f"the head end's store {what}; nothing was done, send it again when that is mended"
            ) from gone
        except Conflict as conflict:
            raise Refusal.because("5.3", f"{conflict}; nothing of the request was done") from conflict
        except Exception:
            # A bug, or a store that gave up: the client gets a code and no internals, the log gets all.
            log.exception("%s failed; request digest %s", request.operation.name, request.digest.hex())
            raise Refusal.because("5.3", INTERNAL_ERROR) from None

    def _not_carried_out(self, operation: OperationDescription) -> Refusal:
        """The refusal of an operation that is in the contract of a served service, but nothing for a head end to do."""
        of_noun = ", ".join(sorted(name for name in self._handlers if name.endswith(operation.noun)))
        others = f"; these on {operation.noun} are: {of_noun}" if of_noun else ""
        return Refusal.because("2.9", f"{operation.name} is in the contract but not carried out here{others}")

    def refuse(
        self, operation: OperationDescription, body: etree._Element, refusal: Refusal, digest: bytes
    ) -> Response:
        """The FAILED reply to a request whose Header can be read."""
        return self._message(
            operation,
            read_header(body, self._signature.zone),
            Answer(Reply(Result.FAILED, refusal.errors)),
            digest,
            self._clock.now(),
        )

    def fault_detail(self, operation: OperationDescription, refusal: Refusal) -> etree._Element:
        """The element that the operation declares for its fault."""
        return fault_message(operation.fault, Reply(Result.FAILED, refusal.errors))

    def _act_once(self, request: Request, handler: Handler, work: UnitOfWork) -> tuple[Response, timedelta]:
        """Nonces are good once, and a resend (same Source, MessageID and bytes) gets the first answer again.

        The response, and how long the field took for it.
        """
        header = request.header
        if header.replay_detection is not None:
            self._use_nonce(header, work)
        if _only_reads(request) or header.message_id is None:
            return self._respond(request, handler, work)
        earlier = work.handled_requests.find(header.source or "", header.message_id)
        if earlier is not None and earlier.digest == request.digest:
            log.info("%s %s was sent again: answered as before", request.operation.name, header.message_id)
            return Response(etree.fromstring(earlier.reply)), timedelta(0)
        if earlier is not None:
            log.warning(
                "%s reuses MessageID %s with another body: carried out as a new request",
                request.operation.name,
                header.message_id,
            )
        response, after = self._respond(request, handler, work)
        now = self._machine_clock.now()
        work.handled_requests.forget_before(now - self._policy.replay_window)
        work.handled_requests.put(
            HandledRequest(
                header.source or "",
                header.message_id,
                request.digest,
                etree.tostring(response.body),
                now,
            )
        )
        return response, after

    def _use_nonce(self, header: Header, work: UnitOfWork) -> None:
        detection, source, now = header.replay_detection, header.source or "", self._machine_clock.now()
        if detection is None:
            return
        work.nonces.forget_before(now - self._policy.replay_window)
        if work.nonces.seen(source, detection.nonce):
            raise replayed(detection, header.source)
        work.nonces.add(source, detection.nonce, now)

    def _respond(self, request: Request, handler: Handler, work: UnitOfWork) -> tuple[Response, timedelta]:
        """Ask for the time once and inside the unit of work: what is done later is then stamped later, too."""
        asked = self._compression.is_asked(request)
        now = self._clock.now()
        if request.header.is_asynchronous:
            answer = self._late_replies.acknowledge(request, handler, work, now)
        else:
            known = now - request.wrongly.age
            answer = self._compression.applied(handler(request, work, known), request, asked)
        if request.wrongly.error is not None:
            answer = replace(answer, reply=_with_error(answer.reply, request.wrongly.error))
        return self._message(request.operation, request.header, answer, request.digest, now), answer.after

    def _message(
        self, operation: OperationDescription, asked: Header, answer: Answer, digest: bytes, now: datetime
    ) -> Response:
        log.info("%s from %r: %s", operation.name, asked.source or "a client", _in_words(answer.reply))
        payload = None if answer.payload is None else written(answer.payload)
        # While a stepped clock stands, the same question may get another answer. What is streamed is not known yet.
        said = etree.tostring(reply_element(answer.reply)) + (payload if isinstance(payload, bytes) else b"")
        header = Header(
            verb="reply",
            noun=operation.noun,
            timestamp=now,
            source=self._signature.source,
            message_id=identifier(self._signature.seed, "reply", now.isoformat(), digest.hex(), _digest(said)),
            correlation_id=asked.answer_correlation_id,
        )
        return response_message(operation.output, header, answer.reply, payload, self._signature.zone)


def _digest(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _only_reads(request: Request) -> bool:
    """Whether nothing is kept of a request. Of one that is answered later the duty to answer is."""
    return request.operation.verb == "get" and not request.header.is_asynchronous


def _with_error(reply: Reply, error: Error) -> Reply:
    result = Result.PARTIAL if reply.result is Result.OK else reply.result
    return replace(reply, result=result, errors=(*reply.errors, error))


def _in_words(reply: Reply) -> str:
    """A reply for the log: its result and the first errors, such as `PARTIAL, 2.4 ... is not known here`."""
    told = [f"{error.code} {error.details or error.reason}" for error in reply.errors[:_ERRORS_IN_LOG]]
    more = len(reply.errors) - len(told)
    return ", ".join([reply.result, *told, *([f"and {more} more"] if more > 0 else [])])

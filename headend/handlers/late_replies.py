"""Asynchronous requests: acknowledged in their call, with the duty to reply kept in the same transaction.

The request is carried out at once. What follows is one row of the outbox for each late message (docs/async.md);
`headend.handlers.late_messages` makes the message when it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from lxml import etree

from headend.handlers.exchange import Answer, Handler, Request
from headend.handlers.signature import Signature
from headend.messages.compressed_payload import asks_for_compression
from headend.messages.envelope import child
from headend.messages.response import Payload
from headend.operations.identifiers import identifier
from headend.operations.late_reply import acknowledgement, reply_as_recipe
from headend.operations.refusal import TimedOut
from headend.operations.reply import Error, Level, Reply, Result
from headend.store import Json, NewMessage, UnitOfWork


class LateShape(StrEnum):
    """As what a late reply leaves."""

    REPLY = "reply"
    """Response message of the noun, verb reply: the one that holds a Reply."""
    CREATED = "created"
    """Operation of the noun's Reply service, such as Created..., verb in the past tense, where all went well; the
    contract gives it no Reply, so what has to tell of failures leaves as REPLY."""
    EVENTS = "events"
    """As CREATED; of controls, created EndDeviceEvents of all their devices, then a REPLY."""


@dataclass(frozen=True, slots=True)
class LateReplies:
    """Acknowledges requests, and queues their late replies."""

    signature: Signature
    shape: LateShape

    def acknowledge(self, request: Request, handler: Handler, work: UnitOfWork, now: datetime) -> Answer:
        """Carry a request out; the acknowledgement.

        An invalid request gets its FAILED reply at once and no other. Raises Refusal as the handler does, but for a
        silent field: that is the late reply. Nothing follows a one-way request.
        """
        try:
            answer = handler(request, work, now)
        except TimedOut as silence:
            answer = Answer(Reply(Result.FAILED, silence.errors), after=silence.after)
        else:
            if answer.reply.result is Result.FAILED and answer.later is None:
                return Answer(answer.reply)
        address = request.header.late_reply_address
        if address is not None:
            self._queue(address, request, answer, work, now)
        return Answer(acknowledgement(answer.reply, *_remarks(request)))

    def _queue(self, address: str, request: Request, answer: Answer, work: UnitOfWork, now: datetime) -> None:
        later = answer.later
        at = now + (answer.after if later is None else later.after)
        recipe: dict[str, Json] = {"answers": request.operation.name, "shape": self.shape.value}
        if self.shape is not LateShape.REPLY:
            recipe["told"] = _payload_of(request)
        if later is None:
            recipe |= {"reply": reply_as_recipe(answer.reply), "payload": _as_text(answer.payload)}
            parts: list[Mapping[str, Json]] = [recipe]
        else:
            recipe |= {"later": later.recipe, "parts": later.parts}
            parts = [{**recipe, "part": part} for part in range(later.parts)]
        events = later.events if later is not None and self.shape is LateShape.EVENTS else ()
        message = NewMessage(
            destination=address,
            verb="reply",
            noun=request.operation.noun,
            message_id="",
            recipe=None,
            created=at,
            correlation_id=request.header.answer_correlation_id,
        )
        messages = [
            *(replace(message, verb="created", noun="EndDeviceEvents", recipe=one) for one in events),
            *(replace(message, recipe=one) for one in parts),
        ]
        cause = (address, request.operation.name, request.digest.hex(), now.isoformat())
        work.outbox.add(
            *(
                replace(one, message_id=identifier(self.signature.seed, "late reply", *cause, number))
                for number, one in enumerate(messages)
            )
        )


def _remarks(request: Request) -> tuple[Error, ...]:
    """The Reply service's messages have to hold the noun's element: they leave plain, and who asked is told."""
    if request.operation.verb != "get" or not asks_for_compression(request.body):
        return ()
    return (Error("1.8", "a compressed payload was asked for; late replies leave plain", Level.INFORM),)


def _as_text(payload: Payload | None) -> str | None:
    if payload is None:
        return None
    if isinstance(payload, etree._Element):
        return etree.tostring(payload, encoding="unicode")
    return b"".join(payload).decode()


def _payload_of(request: Request) -> str | None:
    """What the request itself carries: an event tells it again."""
    payload = child(request.body, "Payload")
    root = None if payload is None else next(payload.iterchildren("{*}*"), None)
    return None if root is None else etree.tostring(root, encoding="unicode", with_tail=False)

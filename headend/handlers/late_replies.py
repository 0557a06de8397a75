"""Asynchronous requests: acknowledged in their call, with the duty to reply kept in the same transaction.

The request is carried out at once. What follows is a row of the outbox (docs/async.md);
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
from headend.messages.response import Payload, written
from headend.operations.identifiers import identifier
from headend.operations.late_reply import acknowledgement, reply_as_recipe
from headend.operations.refusal import TimedOut
from headend.operations.reply import Error, Level, Reply, Result
from headend.store import Json, NewMessage, OutboxMessage, UnitOfWork


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
            has_failed = answer.reply.result is Result.FAILED and answer.later is None
            if has_failed or answer.is_acknowledgement:
                return Answer(answer.reply)
        address = request.header.late_reply_address
        if address is not None:
            self._queue(address, request, answer, work, now)
        return Answer(acknowledgement(answer.reply, *_remarks(request)))

    def next_part(self, message: OutboxMessage) -> NewMessage | None:
        """What follows a message that was delivered, of an answer in several parts; None: nothing.

        One row at a time: a request may name a hundred thousand meters, and each part is made from all of it.
        """
        recipe = message.recipe
        if not isinstance(recipe, Mapping) or not is_late_reply(message):
            return None
        part, parts = recipe.get("part", 0), recipe.get("parts", 1)
        if not isinstance(part, int) or not isinstance(parts, int) or part + 1 >= parts:
            return None
        return NewMessage(
            destination=message.destination,
            verb=message.verb,
            noun=message.noun,
            message_id=identifier(self.signature.seed, "late reply", message.message_id, part + 1),
            recipe={**recipe, "part": part + 1},
            created=message.created,
            not_before=message.not_before,
            correlation_id=message.correlation_id,
        )

    def _queue(self, address: str, request: Request, answer: Answer, work: UnitOfWork, now: datetime) -> None:
        later = answer.later
        at = now + (answer.after if later is None else later.after)
        recipe: dict[str, Json] = {"answers": request.operation.name, "shape": self.shape.value}
        if self.shape is not LateShape.REPLY:
            recipe["told"] = _payload_of(request)
        if later is None:
            recipe |= {"reply": reply_as_recipe(answer.reply), "payload": _as_text(answer.payload)}
        else:
            recipe |= {"later": later.recipe, "part": 0, "parts": later.parts}
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
            replace(message, recipe=recipe),
        ]
        cause = (address, request.operation.name, request.digest.hex(), now.isoformat())
        work.outbox.add(
            *(
                replace(one, message_id=identifier(self.signature.seed, "late reply", *cause, number))
                for number, one in enumerate(messages)
            )
        )


def is_late_reply(message: OutboxMessage) -> bool:
    """Whether a message of the outbox was queued here."""
    return isinstance(message.recipe, dict) and "answers" in message.recipe


def _remarks(request: Request) -> tuple[Error, ...]:
    """The Reply service's messages have to hold the noun's element: they leave plain, and who asked is told."""
    if request.operation.verb != "get" or not asks_for_compression(request.body):
        return ()
    return (Error("1.8", "a compressed payload was asked for; late replies leave plain", Level.INFORM),)


def _as_text(payload: Payload | None) -> str | None:
    if payload is None:
        return None
    text = written(payload)
    return (text if isinstance(text, bytes) else b"".join(text)).decode()


def _payload_of(request: Request) -> str | None:
    """What the request itself carries: an event tells it again."""
    payload = child(request.body, "Payload")
    root = None if payload is None else next(payload.iterchildren("{*}*"), None)
    return None if root is None else etree.tostring(root, encoding="unicode", with_tail=False)

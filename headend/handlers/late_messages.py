"""The text of a late reply, made when it leaves."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from lxml import etree

from headend.contract import Contract, OperationDescription
from headend.delivery import SoapRequest
from headend.handlers.exchange import Answer
from headend.handlers.late_replies import LateShape
from headend.handlers.signature import Signature
from headend.messages.event_message import event_message
from headend.messages.response import Payload, Response, completed, response_message
from headend.messages.soap_envelope import envelope, serialise
from headend.operations.header import Header
from headend.operations.late_reply import late_reply, reply_of_recipe, tells_of_failure
from headend.operations.refusal import Refusal
from headend.operations.reply import Reply, Result
from headend.store import OutboxMessage

LateAnswer = Callable[[OperationDescription, OutboxMessage, Mapping[str, Any], int], Answer]
"""Makes the answer to a request of an operation from the recipe that its handler gave (`Later`), or one part of it,
counted from 0. Raises Refusal where nothing can be answered any more."""

_PAST_TENSE: Final = {
    "get": "created",
    "create": "created",
    "change": "changed",
    "cancel": "canceled",
    "close": "closed",
    "delete": "deleted",
    "execute": "executed",
}
_REQUESTED: Final = ("Get", "Execute", "Request")


class LateMessages:
    """Makes late replies of every noun from their recipes."""

    def __init__(self, contract: Contract, signature: Signature, answers: Mapping[str, LateAnswer]) -> None:
        """answers: by operation of the request, for those whose handlers give a `Later`."""
        self._contract = contract
        self._signature = signature
        self._answers = answers
        self._asked = {
            operation.name: operation
            for service in contract.services.values()
            if service.pattern in _REQUESTED
            for operation in service.operations
        }

    def request(self, message: OutboxMessage) -> SoapRequest:
        """The whole SOAP message. Its Timestamp is when the reply was due, so that a retry repeats every byte."""
        recipe = cast(Mapping[str, Any], message.recipe)
        asked = self._asked[recipe["answers"]]
        answer = self._answer(asked, message, recipe)
        reply = late_reply(answer.reply, recipe.get("part", 0), recipe.get("parts", 1))
        operation = self._late_operation(asked)
        response = self._event(message, operation, reply, answer.payload)
        if response is None:
            output = asked.output if operation is None else operation.output
            header = self._header(message, "reply", asked.noun)
            response = response_message(output, header, reply, answer.payload, self._signature.zone)
        return SoapRequest(
            asked.soap_action if operation is None else operation.soap_action,
            completed(serialise(envelope(response.body)), response.in_slot),
        )

    def _answer(self, asked: OperationDescription, message: OutboxMessage, recipe: Mapping[str, Any]) -> Answer:
        if "later" not in recipe:
            return Answer(reply_of_recipe(recipe["reply"]), _payload(recipe["payload"]))
        try:
            return self._answers[asked.name](asked, message, recipe["later"], recipe["part"])
        except Refusal as refusal:
            return Answer(Reply(Result.FAILED, refusal.errors))

    def _event(
        self, message: OutboxMessage, operation: OperationDescription | None, reply: Reply, payload: Payload | None
    ) -> Response | None:
        """The reply as an event; None where it is to leave as a reply, or has to, since an event holds no Reply."""
        recipe = cast(Mapping[str, Any], message.recipe)
        shape = LateShape(recipe["shape"])
        is_closing = shape is LateShape.EVENTS and recipe["answers"] == "CreateEndDeviceControls"
        if shape is LateShape.REPLY or is_closing or operation is None or tells_of_failure(reply):
            return None
        told = payload if payload is not None else _payload(recipe["told"])
        if told is None:
            return None
        header = self._header(message, operation.verb, operation.noun)
        return event_message(operation.input, header, told, self._signature.zone)

    def _header(self, message: OutboxMessage, verb: str, noun: str) -> Header:
        return Header(
            verb=verb,
            noun=noun,
            timestamp=message.created,
            source=self._signature.source,
            message_id=message.message_id,
            correlation_id=message.correlation_id,
        )

    def _late_operation(self, asked: OperationDescription) -> OperationDescription | None:
        """That of the Reply service in the past tense, which a set of operations has in its Receive service.

        None where the contract has neither: such a reply has the action of its request.
        """
        noun = asked.name[len(asked.verb) :]
        name = _PAST_TENSE[asked.verb].capitalize() + noun
        for service in (f"Reply{noun}", f"Receive{noun}"):
            if service in self._contract.services:
                for operation in self._contract.services[service].operations:
                    if operation.name == name:
                        return operation
        return None


def _payload(text: str | None) -> etree._Element | None:
    return None if text is None else etree.fromstring(text, etree.XMLParser(huge_tree=True))

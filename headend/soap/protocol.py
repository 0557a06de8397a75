"""Spyne's protocol for messages that are elements: the phases stay Spyne's, the message stays XML.

Spyne reads (`create_in_document`), opens the envelope and dispatches on the body element
(`decompose_incoming_envelope`), hands us the message (`deserialize`), calls the operation, and asks for the answer
(`serialize`, `create_out_string`). A refusal raised anywhere on this path reaches `serialize` as `ctx.out_error`.
"""

import hashlib
import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any, Final

from lxml import etree
from spyne.model import ModelBase

from headend.contract import Contract, OperationDescription
from headend.handlers.pipeline import Pipeline
from headend.messages.response import Response, completed
from headend.messages.soap_envelope import envelope, serialise
from headend.operations.refusal import INTERNAL_ERROR, Refusal, UnreadableHeader
from headend.soap.envelope import body_element
from headend.soap.faults import FaultCode, SoapFault, fault_envelope
from headend.soap.spyne_compat import Fault, Soap11
from headend.untrusted_xml import NotXml, declared_charset, parse_document

log = logging.getLogger(__name__)

_FEW_BYTES = 64 * 1024


PIPELINE: Final = "headend.pipeline"
"""Key of the environ: the pipeline of the head end that a request is for. A process may have many, see sessions."""


def pipeline_of(ctx: Any) -> Pipeline:
    """That of a Spyne context's request."""
    pipeline: Pipeline = ctx.transport.req_env[PIPELINE]
    return pipeline


class ErrorStyle(StrEnum):
    """How a refusal leaves: as a reply with Result FAILED, or as the operation's typed fault. Head ends do either."""

    REPLY = "reply"
    FAULT = "fault"


class Message(ModelBase):  # type: ignore[misc]  # Spyne has no types
    """The Spyne type of a whole body element; what it holds is for the contract to say."""

    __type_name__ = "Message"
    __namespace__ = "urn:headend"


class RefusalFault(Fault):  # type: ignore[misc]
    """Carries a Refusal through Spyne, which knows only faults."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__("Client", str(refusal))
        self.refusal = refusal


class ContractSoap11(Soap11):  # type: ignore[misc]
    """SOAP 1.1, document/literal, with the contract's schemas in place of Spyne's types.

    Spyne tells each method whether it works on a request or a response (`_phase`); here each of them knows.
    """

    def __init__(
        self,
        contract: Contract,
        operations: dict[str, OperationDescription],
        served: Collection[str],
        error_style: ErrorStyle,
    ) -> None:
        """`operations` are those of the protocol's own service, by input element; `served` names all services."""
        super().__init__()
        self._contract = contract
        self._operations = operations
        self._served = served
        self._error_style = error_style

    def create_in_document(self, ctx: Any, _charset: str | None = None) -> None:
        """Parse the request. Spyne's own guess at the charset loses the case of a missing one, so we look again."""
        data = b"".join(ctx.in_string)
        charset = declared_charset(ctx.transport.get_request_content_type())
        try:
            root = parse_document(data, charset)
        except NotXml as error:
            raise SoapFault(FaultCode.CLIENT, str(error)) from error
        ctx.udc = _Received(root, hashlib.blake2b(data, digest_size=16).digest())

    def decompose_incoming_envelope(self, ctx: Any, _phase: Any) -> None:
        """Find the body element and the operation that it calls."""
        body = body_element(ctx.udc.element)
        if body.tag not in self._operations:
            sentence = self._contract.near_miss(body.tag, self._served).sentence
            raise SoapFault(FaultCode.CLIENT, f"line {body.sourceline}: {sentence}")
        ctx.udc.element = body
        ctx.method_request_string = body.tag

    def deserialize(self, ctx: Any, **_phase: Any) -> None:
        """Validate: the object that the operation gets is a Request."""
        received: _Received = ctx.udc
        operation = self._operations[received.element.tag]
        try:
            ctx.in_object = pipeline_of(ctx).admit(operation, received.element, received.digest)
        except Refusal as refusal:
            raise RefusalFault(refusal) from refusal

    def serialize(self, ctx: Any, **_phase: Any) -> None:
        """Put the response, the FAILED reply or the fault into an envelope."""
        outcome = self._outcome(ctx)
        if isinstance(outcome, SoapFault):
            log.info("fault %s: %s", outcome.code, outcome.sentence)
            ctx.out_document = fault_envelope(outcome)
            return
        ctx.out_document = envelope(outcome.body)
        ctx.out_stream = outcome.in_slot

    def create_out_string(self, ctx: Any, _charset: str | None = None) -> None:
        """The response's bytes: at once where they are known or few, else piece by piece as they are made."""
        message = completed(serialise(ctx.out_document), ctx.out_stream)
        ctx.out_string = [message] if isinstance(message, bytes) else _few_at_once(message)
        _let_go_of_the_request(ctx)

    def fault_to_http_response_code(self, fault: Fault) -> str:
        """A FAILED reply is a reply: HTTP 200. Every fault is HTTP 500."""
        replied = isinstance(fault, RefusalFault) and self._is_reply(fault.refusal)
        return "200 OK" if replied else "500 Internal Server Error"

    def _is_reply(self, refusal: Refusal) -> bool:
        return self._error_style is ErrorStyle.REPLY and not isinstance(refusal, UnreadableHeader)

    def _outcome(self, ctx: Any) -> Response | SoapFault:
        error = ctx.out_error
        if error is None:
            response: Response = ctx.out_object[0]
            return response
        if isinstance(error, SoapFault):
            return error
        if isinstance(error, RefusalFault):
            received: _Received = ctx.udc
            operation = self._operations[received.element.tag]
            if self._is_reply(error.refusal):
                return pipeline_of(ctx).refuse(operation, received.element, error.refusal, received.digest)
            first = error.refusal.errors[0]
            return SoapFault(
                FaultCode.SERVER if first.code.startswith("5.") else FaultCode.CLIENT,
                f"{first.code} {first.reason}: {first.details}" if first.details else f"{first.code} {first.reason}",
                pipeline_of(ctx).fault_detail(operation, error.refusal),
            )
        log.error("Spyne ended the exchange with %r", error)
        return SoapFault(FaultCode.SERVER, INTERNAL_ERROR)


@dataclass(slots=True)
class _Received:
    """The request. Spyne copies its context, so this is held in one place from which it can be taken away."""

    element: etree._Element
    """The Envelope at first, then the body element."""
    digest: bytes


def _let_go_of_the_request(ctx: Any) -> None:
    """Spyne's contexts are part of reference cycles, and so are the frames of what was raised. Without this a request
    would stay in memory until Python looks for cycles, which large requests do not make it do any sooner.
    """
    if ctx.udc is not None:
        del ctx.udc.element
    ctx.in_string = ctx.in_object = ctx.out_object = ctx.out_document = None
    error = ctx.out_error
    while error is not None:
        error.__traceback__, error = None, error.__cause__


def _few_at_once(pieces: Iterator[bytes]) -> Iterable[bytes]:
    """A short answer as a list, which leaves in one piece and with its length; a long one while it is being made."""
    first: list[bytes] = []
    size = 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size > _FEW_BYTES:
            return chain(first, pieces)
    return first

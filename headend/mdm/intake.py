"""From the bytes of a message to its record and its answer.

The rules are those that the head end itself keeps (Admission), with one leniency: a late reply may say `reply`, or be
the response message itself, though the Reply services of the contract declare the past tense only. Head ends do either.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from lxml import etree

from headend.contract import Contract, OperationDescription, ServiceDescription
from headend.handlers.admission import Admission
from headend.handlers.exchange import Request
from headend.handlers.operation_sets import operation_violations
from headend.handlers.violations import payload_refusal_of
from headend.mdm.answer import Answer, Manner
from headend.mdm.mailbox import Mailbox
from headend.mdm.received import Outcome, Received
from headend.mdm.told_answers import ToldAnswers
from headend.messages.content import Content
from headend.messages.envelope import child, read_header, text
from headend.messages.operation_set import read_operation, read_operation_set
from headend.messages.response import fault_message, response_message
from headend.messages.soap_envelope import envelope, serialise
from headend.messages.xml_names import QualifiedName
from headend.operations.header import EVENT_VERBS, Header, HeaderPolicy
from headend.operations.identifiers import identifier
from headend.operations.refusal import Refusal, UnreadableHeader
from headend.operations.reply import Error, Level, Reply, Result
from headend.soap.envelope import body_element
from headend.soap.faults import FaultCode, SoapFault, fault_envelope
from headend.untrusted_xml import NotXml, parse_document
from simulator.clock import Clock

MOST_BYTES = 256 * 1024 * 1024
"""Of a message, as it comes and inflated."""

ANY_PATH = "/any"
"""Takes the messages of every service: what goes to one ReplyAddress may be of several nouns."""

SERVED_PATTERNS = ("Receive", "Reply")

_SOURCE = "fake MDM"
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Sent:
    """What leaves as the answer."""

    status: int
    body: bytes
    """An envelope; empty for a mere HTTP status."""
    delay_s: float = 0.0
    is_dropped: bool = False
    """Nothing leaves: the connection is closed."""


_OK = Reply(Result.OK, (Error("0.3", level=Level.INFORM),))


class Intake:
    """Takes messages of every service. Safe to share between threads."""

    def __init__(
        self,
        contract: Contract,
        machine: Clock,
        mailbox: Mailbox,
        told: ToldAnswers,
        most_remembered: int,
        on_received: Callable[[Received], None],
    ) -> None:
        """most_remembered: so many MessageIDs are known again. on_received: hears of each message once it is kept."""
        self._contract = contract
        self._machine = machine
        self._mailbox = mailbox
        self._told = told
        self._most_remembered = most_remembered
        self._on_received = on_received
        self._admission = Admission(contract, _UTC, HeaderPolicy(), machine, MOST_BYTES)
        self._served = tuple(name for name, one in contract.services.items() if one.pattern in SERVED_PATTERNS)
        self._operations = {name: _operations(contract.services[name]) for name in self._served}
        self._taken: OrderedDict[tuple[str, str], tuple[int, bytes]] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    @property
    def served(self) -> tuple[str, ...]:
        """Names of all services that take messages."""
        return self._served

    def clear(self) -> None:
        """Forget all messages, and which MessageIDs were accepted."""
        with self._one_at_a_time:
            self._mailbox.clear()
            self._taken.clear()

    def take(self, service: str | None, data: bytes, charset: str | None) -> Sent:
        """Keep what was posted to a service, and say what to answer. None: to whichever the message belongs."""
        try:
            body = body_element(parse_document(data, charset))
            service = service or self._service_of(body)
            operation = self._operations.get(service, {}).get(str(body.tag))
            if operation is None:
                sentence = self._contract.near_miss(str(body.tag), self._served).sentence
                raise SoapFault(FaultCode.CLIENT, f"line {body.sourceline}: {sentence}")
        except NotXml as error:
            return self._faulted(service or ANY_PATH, "", data, SoapFault(FaultCode.CLIENT, str(error)))
        except SoapFault as fault:
            return self._faulted(service or ANY_PATH, "", data, fault)
        digest = hashlib.blake2b(data, digest_size=16).digest()
        as_sent = _as_sent(operation, body, self._contract.services[service])
        try:
            request = self._admission.admit(as_sent, body, digest)
            self._check_payload(request)
        except UnreadableHeader as refusal:
            detail = fault_message(operation.fault, Reply(Result.FAILED, refusal.errors))
            typed = SoapFault(FaultCode.CLIENT, str(refusal), detail)
            return self._faulted(service, operation.name, etree.tostring(body), typed)
        except Refusal as refusal:
            return self._refused(service, operation, body, digest, refusal)
        return self._answered(service, request)

    def turn_away(self, service: str, data: bytes, why: str) -> None:
        """Keep what was no SOAP message at all, and why."""
        self._keep(self._record(service, "", None, data, outcome=Outcome.REFUSED, answer=why, refusal=(why,)))

    def _service_of(self, body: etree._Element) -> str:
        """The service that a message belongs to; empty: none takes it.

        Events and late replies in the past tense are the same elements: only the verb of a reply tells them apart.
        """
        takers = [name for name in self._served if str(body.tag) in self._operations[name]]
        is_reply = text(child(body, "Header"), "Verb") == "reply"
        takers.sort(key=lambda name: (self._contract.services[name].pattern == "Reply") is not is_reply)
        return takers[0] if takers else ""

    def _answered(self, service: str, request: Request) -> Sent:
        operation, body = request.operation.name, etree.tostring(request.body)
        came = self._record(service, operation, request.header, body, outcome=Outcome.ACCEPTED, answer="OK")
        with self._one_at_a_time:
            told = self._told.next_for(came)
            came = replace(came, answer=str(told))
            kept, sent = self._accepted(came, request, told) if told.takes else self._declined(came, request, told)
        self._on_received(kept)
        return sent

    def _accepted(self, came: Received, request: Request, told: Answer) -> tuple[Received, Sent]:
        """The first of its Source and MessageID is new; every other one gets the first answer again."""
        header = request.header
        key = (header.source or "", header.message_id or "")
        earlier = self._taken.get(key) if header.message_id else None
        if earlier is not None:
            number, body = earlier
            kept = self._mailbox.put(replace(came, outcome=Outcome.REPEATED, repeats=number))
        else:
            body = self._reply(request.operation, header, _OK, request.digest)
            kept = self._mailbox.put(came)
            if header.message_id:
                self._taken[key] = (kept.number, body)
                while len(self._taken) > self._most_remembered:
                    self._taken.popitem(last=False)
        return kept, Sent(200, body, told.delay_s, is_dropped=told.manner is Manner.DROP)

    def _declined(self, came: Received, request: Request, told: Answer) -> tuple[Received, Sent]:
        kept = self._mailbox.put(replace(came, outcome=Outcome.DECLINED))
        match told.manner:
            case Manner.FAILED if told.error is not None:
                reply = Reply(Result.FAILED, (told.error,))
                sent = Sent(200, self._reply(request.operation, request.header, reply, request.digest), told.delay_s)
            case Manner.FAULT:
                sent = Sent(500, serialise(fault_envelope(SoapFault(FaultCode.SERVER, told.sentence))), told.delay_s)
            case Manner.STATUS:
                sent = Sent(told.status, b"", told.delay_s)
            case _:
                sent = Sent(0, b"", told.delay_s, is_dropped=True)
        return kept, sent

    def _refused(
        self, service: str, operation: OperationDescription, body: etree._Element, digest: bytes, refusal: Refusal
    ) -> Sent:
        header, as_xml = read_header(body, _UTC), etree.tostring(body)
        rules = tuple(f"{error.code} {error.details or error.reason}" for error in refusal.errors)
        answer = f"FAILED {refusal.errors[0].code}"
        self._keep(
            self._record(service, operation.name, header, as_xml, outcome=Outcome.REFUSED, answer=answer, refusal=rules)
        )
        return Sent(200, self._reply(operation, header, Reply(Result.FAILED, refusal.errors), digest))

    def _faulted(self, service: str, operation: str, data: bytes, fault: SoapFault) -> Sent:
        rules = (fault.sentence,)
        self._keep(
            self._record(service, operation, None, data, outcome=Outcome.REFUSED, answer="SOAP fault", refusal=rules)
        )
        return Sent(500, serialise(fault_envelope(fault)))

    def _keep(self, received: Received) -> None:
        self._on_received(self._mailbox.put(received))

    def _record(
        self,
        service: str,
        operation: str,
        header: Header | None,
        body: bytes,
        *,
        outcome: Outcome,
        answer: str,
        refusal: tuple[str, ...] = (),
    ) -> Received:
        return Received(
            at=self._machine.now(),
            service=service,
            operation=operation,
            header=header,
            outcome=outcome,
            answer=answer,
            refusal=refusal,
            body=body,
            content=Content(body),
        )

    def _check_payload(self, request: Request) -> None:
        """What the schema cannot say: every event has a payload, and each operation of a set keeps its noun's profile.

        Raises Refusal.
        """
        payload = child(request.body, "Payload")
        if payload is None and request.operation.verb in EVENT_VERBS and child(request.body, "Reply") is None:
            raise Refusal.because("1.7", f"{request.operation.name} has no Payload; every event carries one")
        if payload is None or child(payload, "OperationSet") is None:
            return
        errors: list[Error] = []
        for operation_id, element in read_operation_set(request.body).operations:
            said = read_operation(element)
            violations = operation_violations(said, said.verb in ("delete", "deleted"), self._contract)
            if violations:
                found = payload_refusal_of(violations).errors
                errors.extend(replace(error, operation_id=operation_id) for error in found)
        if errors:
            raise Refusal(*errors)

    def _reply(self, operation: OperationDescription, asked: Header, reply: Reply, digest: bytes) -> bytes:
        now = self._machine.now()
        header = Header(
            verb="reply",
            noun=operation.noun,
            timestamp=now,
            source=_SOURCE,
            message_id=identifier(0, "acknowledgement", now.isoformat(), digest.hex()),
            correlation_id=asked.answer_correlation_id,
        )
        return serialise(envelope(response_message(operation.output, header, reply, None, _UTC).body))


def _operations(service: ServiceDescription) -> dict[str, OperationDescription]:
    """The service's operations by body element, and the response message where late replies come in.

    There is no Reply service for sets of operations: what comes late of one comes where its events come.
    """
    operations = {one.input: one for one in service.operations}
    if service.pattern == "Reply" or service.is_for_operation_sets:
        first = service.operations[0]
        name = QualifiedName.of(first.output).local
        operations[first.output] = replace(first, name=name, verb="reply", input=first.output)
    return operations


def _as_sent(
    operation: OperationDescription, body: etree._Element, service: ServiceDescription
) -> OperationDescription:
    """The operation with the verb that a late reply has: CreatedMeterReadings with Verb reply is what one vendor sends,
    MeterReadingsResponseMessage with Verb created what another does.
    """
    header = child(body, "Header")
    said = text(header, "Verb")
    may_be = EVENT_VERBS if operation.verb == "reply" else {"reply"} if service.pattern == "Reply" else frozenset()
    return operation if said is None or said not in may_be else replace(operation, verb=said)

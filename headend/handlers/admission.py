"""What has to be true of a message before anybody acts on it, whichever side of the contract takes it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from lxml import etree

from headend.contract import Contract, OperationDescription, ViolationKind
from headend.handlers.exchange import Request
from headend.handlers.violations import refusal_of
from headend.messages.compressed_payload import inflate_payload
from headend.messages.envelope import read_header, read_verb_and_noun
from headend.operations.header import HeaderPolicy, check_header, check_verb_and_noun
from headend.operations.refusal import Refusal
from simulator.clock import Clock


@dataclass(frozen=True, slots=True)
class Admission:
    """Turns a body element into a Request, or refuses it."""

    contract: Contract
    zone: ZoneInfo
    """Of instants that come without one."""
    policy: HeaderPolicy
    machine: Clock
    most_inflated_bytes: int

    def admit(self, operation: OperationDescription, body: etree._Element, digest: bytes) -> Request:
        """A request that keeps the contract and the rules of the header.

        The verb and the noun come first, then the schema, then the rest of the header, so that a sender is told the
        most telling thing that is wrong. A compressed payload is inflated for the schema, which knows it plain.
        Raises Refusal, or UnreadableHeader where no reply could be addressed.
        """
        verb, noun = read_verb_and_noun(body)
        try:
            check_verb_and_noun(verb, noun, operation.verb, operation.noun)
        except Refusal as refusal:
            raise self._with_misspelt(refusal, body) if not (verb and noun) else refusal from None
        inflated = inflate_payload(body, self.most_inflated_bytes)
        violations = self.contract.validate(body)
        if violations:
            raise refusal_of(violations, inflated)
        header = read_header(body, self.zone)
        check_header(header, self.policy, self.machine.now())
        return Request(operation, body, header, digest)

    def _with_misspelt(self, refusal: Refusal, body: etree._Element) -> Refusal:
        """Whoever misspells Verb or Noun has not left it out: what stands there instead is told, with its line."""
        strangers = [one for one in self.contract.validate(body) if one.kind is ViolationKind.UNEXPECTED_ELEMENT]
        in_header = [one for one in strangers if one.path.split("/")[2:3] == ["Header"]]
        return Refusal(*refusal.errors, *refusal_of(in_header).errors) if in_header else refusal

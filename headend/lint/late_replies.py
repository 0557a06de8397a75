"""Asynchronous requests of a run, and the late replies that belong to them: what rules over both remember."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from headend.lint.bodies import Kind
from headend.lint.exchange import Exchange
from headend.lint.finding import Where
from headend.lint.part import Part
from headend.lint.rule import Remarks
from headend.lint.run_check import Memory, RunCheck

MORE_FOLLOWS, NO_MORE = "0.1", "0.2"


@dataclass(slots=True)
class Transaction:
    """An asynchronous request, and what came of it so far."""

    entry: int
    digest: bytes
    where: Where
    operation: str
    noun: str
    reply_address: str | None
    is_refused: bool
    """Whether its acknowledgement says FAILED, or is a fault."""
    wants_no_reply: bool
    acknowledged_at: datetime
    """When the acknowledgement was complete, by the machine's clock."""
    replies: dict[str, int] = field(default_factory=dict)
    """Late replies so far: by MessageID, or what stands for it, the exchange of each."""
    is_over: bool = False
    """Whether the last of its replies has come."""
    has_effect: bool = False
    """Whether any message told of it, such as an event."""


@dataclass(frozen=True, slots=True)
class LateReply:
    """A late reply as it comes."""

    exchange: Exchange
    part: Part
    transaction: Transaction | None
    """To which it belongs by its CorrelationID."""
    identity: str
    """Its MessageID, or what stands for it."""


class LateReplyCheck(RunCheck):
    """Knows the asynchronous requests of a run; a rule says what it thinks of a late reply."""

    def __init__(self) -> None:
        self.transactions: Memory[str, Transaction] = Memory()
        self.has_requests = False
        """Whether the run has had an asynchronous request: else it is one that hears one side only."""

    def judge(self, _late: LateReply) -> Remarks:
        """What is to be said of a late reply."""
        return ()

    def exchange(self, exchange: Exchange) -> Remarks:
        part = exchange.request
        if part is None:
            return
        if part.is_late_reply and part.is_whole:
            correlation = part.header.correlation_id
            transaction = None if correlation is None else self.transactions.get(correlation)
            identity = part.header.message_id or part.digest.hex()
            yield from self.judge(LateReply(exchange, part, transaction, identity))
            if transaction is not None:
                transaction.replies.setdefault(identity, exchange.entry.number)
                transaction.is_over = transaction.is_over or is_last(part)
        elif part.kind is Kind.REQUEST and part.header.asks_for_late_reply:
            self._begin(exchange, part)
        elif (correlation := part.header.correlation_id) is not None and correlation in self.transactions:
            self.transactions[correlation].has_effect = True

    def _begin(self, exchange: Exchange, part: Part) -> None:
        correlation, operation, entry = part.header.answer_correlation_id, part.operation, exchange.entry
        self.has_requests = True
        if correlation is None or operation is None:
            return
        known = self.transactions.get(correlation)
        if known is not None and known.digest == part.digest:
            return  # a resend: it is answered as before, and acts no second time
        response = exchange.response
        reply = None if response is None else response.reply
        is_refused = response is not None and (
            response.fault is not None or (reply is not None and reply.result == "FAILED")
        )
        self.transactions[correlation] = Transaction(
            entry=entry.number,
            digest=part.digest,
            where=part.where(),
            operation=operation.name,
            noun=operation.noun,
            reply_address=part.header.reply_address,
            is_refused=is_refused,
            wants_no_reply=part.header.wants_no_reply or response is None,
            acknowledged_at=entry.machine_at + timedelta(seconds=entry.took_s),
        )


def is_last(part: Part) -> bool:
    """Whether no further reply follows a late reply."""
    reply = part.reply
    return reply is None or reply.result != "PARTIAL" or NO_MORE in reply.codes

"""Rules on asynchronous requests, their acknowledgements and their late replies."""

from __future__ import annotations

from urllib.parse import urlsplit

from headend.journal.entry import Direction
from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.finding import Severity
from headend.lint.late_replies import MORE_FOLLOWS, NO_MORE, LateReply, LateReplyCheck
from headend.lint.part import Part
from headend.lint.rule import Need, OnAnswer, OnMessage, OverRun, Remarks, Rule

_ACKNOWLEDGED = "0.3"


def _reply_address(part: Part) -> Remarks:
    if _is_asynchronous(part) and not part.header.wants_no_reply and part.header.reply_address is None:
        yield part.remark(
            "AsyncReplyFlag is true, and there is no ReplyAddress", part.header.elements["AsyncReplyFlag"]
        )


def _address_form(part: Part) -> Remarks:
    address = part.header.reply_address
    if address is None or not part.header.asks_for_late_reply:
        return
    if not _is_address(address):
        yield part.remark(f"ReplyAddress is {address!r}", part.header.elements["ReplyAddress"])


def _is_address(address: str) -> bool:
    if address.startswith(("topic:", "queue:")):
        return len(address) > len("topic:")
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # such as an unclosed bracket of IPv6
        return False


def _identified(part: Part) -> Remarks:
    if _is_asynchronous(part) and part.header.answer_correlation_id is None:
        yield part.remark("AsyncReplyFlag is true, and there is neither CorrelationID nor MessageID")


def _requests_only(part: Part) -> Remarks:
    if part.header.asks_for_late_reply and part.kind is not Kind.REQUEST and part.kind is not Kind.UNKNOWN:
        yield part.remark(f"AsyncReplyFlag is true in an {part.kind.value}", part.header.elements["AsyncReplyFlag"])


def _address_used(part: Part) -> Remarks:
    if part.header.reply_address is not None and not part.header.asks_for_late_reply and part.kind is Kind.REQUEST:
        yield part.remark("ReplyAddress is there, and AsyncReplyFlag is not true", part.header.elements["ReplyAddress"])


def _reply_wanted(part: Part) -> Remarks:
    if _is_asynchronous(part) and part.header.wants_no_reply:
        sentence = "AsyncReplyFlag is true, and AckRequired is false: no reply will come"
        yield part.remark(sentence, part.header.elements["AckRequired"])


def _ack_code(request: Part, response: Part) -> Remarks:
    reply = response.reply
    if not _is_asynchronous(request) or response.element is None or reply is None:
        return
    if reply.result == "OK" and _ACKNOWLEDGED not in reply.codes:
        said = ", ".join(reply.codes) or "none"
        yield response.remark(f"the acknowledgement has no code 0.3; its codes: {said}", reply.element)


def _ack_payload(request: Part, response: Part) -> Remarks:
    if _is_asynchronous(request) and response.payload is not None:
        yield response.remark("the acknowledgement has a Payload", response.payload)


def _is_asynchronous(part: Part) -> bool:
    return part.kind is Kind.REQUEST and part.header.asks_for_late_reply


def _partial_says_more(part: Part) -> Remarks:
    reply = part.reply
    if not part.is_late_reply or reply is None or reply.result != "PARTIAL":
        return
    if not {MORE_FOLLOWS, NO_MORE} & set(reply.codes):
        said = ", ".join(reply.codes) or "none"
        sentence = f"a late reply is PARTIAL and has neither code 0.1 nor 0.2; its codes: {said}"
        yield part.remark(sentence, reply.element)


class _Known(LateReplyCheck):
    def judge(self, late: LateReply) -> Remarks:
        if late.transaction is None and self.has_requests:
            said = late.part.header.correlation_id
            sentence = "a late reply has no CorrelationID"
            if said is not None:
                sentence = f"CorrelationID {said!r} of a late reply is that of no asynchronous request"
            yield late.part.remark(sentence, late.part.header.elements.get("CorrelationID"))


class _Noun(LateReplyCheck):
    def judge(self, late: LateReply) -> Remarks:
        if late.transaction is not None and late.part.noun is not None and late.part.noun != late.transaction.noun:
            asked = f"{late.transaction.operation} in exchange {late.transaction.entry}"
            yield late.part.remark(f"a late reply about {late.part.noun} belongs to {asked}")


class _Address(LateReplyCheck):
    def judge(self, late: LateReply) -> Remarks:
        entry = late.exchange.entry
        if late.transaction is None or late.transaction.reply_address is None or entry.direction is not Direction.OUT:
            return
        if entry.peer.rstrip("/") != late.transaction.reply_address.rstrip("/"):
            wanted = f"ReplyAddress of exchange {late.transaction.entry} is {late.transaction.reply_address}"
            yield late.part.remark(f"a late reply was sent to {entry.peer}; {wanted}")


class _Refused(LateReplyCheck):
    def judge(self, late: LateReply) -> Remarks:
        if late.transaction is not None and late.transaction.is_refused:
            yield late.part.remark(
                f"a late reply came to a request that was refused in exchange {late.transaction.entry}"
            )


class _Early(LateReplyCheck):
    def judge(self, late: LateReply) -> Remarks:
        if late.transaction is not None and late.exchange.entry.machine_at < late.transaction.acknowledged_at:
            yield late.part.remark(f"a late reply came before the acknowledgement of exchange {late.transaction.entry}")


class _Once(LateReplyCheck):
    def judge(self, late: LateReply) -> Remarks:
        if late.transaction is not None and late.transaction.is_over and late.identity not in late.transaction.replies:
            last = max(late.transaction.replies.values(), default=late.transaction.entry)
            sentence = (
                f"one more late reply came to exchange {late.transaction.entry}, after the last one in exchange {last}"
            )
            yield late.part.remark(sentence)


class _Owed(LateReplyCheck):
    def end(self) -> Remarks:
        for one in self.transactions.values():
            if one.is_over or one.is_refused or one.wants_no_reply or (one.has_effect and not one.replies):
                continue
            sentence = f"the late reply to {one.operation} has not come"
            if one.replies:
                sentence = f"the last of the late replies to {one.operation} has not come; {len(one.replies)} have"
            yield Part.remark_at(sentence, one.where)


RULES = (
    Rule(
        "async.reply-address", Severity.ERROR, clauses.ENVELOPE,
        "Who asks for a late reply says where it goes.", "AsyncReplyFlag is true, and there is no ReplyAddress",
        OnMessage(_reply_address),
    ),
    Rule(
        "async.address-form", Severity.ERROR, clauses.ENVELOPE,
        "ReplyAddress is an http or https URL, or a topic: or queue: of a message bus.",
        "ReplyAddress is 'NONE'", OnMessage(_address_form),
    ),
    Rule(
        "async.identified", Severity.WARNING, clauses.ENVELOPE,
        "Who asks for a late reply gives it something to be known by: CorrelationID, or MessageID.",
        "AsyncReplyFlag is true, and there is neither CorrelationID nor MessageID", OnMessage(_identified),
    ),
    Rule(
        "async.requests-only", Severity.NOTE, clauses.ENVELOPE,
        "AsyncReplyFlag is for requests: events and answers have no result to wait for.",
        "AsyncReplyFlag is true in an event", OnMessage(_requests_only),
    ),
    Rule(
        "async.address-used", Severity.NOTE, clauses.ENVELOPE,
        "ReplyAddress goes with AsyncReplyFlag; alone it is passed over.",
        "ReplyAddress is there, and AsyncReplyFlag is not true", OnMessage(_address_used),
    ),
    Rule(
        "async.reply-wanted", Severity.WARNING, clauses.ENVELOPE,
        "Who asks for a late reply does not say in AckRequired that none is wanted.",
        "AsyncReplyFlag is true, and AckRequired is false: no reply will come", OnMessage(_reply_wanted),
    ),
    Rule(
        "async.ack-code", Severity.WARNING, clauses.REPLY_CODES,
        "The acknowledgement of an asynchronous request with Result OK has code 0.3.",
        "the acknowledgement has no code 0.3; its codes: 0.0", OnAnswer(_ack_code),
    ),
    Rule(
        "async.ack-payload", Severity.ERROR, clauses.ENVELOPE,
        "The acknowledgement of an asynchronous request has no Payload: that comes later.",
        "the acknowledgement has a Payload", OnAnswer(_ack_payload),
    ),
    Rule(
        "async.partial-says-more", Severity.WARNING, clauses.REPLY_CODES,
        "A late reply that is PARTIAL says whether more follows (0.1) or not (0.2).",
        "a late reply is PARTIAL and has neither code 0.1 nor 0.2; its codes: 2.4", OnMessage(_partial_says_more),
    ),
    Rule(
        "async.late-reply-known", Severity.WARNING, clauses.ENVELOPE,
        "A late reply has the CorrelationID of an asynchronous request, where the run has any.",
        "CorrelationID 'c-2' of a late reply is that of no asynchronous request", OverRun(_Known),
    ),
    Rule(
        "async.late-reply-noun", Severity.ERROR, clauses.ENVELOPE,
        "A late reply is about the noun of its request.",
        "a late reply about EndDeviceEvents belongs to GetMeterReadings in exchange 1", OverRun(_Noun),
    ),
    Rule(
        "async.late-reply-address", Severity.ERROR, clauses.ENVELOPE,
        "A late reply goes to the ReplyAddress of its request.",
        "a late reply was sent to http://mdm.test/other; ReplyAddress of exchange 1 is http://mdm.test/replies",
        OverRun(_Address),
    ),
    Rule(
        "async.late-reply-refused", Severity.WARNING, clauses.JUDGEMENT,
        "Nothing comes late of a request that was refused at once.",
        "a late reply came to a request that was refused in exchange 1", OverRun(_Refused),
    ),
    Rule(
        "async.late-reply-early", Severity.WARNING, clauses.ENVELOPE,
        "A late reply does not come before the acknowledgement.",
        "a late reply came before the acknowledgement of exchange 1", OverRun(_Early), frozenset({Need.CLOCK}),
    ),
    Rule(
        "async.late-reply-once", Severity.WARNING, clauses.REPLY_CODES,
        "No late reply follows the last one: OK, FAILED, or PARTIAL with 0.2. One that is tried again keeps its "
        "MessageID.",
        "one more late reply came to exchange 1, after the last one in exchange 2", OverRun(_Once),
    ),
    Rule(
        "async.late-reply-owed", Severity.NOTE, clauses.ENVELOPE,
        "By the end of the run every asynchronous request has had its late replies.",
        "the late reply to GetMeterReadings has not come", OverRun(_Owed),
    ),
)  # fmt: skip

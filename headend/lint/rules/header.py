"""Rules on the Header of a message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.exchange import Exchange
from headend.lint.finding import Remark, Severity, Side
from headend.lint.part import Part
from headend.lint.rule import Need, OnAnswer, OnExchange, OnMessage, OverRun, Remarks, Rule
from headend.lint.run_check import Memory, RunCheck
from headend.operations.header import KNOWN_REVISIONS, VERBS
from simulator.near_miss import did_you_mean

CONTEXTS = ("PRODUCTION", "TESTING", "STUDY", "TRAINING")
"""Words of the standard for Header/Context; any other text is legal."""

_DEPRECATED = {"update": "change", "updated": "changed", "show": "reply"}
_GONE = frozenset({"subscribe", "unsubscribe", "publish", "report", "stop", "terminate"})
_PLACEHOLDER = re.compile(r"\?|string|xs:string|gero et", re.IGNORECASE)
_LONGEST_ID = 128
_NONCE_LIVES = timedelta(hours=24)


def _verb_known(part: Part) -> Remarks:
    verb = part.header.verb
    if verb is None or verb in VERBS:
        return
    if verb in _DEPRECATED:
        yield _say(part, "Verb", f"Verb is {verb!r}, an old word for {_DEPRECATED[verb]!r}")
    elif verb in _GONE:
        yield _say(part, "Verb", f"Verb is {verb!r}, which the standard has given up")
    else:
        yield _say(part, "Verb", f"Verb is {verb!r}{did_you_mean(verb, sorted(VERBS))}")


def _verb_fits(part: Part) -> Remarks:
    verb = part.header.verb
    wanted = "reply" if part.kind is Kind.ANSWER else part.verb
    if verb not in VERBS or wanted is None:
        return
    # What one vendor sends late: CreatedMeterReadings of the Reply service, with the verb reply.
    is_late = part.kind is Kind.EVENT and verb == "reply" and part.service.startswith("Reply")
    if verb != wanted and not is_late:
        yield _say(part, "Verb", f"Verb is {verb!r}; that of {part.name} is {wanted!r}")


def _noun_fits(part: Part) -> Remarks:
    noun = part.header.noun
    if noun is not None and part.noun is not None and noun not in (part.noun, f"Get{part.noun}"):
        yield _say(part, "Noun", f"Noun is {noun!r}; that of {part.name} is {part.noun!r}")


def _noun_of_payload(part: Part) -> Remarks:
    noun = part.header.noun
    if noun is not None and part.noun is not None and noun == f"Get{part.noun}":
        yield _say(part, "Noun", f"Noun is {noun!r}, which is a request profile; the noun is {part.noun!r}")


def _has_message_id(part: Part) -> Remarks:
    # Where nothing at all tells a late reply to whom it belongs, async.identified says so.
    if not part.header.asks_for_late_reply or part.header.correlation_id is not None:
        yield from _missing(part, "MessageID")


def _has_timestamp(part: Part) -> Remarks:
    yield from _missing(part, "Timestamp")


def _has_source(part: Part) -> Remarks:
    yield from _missing(part, "Source")


def _missing(part: Part, name: str) -> Iterator[Remark]:
    if part.header.elements and name not in part.header.elements:
        yield (
            part.remark(f"the Header has no {name}", part.header.elements["Verb"].getparent())
            if ("Verb" in part.header.elements)
            else part.remark(f"the Header has no {name}")
        )


def _id_form(part: Part) -> Remarks:
    for name in ("MessageID", "CorrelationID"):
        said = part.header.text(name)
        if said is None:
            continue
        if len(said) > _LONGEST_ID:
            yield _say(part, name, f"{name} has {len(said)} characters")
        elif any(letter.isspace() for letter in said):
            yield _say(part, name, f"{name} {said!r} has blanks in it")


def _no_placeholder(part: Part) -> Remarks:
    for name in part.header.elements:
        # Whoever answers repeats what the request says.
        is_repeated = part.side is Side.RESPONSE and name == "CorrelationID"
        said = None if is_repeated else part.header.text(name)
        if said is not None and _PLACEHOLDER.fullmatch(said):
            yield _say(part, name, f"{name} is {said!r}, a placeholder of some tool")


def _no_empty_element(part: Part) -> Remarks:
    for name, element in part.header.elements.items():
        if part.header.text(name) is None and not len(element):
            yield _say(part, name, f"{name} is empty")


def _revision_known(part: Part) -> Remarks:
    revision = part.header.text("Revision")
    if revision is not None and revision not in KNOWN_REVISIONS:
        yield _say(part, "Revision", f"Revision is {revision!r}; known are {', '.join(sorted(KNOWN_REVISIONS))}")


def _context_known(part: Part) -> Remarks:
    context = part.header.text("Context")
    if context is not None and context not in CONTEXTS:
        yield _say(part, "Context", f"Context is {context!r}; the standard's words are {', '.join(CONTEXTS)}")


def _correlation_echoed(request: Part, response: Part) -> Remarks:
    if response.element is None or not response.header.elements or not request.header.elements:
        return
    wanted, found = request.header.answer_correlation_id, response.header.correlation_id
    if found == wanted:
        return
    source = "CorrelationID" if request.header.correlation_id else "MessageID"
    if wanted is None:
        yield _say(response, "CorrelationID", f"CorrelationID is {found!r}; the request has neither that nor MessageID")
    elif found is None:
        yield response.remark(f"there is no CorrelationID; the request's {source} is {wanted!r}")
    else:
        yield _say(response, "CorrelationID", f"CorrelationID is {found!r}; the request's {source} is {wanted!r}")


def _message_id_own(request: Part, response: Part) -> Remarks:
    said = response.header.message_id
    if said is not None and said == request.header.message_id:
        yield _say(response, "MessageID", f"MessageID {said!r} is that of the request")


def _nonce_complete(part: Part) -> Remarks:
    header = part.header
    if header.nonce is None:
        return
    if not header.nonce:
        yield _say(part, "ReplayDetection", "ReplayDetection has no Nonce")
    elif header.nonce_created is None:
        yield _say(part, "ReplayDetection", "ReplayDetection has no Created that is an instant")


def _nonce_fresh(exchange: Exchange) -> Remarks:
    for part in exchange.parts:
        created = part.header.nonce_created
        if created is None or not part.is_whole:
            continue
        away = min(abs(clock - created) for clock in (exchange.entry.at, exchange.entry.machine_at))
        if away > _NONCE_LIVES:
            hours = away / timedelta(hours=1)
            sentence = f"ReplayDetection was created {hours:.0f} h away from when the message travelled"
            yield part.remark(sentence, part.header.nonce_element("Created"))


class _Sent(NamedTuple):
    digest: bytes | None
    entry: int


class _MessageIdUnique(RunCheck):
    """Equal bytes are a resend, which has its MessageID for a reason."""

    def __init__(self) -> None:
        self._sent: Memory[tuple[Side, str, str], _Sent] = Memory()

    def exchange(self, exchange: Exchange) -> Remarks:
        for part in exchange.parts:
            said = part.header.message_id
            if said is None:
                continue
            digest = part.digest if part.is_whole else None
            key = (part.side, part.header.source or _peer(exchange), said)
            earlier = self._sent.get(key)
            if earlier is None:
                self._sent[key] = _Sent(digest, exchange.entry.number)
            elif earlier.digest is not None and digest is not None and earlier.digest != digest:
                first = f"the {part.side} of exchange {earlier.entry} has it, too, and is another message"
                yield _say(part, "MessageID", f"MessageID {said!r} is not unique: {first}")


class _NonceUnique(RunCheck):
    """Within a day; a resend carries its nonce again, and is told by its bytes."""

    def __init__(self) -> None:
        self._used: Memory[tuple[str, str], tuple[datetime, bytes, int]] = Memory()

    def exchange(self, exchange: Exchange) -> Remarks:
        for part in exchange.parts:
            nonce = part.header.nonce
            if not nonce or not part.is_whole:
                continue
            digest = part.digest
            key = (part.header.source or _peer(exchange), nonce)
            now = exchange.entry.machine_at
            earlier = self._used.get(key)
            self._used[key] = (now, digest, exchange.entry.number)
            if earlier is not None and now - earlier[0] <= _NONCE_LIVES and earlier[1] != digest:
                sentence = f"Nonce {nonce!r} was used in exchange {earlier[2]} already"
                yield part.remark(sentence, part.header.nonce_element("Nonce"))


def _peer(exchange: Exchange) -> str:
    """Whoever sends without saying a Source; a client calls from one port after the other."""
    peer = exchange.entry.peer
    return peer if "://" in peer else peer.rpartition(":")[0] or peer


def _say(part: Part, name: str, sentence: str) -> Remark:
    return part.remark(sentence, part.header.elements.get(name))


RULES = (
    Rule(
        "header.verb-known", Severity.ERROR, clauses.VERBS,
        "Verb is one of the standard's, in lower case.", "Verb is 'cancelled'; did you mean 'canceled'?",
        OnMessage(_verb_known),
    ),
    Rule(
        "header.verb-fits", Severity.ERROR, clauses.VERBS,
        "Verb is that of the operation; an answer's is reply.", "Verb is 'create'; that of GetMeterReadings is 'get'",
        OnMessage(_verb_fits),
    ),
    Rule(
        "header.noun-fits", Severity.ERROR, clauses.ENVELOPE,
        "Noun is that of the operation, in requests, answers and events.",
        "Noun is 'EndDeviceEvents'; that of GetMeterReadings is 'MeterReadings'", OnMessage(_noun_fits),
    ),
    Rule(
        "header.noun-of-payload", Severity.WARNING, clauses.ENVELOPE,
        "Noun is what is asked for, not the profile that asks for it.",
        "Noun is 'GetMeterReadings', which is a request profile; the noun is 'MeterReadings'",
        OnMessage(_noun_of_payload),
    ),
    Rule(
        "header.message-id", Severity.NOTE, clauses.JUDGEMENT,
        "Every message has a MessageID; without one a resend cannot be told from a second request.",
        "the Header has no MessageID", OnMessage(_has_message_id),
    ),
    Rule(
        "header.timestamp", Severity.NOTE, clauses.JUDGEMENT,
        "Every message has a Timestamp.", "the Header has no Timestamp", OnMessage(_has_timestamp),
    ),
    Rule(
        "header.source", Severity.NOTE, clauses.JUDGEMENT,
        "Every message says from which Source it comes: a MessageID is unique there and nowhere else.",
        "the Header has no Source", OnMessage(_has_source),
    ),
    Rule(
        "header.id-form", Severity.WARNING, clauses.JUDGEMENT,
        f"MessageID and CorrelationID have no blanks in them, and at most {_LONGEST_ID} characters.",
        "MessageID 'number 1' has blanks in it", OnMessage(_id_form),
    ),
    Rule(
        "header.no-placeholder", Severity.WARNING, clauses.JUDGEMENT,
        "No element of the Header says what a tool puts there for a person to fill in, such as ? or string.",
        "MessageID is '?', a placeholder of some tool", OnMessage(_no_placeholder),
    ),
    Rule(
        "header.no-empty-element", Severity.WARNING, clauses.JUDGEMENT,
        "No element of the Header is empty; what is not known is left out.",
        "ReplyAddress is empty", OnMessage(_no_empty_element),
    ),
    Rule(
        "header.revision-known", Severity.NOTE, clauses.ENVELOPE,
        f"Revision, where there is one, is a version of the message: {', '.join(sorted(KNOWN_REVISIONS))}.",
        "Revision is '0.1A'; known are 1, 1.0, 2, 2.0", OnMessage(_revision_known),
    ),
    Rule(
        "header.context-known", Severity.NOTE, clauses.ENVELOPE,
        f"Context, where there is one, is a word of the standard: {', '.join(CONTEXTS)}.",
        "Context is 'Prod'; the standard's words are PRODUCTION, TESTING, STUDY, TRAINING", OnMessage(_context_known),
    ),
    Rule(
        "header.correlation-echoed", Severity.ERROR, clauses.ENVELOPE,
        "An answer has the CorrelationID of its request, else the MessageID of it, else none.",
        "CorrelationID is 'c-2'; the request's CorrelationID is 'c-1'", OnAnswer(_correlation_echoed),
    ),
    Rule(
        "header.message-id-own", Severity.WARNING, clauses.ENVELOPE,
        "An answer has a MessageID of its own, not that of its request.",
        "MessageID 'm-1' is that of the request", OnAnswer(_message_id_own),
    ),
    Rule(
        "header.message-id-unique", Severity.ERROR, clauses.ENVELOPE,
        "No two messages of a Source have the same MessageID, unless one repeats the other to the byte.",
        "MessageID 'm-1' is not unique: the request of exchange 1 has it, too, and is another message",
        OverRun(_MessageIdUnique),
    ),
    Rule(
        "header.nonce-complete", Severity.ERROR, clauses.ENVELOPE,
        "ReplayDetection has a Nonce, and an instant in Created.", "ReplayDetection has no Nonce",
        OnMessage(_nonce_complete),
    ),
    Rule(
        "header.nonce-fresh", Severity.ERROR, clauses.ENVELOPE,
        "ReplayDetection was created within a day of when the message travels.",
        "ReplayDetection was created 48 h away from when the message travelled", OnExchange(_nonce_fresh),
        frozenset({Need.CLOCK}),
    ),
    Rule(
        "header.nonce-unique", Severity.ERROR, clauses.ENVELOPE,
        "A Source does not use a Nonce twice within a day.", "Nonce 'n-1' was used in exchange 1 already",
        OverRun(_NonceUnique), frozenset({Need.CLOCK}),
    ),
)  # fmt: skip

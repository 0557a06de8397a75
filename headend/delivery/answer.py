"""Judges what a receiver answers to a message.

Result OK and PARTIAL mean that it has the message; everything else, also an acknowledgement that cannot be
read, means that we do not know, and what we do not know to have arrived is sent again.

Unless the receiver has judged the message itself: a Reply FAILED of which each Error says that something in the
message is wrong, or forbidden by policy, and a SOAP fault that blames the sender. The same bytes would meet the same
judgement, and what stands behind them would wait for nothing. An HTTP status never is such a judgement: a receiver
that is being restarted answers 404 and 503 alike.
"""

from __future__ import annotations

import http.client
from http import HTTPStatus
from typing import Final

from lxml import etree

from headend.delivery.outcome import DeliveryOutcome, HttpAnswer, OutcomeKind
from headend.untrusted_xml import NotXml, parse_document

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGE: Final = "http://iec.ch/TC57/2011/schema/message"

_BODY: Final = f"{{{SOAP}}}Body"
_FAULT: Final = f"{{{SOAP}}}Fault"
_SENTENCE_LENGTH: Final = 1000
"""Of what receivers tell us, this much is said in a sentence."""
_REPLY_LENGTH: Final = 2000
"""Of what they answer, so many characters are kept: any acknowledgement; the outbox is no archive."""

_FINAL_CODES: Final = ("1.", "2.", "3.1", "6.1", "6.5")
"""Beginnings of reply codes that judge the message: elements, parameters, size, policy (61968-9:2013, Annex B).
Timeouts, a receiver that is too busy and authentication may come out otherwise next time."""
_FINAL_FAULTS: Final = frozenset({"Client", "VersionMismatch", "MustUnderstand"})
"""Fault codes by which the sender is to blame (SOAP 1.1, 4.4.1)."""


def judge_answer(status: int, body: bytes | None) -> DeliveryOutcome:
    """What an HTTP answer says about the message, with the answer. `body` is None where it was too long to read."""
    # What cannot be text in a database (PostgreSQL knows no NUL) is shown as what it is: something unreadable.
    kept = None if body is None else body[: 4 * _REPLY_LENGTH].decode("utf-8", "replace").replace("\0", "\ufffd")
    reply = f"HTTP {status}" if not kept else f"HTTP {status}\n{kept[:_REPLY_LENGTH]}"
    judged = _judged(status, body)
    return DeliveryOutcome(judged.kind, judged.sentence, reply, judged.is_final, HttpAnswer(status, body))


def _judged(status: int, body: bytes | None) -> DeliveryOutcome:
    if body is None:
        return DeliveryOutcome(OutcomeKind.NOT_UNDERSTOOD, f"HTTP {status} with far too long a body")
    try:
        envelope = parse_document(body)
    except NotXml as error:
        if status == HTTPStatus.OK:
            return DeliveryOutcome(OutcomeKind.NOT_UNDERSTOOD, f"HTTP 200, but {error}")
        return _by_status(status)
    body_element = next(envelope.iterchildren(_BODY), None)
    fault = None if body_element is None else next(body_element.iterchildren(_FAULT), None)
    if fault is not None:
        code = _text(fault, "faultcode")
        # A prefix may stand in front, and more precise words of the receiver's own behind a dot.
        is_final = code.rpartition(":")[2].partition(".")[0] in _FINAL_FAULTS
        return _outcome(OutcomeKind.SOAP_FAULT, f"SOAP fault {code}: {_text(fault, 'faultstring')}", is_final=is_final)
    if status != HTTPStatus.OK:
        return _by_status(status)
    return _by_reply(_result_in(body_element))


def _result_in(body: etree._Element | None) -> etree._Element | None:
    """Reply belongs to the namespace of its wrapper, which differs from noun to noun and from receiver to receiver;
    what stands in it is the envelope's.
    """
    for message in () if body is None else body.iterchildren("*"):
        for reply in message.iterchildren("{*}Reply"):
            for result in reply.iterchildren("{*}Result"):
                return result
    return None


def _by_status(status: int) -> DeliveryOutcome:
    phrase = http.client.responses.get(status, "")
    redirect = "; redirects are not followed" if 300 <= status < 400 else ""
    return DeliveryOutcome(OutcomeKind.HTTP_STATUS, f"HTTP {status} {phrase}".rstrip() + redirect)


def _by_reply(found: etree._Element | None) -> DeliveryOutcome:
    if found is None:
        return DeliveryOutcome(
            OutcomeKind.NOT_UNDERSTOOD, "HTTP 200, but there is no Reply with a Result in the answer"
        )
    if (namespace := etree.QName(found).namespace) != MESSAGE:
        return _outcome(
            OutcomeKind.NOT_UNDERSTOOD,
            f"HTTP 200 with a Result in namespace {namespace}; it must be in {MESSAGE}",
        )
    result = (found.text or "").strip()
    if result in ("OK", "PARTIAL"):
        return DeliveryOutcome(OutcomeKind.DELIVERED, f"Result {result}")
    if result == "FAILED":
        errors = list(found.itersiblings(f"{{{MESSAGE}}}Error"))
        is_final = bool(errors) and all(_text(error, f"{{{MESSAGE}}}code").startswith(_FINAL_CODES) for error in errors)
        said = "; ".join(_error(error) for error in errors) or "no Error given"
        return _outcome(OutcomeKind.REPLY_FAILED, f"Result FAILED: {said}", is_final=is_final)
    return _outcome(OutcomeKind.NOT_UNDERSTOOD, f"HTTP 200 with Result {result!r}; it must be OK, PARTIAL or FAILED")


def _error(error: etree._Element) -> str:
    parts = (_text(error, f"{{{MESSAGE}}}{name}") for name in ("code", "reason", "details"))
    return " ".join(part for part in parts if part)


def _text(parent: etree._Element, child: str) -> str:
    return (parent.findtext(child) or "").strip()


def _outcome(kind: OutcomeKind, sentence: str, *, is_final: bool = False) -> DeliveryOutcome:
    short = sentence if len(sentence) <= _SENTENCE_LENGTH else sentence[:_SENTENCE_LENGTH] + "…"
    return DeliveryOutcome(kind, short, is_final=is_final)

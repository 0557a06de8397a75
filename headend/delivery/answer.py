"""Judges what a receiver answers to a message.

Result OK and PARTIAL mean that it has the message; everything else, also an acknowledgement that cannot be
read, means that we do not know, and what we do not know to have arrived is sent again.
"""

from __future__ import annotations

import http.client
from http import HTTPStatus
from typing import Final

from lxml import etree

from headend.delivery.outcome import DeliveryOutcome, OutcomeKind
from headend.untrusted_xml import NotXml, parse_document

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGE: Final = "http://iec.ch/TC57/2011/schema/message"

_SENTENCE_LENGTH: Final = 1000
"""Of what receivers tell us, this much is kept; the outbox is no archive."""


def judge_answer(status: int, body: bytes | None) -> DeliveryOutcome:
    """What an HTTP answer says about the message. `body` is None where it was too long to read."""
    if body is None:
        return DeliveryOutcome(OutcomeKind.NOT_UNDERSTOOD, f"HTTP {status} with far too long a body")
    try:
        envelope = parse_document(body)
    except NotXml as error:
        if status == HTTPStatus.OK:
            return DeliveryOutcome(OutcomeKind.NOT_UNDERSTOOD, f"HTTP 200, but {error}")
        return _by_status(status)
    fault = envelope.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault")
    if fault is not None:
        return _outcome(
            OutcomeKind.SOAP_FAULT, f"SOAP fault {_text(fault, 'faultcode')}: {_text(fault, 'faultstring')}"
        )
    if status != HTTPStatus.OK:
        return _by_status(status)
    return _by_reply(envelope)


def _by_status(status: int) -> DeliveryOutcome:
    phrase = http.client.responses.get(status, "")
    redirect = "; redirects are not followed" if 300 <= status < 400 else ""
    return DeliveryOutcome(OutcomeKind.HTTP_STATUS, f"HTTP {status} {phrase}".rstrip() + redirect)


def _by_reply(envelope: etree._Element) -> DeliveryOutcome:
    # Reply belongs to the namespace of its wrapper, which differs from noun to noun and from receiver to receiver;
    # what stands in it is the envelope's.
    found = envelope.find(f"{{{SOAP}}}Body/*/{{*}}Reply/{{*}}Result")
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
        errors = "; ".join(_error(error) for error in found.itersiblings(f"{{{MESSAGE}}}Error"))
        return _outcome(OutcomeKind.REPLY_FAILED, f"Result FAILED: {errors or 'no Error given'}")
    return _outcome(OutcomeKind.NOT_UNDERSTOOD, f"HTTP 200 with Result {result!r}; it must be OK, PARTIAL or FAILED")


def _error(error: etree._Element) -> str:
    parts = (_text(error, f"{{{MESSAGE}}}{name}") for name in ("code", "reason", "details"))
    return " ".join(part for part in parts if part)


def _text(parent: etree._Element, child: str) -> str:
    return (parent.findtext(child) or "").strip()


def _outcome(kind: OutcomeKind, sentence: str) -> DeliveryOutcome:
    return DeliveryOutcome(kind, sentence if len(sentence) <= _SENTENCE_LENGTH else sentence[:_SENTENCE_LENGTH] + "…")

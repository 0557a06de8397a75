"""What a reply says, as a tree of values that scenarios look into; and what has to be so unless one says otherwise."""

from collections.abc import Mapping
from typing import Any, Final

from headend.messages.content import Content
from headend.messages.content_words import content_words, reply_words
from headend.scenario.caller import Called
from headend.scenario.found import Found, Implied
from headend.scenario.message_values import EVENTS, READINGS, errors_values, events_values, readings_values

REPLY: Final[Mapping[str, str]] = {
    "result": "Reply/Result: OK, PARTIAL or FAILED",
    "codes": "the codes of all Errors, in their order",
    "errors": "each Error: code, level, reason, details, id",
    "ids": "each Reply/ID",
    "correlation_id": "Header/CorrelationID of the reply",
    "message_id": "Header/MessageID of the reply",
    "request_id": "Header/MessageID of the request",
    "fault": "of a SOAP fault its code and sentence; null where it is none",
    "answered": "whether an answer came",
    "failure": "why none came",
    "http_status": "of HTTP",
    "payload": "whether there is one",
    "compressed": "whether it came compressed",
    "bytes": "how long the answer is",
    **READINGS,
    **EVENTS,
}
"""Names of what is known of an answer in a call."""


def reply_found(called: Called, words: str) -> Found:
    """What came of a call. words: what was asked."""
    answer, request = called.answer, called.request
    fault = answer.fault
    message = answer.message
    values: dict[str, Any] = {
        "result": answer.result,
        "codes": list(answer.codes),
        "errors": errors_values(answer.errors),
        "ids": list(answer.ids),
        "correlation_id": answer.header("CorrelationID"),
        "message_id": answer.header("MessageID"),
        "request_id": request.header("MessageID"),
        "fault": None if fault is None else {"code": answer.fault_code, "sentence": answer.fault_string},
        "answered": called.exchange is not None,
        "failure": called.entry.failure,
        "http_status": called.entry.status,
        "payload": answer.payload is not None,
        "compressed": b"Compressed>" in answer.data,
        "bytes": len(answer.data),
        **readings_values(answer.readings),
        **events_values(answer.events),
    }
    return Found(
        words=f"{words}: {_answered(called, message)}",
        values=values,
        envelope=answer.data or None,
        exchange=called.entry.number,
        implied=tuple(_implied(called, values, request.header("CorrelationID") or request.header("MessageID"))),
    )


def _answered(called: Called, message: Any) -> str:
    answer = called.answer
    if called.exchange is None:
        return f"no answer, {called.entry.failure}"
    if answer.fault is not None:
        return f"fault {answer.fault_code}: {answer.fault_string}"
    if answer.result is None:
        return f"HTTP {called.entry.status} and no reply"
    content = Content(message)
    return ", ".join(
        [*reply_words(answer.result, answer.errors), *(content_words(content) if answer.payload is not None else [])]
    )


def _implied(called: Called, values: Mapping[str, Any], request_id: str | None) -> list[Implied]:
    if not values["answered"]:
        return [
            Implied(
                about=("answered", "failure"),
                sentence="an answer comes",
                holds=False,
                expected="an answer",
                seen=str(values["failure"]),
            )
        ]
    answer = called.answer
    seen = " ".join([str(answer.result), *answer.codes]) if answer.fault is None else f"a fault: {answer.fault_string}"
    details = "; ".join(filter(None, (one.details for one in answer.errors)))
    made = [
        Implied(
            about=("result", "codes", "errors", "fault", "http_status"),
            sentence="the result is OK",
            holds=answer.result == "OK",
            expected="OK",
            seen=f"{seen}: {details}" if details else seen,
        )
    ]
    if answer.fault is None and request_id is not None:
        made.append(
            Implied(
                about=("correlation_id",),
                sentence="the reply has the CorrelationID of the request",
                holds=values["correlation_id"] == request_id,
                expected=request_id,
                seen=str(values["correlation_id"]),
            )
        )
    return made

"""Rules on the Reply: Result, Errors, IDs, and what they say of each other."""

from __future__ import annotations

from collections.abc import Iterator

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.finding import Remark, Severity
from headend.lint.part import Part
from headend.lint.reply_said import ErrorSaid, ReplySaid
from headend.lint.rule import OnAnswer, OnReply, Remarks, Rule
from headend.operations.reply import reply_codes, retired_codes
from simulator.near_miss import did_you_mean

ABOUT_ONE = frozenset(
    {"2.4", "2.6", "2.10", "2.12", "2.16", "2.19", "2.20", "2.22", "2.24", "2.30", "2.31", "2.32", "2.33"}
)
"""Codes that say of one object that it is not known, or cannot do what is wanted."""
ABOUT_TWO = frozenset({"2.13", "2.17", "2.18", "2.21", "2.23", "2.25", "2.26", "2.27", "2.28"})
"""Codes that say of two objects that they do not belong together."""

_MILD = ("INFORM", "WARNING")
_MORE_FOLLOWS, _NO_MORE = "0.1", "0.2"
_COMPLETE, _ACKNOWLEDGED = "0.0", "0.3"
_OF_THE_MESSAGE = frozenset({"2.5", "2.9", "2.14", "7.2", "7.4", "7.5", "7.6", "7.7"})
"""Codes beside 1.x that refuse a message for how it comes, and not for what it tells."""
_CREATES_IDENTIFIED = frozenset({"EndDeviceControls", "MeterReadSchedule"})


def _ok_without_errors(part: Part, reply: ReplySaid) -> Remarks:
    yield from _beside_ok(part, reply, is_mild=False)


def _ok_without_remarks(part: Part, reply: ReplySaid) -> Remarks:
    yield from _beside_ok(part, reply, is_mild=True)


def _beside_ok(part: Part, reply: ReplySaid, *, is_mild: bool) -> Iterator[Remark]:
    for error in reply.errors if reply.result == "OK" else ():
        if not error.code.startswith("0.") and (error.level in _MILD) is is_mild:
            level = f"level {error.level}" if error.level else "no level"
            yield part.remark(f"Result is OK, and an Error has code {error.code} and {level}", error.element)


def _partial_says_what(part: Part, reply: ReplySaid) -> Remarks:
    if reply.result == "PARTIAL" and not reply.errors:
        yield part.remark("Result is PARTIAL, and no Error says what is missing", reply.element)


def _failed_says_why(part: Part, reply: ReplySaid) -> Remarks:
    if reply.result == "FAILED" and not any(error.code for error in reply.errors):
        yield part.remark("Result is FAILED, and no Error says why", reply.element)


def _failed_without_payload(part: Part, reply: ReplySaid) -> Remarks:
    if reply.result == "FAILED" and (part.payload_roots or part.values or part.events):
        yield part.remark("Result is FAILED, and there is a payload", part.payload)


def _code_fits_result(part: Part, reply: ReplySaid) -> Remarks:
    misfits = {
        "OK": {_MORE_FOLLOWS, _NO_MORE},
        "PARTIAL": {_COMPLETE, _ACKNOWLEDGED},
        "FAILED": {_COMPLETE, _ACKNOWLEDGED},
    }.get(reply.result or "", set())
    for error in reply.errors:
        # Of an asynchronous request that is good in parts, the acknowledgement may say both; and of one object all may
        # be well.
        is_apart = (error.code == _ACKNOWLEDGED and reply.faults) or (error.code == _COMPLETE and error.id is not None)
        if error.code in misfits and not is_apart:
            yield part.remark(f"Result is {reply.result}, and an Error has code {error.code}", error.element)


def _code_known(part: Part, reply: ReplySaid) -> Remarks:
    for error in reply.errors:
        if error.code and error.code not in reply_codes() and error.code not in retired_codes():
            yield part.remark(
                f"code {error.code!r} is not listed{did_you_mean(error.code, _near(error))}", error.element
            )


def _near(error: ErrorSaid) -> list[str]:
    """Codes of the same category: a number is near to all others."""
    category = error.code.partition(".")[0]
    return [code for code in reply_codes() if code.partition(".")[0] == category] or ["0.0", "1.8", "2.4", "5.3"]


def _code_not_retired(part: Part, reply: ReplySaid) -> Remarks:
    for error in reply.errors:
        if error.code in retired_codes():
            yield part.remark(f"code {error.code} is a gap in the list", error.element)


def _level_fits(part: Part, reply: ReplySaid) -> Remarks:
    for error in reply.errors:
        if error.code.startswith("0.") and error.level not in (None, "INFORM"):
            yield part.remark(f"code {error.code} has level {error.level}", error.element)


def _names_object(part: Part, reply: ReplySaid) -> Remarks:
    for error in reply.errors:
        if error.code in ABOUT_ONE and (error.id is None or not error.id.value):
            yield part.remark(f"code {error.code} ({_reason(error)}) has no ID", error.element)


def _names_pair(part: Part, reply: ReplySaid) -> Remarks:
    for error in reply.errors:
        if error.code in ABOUT_TWO and (error.id is None or error.related_id is None):
            lacks = "ID" if error.id is None else "relatedID"
            yield part.remark(f"code {error.code} ({_reason(error)}) has no {lacks}", error.element)


def _reason(error: ErrorSaid) -> str:
    return reply_codes().get(error.code, "?")


def _has_words(part: Part, reply: ReplySaid) -> Remarks:
    for error in reply.faults:
        if not error.reason and not error.details:
            yield part.remark(f"the Error with code {error.code} has neither reason nor details", error.element)


def _no_deprecated_object(part: Part, reply: ReplySaid) -> Remarks:
    for error in reply.errors:
        if "object" in error.others:
            yield part.remark(f"the Error with code {error.code} has the element object", error.element)


def _fault_failed(part: Part, reply: ReplySaid) -> Remarks:
    if part.fault is not None and reply.result != "FAILED":
        yield part.remark(f"Result is {reply.result} in the detail of a fault", reply.element)


def _has_payload(request: Part, response: Part) -> Remarks:
    reply = response.reply
    if request.verb != "get" or request.header.asks_for_late_reply:
        return
    if reply is None or response.element is None or reply.result != "OK" or _ACKNOWLEDGED in reply.codes:
        return
    if response.payload is None:
        yield response.remark("Result is OK, and there is no Payload", reply.element)


def _no_payload(request: Part, response: Part) -> Remarks:
    if request.kind is not Kind.UNKNOWN and request.verb != "get" and response.payload is not None:
        yield response.remark(f"the answer to {request.name} has a Payload", response.payload)


def _event_not_refused(request: Part, response: Part) -> Remarks:
    reply = response.reply
    if request.kind is not Kind.EVENT or response.element is None or reply is None or reply.result != "FAILED":
        return
    codes = ", ".join(code for code in reply.codes if not code.startswith("1.") and code not in _OF_THE_MESSAGE)
    if codes:
        yield response.remark(f"an event was answered with FAILED ({codes})", reply.element)


def _names_created(request: Part, response: Part) -> Remarks:
    reply = response.reply
    if reply is None or request.verb != "create" or request.noun not in _CREATES_IDENTIFIED:
        return
    if response.element is not None and reply.result == "OK" and not reply.ids:
        yield response.remark(f"{request.name} was answered with OK and without an ID", reply.element)


RULES = (
    Rule(
        "reply.ok-without-errors", Severity.ERROR, clauses.ENVELOPE,
        "Result OK means that all was done: no Error beside it is FATAL, CATASTROPHIC or without a level.",
        "Result is OK, and an Error has code 2.4 and level FATAL", OnReply(_ok_without_errors),
    ),
    Rule(
        "reply.ok-without-remarks", Severity.NOTE, clauses.ENVELOPE,
        "Beside Result OK stand codes 0.x only: who does not look at levels takes any other for a failure.",
        "Result is OK, and an Error has code 1.8 and level INFORM", OnReply(_ok_without_remarks),
    ),
    Rule(
        "reply.partial-says-what", Severity.WARNING, clauses.ENVELOPE,
        "Result PARTIAL comes with an Error that says what is missing, or whether more follows.",
        "Result is PARTIAL, and no Error says what is missing", OnReply(_partial_says_what),
    ),
    Rule(
        "reply.failed-says-why", Severity.ERROR, clauses.ENVELOPE,
        "Result FAILED comes with an Error that has a code.",
        "Result is FAILED, and no Error says why", OnReply(_failed_says_why),
    ),
    Rule(
        "reply.failed-without-payload", Severity.NOTE, clauses.ENVELOPE,
        "Result FAILED comes without a payload; what could be delivered makes it PARTIAL. An example of the standard "
        "does otherwise, and readers take both.",
        "Result is FAILED, and there is a payload", OnReply(_failed_without_payload),
    ),
    Rule(
        "reply.code-fits-result", Severity.ERROR, clauses.REPLY_CODES,
        "Codes 0.0 and 0.3 go with OK, 0.1 and 0.2 with PARTIAL.",
        "Result is OK, and an Error has code 0.1", OnReply(_code_fits_result),
    ),
    Rule(
        "reply.code-known", Severity.WARNING, clauses.REPLY_CODES,
        "Codes are those of the published list; others are legal, and nobody knows them.",
        "code '2.44' is not listed; did you mean '2.4'?", OnReply(_code_known),
    ),
    Rule(
        "reply.code-not-retired", Severity.ERROR, clauses.JUDGEMENT,
        "No code is one of the gaps in the published list: nobody knows what they meant.",
        "code 2.7 is a gap in the list", OnReply(_code_not_retired),
    ),
    Rule(
        "reply.level-fits", Severity.WARNING, clauses.JUDGEMENT,
        "An Error with code 0.x has level INFORM.", "code 0.2 has level FATAL", OnReply(_level_fits),
    ),
    Rule(
        "reply.names-object", Severity.WARNING, clauses.ENVELOPE,
        "An Error about an object has its ID.", "code 2.4 (invalid meter) has no ID", OnReply(_names_object),
    ),
    Rule(
        "reply.names-pair", Severity.NOTE, clauses.ENVELOPE,
        "An Error about two objects has ID and relatedID.",
        "code 2.13 (meter does not belong to usage point) has no relatedID", OnReply(_names_pair),
    ),
    Rule(
        "reply.has-words", Severity.NOTE, clauses.JUDGEMENT,
        "An Error says in reason or details what a person has to know.",
        "the Error with code 5.3 has neither reason nor details", OnReply(_has_words),
    ),
    Rule(
        "reply.no-deprecated-object", Severity.NOTE, clauses.ENVELOPE,
        "An Error names its object by ID; the element object is old.",
        "the Error with code 2.4 has the element object", OnReply(_no_deprecated_object),
    ),
    Rule(
        "reply.fault-failed", Severity.ERROR, clauses.ENVELOPE,
        "The Reply in the detail of a fault has Result FAILED.", "Result is PARTIAL in the detail of a fault",
        OnReply(_fault_failed),
    ),
    Rule(
        "reply.has-payload", Severity.ERROR, clauses.ENVELOPE,
        "The final answer to a get request with Result OK has a Payload, if only an empty one.",
        "Result is OK, and there is no Payload", OnAnswer(_has_payload),
    ),
    Rule(
        "reply.no-payload", Severity.WARNING, clauses.ENVELOPE,
        "The answer to anything but a get request has no Payload.",
        "the answer to CreateEndDeviceControls has a Payload", OnAnswer(_no_payload),
    ),
    Rule(
        "reply.event-not-refused", Severity.NOTE, clauses.EVENT_PATTERN,
        "An event that its receiver cannot use is logged and dropped; the answer only says that it came.",
        "an event was answered with FAILED (2.4)", OnAnswer(_event_not_refused),
    ),
    Rule(
        "reply.names-created", Severity.NOTE, clauses.JUDGEMENT,
        "The answer to a create of controls or schedules says in Reply/ID how to call what was created.",
        "CreateEndDeviceControls was answered with OK and without an ID", OnAnswer(_names_created),
    ),
)  # fmt: skip

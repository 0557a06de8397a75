"""Rules on the shape of messages: which operation, which parts, which form of payload."""

from __future__ import annotations

from lxml import etree

from headend.lint import clauses
from headend.lint.bodies import Kind
from headend.lint.elements import child, children, local, text
from headend.lint.exchange import Exchange
from headend.lint.finding import Severity, Side
from headend.lint.part import Part
from headend.lint.rule import OnAnswer, OnExchange, OnMessage, Remarks, Rule
from headend.operations.header import EVENT_VERBS

FORMATS = ("XML", "RDF", "PDF", "GZIP", "CSV", "XLS", "DOC", "TEXT", "JSON", "BINARY")
"""What Payload/Format may say, beside any other text."""

_CARRYING = frozenset({"create", "change", "execute"}) | EVENT_VERBS
_LISTING = frozenset({"cancel", "close", "delete"})
_FORMS = ("OperationSet", "Compressed", "ID")


def _whole(exchange: Exchange) -> Remarks:
    for part in exchange.parts:
        if not part.is_whole:
            message = exchange.entry.request if part.side is Side.REQUEST else exchange.entry.response
            length = 0 if message is None else message.length
            yield part.remark(f"{len(part.data)} of {length} bytes were kept; the message is not judged")


def _operation_known(exchange: Exchange) -> Remarks:
    request = exchange.request
    if request is None or request.element is None or not request.is_whole:
        return
    tag = str(request.element.tag)
    if not exchange.bodies.is_served(tag, request.service):
        yield request.remark(exchange.bodies.near_miss(tag, request.service), request.element)


def _answer_fits(request: Part, response: Part) -> Remarks:
    if response.element is None or request.element is None or request.kind is Kind.UNKNOWN:
        return
    # The receiver of a late reply, which is a response message itself, answers with another one.
    wanted = str(request.element.tag) if request.operation is None else request.operation.output
    if response.element.tag != wanted:
        found = etree.QName(response.element)
        name = etree.QName(wanted)
        sentence = f"the answer is {found.localname}; {request.name} is answered by {name.localname}"
        if found.localname == name.localname:
            sentence = f"the answer is in namespace {found.namespace}; that of {name.localname} is {name.namespace}"
        yield response.remark(sentence)


def _one_form(part: Part) -> Remarks:
    payload = part.payload
    if payload is None:
        return
    forms = [name for name in _FORMS if child(payload, name) is not None]
    # Beside Compressed the noun's element may be there, and empty: most schemas make it mandatory.
    forms += [local(one) for one in part.payload_roots if len(one) and one is not part.inflated]
    if len(forms) > 1:
        yield part.remark(f"Payload holds {' and '.join(forms)}", payload)


def _payload_needed(part: Part) -> Remarks:
    if (
        part.verb in _CARRYING
        and part.reply is None
        and (part.payload is None or not len(part.payload))
        and not part.values
    ):
        what = "has no Payload" if part.payload is None else "has an empty Payload"
        yield part.remark(f"{part.name} {what}", part.payload)


def _no_payload_in_get(part: Part) -> Remarks:
    if part.verb == "get" and part.payload is not None:
        yield part.remark(f"{part.name} has a Payload", part.payload)


def _ids_or_payload(part: Part) -> Remarks:
    if _lists(part) and part.payload is None and child(part.request, "ID") is None:
        yield part.remark(f"{part.name} has neither Request/ID nor Payload")


def _ids_not_payload(part: Part) -> Remarks:
    if _lists(part) and part.payload is not None:
        yield part.remark(f"{part.name} names its objects in Payload", part.payload)


def _lists(part: Part) -> bool:
    return part.verb in _LISTING


def _payload_noun(part: Part) -> Remarks:
    if part.noun in (None, "OperationSet"):
        return
    for root in part.payload_roots:
        if local(root) != part.noun:
            yield part.remark(f"Payload holds {local(root)}; the noun of the message is {part.noun}", root)


def _inflates(part: Part) -> Remarks:
    if part.not_inflated is not None:
        yield part.remark(part.not_inflated, part.compressed)


def _format_known(part: Part) -> Remarks:
    written = text(part.payload, "Format")
    if written is not None and written not in FORMATS:
        yield part.remark(f"Format is {written!r}", child(part.payload, "Format"))


def _format_needs_compressed(part: Part) -> Remarks:
    if text(part.payload, "Format") is not None and child(part.payload, "Compressed") is None and part.payload_roots:
        yield part.remark("Format stands beside a payload in plain XML", child(part.payload, "Format"))


def _period_once(part: Part) -> Remarks:
    request = part.request
    if request is None or (child(request, "StartTime") is None and child(request, "EndTime") is None):
        return
    for profile in request:
        if not local(profile).startswith("Get"):
            continue
        if any(child(one, "scheduleInterval") is not None for one in children(profile, "TimeSchedule")) or any(
            child(one, "timePeriod") is not None for one in children(profile, "Reading")
        ):
            name = local(profile)
            yield part.remark(f"Request has a period of its own, and {name} another one, which counts", request)


RULES = (
    Rule(
        "message.whole", Severity.NOTE, clauses.JUDGEMENT,
        "A message that was not kept to its last byte is not judged.",
        "300 of 1042 bytes were kept; the message is not judged", OnExchange(_whole),
    ),
    Rule(
        "message.operation-known", Severity.ERROR, clauses.SERVICES,
        "The body element is one that the service takes.",
        "GetMeterReading in namespace http://iec.ch/TC57/2011/GetMeterReadingsMessage is not served here; the nearest "
        "is GetMeterReadings in namespace http://iec.ch/TC57/2011/GetMeterReadingsMessage at "
        "/services/GetMeterReadings",
        OnExchange(_operation_known),
    ),
    Rule(
        "message.answer-fits", Severity.ERROR, clauses.SERVICES,
        "The answer is the message that the operation declares.",
        "the answer is EndDeviceEventsResponseMessage; GetMeterReadings is answered by MeterReadingsResponseMessage",
        OnAnswer(_answer_fits),
    ),
    Rule(
        "message.one-payload-form", Severity.WARNING, clauses.ENVELOPE,
        "A Payload has one form: the noun's element, an OperationSet, Compressed, or IDs.",
        "Payload holds Compressed and MeterReadings", OnMessage(_one_form),
    ),
    Rule(
        "message.payload-needed", Severity.ERROR, clauses.ENVELOPE,
        "Requests to create, change and execute, and all events, carry a Payload.",
        "CreateEndDeviceControls has no Payload", OnMessage(_payload_needed),
    ),
    Rule(
        "message.no-payload-in-get", Severity.WARNING, clauses.ENVELOPE,
        "A get request has no Payload: what it selects stands in Request.",
        "GetMeterReadings has a Payload", OnMessage(_no_payload_in_get),
    ),
    Rule(
        "message.ids-or-payload", Severity.ERROR, clauses.ENVELOPE,
        "Requests to cancel, close and delete say what they mean: by Request/ID, or by a Payload.",
        "CancelEndDeviceControls has neither Request/ID nor Payload", OnMessage(_ids_or_payload),
    ),
    Rule(
        "message.ids-not-payload", Severity.NOTE, clauses.ENVELOPE,
        "Requests to cancel, close and delete list their objects in Request/ID, not in a Payload.",
        "CancelEndDeviceControls names its objects in Payload", OnMessage(_ids_not_payload),
    ),
    Rule(
        "message.payload-noun", Severity.ERROR, clauses.ENVELOPE,
        "The root element of the payload, packed or plain, is the noun.",
        "Payload holds EndDeviceEvents; the noun of the message is MeterReadings", OnMessage(_payload_noun),
    ),
    Rule(
        "message.inflates", Severity.ERROR, clauses.ENVELOPE,
        "Compressed is what Format says, usually gzip data as base64 text, and holds XML.",
        "Compressed is 'false'; it must be gzip data as base64 text (5 characters are no multiple of 4)",
        OnMessage(_inflates),
    ),
    Rule(
        "message.format-known", Severity.WARNING, clauses.ENVELOPE,
        f"Format is one of the words of the standard: {', '.join(FORMATS)}.",
        "Format is 'xml'", OnMessage(_format_known),
    ),
    Rule(
        "message.format-needs-compressed", Severity.NOTE, clauses.ENVELOPE,
        "Format says how Compressed is to be read; a plain payload needs none.",
        "Format stands beside a payload in plain XML", OnMessage(_format_needs_compressed),
    ),
    Rule(
        "message.period-once", Severity.NOTE, clauses.ENVELOPE,
        "A period is said once: in the request profile, which counts before StartTime and EndTime of Request.",
        "Request has a period of its own, and GetMeterReadings another one, which counts", OnMessage(_period_once),
    ),
)  # fmt: skip

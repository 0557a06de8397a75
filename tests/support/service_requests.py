"""MeterServiceRequests as clients write them, and as a test looks at what comes back."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from tests.support.in_process import InProcessHeadEnd
from tests.support.reply import Reply
from tests.support.soap_requests import BASE, MESSAGE, SOAP, Fields, envelope, header
from tests.support.wire_rules import WSDL_DIRECTORY

S = f"{{{BASE}/MeterServiceRequests#}}"
NOUN = "MeterServiceRequests"


def work(
    kind: str | None,
    meter: str | None = None,
    old: str | None = None,
    point: str | None = None,
    *,
    mrid: str | None = None,
    name: str | None = None,
    wanted: str | None = None,
    priority: str | None = None,
    status: str | None = None,
    customers: str = "",
) -> str:
    """One MeterServiceWork: meter, old meter and usage point by their names; wanted is a time of day or an instant."""
    if wanted is not None and len(wanted) == 5:
        wanted = f"2026-03-02T{wanted}:00Z"
    return (
        "<MeterServiceWork>"
        f"{_text('mRID', mrid)}{_text('kind', kind)}{_text('priority', priority)}{_text('requestDateTime', wanted)}"
        f"{customers}<Meter>{_named(meter)}</Meter>{_named(name)}"
        f"{'' if old is None else f'<OldMeter>{_named(old)}</OldMeter>'}"
        f"{'' if status is None else f'<status><value>{status}</value></status>'}"
        f"{'' if point is None else f'<UsagePoint>{_named(point)}</UsagePoint>'}"
        "</MeterServiceWork>"
    )


def service_requests(verb: str, works: str = "", *, ids: Iterable[str] = (), fields: Fields | None = None) -> bytes:
    """A message of the noun; `verb` as in the Header, such as create or changed."""
    operation = f"{verb.capitalize()}{NOUN}"
    named = "".join(f'<m:ID xmlns:m="{MESSAGE}">{escape(one)}</m:ID>' for one in ids)
    payload = f'<Payload><{NOUN} xmlns="{BASE}/{NOUN}#">{works}</{NOUN}></Payload>' if works or not named else ""
    return envelope(
        f'<{operation} xmlns="{BASE}/{NOUN}Message">{header(verb, NOUN, fields)}'
        f"{f'<Request>{named}</Request>' if named else ''}{payload}</{operation}>"
    )


def ask(
    head_end: InProcessHeadEnd, verb: str, works: str = "", *, ids: Iterable[str] = (), fields: Fields | None = None
) -> Reply:
    """Posts a message of the noun to the service that takes it."""
    service = "Receive" if verb.endswith("ed") else "Execute"
    return head_end.post(f"{service}{NOUN}", service_requests(verb, works, ids=ids, fields=fields))


def get_works(head_end: InProcessHeadEnd, profile: str = "", *, ids: Iterable[str] = ()) -> Reply:
    """GetMeterServiceRequests."""
    operation = f"Get{NOUN}"
    named = "".join(f"<ID>{escape(one)}</ID>" for one in ids)
    return head_end.post(
        operation,
        envelope(
            f'<{operation} xmlns="{BASE}/{operation}Message">{header("get", NOUN)}<Request>{named}'
            f'<{operation} xmlns="{BASE}/{operation}#">{profile}</{operation}></Request></{operation}>'
        ),
    )


@dataclass(frozen=True, slots=True)
class ReadingSeen:
    """One reading in a work."""

    element: str
    """Meter or OldMeter."""
    reason: str
    at: str
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class WorkSeen:
    """One MeterServiceWork."""

    mrid: str
    kind: str
    status: str
    remark: str | None
    readings: list[ReadingSeen]
    element: etree._Element

    def text(self, path: str) -> str | None:
        """The text below it, such as `Meter/Names/name`."""
        return self.element.findtext("/".join(f"{S}{part}" for part in path.split("/")))


@dataclass(frozen=True, slots=True)
class ToldWorks:
    """A message to whoever is told of works."""

    verb: str
    timestamp: str
    correlation_id: str | None
    message_id: str
    works: list[WorkSeen]


def works_in(payload: etree._Element) -> list[WorkSeen]:
    """The works of a MeterServiceRequests element."""
    return [_work(element) for element in payload.iterfind(f"{S}MeterServiceWork")]


def told_works(body: bytes) -> ToldWorks:
    """What a subscriber is sent, held to the contract."""
    (element,) = etree.fromstring(body).iterfind(f"{{{SOAP}}}Body/*")
    schema = etree.XMLSchema(file=str(WSDL_DIRECTORY / "xsd" / f"{NOUN}Message.xsd"))
    assert schema.validate(etree.ElementTree(element)), schema.error_log
    told = {str(child.tag).removeprefix(f"{{{MESSAGE}}}"): child.text or "" for child in element[0]}
    assert str(element.tag).endswith(f"}}{told['Verb'].capitalize()}{NOUN}")
    payload = element.find(f"{{*}}Payload/{S}{NOUN}")
    assert payload is not None
    return ToldWorks(told["Verb"], told["Timestamp"], told.get("CorrelationID"), told["MessageID"], works_in(payload))


def _work(element: etree._Element) -> WorkSeen:
    readings = [
        ReadingSeen(
            name,
            one.findtext(f"{S}reason") or "",
            one.findtext(f"{S}timeStamp") or "",
            one.find(f"{S}ReadingType").get("ref", ""),  # type: ignore[union-attr]  # the schema requires it
            one.findtext(f"{S}value") or "",
        )
        for name in ("OldMeter", "Meter")
        for one in element.iterfind(f"{S}{name}/{S}MeterReadings/{S}Readings")
    ]
    return WorkSeen(
        element.findtext(f"{S}mRID") or "",
        element.findtext(f"{S}kind") or "",
        element.findtext(f"{S}status/{S}value") or "",
        element.findtext(f"{S}status/{S}remark"),
        readings,
        element,
    )


def _named(name: str | None) -> str:
    return "" if name is None else f"<Names><name>{escape(name)}</name></Names>"


def _text(element: str, text: str | None) -> str:
    return "" if text is None else f"<{element}>{escape(text)}</{element}>"


def configure(head_end: InProcessHeadEnd, verb: str, noun: str, objects: str) -> Reply:
    """Master data that works are about, such as `<Meter>...` by create MeterConfig."""
    operation = f"{verb.capitalize()}{noun}"
    return head_end.post(
        f"Execute{noun}",
        envelope(
            f'<{operation} xmlns="{BASE}/{noun}Message">{header(verb, noun)}'
            f'<Payload><{noun} xmlns="{BASE}/{noun}#">{objects}</{noun}></Payload></{operation}>'
        ),
    )


def new_meter(head_end: InProcessHeadEnd, name: str) -> None:
    """A meter that hangs nowhere."""
    assert configure(head_end, "create", "MeterConfig", f"<Meter>{_named(name)}</Meter>").result == "OK"


def new_usage_point(head_end: InProcessHeadEnd, name: str) -> None:
    """A usage point without a meter."""
    point = f"<UsagePoint><isSdp>true</isSdp><isVirtual>false</isVirtual>{_named(name)}</UsagePoint>"
    assert configure(head_end, "create", "UsagePointConfig", point).result == "OK"

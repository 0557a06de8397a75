"""Requests as a client writes them: whole SOAP 1.1 messages as bytes.

Nothing here comes from the code under test: names, order and namespaces are spelled out as the contract has them.
"""

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
BASE = "http://iec.ch/TC57/2011"
MESSAGE = f"{BASE}/schema/message"

DISCONNECT = "3.31.0.23"
CONNECT = "3.31.0.18"
DISCONNECTED = "3.31.0.68"
CONNECTED = "3.31.0.42"
ENERGY = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
"""Forward active energy register in kWh."""
LOAD_PROFILE = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
"""Forward active energy of a quarter of an hour in Wh."""

HEADER_ORDER = (
    "Verb",
    "Noun",
    "Revision",
    "ReplayDetection",
    "Context",
    "Timestamp",
    "Source",
    "AsyncReplyFlag",
    "ReplyAddress",
    "AckRequired",
    "User",
    "MessageID",
    "CorrelationID",
    "Comment",
    "Property",
)

Fields = Mapping[str, "str | Mapping[str, str] | None"]
"""Header elements by name. A mapping is an element with children, None leaves one out that is there by default."""


def envelope(body: str, *, header: str = "") -> bytes:
    """A SOAP 1.1 message around the text of a body element; `header` is the text of a whole soap:Header."""
    return f'<soap:Envelope xmlns:soap="{SOAP}">{header}<soap:Body>{body}</soap:Body></soap:Envelope>'.encode()


def header(verb: str, noun: str, fields: Fields | None = None) -> str:
    """The message Header, in schema order; prefix m."""
    given: dict[str, str | Mapping[str, str] | None] = {"Verb": verb, "Noun": noun, **(fields or {})}
    unknown = set(given) - set(HEADER_ORDER)
    assert not unknown, f"the Header has no {unknown}"
    inside = "".join(_element("m", name, value) for name in HEADER_ORDER if (value := given.get(name)) is not None)
    return f'<Header xmlns:m="{MESSAGE}">{inside}</Header>'


def get_meter_readings(
    *meters: str,
    mrids: Iterable[str] = (),
    usage_points: Iterable[str] = (),
    reading_types: Iterable[str] = (),
    period: tuple[str, str] | None = None,
    profile: str = "",
    request: str = "",
    fields: Fields | None = None,
) -> bytes:
    """A GetMeterReadings message. `meters` and `usage_points` are names, `reading_types` mRIDs.

    period: start and end of a TimeSchedule. profile: more elements of the request profile, instead of all others.
    request: elements of Request that stand before the profile, such as StartTime.
    """
    parts = profile or "".join(
        [
            *(f"<EndDevice>{_name(name)}</EndDevice>" for name in meters),
            *(f"<EndDevice><mRID>{escape(mrid)}</mRID></EndDevice>" for mrid in mrids),
            *(f"<ReadingType><mRID>{escape(mrid)}</mRID></ReadingType>" for mrid in reading_types),
            _time_schedule(period),
            *(f"<UsagePoint>{_name(name)}</UsagePoint>" for name in usage_points),
        ]
    )
    return _get("MeterReadings", parts, request, fields)


def get_end_device_events(
    *meters: str,
    period: tuple[str, str] | None = None,
    profile: str = "",
    request: str = "",
    fields: Fields | None = None,
) -> bytes:
    """A GetEndDeviceEvents message for events of meters, by their names; all else as in get_meter_readings."""
    named = "".join(f"<Meter>{_name(name)}</Meter>" for name in meters)
    return _get("EndDeviceEvents", profile or named + _time_schedule(period), request, fields)


def request_option(name: str, value: str | None = None) -> str:
    """An Option of the Request."""
    given = "" if value is None else f"<m:value>{escape(value)}</m:value>"
    return f'<Option xmlns:m="{MESSAGE}"><m:name>{escape(name)}</m:name>{given}</Option>'


def request_id(text: str) -> str:
    """An ID of the Request: in a get request it has no attributes."""
    return f"<ID>{escape(text)}</ID>"


def create_end_device_controls(
    *meters: str, code: str = DISCONNECT, controls: str = "", fields: Fields | None = None
) -> bytes:
    """A CreateEndDeviceControls message: one control for meters by their names, or the text of other controls."""
    return envelope(
        f'<CreateEndDeviceControls xmlns="{BASE}/EndDeviceControlsMessage">'
        f"{header('create', 'EndDeviceControls', fields)}"
        f'<Payload><EndDeviceControls xmlns="{BASE}/EndDeviceControls#">{controls or control(*meters, code=code)}'
        "</EndDeviceControls></Payload></CreateEndDeviceControls>"
    )


def end_device_controls(
    verb: str, *, controls: str | None = None, ids: Iterable[str] = (), fields: Fields | None = None
) -> bytes:
    """A Change, Cancel, Close or Delete message for EndDeviceControls: by Request/ID, by a Payload, or both."""
    operation = f"{verb.capitalize()}EndDeviceControls"
    named = "".join(f'<m:ID xmlns:m="{MESSAGE}">{escape(one)}</m:ID>' for one in ids)
    payload = (
        ""
        if controls is None
        else f'<EndDeviceControls xmlns="{BASE}/EndDeviceControls#">{controls}</EndDeviceControls>'
    )
    return envelope(
        f'<{operation} xmlns="{BASE}/EndDeviceControlsMessage">{header(verb, "EndDeviceControls", fields)}'
        f"{f'<Request>{named}</Request>' if named else ''}{f'<Payload>{payload}</Payload>' if payload else ''}"
        f"</{operation}>"
    )


def get_end_device_controls(profile: str = "", request: str = "", fields: Fields | None = None) -> bytes:
    """A GetEndDeviceControls message; `profile` and `request` as in get_meter_readings."""
    return _get("EndDeviceControls", profile, request, fields)


def control(*meters: str, code: str = DISCONNECT, before: str = "", after: str = "") -> str:
    """One EndDeviceControl; `before` stands before its type, `after` behind its devices."""
    devices = "".join(f"<EndDevices>{_name(name)}</EndDevices>" for name in meters)
    return f'<EndDeviceControl>{before}<EndDeviceControlType ref="{escape(code)}"/>{devices}{after}</EndDeviceControl>'


def _get(noun: str, profile: str, request: str, fields: Fields | None) -> bytes:
    operation = f"Get{noun}"
    return envelope(
        f'<{operation} xmlns="{BASE}/{operation}Message">{header("get", noun, fields)}<Request>{request}'
        f'<{operation} xmlns="{BASE}/{operation}#">{profile}</{operation}></Request></{operation}>'
    )


def _time_schedule(period: tuple[str, str] | None) -> str:
    if period is None:
        return ""
    start, end = period
    interval = f"<end>{escape(end)}</end><start>{escape(start)}</start>"
    return f"<TimeSchedule><scheduleInterval>{interval}</scheduleInterval></TimeSchedule>"


def _name(name: str) -> str:
    return f"<Names><name>{escape(name)}</name></Names>"


def _element(prefix: str, name: str, value: str | Mapping[str, str]) -> str:
    inside = (
        escape(value)
        if isinstance(value, str)
        else "".join(_element(prefix, local, text) for local, text in value.items())
    )
    return f"<{prefix}:{name}>{inside}</{prefix}:{name}>"


def meter_read_schedule(
    operation: str,
    *meters: str,
    parts: str = "",
    times: str = "",
    reading_types: Iterable[str] = (),
    ids: Iterable[str] = (),
    fields: Fields | None = None,
) -> bytes:
    """A message about a MeterReadSchedule, such as Create or Canceled: for meters by their names, in the payload.

    parts: the text of other targets. times: that of TimeSchedules. ids: of Request/ID. Without meters and parts there
    is no payload.
    """
    verb = operation.lower()
    devices = "".join(f"<EndDevice>{_name(name)}</EndDevice>" for name in meters)
    types = "".join(f"<ReadingType><mRID>{escape(mrid)}</mRID></ReadingType>" for mrid in reading_types)
    inside = (parts if parts.startswith("<Customer") else "") + devices
    inside += ("" if parts.startswith(("<Customer", "<UsagePoint")) else parts) + types + times
    inside += parts if parts.startswith("<UsagePoint") else ""
    named = "".join(f"<m:ID>{escape(one)}</m:ID>" for one in ids)
    request = f'<Request xmlns:m="{MESSAGE}">{named}</Request>' if named else ""
    payload = f'<Payload><MeterReadSchedule xmlns="{BASE}/MeterReadSchedule#">{inside}</MeterReadSchedule></Payload>'
    return envelope(
        f'<{operation}MeterReadSchedule xmlns="{BASE}/MeterReadScheduleMessage">'
        f"{header(verb, 'MeterReadSchedule', fields)}{request}{payload if inside else ''}"
        f"</{operation}MeterReadSchedule>"
    )


def time_schedule(start: str = "", end: str = "", *, before: str = "", after: str = "") -> str:
    """A TimeSchedule; `before` stands before its scheduleInterval, such as a recurrence, `after` behind it."""
    interval = (f"<end>{end}</end>" if end else "") + (f"<start>{start}</start>" if start else "")
    return f"<TimeSchedule>{before}<scheduleInterval>{interval}</scheduleInterval>{after}</TimeSchedule>"


def get_meter_read_schedule(
    *meters: str, profile: str = "", ids: Iterable[str] = (), fields: Fields | None = None
) -> bytes:
    """A GetMeterReadSchedule message for schedules of meters, by their names; `profile` as in get_meter_readings."""
    named = "".join(f"<EndDevice>{_name(name)}</EndDevice>" for name in meters)
    request = "".join(f"<ID>{escape(one)}</ID>" for one in ids)
    return _get("MeterReadSchedule", profile or named, request, fields)


def created_end_device_events(
    *events: str, verb: str = "created", types: str = "", fields: Fields | None = None
) -> bytes:
    """What another system tells of events: CreatedEndDeviceEvents, or the message of another verb in the past tense."""
    operation = f"{verb.capitalize()}EndDeviceEvents"
    return envelope(
        f'<{operation} xmlns="{BASE}/EndDeviceEventsMessage">{header(verb, "EndDeviceEvents", fields)}'
        f'<Payload><EndDeviceEvents xmlns="{BASE}/EndDeviceEvents#">{"".join(events)}{types}'
        f"</EndDeviceEvents></Payload></{operation}>"
    )


def event(
    code: str,
    created: str,
    meter: str | None = None,
    *,
    mrid: str | None = None,
    usage_point: str | None = None,
    reason: str | None = None,
) -> str:
    """One EndDeviceEvent; meter and usage point by name."""
    return (
        f"<EndDeviceEvent>{_optional('mRID', mrid)}<createdDateTime>{created}</createdDateTime>"
        f"{_optional('reason', reason)}{'' if meter is None else f'<Assets>{_name(meter)}</Assets>'}"
        f'<EndDeviceEventType ref="{escape(code)}"/>'
        f"{'' if usage_point is None else f'<UsagePoint>{_name(usage_point)}</UsagePoint>'}</EndDeviceEvent>"
    )


def create_meter_readings(*readings: str, fields: Fields | None = None) -> bytes:
    """A CreateMeterReadings message: "read these now" in the early dialect."""
    return envelope(
        f'<CreateMeterReadings xmlns="{BASE}/MeterReadingsMessage">{header("create", "MeterReadings", fields)}'
        f'<Payload><MeterReadings xmlns="{BASE}/MeterReadings#">{"".join(readings)}</MeterReadings></Payload>'
        "</CreateMeterReadings>"
    )


def wanted_reading(
    meter: str | None = None,
    *,
    usage_point: str | None = None,
    types: Iterable[str] = (),
    period: tuple[str, str] | None = None,
) -> str:
    """One MeterReading of such a message."""
    read = "".join(f'<Readings><ReadingType ref="{escape(one)}"/></Readings>' for one in types)
    span = (
        "" if period is None else f"<valuesInterval><end>{period[1]}</end><start>{period[0]}</start></valuesInterval>"
    )
    return (
        f"<MeterReading>{'' if meter is None else f'<Meter>{_name(meter)}</Meter>'}"
        f"{read}"
        f"{'' if usage_point is None else f'<UsagePoint>{_name(usage_point)}</UsagePoint>'}{span}</MeterReading>"
    )


def _optional(local: str, text: str | None) -> str:
    return "" if text is None else f"<{local}>{escape(text)}</{local}>"

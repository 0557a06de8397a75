"""MeterReadSchedule: the payload read and written, and what a request names it by (61968-9:2013)."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from lxml import etree

from headend.messages.envelope import child, text
from headend.messages.references import (
    children,
    read_instant,
    read_period,
    read_references,
    read_request_period,
)
from headend.messages.request_parameters import read_request_ids, read_request_options
from headend.messages.xml_instants import instant_text
from headend.messages.xml_names import tag
from headend.operations.header import Header
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.schedules.find_schedules import ScheduleSelection
from headend.operations.schedules.list_schedules import MeterReadScheduleQuery
from headend.operations.schedules.recurrence import TimePoint, TimeSchedule
from headend.operations.schedules.schedule_definition import ScheduleDefinition

METER_READ_SCHEDULE = "http://iec.ch/TC57/2011/MeterReadSchedule#"


def read_schedule(body: etree._Element, zone: tzinfo) -> ScheduleDefinition | None:
    """The schedule in a valid request or event; None without a payload.

    zone: the fleet's, for instants without one. Raises Refusal (1.8) for a TimeSchedule that cannot be.
    """
    payload = child(body, "Payload")
    schedule = None if payload is None else child(payload, "MeterReadSchedule")
    return None if schedule is None else _read_definition(schedule, zone)


def read_selection(body: etree._Element, header: Header, zone: tzinfo) -> ScheduleSelection:
    """What a request or event names its schedules by."""
    return ScheduleSelection(
        ids=_read_ids(child(body, "Request")),
        definition=read_schedule(body, zone),
        source=header.source,
        correlation_id=header.correlation_id,
    )


def read_schedule_query(body: etree._Element, header: Header, zone: tzinfo) -> MeterReadScheduleQuery:
    """The query in a valid GetMeterReadSchedule message. Raises Refusal (1.8) for a period that ends before it starts.

    Periods of the profile come before those of the Request element around it.
    """
    request = child(body, "Request")
    profile = None if request is None else child(request, "GetMeterReadSchedule")
    if request is None or profile is None:
        raise AssertionError("the schema requires Request and GetMeterReadSchedule")
    spans = [child(schedule, "scheduleInterval") for schedule in children(profile, "TimeSchedule")]
    periods = [period for span in spans if (period := read_period(span, zone)) is not None]
    if not periods and (period := read_request_period(request, zone)) is not None:
        periods = [period]
    return MeterReadScheduleQuery(
        selection=_read_targets(profile),
        periods=tuple(periods),
        ids=_read_ids(request),
        source=header.source,
        options=read_request_options(request),
    )


def _read_ids(request: etree._Element | None) -> tuple[str, ...]:
    return () if request is None else tuple(filter(None, read_request_ids(request)))


def _read_targets(element: etree._Element) -> ScheduleDefinition:
    return ScheduleDefinition(
        end_devices=read_references(element, "EndDevice"),
        usage_points=read_references(element, "UsagePoint"),
        groups=read_references(element, "EndDeviceGroup", "UsagePointGroup"),
        customers=read_references(element, "CustomerAccount", "CustomerAgreement"),
        reading_types=read_references(element, "ReadingType"),
    )


def _read_definition(element: etree._Element, zone: tzinfo) -> ScheduleDefinition:
    targets = _read_targets(element)
    return ScheduleDefinition(
        end_devices=targets.end_devices,
        usage_points=targets.usage_points,
        groups=targets.groups,
        customers=targets.customers,
        reading_types=targets.reading_types,
        time_schedules=tuple(_read_time_schedule(one, zone) for one in children(element, "TimeSchedule")),
    )


def _read_time_schedule(element: etree._Element, zone: tzinfo) -> TimeSchedule:
    period = read_period(child(element, "scheduleInterval"), zone)
    pattern = text(element, "recurrencePattern")
    try:
        return TimeSchedule(
            start=None if period is None else period.start,
            end=None if period is None else period.end,
            period_s=_read_seconds(element, "recurrencePeriod"),
            pattern=None if pattern is None else pattern.casefold(),
            offset_s=_read_seconds(element, "offset"),
            disabled=text(element, "disabled") in ("true", "1"),
            points=tuple(_read_point(point, zone) for point in _in_sequence(children(element, "TimePoints"))),
        )
    except Refusal as refusal:
        (error,) = refusal.errors
        raise Refusal.because(error.code, f"line {element.sourceline}: {error.details}") from refusal


def _in_sequence(points: Iterable[etree._Element]) -> list[etree._Element]:
    return sorted(points, key=lambda point: int(text(point, "sequenceNumber") or 0))


def _read_point(element: etree._Element, zone: tzinfo) -> TimePoint:
    window = read_period(child(element, "window"), zone)
    return TimePoint(
        at=read_instant(element, "dateTime", zone) or (None if window is None else window.end),
        after_s=_read_seconds(element, "relativeTimeInterval"),
        window_start=None if window is None else window.start,
    )


def _read_seconds(element: etree._Element, local: str) -> int | None:
    """Whole seconds, although the type of the standard is a float. Raises Refusal (1.8)."""
    value = text(element, local)
    if value is None:
        return None
    seconds = float(value)
    if not seconds.is_integer() or abs(seconds) > 1e10:  # INF and NaN are no whole numbers either
        raise Refusal.because("1.8", f"a TimeSchedule has {local} {value!r}; it is a whole number of seconds")
    return int(seconds)


def schedule_element(definition: ScheduleDefinition, zone: tzinfo) -> etree._Element:
    """The MeterReadSchedule element, in the order of the profile; instants in `zone`, the fleet's."""
    root = etree.Element(tag(METER_READ_SCHEDULE, "MeterReadSchedule"), nsmap={None: METER_READ_SCHEDULE})  # type: ignore[dict-item]  # stubs do not know the default namespace
    _add_objects(root, "CustomerAccount", definition.customers)
    _add_objects(root, "CustomerAgreement", definition.customers)
    _add_objects(root, "EndDevice", definition.end_devices)
    _add_objects(root, "EndDeviceGroup", definition.groups)
    _add_objects(root, "ReadingType", definition.reading_types)
    for schedule in definition.time_schedules:
        _add_time_schedule(root, schedule, zone)
    _add_objects(root, "UsagePoint", definition.usage_points)
    _add_objects(root, "UsagePointGroup", definition.groups)
    return root


def _add_objects(root: etree._Element, object_type: str, references: Iterable[ObjectReference]) -> None:
    """Those of one class, as they were named."""
    for reference in references:
        if reference.object_type != object_type:
            continue
        element = _add(root, object_type)
        if reference.mrid is not None:
            _add(element, "mRID", reference.mrid)
        for name in reference.names:
            names = _add(element, "Names")
            _add(names, "name", name.name)
            if name.name_type is not None:
                name_type = _add(names, "NameType")
                _add(name_type, "name", name.name_type)
                if name.authority is not None:
                    _add(_add(name_type, "NameTypeAuthority"), "name", name.authority)


def _add_time_schedule(root: etree._Element, schedule: TimeSchedule, zone: tzinfo) -> None:
    element = _add(root, "TimeSchedule")
    if schedule.disabled:
        _add(element, "disabled", "true")
    for local, value in (
        ("offset", schedule.offset_s),
        ("recurrencePattern", schedule.pattern),
        ("recurrencePeriod", schedule.period_s),
    ):
        if value is not None:
            _add(element, local, str(value))
    interval = _add(element, "scheduleInterval")
    _add_instant(interval, "end", schedule.end, zone)
    _add_instant(interval, "start", schedule.start, zone)
    for number, point in enumerate(schedule.points, 1):
        made = _add(element, "TimePoints")
        _add_instant(made, "dateTime", point.at, zone)
        if point.after_s is not None:
            _add(made, "relativeTimeInterval", str(point.after_s))
        _add(made, "sequenceNumber", str(number))
        if point.window_start is not None:
            _add_instant(_add(made, "window"), "start", point.window_start, zone)


def _add_instant(parent: etree._Element, local: str, instant: datetime | None, zone: tzinfo) -> None:
    if instant is not None:
        _add(parent, local, instant_text(instant, zone))


def _add(parent: etree._Element, local: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, tag(METER_READ_SCHEDULE, local))
    element.text = text
    return element

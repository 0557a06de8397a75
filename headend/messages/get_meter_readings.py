"""GetMeterReadings: the request profile read (61968-9:2013, Annex J)."""

from datetime import tzinfo

from lxml import etree

from headend.messages.envelope import child, text
from headend.messages.references import (
    children,
    read_period,
    read_reference,
    read_references,
    read_request_period,
)
from headend.messages.request_parameters import read_request_ids, read_request_options
from headend.operations.readings.meter_readings_query import MeterReadingsQuery, Trigger
from headend.operations.readings.reading_times import ReadingFilter


def read_meter_readings_query(body: etree._Element, zone: tzinfo) -> MeterReadingsQuery:
    """The query in a valid GetMeterReadings message.

    zone: the fleet's, for instants without one. Periods of the profile (Reading, TimeSchedule) come before those of
    the Request element around it. Raises Refusal (1.8) for a period that ends before it starts.
    """
    request = child(body, "Request")
    profile = None if request is None else child(request, "GetMeterReadings")
    if request is None or profile is None:
        raise AssertionError("the schema requires Request and GetMeterReadings")
    readings = tuple(_read_filter(reading, zone) for reading in children(profile, "Reading"))
    schedules = (child(schedule, "scheduleInterval") for schedule in children(profile, "TimeSchedule"))
    periods = [period for span in schedules if (period := read_period(span, zone)) is not None]
    is_timed = bool(periods) or any(reading.period is not None for reading in readings)
    if not is_timed and (period := read_request_period(request, zone)) is not None:
        periods = [period]
    return MeterReadingsQuery(
        end_devices=read_references(profile, "EndDevice"),
        usage_points=read_references(profile, "UsagePoint"),
        groups=read_references(profile, "EndDeviceGroup", "UsagePointGroup", "TransformerTank"),
        reading_types=read_references(profile, "ReadingType"),
        readings=readings,
        periods=tuple(periods),
        qualities=tuple(
            read_reference(quality_type)
            for quality in children(profile, "ReadingQuality")
            for quality_type in children(quality, "ReadingQualityType")
        ),
        trigger=_read_trigger(child(profile, "MeterReadings"), zone),
        ids=read_request_ids(request),
        options=read_request_options(request),
    )


def _read_filter(reading: etree._Element, zone: tzinfo) -> ReadingFilter:
    return ReadingFilter(
        read_period(child(reading, "timePeriod"), zone), text(reading, "reason"), text(reading, "source")
    )


def _read_trigger(part: etree._Element | None, zone: tzinfo) -> Trigger | None:
    if part is None:
        return None
    is_trigger = text(part, "isCoincidentTrigger")
    reading = child(part, "Readings")
    return Trigger(
        is_trigger=None if is_trigger is None else is_trigger in ("true", "1"),
        meters=read_references(part, "Meter"),
        usage_points=read_references(part, "UsagePoint"),
        event_types=tuple(
            one for event in children(part, "EndDeviceEvents") for one in read_references(event, "EndDeviceEventType")
        ),
        reading_type=None if reading is None else next(iter(read_references(reading, "ReadingType")), None),
        reading=ReadingFilter() if reading is None else _read_filter(reading, zone),
    )

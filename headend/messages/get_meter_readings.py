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
from headend.operations.read_meters import MeterReadingsQuery


def read_meter_readings_query(body: etree._Element, zone: tzinfo) -> MeterReadingsQuery:
    """The query in a valid GetMeterReadings message.

    zone: the fleet's, for instants without one. Periods of the profile (Reading, TimeSchedule) come before those of
    the Request element around it. Raises Refusal (1.8) for a period that ends before it starts.
    """
    request = child(body, "Request")
    profile = None if request is None else child(request, "GetMeterReadings")
    if request is None or profile is None:
        raise AssertionError("the schema requires Request and GetMeterReadings")
    readings = list(children(profile, "Reading"))
    spans = [child(reading, "timePeriod") for reading in readings]
    spans += [child(schedule, "scheduleInterval") for schedule in children(profile, "TimeSchedule")]
    periods = [period for span in spans if (period := read_period(span, zone)) is not None]
    if not periods and (period := read_request_period(request, zone)) is not None:
        periods = [period]
    return MeterReadingsQuery(
        end_devices=read_references(profile, "EndDevice"),
        usage_points=read_references(profile, "UsagePoint"),
        groups=read_references(profile, "EndDeviceGroup", "UsagePointGroup", "TransformerTank"),
        reading_types=read_references(profile, "ReadingType"),
        periods=tuple(periods),
        reasons=frozenset(filter(None, (text(reading, "reason") for reading in readings))),
        sources=frozenset(filter(None, (text(reading, "source") for reading in readings))),
        qualities=tuple(
            read_reference(quality_type)
            for quality in children(profile, "ReadingQuality")
            for quality_type in children(quality, "ReadingQualityType")
        ),
        coincident=child(profile, "MeterReadings") is not None,
        options=read_option_names(request),
    )


def read_option_names(request: etree._Element) -> tuple[str, ...]:
    """Names of the Request's Options, for which the standard defines none."""
    return tuple(filter(None, (text(option, "name") for option in children(request, "Option"))))

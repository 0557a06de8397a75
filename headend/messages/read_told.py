"""From a message's elements to what it says.

Names are compared without their namespace, since systems of other dialects use others; values that no reader could make
sense of raise NotReadable.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from headend.messages.told import DeviceEvent, MeterReading, Moment, Reading, ReplyError

_TELLS_TIME = ".108.0"
"""How a reading type ends whose unit is an instant (Annex C, unit timeStamp)."""


class NotReadable(Exception):
    """A value in a message is none that anybody could make sense of; the message says which, and on which line."""


def device_events(message: etree._Element) -> tuple[DeviceEvent, ...]:
    """The events in the Payload of any message: a reply, or one that is published. Raises NotReadable."""
    return tuple(_event(element) for element in message.iterfind("{*}Payload/{*}EndDeviceEvents/{*}EndDeviceEvent"))


def meter_readings(message: etree._Element) -> tuple[MeterReading, ...]:
    """The readings in the Payload of any message, meter by meter. Raises NotReadable."""
    return tuple(_meter_reading(element) for element in message.iterfind("{*}Payload/{*}MeterReadings/{*}MeterReading"))


def reply_result(message: etree._Element) -> str | None:
    """OK, PARTIAL or FAILED; None for a message without Reply."""
    return text_at(message.find("{*}Reply"), "Result")


def reply_errors(message: etree._Element) -> tuple[ReplyError, ...]:
    """The Errors of a message's Reply, in its order."""
    return tuple(_error(element) for element in message.iterfind("{*}Reply/{*}Error"))


def _error(element: etree._Element) -> ReplyError:
    return ReplyError(
        code=text_at(element, "code") or "",
        level=text_at(element, "level"),
        reason=text_at(element, "reason"),
        details=text_at(element, "details"),
        object_id=text_at(element, "ID"),
    )


def _meter_reading(element: etree._Element) -> MeterReading:
    meter, usage_point = element.find("{*}Meter"), element.find("{*}UsagePoint")
    values = list(_readings(element))
    return MeterReading(
        mrid=text_at(meter, "mRID"),
        name=text_at(meter, "Names/{*}name"),
        usage_point_mrid=text_at(usage_point, "mRID"),
        usage_point_name=text_at(usage_point, "Names/{*}name"),
        readings=tuple(value for value in values if isinstance(value, Reading)),
        moments=tuple(value for value in values if isinstance(value, Moment)),
    )


def _readings(meter: etree._Element) -> Iterator[Reading | Moment]:
    for block in meter.iterfind("{*}IntervalBlocks"):
        reading_type = _ref(block, "ReadingType")
        for reading in block.iterfind("{*}IntervalReadings"):
            yield _reading(reading, reading_type, True)
    for reading in meter.iterfind("{*}Readings"):
        yield _reading(reading, _ref(reading, "ReadingType"), False)


def _reading(element: etree._Element, reading_type: str, is_interval: bool) -> Reading | Moment:
    # Walked and not searched for: there may be a hundred thousand readings, and every search costs a path.
    texts = {child.tag.rpartition("}")[2]: child.text for child in element}
    stamp, value = texts.get("timeStamp"), texts.get("value")
    if not stamp or not value:
        raise NotReadable(f"line {element.sourceline}: a reading of {reading_type} has no timeStamp or no value")
    if reading_type.endswith(_TELLS_TIME):
        return Moment(reading_type, instant_of(stamp.strip()), instant_of(value.strip()))
    try:
        number = Decimal(value.strip())
    except InvalidOperation as error:
        raise NotReadable(f"line {element.sourceline}: value {value!r} of a reading is no number") from error
    if not number.is_finite():
        raise NotReadable(f"line {element.sourceline}: value {value!r} of a reading is not finite")
    qualities: tuple[str, ...] = ()
    if "ReadingQualities" in texts:
        qualities = tuple(_ref(quality, "ReadingQualityType") for quality in element.iterfind("{*}ReadingQualities"))
    return Reading(reading_type, instant_of(stamp.strip()), number, is_interval, qualities)


def _event(element: etree._Element) -> DeviceEvent:
    created = text_at(element, "createdDateTime")
    if created is None:
        raise NotReadable(f"line {element.sourceline}: an EndDeviceEvent has no createdDateTime")
    device, usage_point = element.find("{*}Assets"), element.find("{*}UsagePoint")
    return DeviceEvent(
        mrid=text_at(element, "mRID"),
        created=instant_of(created),
        type_code=_ref(element, "EndDeviceEventType"),
        device_mrid=text_at(device, "mRID"),
        device_name=text_at(device, "Names/{*}name"),
        usage_point_mrid=text_at(usage_point, "mRID"),
        issuer_id=text_at(element, "issuerID"),
        issuer_tracking_id=text_at(element, "issuerTrackingID"),
        reason=text_at(element, "reason"),
        severity=text_at(element, "severity"),
        details=tuple(
            (text_at(detail, "name") or "", text_at(detail, "value") or "")
            for detail in element.iterfind("{*}EndDeviceEventDetails")
        ),
    )


def _ref(parent: etree._Element, local: str) -> str:
    element = parent.find(f"{{*}}{local}")
    return "" if element is None else element.get("ref", "")


def text_at(parent: etree._Element | None, path: str) -> str | None:
    """The text of the first descendant at a path of local names, trimmed; None where there is none, or it is empty."""
    return None if parent is None else (parent.findtext(f"{{*}}{path}") or "").strip() or None


def instant_of(text: str) -> datetime:
    """An xs:dateTime; one without a zone counts as UTC, as nothing in the message says otherwise."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotReadable(f"{text!r} is no instant that can be read: {error}") from error
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)

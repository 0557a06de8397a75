"""What can be said of reading types, qualities and event types by the tables of the standard, and of local days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.cim.code_tables import codes
from simulator.cim.end_device_event_type import EndDeviceEventType, InvalidEventType
from simulator.cim.reading_type import InvalidReadingType, ReadingType


def reading_type_problem(mrid: str) -> str | None:
    """Why a text is no reading type (Annex C); None where it is one."""
    try:
        ReadingType.parse(mrid)
    except InvalidReadingType as error:
        return str(error)
    return None


def event_type_problem(code: str) -> str | None:
    """Why a text is no type of event (Annex E); None where it is one."""
    try:
        EndDeviceEventType.parse(code)
    except InvalidEventType as error:
        return str(error)
    return None


def quality_problem(code: str) -> str | None:
    """Why a text is no quality (Annex D: system, category, index); None where it is one.

    An index that no list names is none of it: systems have indices of their own.
    """
    parts = code.split(".")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return f"{code!r} is not three numbers such as 2.5.256"
    system, category, _index = map(int, parts)
    if system not in codes("quality-system"):
        return f"{code}: table quality-system does not list {system}"
    if category not in codes("quality-category"):
        return f"{code}: table quality-category does not list {category}"
    return None


def interval_length(reading_type: str) -> timedelta | None:
    """How long the intervals of a reading type are; None where it says none."""
    try:
        seconds = ReadingType.parse(reading_type).interval_s
    except InvalidReadingType:
        return None
    return None if seconds is None else timedelta(seconds=seconds)


def scale(reading_type: str) -> int:
    """The decimal exponent of its multiplier: 3 of kWh, 0 of Wh."""
    return ReadingType.parse(reading_type).multiplier


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins; aware, UTC."""
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


def day_length(day: date, zone: ZoneInfo) -> timedelta:
    """23, 24 or 25 hours."""
    return local_midnight(day + timedelta(days=1), zone) - local_midnight(day, zone)


def days_of_change(before: datetime, zone: ZoneInfo, days: int = 400) -> list[date]:
    """The local days before an instant that are not 24 hours long, the latest first."""
    today = before.astimezone(zone).date()
    past = (today - timedelta(days=back) for back in range(2, days))
    return [day for day in past if day_length(day, zone) != timedelta(days=1)]

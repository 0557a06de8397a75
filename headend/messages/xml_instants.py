"""Instants on the wire: xs:dateTime out, always with its zone, and in, tolerant of one that has none.

One spelling an instant: `Z` where the zone never leaves UTC, the offset of that moment everywhere else,
`+00:00` of a London winter included. So all instants of one zone are equally long, which the bulk writer
relies on.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from operator import index
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

_DAY_S = 86_400
_FEW = 4  # up to so many instants the array form saves nothing
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A day inside the years that datetime knows, so that no offset can push the local time out of them.
_FIRST_S = round((datetime(1, 1, 2, tzinfo=UTC) - _EPOCH).total_seconds())
_LAST_S = round((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds()) - 1

FIRST_INSTANT = _EPOCH + timedelta(seconds=_FIRST_S)
LAST_INSTANT = _EPOCH + timedelta(seconds=_LAST_S)
"""What `instant_text` can write in every zone."""

_DATE_TIME = re.compile(
    r"(?P<year>-?[0-9]{4,})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?"
)
_WHITESPACE = " \t\r\n"  # what XML Schema collapses around a value; str.strip() alone would take more
_WIDEST_OFFSET = timedelta(hours=14)


def instant_text(instant: datetime | SupportsIndex, zone: tzinfo) -> str:
    """One instant as `zone` spells it, such as `2026-11-22T01:15:00+01:00`, with a fraction only if it has one.

    instant: aware, or seconds since the epoch. Raises ValueError for a naive datetime, and for an instant
    that is not between 0001-01-02 and 9999-12-30 (UTC).
    """
    if not isinstance(instant, datetime):
        instant = _EPOCH + timedelta(seconds=_within_years(index(instant)))
    elif instant.tzinfo is None:
        raise ValueError(f"an instant needs a time zone, {instant.isoformat()} has none")
    elif not FIRST_INSTANT <= instant <= LAST_INSTANT:
        _within_years(_seconds(instant))
    return _text(instant.astimezone(UTC), zone)


def instant_texts(stamps: NDArray[np.int64], zone: tzinfo) -> NDArray[np.bytes_]:
    """`instant_text` of many instants at once, as ASCII of one length.

    stamps: (stamps,) seconds since the epoch, in any order. Raises ValueError as `instant_text` does.
    """
    if not stamps.size:
        return np.empty(0, dtype="S20")
    _within_years(int(stamps.min()))
    _within_years(int(stamps.max()))
    if stamps.size <= _FEW:
        return np.array([instant_text(stamp, zone) for stamp in stamps.tolist()], dtype=np.bytes_)
    offsets_s = _offsets_s(stamps, zone)
    offset_texts = {int(offset_s): _offset_text(int(offset_s), zone) for offset_s in np.unique(offsets_s)}
    width = max(map(len, offset_texts.values()))
    texts = np.empty(stamps.shape, dtype=[("local", "S19"), ("offset", f"S{width}")])
    texts["local"] = (stamps + offsets_s).astype("datetime64[s]")
    for offset_s, text in offset_texts.items():
        texts["offset"][offsets_s == offset_s] = text.encode()
    return texts.view(f"S{19 + width}")


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """An xs:dateTime as an aware instant in UTC; digits beyond the microsecond are cut off.

    zone: taken for a value without one. Of a local time that the clocks pass twice the first is meant; one
    that they skip is read with the offset before the change, so 02:30 of a spring night is 03:30. Raises
    ValueError, with the part that is wrong.
    """
    match = _DATE_TIME.fullmatch(text.strip(_WHITESPACE))
    if match is None:
        raise ValueError(
            f"{text!r} is no xs:dateTime: expected a form such as 2026-11-22T00:15:00Z or 2026-11-22T01:15:00+01:00"
        )
    year, month, day, hour, minute, second = (
        int(match[part]) for part in ("year", "month", "day", "hour", "minute", "second")
    )
    microsecond = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    # The end of a day may be spelled 24:00:00 (XML Schema part 2, 3.2.7); it is the next day's start.
    is_end_of_day = (hour, minute, second, int(match["fraction"] or 0)) == (24, 0, 0, 0)
    try:
        written_zone = zone if match["zone"] is None else _parse_offset(match["zone"])
        local = datetime(year, month, day, 0 if is_end_of_day else hour, minute, second, microsecond, written_zone)
        # A day of the calendar, whatever its hours: arithmetic within one zone is that of its clocks.
        return (local + timedelta(days=is_end_of_day)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is no instant that can be handled: the year leaves 0001 to 9999") from error
    except ValueError as error:
        raise ValueError(f"{text!r} is no xs:dateTime: {error}") from error


@lru_cache(maxsize=1024)
def _text(instant: datetime, zone: tzinfo) -> str:
    """instant: in UTC, where no two are equal that are not the same. Much of what happens happens at one instant."""
    offset_s = _offset_s(instant, zone)
    local = instant.replace(tzinfo=None) + timedelta(seconds=offset_s)
    text = local.isoformat()
    # isoformat writes no fraction where there is none, and else six digits.
    return f"{text.rstrip('0') if local.microsecond else text}{_offset_text(offset_s, zone)}"


def _parse_offset(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    offset = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or offset > _WIDEST_OFFSET:
        raise ValueError(f"the zone {text} is not between -14:00 and +14:00")
    return timezone(-offset if text[0] == "-" else offset)


def _offsets_s(stamps: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """The offset of each stamp: a zone is asked twice a day, and for every stamp of a day where it changes.

    No zone changes its offset and back again within one day of UTC, so equal ends mean a constant day.
    """
    days, which = np.unique(stamps // _DAY_S, return_inverse=True)
    starts = np.array([_offset_of_stamp_s(int(day) * _DAY_S, zone) for day in days], dtype=np.int64)
    ends = np.array([_offset_of_stamp_s((int(day) + 1) * _DAY_S, zone) for day in days], dtype=np.int64)
    offsets_s = starts[which]
    for position in np.flatnonzero((starts != ends)[which]):
        offsets_s[position] = _offset_of_stamp_s(int(stamps[position]), zone)
    return offsets_s


def _offset_of_stamp_s(stamp: int, zone: tzinfo) -> int:
    return _offset_s(_EPOCH + timedelta(seconds=stamp), zone)


def _offset_s(instant: datetime, zone: tzinfo) -> int:
    """Seconds east of UTC, in whole minutes: xs:dateTime knows no others, and the local mean times of old do.

    Raises ValueError for a zone that gives no offset at all.
    """
    offset = instant.astimezone(zone).utcoffset()
    if offset is None:
        raise ValueError(f"{zone} gives no offset from UTC")
    return offset // timedelta(minutes=1) * 60


def _offset_text(offset_s: int, zone: tzinfo) -> str:
    # A zone that has had one offset only tells it without being asked for an instant.
    if offset_s == 0 and zone.utcoffset(None) == timedelta(0):
        return "Z"
    hours, minutes = divmod(abs(offset_s) // 60, 60)
    return f"{'-' if offset_s < 0 else '+'}{hours:02d}:{minutes:02d}"


def _seconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(seconds=1)


def _within_years(stamp: int) -> int:
    if not _FIRST_S <= stamp <= _LAST_S:
        raise ValueError(
            f"the instant {stamp} s from 1970-01-01T00:00:00Z is not between the years 0001 and 9999, "
            "which a message can carry"
        )
    return stamp

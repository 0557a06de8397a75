"""What a get request selects: whose readings or events, of which types, over which periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from headend.lint.elements import child, children, local, text
from headend.lint.finding import Side, Where
from headend.lint.instants import read_instant
from headend.lint.meter_reading import reading_type_text
from headend.lint.named_object import NamedObject, read_named

_ONE_BY_ONE = frozenset({"EndDevice", "Meter", "UsagePoint"})
_NO_TARGETS = frozenset(
    {
        "ReadingType",
        "TimeSchedule",
        "Reading",
        "ReadingQuality",
        "EndDeviceEventType",
        "EndDeviceEvent",
        "MeterReadings",
    }
)
_NOWHERE = Where(0, Side.REQUEST, "", None)

Period = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """The selection of a request profile."""

    targets: tuple[NamedObject, ...] = ()
    """Meters and usage points that are asked for one by one."""
    asks_for_groups: bool = False
    """Whether anything else is asked for, such as groups: then nobody can tell who has to be in the answer."""
    reading_types: tuple[str, ...] = ()
    trigger_types: tuple[str, ...] = ()
    """Of values that say when to read: they come along with what is read then."""
    event_types: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    """Start and end of each; None: open."""
    chooses_values: bool = False
    """Whether only values with some quality, reason or source are wanted: then what is between them is not missing."""

    @property
    def says_who(self) -> bool:
        """Whether the answer's meters follow from the request alone."""
        return bool(self.targets) and not self.asks_for_groups

    def has_instant(self, instant: datetime, *, with_start: bool) -> bool:
        """Whether an instant is in a period; a period contains its end, and its start only `with_start`."""
        return any(
            (start is None or instant > start or (with_start and instant == start)) and (end is None or instant <= end)
            for start, end in self.periods
        )

    def has_span(self, first: datetime, last: datetime, *, with_start: bool) -> bool:
        """Whether two instants, and so all between them, are in one period."""
        return any(
            (start is None or first > start or (with_start and first == start)) and (end is None or last <= end)
            for start, end in self.periods
        )


def read_asked(request: etree._Element | None) -> Asked:
    """The selection in an element Request; nothing where there is no request profile."""
    profile = None
    if request is not None:
        profile = next((one for one in request if local(one).startswith("Get")), None)
    if request is None or profile is None:
        return Asked()
    targets: list[NamedObject] = []
    types: list[str] = []
    triggers: list[str] = []
    events: list[str] = []
    asks_for_groups = chooses_values = False
    periods: list[Period] = []
    for one in profile:
        name = local(one)
        if name in _ONE_BY_ONE:
            targets.append(read_named(one, name, lambda: _NOWHERE))
        elif name == "ReadingType":
            types += filter(None, (reading_type_text(one),))
        elif name == "EndDeviceEventType":
            events += filter(None, (text(one, "mRID"),))
        elif name == "TimeSchedule":
            periods += (_period(each, "start", "end") for each in children(one, "scheduleInterval"))
        elif name == "ReadingQuality":
            chooses_values = True
        elif name == "Reading":
            chooses_values = chooses_values or any(child(one, each) is not None for each in ("reason", "source"))
            periods += (_period(each, "start", "end") for each in children(one, "timePeriod"))
        if name not in _ONE_BY_ONE | _NO_TARGETS:
            asks_for_groups = True
        if name == "MeterReadings":
            # Readings at a trigger: it comes along with what is read there.
            readings = children(one, "Readings")
            triggers += filter(None, (text(child(each, "ReadingType"), "mRID") for each in readings))
            asks_for_groups = asks_for_groups or any(child(one, each) is not None for each in ("Meter", "UsagePoint"))
    if not periods and (child(request, "StartTime") is not None or child(request, "EndTime") is not None):
        periods.append(_period(request, "StartTime", "EndTime"))
    return Asked(
        targets=tuple(targets),
        asks_for_groups=asks_for_groups,
        reading_types=tuple(types),
        trigger_types=tuple(triggers),
        event_types=tuple(events),
        periods=tuple(periods),
        chooses_values=chooses_values,
    )


def _period(element: etree._Element, start: str, end: str) -> Period:
    return read_instant(text(element, start) or "")[0], read_instant(text(element, end) or "")[0]

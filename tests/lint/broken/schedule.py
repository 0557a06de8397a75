"""What breaks the rules on MeterReadSchedules and the readings that come of them."""

from tests.lint.exchanges import (
    METER,
    OTHER,
    Case,
    Entry,
    of_meter,
    quarters,
    readings,
    register,
    scheduled,
    told_readings,
)
from tests.support.soap_requests import LOAD_PROFILE, time_schedule


def _recurring(text: str, end: str = "") -> Entry:
    return scheduled(times=time_schedule("2026-03-02T00:00:00Z" if end else "", end, before=text))


def _came(inside: str, meter: str = METER) -> Entry:
    return told_readings(readings(of_meter(inside, meter)), number=2, correlation="c-1")


_PERIOD = "<recurrencePeriod>3600</recurrencePeriod>"
_PATTERN = "<recurrencePattern>daily</recurrencePattern>"
_SCHEDULED = scheduled(reading_types=[LOAD_PROFILE])

CASES = {
    "schedule.has-targets": Case([scheduled()], [scheduled(meters=())]),
    "schedule.recurs": Case([_recurring(_PERIOD)], [_recurring("<recurrencePeriod>0</recurrencePeriod>")]),
    "schedule.recurs-once": Case([_recurring(_PERIOD)], [_recurring(_PATTERN + _PERIOD)]),
    "schedule.not-over": Case(
        [_recurring(_PATTERN, "2026-03-09T00:00:00Z")], [_recurring(_PATTERN, "2026-03-02T11:00:00Z")]
    ),
    "schedule.of-scheduled-meter": Case(
        [_SCHEDULED, _came(quarters("11:00"))], [_SCHEDULED, _came(quarters("11:00"), OTHER)]
    ),
    "schedule.of-scheduled-type": Case([_SCHEDULED, _came(quarters("11:00"))], [_SCHEDULED, _came(register())]),
}

"""What breaks the rules on MeterReadings."""

from tests.lint.exchanges import (
    HOUR,
    METER,
    OTHER,
    Case,
    Entry,
    error,
    named,
    of_meter,
    quarters,
    read,
    readings,
    register,
    result,
    spoiled,
    told_readings,
)
from tests.support.soap_requests import ENERGY, LOAD_PROFILE

_READ = read()
_TOLD = told_readings(readings(of_meter(quarters(*HOUR) + register())))


def _told(inside: str) -> Entry:
    return told_readings(readings(of_meter(inside)))


def _silent(said: str) -> Entry:
    """An answer in which M00000004 is an Error, whose ID says so."""
    silent = error("5.3", "WARNING", said).replace("why", "M00000004 gave no answer")
    return read(meters=(METER, "M00000004"), reply=result("PARTIAL", silent, error("0.2", "INFORM")))


CASES = {
    "reading.type-decodable": Case([_TOLD], [_told(register(kind="0.0.0.1.1.1.12"))]),
    "reading.unit-fits": Case([_TOLD], [_told(register(kind=ENERGY.replace("3.72.0", "3.29.0")))]),
    "reading.type-given": Case([_TOLD], [_told(quarters(*HOUR).replace(f' ref="{LOAD_PROFILE}"', ""))]),
    "reading.interval-type": Case([_TOLD], [_told(quarters(*HOUR, kind=ENERGY))]),
    "reading.whose": Case([_TOLD], [spoiled(_TOLD, request=(named("Meter", METER), ""))]),
    "reading.stamped": Case(
        [_TOLD], [_told(quarters(*HOUR).replace("<timeStamp>2026-03-02T11:00:00Z</timeStamp>", ""))]
    ),
    "reading.not-ahead": Case([_TOLD], [_told(register(stamp="13:00"))]),
    "reading.reported-after": Case(
        [_told(register(before="<reportedDateTime>2026-03-02T11:00:00Z</reportedDateTime>", stamp="10:30"))],
        [_told(register(before="<reportedDateTime>2026-03-02T10:00:00Z</reportedDateTime>", stamp="10:30"))],
    ),
    "reading.in-values-interval": Case(
        [told_readings(readings(of_meter(quarters(*HOUR), interval=("10:00", "11:00"))))],
        [told_readings(readings(of_meter(quarters(*HOUR, "11:15"), interval=("10:00", "11:00"))))],
    ),
    "reading.in-period": Case([_READ], [read(readings(of_meter(quarters(*HOUR, "11:15"))))]),
    "reading.type-asked": Case(
        [read(reading_types=[LOAD_PROFILE])],
        [read(reading_types=[ENERGY])],
    ),
    "reading.answered": Case(
        [
            read(
                meters=(METER, "M00000004"),
                reply=result("PARTIAL", error("5.3", "WARNING", "M00000004"), error("0.2", "INFORM")),
            )
        ],
        [read(meters=(METER, "M00000004"))],
    ),
    "reading.called-as-asked": Case([_silent("M00000004")], [_silent("d7d81100-b626-8001-9fb5-000000000004")]),
    "reading.not-asked": Case([_READ], [read(readings(of_meter(quarters(*HOUR)), of_meter(quarters(*HOUR), OTHER)))]),
}

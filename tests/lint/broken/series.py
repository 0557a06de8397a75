"""What breaks the rules on values, each by itself and in their order."""

from tests.lint.exchanges import (
    HOUR,
    Case,
    Entry,
    error,
    of_meter,
    quarters,
    read,
    readings,
    register,
    result,
    told_readings,
)
from tests.support.soap_requests import LOAD_PROFILE

_GAP = ("10:15", "10:30", "10:45", "11:15")


def _told(inside: str, number: int = 1) -> Entry:
    return told_readings(readings(of_meter(inside)), number=number)


_GOOD = _told(quarters(*HOUR) + register())
_DAY = ("2026-03-02T10:00:00Z", "2026-03-02T12:00:00Z")


def _read(*stamps: str, reply: str) -> Entry:
    return read(readings(of_meter(quarters(*stamps))), period=_DAY, reply=reply)


_FULL = told_readings(readings(of_meter(register("99999.5") + register("3.5", "11:00"), "M00000007")), number=2)

_HALF_HOUR = LOAD_PROFILE.replace("0.0.2.4", "0.0.5.4")

CASES = {
    "value.number": Case([_GOOD], [_told(quarters("11:00", value="12,5"))]),
    "value.given": Case([_told(quarters("11:00", value="", quality="2.5.259"))], [_told(quarters("11:00", value=""))]),
    "value.plausible": Case([_GOOD], [_told(quarters("11:00", value="1.2e9"))]),
    "value.not-negative": Case([_GOOD], [_told(quarters("11:00", value="-12"))]),
    "value.quality-known": Case(
        [_told(quarters("11:00", quality="2.5.256 3.8.77"))], [_told(quarters("11:00", quality="2.5.299"))]
    ),
    "value.quality-agrees": Case(
        [_told(quarters("11:00", quality="2.0.0"))], [_told(quarters("11:00", quality="2.0.0 2.5.256"))]
    ),
    "series.ascending": Case([_GOOD], [_told(quarters("10:45", "11:15", "11:00"))]),
    "series.no-duplicates": Case([_GOOD], [_told(quarters("10:45", "11:00", "11:00"))]),
    "series.no-overlap": Case([_GOOD], [_told(quarters("10:45", "11:00", kind=_HALF_HOUR))]),
    "series.aligned": Case([_GOOD], [_told(quarters("11:07"))]),
    "series.gap-told": Case(
        [_read(*_GAP, reply=result("PARTIAL", error("5.7", "WARNING", "M00000003"), error("0.2", "INFORM")))],
        [_read(*_GAP, reply=result("OK"))],
    ),
    "series.no-gap": Case([_GOOD], [_told(quarters(*_GAP))]),
    "series.register-ascends": Case(
        [
            _told(register("100.5") + register("101.5", "11:00")),
            _FULL,
        ],
        [_told(register("100.5") + register("90.5", "11:00"))],
    ),
    "series.register-ascends-over-run": Case(
        [_told(register("100.5")), _told(register("101.5", "11:00"), 2), _told(register("100.5"), 3)],
        [_told(register("100.5")), _told(register("90.5", "11:00"), 2)],
    ),
}

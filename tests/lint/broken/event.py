"""What breaks the rules on EndDeviceEvents."""

from tests.lint.exchanges import (
    DISCONNECTED,
    FAILED_POWER,
    METER,
    OTHER,
    STAMP,
    Case,
    Entry,
    asked_events,
    control,
    of_meter,
    quarters,
    readings,
    spoiled,
    told_events,
    told_readings,
)
from tests.support.soap_requests import control as control_text
from tests.support.soap_requests import event

_MRID = "6b0c1a39-5f7a-4c58-9f0a-0a4f5a8a2a01"
_EARLIER = "2026-03-02T11:00:00Z"
_ASKED = asked_events(event(DISCONNECTED, "2026-03-02T10:30:00Z", METER))
_FILTER = (
    "<EndDeviceEventType><mRID>3.31.0.0</mRID></EndDeviceEventType><Meter><Names><name>M00000003</name></Names></Meter>"
)


def _told(
    code: str, created: str = STAMP, meter: str | None = METER, number: int = 1, mrid: str | None = None
) -> Entry:
    return told_events(event(code, created, meter, mrid=mrid), number=number)


def _outcome(code: str = DISCONNECTED, meter: str = METER, tracking_id: str | None = None) -> Entry:
    text = event(code, STAMP, meter)
    if tracking_id is not None:
        text = text.replace(
            "</createdDateTime>", f"</createdDateTime><issuerTrackingID>{tracking_id}</issuerTrackingID>"
        )
    return told_events(text, number=2, correlation="c-1")


_TRACKED = control(control_text(METER, before="<issuerTrackingID>order 4</issuerTrackingID>"))
_MEASURES = told_readings(readings(of_meter(quarters("11:00"))))

CASES = {
    "event.type-known": Case([_told(DISCONNECTED)], [_told("3.31.0.999")]),
    "event.type-listed": Case([_told(DISCONNECTED)], [_told("3.31.0.57")]),
    "event.not-first-edition": Case([_told("3.12.0.257")], [_told("3.33.1.257")]),
    "event.type-fits": Case([_told("3.26.38.223")], [_told("4.26.38.223")]),
    "event.whose": Case([_told(FAILED_POWER)], [_told(FAILED_POWER, meter=None)]),
    "event.not-ahead": Case([_told(FAILED_POWER)], [_told(FAILED_POWER, "2026-03-02T13:00:00Z")]),
    "event.in-period": Case(
        [_ASKED],
        [
            spoiled(
                asked_events(event(DISCONNECTED, "2026-03-02T11:00:00Z", METER)), request=("T11:00:00Z", "T10:45:00Z")
            )
        ],
    ),
    "event.of-asked-device": Case([_ASKED], [asked_events(event(DISCONNECTED, "2026-03-02T10:30:00Z", OTHER))]),
    "event.of-asked-type": Case(
        [asked_events(event(DISCONNECTED, STAMP, METER), profile=_FILTER)],
        [asked_events(event(FAILED_POWER, STAMP, METER), profile=_FILTER)],
    ),
    "event.oldest-first": Case(
        [_ASKED],
        [asked_events(event(DISCONNECTED, _EARLIER, METER), event(DISCONNECTED, "2026-03-02T10:00:00Z", METER))],
    ),
    "event.mrid-unique": Case(
        [_told(FAILED_POWER, _EARLIER, mrid=_MRID), _told(FAILED_POWER, _EARLIER, mrid=_MRID, number=2)],
        [_told(FAILED_POWER, _EARLIER, mrid=_MRID), _told("3.26.0.216", _EARLIER, mrid=_MRID, number=2)],
    ),
    "event.of-device-kind": Case(
        [_MEASURES, _told(FAILED_POWER, number=2)], [_MEASURES, _told("4.12.0.257", number=2)]
    ),
    "event.outcome": Case([control(), _outcome()], [control(), _outcome(FAILED_POWER)]),
    "event.of-commanded-device": Case([control(), _outcome()], [control(), _outcome(meter=OTHER)]),
    "event.tracking-echoed": Case([_TRACKED, _outcome(tracking_id="order 4")], [_TRACKED, _outcome()]),
}

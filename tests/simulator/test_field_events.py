"""Events of the field as arrays: order, what is one event, and what a period or a pattern selects."""

import numpy as np
import pytest

from simulator.cim.end_device_event_type import EndDeviceEventType
from simulator.field_events import EventCause, FieldEvents

LOSS, RESTORATION, TAMPER = (
    EndDeviceEventType.parse(code).number for code in ("3.26.0.85", "3.26.0.216", "3.12.0.257")
)


def _told(events: FieldEvents) -> list[tuple[int, int, int]]:
    return list(zip(events.instants.tolist(), events.meters.tolist(), events.types.tolist(), strict=True))


def test_a_type_number_is_the_code_with_three_digits_a_part() -> None:
    assert LOSS == 3_026_000_085


@pytest.mark.parametrize("code", ["3.26.0.85", "24.5.0.216", "58.41.300.303"])
def test_a_type_number_leads_back_to_the_code(code: str) -> None:
    assert EndDeviceEventType.of_number(EndDeviceEventType.parse(code).number).code == code


def test_events_stand_in_the_order_of_instant_meter_and_type() -> None:
    events = FieldEvents.of([7, 5, 5], [20, 20, 10], [LOSS, TAMPER, LOSS], EventCause.OUTAGE)
    assert _told(events) == [(10, 5, LOSS), (20, 5, TAMPER), (20, 7, LOSS)]


def test_an_event_is_heard_when_it_happens_unless_somebody_says_when() -> None:
    assert FieldEvents.of([1], 10, LOSS, EventCause.OUTAGE).heard.tolist() == [10]


def test_nothing_is_heard_before_it_happened() -> None:
    with pytest.raises(ValueError, match="before it happened"):
        FieldEvents.of([1, 2], [10, 20], LOSS, EventCause.OUTAGE, heard=[10, 19])


def test_what_two_parts_tell_alike_is_one_event_heard_when_the_first_is() -> None:
    one = FieldEvents.of([1, 2], 10, LOSS, EventCause.OUTAGE, heard=[30, 40])
    other = FieldEvents.of([2, 3], 10, LOSS, EventCause.OUTAGE, heard=[15, 15])
    joined = FieldEvents.joined([one, other])
    assert list(zip(joined.meters.tolist(), joined.heard.tolist(), strict=True)) == [(1, 30), (2, 15), (3, 15)]


def test_a_period_has_its_end_and_not_its_start() -> None:
    events = FieldEvents.of([1, 1, 1, 1], [9, 10, 19, 20], LOSS, EventCause.OUTAGE)
    assert events.happened(9, 19).instants.tolist() == [10, 19]


def test_what_is_heard_in_a_period_may_have_happened_before() -> None:
    events = FieldEvents.of([1, 2, 3], [10, 11, 12], LOSS, EventCause.OUTAGE, heard=[50, 11, 100])
    assert events.heard_in(11, 50).meters.tolist() == [1]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("3.26.0.85", [LOSS]),
        ("0.26.0.0", [LOSS, RESTORATION]),
        ("*.12.*.*", [TAMPER]),
        ("4.0.0.0", []),
        ("0.0.0.0", [LOSS, RESTORATION, TAMPER]),
    ],
)
def test_a_pattern_selects_types(pattern: str, expected: list[int]) -> None:
    events = FieldEvents.of([1, 2, 3], [10, 11, 12], [LOSS, RESTORATION, TAMPER], EventCause.OUTAGE)
    assert events.of_type(pattern).types.tolist() == expected


@pytest.mark.parametrize("pattern", ["", "3.26.0", "3.26.0.85.1", "3.26.0.x", "3.26.0.-1", "3.26.0.٨"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="event type pattern"):
        FieldEvents.none().of_type(pattern)


def test_types_are_written_as_on_the_wire() -> None:
    events = FieldEvents.of([1, 2, 3], [10, 11, 12], [LOSS, TAMPER, LOSS], EventCause.OUTAGE)
    assert events.type_codes() == ["3.26.0.85", "3.12.0.257", "3.26.0.85"]


def test_joining_nothing_is_no_event() -> None:
    assert len(FieldEvents.joined([])) == 0
    assert FieldEvents.none().meters.dtype == np.int64

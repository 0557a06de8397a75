"""Event and control types: four numbers, checked against the tables, and the events that answer a control."""

import pytest

from simulator.cim.end_device_control_type import EndDeviceControlType, InvalidControlType, controls
from simulator.cim.end_device_event_type import EndDeviceEventType, InvalidEventType

annex_e = pytest.mark.clause("61968-9:2013 Annex E")
annex_f = pytest.mark.clause("61968-9:2013 Annex F")


@annex_e
@pytest.mark.parametrize(
    ("code", "mnemonic"),
    [
        ("3.31.0.68", "RCDSwitch.-.Disconnected"),
        ("0.31.0.68", "RCDSwitch.-.Disconnected"),
        ("3.31.0.42", "RCDSwitch.-.Connected"),
        ("3.26.0.85", "Power.-.Failed"),
        ("3.31.0.226", "RCDSwitch.-.ArmForClosureFailed"),  # in no list: put together from the tables
    ],
)
def test_an_event_type_has_a_name(code: str, mnemonic: str) -> None:
    assert EndDeviceEventType.parse(code).mnemonic == mnemonic


@annex_e
def test_an_event_type_is_written_as_it_was_read() -> None:
    assert str(EndDeviceEventType.parse(" 3.31.0.68 ")) == "3.31.0.68"


@annex_e
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "4 numbers separated by dots, '' has 1"),
        ("3.31.0", "has 3"),
        ("3.31.0.68.0", "has 5"),
        ("3.31.0.x", "event_or_action of event type '3.31.0.x' must be a whole number, not 'x'"),
        ("3.999.0.68", "domain of event type 3.999.0.68 is 999, which table enddevice-domain does not list"),
        ("999.31.0.68", "type of event type 999.31.0.68 is 999"),
    ],
)
def test_a_code_that_is_no_event_type_is_refused_with_the_reason(code: str, words: str) -> None:
    with pytest.raises(InvalidEventType) as refusal:
        EndDeviceEventType.parse(code)
    assert words in str(refusal.value)


@annex_f
@pytest.mark.parametrize(
    ("code", "success", "failure"),
    [
        ("3.31.0.23", "3.31.0.68", "3.31.0.84"),
        ("0.31.0.23", "0.31.0.68", "0.31.0.84"),
        ("*.31.0.23", "3.31.0.68", "3.31.0.84"),
        ("3.31.0.18", "3.31.0.42", "3.31.0.67"),
        ("0.31.0.18", "0.31.0.42", "0.31.0.67"),
    ],
)
def test_a_control_is_answered_by_events_with_its_own_device_type(code: str, success: str, failure: str) -> None:
    control = EndDeviceControlType.parse(code)
    assert [event.code for event in control.success_events] == [success]
    assert [event.code for event in control.failure_events] == [failure]


@annex_f
@pytest.mark.parametrize("pattern", controls())
def test_every_listed_control_is_answered_by_valid_events(pattern: str) -> None:
    control = EndDeviceControlType.parse(pattern)
    assert control.mnemonic
    assert control.success_events
    assert control.failure_events


@annex_f
def test_a_control_with_two_ways_to_succeed_names_both() -> None:
    control = EndDeviceControlType.parse("3.15.43.300")
    assert [event.code for event in control.success_events] == ["3.15.0.225", "3.15.43.83"]


@annex_f
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("3.31.0", "4 numbers separated by dots, '3.31.0' has 3"),
        ("3.31.0.24", "no control *.31.0.24 is listed; did you mean"),
        ("3.31.0.68", "no control *.31.0.68 is listed"),
        ("3.*.0.23", "domain of control type '3.*.0.23' must be a whole number, not '*'"),
        ("99.31.0.23", "device type of control type 99.31.0.23 is 99"),
    ],
)
def test_a_code_that_is_no_control_type_is_refused_with_the_reason(code: str, words: str) -> None:
    with pytest.raises(InvalidControlType) as refusal:
        EndDeviceControlType.parse(code)
    assert words in str(refusal.value)

"""The remote switch: where it stands, and what connect and disconnect do."""

import pytest

from simulator.cim.end_device_control_type import EndDeviceControlType
from simulator.device import SwitchPosition, UnsupportedControl, operate, position_at

CONNECTED, DISCONNECTED = SwitchPosition.CONNECTED, SwitchPosition.DISCONNECTED


@pytest.mark.clause("61968-9:2013 Annex F")
@pytest.mark.parametrize(
    ("before", "control", "after", "event", "moved"),
    [
        (CONNECTED, "3.31.0.23", DISCONNECTED, "3.31.0.68", True),
        (DISCONNECTED, "3.31.0.18", CONNECTED, "3.31.0.42", True),
        (CONNECTED, "0.31.0.23", DISCONNECTED, "0.31.0.68", True),
        (DISCONNECTED, "3.31.0.23", DISCONNECTED, "3.31.0.68", False),
        (CONNECTED, "3.31.0.18", CONNECTED, "3.31.0.42", False),
    ],
)
def test_a_control_moves_the_switch_and_reports_success(
    before: SwitchPosition, control: str, after: SwitchPosition, event: str, moved: bool
) -> None:
    outcome = operate(before, EndDeviceControlType.parse(control))
    assert (outcome.position, outcome.event.code, outcome.moved) == (after, event, moved)


@pytest.mark.parametrize("control", ["3.31.0.5", "3.31.0.26", "3.8.0.214", "3.15.0.54"])
def test_a_control_that_the_meters_do_not_know_is_refused_with_its_name(control: str) -> None:
    control_type = EndDeviceControlType.parse(control)
    with pytest.raises(UnsupportedControl) as refusal:
        operate(CONNECTED, control_type)
    assert control_type.mnemonic in str(refusal.value)


@pytest.mark.parametrize(
    ("instant", "position"),
    [(99, CONNECTED), (100, DISCONNECTED), (199, DISCONNECTED), (200, CONNECTED), (300, DISCONNECTED)],
)
def test_the_switch_is_open_in_its_windows(instant: int, position: SwitchPosition) -> None:
    assert position_at([(100, 200), (300, None)], instant) is position


def test_a_switch_without_a_past_is_closed() -> None:
    assert position_at([], 0) is CONNECTED

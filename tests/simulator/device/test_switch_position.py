"""Where the remote switch stands, told from the windows in which it was open."""

import pytest

from simulator.device import SwitchPosition, position_at

CONNECTED, DISCONNECTED = SwitchPosition.CONNECTED, SwitchPosition.DISCONNECTED


@pytest.mark.parametrize(
    ("instant", "position"),
    [(99, CONNECTED), (100, DISCONNECTED), (199, DISCONNECTED), (200, CONNECTED), (300, DISCONNECTED)],
)
def test_the_switch_is_open_in_its_windows(instant: int, position: SwitchPosition) -> None:
    assert position_at([(100, 200), (300, None)], instant) is position


def test_a_switch_without_a_past_is_closed() -> None:
    assert position_at([], 0) is CONNECTED

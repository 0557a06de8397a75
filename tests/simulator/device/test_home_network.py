"""Texts, prices, pairing windows, and the network that carries them."""

import pytest

from simulator.device import CommandBehaviour, CommandKind, Result
from tests.support.device_stories import TestedDevice, at

TEXT = {"textMessage": "Peak tomorrow"}


def test_a_text_is_shown_for_its_duration() -> None:
    device = TestedDevice()
    device.take(CommandKind.DISPLAY_TEXT, words=TEXT, start=at(5), duration_s=600)
    assert [device.state(minutes).display for minutes in (4, 5, 14, 15)] == [None, TEXT, TEXT, None]
    assert device.events == [(5, "13.112.58")]


def test_a_newer_text_takes_the_place_of_the_older_for_good() -> None:
    device = TestedDevice()
    device.take(CommandKind.DISPLAY_TEXT, words=TEXT)
    device.take(CommandKind.DISPLAY_TEXT, 5, words={"textMessage": "Now"}, duration_s=60)
    assert (device.state(5).display, device.state(6).display) == ({"textMessage": "Now"}, None)


def test_a_confirmation_is_an_event_of_its_own() -> None:
    device = TestedDevice()
    device.take(CommandKind.DISPLAY_TEXT, words=TEXT, confirmation_required=True)
    assert device.events == [(0, "13.112.58"), (1, "13.112.3")]


@pytest.mark.parametrize(
    ("behaviour", "parameters"),
    [
        (CommandBehaviour(confirmation_never_per_million=1_000_000), {"confirmation_required": True}),
        (CommandBehaviour(), {"confirmation_required": True, "duration_s": 30}),
        (CommandBehaviour(), {}),
    ],
    ids=["nobody looks", "gone too soon", "not required"],
)
def test_a_text_may_stay_unconfirmed(behaviour: CommandBehaviour, parameters: dict[str, object]) -> None:
    device = TestedDevice(behaviour)
    device.take(CommandKind.DISPLAY_TEXT, words=TEXT, **parameters)
    assert device.events == [(0, "13.112.58")]


def test_a_cancelled_text_is_gone_and_nobody_confirms_it() -> None:
    device = TestedDevice()
    device.take(CommandKind.DISPLAY_TEXT, words=TEXT, confirmation_required=True)
    device.take(CommandKind.CANCEL_TEXT, 0.5)
    assert device.events == [(0, "13.112.58"), (0.5, "13.112.10")]
    assert device.state(0.5).display is None


def test_without_a_text_there_is_nothing_to_cancel() -> None:
    device = TestedDevice()
    assert device.take(CommandKind.CANCEL_TEXT).course.result is Result.FAILED
    assert device.events == [(0, "13.112.86")]


def test_a_price_is_taken_at_once_and_holds_from_its_start() -> None:
    device = TestedDevice()
    price = {"price": "0.31", "priceTier": "2"}
    device.take(CommandKind.CREATE_PRICE, words=price, start=at(60), duration_s=3600)
    assert device.events == [(0, "20.9.83")]
    assert [device.state(minutes).price for minutes in (59, 60, 119, 120)] == [None, price, price, None]


def test_a_pairing_window_closes_by_itself() -> None:
    device = TestedDevice()
    device.take(CommandKind.OPEN_PAIRING_WINDOW)
    assert device.events == [(0, "10.73.39"), (15, "10.73.16")]
    assert (device.state(14).pairing_until, device.state(15).pairing_until) == (at(15), None)


def test_a_pairing_window_that_is_closed_does_not_close_again() -> None:
    device = TestedDevice()
    device.take(CommandKind.OPEN_PAIRING_WINDOW, duration_s=600)
    device.take(CommandKind.CLOSE_PAIRING_WINDOW, 5)
    assert device.events == [(0, "10.73.39"), (5, "10.73.16")]


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        (CommandKind.DISPLAY_TEXT, "13.112.87"),
        (CommandKind.CREATE_PRICE, "20.9.85"),
        (CommandKind.OPEN_PAIRING_WINDOW, "10.0.85"),
        (CommandKind.SCHEDULE_LOAD_EVENT, "15.43.301"),
    ],
)
def test_nothing_reaches_the_customers_devices_while_their_network_is_disabled(kind: CommandKind, failure: str) -> None:
    device = TestedDevice()
    device.take(CommandKind.DISABLE_NETWORK)
    assert device.take(kind, 1, words=TEXT).course.why == "the home network is disabled"
    assert device.events == [(0, "23.17.66"), (1, failure)]
    device.take(CommandKind.ENABLE_NETWORK, 2)
    assert device.take(kind, 3, words=TEXT).course.result is Result.SUCCEEDED

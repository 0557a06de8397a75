"""A reset takes fleet and clock back to the first day."""

from tests.control.control_api import ControlApi
from tests.support.patience import eventually

SUBSCRIBER = {"url": "http://127.0.0.1:9/nobody"}


def leave_marks(control: ControlApi) -> None:
    control.post("subscriptions", SUBSCRIBER)
    control.head_end.disconnect("M00000001")
    control.post("clock/advance", {"by": "PT6H"})


def test_after_a_reset_nothing_has_happened(control: ControlApi) -> None:
    fresh = control.get("meters/M00000001")
    leave_marks(control)
    assert control.get("meters/M00000001") != fresh
    control.post("reset")
    assert control.get("meters/M00000001") == fresh
    assert control.get("deliveries")["deliveries"] == []


def test_after_a_reset_the_same_request_gets_the_same_bytes(control: ControlApi) -> None:
    first = control.head_end.disconnect("M00000001").raw
    control.post("clock/advance", {"by": "PT6H"})
    control.post("reset")
    assert control.head_end.disconnect("M00000001").raw == first


def test_a_reset_takes_the_clock_back_to_its_setting(control: ControlApi) -> None:
    leave_marks(control)
    assert control.post("reset")["now"] == "2026-03-02T12:00:00Z"


def test_a_reset_leaves_subscriptions_alone(control: ControlApi) -> None:
    leave_marks(control)
    control.post("reset")
    assert len(control.get("subscriptions")["subscriptions"]) == 1


def test_a_reset_forgets_subscriptions_where_it_is_asked_to(control: ControlApi) -> None:
    leave_marks(control)
    control.post("reset?subscriptions=true")
    assert control.get("subscriptions")["subscriptions"] == []


def test_a_reset_in_the_middle_of_sending_leaves_the_dispatchers_at_work(control: ControlApi) -> None:
    control.head_end.head_end.start()
    leave_marks(control)
    control.post("reset")
    control.head_end.disconnect("M00000001")
    eventually(lambda: control.get("deliveries")["deliveries"][0]["attempts"], "the next message is tried")


def test_the_version_says_which_fleet_it_is(control: ControlApi) -> None:
    about = control.get("version")
    assert (about["name"], about["meters"], about["seed"], about["zone"]) == ("headend", 1000, 1, "UTC")

"""Receivers come and go while the head end runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON, STEPPED
from tests.control.control_api import ControlApi
from tests.delivery.receiver import receiver
from tests.support.in_process import in_process
from tests.support.patience import eventually

URL = "http://127.0.0.1:9/services/ReceiveEndDeviceEvents"
CONFIGURED = "http://127.0.0.1:9/configured"


@pytest.fixture
def configured(tmp_path: Path, database_url: str) -> Iterator[ControlApi]:
    """A head end with a subscription in its settings."""
    settings = {"subscriptions": ({"url": CONFIGURED},), "database": database_url}
    with in_process(tmp_path, NOON, clock=STEPPED, **settings) as opened:
        yield ControlApi(opened)


def urls(control: ControlApi) -> list[str]:
    return [one["url"] for one in control.get("subscriptions")["subscriptions"]]


def destinations(control: ControlApi) -> list[str]:
    control.head_end.disconnect("M00000001")
    return [one["destination"] for one in control.get("deliveries")["deliveries"]]


def test_a_subscriber_is_told_of_what_happens_next(control: ControlApi) -> None:
    control.head_end.head_end.start()
    with receiver() as mdm:
        control.post("subscriptions", {"url": mdm.url})
        control.head_end.disconnect("M00000001")
        eventually(lambda: len(mdm.received) == 1, "the event arrives")


def test_those_of_the_settings_come_first(configured: ControlApi) -> None:
    configured.post("subscriptions", {"url": URL})
    assert urls(configured) == [CONFIGURED, URL]


def test_both_are_told(configured: ControlApi) -> None:
    configured.post("subscriptions", {"url": URL})
    assert destinations(configured) == [CONFIGURED, URL]


def test_asking_twice_changes_nothing(control: ControlApi) -> None:
    first = control.call("POST", "subscriptions", {"url": URL})
    second = control.call("POST", "subscriptions", {"url": URL})
    assert (first.status, second.status, first.body) == (201, 200, second.body)


def test_asking_for_one_of_the_settings_gives_that_one(configured: ControlApi) -> None:
    answered = configured.call("POST", "subscriptions", {"url": CONFIGURED})
    assert (answered.status, answered.body["origin"]) == (200, "settings")
    assert destinations(configured) == [CONFIGURED]


def test_one_that_ended_is_told_no_more(control: ControlApi) -> None:
    mrid = control.post("subscriptions", {"url": URL})["mrid"]
    assert control.call("DELETE", f"subscriptions/{mrid}").status == 204
    assert (urls(control), destinations(control)) == ([], [])


def test_one_of_the_settings_cannot_be_ended(configured: ControlApi) -> None:
    (known,) = configured.get("subscriptions")["subscriptions"]
    answered = configured.call("DELETE", f"subscriptions/{known['mrid']}")
    assert (answered.status, urls(configured)) == (409, [CONFIGURED])


def test_an_unknown_one_is_not_found(control: ControlApi) -> None:
    assert control.call("DELETE", "subscriptions/nobody").status == 404


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://mdm/events", "pattern"),
        ("mdm:8081", "pattern"),
        ("http://", "pattern"),
        ("http://m dm/", "pattern"),
        ("http://mdm:port/", "is no URL"),
        ("http://:80/", "names no host"),
        ("http://[::1/", "is no URL"),
        ("http://mdm/events#part", "has a fragment"),
    ],
)
def test_what_cannot_be_posted_to_is_refused(control: ControlApi, url: str, sentence: str) -> None:
    answered = control.call("POST", "subscriptions", {"url": url})
    assert answered.status == 422
    assert sentence in answered.body["detail"]


def test_another_process_on_the_database_knows_the_subscriber(
    control: ControlApi, tmp_path: Path, database_url: str
) -> None:
    control.post("subscriptions", {"url": URL})
    with in_process(tmp_path, NOON, clock=STEPPED, database=database_url) as other:
        assert destinations(ControlApi(other)) == [URL]

"""Receivers come and go while the head end runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


READINGS = {"url": URL, "noun": "MeterReadings"}
EVERY = {"noun": "MeterReadings", "every": "PT15M"}


def test_what_is_wanted_is_shown_as_it_was_understood(control: ControlApi) -> None:
    wanted = {"meters": ["M00000001"], "reading_types": ["0.0.*.0.0.1.12.0.0.0.0.0.0.0.0.0.72.0"], "every": "PT15M"}
    made = control.post("subscriptions", {**READINGS, **wanted, "batch_size": 100, "format": "compressed"})
    shown = {name: made[name] for name in (*wanted, "batch_size", "format", "soap_version", "credentials")}
    assert shown == {**wanted, "batch_size": 100, "format": "compressed", "soap_version": "1.1", "credentials": []}
    assert control.get("subscriptions")["subscriptions"] == [made]


def test_the_name_of_an_event_type_becomes_its_code(control: ControlApi) -> None:
    made = control.post("subscriptions", {"url": URL, "event_types": ["RCDSwitch.-.Disconnected"]})
    assert made["event_types"] == ["0.31.0.68"]


def test_another_wish_is_another_subscription(control: ControlApi) -> None:
    mrids = {
        control.post("subscriptions", {"url": URL, **wanted})["mrid"]
        for wanted in ({}, {"meters": ["M00000001"]}, {"meters": ["M00000002"]}, {"batch_size": 5})
    }
    assert len(mrids) == 4


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"meters": ["M99999999"]}, "M99999999"),
        ({"groups": ["nowhere"]}, "nowhere"),
        ({"event_types": ["3.26"]}, "an event type is four numbers"),
        ({"reading_types": ["1.2.3"], "noun": "MeterReadings"}, "no reading type"),
        ({"reading_types": ["0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"]}, "reading_types are of MeterReadings"),
        ({"event_types": ["3.26.0.85"], "noun": "MeterReadings"}, "event_types are of EndDeviceEvents"),
        ({"every": "P1D"}, "every is of MeterReadings"),
        ({"every": "often", "noun": "MeterReadings"}, "hourly, daily, weekly, monthly"),
        ({"every": "PT1S", "noun": "MeterReadings"}, "at least 60 s"),
        (
            {"every": "PT15M", "noun": "MeterReadings", "reading_types": ["*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.999"]},
            "999",
        ),
        ({"soap_version": "1.2"}, "SOAP '1.2' is not spoken here"),
        ({"batch_size": 0}, "batch_size"),
        ({"format": "zip"}, "format"),
        ({"meter": ["M1"]}, "did you mean 'meters'"),
        ({"credentials": {"user": "head"}}, "user and password belong together"),
        ({"credentials": {"user": "a", "password": "b", "bearer": "c"}}, "give one of them"),
        ({"credentials": {"headers": {"Host": "x"}}}, "set by the head end itself"),
        ({"credentials": {"headers": {"a b": "x"}}}, "the name of a header"),
        ({"credentials": {"headers": {"X-Key": "a\r\nX: y"}}}, "printable ASCII"),
        ({"credentials": {"headers": {"X-Key": "1", "x-key": "2"}}}, "given twice"),
        ({"credentials": {"token": "x"}}, "there is no such field"),
    ],
)
def test_what_cannot_be_is_refused_with_words_and_nothing_is_kept(
    control: ControlApi, body: dict[str, Any], sentence: str
) -> None:
    answered = control.call("POST", "subscriptions", {"url": URL, **body})
    assert (answered.status, control.get("subscriptions")["subscriptions"]) == (422, [])
    assert sentence in answered.body["detail"]


SECRET = {"user": "head", "password": "s3cret"}


def test_credentials_are_not_shown_but_for_the_names_of_their_headers(control: ControlApi) -> None:
    made = control.post("subscriptions", {"url": URL, "credentials": {**SECRET, "headers": {"X-Key": "s3cret"}}})
    assert made["credentials"] == ["Authorization", "X-Key"]
    assert "s3cret" not in str(control.get("subscriptions")) + str(made)


@pytest.mark.parametrize(
    "credentials",
    [{"password": "s3cret"}, {**SECRET, "user": 5}, {"bearer": ["s3cret"]}, {"headers": {"Host": "s3cret"}}],
)
def test_a_mistake_in_credentials_does_not_show_them(control: ControlApi, credentials: dict[str, Any]) -> None:
    answered = control.call("POST", "subscriptions", {"url": URL, "credentials": credentials})
    assert (answered.status, "s3cret" in str(answered.body)) == (422, False)


def test_other_credentials_for_the_same_are_a_conflict(control: ControlApi) -> None:
    control.post("subscriptions", {"url": URL, "credentials": SECRET})
    assert control.call("POST", "subscriptions", {"url": URL, "credentials": SECRET}).status == 200
    assert control.call("POST", "subscriptions", {"url": URL}).status == 409


def test_an_address_with_a_password_in_it_is_refused(control: ControlApi) -> None:
    answered = control.call("POST", "subscriptions", {"url": "http://head:s3cret@mdm/events"})
    assert answered.status == 422
    assert "give them as credentials" in answered.body["detail"]


def test_what_meters_collect_is_published_from_the_subscription_on(control: ControlApi) -> None:
    control.head_end.head_end.start()
    with receiver() as mdm:
        control.post("subscriptions", {**READINGS, "url": mdm.url, "every": "PT1H", "meters": ["M00000001"]})
        control.post("clock/advance", {"by": "PT2H"})
        assert len(mdm.received) == 2


def test_a_reset_begins_it_anew(control: ControlApi) -> None:
    control.head_end.head_end.start()
    with receiver() as mdm:
        control.post("subscriptions", {**READINGS, "url": mdm.url, "every": "PT1H", "meters": ["M00000001"]})
        for _ in range(2):
            control.post("clock/advance", {"by": "PT1H"})
            control.post("reset")
        assert [one.body for one in mdm.received[:1]] * 2 == [one.body for one in mdm.received]


def test_one_that_ended_publishes_no_more_and_may_begin_again(control: ControlApi) -> None:
    control.head_end.head_end.start()
    with receiver() as mdm:
        wanted = {**READINGS, "url": mdm.url, "every": "PT1H", "meters": ["M00000001"]}
        for _ in range(2):
            mrid = control.post("subscriptions", wanted)["mrid"]
            control.post("clock/advance", {"by": "PT1H"})
            control.call("DELETE", f"subscriptions/{mrid}")
            control.post("clock/advance", {"by": "PT3H"})
        assert len(mdm.received) == 2


def test_another_process_on_the_database_knows_the_subscriber(
    control: ControlApi, tmp_path: Path, database_url: str
) -> None:
    control.post("subscriptions", {"url": URL})
    with in_process(tmp_path, NOON, clock=STEPPED, database=database_url) as other:
        assert destinations(ControlApi(other)) == [URL]

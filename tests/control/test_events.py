"""Events are made and listed by /control/v1/events."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOON, STEPPED
from tests.control.control_api import ControlApi
from tests.delivery.receiver import receiver
from tests.support.in_process import in_process
from tests.support.patience import eventually

TAMPER = "3.12.0.257"
METER = "M00000042"


@pytest.fixture
def eventful(tmp_path: Path) -> Iterator[ControlApi]:
    """A fleet in which much happens by itself."""
    with in_process(tmp_path, NOON, clock=STEPPED, conditions="realistic") as opened:
        yield ControlApi(opened)


def events(control: ControlApi, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get(f"events?{query}")["events"]
    return found


def test_an_event_happens_where_it_is_wanted(control: ControlApi) -> None:
    made = control.post("events", {"type": TAMPER, "meters": [METER], "details": {"side": "left"}})
    (event,) = events(control)
    assert (made["count"], made["events"]) == (1, [event])
    assert (event["EndDeviceEventType"], event["Asset"]["name"]) == (TAMPER, METER)
    assert (event["createdDateTime"], event["EndDeviceEventDetails"]) == ("2026-03-02T12:00:00Z", {"side": "left"})


def test_a_client_reads_what_was_made(control: ControlApi) -> None:
    mrid = control.post("events", {"type": TAMPER, "meters": [METER]})["events"][0]["mRID"]
    assert mrid in control.head_end.events(METER).raw.decode()


def test_a_subscriber_is_told_of_what_was_made(control: ControlApi) -> None:
    control.head_end.head_end.start()
    with receiver() as mdm:
        control.post("subscriptions", {"url": mdm.url})
        control.post("events", {"type": TAMPER, "meters": [METER]})
        eventually(lambda: len(mdm.received) == 1, "the event arrives")


def test_a_whole_group_has_an_event(control: ControlApi) -> None:
    members = sum(1 for meter in control.get("meters?group=T00000001&limit=1000")["meters"])
    assert control.post("events", {"type": TAMPER, "groups": ["T00000001"]})["count"] == members > 1


def test_an_unknown_meter_beside_a_known_one_is_named(control: ControlApi) -> None:
    made = control.post("events", {"type": TAMPER, "meters": [METER, "X1"]})
    assert (made["count"], ["X1" in sentence for sentence in made["unknown"]]) == (1, [True])


def test_an_event_that_does_not_suit_is_made_with_a_warning(control: ControlApi) -> None:
    assert control.post("events", {"type": "4.12.0.257", "meters": [METER]})["warnings"]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"type": TAMPER, "meters": ["X1"]}, 404),
        ({"type": TAMPER}, 422),
        ({"type": "tamperr", "meters": [METER]}, 422),
        ({"type": "3.12.0.999", "meters": [METER]}, 422),
        ({"type": TAMPER, "meters": [METER], "created": "1999-01-01T00:00:00Z"}, 422),
        ({"type": TAMPER, "meters": [METER], "reason": "\x00"}, 422),
    ],
)
def test_an_event_that_cannot_be_is_refused(control: ControlApi, form: dict[str, Any], status: int) -> None:
    assert control.call("POST", "events", form).status == status
    assert events(control) == []


def test_the_latest_events_are_listed_oldest_first(control: ControlApi) -> None:
    for meter in ("M00000001", "M00000002", "M00000003"):
        control.post("events", {"type": TAMPER, "meters": [meter]})
        control.post("clock/advance", {"by": "PT1H"})
    listed = control.get("events?limit=2")
    assert ([event["Asset"]["name"] for event in listed["events"]], listed["total"]) == (["M00000002", "M00000003"], 3)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (f"meter={METER}", 1),
        ("meter=M00000001", 0),
        ("type=3.12.0.257", 1),
        ("type=3.26.0.85", 0),
        ("from=2026-03-02T11:00:00Z&until=2026-03-02T12:00:00Z", 1),
        ("until=2026-03-02T11:00:00Z", 0),
    ],
)
def test_events_are_chosen(control: ControlApi, query: str, count: int) -> None:
    control.post("events", {"type": TAMPER, "meters": [METER]})
    assert len(events(control, query)) == count


def test_what_happens_by_itself_is_listed_too(eventful: ControlApi) -> None:
    eventful.post("clock/advance", {"by": "P7D"})
    assert eventful.get("events?limit=1")["total"] > 0


def test_a_jump_answers_when_what_happened_by_itself_was_told(eventful: ControlApi) -> None:
    eventful.head_end.head_end.start()
    with receiver() as mdm:
        eventful.post("subscriptions", {"url": mdm.url})
        settled = eventful.post("clock/advance", {"by": "PT6H", "timeout_s": 60})["settled"]
        told = len(mdm.received)
        assert (settled, told > 0) == (True, True)
        assert eventful.get("deliveries")["counts"]["delivered"] == told


def test_after_a_reset_what_happens_by_itself_is_told_again(eventful: ControlApi) -> None:
    eventful.post("subscriptions", {"url": "http://127.0.0.1:9/nobody"})
    eventful.head_end.head_end.news.begin()
    queued = []
    for _ in range(2):
        eventful.post("clock/advance", {"by": "PT6H"})
        queued.append([one["message_id"] for one in eventful.get("deliveries?limit=1000")["deliveries"]])
        eventful.post("reset")
    assert queued[0] == queued[1] != []

"""The outbox can be looked at and driven by /control/v1/deliveries."""

from typing import Any

import pytest

from headend.store import MessageState
from tests.control.control_api import ControlApi
from tests.delivery.receiver import receiver
from tests.support.patience import eventually

NOBODY = "http://127.0.0.1:9/nobody"


@pytest.fixture
def queued(control: ControlApi) -> ControlApi:
    """Three messages to a receiver that is not there; nothing is sent by itself."""
    control.post("subscriptions", {"url": NOBODY})
    for meter in ("M00000001", "M00000002", "M00000003"):
        control.head_end.disconnect(meter)
    return control


def deliveries(control: ControlApi, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get(f"deliveries{query}")["deliveries"]
    return found


def give_up(control: ControlApi) -> int:
    """The first message is given up; its id."""
    head_end = control.head_end
    with head_end.head_end.store.writing() as work:
        (claimed,) = work.outbox.claim(
            fleet_now=head_end.head_end.clock.now(), machine_now=head_end.clock.now(), lease_s=60
        )
        work.outbox.dead(claimed, head_end.clock.now(), "refused")
    return claimed.id


def claim(control: ControlApi) -> int:
    """The first message is being sent; its id."""
    head_end = control.head_end
    with head_end.head_end.store.writing() as work:
        (claimed,) = work.outbox.claim(
            fleet_now=head_end.head_end.clock.now(), machine_now=head_end.clock.now(), lease_s=60
        )
    return claimed.id


def test_a_delivery_tells_what_is_sent_to_whom_and_how_it_stands(queued: ControlApi) -> None:
    first = deliveries(queued)[0]
    told = {name: first[name] for name in ("state", "destination", "verb", "noun", "attempts", "created")}
    assert told == {
        "state": "pending",
        "destination": NOBODY,
        "verb": "created",
        "noun": "EndDeviceEvents",
        "attempts": 0,
        "created": "2026-03-02T12:00:00Z",
    }


def test_deliveries_come_page_by_page(queued: ControlApi) -> None:
    page = queued.get("deliveries?limit=2")
    rest = queued.get(f"deliveries?after={page['next']}")
    assert [len(one["deliveries"]) for one in (page, rest)] == [2, 1]
    assert rest["next"] is None


def test_deliveries_are_filtered_by_state(queued: ControlApi) -> None:
    dead = give_up(queued)
    assert [one["id"] for one in deliveries(queued, "?state=dead")] == [dead]


def test_the_counts_are_of_all_deliveries_whatever_is_listed(queued: ControlApi) -> None:
    give_up(queued)
    assert queued.get("deliveries?state=delivered")["counts"] == {
        "pending": 2, "retrying": 0, "in_flight": 0, "delivered": 0, "dead": 1,
    }  # fmt: skip


def test_an_unknown_state_is_told_which_there_are(queued: ControlApi) -> None:
    answered = queued.call("GET", "deliveries?state=sent")
    assert answered.status == 422
    assert "'pending', 'retrying', 'in_flight', 'delivered' or 'dead'" in answered.body["detail"]


def test_a_delivery_that_was_given_up_is_sent_again(queued: ControlApi) -> None:
    dead = give_up(queued)
    assert queued.post(f"deliveries/{dead}/retry")["state"] == MessageState.RETRYING


def test_a_retry_leaves_at_once(control: ControlApi) -> None:
    with receiver() as mdm:
        control.post("subscriptions", {"url": mdm.url})
        control.head_end.disconnect("M00000001")
        dead = give_up(control)
        control.head_end.head_end.start()
        control.post(f"deliveries/{dead}/retry")
        eventually(lambda: len(mdm.received) == 1, "the message arrives")


@pytest.mark.parametrize(("method", "path"), [("POST", "deliveries/{}/retry"), ("DELETE", "deliveries/{}")])
def test_what_is_being_sent_is_left_alone(queued: ControlApi, method: str, path: str) -> None:
    answered = queued.call(method, path.format(claim(queued)))
    assert answered.status == 409
    assert "being sent in this moment" in answered.body["detail"]


def test_a_dropped_delivery_is_gone(queued: ControlApi) -> None:
    first, *others = [one["id"] for one in deliveries(queued)]
    assert queued.call("DELETE", f"deliveries/{first}").status == 204
    assert [one["id"] for one in deliveries(queued)] == others


@pytest.mark.parametrize("unknown", ["999", "0", str(2**63), str(2**70)])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "deliveries/{}"), ("POST", "deliveries/{}/retry"), ("DELETE", "deliveries/{}")]
)
def test_an_unknown_delivery_is_not_found(queued: ControlApi, method: str, path: str, unknown: str) -> None:
    answered = queued.call(method, path.format(unknown))
    assert (answered.status, answered.body["detail"]) == (404, f"there is no delivery {unknown}")

"""Events that another system tells a head end of (61968-9:2013, clause 5.2)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.delivery.receiver import Receiver, receiver
from tests.support.created_events import created_events, event_message
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.patience import eventually
from tests.support.readings import EventSeen, events
from tests.support.reply import Reply
from tests.support.soap_requests import BASE, created_end_device_events, event

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.2")

METER, OTHER = "M00000005", "M00000006"
TAMPER, FAILED = "3.12.0.257", "3.26.0.85"
AT = "2026-03-02T09:30:00Z"
MRID = "5a1e0c1e-0000-4000-8000-000000000001"
E = f"{{{BASE}/EndDeviceEvents#}}"


def tell(head_end: InProcessHeadEnd, *told: str, verb: str = "created", **more: str) -> Reply:
    return head_end.post("ReceiveEndDeviceEvents", created_end_device_events(*told, verb=verb, **more))


def listed(head_end: InProcessHeadEnd, meter: str = METER) -> list[EventSeen]:
    """The events of a meter on the day of the tests."""
    return events(head_end.events(meter, period=("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")))


def test_an_event_is_acknowledged_and_listed_as_one_of_our_meter(head_end: InProcessHeadEnd) -> None:
    reply = tell(head_end, event(TAMPER, AT, METER, mrid=MRID, reason="cover"))
    assert (reply.result, reply.codes, reply.ids) == ("OK", ["0.3"], (MRID,))
    (found,) = listed(head_end)
    assert (found.mrid, found.type, found.meter, found.reason) == (MRID, TAMPER, METER, "cover")
    assert found.created.isoformat() == "2026-03-02T09:30:00+00:00"


def test_an_event_at_a_usage_point_is_one_of_its_meter(head_end: InProcessHeadEnd) -> None:
    tell(head_end, event(TAMPER, AT, usage_point="UP00000005"))
    assert [one.meter for one in listed(head_end)] == [METER]


def test_an_event_without_an_mrid_gets_one_that_follows_from_what_it_says(head_end: InProcessHeadEnd) -> None:
    first, again = (tell(head_end, event(TAMPER, AT, METER)) for _ in range(2))
    assert first.ids == again.ids
    assert [one.mrid for one in listed(head_end)] == list(first.ids)


def test_an_event_that_comes_twice_is_taken_once(head_end: InProcessHeadEnd) -> None:
    told = event(TAMPER, AT, METER, mrid=MRID)
    tell(head_end, told, told)
    reply = tell(head_end, told)
    assert (reply.result, reply.codes, reply.ids) == ("OK", ["0.3"], (MRID,))
    assert len(listed(head_end)) == 1


def test_a_type_that_the_message_spells_out_goes_by_its_name(head_end: InProcessHeadEnd) -> None:
    declared = f"<EndDeviceEventType><mRID>{TAMPER}</mRID><Names><name>Opened up</name></Names></EndDeviceEventType>"
    tell(head_end, event("Opened up", AT, METER), types=declared)
    assert [one.type for one in listed(head_end)] == [TAMPER]


@pytest.mark.parametrize(
    ("told", "code", "object_id", "said"),
    [
        (event(TAMPER, AT, "nobody"), "2.4", "nobody", "Meter name 'nobody' is not known here"),
        (event(TAMPER, AT, usage_point="nowhere"), "2.12", "nowhere", "'nowhere' is not known here"),
        (event(TAMPER, AT, mrid=MRID), "5.8", MRID, "names no Assets and no UsagePoint"),
        (event("3.12", AT, METER, mrid=MRID), "1.8", MRID, "EndDeviceEventType: "),
    ],
    ids=["unknown meter", "unknown usage point", "no device", "no event type"],
)
def test_what_cannot_be_taken_in_is_a_warning_and_the_rest_is_taken(
    head_end: InProcessHeadEnd, told: str, code: str, object_id: str, said: str
) -> None:
    reply = tell(head_end, told, event(TAMPER, AT, OTHER))
    warning = reply.errors[1]
    assert (reply.result, reply.codes) == ("OK", ["0.3", code])
    assert (warning.level, warning.object_id) == ("WARNING", object_id)
    assert warning.details.startswith("/CreatedEndDeviceEvents/Payload/EndDeviceEvents/EndDeviceEvent[1]")
    assert said in warning.details
    assert (len(listed(head_end)), len(listed(head_end, OTHER))) == (0, 1)


@pytest.mark.parametrize("verb", ["changed", "closed"])
def test_a_later_word_on_an_event_replaces_the_earlier(head_end: InProcessHeadEnd, verb: str) -> None:
    tell(head_end, event(TAMPER, AT, METER, mrid=MRID, reason="cover"))
    tell(head_end, event(TAMPER, AT, METER, mrid=MRID, reason="magnet"), verb=verb)
    assert [(one.mrid, one.reason) for one in listed(head_end)] == [(MRID, "magnet")]


def test_a_change_of_an_event_that_is_not_known_is_news(head_end: InProcessHeadEnd) -> None:
    reply = tell(head_end, event(TAMPER, AT, METER, mrid=MRID), verb="changed")
    assert (reply.codes, reply.ids) == (["0.3"], (MRID,))
    assert len(listed(head_end)) == 1


@pytest.mark.parametrize("verb", ["canceled", "deleted"])
def test_an_event_that_is_taken_back_is_not_listed_any_more(head_end: InProcessHeadEnd, verb: str) -> None:
    tell(head_end, event(TAMPER, AT, METER, mrid=MRID))
    for _ in range(2):  # what is not there need not be taken away
        assert tell(head_end, event(TAMPER, AT, METER, mrid=MRID), verb=verb).codes == ["0.3"]
    assert listed(head_end) == []


@pytest.mark.parametrize("verb", ["changed", "deleted"])
def test_an_event_of_a_control_is_not_for_others_to_change(head_end: InProcessHeadEnd, verb: str) -> None:
    head_end.disconnect(METER)
    (ours,) = listed(head_end)
    reply = tell(head_end, event(TAMPER, AT, METER, mrid=ours.mrid), verb=verb)
    assert [(one.code, one.object_id) for one in reply.errors] == [("0.3", None), ("2.15", ours.mrid)]
    assert listed(head_end) == [ours]


def test_a_message_without_an_event_is_acknowledged_with_a_warning(head_end: InProcessHeadEnd) -> None:
    reply = tell(head_end)
    assert (reply.result, reply.codes, reply.ids) == ("OK", ["0.3", "1.7"], ())


@pytest.fixture
def subscriber() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


def test_subscribers_are_told_of_it_and_of_its_change(tmp_path: Path, subscriber: Receiver) -> None:
    with in_process(tmp_path, NOON, subscriptions=({"url": subscriber.url},)) as head_end:
        head_end.head_end.start()
        tell(head_end, event(TAMPER, AT, METER, mrid=MRID), fields={"CorrelationID": "c-1"})
        tell(head_end, event(TAMPER, AT, METER, mrid=MRID, reason="magnet"), verb="changed")
        eventually(lambda: len(subscriber.received) >= 2, "both messages arrive")
    created = created_events(subscriber.received[0].body)
    changed = event_message(subscriber.received[1].body, "ChangedEndDeviceEvents", "EndDeviceEvents")
    assert [one.findtext(f"{E}mRID") for one in created.iter(f"{E}EndDeviceEvent")] == [MRID]
    assert created[0].findtext("{*}CorrelationID") == "c-1"
    assert [one.findtext(f"{E}reason") for one in changed.iter(f"{E}EndDeviceEvent")] == ["magnet"]

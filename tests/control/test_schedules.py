"""`/control/v1/schedules`, and a clock that waits for the readings that it makes due."""

from tests.control.control_api import ControlApi
from tests.delivery.receiver import receiver
from tests.support.created_readings import CreatedReadings
from tests.support.schedules import HOURLY, ask
from tests.support.soap_requests import ENERGY


def test_there_are_none_at_first(quiet: ControlApi) -> None:
    assert quiet.get("schedules") == {"schedules": []}


def test_a_schedule_is_listed(control: ControlApi) -> None:
    fields = {"Source": "MDM", "MessageID": "m-1", "ReplyAddress": "http://127.0.0.1:9/nobody"}
    reply = ask(control.head_end, "Create", "M00000005", times=HOURLY, reading_types=[ENERGY], fields=fields)
    (listed,) = control.get("schedules")["schedules"]
    assert listed["time_schedules"][0]["pattern"] == "hourly"
    assert {name: listed[name] for name in ("mrid", "state", "meters", "reading_types", "source", "message_id")} == {
        "mrid": reply.ids[0],
        "state": "active",
        "meters": 1,
        "reading_types": [ENERGY],
        "source": "MDM",
        "message_id": "m-1",
    }
    assert (listed["reply_address"], listed["next_due"]) == ("http://127.0.0.1:9/nobody", "2026-03-02T12:00:00Z")


def test_advancing_a_day_sends_the_days_readings_in_order_before_it_answers(control: ControlApi) -> None:
    with receiver() as mdm:
        ask(
            control.head_end,
            "Create",
            "M00000005",
            times=HOURLY,
            reading_types=[ENERGY],
            fields={"ReplyAddress": mdm.url},
        )
        ask(
            control.head_end,
            "Create",
            "M00000006",
            times=HOURLY,
            reading_types=[ENERGY],
            fields={"ReplyAddress": mdm.url},
        )
        control.head_end.head_end.start()
        assert control.post("clock/advance", {"by": "P1D", "timeout_s": 60})["settled"] is True
        told = [CreatedReadings.of(got.body) for got in mdm.received]
    stamps = [one.header["Timestamp"] for one in told]
    assert len(stamps) == 2 * 25
    assert stamps == sorted(stamps)


def test_a_reset_forgets_schedules(control: ControlApi) -> None:
    ask(control.head_end, "Create", "M00000005")
    control.post("reset")
    assert control.get("schedules") == {"schedules": []}

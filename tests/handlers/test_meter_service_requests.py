"""Works at meters: disconnect, reconnect, visits, and the readings that belong to them (61968-9:2013, clause 5.5)."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import events, registers
from tests.support.service_requests import ReadingSeen, WorkSeen, ask, configure, get_works, work, works_in
from tests.support.soap_requests import CONNECTED, DISCONNECTED, ENERGY

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.5")

METER, POINT = "M00000005", "UP00000005"


def the_work(head_end: InProcessHeadEnd) -> WorkSeen:
    """The only one."""
    (found,) = works_in(get_works(head_end).payload)
    return found


def in_short(readings: list[ReadingSeen]) -> list[tuple[str, str, str]]:
    """Where, why and at which time of day."""
    return [(one.element, one.reason, one.at[11:16]) for one in readings]


def test_a_disconnect_is_done_at_once_and_its_final_read_is_told(head_end: InProcessHeadEnd) -> None:
    reply = ask(head_end, "create", work("disconnect", METER))
    assert (reply.result, reply.codes) == ("OK", ["0.3"])
    done = the_work(head_end)
    assert (reply.ids, done.kind, done.status) == ((done.mrid,), "disconnect", "completed")
    assert in_short(done.readings) == [("Meter", "serviceDisconnect", "12:00")]
    assert [one.type for one in events(head_end.events(METER))] == [DISCONNECTED]


def test_the_reading_of_a_work_is_the_one_that_a_read_gives(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER))
    (told,) = the_work(head_end).readings
    (read,) = registers(head_end.read(METER))
    assert (told.type, Decimal(told.value)) == (read.reading_type, read.value) == (ENERGY, read.value)


def test_a_reconnect_reads_first_and_then_connects(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, mrid="off"))
    head_end.advance(hours=3)
    ask(head_end, "create", work("reconnect", METER, mrid="on"))
    off, on = works_in(get_works(head_end).payload)
    assert in_short(on.readings) == [("Meter", "serviceConnect", "15:00")]
    assert on.readings[0].value == off.readings[0].value
    assert [one.type for one in events(head_end.events(METER))] == [DISCONNECTED, CONNECTED]


def test_what_is_wanted_later_is_scheduled_until_then(head_end: InProcessHeadEnd) -> None:
    reply = ask(head_end, "create", work("disconnect", METER, wanted="14:00"))
    assert "is scheduled; its result is told at 2026-03-02T14:00:00" in reply.said
    assert (the_work(head_end).status, the_work(head_end).readings) == ("scheduled", [])
    assert events(head_end.events(METER)) == []
    head_end.advance(hours=2)
    assert (the_work(head_end).status, in_short(the_work(head_end).readings)) == (
        "completed",
        [("Meter", "serviceDisconnect", "14:00")],
    )
    assert [one.type for one in events(head_end.events(METER))] == [DISCONNECTED]


def test_a_usage_point_stands_for_its_only_meter(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", point=POINT))
    assert [one.meter for one in events(head_end.events())] == [METER]
    assert the_work(head_end).text("Meter/Names/name") == METER


def test_a_control_carries_it_out_and_is_listed_as_any_other(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER), fields={"CorrelationID": "x-1"})
    (control,) = head_end.controls().payload
    assert control.find("{*}EndDeviceControlType").get("ref") == "3.31.0.23"  # type: ignore[union-attr]
    assert control.findtext("{*}reason") == "disconnect"


def test_a_switch_that_is_disabled_lets_the_work_fail_without_a_final_read(head_end: InProcessHeadEnd) -> None:
    head_end.control(METER, code="3.31.0.22")
    reply = ask(head_end, "create", work("disconnect", METER))
    assert (reply.result, "is failed" in reply.said, "disabled" in reply.said) == ("OK", True, True)
    failed = the_work(head_end)
    assert (failed.status, failed.readings) == ("failed", [])
    assert "disabled" in (failed.remark or "")


def test_what_another_command_makes_of_a_scheduled_work_is_what_becomes_of_it(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00"))
    head_end.control(METER, code="3.31.0.22")
    head_end.advance(hours=2)
    assert (the_work(head_end).status, the_work(head_end).readings) == ("failed", [])


def test_a_control_that_a_client_cancels_cancels_its_work(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00"))
    (control,) = head_end.controls().payload
    head_end.change_control("cancel", control.findtext("{*}mRID") or "")
    head_end.advance(hours=2)
    assert (the_work(head_end).status, the_work(head_end).readings) == ("cancelled", [])


def test_a_control_that_a_client_moves_moves_its_work(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00"))
    (control,) = head_end.controls().payload
    start = "<primaryDeviceTiming><interval><start>2026-03-02T16:00:00Z</start></interval></primaryDeviceTiming>"
    moved = (
        f'<EndDeviceControl><mRID>{control.findtext("{*}mRID")}</mRID><EndDeviceControlType ref="3.31.0.23"/>'
        f"{start}</EndDeviceControl>"
    )
    assert head_end.change_control("change", controls=moved).result == "OK"
    head_end.advance(hours=3)
    assert the_work(head_end).status == "scheduled"
    head_end.advance(hours=1)
    assert in_short(the_work(head_end).readings) == [("Meter", "serviceDisconnect", "16:00")]


@pytest.mark.parametrize("kind", ["inspection", "maintenance", "repair", "service", "test"])
def test_a_visit_is_completed_with_a_read(kind: str, head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work(kind, METER, wanted="13:00"))
    head_end.advance(hours=2)
    done = the_work(head_end)
    assert (done.status, in_short(done.readings)) == ("completed", [("Meter", "inquiry", "13:00")])


@pytest.mark.parametrize("kind", ["construction", "other"])
def test_what_is_no_work_at_a_meter_is_kept_on_record(kind: str, head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work(kind, point=POINT, priority="high"))
    done = the_work(head_end)
    assert (done.status, done.readings, done.text("priority")) == ("completed", [], "high")


def test_a_meter_that_gives_no_answer_gives_no_reading(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON) as opened:
        ask(opened, "create", work("meter", old=METER))
        ask(opened, "create", work("inspection", METER))
        _, visit = works_in(get_works(opened).payload)
        assert visit.readings == []
        assert visit.remark == f"no reading: {METER} gave no answer within 10 s"


def test_devices_that_take_their_time_keep_works_in_progress(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, conditions="realistic") as opened:
        works = "".join(work("disconnect", f"M{number:08d}", mrid=f"w{number}") for number in range(20))
        ask(opened, "create", works)
        assert {one.status for one in works_in(get_works(opened).payload)} == {"in progress"}
        opened.advance(minutes=5)
        assert {one.status for one in works_in(get_works(opened).payload)} <= {"completed", "failed"}


def test_each_work_of_a_message_stands_alone(head_end: InProcessHeadEnd) -> None:
    reply = ask(head_end, "create", work("disconnect", METER) + work("disconnect", "nobody"))
    assert (reply.result, reply.codes) == ("PARTIAL", ["2.4", "0.3", "0.2"])
    assert len(reply.ids) == 1
    assert the_work(head_end).text("Meter/Names/name") == METER


@pytest.mark.parametrize(
    ("said", "code", "sentence"),
    [
        pytest.param(work("disconnect", "nobody"), "2.4", "name 'nobody' is not known", id="unknown meter"),
        pytest.param(work("disconnect", METER, point="nowhere"), "2.12", "'nowhere'", id="unknown usage point"),
        pytest.param(work("disconnect", METER, point="UP00000006"), "2.13", "not linked", id="meter elsewhere"),
        pytest.param(work("meter", METER), "1.7", "the UsagePoint at which to install it", id="install nowhere"),
        pytest.param(work("meter"), "1.7", "a Meter or an OldMeter", id="no meter at all"),
        pytest.param(work("disconnect"), "1.7", "names a Meter", id="nothing to disconnect"),
        pytest.param(work(None, METER), "5.8", "has no kind", id="no kind"),
        pytest.param(work("demolition", METER), "1.8", "demolition", id="no such kind"),
        pytest.param("", "1.7", "no MeterServiceWork", id="no work"),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    said: str, code: str, sentence: str, quiet_head_end: InProcessHeadEnd
) -> None:
    reply = ask(quiet_head_end, "create", said)
    assert (reply.result, reply.codes) == ("FAILED", [code])
    assert sentence in reply.said
    assert works_in(get_works(quiet_head_end).payload) == []


def test_a_meter_without_a_switch_cannot_be_disconnected(head_end: InProcessHeadEnd) -> None:
    water = "<EndDeviceInfo><capability><waterMetering>true</waterMetering></capability></EndDeviceInfo>"
    named = f"<Meter>{water}<Names><name>W1</name></Names></Meter>"
    assert configure(head_end, "create", "MeterConfig", named).result == "OK"
    reply = ask(head_end, "create", work("disconnect", "W1"))
    assert (reply.result, reply.codes) == ("FAILED", ["5.2"])
    assert works_in(get_works(head_end).payload) == []


def test_an_mrid_is_given_once(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("other", mrid="W-1", name="Job 7"))
    assert ask(head_end, "create", work("other", mrid="W-1")).codes == ["2.15"]
    assert ask(head_end, "create", work("other", mrid="W-2", name="Job 7")).codes == ["2.15"]
    ask(head_end, "delete", ids=["W-1"])
    assert "was deleted" in ask(head_end, "create", work("other", mrid="W-1")).said
    assert ask(head_end, "create", work("other", mrid="W-2", name="Job 7")).result == "OK"


def test_customers_that_are_not_known_are_warned_of_and_kept(head_end: InProcessHeadEnd) -> None:
    customer = "<Customers><Names><name>Miller</name></Names></Customers>"
    reply = ask(head_end, "create", work("disconnect", METER, customers=customer))
    assert (reply.result, reply.codes) == ("OK", ["2.22", "0.3"])
    assert the_work(head_end).text("Customers/Names/name") == "Miller"

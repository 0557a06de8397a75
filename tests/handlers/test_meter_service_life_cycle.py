"""Works are changed, cancelled, closed and deleted, and others tell of theirs (61968-9:2013, clause 5.5)."""

import pytest

from tests.support.in_process import InProcessHeadEnd
from tests.support.readings import events, meters
from tests.support.service_requests import ask, get_works, new_meter, work, works_in
from tests.support.soap_requests import DISCONNECTED

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.5")

METER, NEW = "M00000005", "Z-77"


def statuses(head_end: InProcessHeadEnd) -> list[str]:
    return [one.status for one in works_in(get_works(head_end).payload)]


def times(head_end: InProcessHeadEnd) -> list[str]:
    """At which times of day the meter was disconnected."""
    return [one.created.strftime("%H:%M") for one in events(head_end.events(METER)) if one.type == DISCONNECTED]


def test_a_work_that_is_cancelled_does_not_happen(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00", mrid="w"))
    reply = ask(head_end, "cancel", ids=["w"])
    assert (reply.result, reply.ids) == ("OK", ("w",))
    head_end.advance(hours=3)
    assert (statuses(head_end), times(head_end)) == (["cancelled"], [])


def test_a_work_that_is_cancelled_takes_its_control_with_it(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00", mrid="w"))
    ask(head_end, "cancel", ids=["w"])
    assert "is cancelled" in head_end.controls().said


@pytest.mark.parametrize("wanted", ["13:00", "16:00"])
def test_another_date_moves_a_work(wanted: str, head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00", mrid="w", priority="low"))
    assert ask(head_end, "change", work(None, wanted=wanted, mrid="w")).result == "OK"
    head_end.advance(hours=5)
    (moved,) = works_in(get_works(head_end).payload)
    assert (moved.status, times(head_end), moved.readings[0].at[11:16]) == ("completed", [wanted], wanted)
    assert (moved.kind, moved.text("priority"), moved.text("Meter/Names/name")) == ("disconnect", "low", METER)


def test_what_a_change_does_not_say_stays(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00", mrid="w", name="Job 7"))
    ask(head_end, "change", work(None, name="Job 7", priority="high"))
    head_end.advance(hours=3)
    (changed,) = works_in(get_works(head_end).payload)
    assert (changed.text("priority"), changed.text("requestDateTime")) == ("high", "2026-03-02T14:00:00Z")
    assert times(head_end) == ["14:00"]


def test_a_change_that_cannot_be_leaves_the_work_as_it_was(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00", mrid="w"))
    reply = ask(head_end, "change", work(None, "nobody", mrid="w"))
    assert (reply.result, reply.codes) == ("FAILED", ["2.4"])
    head_end.advance(hours=3)
    assert (statuses(head_end), times(head_end)) == (["completed"], ["14:00"])


@pytest.mark.parametrize(
    "named",
    [
        pytest.param({"ids": ["w"]}, id="Request/ID with the mRID"),
        pytest.param({"ids": ["Job 7"]}, id="Request/ID with a name"),
        pytest.param({"ids": ["x-1"], "fields": {"Source": "CIS"}}, id="Request/ID with the CorrelationID"),
        pytest.param({"works": work(None, mrid="w")}, id="mRID"),
        pytest.param({"works": work(None, name="Job 7")}, id="Names"),
        pytest.param(
            {"works": work("disconnect", METER), "fields": {"Source": "CIS", "CorrelationID": "x-1"}},
            id="CorrelationID of the create",
        ),
    ],
)
def test_a_work_is_named_in_many_ways(named: dict[str, object], head_end: InProcessHeadEnd) -> None:
    said = work("disconnect", METER, wanted="14:00", mrid="w", name="Job 7")
    ask(head_end, "create", said, fields={"Source": "CIS", "CorrelationID": "x-1"})
    assert ask(head_end, "cancel", **named).ids == ("w",)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("named", "code"),
    [
        pytest.param({"ids": ["nothing"]}, "2.15", id="unknown mRID"),
        pytest.param({"works": work(None, name="nothing")}, "2.15", id="unknown name"),
        pytest.param({"works": work("disconnect", METER)}, "1.5", id="neither mRID nor CorrelationID"),
        pytest.param({"works": work("disconnect", METER), "fields": {"CorrelationID": "x"}}, "2.15", id="another's"),
        pytest.param({}, "1.7", id="nothing at all"),
    ],
)
@pytest.mark.parametrize("verb", ["cancel", "close", "delete"])
def test_a_work_that_is_not_known_is_refused(
    verb: str, named: dict[str, object], code: str, quiet_head_end: InProcessHeadEnd
) -> None:
    reply = ask(quiet_head_end, verb, **named)  # type: ignore[arg-type]
    assert (reply.result, reply.codes) == ("FAILED", [code])


def test_a_work_is_closed_when_it_is_over_and_can_then_be_deleted(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00", mrid="w"))
    assert ask(head_end, "close", ids=["w"]).codes == ["6.1"]
    assert ask(head_end, "delete", ids=["w"]).codes == ["6.1"]
    head_end.advance(hours=2)
    assert ask(head_end, "cancel", ids=["w"]).codes == ["6.1"]
    assert ask(head_end, "close", ids=["w"]).result == "OK"
    assert ask(head_end, "close", ids=["w"]).codes == ["6.1"]
    (closed,) = works_in(get_works(head_end).payload)
    assert (closed.status, len(closed.readings)) == ("closed", 1)
    assert ask(head_end, "delete", ids=["w"]).result == "OK"
    assert statuses(head_end) == []


def test_what_was_cancelled_is_not_cancelled_twice(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00", mrid="w"))
    ask(head_end, "cancel", ids=["w"])
    assert ask(head_end, "cancel", ids=["w"]).codes == ["6.5"]
    assert ask(head_end, "change", work(None, wanted="15:00", mrid="w")).codes == ["6.5"]


# What others do, and tell.


def test_the_work_of_others_is_taken_note_of_and_left_to_them(head_end: InProcessHeadEnd) -> None:
    reply = ask(head_end, "created", work("disconnect", METER, mrid="w", status="on the way"))
    assert (reply.result, reply.codes, reply.ids) == ("OK", ["0.3"], ("w",))
    assert (statuses(head_end), times(head_end)) == (["on the way"], [])
    ask(head_end, "changed", work(None, METER, mrid="w", status="completed"))
    assert statuses(head_end) == ["completed"]
    ask(head_end, "closed", ids=(), works=work(None, METER, mrid="w"))
    assert statuses(head_end) == ["closed"]
    ask(head_end, "deleted", work(None, METER, mrid="w"))
    assert statuses(head_end) == []


def test_an_exchange_that_others_completed_moves_the_link(head_end: InProcessHeadEnd) -> None:
    new_meter(head_end, NEW)
    ask(head_end, "created", work("meter", NEW, METER, mrid="w"))
    assert meters(head_end.read(usage_points=["UP00000005"])) == [METER]
    ask(head_end, "changed", work("meter", NEW, METER, mrid="w", status="completed"))
    head_end.advance(hours=1)
    assert meters(head_end.read(usage_points=["UP00000005"])) == [NEW]
    assert [one.type for one in events(head_end.events(NEW))] == ["3.6.0.27", "3.6.5.34", "3.6.5.58"]
    again = ask(head_end, "changed", work("meter", NEW, METER, mrid="w", status="completed"))
    assert again.result == "OK"
    assert len(events(head_end.events(NEW))) == 3


def test_what_others_did_before_its_time_is_not_done_again(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00", mrid="w"))
    ask(head_end, "changed", work(None, METER, mrid="w", status="completed"))
    head_end.advance(hours=3)
    assert (statuses(head_end), times(head_end)) == (["completed"], [])


def test_others_cancel_what_was_scheduled_here(head_end: InProcessHeadEnd) -> None:
    ask(head_end, "create", work("disconnect", METER, wanted="14:00", mrid="w"))
    assert ask(head_end, "canceled", work(None, METER, mrid="w")).result == "OK"
    head_end.advance(hours=3)
    assert (statuses(head_end), times(head_end)) == (["cancelled"], [])


def test_news_that_cannot_be_followed_is_acknowledged_with_a_warning(head_end: InProcessHeadEnd) -> None:
    reply = ask(head_end, "changed", work("meter", "nobody", METER, mrid="w", status="completed"))
    assert (reply.result, reply.codes) == ("OK", ["0.3", "2.4"])
    assert statuses(head_end) == ["completed"]
    unknown = ask(head_end, "closed", work(None, METER, mrid="nothing"))
    assert (unknown.result, unknown.codes) == ("OK", ["0.3", "2.15"])

"""Change, Cancel, Close and Delete of EndDeviceControls on the wire (61968-9:2013, clause 5.4)."""

import pytest

from tests.conftest import NOON
from tests.support.controls import ControlSeen, controls_in
from tests.support.in_process import InProcessHeadEnd
from tests.support.readings import events
from tests.support.soap_requests import CONNECT, DISCONNECT, control

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.4")

METER, OTHER = "M00000005", "M00000006"
LOAD_EVENT, TEXT, PRICE, PAIRING = "3.15.43.300", "3.13.112.77", "3.20.9.82", "3.10.73.298"


def timing(start: str = "14:00", more: str = "") -> str:
    """primaryDeviceTiming with a start on the day of the tests."""
    interval = f"<interval><start>2026-03-02T{start}:00Z</start></interval>" if start else ""
    return f"<primaryDeviceTiming>{more}{interval}</primaryDeviceTiming>"


def own(mrid: str, *meters: str, code: str = DISCONNECT, before: str = "", after: str = "") -> str:
    """A control that its client gives an mRID."""
    return control(*meters, code=code, before=f"<mRID>{mrid}</mRID>{before}", after=after)


def load_event(start: str, minutes: int) -> str:
    """A PanDemandResponse with a start on the day of the tests."""
    begin = f"<startDateTime>2026-03-02T{start}:00Z</startDateTime>"
    return f"<PanDemandResponse><duration>{minutes}</duration>{begin}</PanDemandResponse>"


def scheduled(head_end: InProcessHeadEnd, *meters: str, mrid: str = "c", **fields: str) -> None:
    """A disconnect for 14:00; it is 12:00."""
    reply = head_end.control(controls=own(mrid, *meters or (METER,), after=timing()), fields=fields or None)
    assert reply.result == "OK"


def told(head_end: InProcessHeadEnd, *meters: str) -> list[tuple[str, str]]:
    return [(f"{one.created:%H:%M}", one.type) for one in events(head_end.events(*meters or (METER,)))]


def the_control(head_end: InProcessHeadEnd) -> ControlSeen:
    (found,) = controls_in(head_end.controls().payload)
    return found


# Cancel.


def test_a_scheduled_control_that_is_cancelled_does_not_happen(head_end: InProcessHeadEnd) -> None:
    scheduled(head_end)
    reply = head_end.change_control("cancel", "c")
    assert (reply.result, reply.codes, reply.ids) == ("OK", [], ("c",))
    head_end.advance(hours=3)
    assert told(head_end) == []
    assert the_control(head_end).devices == {METER: "cancelled"}


@pytest.mark.parametrize(
    ("named", "fields"),
    [
        ({"ids": ["x-1"]}, {"Source": "CIS"}),
        ({"controls": control()}, {"Source": "CIS", "CorrelationID": "x-1"}),
        ({"controls": control(METER)}, {"Source": "CIS", "CorrelationID": "x-1"}),
        ({"controls": control(code="*.31.0.23")}, {"Source": "CIS", "CorrelationID": "x-1"}),
        ({"controls": control(before="<issuerTrackingID>T-1</issuerTrackingID>")}, {"Source": "CIS"}),
        ({"ids": ["T-1"]}, {"Source": "CIS"}),
        ({"controls": own("c")}, {}),
        ({"controls": own("c", code="")}, {}),
        ({"ids": ["c"], "controls": own("c")}, {}),
    ],
    ids=[
        "the CorrelationID as Request/ID", "its type and CorrelationID", "its device, too", "any device type",
        "its tracking number", "the tracking number as Request/ID", "its mRID in the payload", "no type", "both",
    ],
)  # fmt: skip
def test_a_control_is_named_by_what_its_client_knows_of_it(
    head_end: InProcessHeadEnd, named: dict[str, object], fields: dict[str, str]
) -> None:
    given = own("c", METER, before="<issuerTrackingID>T-1</issuerTrackingID>", after=timing())
    head_end.control(controls=given, fields={"Source": "CIS", "CorrelationID": "x-1"})
    ids = named.pop("ids", ())
    reply = head_end.change_control("cancel", *ids, fields=fields, **named)  # type: ignore[misc]
    assert (reply.result, reply.ids) == ("OK", ("c",)), reply.said


@pytest.mark.parametrize(
    ("what", "fields", "code", "words"),
    [
        ({"ids": ["nobody"]}, {}, "2.15", "there is no EndDeviceControl 'nobody'"),
        ({"controls": own("nobody")}, {}, "2.15", "there is no EndDeviceControl 'nobody'"),
        ({"controls": own("c", code=CONNECT)}, {}, "2.15", "is of type 3.31.0.23, not 3.31.0.18"),
        ({"controls": own("c", "nobody")}, {}, "2.4", "EndDevice name 'nobody'"),
        ({"controls": own("c", code="3.31.0")}, {}, "1.8", "has 3"),
        ({"controls": control()}, {"CorrelationID": "x-1", "Source": "MDM"}, "2.15", "'x-1' by 'MDM'"),
        ({"controls": control()}, {"CorrelationID": "x-2", "Source": "CIS"}, "2.15", "'x-2' by 'CIS'"),
        ({"controls": control(OTHER)}, {"CorrelationID": "x-1", "Source": "CIS"}, "2.15", "at these devices"),
        ({"controls": control()}, {}, "1.5", "Header/CorrelationID"),
        ({}, {}, "1.6", "names no EndDeviceControl"),
        ({"controls": ""}, {}, "1.6", "names no EndDeviceControl"),
    ],
    ids=[
        "an unknown ID", "an unknown mRID", "another type", "an unknown device", "a wrong type",
        "another source", "another CorrelationID", "another device by CorrelationID", "nothing to know it by",
        "no control at all", "an empty payload",
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["cancel", "close", "delete"])
def test_what_names_no_control_is_refused(
    head_end: InProcessHeadEnd, verb: str, what: dict[str, object], fields: dict[str, str], code: str, words: str
) -> None:
    scheduled(head_end, Source="CIS", CorrelationID="x-1")
    given = dict(what)
    ids = given.pop("ids", ())
    reply = head_end.change_control(verb, *ids, fields=fields, **given)  # type: ignore[misc]
    assert (reply.result, reply.codes) == ("FAILED", [code]), reply.said
    assert words in reply.said
    assert the_control(head_end).devices == {METER: "scheduled"}


def test_a_device_that_a_control_is_not_for_is_named(head_end: InProcessHeadEnd) -> None:
    scheduled(head_end)
    reply = head_end.change_control("cancel", controls=own("c", METER, OTHER))
    assert (reply.result, reply.codes, reply.ids) == ("PARTIAL", ["2.15", "0.2"], ("c",))
    assert reply.errors[0].object_id == head_end.head_end.fleet.meter(6).mrid


def test_of_controls_with_the_same_correlation_the_newest_is_meant(head_end: InProcessHeadEnd) -> None:
    scheduled(head_end, mrid="old", CorrelationID="String")
    head_end.advance(minutes=1)
    scheduled(head_end, OTHER, mrid="new", CorrelationID="String")
    assert head_end.change_control("cancel", controls=control(), fields={"CorrelationID": "String"}).ids == ("new",)
    assert head_end.change_control("cancel", controls=control(METER), fields={"CorrelationID": "String"}).ids == (
        "old",
    )


def test_a_control_is_cancelled_at_single_devices(head_end: InProcessHeadEnd) -> None:
    scheduled(head_end, METER, OTHER)
    assert head_end.change_control("cancel", controls=own("c", OTHER)).result == "OK"
    head_end.advance(hours=3)
    assert told(head_end, METER, OTHER) == [("14:00", "3.31.0.68")]
    assert the_control(head_end).devices == {METER: "done", OTHER: "cancelled"}


def test_where_it_is_too_late_for_some_devices_the_reply_is_partial_and_names_them(head_end: InProcessHeadEnd) -> None:
    scheduled(head_end, METER, OTHER)
    head_end.change_control("cancel", controls=own("c", OTHER))
    reply = head_end.change_control("cancel", "c")
    assert (reply.result, reply.codes) == ("PARTIAL", ["6.5", "0.2"])
    other = head_end.head_end.fleet.meter(6).mrid
    assert reply.errors[0].object_id == other
    assert reply.said.startswith(f"EndDeviceControl c at {other} was cancelled before")


def test_a_load_control_event_that_is_cancelled_before_its_start_tells_so(head_end: InProcessHeadEnd) -> None:
    head_end.control(controls=own("c", METER, code=LOAD_EVENT, before=load_event("13:00", 15)))
    head_end.advance(minutes=30)
    assert head_end.change_control("cancel", "c").result == "OK"
    head_end.advance(hours=2)
    assert told(head_end) == [("12:00", "3.15.43.83"), ("12:30", "3.15.43.10")]
    seen = the_control(head_end)
    assert (seen.devices, seen.events) == ({METER: "cancelled"}, {METER: "3.15.43.10"})


def test_a_text_that_is_cancelled_before_it_is_shown_tells_so(head_end: InProcessHeadEnd) -> None:
    part = "<PanDisplay><startDateTime>2026-03-02T13:00:00Z</startDateTime><textMessage>Peak</textMessage></PanDisplay>"
    head_end.control(controls=own("c", METER, code=TEXT, before=part))
    assert head_end.change_control("cancel", "c").result == "OK"
    head_end.advance(hours=2)
    assert told(head_end) == [("12:00", "3.13.112.10")]


# Change.


def test_a_scheduled_control_gets_another_start(head_end: InProcessHeadEnd) -> None:
    scheduled(head_end)
    reply = head_end.change_control("change", controls=own("c", after=timing("16:00")))
    assert (reply.result, reply.ids) == ("OK", ("c",))
    assert the_control(head_end).text("primaryDeviceTiming/interval/start") == "2026-03-02T16:00:00Z"
    head_end.advance(hours=5)
    assert told(head_end) == [("16:00", "3.31.0.68")]


def test_the_control_that_is_changed_may_be_named_by_a_request_id(head_end: InProcessHeadEnd) -> None:
    scheduled(head_end)
    assert head_end.change_control("change", "c", controls=control(after=timing("16:00"))).ids == ("c",)


def test_a_start_that_is_over_is_now(head_end: InProcessHeadEnd) -> None:
    scheduled(head_end)
    head_end.change_control("change", controls=own("c", after=timing("09:00")))
    assert told(head_end) == [("12:00", "3.31.0.68")]


def test_a_planned_load_event_gets_another_start_and_duration(head_end: InProcessHeadEnd) -> None:
    head_end.control(controls=own("c", METER, code=LOAD_EVENT, after=timing("13:00", "<duration>15</duration>")))
    part = own("c", code=LOAD_EVENT, before=load_event("15:00", 30))
    assert head_end.change_control("change", controls=part).result == "OK"
    head_end.advance(hours=5)
    assert told(head_end) == [("12:00", "3.15.43.83"), ("15:00", "3.15.17.242"), ("15:30", "3.15.17.243")]


def test_a_duration_alone_leaves_the_start(head_end: InProcessHeadEnd) -> None:
    head_end.control(controls=own("c", METER, code="3.15.0.54", after=timing("13:00", "<duration>15</duration>")))
    head_end.change_control("change", controls=own("c", code="3.15.0.54", after=timing("", "<duration>60</duration>")))
    head_end.advance(hours=5)
    assert told(head_end) == [("13:00", "3.15.17.242"), ("14:00", "3.15.17.243")]


def test_a_control_that_is_changed_twice_happens_once(head_end: InProcessHeadEnd) -> None:
    scheduled(head_end)
    for start in ("16:00", "15:00", "14:30"):
        assert head_end.change_control("change", controls=own("c", after=timing(start))).result == "OK"
    head_end.advance(hours=5)
    assert told(head_end) == [("14:30", "3.31.0.68")]


@pytest.mark.parametrize(
    ("controls", "code", "words"),
    [
        (own("c", before="<reason>new</reason>", after=timing("16:00")), "1.8", "reason cannot be changed"),
        (own("c", before="<drProgramLevel>2</drProgramLevel>", after=timing("16:00")), "1.8", "drProgramLevel"),
        (own("c", METER, after=timing("16:00")), "1.8", "its devices cannot be changed"),
        (own("c", code=CONNECT, after=timing("16:00")), "2.15", "is of type 3.31.0.23"),
        (own("c", METER, OTHER), "1.8", "the Payload changes nothing; what may be is start, duration and"),
        (own("c", "M00000009", after=timing("16:00")), "2.15", "is not for"),
        (own("nobody", after=timing("16:00")), "2.15", "nobody"),
        (None, "1.7", "a change says in its Payload"),
    ],
    ids=["a reason", "a level", "fewer devices", "a type", "nothing", "another device", "unknown", "no payload"],
)
def test_nothing_but_the_timing_is_changed(
    head_end: InProcessHeadEnd, controls: str | None, code: str, words: str
) -> None:
    scheduled(head_end, METER, OTHER)
    reply = head_end.change_control("change", "c" if controls is None else "", controls=controls)
    assert (reply.result, set(reply.codes)) == ("FAILED", {code}), reply.said
    assert words in reply.said
    head_end.advance(hours=5)
    assert told(head_end, METER, OTHER) == [("14:00", "3.31.0.68")] * 2


def test_a_client_may_send_its_whole_control_again_with_another_timing(head_end: InProcessHeadEnd) -> None:
    before = "<mRID>c</mRID><issuerID>CIS</issuerID><issuerTrackingID>T-1</issuerTrackingID><reason>move</reason>"
    head_end.control(controls=control(METER, OTHER, before=before, after=timing()))
    again = control(METER, OTHER, before=before, after=timing("15:00"))
    assert head_end.change_control("change", controls=again).result == "OK"


# Close and delete.


def test_a_control_that_is_over_is_closed_and_stays_listed(head_end: InProcessHeadEnd) -> None:
    head_end.control(controls=own("c", METER))
    assert (reply := head_end.change_control("close", "c")).result == "OK"
    assert reply.ids == ("c",)
    assert the_control(head_end).devices == {METER: "done"}
    assert "EndDeviceControl c is closed" in head_end.controls().said


def test_a_control_that_is_over_is_deleted_and_known_no_more(head_end: InProcessHeadEnd) -> None:
    head_end.control(controls=own("c", METER))
    assert head_end.change_control("delete", "c").ids == ("c",)
    assert controls_in(head_end.controls().payload) == []
    assert head_end.change_control("delete", "c").codes == ["2.15"]
    assert told(head_end) == [("12:00", "3.31.0.68")]


def test_an_mrid_is_given_once_also_after_its_control_was_deleted(head_end: InProcessHeadEnd) -> None:
    head_end.control(controls=own("c", METER))
    head_end.change_control("delete", "c")
    reply = head_end.control(controls=own("c", METER))
    assert (reply.codes, "it was deleted, and mRIDs are given once" in reply.said) == (["2.15"], True)


def test_controls_that_we_name_get_new_names_after_one_was_deleted(head_end: InProcessHeadEnd) -> None:
    (first,) = head_end.disconnect(METER).ids
    head_end.change_control("delete", first)
    assert head_end.disconnect(METER).ids != (first,)


def test_good_ones_among_bad_ones_give_partial(head_end: InProcessHeadEnd) -> None:
    head_end.control(controls=own("over", METER))
    scheduled(head_end)
    reply = head_end.change_control("delete", "over", "c", "nobody")
    assert (reply.result, reply.codes, reply.ids) == ("PARTIAL", ["6.1", "2.15", "0.2"], ("over",))


# Targets.


def test_a_control_is_for_all_members_of_a_group(head_end: InProcessHeadEnd) -> None:
    group = head_end.control(
        controls=own("c", after="<EndDeviceGroups><Names><name>T00000000</name></Names></EndDeviceGroups>")
    )
    assert group.result == "OK"
    members = head_end.head_end.fleet.group_members("T00000000")
    assert members is not None
    seen = the_control(head_end)
    assert seen.devices == {head_end.head_end.fleet.meter(int(one)).name: "done" for one in members}
    assert seen.text("EndDeviceGroups/Names/name") == "T00000000"


def test_groups_of_usage_points_and_several_controls_go_together(head_end: InProcessHeadEnd) -> None:
    point = "<UsagePointGroups><Names><name>T00000000</name></Names></UsagePointGroups>"
    both = own("a", after=point) + own("b", METER, code=CONNECT)
    assert head_end.control(controls=both).ids == ("a", "b")
    assert [one.mrid for one in controls_in(head_end.controls().payload)] == ["a", "b"]
    assert head_end.clock.now() == NOON

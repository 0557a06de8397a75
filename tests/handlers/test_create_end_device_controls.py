"""Disconnecting and connecting the supply (61968-9:2013, clause 5.4)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd
from tests.support.readings import events, intervals, registers
from tests.support.reply import Reply
from tests.support.soap_requests import (
    BASE,
    CONNECT,
    CONNECTED,
    DISCONNECT,
    DISCONNECTED,
    control,
    envelope,
    header,
)

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.4")

METER = "M00000005"


def values(head_end: InProcessHeadEnd, since: datetime = NOON) -> list[int]:
    """The load profile since an instant, in Wh."""
    period = (since.isoformat(), head_end.clock.now().isoformat())
    return [int(reading.value) for reading in intervals(head_end.read(METER, period=period))]


def told(head_end: InProcessHeadEnd) -> list[str]:
    """Types of the events of the meter, oldest first."""
    return [event.type for event in events(head_end.events(METER))]


def test_a_disconnect_is_ok_and_names_its_control(head_end: InProcessHeadEnd) -> None:
    reply = head_end.disconnect(METER)
    assert (reply.result, reply.errors, reply.has_payload) == ("OK", (), False)
    assert len(reply.ids) == 1


def test_energy_is_flat_while_a_meter_is_disconnected(head_end: InProcessHeadEnd) -> None:
    head_end.disconnect(METER)
    before = registers(head_end.read(METER))[0].value
    head_end.advance(hours=6)
    assert values(head_end) == [0] * 24
    assert registers(head_end.read(METER))[0].value == before


def test_energy_before_the_disconnect_stays_as_it_was(head_end: InProcessHeadEnd) -> None:
    morning = NOON - timedelta(hours=6)
    before = values(head_end, morning)
    head_end.disconnect(METER)
    assert values(head_end, morning) == before
    assert sum(before) > 0


def test_the_interval_in_which_a_meter_is_disconnected_holds_a_part(head_end: InProcessHeadEnd) -> None:
    head_end.advance(minutes=7)
    at_disconnect = registers(head_end.read(METER))[0].value
    head_end.disconnect(METER)
    head_end.advance(minutes=53)
    first, *rest = values(head_end)
    assert rest == [0, 0, 0]
    noon = registers(head_end.read(METER, period=("2026-03-01T12:00:00Z", NOON.isoformat())))[-1].value
    day_so_far = sum(values(head_end, datetime(2026, 3, 2, tzinfo=UTC)))
    assert first > 0
    assert day_so_far == (at_disconnect - noon) * 1000


def test_a_connect_ends_it(head_end: InProcessHeadEnd) -> None:
    head_end.disconnect(METER)
    head_end.advance(hours=1)
    assert head_end.connect(METER).result == "OK"
    head_end.advance(hours=6)
    first_hour, later = values(head_end)[:4], values(head_end)[4:]
    assert first_hour == [0] * 4
    assert sum(later) > 0


def test_other_meters_go_on(head_end: InProcessHeadEnd) -> None:
    period = ("2026-03-02T12:00:00Z", "2026-03-02T18:00:00Z")
    head_end.disconnect(METER)
    head_end.advance(hours=6)
    other = intervals(head_end.read("M00000006", period=period))
    assert sum(reading.value for reading in other) > 0


def test_each_control_leaves_the_event_of_its_success(head_end: InProcessHeadEnd) -> None:
    head_end.disconnect(METER)
    head_end.advance(minutes=1)
    head_end.connect(METER)
    assert told(head_end) == [DISCONNECTED, CONNECTED]


def test_an_event_tells_when_and_how_the_switch_stands(head_end: InProcessHeadEnd) -> None:
    head_end.disconnect(METER)
    (event,) = events(head_end.events(METER))
    assert (event.created, event.meter, event.details) == (NOON, METER, {"contactorPosition": "Opened"})


def test_an_event_repeats_the_issuers_tracking_id_and_the_reason(head_end: InProcessHeadEnd) -> None:
    given = "<issuerID>CIS</issuerID><issuerTrackingID>T-1</issuerTrackingID><reason>move out</reason>"
    head_end.control(controls=control(METER, before=given))
    (event,) = events(head_end.events(METER))
    assert (event.issuer_tracking_id, event.reason) == ("T-1", "move out")


def test_a_meter_that_already_is_where_it_should_be_reports_success(head_end: InProcessHeadEnd) -> None:
    assert [head_end.disconnect(METER).result, head_end.disconnect(METER).result] == ["OK", "OK"]
    assert told(head_end) == [DISCONNECTED, DISCONNECTED]


def test_a_disconnect_and_a_connect_at_the_same_instant_leave_the_supply_on(head_end: InProcessHeadEnd) -> None:
    head_end.control(controls=control(METER, code=DISCONNECT) + control(METER, code=CONNECT))
    head_end.advance(hours=6)
    assert sum(values(head_end)) > 0
    assert told(head_end) == [DISCONNECTED, CONNECTED]


@pytest.mark.parametrize("code", ["3.31.0.23", "0.31.0.23", "*.31.0.23"])
def test_the_first_part_of_the_code_may_be_left_open(head_end: InProcessHeadEnd, code: str) -> None:
    assert head_end.control(METER, code=code).result == "OK"
    head_end.advance(hours=1)
    assert values(head_end) == [0] * 4


def test_a_control_type_may_be_described_in_the_message(head_end: InProcessHeadEnd) -> None:
    described = (
        "<EndDeviceControlType><domain>31</domain><eventOrAction>23</eventOrAction><subDomain>0</subDomain>"
        "<type>3</type><Names><name>switch off</name></Names></EndDeviceControlType>"
    )
    assert head_end.control(controls=control(METER, code="switch off") + described).result == "OK"
    assert told(head_end) == [DISCONNECTED]


def test_one_control_may_name_many_devices(head_end: InProcessHeadEnd) -> None:
    names = [f"M{index:08d}" for index in range(250)]
    reply = head_end.disconnect(*names)
    assert (reply.result, len(reply.ids)) == ("OK", 1)
    assert sorted(event.meter for event in events(head_end.events())) == names


def test_a_device_may_be_named_by_its_usage_point(head_end: InProcessHeadEnd) -> None:
    by_usage_point = "<UsagePoints><Names><name>UP00000005</name></Names></UsagePoints>"
    assert head_end.control(controls=control(after=by_usage_point)).result == "OK"
    assert told(head_end) == [DISCONNECTED]


def test_the_mrid_of_a_control_is_the_clients_if_it_gives_one(head_end: InProcessHeadEnd) -> None:
    assert head_end.control(controls=control(METER, before="<mRID>my-control</mRID>")).ids == ("my-control",)


def test_an_unknown_device_among_known_ones_gives_partial(head_end: InProcessHeadEnd) -> None:
    reply = head_end.disconnect(METER, "nobody")
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("PARTIAL", ["2.4", "0.2"], "nobody")
    assert told(head_end) == [DISCONNECTED]


def test_an_error_names_the_class_of_the_object_and_not_the_element(head_end: InProcessHeadEnd) -> None:
    (object_id,) = head_end.disconnect("nobody").element.iter("{*}ID")
    assert dict(object_id.attrib) == {"kind": "name", "objectType": "EndDevice"}


def test_a_bad_control_among_good_ones_gives_partial(head_end: InProcessHeadEnd) -> None:
    reply = head_end.control(controls=control(METER) + control("M00000006", code="3.31.0"))
    assert (reply.result, reply.codes) == ("PARTIAL", ["1.8", "0.2"])
    assert [event.meter for event in events(head_end.events())] == [METER]


REFUSED = {
    "an unknown device": (control("nobody"), "2.4", "EndDevice"),
    "no device": (control(), "1.7", "names no device"),
    "a group": (control(after="<EndDeviceGroups><mRID>g</mRID></EndDeviceGroups>"), "2.15", "EndDeviceGroup mRID"),
    "an unknown usage point": (control(after="<UsagePoints><mRID>u</mRID></UsagePoints>"), "2.12", "u"),
    "a code of three parts": (control(METER, code="3.31.0"), "1.8", "has 3"),
    "a code with letters": (control(METER, code="a.b.c.d"), "1.8", "a.b.c.d"),
    "a code of huge numbers": (control(METER, code=f"3.31.0.{'9' * 5000}"), "1.8", "3.31.0.9"),
    "no code": (control(METER, code=""), "1.7", "EndDeviceControlType has no ref"),
    "a timing that ends before it starts": (
        control(
            METER,
            after="<primaryDeviceTiming><interval><end>2026-03-01T00:00:00Z</end><start>2026-03-02T00:00:00Z</start>"
            "</interval></primaryDeviceTiming>",
        ),
        "1.8",
        "interval/end (line 1): the period ends at",
    ),
    "no control at all": ("<!-- none -->", "1.7", "needs at least one EndDeviceControl"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_message_in_which_nothing_can_be_done_is_refused_and_nothing_is_kept(
    head_end: InProcessHeadEnd, name: str
) -> None:
    text, code, details = REFUSED[name]
    reply = head_end.control(controls=text)
    assert (reply.result, reply.codes, reply.ids) == ("FAILED", [code], ())
    assert details in reply.said
    assert events(head_end.events()) == []


def test_a_start_in_the_past_is_now(head_end: InProcessHeadEnd) -> None:
    timing = "<primaryDeviceTiming><interval><start>2026-03-01T00:00:00Z</start></interval></primaryDeviceTiming>"
    assert head_end.control(controls=control(METER, after=timing)).result == "OK"
    assert [event.created for event in events(head_end.events())] == [NOON]


def test_a_second_control_with_the_same_mrid_is_refused(head_end: InProcessHeadEnd) -> None:
    once = control(METER, before="<mRID>my-control</mRID>")
    head_end.control(controls=once)
    reply = head_end.control(controls=once)
    assert (reply.result, reply.codes) == ("FAILED", ["2.15"])
    assert "there is an EndDeviceControl with mRID 'my-control' already" in reply.said


def other_operation(head_end: InProcessHeadEnd, verb: str) -> Reply:
    name = f"{verb.capitalize()}EndDeviceControls"
    text = f'<{name} xmlns="{BASE}/EndDeviceControlsMessage">{header(verb, "EndDeviceControls")}</{name}>'
    return head_end.post("ExecuteEndDeviceControls", envelope(text))


@pytest.mark.parametrize("verb", ["change", "cancel", "close", "delete"])
def test_an_operation_of_the_contract_that_is_not_carried_out_here_says_so(
    quiet_head_end: InProcessHeadEnd, verb: str
) -> None:
    reply = other_operation(quiet_head_end, verb)
    assert (reply.result, reply.codes) == ("FAILED", ["2.9"])
    assert "is in the contract but not carried out here; these are: " in reply.said

"""DX-1 to DX-7: what the published procedures leave open, one rule of the transport or of the profiles each."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.procedures.bench import NOON, Bench
from tests.procedures.truth import register_kwh
from tests.support.controls import ToldControls, told_controls
from tests.support.master_data import done as execute_master_data
from tests.support.master_data import get as get_master_data
from tests.support.master_data import named
from tests.support.operation_sets import failures, linkage, meters, operation, operation_set, usage_points
from tests.support.readings import events, intervals, registers
from tests.support.readings import meters as meters_in
from tests.support.reply import Reply
from tests.support.served_mdm import Arrived
from tests.support.soap_requests import DISCONNECT, DISCONNECTED, ENERGY, LOAD_PROFILE, MESSAGE, Fields, control

START = datetime.fromisoformat(NOON)
METER, OTHER, UNKNOWN = "M00000011", "M00000012", "M99999999"
TOWN = [f"M{number:08}" for number in range(200)]
NOT_DISCONNECTED = "3.31.0.84"
X: Fields = {"Source": "MDM", "MessageID": "M", "CorrelationID": "X"}


def read_later(bench: Bench, *meters: str, **fields: str | None) -> Reply:
    """Asks for registers; the reply is to come later."""
    address = bench.mdm.reply_url("MeterReadings")
    return bench.head_end.read(
        *meters, reading_types=[ENERGY], fields={**X, "AsyncReplyFlag": "true", "ReplyAddress": address, **fields}
    )


# DX-1: asynchronous acknowledgment.


@pytest.mark.step("DX-1", 1, 2)
def test_the_readings_of_many_meters_follow_in_several_messages(bench: Bench) -> None:
    acknowledged = read_later(bench, *TOWN)
    assert (acknowledged.result, acknowledged.codes, acknowledged.has_payload) == ("OK", ["0.3"], False)
    bench.settle()
    parts = bench.arrived()
    assert [one.gist for one in parts] == [("reply", "MeterReadings", "X")] * 4
    assert [(one.reply.result, one.reply.codes) for one in parts] == [("PARTIAL", ["0.1"])] * 3 + [("PARTIAL", ["0.2"])]
    assert [meter for one in parts for meter in meters_in(one)] == TOWN
    values = [one.value for part in parts for one in registers(part)]
    assert values == [register_kwh(meter, START) for meter in TOWN]


@pytest.mark.step("DX-1", 2)
def test_a_single_late_reply_is_whole(bench: Bench) -> None:
    read_later(bench, METER)
    bench.settle()
    (late,) = bench.arrived()
    assert (late.reply.result, late.reply.codes, meters_in(late)) == ("OK", ["0.0"], [METER])


@pytest.mark.step("DX-1", 1)
@pytest.mark.parametrize("address", ["NONE", None, "", "MDM", "topic:replies"])
def test_without_an_address_nothing_else_happens(bench: Bench, address: str | None) -> None:
    reply = read_later(bench, METER, ReplyAddress=address)
    assert (reply.result, reply.codes, reply.has_payload) == ("FAILED", ["1.5"], False)
    assert "ReplyAddress" in reply.said
    bench.advance(hours=1)
    assert (bench.mdm.received(), list(bench.control.deliveries())) == ([], [])


@pytest.mark.step("DX-1", 1)
@pytest.mark.parametrize("fields", [{"CorrelationID": None}, {"CorrelationID": ""}])
def test_without_a_correlation_id_the_message_id_ties_all_together(bench: Bench, fields: dict[str, str | None]) -> None:
    assert read_later(bench, METER, **fields).header["CorrelationID"] == "M"
    bench.settle()
    assert [one.correlation_id for one in bench.arrived()] == ["M"]


@pytest.mark.step("DX-1", 2)
def test_parts_that_do_not_arrive_come_again_and_hold_up_the_rest(bench: Bench) -> None:
    bench.mdm.told("fault", times=1)
    bench.mdm.told("drop", times=1)
    read_later(bench, *TOWN[:100])
    came = bench.eventually_came(4)
    assert [one.outcome for one in came] == ["declined", "declined", "accepted", "accepted"]
    assert came[0].envelope == came[1].envelope == came[2].envelope
    assert [meter for one in came[2:] for meter in meters_in(one)] == TOWN[:100]


@pytest.mark.step("DX-1", 2)
def test_a_client_that_never_takes_it_leaves_a_dead_letter_which_an_operator_can_send(bench: Bench) -> None:
    bench.mdm.told("fault", times=5)
    read_later(bench, METER)
    bench.eventually_came(5)
    (dead,) = bench.control.deliveries("dead")
    assert (dead["attempts"], dead["outcome"], dead["correlation_id"]) == (5, "SOAP fault", "X")
    bench.advance(days=1)
    assert len(bench.mdm.received()) == 5, "nobody sends it by itself any more"
    bench.control.retry_delivery(dead["id"])
    bench.eventually_came(6)
    assert [meters_in(one) for one in bench.arrived()] == [[METER]]


# DX-2: partial result.


@pytest.mark.step("DX-2", 1)
def test_of_a_known_and_an_unknown_meter_the_known_one_is_answered(bench: Bench) -> None:
    reply = bench.head_end.read(METER, UNKNOWN, fields=X)
    assert (reply.result, reply.codes) == ("PARTIAL", ["2.4", "0.2"])
    assert reply.errors[0].object_id == UNKNOWN
    assert [(one.meter, one.value) for one in registers(reply)] == [(METER, register_kwh(METER, START))]


@pytest.mark.step("DX-2", 1)
def test_of_unknown_meters_only_nothing_is_answered(bench: Bench) -> None:
    reply = bench.head_end.read(UNKNOWN, "M99999998", fields=X)
    assert (reply.result, reply.codes, reply.has_payload) == ("FAILED", ["2.4", "2.4"], False)
    assert [error.object_id for error in reply.errors] == [UNKNOWN, "M99999998"]


# DX-3: control over a group.

MIXED = {
    "done": {"SLOW-00", "SLOW-01", "SLOW-02", "SLOW-03"},
    "stuck": {"STUCK-00", "STUCK-01"},
    "silent": {"NIGHT-00", "NIGHT-01"},
    "no switch": {"LAMP-00", "LAMP-01"},
}
"""The meters of one transformer, by what comes of a disconnect."""
GROUP = "T00000022"


def over_group(group: str) -> str:
    """A disconnect of all members of a group."""
    return control(after=f"<EndDeviceGroups><Names><name>{group}</name></Names></EndDeviceGroups>")


@pytest.mark.step("DX-3", 1, 2)
def test_every_member_of_a_group_gets_the_command_and_is_accounted_for(bench: Bench) -> None:
    bench.subscribe("EndDeviceEvents")
    fields = {**X, "AsyncReplyFlag": "true", "ReplyAddress": bench.mdm.reply_url("EndDeviceControls")}
    acknowledged = bench.head_end.control(controls=over_group(GROUP), fields=fields)
    assert (acknowledged.result, acknowledged.codes) == ("PARTIAL", ["5.2", "5.2", "0.3"])
    assert acknowledged.header["CorrelationID"] == "X"
    bench.advance(minutes=1)

    told = [one for message in bench.arrived(noun="EndDeviceEvents", correlation="X") for one in events(message)]
    assert {(one.meter, one.type) for one in told} == {
        *((meter, DISCONNECTED) for meter in MIXED["done"]),
        *((meter, NOT_DISCONNECTED) for meter in MIXED["stuck"]),
    }
    (late,) = bench.arrived(verb="reply")
    assert (late.gist, late.reply.result) == (("reply", "EndDeviceControls", "X"), "PARTIAL")
    mrids = {bench.control.meter(meter)["mRID"]: meter for meter in set().union(*MIXED.values())}
    failed = {mrids[error.object_id or ""]: error.code for error in late.reply.errors if error.code != "0.2"}
    assert failed == {
        **dict.fromkeys(MIXED["stuck"] | MIXED["silent"], "5.3"),
        **dict.fromkeys(MIXED["no switch"], "5.2"),
    }
    assert set(failed) | {one.meter for one in told} == set(mrids.values()), "the set of devices is complete"


@pytest.mark.step("DX-3", 1)
def test_a_group_without_members_or_that_is_not_known_is_refused(bench: Bench) -> None:
    execute_master_data(bench.head_end, "create", "MeterConfig", named("Meter", NEW))
    execute_master_data(bench.head_end, "delete", "MeterConfig", named("Meter", NEW))
    for group, code in (("registered", "5.2"), ("T99999999", "2.15")):
        reply = bench.head_end.control(controls=over_group(group), fields=X)
        assert (reply.result, reply.codes) == ("FAILED", [code])


# DX-4: cancel a scheduled control.

LATER = START + timedelta(hours=1)
AT_ONE = f"<primaryDeviceTiming><interval><start>{LATER.isoformat()}</start></interval></primaryDeviceTiming>"
BY_CORRELATION: Fields = {"Source": "MDM", "MessageID": "M-2", "CorrelationID": "X"}


def cancel(bench: Bench, *meters: str, fields: Fields = BY_CORRELATION) -> Reply:
    """By the CorrelationID of the create, the type and the devices."""
    return bench.head_end.change_control("cancel", controls=control(*meters), fields=fields)


def controls_told(bench: Bench) -> list[ToldControls]:
    return [told_controls(one.envelope) for one in bench.arrived(noun="EndDeviceControls")]


@pytest.mark.step("DX-4", 1)
def test_a_control_that_is_cancelled_in_time_does_not_happen(bench: Bench) -> None:
    bench.subscribe("EndDeviceEvents")
    bench.subscribe("EndDeviceControls")
    bench.head_end.control(controls=control(METER, OTHER, after=AT_ONE), fields=X)
    bench.advance(minutes=30)
    assert cancel(bench, METER).result == "OK"
    bench.advance(hours=2)
    assert [bench.control.meter(meter)["switch"] for meter in (METER, OTHER)] == ["connected", "disconnected"]
    told = controls_told(bench)
    assert [(one.verb, one.correlation_id) for one in told] == [("created", "X"), ("canceled", "X"), ("changed", "X")]
    assert [one.controls[0].devices for one in told] == [
        {METER: "scheduled", OTHER: "scheduled"},
        {METER: "cancelled"},
        {OTHER: "done"},
    ]
    assert [one.meter for message in bench.arrived(noun="EndDeviceEvents") for one in events(message)] == [OTHER]


@pytest.mark.step("DX-4", 1)
def test_a_load_event_that_is_cancelled_is_told_by_an_event_too(bench: Bench) -> None:
    bench.subscribe("EndDeviceEvents")
    load = "<PanDemandResponse><duration>60</duration>"
    load += f"<startDateTime>{LATER.isoformat()}</startDateTime></PanDemandResponse>"
    bench.head_end.control(controls=control(METER, code="3.15.43.300", before=load), fields=X)
    named_so = control(METER, code="3.15.43.300")
    assert bench.head_end.change_control("cancel", controls=named_so, fields=BY_CORRELATION).result == "OK"
    bench.advance(hours=3)
    told = [one.type for message in bench.arrived() for one in events(message)]
    assert told == ["3.15.43.83", "3.15.43.10"]
    assert {one.correlation_id for one in bench.arrived()} == {"X"}


@pytest.mark.step("DX-4", 1)
def test_what_has_begun_or_is_not_known_cannot_be_cancelled(bench: Bench) -> None:
    bench.head_end.control(controls=control(METER, after=AT_ONE), fields=X)
    bench.advance(hours=2)
    begun = cancel(bench, METER)
    assert (begun.result, begun.codes) == ("FAILED", ["6.1"])
    assert bench.control.meter(METER)["switch"] == "disconnected"
    unknown = cancel(bench, METER, fields={**BY_CORRELATION, "CorrelationID": "Y"})
    assert (unknown.result, unknown.codes) == ("FAILED", ["2.15"])


# DX-5: OperationSet with integrity.

NEW, PLACE = "E-4711", "Street 5"


def new_installation(*, is_whole: bool, is_sound: bool) -> bytes:
    """A meter, a usage point and their link; a sound one links the meter that it creates."""
    linked = linkage(NEW if is_sound else "E-4712", PLACE)
    return operation_set(
        operation(1, meters(NEW)),
        operation(2, usage_points(PLACE, inside="<isSdp>true</isSdp><isVirtual>false</isVirtual>")),
        operation(3, linked),
        in_sequence=True,
        is_whole=is_whole,
        fields=X,
    )


def execute(bench: Bench, message: bytes) -> Reply:
    return bench.head_end.post("ExecuteMeterConfigOperationSet", message)


def is_there(bench: Bench, noun: str, element: str, name: str) -> bool:
    return get_master_data(bench.head_end, noun, named(element, name)).result == "OK"


@pytest.mark.step("DX-5", 1)
def test_a_whole_set_with_one_invalid_operation_leaves_nothing_behind(bench: Bench) -> None:
    bench.subscribe("MeterConfig")
    reply = execute(bench, new_installation(is_whole=True, is_sound=False))
    assert (reply.result, reply.header["Noun"]) == ("FAILED", "OperationSet")
    assert failures(reply) == [(3, "2.4"), (1, "5.9"), (2, "5.9")]
    assert not is_there(bench, "MeterConfig", "Meter", NEW)
    assert not is_there(bench, "UsagePointConfig", "UsagePoint", PLACE)
    bench.settle()
    assert bench.mdm.received() == [], "nobody is told of what was taken back"


@pytest.mark.step("DX-5", 1)
def test_of_a_set_in_which_each_stands_alone_the_valid_ones_are_kept(bench: Bench) -> None:
    bench.subscribe("MeterConfig")
    reply = execute(bench, new_installation(is_whole=False, is_sound=False))
    assert (reply.result, failures(reply)) == ("PARTIAL", [(3, "2.4")])
    assert is_there(bench, "MeterConfig", "Meter", NEW)
    assert is_there(bench, "UsagePointConfig", "UsagePoint", PLACE)
    bench.settle()
    assert bench.gists() == [("created", "MeterConfig", "X")]


@pytest.mark.step("DX-5", 1)
def test_a_sound_set_makes_a_meter_that_can_be_read(bench: Bench) -> None:
    reply = execute(bench, new_installation(is_whole=True, is_sound=True))
    assert (reply.result, failures(reply)) == ("OK", [])
    bench.advance(days=1)
    assert meters_in(bench.head_end.read(NEW)) == [NEW]
    assert meters_in(bench.head_end.read(usage_points=[PLACE])) == [NEW]


# DX-6: compressed payload.

ASKED = f'<Option xmlns:m="{MESSAGE}"><m:name>Compressed</m:name><m:value>true</m:value></Option>'


@pytest.mark.step("DX-6", 1)
def test_a_large_payload_comes_compressed_where_that_was_agreed(bench: Bench) -> None:
    day = (START - timedelta(days=1)).isoformat(), START.isoformat()
    chosen = [f"<EndDevice><Names><name>{meter}</name></Names></EndDevice>" for meter in TOWN]
    chosen.append(f"<ReadingType><mRID>{LOAD_PROFILE}</mRID></ReadingType>")
    chosen.append(f"<TimeSchedule><scheduleInterval><end>{day[1]}</end><start>{day[0]}</start></scheduleInterval>")
    profile = "".join(chosen) + "</TimeSchedule>"
    plain = bench.head_end.read(profile=profile, fields=X)
    packed = bench.head_end.read(profile=profile, request=ASKED, fields=X)
    assert (plain.is_compressed, packed.is_compressed) == (False, True)
    assert len(plain.raw) > 1_000_000
    assert len(packed.raw) * 5 < len(plain.raw)
    assert intervals(packed) == intervals(plain)
    assert len(intervals(plain)) == 200 * 96


@pytest.mark.step("DX-6", 1)
def test_a_small_payload_comes_plain_whatever_is_agreed(bench: Bench) -> None:
    reply = bench.head_end.read(request=ASKED, profile=f"<EndDevice><Names><name>{METER}</name></Names></EndDevice>")
    assert (reply.result, reply.is_compressed) == ("OK", False)


# DX-7: replay.


@pytest.mark.step("DX-7", 1)
def test_a_nonce_is_good_once(bench: Bench) -> None:
    bench.subscribe("EndDeviceEvents")
    detection = {"Nonce": uuid4().hex, "Created": datetime.now(UTC).isoformat()}
    first = bench.head_end.control(METER, fields={**X, "ReplayDetection": detection})
    second = bench.head_end.control(OTHER, fields={**X, "MessageID": "M-2", "ReplayDetection": detection})
    assert (first.result, second.result, second.codes) == ("OK", "FAILED", ["7.7"])
    assert detection["Nonce"] in second.said
    bench.settle()
    assert acted(bench) == [METER]


@pytest.mark.step("DX-7", 1)
def test_a_message_that_comes_twice_is_answered_as_before_and_acts_once(bench: Bench) -> None:
    bench.subscribe("EndDeviceEvents")
    first = bench.head_end.control(METER, code=DISCONNECT, fields=X)
    bench.advance(hours=1)
    again = bench.head_end.control(METER, code=DISCONNECT, fields=X)
    assert again.raw == first.raw
    bench.settle()
    assert acted(bench) == [METER]
    assert bench.control.controls()["total"] == 1


def acted(bench: Bench) -> list[str]:
    """Which devices have told that they acted, in order."""
    messages: list[Arrived] = bench.arrived(event=DISCONNECTED)
    return [one.meter for message in messages for one in events(message)]

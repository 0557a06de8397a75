"""Master data, sets of operations and whatever else can be asked for, asynchronously: one machine for every noun."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.delivery.receiver import Receiver, receiver
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.late_replies import asynchronous, late_replies, messages
from tests.support.master_data_requests import acting, asking, one
from tests.support.operation_sets import meters, operation, operation_set
from tests.support.soap_requests import BASE, get_meter_read_schedule

pytestmark = pytest.mark.clause("61968-9:2013, clauses 5.8 and 5.10")


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


def test_what_is_created_is_there_with_the_acknowledgement(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    request = acting("create", "MeterConfig", one("Meter", "", "NEW-1"), fields=asynchronous(mdm))
    ack = head_end.post("ExecuteMeterConfig", request)
    assert (ack.result, ack.codes, len(ack.ids)) == ("OK", ["0.3"], 1)
    assert head_end.read("NEW-1").result == "OK"
    (late,) = late_replies(head_end, mdm, "MeterConfig")
    assert (late.result, late.ids, late.has_payload) == ("OK", ack.ids, False)


PAST_TENSE = {"change": "Changed", "close": "Closed", "delete": "Deleted"}


@pytest.mark.parametrize(("verb", "past"), PAST_TENSE.items(), ids=PAST_TENSE.keys())
def test_each_verb_has_its_operation_of_the_reply_service(
    head_end: InProcessHeadEnd, mdm: Receiver, verb: str, past: str
) -> None:
    meter = one("Meter", "", "NEW-1")
    head_end.post("ExecuteMeterConfig", acting("create", "MeterConfig", meter))
    head_end.post("ExecuteMeterConfig", acting(verb, "MeterConfig", meter, fields=asynchronous(mdm)))
    (late,) = messages(head_end, mdm.received)
    assert (late.name, late.header["Verb"]) == ("MeterConfigResponseMessage", "reply")
    assert late.soap_action == f"{BASE}/MeterConfig/{past}MeterConfig"


def test_as_created_the_event_carries_what_the_request_did(tmp_path: Path, mdm: Receiver) -> None:
    with in_process(tmp_path, NOON, late_reply="created") as head_end:
        request = acting("create", "MeterConfig", one("Meter", "", "NEW-1"), fields=asynchronous(mdm))
        head_end.post("ExecuteMeterConfig", request)
        (late,) = messages(head_end, mdm.received)
    assert (late.name, late.header["Verb"]) == ("CreatedMeterConfig", "created")
    assert late.element.findtext(".//{*}Meter/{*}Names/{*}name") == "NEW-1"


def test_a_refused_object_is_told_at_once_and_nothing_follows(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    request = acting("delete", "MeterConfig", one("Meter", "", "nobody"), fields=asynchronous(mdm))
    ack = head_end.post("ExecuteMeterConfig", request)
    assert (ack.result, ack.codes) == ("FAILED", ["2.4"])
    assert late_replies(head_end, mdm, "MeterConfig") == []


def test_a_set_of_operations_is_answered_as_its_receive_service_has_it(
    head_end: InProcessHeadEnd, mdm: Receiver
) -> None:
    request = operation_set(operation(1, meters("NEW-1")), fields=asynchronous(mdm))
    ack = head_end.post("ExecuteMeterConfigOperationSet", request)
    assert (ack.result, ack.codes) == ("OK", ["0.3"])
    (late,) = late_replies(head_end, mdm, "", "ReceiveMeterConfigOperationSet")
    assert (late.result, late.header["Noun"]) == ("OK", "OperationSet")


def test_a_set_that_was_rolled_back_has_failed_at_once(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    broken = operation(2, meters("nobody"), verb="delete")
    request = operation_set(operation(1, meters("NEW-1")), broken, is_whole=True, fields=asynchronous(mdm))
    assert head_end.post("ExecuteMeterConfigOperationSet", request).result == "FAILED"
    assert late_replies(head_end, mdm, "", "ReceiveMeterConfigOperationSet") == []


@pytest.mark.parametrize("noun", ["MeterConfig", "UsagePointConfig", "EndDeviceConfig"])
def test_what_is_asked_for_follows(head_end: InProcessHeadEnd, mdm: Receiver, noun: str) -> None:
    selector = one(noun.removesuffix("Config"), "", "UP00000005" if noun.startswith("Usage") else "M00000005")
    asked = head_end.post(f"Get{noun}", asking(noun, selector))
    ack = head_end.post(f"Get{noun}", asking(noun, selector, fields=asynchronous(mdm)))
    assert (ack.result, ack.has_payload) == ("OK", False)
    (late,) = late_replies(head_end, mdm, noun)
    assert late.result == "OK"
    assert [child.tag for child in late.payload] == [child.tag for child in asked.payload] != []


def test_a_noun_without_a_reply_service_is_answered_as_in_the_call(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    noun = "CustomerMeterDataSet"
    asked = head_end.post(f"Get{noun}", asking(noun))
    assert head_end.post(f"Get{noun}", asking(noun, fields=asynchronous(mdm))).codes == ["0.3"]
    (late,) = late_replies(head_end, mdm, noun, f"Get{noun}")
    assert late.result == asked.result


def test_schedules_that_are_asked_for_follow(head_end: InProcessHeadEnd, mdm: Receiver) -> None:
    ack = head_end.post("GetMeterReadSchedule", get_meter_read_schedule("M00000005", fields=asynchronous(mdm)))
    assert (ack.result, ack.codes) == ("OK", ["0.3"])
    (late,) = late_replies(head_end, mdm, "MeterReadSchedule")
    assert late.result == "OK"

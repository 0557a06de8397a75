"""A request that is sent again: answered as before, acted on once (61968-100:2013, clause 6)."""

import pytest

from tests.support.in_process import InProcessHeadEnd
from tests.support.readings import events
from tests.support.soap_requests import CONNECT, DISCONNECT, create_end_device_controls

pytestmark = pytest.mark.clause("61968-100:2013, clause 6")

METER = "M00000007"


def disconnect(**fields: str) -> bytes:
    return create_end_device_controls(METER, fields=fields)


def post(head_end: InProcessHeadEnd, message: bytes) -> bytes:
    return head_end.post("ExecuteEndDeviceControls", message).raw


def controls_done(head_end: InProcessHeadEnd) -> int:
    """Each control on the meter leaves one event."""
    return len(events(head_end.events(METER)))


def test_a_resend_gets_the_same_bytes_and_is_acted_on_once(head_end: InProcessHeadEnd) -> None:
    message = disconnect(MessageID="m-1", Source="MDM")
    first = post(head_end, message)
    head_end.advance(minutes=5)
    assert post(head_end, message) == first
    assert controls_done(head_end) == 1


def test_a_resend_is_answered_as_before_whatever_happened_since(head_end: InProcessHeadEnd) -> None:
    message = disconnect(MessageID="m-1")
    first = post(head_end, message)
    head_end.connect(METER)
    assert post(head_end, message) == first
    assert [event.type for event in events(head_end.events(METER))] == ["3.31.0.68", "3.31.0.42"]


def test_another_request_under_the_same_message_id_is_carried_out(head_end: InProcessHeadEnd) -> None:
    post(head_end, create_end_device_controls(METER, code=DISCONNECT, fields={"MessageID": "m-1"}))
    post(head_end, create_end_device_controls(METER, code=CONNECT, fields={"MessageID": "m-1"}))
    assert controls_done(head_end) == 2


def test_the_same_message_id_of_another_source_is_another_request(head_end: InProcessHeadEnd) -> None:
    post(head_end, disconnect(MessageID="m-1", Source="MDM"))
    post(head_end, disconnect(MessageID="m-1", Source="CIS"))
    assert controls_done(head_end) == 2


def test_a_request_without_a_message_id_is_never_a_resend(head_end: InProcessHeadEnd) -> None:
    post(head_end, disconnect())
    post(head_end, disconnect())
    assert controls_done(head_end) == 2


def test_a_refused_request_may_be_sent_again_and_is_then_judged_anew(head_end: InProcessHeadEnd) -> None:
    refused = head_end.control("M99999999", fields={"MessageID": "m-1"})
    again = head_end.control("M99999999", fields={"MessageID": "m-1"})
    assert refused.codes == again.codes == ["2.4"]
    assert head_end.disconnect(METER, fields={"MessageID": "m-1"}).result == "OK"


def test_a_read_that_is_sent_again_is_read_again(head_end: InProcessHeadEnd) -> None:
    first = head_end.read(METER, fields={"MessageID": "m-1"})
    head_end.advance(hours=1)
    assert head_end.read(METER, fields={"MessageID": "m-1"}).raw != first.raw

"""MV-01 and MV-02, verification of messages and of their content.

How the procedures do it is not known. Here every message that the head end sends in any of the tests is verified at the
test's end (`Bench.verify`), every answer when it comes. These tests show that what breaks a rule is found.
"""

from datetime import datetime, timedelta

import pytest

from tests.procedures.bench import NOON, Bench, check_message
from tests.support.sent_to_mdm import events, identified, sender_to
from tests.support.served_mdm import Arrived

START = datetime.fromisoformat(NOON)
METER = "M00000009"


@pytest.fixture
def told(bench: Bench) -> Arrived:
    """A sound message of the head end: a meter that was disconnected."""
    bench.subscribe("EndDeviceEvents")
    assert bench.head_end.disconnect(METER, fields={"CorrelationID": "X"}).result == "OK"
    bench.settle()
    (message,) = bench.arrived()
    return message


@pytest.mark.step("MV-01", 1)
@pytest.mark.step("MV-02", 1)
def test_a_sound_message_passes(told: Arrived) -> None:
    check_message(told, START, ["X"])


@pytest.mark.step("MV-01", 1)
@pytest.mark.parametrize(
    ("before", "after", "now", "known"),
    [
        ("", "", START, ["Y"]),
        ("", "", START - timedelta(seconds=1), ["X"]),
        ("<m:Source>headend</m:Source>", "<m:Source>somebody</m:Source>", START, ["X"]),
        ("<m:AckRequired>true</m:AckRequired>", "<m:AckRequired>false</m:AckRequired>", START, ["X"]),
        ("T13:00:00+01:00</m:Timestamp>", "T12:00:00Z</m:Timestamp>", START, ["X"]),
        ("<m:Verb>created", "<m:Verb>changed", START, ["X"]),
        ("<m:MessageID>", "<m:MessageID>no-uuid-", START, ["X"]),
    ],
    ids=[
        "a CorrelationID that nobody used",
        "a Timestamp of the future",
        "the Source of another",
        "no wish for an acknowledgment",
        "another zone",
        "the verb of another operation",
        "a MessageID that is no UUID",
    ],
)
def test_a_header_that_breaks_a_rule_is_found(
    told: Arrived, before: str, after: str, now: datetime, known: list[str]
) -> None:
    broken = Arrived(told.listed, told.envelope.replace(before.encode(), after.encode()))
    assert not before or broken.envelope != told.envelope
    with pytest.raises((AssertionError, ValueError)):
        check_message(broken, now, known)


@pytest.mark.step("MV-02", 1)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"createdDateTime>", b"createdTime>"),
        (b"<EndDeviceEventType ", b"<EndDeviceEventType x='1' "),
        (b"T13:00:00+01:00</createdDateTime>", b"T13:00</createdDateTime>"),
        (b"</EndDeviceEvents>", b"<EndDeviceEvent/></EndDeviceEvents>"),
    ],
    ids=["a wrong element", "a wrong attribute", "a wrong value", "an event without content"],
)
def test_content_that_breaks_the_schema_is_found(told: Arrived, before: bytes, after: bytes) -> None:
    broken = Arrived(told.listed, told.envelope.replace(before, after))
    assert broken.envelope != told.envelope
    with pytest.raises(AssertionError):
        check_message(broken, START, ["X"])


@pytest.mark.step("MV-01", 1)
def test_a_message_that_only_one_end_knows_of_is_found(bench: Bench) -> None:
    fields = {**identified("0b0e1a52-0000-4000-8000-000000000000", source="headend"), "AckRequired": "true"}
    fields["Timestamp"] = "2026-03-02T13:00:00+01:00"
    sender_to(bench.mdm.base_url).post("ReceiveEndDeviceEvents", events((METER, "3.26.0.85"), fields=fields))
    with pytest.raises(AssertionError, match="known to have arrived"):
        bench.verify(bench.mdm.received())
    bench.mdm.reset()


@pytest.mark.step("MV-01", 1)
def test_a_message_that_the_receiver_refused_is_found(bench: Bench) -> None:
    sender_to(bench.mdm.base_url).post("ReceiveEndDeviceEvents", events(type_attribute="rfe"))
    with pytest.raises(AssertionError, match="rfe"):
        bench.verify(bench.mdm.received())
    bench.mdm.reset()

"""What a request's Header has to be, and which reply code a breach gets (61968-100:2013, clause 6)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.reply import Reply
from tests.support.soap_requests import Fields, create_end_device_controls, get_meter_readings

pytestmark = pytest.mark.clause("61968-100:2013, clause 6")

Open = Callable[..., InProcessHeadEnd]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens a head end with the settings of a test."""
    with ExitStack() as stack:

        def open_one(**settings: Any) -> InProcessHeadEnd:
            return stack.enter_context(in_process(tmp_path, NOON, **settings))

        yield open_one


def read(head_end: InProcessHeadEnd, **fields: str | dict[str, str]) -> Reply:
    """A valid read but for these header fields."""
    return head_end.read("M00000001", fields=fields)


def at(instant: datetime) -> str:
    return instant.isoformat()


REFUSED: dict[str, tuple[Fields, str, str]] = {
    "an empty verb": ({"Verb": ""}, "1.5", "Header/Verb is missing or empty"),
    "no verb": ({"Verb": None}, "1.5", "Header/Verb is missing or empty"),
    "an empty noun": ({"Noun": ""}, "1.5", "Header/Noun is missing or empty"),
    "no noun": ({"Noun": None}, "1.5", "Header/Noun is missing or empty"),
    "a verb in capitals": ({"Verb": "GET"}, "2.9", "Header/Verb is 'GET'; the verbs are, in lower case: cancel, "),
    "a verb of an older schema": ({"Verb": "show"}, "2.9", "Header/Verb is 'show'; the verbs are"),
    "a verb with two l": ({"Verb": "cancelled"}, "2.9", "Header/Verb is 'cancelled'"),
    "the verb of another operation": ({"Verb": "create"}, "2.9", "Header/Verb is 'create'; this operation takes 'get'"),
    "a verb of events": ({"Verb": "created"}, "2.9", "Header/Verb is 'created'; this operation takes 'get'"),
    "the noun of another service": (
        {"Noun": "EndDeviceEvents"},
        "2.5",
        "Header/Noun is 'EndDeviceEvents'; this operation takes MeterReadings or GetMeterReadings",
    ),
    "a noun in lower case": ({"Noun": "meterreadings"}, "2.5", "Header/Noun is 'meterreadings'"),
    "an asynchronous reply to nowhere": (
        {"AsyncReplyFlag": "true"},
        "1.5",
        "Header/AsyncReplyFlag is true but Header/ReplyAddress is missing or empty",
    ),
    "an asynchronous reply to an empty address": (
        {"AsyncReplyFlag": "true", "ReplyAddress": " "},
        "1.5",
        "Header/AsyncReplyFlag is true but Header/ReplyAddress is missing or empty",
    ),
    "an asynchronous reply to a topic": (
        {"AsyncReplyFlag": "true", "ReplyAddress": "topic:replies"},
        "1.5",
        "Header/ReplyAddress is 'topic:replies'; an http or https URL is needed",
    ),
    "an asynchronous reply to NONE": (
        {"AsyncReplyFlag": "1", "ReplyAddress": "NONE"},
        "1.5",
        "Header/ReplyAddress is 'NONE'; an http or https URL is needed",
    ),
    "an asynchronous reply to half an address": (
        {"AsyncReplyFlag": "true", "ReplyAddress": "http://[::1"},
        "1.5",
        "Header/ReplyAddress is 'http://[::1'; an http or https URL is needed",
    ),
    "a nonce that is empty": (
        {"ReplayDetection": {"Nonce": "", "Created": at(NOON)}},
        "7.7",
        "Header/ReplayDetection/Nonce is empty",
    ),
    "a nonce made in no year of ours": (
        {"ReplayDetection": {"Nonce": "a", "Created": "12026-03-02T12:00:00Z"}},
        "7.7",
        "Header/ReplayDetection/Created is no instant between the years 0001 and 9999",
    ),
    "a nonce of two days ago": (
        {"ReplayDetection": {"Nonce": "a", "Created": at(NOON - timedelta(days=2))}},
        "7.7",
        "Header/ReplayDetection/Created is 2026-02-28T12:00:00+00:00, more than 24 h away from",
    ),
    "a nonce of the day after tomorrow": (
        {"ReplayDetection": {"Nonce": "a", "Created": at(NOON + timedelta(days=2))}},
        "7.7",
        "Header/ReplayDetection/Created is 2026-03-04T12:00:00+00:00, more than 24 h away from",
    ),
    "a timestamp that is none": ({"Timestamp": "yesterday"}, "1.8", "Timestamp is 'yesterday'; it must be a date"),
    "a question mark for a flag": ({"AsyncReplyFlag": "?"}, "1.8", "AsyncReplyFlag is '?'; it must be true or false"),
}
"""Header fields, the code, and how the details begin or go on."""


@pytest.mark.parametrize("name", REFUSED)
def test_this_header_is_refused_with_a_failed_reply(quiet_head_end: InProcessHeadEnd, name: str) -> None:
    fields, code, details = REFUSED[name]
    reply = quiet_head_end.read("M00000001", fields=fields)
    assert (reply.result, reply.codes) == ("FAILED", [code])
    assert details in reply.said


@pytest.mark.parametrize(("name", "misspelt"), [("Verb", "Vreb"), ("Noun", "noun")])
def test_a_verb_or_noun_that_is_misspelt_is_found_where_it_stands(
    quiet_head_end: InProcessHeadEnd, name: str, misspelt: str
) -> None:
    message = get_meter_readings("M00000001").replace(b"m:%b>" % name.encode(), b"m:%b>" % misspelt.encode())
    reply = quiet_head_end.post("GetMeterReadings", message)
    assert reply.codes == ["1.5", "1.8"]
    assert f"Header/{name} is missing or empty" in reply.said
    assert f"/Header/{misspelt} (line 1): {misspelt} has no place in Header (did you mean {name}?)" in reply.said


@pytest.mark.parametrize("name", REFUSED)
def test_this_header_is_refused_with_the_typed_fault_where_faults_are_asked_for(opened: Open, name: str) -> None:
    fields, code, details = REFUSED[name]
    reply = opened(error_style="fault").read("M00000001", fields=fields)
    assert reply.fault is not None
    assert (reply.fault.code, reply.answer.status, reply.result, reply.codes) == ("Client", 500, "FAILED", [code])
    assert reply.fault.sentence.startswith(f"{code} ")
    assert details in reply.errors[0].details


TAKEN: dict[str, Fields] = {
    "nothing but verb and noun": {},
    "the noun of the request profile": {"Noun": "GetMeterReadings"},
    "a revision nobody knows": {"Revision": "0.1A"},
    "a question mark for a revision": {"Revision": "?"},
    "a reply address that is not used": {"ReplyAddress": "NONE"},
    "a reply address and a flag that says no": {"AsyncReplyFlag": "false", "ReplyAddress": "topic:x"},
    "no acknowledgement wanted": {"AckRequired": "false"},
    "any context": {"Context": "our own words"},
    "any source": {"Source": "Übersystem"},
    "a timestamp of long ago": {"Timestamp": "1999-12-31T23:59:59.5-05:00"},
    "a user": {"User": {"UserID": "u", "Organization": "o"}},
    "a comment": {"Comment": "?"},
    "a property": {"Property": {"Name": "a", "Value": "b"}},
    "a fresh nonce": {"ReplayDetection": {"Nonce": "fresh", "Created": at(NOON - timedelta(hours=23))}},
}


@pytest.mark.parametrize("name", TAKEN)
def test_this_header_is_taken(head_end: InProcessHeadEnd, name: str) -> None:
    reply = head_end.read("M00000001", fields=TAKEN[name])
    assert (reply.result, reply.errors) == ("OK", ())


def test_elements_of_other_namespaces_behind_the_header_fields_are_ignored(quiet_head_end: InProcessHeadEnd) -> None:
    message = get_meter_readings("M00000001").replace(b"</Header>", b'<x:Trace xmlns:x="urn:x">1</x:Trace></Header>')
    assert quiet_head_end.post("GetMeterReadings", message).result == "OK"


# What the answer's Header is.


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({"CorrelationID": "c-1", "MessageID": "m-1"}, "c-1"),
        ({"CorrelationID": "c-1"}, "c-1"),
        ({"MessageID": "m-1"}, "m-1"),
        ({"CorrelationID": "", "MessageID": "m-1"}, "m-1"),
        ({"CorrelationID": " \n", "MessageID": "m-1"}, "m-1"),
        ({"CorrelationID": "", "MessageID": ""}, None),
        ({}, None),
    ],
    ids=["both", "correlation only", "message only", "empty", "blank", "both empty", "neither"],
)
def test_a_reply_carries_the_correlation_id_else_the_message_id_else_none(
    quiet_head_end: InProcessHeadEnd, asked: Fields, answered: str | None
) -> None:
    reply = quiet_head_end.read("M00000001", fields=asked)
    assert reply.header.get("CorrelationID") == answered


def test_a_refusal_is_correlated_like_any_reply(quiet_head_end: InProcessHeadEnd) -> None:
    reply = read(quiet_head_end, Verb="create", CorrelationID="c-1")
    assert (reply.result, reply.header["CorrelationID"]) == ("FAILED", "c-1")


def test_a_refusal_by_the_schema_is_correlated_too(quiet_head_end: InProcessHeadEnd) -> None:
    reply = read(quiet_head_end, Timestamp="yesterday", MessageID="m-1")
    assert (reply.codes, reply.header["CorrelationID"]) == (["1.8"], "m-1")


def test_a_reply_says_reply_and_the_noun_of_its_payload(quiet_head_end: InProcessHeadEnd) -> None:
    reply = read(quiet_head_end, Noun="GetMeterReadings")
    assert (reply.header["Verb"], reply.header["Noun"]) == ("reply", "MeterReadings")


def test_a_reply_is_stamped_with_the_fleets_time_and_zone(opened: Open) -> None:
    reply = read(opened(zone="Europe/Berlin"))
    assert reply.header["Timestamp"] == "2026-03-02T13:00:00+01:00"


def test_a_reply_is_signed_with_the_source_of_the_settings(opened: Open) -> None:
    assert read(opened(source="HES-7")).header["Source"] == "HES-7"


# What the settings add.


@pytest.mark.parametrize("revision", ["0.1A", "?", "3"])
def test_an_unknown_revision_is_refused_in_strict_mode(opened: Open, revision: str) -> None:
    reply = read(opened(strict=True), Revision=revision)
    assert (reply.codes, reply.said) == (["1.9"], f"Header/Revision is {revision!r}; served here: 1, 1.0, 2, 2.0")


@pytest.mark.parametrize("revision", ["1", "1.0", "2", "2.0", ""])
def test_a_known_or_absent_revision_is_taken_in_strict_mode(opened: Open, revision: str) -> None:
    assert read(opened(strict=True), Revision=revision).result == "OK"


def test_another_context_than_ours_is_refused(opened: Open) -> None:
    reply = read(opened(context="TESTING"), Context="PRODUCTION")
    assert (reply.codes, reply.said) == (
        ["7.7"],
        "Header/Context is 'PRODUCTION'; this head end takes 'TESTING' only",
    )


@pytest.mark.parametrize("fields", [{"Context": "testing"}, {}], ids=["in other letters", "absent"])
def test_our_context_is_taken_whatever_its_letters_and_so_is_none(opened: Open, fields: Fields) -> None:
    assert opened(context="TESTING").read("M00000001", fields=fields).result == "OK"


@pytest.mark.parametrize("fields", [{"Source": "CIS"}, {}], ids=["another", "absent"])
def test_a_source_that_is_not_permitted_is_refused(opened: Open, fields: Fields) -> None:
    reply = opened(permitted_sources=frozenset({"MDM"})).read("M00000001", fields=fields)
    assert reply.codes == ["2.14"]
    assert reply.said.startswith("Header/Source is ")
    assert "not a permitted system" in reply.said


def test_a_permitted_source_is_taken(opened: Open) -> None:
    assert read(opened(permitted_sources=frozenset({"MDM", "CIS"})), Source="CIS").result == "OK"


# Replays.


def nonce(text: str, created: datetime = NOON) -> dict[str, str]:
    return {"Nonce": text, "Created": at(created)}


def test_a_nonce_is_good_once(head_end: InProcessHeadEnd) -> None:
    first = read(head_end, ReplayDetection=nonce("n-1"), Source="MDM", MessageID="1")
    again = read(head_end, ReplayDetection=nonce("n-1"), Source="MDM", MessageID="2")
    assert (first.result, again.codes) == ("OK", ["7.7"])
    assert again.said == "Header/ReplayDetection/Nonce 'n-1' was already used by source 'MDM'"


def test_a_nonce_is_good_once_across_services(head_end: InProcessHeadEnd) -> None:
    read(head_end, ReplayDetection=nonce("n-1"))
    reply = head_end.disconnect("M00000001", fields={"ReplayDetection": nonce("n-1")})
    assert reply.codes == ["7.7"]
    assert len(head_end.events("M00000001").payload) == 0


def test_a_nonce_of_another_source_is_another_nonce(head_end: InProcessHeadEnd) -> None:
    read(head_end, ReplayDetection=nonce("n-1"), Source="MDM")
    assert read(head_end, ReplayDetection=nonce("n-1"), Source="CIS").result == "OK"


def test_a_nonce_is_remembered_for_a_day(head_end: InProcessHeadEnd) -> None:
    read(head_end, ReplayDetection=nonce("n-1"))
    head_end.advance(hours=23.9)
    assert read(head_end, ReplayDetection=nonce("n-1")).codes == ["7.7"]


def test_a_nonce_may_come_again_when_it_is_too_old_to_be_a_replay(head_end: InProcessHeadEnd) -> None:
    read(head_end, ReplayDetection=nonce("n-1"))
    head_end.advance(hours=25)
    assert read(head_end, ReplayDetection=nonce("n-1", head_end.clock.now())).result == "OK"


def test_a_refused_request_does_not_use_up_its_nonce(head_end: InProcessHeadEnd) -> None:
    refused = head_end.read("M99999999", fields={"ReplayDetection": nonce("n-1")})
    assert refused.codes == ["2.4"]
    assert read(head_end, ReplayDetection=nonce("n-1")).result == "OK"


# Errors are found before anything is done.


@pytest.mark.parametrize(
    "fields",
    [{"Verb": "change"}, {"Noun": "MeterReadings"}, {"AsyncReplyFlag": "true", "ReplyAddress": "NONE"}],
    ids=["verb", "noun", "reply address"],
)
def test_a_control_with_a_refused_header_has_no_effect(head_end: InProcessHeadEnd, fields: Fields) -> None:
    message = create_end_device_controls("M00000001", fields=fields)
    assert head_end.post("ExecuteEndDeviceControls", message).result == "FAILED"
    assert len(head_end.events("M00000001").payload) == 0

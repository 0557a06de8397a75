"""Every POST is recorded, whatever comes of it, and no client notices."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from headend.journal import Direction, Entry
from headend.journal.fleet_time import FleetTime
from headend.journal.recorded_site import FAULT_KEY, RecordedSite
from simulator.clock import ManualClock
from tests.conftest import NOON, STEPPED
from tests.control.control_api import ControlApi
from tests.support.client import XML
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.soap_requests import LOAD_PROFILE, create_end_device_controls, get_meter_readings

MONTH = ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z")


def last(head_end: InProcessHeadEnd) -> Entry:
    return head_end.head_end.journal.entries()[-1]


def test_a_request_and_its_answer_are_kept_byte_for_byte(head_end: InProcessHeadEnd) -> None:
    asked = get_meter_readings("M00000003", fields={"MessageID": "m-1", "Source": "mdm"})
    answered = head_end.http(
        "POST", "/services/GetMeterReadings", [("Content-Type", XML), ("SOAPAction", '"act"')], asked
    )
    entry = last(head_end)
    assert (entry.number, entry.direction, entry.at, entry.machine_at) == (1, Direction.IN, NOON, NOON)
    assert (entry.path, entry.service, entry.operation) == (
        "/services/GetMeterReadings",
        "GetMeterReadings",
        "GetMeterReadings",
    )
    assert (entry.status, entry.soap_action, entry.failure) == (200, "act", None)
    assert entry.request.is_whole
    assert entry.request.body == asked
    assert entry.response is not None
    assert entry.response.is_whole
    assert entry.response.body == answered.body
    assert dict(entry.request_headers)["Content-Type"] == XML
    assert dict(entry.response_headers)["Content-Length"] == str(len(answered.body))


def test_credentials_are_not_kept(head_end: InProcessHeadEnd) -> None:
    head_end.post("GetMeterReadings", get_meter_readings("M00000003"), headers=[("Authorization", "Basic c2VjcmV0")])
    assert dict(last(head_end).request_headers)["Authorization"] == "(not kept)"


@pytest.mark.parametrize(
    ("path", "content_type", "body", "status"),
    [
        ("/services/GetMeterReadings", XML, b"no XML", 500),
        ("/services/GetMeterReadings", XML, b"", 500),
        ("/services/GetMeterReadings", "application/json", b"{}", 415),
        ("/services/GetMeterReeding", XML, b"<a/>", 500),
        ("/services/ReplyMeterReadings", XML, b"<a/>", 500),
        ("/service/GetMeterReadings", XML, b"<a/>", 404),
    ],
    ids=["no XML", "no body", "wrong type", "no such service", "a partner's service", "no such path"],
)
def test_what_is_turned_away_is_recorded_with_its_body(
    head_end: InProcessHeadEnd, path: str, content_type: str, body: bytes, status: int
) -> None:
    answer = head_end.http("POST", path, [("Content-Type", content_type)], body)
    entry = last(head_end)
    assert (entry.status, entry.path, entry.request.body) == (status, path, body)
    assert entry.response is not None
    assert entry.response.body == answer.body


def test_a_body_that_is_too_large_is_counted_and_its_beginning_kept(tmp_path: Path) -> None:
    body = b"<a>" + b"x" * 100_000
    with in_process(tmp_path, NOON, max_request_bytes=1024) as small:
        small.http("POST", "/services/GetMeterReadings", [("Content-Type", XML)], [body[:60_000], body[60_000:]])
        entry = last(small)
    assert entry.status == 500
    assert (entry.request.body, entry.request.length) == (body[: 64 * 1024], len(body))
    assert entry.request.sha256 == sha256(body).hexdigest()


def test_a_client_that_waits_to_be_asked_for_its_body_is_not_waited_for(head_end: InProcessHeadEnd) -> None:
    headers = [("Content-Type", "application/json"), ("Expect", "100-continue")]
    head_end.http("POST", "/services/GetMeterReadings", headers, b"{}")
    assert last(head_end).request.body == b""
    assert last(head_end).notes == ("the body was not read; its Content-Length is 2",)


def test_of_a_long_answer_the_beginning_its_length_and_a_digest_are_kept(head_end: InProcessHeadEnd) -> None:
    asked = get_meter_readings("M00000003", reading_types=[LOAD_PROFILE], period=MONTH)
    answer = head_end.http("POST", "/services/GetMeterReadings", [("Content-Type", XML)], asked)
    entry = last(head_end)
    assert entry.response is not None
    assert not entry.response.is_whole
    assert entry.response.length == len(answer.body) > 100_000
    assert answer.body.startswith(entry.response.body)
    assert len(entry.response.body) == 64 * 1024
    assert entry.response.sha256 == sha256(answer.body).hexdigest()


def test_a_lost_answer_tells_who_lost_it(head_end: InProcessHeadEnd) -> None:
    ControlApi(head_end).post("orderings", {"kind": "never", "match": {}})
    head_end._exchange("POST", "/services/GetMeterReadings", [("Content-Type", XML)], get_meter_readings("M00000003"))
    entry = last(head_end)
    assert (entry.status, entry.response) == (None, None)
    assert entry.failure is not None
    assert entry.failure.startswith("GetMeterReadings gets no answer, by ordering")


def test_the_control_api_and_what_is_only_looked_at_are_no_exchanges(head_end: InProcessHeadEnd) -> None:
    head_end.get("/services/GetMeterReadings?wsdl")
    ControlApi(head_end).get("journal")
    ControlApi(head_end).post("reset?keep_journal=true")
    assert head_end.head_end.journal.entries() == ()


def test_the_time_is_the_fleets_although_its_clock_is_in_the_store(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON - timedelta(days=9), clock=STEPPED) as stepped:
        control = ControlApi(stepped)
        stepped.read("M00000003")
        control.post("clock/advance", {"by": "PT1H", "wait": False})
        stepped.read("M00000003")
        stepped.post("GetMeterReadings", b"<no-envelope/>")  # nobody looks at the clock for it
        control.post("clock/advance", {"by": "PT1H", "wait": False})
        stepped.disconnect("M00000003")
        found = [(one.at, one.machine_at) for one in stepped.head_end.journal.entries()]
    times = [NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=1), NOON + timedelta(hours=2)]
    assert found == [(time, NOON - timedelta(days=9)) for time in times]


def test_nothing_is_recorded_where_the_journal_is_off(tmp_path: Path) -> None:
    with in_process(tmp_path, NOON, journal=False) as off:
        off.read("M00000003")
        assert off.head_end.journal.entries() == ()
        assert ControlApi(off).get("journal")["recording"] is False
        answer = ControlApi(off).call("POST", "journal/wait", {"match": {}})
    assert (answer.status, answer.body["detail"]) == (409, "nothing is recorded here: the setting journal is off")
    assert not list(tmp_path.glob("*.journal"))


def test_a_restart_goes_on_from_what_was_recorded(tmp_path: Path) -> None:
    for _ in range(2):
        with in_process(tmp_path, NOON) as opened:
            opened.disconnect("M00000003")
    with in_process(tmp_path, NOON) as opened:
        assert [one.number for one in opened.head_end.journal.entries()] == [1, 2]


class Recorded:
    """A recorder that keeps."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def record(self, entry: Entry) -> None:
        self.entries.append(entry)


class Broken:
    """A recorder with a bug."""

    def record(self, entry: Entry) -> None:
        raise ZeroDivisionError(entry.number)


def call(site: Any, recorder: Any, **environ: Any) -> Iterable[bytes]:
    clock = ManualClock(NOON)
    recorded = RecordedSite(site, recorder, clock, FleetTime(clock), 10, "/control/")
    base = {"REQUEST_METHOD": "POST", "PATH_INFO": "/services/X", "wsgi.input": BytesIO(b"<x/>"), "CONTENT_LENGTH": "4"}
    return recorded(base | environ, lambda *_: None)


def streaming(*pieces: bytes) -> Any:
    def site(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        return iter(pieces)

    return site


def test_a_stream_is_recorded_when_its_last_byte_has_left() -> None:
    kept = Recorded()
    answer = iter(call(streaming(b"12345", b"67890", b"ab"), kept))
    assert next(answer) == b"12345"
    assert kept.entries == []
    assert b"".join(answer) == b"67890ab"
    (entry,) = kept.entries
    assert entry.response is not None
    assert (entry.response.body, entry.response.length, entry.failure) == (b"1234567890", 12, None)


@pytest.mark.parametrize("how", ["closed", "forgotten"])
def test_a_client_that_goes_away_is_told_of(how: str) -> None:
    kept = Recorded()
    answer: Any = call(streaming(b"12345", b"67890"), kept)
    next(answer)
    if how == "closed":
        answer.close()
    del answer
    (entry,) = kept.entries
    assert entry.response is not None
    assert (entry.response.length, entry.failure) == (5, "its client went away before the answer was complete")


def test_an_answer_that_breaks_off_is_told_of() -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])

        def pieces() -> Iterator[bytes]:
            yield b"1"
            raise OSError

        return pieces()

    kept = Recorded()
    with pytest.raises(OSError):  # noqa: PT011  # as it was raised
        list(call(broken, kept))
    assert [one.failure for one in kept.entries] == ["the answer broke off: OSError"]


def test_a_site_that_fails_is_told_of_and_fails() -> None:
    def failing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise KeyError("x")

    kept = Recorded()
    with pytest.raises(KeyError):
        call(failing, kept)
    assert [(one.failure, one.status) for one in kept.entries] == [("the head end failed: KeyError", None)]


def test_a_fault_that_was_injected_is_noted() -> None:
    kept = Recorded()
    list(call(streaming(b""), kept, **{FAULT_KEY: "reset"}))
    assert kept.entries[0].notes == ("fault injected: reset",)


def test_a_bug_of_the_recorder_keeps_no_answer_from_its_client(caplog: pytest.LogCaptureFixture) -> None:
    assert list(call(streaming(b"1", b"2"), Broken())) == [b"1", b"2"]
    assert "an exchange could not be recorded" in caplog.text


def test_thousands_of_pieces_take_the_memory_of_the_beginning(head_end: InProcessHeadEnd) -> None:
    kept = Recorded()
    for _ in call(streaming(*[b"x" * 1000] * 5000), kept):
        pass
    response = kept.entries[0].response
    assert response is not None
    assert (response.length, len(response.body)) == (5_000_000, 10)


def test_meters_are_found_by_either_of_their_names(head_end: InProcessHeadEnd) -> None:
    journal = head_end.head_end.journal
    head_end.control("M00000003")  # whose mRID nobody names
    mrid = ControlApi(head_end).get("meters/M00000003")["mRID"]
    assert [one.number for one in journal.entries(meter=mrid)] == [1]
    assert [one.number for one in journal.entries(meter="M00000003")] == [1]
    assert journal.entries(meter="M0000000") == ()


def test_an_exchange_is_found_by_what_both_messages_say(head_end: InProcessHeadEnd) -> None:
    journal = head_end.head_end.journal
    head_end.post(
        "ExecuteEndDeviceControls",
        create_end_device_controls("M00000003", "M99", fields={"MessageID": "m-1", "CorrelationID": "c-1"}),
    )
    head_end.read("M00000004")
    for wanted in (
        *({"operation": "CreateEndDeviceControls"}, {"service": "ExecuteEndDeviceControls"}, {"result": "PARTIAL"}),
        *({"code": "2.4"}, {"message_id": "m-1"}, {"correlation_id": "c-1"}, {"verb": "create"}, {"text": "M99"}),
        *({"noun": "EndDeviceControls"}, {"meter": "M99"}),
    ):
        assert [one.number for one in journal.entries(**wanted)] == [1], wanted
    assert [one.number for one in journal.entries(status=200, newest_first=True, limit=1)] == [2]
    assert [one.number for one in journal.entries(after=1)] == [2]


def test_whoever_holds_the_database_does_not_hold_up_the_journal(head_end: InProcessHeadEnd) -> None:
    with head_end.head_end.store.writing():  # as an OperationSet does, for seconds
        head_end.read("M00000003")
        assert [one.operation for one in head_end.head_end.journal.entries()] == ["GetMeterReadings"]

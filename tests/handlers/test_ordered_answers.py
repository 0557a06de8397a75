"""The answer in a call is lost, late, of another call, or behind the messages it is about, where a test asks for it."""

import http.client
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOON, STEPPED
from tests.control.control_api import ControlApi
from tests.delivery.receiver import Receiver, receiver
from tests.support.client import XML
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.magic_meters import USUAL, magic_fleet
from tests.support.raw_http import HttpAnswer
from tests.support.served import ServedHeadEnd, serve
from tests.support.soap_requests import create_end_device_controls, get_meter_readings

CAUSE = {"CorrelationID": "x-1"}
ACKNOWLEDGED = {"AsyncReplyFlag": "true", "ReplyAddress": "http://127.0.0.1:9/replies"}


@dataclass
class Sleeps:
    """Takes down how long the head end slept, and does not."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
def nasty(tmp_path: Path, sleeps: Sleeps) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path, NOON, sleeps, fleet=magic_fleet(tmp_path)) as opened:
        yield opened


def order(nasty: InProcessHeadEnd, kind: str, *, of: dict[str, Any] | None = None, **more: Any) -> None:
    ControlApi(nasty).post("orderings", {"kind": kind, "match": {"meter": USUAL} if of is None else of, **more})


def raw(nasty: InProcessHeadEnd, message: bytes, service: str = "GetMeterReadings") -> HttpAnswer:
    """Whatever comes back, unchecked."""
    return nasty._exchange("POST", f"/services/{service}", [("Content-Type", XML)], message)


def is_lost(answer: HttpAnswer) -> bool:
    """A length was told, and nothing came: on a socket, a connection that is closed (see the test with one)."""
    return not answer.body and int(answer.header("Content-Length") or 0) > 0


@pytest.mark.parametrize("kind", ["never", "event-only"])
def test_a_call_gets_no_answer(nasty: InProcessHeadEnd, kind: str) -> None:
    order(nasty, kind)
    assert is_lost(raw(nasty, get_meter_readings(USUAL)))
    assert nasty.read("M00000002").result == "OK"


@pytest.mark.parametrize("name", ["NEVER-REPLIES-1", "EVENT-ONLY-1"])
def test_meters_with_these_names_get_no_answer(nasty: InProcessHeadEnd, name: str) -> None:
    assert is_lost(raw(nasty, get_meter_readings(name)))


def test_a_meter_with_a_magic_name_may_be_named_by_its_mrid(nasty: InProcessHeadEnd) -> None:
    assert is_lost(raw(nasty, get_meter_readings(mrids=["urn:magic:0"])))


def test_a_request_whose_answer_is_lost_was_carried_out(nasty: InProcessHeadEnd) -> None:
    raw(nasty, create_end_device_controls("NEVER-REPLIES-1"), "ExecuteEndDeviceControls")
    controls = ControlApi(nasty).get("controls?meter=NEVER-REPLIES-1")
    assert controls["total"] == 1


def test_a_resend_gets_the_answer_that_was_lost(nasty: InProcessHeadEnd) -> None:
    order(nasty, "never", times=1)
    fields = {"MessageID": "m-1"}
    request = create_end_device_controls(USUAL, fields=fields)
    assert is_lost(raw(nasty, request, "ExecuteEndDeviceControls"))
    assert nasty.post("ExecuteEndDeviceControls", request).result == "OK"
    assert ControlApi(nasty).get(f"controls?meter={USUAL}")["total"] == 1


def test_a_refusal_is_lost_too(nasty: InProcessHeadEnd) -> None:
    order(nasty, "never", of={"noun": "EndDeviceControls"})
    assert is_lost(raw(nasty, create_end_device_controls("nobody"), "ExecuteEndDeviceControls"))


@pytest.mark.parametrize("name", ["NEVER-REPLIES-1", "EVENT-ONLY-1", "LATE-1", "WRONG-CORRELATION-1"])
def test_an_acknowledgement_is_no_reply_yet(nasty: InProcessHeadEnd, sleeps: Sleeps, name: str) -> None:
    answered = nasty.disconnect(name, fields=CAUSE | ACKNOWLEDGED)
    assert (answered.result, answered.header["CorrelationID"], sleeps.seconds) == ("OK", "x-1", [])


def test_a_late_answer_lets_the_client_wait(nasty: InProcessHeadEnd, sleeps: Sleeps) -> None:
    order(nasty, "late", delay="PT90S")
    assert nasty.read(USUAL).result == "OK"
    assert sleeps.seconds == [90]


def test_a_late_refusal_lets_the_client_wait(nasty: InProcessHeadEnd, sleeps: Sleeps) -> None:
    order(nasty, "late", of={"verb": "create"})
    assert nasty.disconnect("nobody").result == "FAILED"
    assert sleeps.seconds == [60]


def test_a_meter_called_late_answers_after_a_minute(nasty: InProcessHeadEnd, sleeps: Sleeps) -> None:
    assert nasty.read("LATE-1").result == "OK"
    assert sleeps.seconds == [60]


@pytest.mark.parametrize("meter", [USUAL, "WRONG-CORRELATION-1"])
def test_an_answer_has_the_correlation_id_of_no_request(nasty: InProcessHeadEnd, meter: str) -> None:
    order(nasty, "wrong-correlation")
    answered = nasty.read(meter, fields=CAUSE)
    assert (answered.result, answered.header["CorrelationID"] == "x-1") == ("OK", False)
    assert nasty.read(meter, fields=CAUSE).header["CorrelationID"] == answered.header["CorrelationID"]


@pytest.mark.parametrize(
    ("match", "acts"),
    [
        ({}, True),
        ({"noun": "MeterReadings"}, True),
        ({"noun": "EndDeviceEvents"}, False),
        ({"verb": "get"}, True),
        ({"verb": "reply"}, True),
        ({"verb": "create"}, False),
        ({"meter": "M00000002"}, False),
        ({"correlation_id": "x-1"}, True),
        ({"correlation_id": "x-2"}, False),
        ({"destination": "http://127.0.0.1:9/"}, False),
    ],
    ids=str,
)
def test_an_ordering_acts_on_the_answers_that_it_matches(
    nasty: InProcessHeadEnd, sleeps: Sleeps, match: dict[str, str], acts: bool
) -> None:
    order(nasty, "late", of=match)
    nasty.read(USUAL, fields=CAUSE)
    assert bool(sleeps.seconds) is acts


@pytest.mark.parametrize("kind", ["twice", "swapped", "partial-first", "reply-only", "twice-with-another-id"])
def test_what_is_for_messages_leaves_answers_alone(nasty: InProcessHeadEnd, sleeps: Sleeps, kind: str) -> None:
    order(nasty, kind, of={})
    assert (nasty.read(USUAL).result, sleeps.seconds) == ("OK", [])
    assert ControlApi(nasty).get("orderings")["orderings"][0]["used"] == 0


def test_the_oldest_ordering_that_matches_acts_until_it_is_used_up(nasty: InProcessHeadEnd, sleeps: Sleeps) -> None:
    for seconds in (10, 20):
        order(nasty, "late", delay=f"PT{seconds}S", times=1)
    for _ in range(3):
        nasty.read(USUAL)
    assert sleeps.seconds == [10, 20]


def test_the_log_tells_what_was_done_and_why(nasty: InProcessHeadEnd, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    nasty.read("LATE-1")
    assert "GetMeterReadings: the answer is late, by the name LATE-1" in caplog.text


def test_a_store_out_of_reach_is_told_by_the_request_itself(nasty: InProcessHeadEnd, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "headend.db")) as database:
        database.execute("DROP TABLE mischief")
    assert nasty.read(USUAL).result == "OK"


@pytest.fixture
def mdm() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


def test_messages_are_there_before_the_answer_of_the_call_that_caused_them(tmp_path: Path, mdm: Receiver) -> None:
    told = ({"url": mdm.url, "noun": "EndDeviceControls"},)
    with in_process(tmp_path, NOON, subscriptions=told, fleet=magic_fleet(tmp_path)) as nasty:
        nasty.head_end.start()
        answered = nasty.disconnect("BEFORE-ACKNOWLEDGEMENT-1", fields=CAUSE)
        assert (answered.result, len(mdm.received)) == ("OK", 2)


def test_an_answer_does_not_wait_for_ever_for_messages_that_do_not_leave(tmp_path: Path, mdm: Receiver) -> None:
    told = ({"url": mdm.url, "noun": "EndDeviceControls"},)
    with in_process(tmp_path, NOON, subscriptions=told) as nasty:  # nothing is sent
        order(nasty, "before-acknowledgement", delay="PT0.1S")
        answers: list[str] = []
        call = threading.Thread(target=lambda: answers.append(nasty.disconnect(USUAL, fields=CAUSE).result))
        call.start()
        call.join(20)
        assert answers == ["OK"]


@pytest.fixture(scope="module")
def served_nasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHeadEnd]:
    directory = tmp_path_factory.mktemp("nasty")
    with serve(directory, STEPPED, "--fleet", str(magic_fleet(directory))) as running:
        yield running


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ("GetMeterReadings", get_meter_readings("NEVER-REPLIES-1")),
        ("ExecuteEndDeviceControls", create_end_device_controls("NEVER-REPLIES-1")),
    ],
    ids=["get", "create"],
)
def test_on_the_wire_the_connection_is_closed_without_a_byte_of_the_message(
    served_nasty: ServedHeadEnd, service: str, message: bytes
) -> None:
    with closing(http.client.HTTPConnection(served_nasty.host, served_nasty.port, timeout=30)) as connection:
        connection.request("POST", f"/services/{service}", message, {"Content-Type": XML})
        # Whether the head was on its way already when the connection was closed is the server's luck.
        with pytest.raises((http.client.RemoteDisconnected, http.client.IncompleteRead)) as broken:
            connection.getresponse().read()
    assert getattr(broken.value, "partial", b"") == b""
    assert served_nasty.read(USUAL).result == "OK"

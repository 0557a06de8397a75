"""Faults of a head end in the process of a test: set for a block, seen on a real connection."""

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from headend.client import ClientError
from headend.operations.declined import Declined
from headend.testing import HeadEnd
from tests.support.raw_http import request_bytes
from tests.support.soap_requests import get_meter_readings


@pytest.fixture(scope="module")
def kit() -> Iterator[HeadEnd]:
    with HeadEnd(meters=10) as headend:
        yield headend


def ended(kit: HeadEnd) -> tuple[bytes, type[Exception] | None]:
    """What comes of a read until the connection ends, and how it ends otherwise than by a farewell."""
    host, _, port = kit.base_url.removeprefix("http://").partition(":")
    came = b""
    with closing(socket.create_connection((host, int(port)), 20)) as connection:
        message = get_meter_readings(kit.meters[0].name)
        connection.sendall(request_bytes("POST", "/services/GetMeterReadings", [("Content-Type", "text/xml")], message))
        try:
            while part := connection.recv(65536):
                came += part
        except OSError as error:
            return came.partition(b"\r\n\r\n")[2], type(error)
    return came.partition(b"\r\n\r\n")[2], None


def test_a_fault_is_set_until_the_end_of_its_block(kit: HeadEnd) -> None:
    with kit.faults.add("http-status", status=503, service="GetMeterReadings") as fault:
        with pytest.raises(ClientError, match="503"):
            kit.client().read(kit.meters[0])
        assert fault.used == 1
    assert kit.client().read(kit.meters[0]).result == "OK"
    assert (fault.used, kit.faults.all()) == (1, [])


def test_a_fault_that_is_used_up_lets_the_next_call_pass(kit: HeadEnd) -> None:
    with kit.faults.add("reply-code", code="5.1", times=1):
        assert [kit.client().read(kit.meters[0]).result for _ in range(2)] == ["FAILED", "OK"]


@pytest.mark.parametrize("size", [0, 100])
def test_a_reset_is_one(kit: HeadEnd, size: int) -> None:
    with kit.faults.add("reset", bytes=size, times=1):
        came, how = ended(kit)
    assert (len(came), how) == (size, ConnectionResetError)


@pytest.mark.parametrize(("kind", "parameters"), [("connection-refused", {}), ("truncated", {"bytes": 0})])
def test_a_connection_ends_without_a_byte(kit: HeadEnd, kind: str, parameters: dict[str, int]) -> None:
    with kit.faults.add(kind, times=1, **parameters):
        assert ended(kit) == (b"", None)


def test_what_is_truncated_ends_in_the_middle(kit: HeadEnd) -> None:
    with kit.faults.add("truncated", bytes=100, times=1):
        came, how = ended(kit)
    assert (len(came), how) == (100, None)


def test_a_meter_is_given_as_it_is(kit: HeadEnd) -> None:
    with kit.faults.add("stale-data", meter=kit.meters[3], age=timedelta(hours=3)) as fault:
        (known,) = kit.faults.all()
        assert (known.mrid, known.meter_name, known.parameters) == (fault.mrid, "M00000003", {"age": 10800})


def test_all_of_them_are_taken_away_at_once(kit: HeadEnd) -> None:
    for _ in range(2):
        kit.faults.add("empty-body")
    kit.faults.clear()
    assert kit.faults.all() == []


def test_a_reset_of_the_head_end_takes_them_away(kit: HeadEnd) -> None:
    fault = kit.faults.add("empty-body")
    kit.reset()
    assert kit.faults.all() == []
    fault.clear()
    with pytest.raises(LookupError, match="the head end was reset"):
        _ = fault.used


@pytest.mark.parametrize(
    ("kind", "parameters", "sentence"),
    [
        ("http-statuses", {}, "there is no kind 'http-statuses'; did you mean 'http-status'"),
        ("http-status", {"state": 503}, "there is no 'state'; did you mean 'status'"),
        ("reset", {"status": 503}, "the kind 'reset' takes no status; it takes bytes"),
    ],
)
def test_a_fault_that_cannot_be_is_told_in_a_line(
    kit: HeadEnd, kind: str, parameters: dict[str, int], sentence: str
) -> None:
    with pytest.raises(ValueError, match="this fault cannot be: ") as caught:
        kit.faults.add(kind, **parameters)
    assert sentence in str(caught.value)


def test_a_meter_that_there_is_not_is_told(kit: HeadEnd) -> None:
    with pytest.raises(Declined, match="there is no meter 'M9'"):
        kit.faults.add("reset", meter="M9")

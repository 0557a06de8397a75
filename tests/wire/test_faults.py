"""Faults as a client sees them that asks `headend serve` over a socket: statuses, and how connections end."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from headend.client import ControlClient
from tests.support.client import XML
from tests.support.raw_http import request_bytes
from tests.support.served import ServedHeadEnd
from tests.support.soap_requests import get_meter_readings

METER = "M00000731"
"""Which no other test asks for."""
MESSAGE = get_meter_readings(METER)


@pytest.fixture
def control(served: ServedHeadEnd) -> Iterator[ControlClient]:
    with closing(ControlClient(served.base_url)) as client:
        yield client
        client.clear_faults()


def raw(served: ServedHeadEnd) -> tuple[bytes, bytes]:
    """Head and body of what comes until the server ends the connection."""
    with served.connection() as connection:
        headers = [("Content-Type", XML), ("Connection", "close")]
        connection.send(request_bytes("POST", "/services/GetMeterReadings", headers, MESSAGE))
        head, _, body = connection.receive_all().partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("connection-refused", {}), ("reset", {}), ("truncated", {"bytes": 0}), ("lost-reply", {})],
)
def test_a_connection_ends_without_a_byte_of_the_message(
    served: ServedHeadEnd, control: ControlClient, kind: str, parameters: dict[str, Any]
) -> None:
    control.add_fault(kind, {"meter": METER}, times=1, **parameters)
    # Whether the head was on its way already is the server's luck; in the process of a test it never is.
    assert raw(served)[1] == b""


@pytest.mark.parametrize("kind", ["reset", "truncated"])
def test_a_connection_ends_in_the_middle(served: ServedHeadEnd, control: ControlClient, kind: str) -> None:
    right = served.read(METER).answer.body
    control.add_fault(kind, {"meter": METER}, times=1, bytes=100)
    head, body = raw(served)
    assert f"content-length: {len(right)}" in head.decode().lower()
    assert body == right[:100]


def test_a_drip_ends_in_the_end(served: ServedHeadEnd, control: ControlClient) -> None:
    right = served.read(METER).answer.body
    control.add_fault("slow-drip", {"meter": METER}, times=1, bytes_per_second=20_000)
    assert raw(served)[1] == right


def test_a_status_is_that_of_the_answer(served: ServedHeadEnd, control: ControlClient) -> None:
    control.add_fault("http-status", {"meter": METER}, times=1, status=502, retry_after=7)
    head, body = raw(served)
    assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert b"\r\nretry-after: 7" in head.lower()
    assert body == b"Bad Gateway\n"


def test_the_journal_has_what_left_and_by_which_fault(served: ServedHeadEnd, control: ControlClient) -> None:
    mrid = control.add_fault("truncated", {"meter": METER}, times=1, bytes=33)["mrid"]
    _, body = raw(served)
    (seen,) = control.wait_for_exchanges(text=mrid)
    assert seen["notes"] == [f"fault injected: truncated {mrid}"]
    assert control.envelope(seen["number"], "response") == body

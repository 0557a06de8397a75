"""Requests that are larger than `max_request_bytes`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.soap_requests import get_meter_readings

LIMIT = 4096
MESSAGE = get_meter_readings("M00000001")


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    with in_process(tmp_path, NOON, max_request_bytes=LIMIT) as opened:
        yield opened


def padded(size: int) -> bytes:
    """The message with blanks behind it."""
    return MESSAGE.ljust(size)


def in_parts(data: bytes) -> list[bytes]:
    """A body that comes without a length."""
    return [data[start : start + 100] for start in range(0, len(data), 100)]


@pytest.mark.parametrize("body", [padded(LIMIT), in_parts(padded(LIMIT))], ids=["declared", "chunked"])
def test_a_request_of_just_the_limit_is_taken(limited: InProcessHeadEnd, body: bytes | list[bytes]) -> None:
    assert limited.post("GetMeterReadings", body).result == "OK"


@pytest.mark.parametrize("size", [LIMIT + 1, 100 * LIMIT])
@pytest.mark.parametrize("form", [bytes, in_parts], ids=["declared", "chunked"])
def test_a_larger_request_gets_a_fault_that_names_the_limit(
    limited: InProcessHeadEnd, size: int, form: type[bytes]
) -> None:
    fault = limited.post("GetMeterReadings", form(padded(size))).fault
    assert fault is not None
    assert (fault.code, fault.detail) == ("Client", None)
    assert fault.sentence == "the request is larger than this head end takes: 4096 bytes"


def test_a_client_that_waits_to_be_asked_for_a_body_too_large_is_not_asked(limited: InProcessHeadEnd) -> None:
    def nothing_may_be_read() -> Iterator[bytes]:
        raise AssertionError("the body was asked for")
        yield b""

    headers = [("Expect", "100-continue"), ("Content-Length", str(LIMIT + 1))]
    reply = limited.post("GetMeterReadings", nothing_may_be_read(), headers=headers)
    assert reply.fault is not None
    assert "larger than this head end takes" in reply.fault.sentence

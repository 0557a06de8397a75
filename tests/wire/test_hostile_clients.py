"""Clients that mean no good, over a real socket: each gets its answer, and the head end stays as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import STEPPED
from tests.support.raw_http import chunked, request_bytes
from tests.support.reply import Reply
from tests.support.served import ServedHeadEnd, serve
from tests.support.soap_requests import create_end_device_controls, envelope, get_meter_readings

PATH = "/services/GetMeterReadings"
XML = ("Content-Type", "text/xml; charset=utf-8")
LIMIT = 1_000_000
MESSAGE = get_meter_readings("M00000001")
TEXT = MESSAGE.decode()
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHeadEnd]:
    """A head end that takes requests of up to a megabyte, two at a time."""
    directory: Path = tmp_path_factory.mktemp("attacked")
    (directory / "headend.yaml").write_text(f"max_request_bytes: {LIMIT}\nthreads: 2\n")
    with serve(directory, STEPPED, "--config", str(directory / "headend.yaml")) as running:
        yield running


def too_large(reply: Reply) -> bool:
    return reply.fault is not None and reply.fault.sentence == (
        f"the request is larger than this head end takes: {LIMIT} bytes"
    )


@pytest.mark.parametrize("size", [LIMIT + 1, 3 * LIMIT, 40 * LIMIT])
def test_a_client_that_sends_too_much_receives_the_fault_when_it_has_sent_all(
    attacked: ServedHeadEnd, size: int
) -> None:
    assert too_large(attacked.post("GetMeterReadings", MESSAGE.ljust(size)))


@pytest.mark.parametrize("size", [LIMIT + 1, 20 * LIMIT])
def test_a_client_that_sends_too_much_in_chunks_receives_the_fault_too(attacked: ServedHeadEnd, size: int) -> None:
    data = MESSAGE.ljust(size)
    parts = (data[start : start + 50_000] for start in range(0, size, 50_000))
    assert too_large(attacked.post("GetMeterReadings", parts))


def test_a_client_that_asks_before_it_sends_too_much_is_refused_at_once(attacked: ServedHeadEnd) -> None:
    length = ("Content-Length", str(1000 * LIMIT))
    with attacked.connection() as connection:
        connection.send(request_bytes("POST", PATH, [XML, length, ("Expect", "100-continue")]))
        answer = connection.receive()
    assert answer.interim == ()
    assert too_large(attacked.checked("GetMeterReadings", answer))


@pytest.mark.parametrize(
    "sent",
    [
        request_bytes("POST", PATH, [XML, ("Content-Length", "1000")]) + b"<half",
        request_bytes("POST", PATH, [XML, ("Transfer-Encoding", "chunked")]) + b"ff\r\n<half",
        request_bytes("POST", PATH, [XML, ("Transfer-Encoding", "chunked")]) + b"no number\r\n",
        b"POST /services/GetMeterReadings HTTP/1.1\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00",
        b"\r\n\r\n\r\n",
    ],
    ids=["half a body", "half a chunk", "a chunk without size", "half a header", "TLS", "empty lines"],
)
def test_a_client_that_goes_away_in_the_middle_harms_nobody(attacked: ServedHeadEnd, sent: bytes) -> None:
    with attacked.connection() as connection:
        connection.send(sent)
    assert attacked.read("M00000001").result == "OK"


def test_a_client_that_goes_away_in_the_middle_of_its_answer_harms_nobody(attacked: ServedHeadEnd) -> None:
    month = get_meter_readings(period=("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"))
    with attacked.connection() as connection:
        connection.send(request_bytes("POST", PATH, [XML], month))
    assert attacked.read("M00000001").result == "OK"


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Type", "text/xml; charset=" + "x" * 5000)],
        [("Content-Type", "text/xml\xff\xfe")],
        [XML, ("SOAPAction", "\xe4\xf6\xfc" * 1000)],
        [XML, ("Content-Encoding", "\xff")],
        [XML, ("Host", "<script>")],
        [XML, *((f"X-{number}", "y") for number in range(50))],
    ],
    ids=["long charset", "odd bytes", "odd action", "odd encoding", "odd host", "many headers"],
)
def test_odd_http_headers_get_an_answer(attacked: ServedHeadEnd, headers: list[tuple[str, str]]) -> None:
    assert attacked.http("POST", PATH, headers, MESSAGE).status in (200, 415)


@pytest.mark.parametrize("name", ["%ff", "a%00b", "%3Cscript%3E", "x" * 5000, "..%2f..%2fetc"])
def test_odd_service_names_get_a_fault(attacked: ServedHeadEnd, name: str) -> None:
    assert attacked.http("POST", f"/services/{name}", [XML], MESSAGE).status == 500


def hostile() -> list[bytes]:
    """Messages that would like to eat memory, each near the limit of what is taken."""
    unknown = "".join(f"<EndDevice><mRID>{number:012d}</mRID></EndDevice>" for number in range(1_000))
    return [
        b"<a>" * 300_000,
        envelope("<a>" * 200 + "x" * 900_000),
        MESSAGE[:-1] + b" " * 900_000,
        f"<!DOCTYPE a [<!ENTITY l0 'lol'>{LAUGHS}]>{TEXT.replace('M00000001', '&l9;')}".encode(),
        f"<!--{'a' * 9_000}--><!DOCTYPE a [<!ENTITY l0 'lol'>{LAUGHS}]>{TEXT.replace('M00000001', '&l9;')}".encode(),
        envelope("".join(f"<n{number}/>" for number in range(25_000))),
        TEXT.replace("<Request>", "<Request " + " ".join(f'a{n}="v"' for n in range(50_000)) + ">").encode(),
        TEXT.replace("<Request>", f"<Request>{'<x/>' * 50_000}").encode(),
        TEXT.replace("M00000001", "y" * 900_000).encode(),
        get_meter_readings(profile=unknown),
        get_meter_readings("M00000001", fields={"Timestamp": "z" * 900_000}),
        create_end_device_controls("M00000001", code="9." * 300_000),
        MESSAGE.ljust(LIMIT + 1),
    ]


def test_memory_stays_flat_under_hostile_requests(attacked: ServedHeadEnd) -> None:
    messages = hostile()
    for message in 2 * messages:  # so that both threads have what the first of a kind needs
        attacked.post("GetMeterReadings", message)
    before = attacked.resident_bytes()
    for number in range(200):
        attacked.post("GetMeterReadings", messages[number % len(messages)])
    grown_mb = (attacked.resident_bytes() - before) / 1e6
    assert attacked.read("M00000001").result == "OK"
    assert grown_mb < 30, f"the head end grew by {grown_mb:.1f} MB"


def test_a_chunked_body_without_end_is_cut_off(attacked: ServedHeadEnd) -> None:
    """A client that goes on sending gets its answer after the limit and as much again as is dropped."""
    with attacked.connection() as connection:
        connection.send(request_bytes("POST", PATH, [XML, ("Transfer-Encoding", "chunked")]))
        piece = chunked([b"x" * LIMIT]).removesuffix(b"0\r\n\r\n")
        sent = 0
        try:
            while sent < 500:
                connection.send(piece)
                sent += 1
        except OSError:  # the head end has closed the connection
            pass
    assert sent < 500
    assert attacked.read("M00000001").result == "OK"


def test_nothing_of_all_this_is_an_error_of_the_head_end(attacked: ServedHeadEnd) -> None:
    for message in hostile():
        attacked.post("GetMeterReadings", message)
    assert "Traceback" not in attacked.log()

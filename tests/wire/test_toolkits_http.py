"""HTTP as SOAP toolkits of the field speak it, byte by byte over a real socket."""

import pytest
from lxml import etree

from tests.support.raw_http import HttpAnswer, chunked, request_bytes
from tests.support.served import ServedHeadEnd
from tests.support.soap_requests import get_meter_readings

PATH = "/services/GetMeterReadings"
XML = ("Content-Type", "text/xml; charset=utf-8")
MESSAGE = get_meter_readings("M00000110")
DAY = get_meter_readings("M00000110", period=("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"))


def exchange(served: ServedHeadEnd, *writes: bytes) -> HttpAnswer:
    """Each part is one write on a connection of its own."""
    with served.connection() as connection:
        for data in writes:
            connection.send(data)
        return connection.receive()


@pytest.mark.parametrize("message", [MESSAGE, DAY], ids=["short", "streamed"])
def test_an_http_1_0_request_is_answered_without_chunking_and_to_the_end_of_the_connection(
    served: ServedHeadEnd, message: bytes
) -> None:
    answer = exchange(served, request_bytes("POST", PATH, [XML], message, version="HTTP/1.0"))
    assert served.checked("GetMeterReadings", answer).result == "OK"
    assert answer.header("Transfer-Encoding") is None
    assert answer.is_closed


def test_an_http_1_0_request_may_ask_to_keep_the_connection(served: ServedHeadEnd) -> None:
    sent = request_bytes("POST", PATH, [XML, ("Connection", "keep-alive")], MESSAGE, version="HTTP/1.0")
    answer = exchange(served, sent)
    assert served.checked("GetMeterReadings", answer).result == "OK"
    assert answer.header("Transfer-Encoding") is None


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_chunked_request_is_taken(served: ServedHeadEnd, size: int) -> None:
    parts = [MESSAGE[start : start + size] for start in range(0, len(MESSAGE), size)]
    sent = request_bytes("POST", PATH, [XML, ("Transfer-Encoding", "chunked")]) + chunked(parts)
    assert served.checked("GetMeterReadings", exchange(served, sent)).result == "OK"


def test_a_chunked_request_may_come_in_single_bytes(served: ServedHeadEnd) -> None:
    sent = request_bytes("POST", PATH, [XML, ("Transfer-Encoding", "chunked")]) + chunked([MESSAGE])
    writes = [sent[position : position + 1] for position in range(len(sent))]
    assert served.checked("GetMeterReadings", exchange(served, *writes)).result == "OK"


def test_expect_100_continue_is_honoured(served: ServedHeadEnd) -> None:
    with served.connection() as connection:
        length = ("Content-Length", str(len(MESSAGE)))
        connection.send(request_bytes("POST", PATH, [XML, length, ("Expect", "100-continue")]))
        assert connection.receive_head_only() == 100
        connection.send(MESSAGE)
        assert served.checked("GetMeterReadings", connection.receive()).result == "OK"


def test_expect_100_continue_does_not_hold_up_a_client_that_does_not_wait(served: ServedHeadEnd) -> None:
    answer = exchange(served, request_bytes("POST", PATH, [XML, ("Expect", "100-continue")], MESSAGE))
    assert served.checked("GetMeterReadings", answer).result == "OK"


@pytest.mark.parametrize("message", [MESSAGE, DAY, b"<broken"], ids=["short", "streamed", "fault"])
def test_connection_close_is_answered_and_done(served: ServedHeadEnd, message: bytes) -> None:
    answer = exchange(served, request_bytes("POST", PATH, [XML, ("Connection", "close")], message))
    served.checked("GetMeterReadings", answer)
    assert (answer.header("Connection"), answer.is_closed) == ("close", True)


def test_a_connection_serves_one_request_after_another_also_after_a_fault(served: ServedHeadEnd) -> None:
    with served.connection() as connection:
        statuses = []
        for message in (MESSAGE, b"<broken", DAY, MESSAGE):
            connection.send(request_bytes("POST", PATH, [XML], message))
            statuses.append(served.checked("GetMeterReadings", connection.receive()).answer.status)
    assert statuses == [200, 500, 200, 200]


def test_a_header_and_a_body_may_come_in_two_writes(served: ServedHeadEnd) -> None:
    sent = request_bytes("POST", PATH, [XML], MESSAGE)
    answer = exchange(served, sent[: -len(MESSAGE)], MESSAGE)
    assert served.checked("GetMeterReadings", answer).result == "OK"


@pytest.mark.parametrize("wanted", ["gzip", "gzip, deflate", "none", "compress", "br;q=1.0, *;q=0", "identity;q=0"])
def test_an_answer_is_never_compressed(served: ServedHeadEnd, wanted: str) -> None:
    reply = served.post("GetMeterReadings", MESSAGE, headers=[("Accept-Encoding", wanted)])
    assert (reply.result, reply.answer.header("Content-Encoding")) == ("OK", None)


@pytest.mark.parametrize("wanted", [None, "gzip", "none", "compress"])
def test_the_wsdl_is_never_compressed(served: ServedHeadEnd, wanted: str | None) -> None:
    headers = [("Accept-Encoding", wanted)] if wanted else []
    answer = served.get(f"{PATH}?wsdl", headers)
    assert answer.header("Content-Encoding") is None
    assert etree.fromstring(answer.body).tag == "{http://schemas.xmlsoap.org/wsdl/}definitions"


@pytest.mark.parametrize(
    "accept", ["*/*", "text/html, image/gif, *; q=.2", "application/soap+xml", "multipart/related", "image/png", ";;"]
)
def test_an_odd_accept_header_is_ignored(served: ServedHeadEnd, accept: str) -> None:
    assert served.post("GetMeterReadings", MESSAGE, headers=[("Accept", accept)]).result == "OK"


@pytest.mark.parametrize("query", ["wsdl", "WSDL", "wsdl=", "singleWsdl"])
def test_the_wsdl_has_the_address_from_which_it_was_fetched(served: ServedHeadEnd, query: str) -> None:
    answer = served.get(f"{PATH}?{query}", [("Host", "mdm-sees-it-as.example:8443")])
    address = etree.fromstring(answer.body).find(".//{http://schemas.xmlsoap.org/wsdl/soap/}address")
    assert address is not None
    assert address.get("location") == "http://mdm-sees-it-as.example:8443/services/GetMeterReadings"


def test_the_schemas_are_found_beside_the_wsdl_by_their_relative_paths(served: ServedHeadEnd) -> None:
    wsdl = etree.fromstring(served.get(f"{PATH}?wsdl").body)
    locations = [element.get("schemaLocation", "") for element in wsdl.iter("{http://www.w3.org/2001/XMLSchema}import")]
    assert locations == ["xsd/GetMeterReadingsMessage.xsd"]
    answer = served.get(f"/services/{locations[0]}")
    assert (answer.status, answer.header("Content-Type")) == (200, "text/xml; charset=utf-8")
    assert etree.fromstring(answer.body).tag == "{http://www.w3.org/2001/XMLSchema}schema"


def test_a_head_request_is_answered_like_a_get_without_the_body(served: ServedHeadEnd) -> None:
    path = f"{PATH}?wsdl"
    head, get = served.http("HEAD", path), served.get(path)
    assert head.header("Content-Length") == get.header("Content-Length") == str(len(get.body))

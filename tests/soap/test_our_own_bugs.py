"""A bug of ours reaches the client as a fault without internals, and the log as a whole."""

from io import BytesIO
from typing import Any, NoReturn

import pytest

from headend.contract import Contract
from headend.soap.site import Site
from tests.support.raw_http import HttpAnswer
from tests.support.wire_rules import checked_reply

PATH = "/services/GetMeterReadings"


def broken_service(environ: dict[str, Any], start_response: Any) -> NoReturn:
    raise RuntimeError("secret of the house")


def test_a_service_that_breaks_down_answers_with_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    site = Site(Contract.load(), {"GetMeterReadings": broken_service}, "0", 1_000, lambda: True)
    told: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "CONTENT_TYPE": "text/xml",
        "CONTENT_LENGTH": "4",
        "wsgi.input": BytesIO(b"<a/>"),
    }
    body = b"".join(site(environ, lambda status, headers: told.extend((status, headers))))
    answer = HttpAnswer(int(told[0][:3]), tuple(told[1]), body)
    fault = checked_reply(PATH, answer).fault
    assert fault is not None
    assert (fault.code, fault.sentence) == ("Server", "internal error; the head end's log has the details")
    assert "secret of the house" in caplog.text

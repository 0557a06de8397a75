"""A SOAP client whose every exchange is checked against the rules of the wire."""

from collections.abc import Iterable
from typing import Any, Protocol

from tests.support.raw_http import Headers, HttpAnswer
from tests.support.reply import Reply
from tests.support.soap_requests import (
    CONNECT,
    DISCONNECT,
    create_end_device_controls,
    end_device_controls,
    get_end_device_controls,
    get_end_device_events,
    get_meter_readings,
)
from tests.support.wire_rules import checked_reply

XML = "text/xml; charset=utf-8"

Body = bytes | Iterable[bytes] | None
"""Of a request; an iterable goes out without a declared length, in chunks."""


class Exchange(Protocol):
    """Whatever brings a request to a head end: a socket, or a call of the application."""

    def __call__(self, method: str, path: str, headers: Headers, body: Body) -> HttpAnswer: ...


class HeadEndClient:
    """Talks to one head end. No test sees an answer that breaks a rule of the wire: it fails before."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def post(
        self, service: str, message: bytes | Iterable[bytes], *, headers: Headers = (), content_type: str = XML
    ) -> Reply:
        """Posts a SOAP message to a service, such as GetMeterReadings."""
        path = f"/services/{service}"
        return checked_reply(path, self._exchange("POST", path, [("Content-Type", content_type), *headers], message))

    def http(self, method: str, path: str, headers: Headers = (), body: Body = None) -> HttpAnswer:
        """Any other HTTP request. A POST that is answered with XML is checked like every SOAP answer.

        What is no SOAP request at all gets a 4xx and a sentence in plain text.
        """
        answer = self._exchange(method, path, headers, body)
        if method == "POST" and (answer.header("Content-Type") or "").startswith("text/xml"):
            checked_reply(path, answer)
        elif answer.status >= 400:
            assert answer.status < 500, f"{answer.status} {answer.body!r}"
            assert answer.header("Content-Type") == "text/plain; charset=utf-8"
            assert method == "HEAD" or answer.body.endswith(b"\n")
        return answer

    def get(self, path: str, headers: Headers = ()) -> HttpAnswer:
        """The contract, the index, a health page."""
        return self.http("GET", path, headers)

    # The usual messages; keywords as in tests/support/soap_requests.py.

    def read(self, *meters: str, **selection: Any) -> Reply:
        """GetMeterReadings."""
        return self.post("GetMeterReadings", get_meter_readings(*meters, **selection))

    def events(self, *meters: str, **selection: Any) -> Reply:
        """GetEndDeviceEvents."""
        return self.post("GetEndDeviceEvents", get_end_device_events(*meters, **selection))

    def control(self, *meters: str, **what: Any) -> Reply:
        """CreateEndDeviceControls."""
        return self.post("ExecuteEndDeviceControls", create_end_device_controls(*meters, **what))

    def change_control(self, verb: str, *ids: str, **what: Any) -> Reply:
        """ChangeEndDeviceControls, or Cancel, Close, Delete: `verb` as in the Header."""
        return self.post("ExecuteEndDeviceControls", end_device_controls(verb, ids=ids, **what))

    def controls(self, profile: str = "", **what: Any) -> Reply:
        """GetEndDeviceControls."""
        return self.post("GetEndDeviceControls", get_end_device_controls(profile, **what))

    def disconnect(self, *meters: str, **what: Any) -> Reply:
        """CreateEndDeviceControls with RCDSwitch.-.Disconnect."""
        return self.control(*meters, code=DISCONNECT, **what)

    def connect(self, *meters: str, **what: Any) -> Reply:
        """CreateEndDeviceControls with RCDSwitch.-.Connect."""
        return self.control(*meters, code=CONNECT, **what)

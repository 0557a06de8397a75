"""The fake MDM as users run it: the command in a process of its own, driven and looked at over HTTP alone."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from lxml import etree

from tests.support.created_events import event_message
from tests.support.raw_http import HttpAnswer
from tests.support.reply import Reply
from tests.support.served import STOP_S, SocketExchange, announced
from tests.support.soap_requests import SOAP
from tests.support.wire_rules import checked_reply


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that the fake MDM has kept, with its text."""

    listed: dict[str, Any]
    """As `/received` lists it."""
    envelope: bytes
    """A SOAP message around the body element as it came; what came compressed stands in it inflated."""

    @property
    def number(self) -> int:
        return int(self.listed["number"])

    @property
    def outcome(self) -> str:
        return str(self.listed["outcome"])

    @property
    def name(self) -> str:
        """Of the body element, such as CreatedMeterReadings."""
        return str(self.listed["operation"])

    @property
    def element(self) -> etree._Element:
        """The body element, held to the contract: a reply as its Reply service declares it, or an event."""
        header = self._body[0]
        if (header.findtext("{*}Verb") or "") == "reply":
            return self.reply.element
        return event_message(self.envelope, self.name, header.findtext("{*}Noun") or "")

    @property
    def reply(self) -> Reply:
        """A late reply, held to every rule that an answer in a call keeps."""
        xml = (("Content-Type", "text/xml; charset=utf-8"),)
        return checked_reply(f"/services/{self.listed['service']}", HttpAnswer(200, xml, self.envelope))

    @property
    def header(self) -> dict[str, str]:
        """The message Header's texts by name."""
        return {etree.QName(child).localname: child.text or "" for child in self._body[0]}

    @property
    def correlation_id(self) -> str | None:
        return self.header.get("CorrelationID")

    @property
    def sent(self) -> datetime:
        """Header/Timestamp: when the head end made it, by the fleet's clock."""
        return datetime.fromisoformat(self.stamp)

    @property
    def stamp(self) -> str:
        """The same as it is written."""
        return self.header.get("Timestamp", "")

    @property
    def payload(self) -> etree._Element:
        """The noun's root element. Fails a test in which there is none."""
        payload = self._body.find("{*}Payload")
        assert payload is not None, f"{self.name} has no Payload"
        return payload[0]

    @property
    def gist(self) -> tuple[str, str, str | None]:
        """Verb, noun and CorrelationID."""
        header = self.header
        return header["Verb"], header["Noun"], header.get("CorrelationID")

    @property
    def _body(self) -> etree._Element:
        return etree.fromstring(self.envelope, etree.XMLParser(huge_tree=True))[0][0]


class ServedMdm:
    """A running `headend mdm`."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log
        self._envelopes: dict[str, bytes] = {}
        """By address: a message never changes, and its number is not given twice."""

    @cached_property
    def base_url(self) -> str:
        """Waited for when it is first asked for, so that another process may start meanwhile."""
        return announced(self._process, self._log)

    def receive_url(self, noun: str) -> str:
        """Where a head end publishes messages of a noun."""
        return f"{self.base_url}/services/Receive{noun}"

    def reply_url(self, noun: str) -> str:
        """Where late replies about a noun go."""
        return f"{self.base_url}/services/Reply{noun}"

    @property
    def any_url(self) -> str:
        """Takes the messages of every service."""
        return f"{self.base_url}/any"

    def received(self, **query: str) -> list[Arrived]:
        """The messages that fit a query of `/received`, in the order in which they came."""
        listing = json.loads(self._http("GET", f"/received?{urlencode(query)}").body)["received"]
        return [self._arrived(one) for one in listing]

    def told(self, answer: str, times: int | None = None, **match: str) -> None:
        """Tells it to answer so, such as `failed:5.1`."""
        said = {"answer": answer, "times": times, **match}
        self._http("POST", "/answers", json.dumps(said).encode())

    def reset(self) -> None:
        """Forgets messages, their MessageIDs and what it was told to answer."""
        self._http("DELETE", "/answers")
        self._http("DELETE", "/received")

    def _arrived(self, listed: dict[str, Any]) -> Arrived:
        address = listed["message"]
        if address not in self._envelopes:
            body = self._http("GET", address).body
            opening = f'<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>'
            self._envelopes[address] = opening.encode() + body + b"</soap:Body></soap:Envelope>"
        return Arrived(listed, self._envelopes[address])

    def _http(self, method: str, path: str, body: bytes | None = None) -> HttpAnswer:
        address = urlsplit(self.base_url)
        answer = SocketExchange(address.hostname or "", address.port or 0)(method, path, (), body)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body!r}"
        return answer


@contextmanager
def serve_mdm(directory: Path) -> Iterator[ServedMdm]:
    """`headend mdm` on a free port; stopped at the end, whatever happens. Its log is in `directory`."""
    log = directory / "mdm.log"
    with log.open("w") as stderr:
        command = [sys.executable, "-m", "headend", "mdm", "--port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
    assert process.stdout is not None
    with process.stdout:
        try:
            yield ServedMdm(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_S)

"""Calls of a scenario to the head end, each recorded as it crossed the wire."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from lxml import etree

from headend.client import Exchange, FaultReceived, HeadEndClient, NotUnderstood, Unreachable, counted_ids
from headend.client.contract_cache import ContractCache
from headend.conformance.answer import Answer
from headend.conformance.recorder import Recorder, kept
from headend.journal import Direction, Entry
from headend.untrusted_xml import NotXml, parse_document
from simulator.clock import Clock

SOURCE: Final = "scenario"
"""Header/Source of what a scenario sends, and the beginning of its MessageIDs."""


@dataclass(frozen=True, slots=True)
class Called:
    """A call, and what came of it."""

    entry: Entry
    exchange: Exchange | None
    """None where no answer came."""

    @property
    def answer(self) -> Answer:
        """The answer as it can be read, whatever is wrong with it."""
        return Answer(self.entry, self.entry.number, b"" if self.exchange is None else self.exchange.response)

    @property
    def request(self) -> Answer:
        """The request, read in the same way."""
        return Answer(self.entry, self.entry.number, self.entry.request.body)


class Caller:
    """Calls one head end. MessageIDs are scenario-1, scenario-2 ..., and messages are stamped with the fleet's time."""

    def __init__(
        self,
        base_url: str,
        shown_url: str,
        clock: Clock,
        machine: Clock,
        recorder: Recorder,
        contracts: ContractCache | None,
        timeout_s: float,
    ) -> None:
        """shown_url: what the address is called in reports. contracts: see HeadEndClient."""
        self._shown_url = shown_url
        self._clock = clock
        self._machine = machine
        self._recorder = recorder
        self._last: Exchange | None = None
        self._client = HeadEndClient(
            base_url,
            clock,
            counted_ids(SOURCE),
            source=SOURCE,
            timeout_s=timeout_s,
            on_exchange=self._keep,
            contracts=contracts,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def call(self, label: str, make: Callable[[HeadEndClient], Any]) -> Called:
        """Let the client send a message. label: what it is called where no answer comes.

        Raises NotSendable for a message that the contract does not have.
        """
        self._last = None
        number, at, machine_at = self._recorder.number(), self._clock.now(), self._machine.now()
        failure = None
        try:
            make(self._client)
        except (FaultReceived, NotUnderstood):
            pass  # it was answered, and the scenario looks at the answer itself
        except Unreachable as error:
            failure = str(error).replace(self._client.base_url, self._shown_url)
        entry = self._entry(label, number, at, machine_at, self._last, failure)
        self._recorder.sent(entry)
        return Called(entry, self._last)

    def _keep(self, exchange: Exchange) -> None:
        self._last = exchange

    def _entry(
        self,
        label: str,
        number: int,
        at: datetime,
        machine_at: datetime,
        exchange: Exchange | None,
        failure: str | None,
    ) -> Entry:
        path = "" if exchange is None else urlsplit(exchange.url).path
        request = b"" if exchange is None else exchange.request
        return Entry(
            number=number,
            direction=Direction.OUT,
            at=at,
            machine_at=machine_at,
            took_s=(self._machine.now() - machine_at).total_seconds(),
            peer=f"{self._shown_url}{path}",
            service=path.rpartition("/")[2],
            operation=_element(request) or label,
            status=None if exchange is None else exchange.status,
            request=kept(request),
            response=None if exchange is None else kept(exchange.response),
            failure=failure,
        )


def _element(envelope: bytes) -> str:
    """Local name of the body element; empty where there is none to read."""
    try:
        root = parse_document(envelope)
    except NotXml:
        return ""
    body = root.find("{*}Body")
    found = None if body is None else next(body.iterchildren("*"), None)
    return "" if found is None else etree.QName(found).localname

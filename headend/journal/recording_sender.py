"""A sender whose every attempt is recorded."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from headend.delivery import DeliveryOutcome, Meanwhile, Sender, SoapRequest
from headend.delivery.outcome import HttpAnswer
from headend.journal.entry import Direction, Entry, fault_note
from headend.journal.fleet_time import FleetTime
from headend.journal.journal import Recorder
from headend.journal.kept_message import KeptMessage
from simulator.clock import Clock

log = logging.getLogger(__name__)

_TYPE: Final = ("Content-Type", "text/xml; charset=utf-8")


class RecordingSender:
    """Stands around a sender; safe to share between threads where that one is."""

    def __init__(self, sender: Sender, recorder: Recorder, machine: Clock, time: FleetTime, body_bytes: int) -> None:
        """body_bytes: so much is kept of each body."""
        self._sender = sender
        self._recorder = recorder
        self._machine = machine
        self._time = time
        self._body_bytes = body_bytes

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        """Sends once; see Sender."""
        machine_at = self._machine.now()
        at = self._time.latest(machine_at)
        kept = KeptMessage(self._body_bytes)
        if isinstance(request.body, bytes):
            kept.take(request.body)
            sent = request
        else:
            sent = replace(request, body=_passing(request.body, kept))
        try:
            outcome = self._sender.post(destination, sent, meanwhile)
        except BaseException as error:
            self._record(destination, request, kept, at, machine_at, None, type(error).__name__)
            raise
        self._record(destination, request, kept, at, machine_at, outcome, None)
        return outcome.without_answer()

    def _record(
        self,
        destination: str,
        request: SoapRequest,
        kept: KeptMessage,
        at: datetime,
        machine_at: datetime,
        outcome: DeliveryOutcome | None,
        failure: str | None,
    ) -> None:
        # Whatever goes wrong here is ours, and no reason to send a message again that has arrived.
        try:
            answer = None if outcome is None else outcome.answer
            response = None
            if answer is not None:
                got = KeptMessage(self._body_bytes)
                got.take(answer.body or b"")
                response = got.message()
            if outcome is not None and answer is None:
                failure = f"{outcome.kind}: {outcome.sentence}"
            path, message, said = _path(destination), kept.message(), request.said
            if said is not None and said.message is not message.body:
                said = None  # it was not kept whole, nor is it for the sake of that
            self._recorder.record(
                Entry(
                    direction=Direction.OUT,
                    at=at,
                    machine_at=machine_at,
                    took_s=max(0.0, (self._machine.now() - machine_at).total_seconds()),
                    peer=destination,
                    service=path.rstrip("/").rpartition("/")[2],
                    operation="",
                    soap_action=request.soap_action,
                    status=None if answer is None else answer.status,
                    request=message,
                    response=response,
                    failure=failure,
                    path=path,
                    request_headers=(_TYPE, *((name, "(not kept)") for name in request.http_headers)),
                    notes=tuple(_notes(request, answer)),
                    outcome=None if outcome is None else f"{outcome.kind}: {outcome.sentence}",
                    said=said,
                )
            )
        except Exception:
            log.exception("an exchange could not be recorded")


def _notes(request: SoapRequest, answer: HttpAnswer | None) -> Iterator[str]:
    if request.mishap is not None:
        yield fault_note(request.mishap.cause)
    if answer is not None and answer.body is None:
        yield "the answer was too long to read"


def _passing(chunks: Iterable[bytes], kept: KeptMessage) -> Iterator[bytes]:
    for chunk in chunks:
        kept.take(chunk)
        yield chunk


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""

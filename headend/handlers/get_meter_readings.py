"""GetMeterReadings (61968-9:2013, clause 5.3): the payload leaves as a stream.

The late reply to an asynchronous request is the answer that its call would have got, produced from the request when it
leaves, as of the instant of the call, in parts of so many meters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lxml import etree

from headend.contract import OperationDescription
from headend.handlers.exchange import Answer, Later, Request
from headend.handlers.fleet_bound import FleetBound
from headend.handlers.late_messages import LateAnswer
from headend.handlers.readings_payload import readings_payload
from headend.messages.coincident_readings import CoincidentReadingsWriter
from headend.messages.envelope import read_header
from headend.messages.get_meter_readings import read_meter_readings_query
from headend.operations.readings.coincident_readings import ReadCoincidences
from headend.operations.readings.read_meters import ReadMeters
from headend.store import OutboxMessage, Store, UnitOfWork
from simulator.clock import Clock
from simulator.fleet import Fleet


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMeterReadings:
    """The handler, for one fleet."""

    meters: ReadMeters
    late_meters: ReadMeters
    """Of asynchronous requests: nobody holds the line, so silent meters are waited for longer."""
    coincidences: ReadCoincidences
    fleet: Fleet
    source: str
    """Written as the origin of register values."""
    meters_per_reply: int
    """Of asynchronous requests."""

    def __call__(self, request: Request, work: UnitOfWork, now: datetime) -> Answer:
        """See Handler."""
        if request.header.is_asynchronous:
            return self.part(request, work, now, 0)
        return self._answer(request, work, now, slice(None))

    def part(self, request: Request, work: UnitOfWork, now: datetime, number: int) -> Answer:
        """One part of the answer to an asynchronous request, counted from 0: its reply is that of all parts."""
        first = number * self.meters_per_reply
        return self._answer(request, work, now, slice(first, first + self.meters_per_reply))

    def _answer(self, request: Request, work: UnitOfWork, now: datetime, part: slice) -> Answer:
        zone = self.fleet.calendar.zone
        query = read_meter_readings_query(request.body, zone)
        if query.trigger is not None and not query.trigger.is_nothing:
            coincident = self.coincidences.read(query, query.trigger, now, work)
            chunks: Iterator[bytes] = CoincidentReadingsWriter(coincident.recipe, zone, self.source).chunks()
            return self._with_later(Answer(coincident.reply, chunks), request, now, 1)
        meters = self.late_meters if request.header.is_asynchronous else self.meters
        answer = meters.read(query, now, work)
        recipe = replace(answer.recipe, meters=answer.recipe.meters[part])
        parts = max(1, -(-len(answer.recipe.meters) // self.meters_per_reply))
        readings = readings_payload(recipe, self.fleet, self.source)
        return self._with_later(Answer(answer.reply, readings, answer.after), request, now, parts)

    def _with_later(self, answer: Answer, request: Request, now: datetime, parts: int) -> Answer:
        if not request.header.is_asynchronous:
            return answer
        recipe = {"request": etree.tostring(request.body, encoding="unicode", with_tail=False), "at": now.isoformat()}
        return replace(answer, later=Later(recipe, answer.after, parts))


def late_readings_answer(bound: FleetBound[GetMeterReadings], store: Store, clock: Clock) -> LateAnswer:
    """A part of the readings that a request asked for. clock: the fleet's."""

    def answer(asked: OperationDescription, _message: OutboxMessage, recipe: Mapping[str, Any], part: int) -> Answer:
        body = etree.fromstring(recipe["request"], etree.XMLParser(huge_tree=True))
        with store.reading() as work:
            handler = bound.at(clock.now(), work)
            request = Request(asked, body, read_header(body, handler.fleet.calendar.zone), b"")
            return handler.part(request, work, datetime.fromisoformat(recipe["at"]), part)

    return answer

"""MeterServiceRequests: every verb, and what others tell of (61968-9:2013, clause 5.5)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from lxml import etree

from headend.contract import ProfileContent
from headend.handlers.exchange import Answer, Handler, Request
from headend.handlers.published_messages import PublishedPayload
from headend.messages.meter_service_requests import read_work_query, read_works, works_element
from headend.operations.controls.control_devices import Sender
from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.operations.header import is_http_address
from headend.operations.reply import Reply
from headend.operations.service_requests.payload import WorkPayload
from headend.operations.service_requests.readings import take_read
from headend.operations.service_requests.selection import select_works
from headend.operations.service_requests.told_works import ToldWork
from headend.operations.service_requests.verbs import Asker, ServiceRequests
from headend.store import OutboxMessage, Store, UnitOfWork
from simulator.clock import Clock
from simulator.fleet import Fleet

_Act = Callable[[ServiceRequests, WorkPayload, Asker, datetime, UnitOfWork], Reply]

_VERBS: Final[Mapping[str, _Act]] = {
    "Create": ServiceRequests.create,
    "Change": ServiceRequests.change,
    "Cancel": ServiceRequests.cancel,
    "Close": ServiceRequests.close,
    "Delete": ServiceRequests.delete,
}
_EVENTS: Final = {
    "Created": "create",
    "Changed": "change",
    "Canceled": "cancel",
    "Closed": "close",
    "Deleted": "delete",
}

SERVICE_VERBS: Final = (*_VERBS, *_EVENTS)
"""Of the operations that `service_request_handler` carries out."""


@dataclass(frozen=True, slots=True)
class WorkTelling:
    """Makes the payload of works, in replies and in messages alike."""

    profile: ProfileContent
    source: str
    """The origin of register values."""
    longest_wait: timedelta
    """A meter that is silent for so long, in the fleet's time, gives no reading."""

    def element(self, works: Iterable[ToldWork], fleet: Fleet, work: UnitOfWork) -> etree._Element:
        """The MeterServiceRequests element."""
        told = [(one, [take_read(read, fleet, self.longest_wait, work) for read in one.reads]) for one in works]
        return works_element(self.profile, told, fleet, fleet.calendar.zone, self.source)


def service_request_handler(verb: str, requests: ServiceRequests, zone: ZoneInfo) -> Handler:
    """The handler of one of SERVICE_VERBS; the reply has no payload, its IDs are the works that were done with."""

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        payload = read_works(request.body, zone)
        header = request.header
        # What is created is correlated by MessageID, too; who looks for it says which message he means.
        correlation_id = header.answer_correlation_id if verb in ("Create", *_EVENTS) else header.correlation_id
        # A one-way request wants nothing back, wherever it says that replies go.
        wants_result = header.ack_required is not False and is_http_address(header.reply_address)
        asker = Asker(Sender(header.source, correlation_id), header.reply_address if wants_result else None)
        if verb in _EVENTS:
            return Answer(requests.take_in(_EVENTS[verb], payload, asker, now, work))
        reply = _VERBS[verb](requests, payload, asker, now, work)
        # What comes of a work that is created is told as changed MeterServiceRequests.
        return Answer(reply, is_acknowledgement=verb == "Create")

    return handle


def get_meter_service_requests(telling: WorkTelling, fleet: Fleet, *, strict: bool) -> Handler:
    """The handler; the payload is the works that were found, with the readings that were taken by now."""

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        query = read_work_query(request.body, fleet.calendar.zone)
        sender = Sender(request.header.source, request.header.correlation_id)
        answer = select_works(query, sender, fleet, now, work, strict=strict)
        return Answer(answer.reply, telling.element(answer.works, fleet, work))

    return handle


def published_service_requests(
    telling: WorkTelling, store: Store, fleets: FleetInForce, clock: Clock
) -> PublishedPayload:
    """The payload of a queued message: its recipe holds the works, all but their readings."""

    def payload(message: OutboxMessage) -> etree._Element:
        recipe = cast(Mapping[str, Any], message.recipe)
        works: Sequence[ToldWork] = [ToldWork.of_recipe(one) for one in recipe["works"]]
        with store.reading() as work:
            return telling.element(works, fleets.at(clock.now(), work), work)

    return payload

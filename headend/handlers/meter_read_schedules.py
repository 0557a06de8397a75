"""MeterReadSchedule: what a client asks for, and what the owner of a schedule elsewhere tells us (61968-9:2013).

Both have the same effect. A request may be refused; an event only says that something has happened, so it is always
acknowledged with Result OK, and what we cannot use of it is a WARNING there and in our log.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.meter_read_schedule import read_schedule, read_selection
from headend.operations.header import Header, is_http_address
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, Reply, Result
from headend.operations.schedules.schedule_definition import ScheduleDefinition
from headend.operations.schedules.schedule_reads import ScheduleReads, ScheduleSender
from headend.operations.schedules.schedule_states import ScheduleVerb
from headend.store import UnitOfWork

log = logging.getLogger(__name__)

SchedulesAt = Callable[[datetime, UnitOfWork], ScheduleReads]
"""Those of the fleet of an instant."""
_Act = Callable[[Request, UnitOfWork, datetime], Reply]

_EVENTS = {ScheduleVerb.CANCEL: "Canceled", ScheduleVerb.CLOSE: "Closed", ScheduleVerb.DELETE: "Deleted"}


def meter_read_schedule_handlers(schedules_at: SchedulesAt, zone: ZoneInfo) -> Mapping[str, Handler]:
    """The handlers by operation: five verbs, each as a request and as an event. No reply has a payload."""
    acts: dict[tuple[str, str], _Act] = {
        ("Create", "Created"): partial(_create, schedules_at, zone),
        ("Change", "Changed"): partial(_change, schedules_at, zone),
    }
    for verb, event in _EVENTS.items():
        acts[verb.capitalize(), event] = partial(_end, schedules_at, zone, verb)
    handlers: dict[str, Handler] = {}
    for (request, event), act in acts.items():
        handlers[f"{request}MeterReadSchedule"] = partial(_answered, act)
        handlers[f"{event}MeterReadSchedule"] = partial(_acknowledged, act)
    return handlers


def _answered(act: _Act, request: Request, work: UnitOfWork, now: datetime) -> Answer:
    return Answer(act(request, work, now))


def _acknowledged(act: _Act, request: Request, work: UnitOfWork, now: datetime) -> Answer:
    try:
        reply = act(request, work, now)
    except Refusal as refusal:
        log.warning("%s from %r was dropped: %s", request.operation.name, request.header.source, refusal)
        reply = Reply(Result.FAILED, refusal.errors)
    received = Error("0.3", "received", Level.INFORM)
    unusable = (
        Error(one.code, one.details, min(one.level, Level.WARNING, key=_MILDNESS.index), one.object_id, one.related_id)
        for one in reply.errors
        if one.code not in ("0.2", "0.3")
    )
    return Answer(Reply(Result.OK, (received, *unusable), reply.ids))


_MILDNESS = list(Level)


def _create(schedules_at: SchedulesAt, zone: ZoneInfo, request: Request, work: UnitOfWork, now: datetime) -> Reply:
    definition = _payload(request, zone)
    return schedules_at(now, work).create(definition, _sender(request.header), request.digest.hex(), now, work)


def _change(schedules_at: SchedulesAt, zone: ZoneInfo, request: Request, work: UnitOfWork, now: datetime) -> Reply:
    definition = _payload(request, zone)
    return schedules_at(now, work).change(read_selection(request.body, request.header, zone), definition, now, work)


def _end(
    schedules_at: SchedulesAt, zone: ZoneInfo, verb: ScheduleVerb, request: Request, work: UnitOfWork, now: datetime
) -> Reply:
    return schedules_at(now, work).end(verb, read_selection(request.body, request.header, zone), now, work)


def _payload(request: Request, zone: ZoneInfo) -> ScheduleDefinition:
    definition = read_schedule(request.body, zone)
    if definition is None:
        name = request.operation.name
        raise Refusal.because("1.7", f"/{name}/Payload: {name} needs a MeterReadSchedule")
    return definition


def _sender(header: Header) -> ScheduleSender:
    """A one-way request wants nothing back, wherever it says that replies go."""
    usable = header.ack_required is not False and is_http_address(header.reply_address)
    return ScheduleSender(
        source=header.source,
        correlation_id=header.correlation_id,
        message_id=header.message_id,
        reply_address=header.reply_address if usable else None,
    )

"""Requests about EndDeviceControls: create new ones, or do something with those that are kept (clause 5.4)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from headend.contract import OperationDescription
from headend.handlers.exchange import Answer, Handler, Later, Request
from headend.handlers.late_messages import LateAnswer
from headend.messages.end_device_controls import read_control_requests, read_named_controls
from headend.operations.controls.control_devices import ControlDevices, Sender
from headend.operations.controls.find_controls import NamedControls
from headend.operations.controls.late_control_reply import AnsweredControls, answered_at
from headend.operations.reply import Reply
from headend.store import OutboxMessage, Store, UnitOfWork

ActOnControls = Callable[[NamedControls, Sender, datetime, UnitOfWork], Reply]
"""Changes, cancels, closes or deletes the controls that a message names."""


def create_end_device_controls(controls: ControlDevices, zone: ZoneInfo) -> Handler:
    """The handler; the reply has no payload, its IDs are the controls that were carried out."""

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        requests = read_control_requests(request.body, zone)
        sender = Sender(request.header.source, request.header.answer_correlation_id)
        reply = controls.create(requests, sender, now, work)
        if not request.header.is_asynchronous:
            return Answer(reply)
        answered = AnsweredControls([one.value for one in reply.ids], reply)
        after = answered_at(answered.mrids, now, work) - now
        return Answer(reply, later=Later(answered.as_recipe(), after, events=answered.event_recipes(work)))

    return handle


def late_control_answer(store: Store) -> LateAnswer:
    """The answer to a create once the devices have given theirs."""

    def answer(_asked: OperationDescription, _message: OutboxMessage, recipe: Mapping[str, Any], _part: int) -> Answer:
        with store.reading() as work:
            return Answer(AnsweredControls.of_recipe(recipe).reply(work))

    return answer


def kept_end_device_controls(act: ActOnControls, zone: ZoneInfo) -> Handler:
    """The handler; the reply has no payload, its IDs are the controls with which something was done.

    Its CorrelationID is that of the create that is meant, never its own MessageID.
    """

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        named = read_named_controls(request.body, zone)
        sender = Sender(request.header.source, request.header.correlation_id)
        return Answer(act(named, sender, now, work))

    return handle

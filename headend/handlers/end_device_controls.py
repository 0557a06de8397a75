"""Requests about EndDeviceControls: create new ones, or do something with those that are kept (clause 5.4)."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from headend.handlers.exchange import Answer, Handler, Request
from headend.messages.end_device_controls import read_control_requests, read_named_controls
from headend.operations.control_devices import ControlDevices, Sender
from headend.operations.find_controls import NamedControls
from headend.operations.reply import Reply
from headend.store import UnitOfWork

ActOnControls = Callable[[NamedControls, Sender, datetime, UnitOfWork], Reply]
"""Changes, cancels, closes or deletes the controls that a message names."""


def create_end_device_controls(controls: ControlDevices, zone: ZoneInfo) -> Handler:
    """The handler; the reply has no payload, its IDs are the controls that were carried out."""

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        requests = read_control_requests(request.body, zone)
        sender = Sender(request.header.source, request.header.answer_correlation_id)
        return Answer(controls.create(requests, sender, now, work))

    return handle


def kept_end_device_controls(act: ActOnControls, zone: ZoneInfo) -> Handler:
    """The handler; the reply has no payload, its IDs are the controls with which something was done.

    Its CorrelationID is that of the create that is meant, never its own MessageID.
    """

    def handle(request: Request, work: UnitOfWork, now: datetime) -> Answer:
        named = read_named_controls(request.body, zone)
        sender = Sender(request.header.source, request.header.correlation_id)
        return Answer(act(named, sender, now, work))

    return handle

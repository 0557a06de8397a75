"""Schedules of an in-process head end: messages about them, and what has arrived of their readings."""

from typing import Any

from tests.delivery.receiver import Receiver
from tests.support.created_readings import CreatedReadings
from tests.support.in_process import InProcessHeadEnd
from tests.support.reply import Reply
from tests.support.settled import settle_after
from tests.support.soap_requests import meter_read_schedule, time_schedule

HOURLY = time_schedule(before="<recurrencePattern>hourly</recurrencePattern>")


def ask(head_end: InProcessHeadEnd, operation: str, *meters: str, **what: Any) -> Reply:
    """Posts a message about a schedule, such as Create or Canceled, to the service that takes it."""
    service = "Receive" if operation.endswith("d") else "Execute"
    return head_end.post(f"{service}MeterReadSchedule", meter_read_schedule(operation, *meters, **what))


def sent_after(head_end: InProcessHeadEnd, receiver: Receiver, **duration: float) -> list[CreatedReadings]:
    """All that has arrived, once the time has moved and what became due was sent."""
    settle_after(head_end, **duration)
    return [CreatedReadings.of(got.body) for got in receiver.received]

"""Schedules of an in-process head end: messages about them, and what has arrived of their readings."""

from typing import Any

from headend.delivery.settling import wait_until_settled
from tests.delivery.receiver import Receiver
from tests.support.created_readings import CreatedReadings
from tests.support.in_process import InProcessHeadEnd
from tests.support.reply import Reply
from tests.support.soap_requests import meter_read_schedule, time_schedule

HOURLY = time_schedule(before="<recurrencePattern>hourly</recurrencePattern>")


def ask(head_end: InProcessHeadEnd, operation: str, *meters: str, **what: Any) -> Reply:
    """Posts a message about a schedule, such as Create or Canceled, to the service that takes it."""
    service = "Receive" if operation.endswith("d") else "Execute"
    return head_end.post(f"{service}MeterReadSchedule", meter_read_schedule(operation, *meters, **what))


def settle(head_end: InProcessHeadEnd) -> None:
    """Waits until all that is due was sent, or waits for a retry."""
    inside = head_end.head_end
    if not inside.dispatcher.is_running:
        inside.start()
    inside.dispatcher.wake()
    assert wait_until_settled(inside.store, inside.clock, head_end.clock, inside.news, timeout_s=20)


def sent_after(head_end: InProcessHeadEnd, receiver: Receiver, **duration: float) -> list[CreatedReadings]:
    """All that has arrived, once the time has moved and what became due was sent."""
    head_end.advance(**duration)
    settle(head_end)
    return [CreatedReadings.of(got.body) for got in receiver.received]

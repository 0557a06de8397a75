"""What the resources of the control API work on."""

from collections.abc import Callable
from dataclasses import dataclass

from headend.operations.clock_control import ClockControl
from headend.operations.field_events import FieldEventSource
from headend.operations.publish_events import EventPublication
from headend.operations.publish_field_events import FieldPublication
from headend.operations.subscriptions import SubscriptionList
from headend.store import Store
from simulator.clock import Clock
from simulator.fleet import Fleet


@dataclass(frozen=True, slots=True)
class DrivenHeadEnd:
    """The parts of a head end that can be driven from outside."""

    store: Store
    fleet: Fleet
    clock: Clock
    """The fleet's."""
    clock_control: ClockControl
    subscriptions: SubscriptionList
    events: FieldEventSource
    publication: EventPublication
    field_publication: FieldPublication
    version: str
    wake: Callable[[], None]
    """Tells the dispatchers that something may be due."""
    settle: Callable[[float], bool]
    """Waits until what is due was sent, at most so many seconds; whether it was."""

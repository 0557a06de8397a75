"""What the resources of the control API work on."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from headend.contract_names import ContractNames
from headend.coverage import Offered
from headend.journal.examiner import Examiner
from headend.journal.journal import Journal
from headend.operations.clock_control import ClockControl
from headend.operations.controls.device_stories import DeviceStories
from headend.operations.controls.publish_controls import ControlPublication
from headend.operations.events.publish_events import EventPublication
from headend.operations.events.publish_field_events import FieldPublication, SourceAt
from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.operations.mischief import MischiefList
from headend.operations.schedules.publish_scheduled_readings import ScheduledAt
from headend.operations.sessions import SessionControl
from headend.operations.subscriptions import SubscriptionList
from headend.store import Store, UnitOfWork
from simulator.clock import Clock
from simulator.fleet import Fleet

DRIVEN: Final = "headend.driven"
"""Key of the environ: the head end that a call of the control API is for."""


@dataclass(frozen=True, slots=True)
class DrivenHeadEnd:
    """The parts of a head end that can be driven from outside."""

    store: Store
    fleets: FleetInForce
    clock: Clock
    """The fleet's."""
    clock_control: ClockControl
    subscriptions: SubscriptionList
    mischief: MischiefList
    sources: SourceAt
    publication: EventPublication
    control_publication: ControlPublication
    field_publication: FieldPublication
    names: ContractNames
    """What the contract has to be named."""
    scheduled: ScheduledAt
    version: str
    journal: Journal
    examiner: Examiner
    offered: Callable[[], Offered]
    """What of the standard could be exercised here."""
    waits: threading.BoundedSemaphore
    """One for each caller who waits for exchanges: he occupies a thread of the process."""
    most_waits: int
    sessions: SessionControl | None
    """Its isolated sessions; None in one of these."""
    wake: Callable[[], None]
    """Tells the dispatchers that something may be due."""
    settle: Callable[[float], bool]
    """Waits until what is due was sent, at most so many seconds; whether it was."""

    def fleet_now(self, work: UnitOfWork) -> Fleet:
        """The fleet as it is now."""
        return self.fleets.at(self.clock.now(), work)

    def stories(self, fleet: Fleet) -> DeviceStories:
        """What the devices of a fleet do, and who is told of it."""
        return DeviceStories(fleet, self.publication, self.control_publication.renew)

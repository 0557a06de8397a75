"""Everything that one transaction sees and does."""

from __future__ import annotations

from sqlalchemy import Connection

from headend.store.clock_anchor import ClockAnchors
from headend.store.configured_states import ConfiguredStates
from headend.store.controls import Controls
from headend.store.defects import Defects
from headend.store.device_states import DeviceStates
from headend.store.events import Events
from headend.store.field_progress import FieldProgress
from headend.store.fleet_changes import FleetChanges
from headend.store.fleet_state import FleetState
from headend.store.handled_requests import HandledRequests
from headend.store.interruptions import Interruptions
from headend.store.master_data import MasterData
from headend.store.meter_read_schedules import MeterReadSchedules
from headend.store.mischief import Mischief
from headend.store.nonces import Nonces
from headend.store.outages import Outages
from headend.store.outbox import Outbox
from headend.store.service_works import ServiceWorks
from headend.store.subscriptions import Subscriptions


class UnitOfWork:
    """The tables, as one transaction sees them. It ends with the `with` block that gave it out."""

    __slots__ = (
        "clock_anchor",
        "configured_states",
        "controls",
        "defects",
        "device_states",
        "events",
        "field_progress",
        "fleet_changes",
        "fleet_state",
        "handled_requests",
        "interruptions",
        "master_data",
        "meter_read_schedules",
        "mischief",
        "nonces",
        "outages",
        "outbox",
        "service_works",
        "subscriptions",
    )

    def __init__(self, connection: Connection) -> None:
        self.interruptions = Interruptions(connection)
        self.configured_states = ConfiguredStates(connection)
        self.controls = Controls(connection)
        self.defects = Defects(connection)
        self.device_states = DeviceStates(connection)
        self.events = Events(connection)
        self.mischief = Mischief(connection)
        self.outages = Outages(connection)
        self.outbox = Outbox(connection)
        self.handled_requests = HandledRequests(connection)
        self.nonces = Nonces(connection)
        self.clock_anchor = ClockAnchors(connection)
        self.subscriptions = Subscriptions(connection)
        self.field_progress = FieldProgress(connection)
        self.meter_read_schedules = MeterReadSchedules(connection)
        self.fleet_state = FleetState(connection)
        self.fleet_changes = FleetChanges(connection)
        self.master_data = MasterData(connection)
        self.service_works = ServiceWorks(connection)

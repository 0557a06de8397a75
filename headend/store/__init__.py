"""What clients changed, kept: rows in and out, no rules.

Only the outside's marks on the fleet are stored: interruptions, controls and their outcomes, events,
messages that wait to be sent, requests already answered. Readings never are; they are computed. What a row
means, and when one may be written, is decided in `headend.operations`.

    store = Store.open("sqlite:///headend.db")
    with store.writing() as work:
        work.interruptions.open(meter_mrid, start=now, cause="remote disconnect")

Everything that crosses this seam is a frozen dataclass; no object of the database library leaves the
package. A new table or column: change `schema.py`, add a migration beside the last one, raise
`schema.REVISION`.
"""

from headend.store.clock_anchor import StoredAnchor
from headend.store.configured_states import ConfiguredState
from headend.store.controls import ControlOutcome, ControlSelection, EndDeviceControl, LiveControl
from headend.store.database import Store
from headend.store.defects import StoredDefect
from headend.store.device_states import DeviceTransition
from headend.store.errors import (
    Conflict,
    InvalidStoreUrl,
    StoreBusy,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreNewer,
    StoreUnavailable,
)
from headend.store.events import EndDeviceEvent, EventSelection
from headend.store.exchange_store import ExchangeStore
from headend.store.fleet_changes import FleetChange, FleetChangeKind
from headend.store.handled_requests import HandledRequest
from headend.store.interruptions import Window
from headend.store.master_data import MasterLink, MasterName, MasterObject
from headend.store.meter_read_schedules import ScheduleRevision, StoredSchedule
from headend.store.mischief import StoredMischief
from headend.store.outages import StoredOutage
from headend.store.outbox_messages import Deviation, Json, MessageState, NewMessage, OutboxMessage
from headend.store.service_works import ServiceWork
from headend.store.stored_exchange import ExchangeSelection, JournalBounds, JournalState, StoredExchange
from headend.store.subscriptions import StoredSubscription
from headend.store.unit_of_work import UnitOfWork

__all__ = [
    "ConfiguredState",
    "Conflict",
    "ControlOutcome",
    "ControlSelection",
    "Deviation",
    "DeviceTransition",
    "EndDeviceControl",
    "EndDeviceEvent",
    "EventSelection",
    "ExchangeSelection",
    "ExchangeStore",
    "FleetChange",
    "FleetChangeKind",
    "HandledRequest",
    "InvalidStoreUrl",
    "JournalBounds",
    "JournalState",
    "Json",
    "LiveControl",
    "MasterLink",
    "MasterName",
    "MasterObject",
    "MessageState",
    "NewMessage",
    "OutboxMessage",
    "ScheduleRevision",
    "ServiceWork",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreForeign",
    "StoreFull",
    "StoreNewer",
    "StoreUnavailable",
    "StoredAnchor",
    "StoredDefect",
    "StoredExchange",
    "StoredMischief",
    "StoredOutage",
    "StoredSchedule",
    "StoredSubscription",
    "UnitOfWork",
    "Window",
]

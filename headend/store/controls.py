"""Controls that the head end accepted, and what became of them at each device (EndDeviceControls)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select

from headend.store.errors import conflict_as
from headend.store.schema import ControlOutcomeRow, EndDeviceControlRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True)
class EndDeviceControl:
    """A command, as the client gave it."""

    mrid: str
    type_code: str
    """EndDeviceControlType, four parts such as 3.31.0.23 (61968-9:2013, Annex F)."""
    accepted: datetime
    """When the head end took it on."""
    scheduled: datetime | None = None
    """The start that the client asked for; None: at once."""
    executed: datetime | None = None
    """When it was carried out; None while it waits."""
    issuer_id: str | None = None
    issuer_tracking_id: str | None = None
    reason: str | None = None
    correlation_id: str | None = None
    """Of the request: replies and events of this control carry it."""
    source: str | None = None
    """Header/Source of the request."""


@dataclass(frozen=True, slots=True)
class ControlOutcome:
    """What became of a control at one device."""

    device_mrid: str
    result: str
    """A word of the operations' own, such as succeeded or failed."""
    event_code: str | None = None
    """EndDeviceEventType that tells of it, if there is one."""


_BY_MRID = select(
    EndDeviceControlRow.mrid,
    EndDeviceControlRow.type_code,
    EndDeviceControlRow.accepted,
    EndDeviceControlRow.scheduled,
    EndDeviceControlRow.executed,
    EndDeviceControlRow.issuer_id,
    EndDeviceControlRow.issuer_tracking_id,
    EndDeviceControlRow.reason,
    EndDeviceControlRow.correlation_id,
    EndDeviceControlRow.source,
).where(EndDeviceControlRow.mrid == bindparam("mrid"))
_OUTCOMES = (
    select(ControlOutcomeRow.device_mrid, ControlOutcomeRow.result, ControlOutcomeRow.event_code)
    .where(ControlOutcomeRow.control_mrid == bindparam("mrid"))
    .order_by(ControlOutcomeRow.device_mrid)
)
_COUNT = select(func.count()).select_from(EndDeviceControlRow)


class Controls:
    """All controls by their mRID."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, control: EndDeviceControl, outcomes: Iterable[ControlOutcome] = ()) -> None:
        """Keeps a control. Raises Conflict where its mRID is taken, or a device has two outcomes."""
        take_turn(self._connection, "end_device_control")
        with conflict_as(f"there is an EndDeviceControl {control.mrid} already"):
            self._connection.execute(insert(EndDeviceControlRow), asdict(control))
        self.add_outcomes(control.mrid, outcomes)

    def add_outcomes(self, control_mrid: str, outcomes: Iterable[ControlOutcome]) -> None:
        """Keeps what became of a control. Raises Conflict for an unknown control or a second outcome of a
        device."""
        rows = [
            {
                "control_mrid": control_mrid,
                "device_mrid": outcome.device_mrid,
                "result": outcome.result,
                "event_code": outcome.event_code,
            }
            for outcome in outcomes
        ]
        if rows:
            with conflict_as(f"EndDeviceControl {control_mrid} is unknown, or has an outcome for one of these devices"):
                self._connection.execute(insert(ControlOutcomeRow), rows)

    def count(self) -> int:
        """How many controls are kept. In a writing unit of work no other one adds a control until its end."""
        take_turn(self._connection, "end_device_control")
        return self._connection.scalar(_COUNT) or 0

    def get(self, mrid: str) -> EndDeviceControl | None:
        """The control; its outcomes, which may be very many, are asked for apart."""
        row = self._connection.execute(_BY_MRID, {"mrid": mrid}).one_or_none()
        return None if row is None else EndDeviceControl(**row._asdict())

    def outcomes_of(self, mrid: str) -> list[ControlOutcome]:
        """What became of a control at its devices, in the order of their mRIDs."""
        return [ControlOutcome(*row) for row in self._connection.execute(_OUTCOMES, {"mrid": mrid})]

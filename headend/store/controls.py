"""Controls that the head end accepted, and what became of them at each device (EndDeviceControls)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from headend.store.errors import conflict_as
from headend.store.in_lists import in_lists
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
    """When its last device has answered; in the future while it waits for that."""
    issuer_id: str | None = None
    issuer_tracking_id: str | None = None
    reason: str | None = None
    correlation_id: str | None = None
    """Of the request: replies and events of this control carry it."""
    source: str | None = None
    """Header/Source of the request."""
    parameters: Mapping[str, Any] | None = None
    """What the command says besides its type, in the operations' own words; None: nothing."""


@dataclass(frozen=True, slots=True)
class ControlOutcome:
    """What became of a control at one device."""

    device_mrid: str
    result: str
    """A word of the operations' own, such as succeeded or failed."""
    event_code: str | None = None
    """EndDeviceEventType that tells of it, if there is one."""
    done: datetime | None = None
    """When that is known; None: when the control was accepted. Later than now it is yet to come."""
    reaches: datetime | None = None
    """Until when the command may still matter to the device, if longer than its acceptance."""


LiveControl = tuple[EndDeviceControl, ControlOutcome]
"""A control, and what becomes of it at one device."""

_COLUMNS = (
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
    EndDeviceControlRow.parameters,
)
_BY_MRID = select(*_COLUMNS).where(EndDeviceControlRow.mrid == bindparam("mrid"))
_OUTCOME_COLUMNS = (
    ControlOutcomeRow.device_mrid,
    ControlOutcomeRow.result,
    ControlOutcomeRow.event_code,
    ControlOutcomeRow.done,
    ControlOutcomeRow.reaches,
)
_OUTCOMES = (
    select(*_OUTCOME_COLUMNS)
    .where(ControlOutcomeRow.control_mrid == bindparam("mrid"))
    .order_by(ControlOutcomeRow.device_mrid)
)
_LIVE = (
    select(*_COLUMNS, *_OUTCOME_COLUMNS)
    .join(ControlOutcomeRow, ControlOutcomeRow.control_mrid == EndDeviceControlRow.mrid)
    .where(
        ControlOutcomeRow.device_mrid.in_(bindparam("devices", expanding=True)),
        ControlOutcomeRow.reaches > bindparam("now"),
    )
    .order_by(EndDeviceControlRow.accepted, EndDeviceControlRow.number)
)
_COUNT = select(func.count()).select_from(EndDeviceControlRow)


_CONTROL_FIELDS = tuple(column.key for column in _COLUMNS)
_CHANGE_OUTCOME = (
    update(ControlOutcomeRow)
    .where(
        ControlOutcomeRow.control_mrid == bindparam("control"),
        ControlOutcomeRow.device_mrid == bindparam("device"),
    )
    .values(
        result=bindparam("new_result"),
        event_code=bindparam("new_event_code"),
        done=bindparam("new_done"),
        reaches=bindparam("new_reaches"),
    )
)


def _changeable(outcome: ControlOutcome) -> dict[str, Any]:
    return {
        "new_result": outcome.result,
        "new_event_code": outcome.event_code,
        "new_done": outcome.done,
        "new_reaches": outcome.reaches,
    }


class Controls:
    """All controls by their mRID."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, control: EndDeviceControl, outcomes: Iterable[ControlOutcome] = ()) -> None:
        """Keeps a control. Raises Conflict where its mRID is taken, or a device has two outcomes."""
        take_turn(self._connection, "end_device_control")
        with conflict_as(f"there is an EndDeviceControl {control.mrid} already"):
            self._connection.execute(insert(EndDeviceControlRow), {**asdict(control), "number": self.count()})
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
                "done": outcome.done,
                "reaches": outcome.reaches,
            }
            for outcome in outcomes
        ]
        if rows:
            with conflict_as(f"EndDeviceControl {control_mrid} is unknown, or has an outcome for one of these devices"):
                self._connection.execute(insert(ControlOutcomeRow), rows)

    def change_outcomes(self, control_mrid: str, outcomes: Iterable[ControlOutcome]) -> None:
        """Replaces what was kept of a control at these devices."""
        rows = [{"control": control_mrid, "device": one.device_mrid, **_changeable(one)} for one in outcomes]
        if rows:
            self._connection.execute(_CHANGE_OUTCOME, rows)

    def live(
        self, device_mrids: Iterable[str], now: datetime
    ) -> dict[str, list[tuple[EndDeviceControl, ControlOutcome]]]:
        """The commands that reach beyond `now` at these devices, in the order in which they were accepted.

        Devices without any are left out. In a writing unit of work the answer stays true until its end.
        """
        take_turn(self._connection, "end_device_control")
        found: dict[str, list[LiveControl]] = {}
        for devices in in_lists(device_mrids):
            for row in self._connection.execute(_LIVE, {"devices": devices, "now": now}):
                control = EndDeviceControl(**dict(zip(_CONTROL_FIELDS, row, strict=False)))
                outcome = ControlOutcome(*row[len(_CONTROL_FIELDS) :])
                found.setdefault(outcome.device_mrid, []).append((control, outcome))
        return found

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

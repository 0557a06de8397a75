"""What commands made of devices: facts with instants, also such as lie ahead (simulator.device)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, insert, or_, select
from sqlalchemy.orm import aliased

from headend.store.in_lists import in_lists
from headend.store.schema import ControlOutcomeRow, DeviceTransitionRow, EndDeviceControlRow
from headend.store.turns import take_turn


@dataclass(frozen=True, slots=True)
class DeviceTransition:
    """From `at` on, one side of a device's state has a value: until the next one, or `until` if that is earlier."""

    device_mrid: str
    aspect: str
    at: datetime
    value: Mapping[str, Any] | None
    """None: nothing holds any more."""
    until: datetime | None = None
    control_mrid: str | None = None


_COLUMNS = (
    DeviceTransitionRow.device_mrid,
    DeviceTransitionRow.aspect,
    DeviceTransitionRow.at,
    DeviceTransitionRow.value,
    DeviceTransitionRow.until,
    DeviceTransitionRow.control_mrid,
)
_ORDER = (DeviceTransitionRow.at, DeviceTransitionRow.sequence)
_OF_SOME = (
    select(*_COLUMNS).where(DeviceTransitionRow.device_mrid.in_(bindparam("devices", expanding=True))).order_by(*_ORDER)
)
_INSTANTS = (
    select(DeviceTransitionRow.device_mrid, DeviceTransitionRow.at)
    .where(DeviceTransitionRow.aspect == bindparam("aspect"), DeviceTransitionRow.value.is_not(None))
    .order_by(*_ORDER)
)
_INSTANTS_OF_SOME = _INSTANTS.where(DeviceTransitionRow.device_mrid.in_(bindparam("devices", expanding=True)))
_FORGET = delete(DeviceTransitionRow).where(
    DeviceTransitionRow.device_mrid == bindparam("device"),
    DeviceTransitionRow.control_mrid == bindparam("control"),
    DeviceTransitionRow.at > bindparam("after"),
)

_OTHER = aliased(DeviceTransitionRow)
_OF_THE_SAME = (
    _OTHER.device_mrid == DeviceTransitionRow.device_mrid,
    _OTHER.aspect == DeviceTransitionRow.aspect,
    _OTHER.at <= bindparam("before"),
    _OTHER.sequence != DeviceTransitionRow.sequence,
)
_MADE_WAY = exists().where(
    *_OF_THE_SAME,
    or_(
        _OTHER.at > DeviceTransitionRow.at,
        and_(_OTHER.at == DeviceTransitionRow.at, _OTHER.sequence > DeviceTransitionRow.sequence),
    ),
)
_HOLDS_NOTHING = or_(DeviceTransitionRow.value.is_(None), DeviceTransitionRow.until <= bindparam("before"))
# A command that is told again is told from what the device was when it began.
_IS_TOLD_AGAIN = (
    exists()
    .where(
        ControlOutcomeRow.device_mrid == DeviceTransitionRow.device_mrid,
        ControlOutcomeRow.reaches > bindparam("before"),
        EndDeviceControlRow.mrid == ControlOutcomeRow.control_mrid,
        func.coalesce(EndDeviceControlRow.changed, EndDeviceControlRow.accepted) <= bindparam("before"),
    )
    .correlate(DeviceTransitionRow)
)
_SPENT = (
    select(DeviceTransitionRow.sequence)
    .where(
        DeviceTransitionRow.at <= bindparam("before"),
        DeviceTransitionRow.aspect.not_in(bindparam("kept", expanding=True)),
        or_(_MADE_WAY, and_(_HOLDS_NOTHING, ~exists().where(*_OF_THE_SAME))),
        ~_IS_TOLD_AGAIN,
    )
    .order_by(DeviceTransitionRow.device_mrid, DeviceTransitionRow.at)
    .limit(bindparam("limit"))
)


class DeviceStates:
    """The transitions of all devices."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, transitions: Iterable[DeviceTransition]) -> None:
        """Keeps transitions; those of one instant count in the order in which they were added."""
        rows = [
            {
                "device_mrid": one.device_mrid,
                "aspect": one.aspect,
                "at": one.at,
                "until": one.until,
                "value": None if one.value is None else dict(one.value),
                "control_mrid": one.control_mrid,
            }
            for one in transitions
        ]
        if rows:
            self._connection.execute(insert(DeviceTransitionRow), rows)

    def forget(self, pairs: Collection[tuple[str, str]], after: datetime) -> None:
        """Drops what a control has planned for a device for later than `after`; pairs of device and control."""
        if pairs:
            self._connection.execute(
                _FORGET, [{"device": device, "control": control, "after": after} for device, control in pairs]
            )

    def of(self, device_mrids: Iterable[str]) -> dict[str, list[DeviceTransition]]:
        """The transitions of these devices in order; devices without any are left out.

        In a writing unit of work the answer stays true until its end, so what follows from it may be done.
        """
        take_turn(self._connection, "device_transition")
        found: dict[str, list[DeviceTransition]] = {}
        for devices in in_lists(device_mrids):
            for row in self._connection.execute(_OF_SOME, {"devices": devices}):
                found.setdefault(row.device_mrid, []).append(DeviceTransition(*row))
        return found

    def instants(self, aspect: str, device_mrids: Iterable[str] | None = None) -> dict[str, list[datetime]]:
        """When something began for one aspect, in order: at these devices, or at every one (None)."""
        found: dict[str, list[datetime]] = {}
        for devices in [None] if device_mrids is None else in_lists(device_mrids):
            rows = (
                self._connection.execute(_INSTANTS, {"aspect": aspect})
                if devices is None
                else self._connection.execute(_INSTANTS_OF_SOME, {"aspect": aspect, "devices": devices})
            )
            for device, at in rows:
                found.setdefault(device, []).append(at)
        return found

    def spent(self, *, before: datetime, kept_aspects: Collection[str], limit: int) -> list[int]:
        """Numbers of transitions without which every state from `before` on is what it is: those that had made way for
        others by then, and those of which nothing held any more. Not those of the aspects whose past counts, nor of
        devices with a command that came before and goes on. Looks at all transitions.
        """
        parameters = {"before": before, "kept": list(kept_aspects), "limit": limit}
        return list(self._connection.scalars(_SPENT, parameters))

    def remove(self, numbers: Collection[int]) -> int:
        """Forgets transitions that are spent; how many it was."""
        row = DeviceTransitionRow
        return self._connection.execute(delete(row).where(row.sequence.in_(numbers))).rowcount

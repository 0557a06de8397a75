"""What commands made of devices: facts with instants, also such as lie ahead (simulator.device)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from headend.store.in_lists import in_lists
from headend.store.schema import DeviceTransitionRow
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

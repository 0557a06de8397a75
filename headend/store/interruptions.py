"""Windows in which no energy flows through a device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from headend.store.errors import Conflict, conflict_as
from headend.store.in_lists import in_lists
from headend.store.schema import InterruptionRow
from headend.store.turns import take_turn
from simulator.local_time import epoch_seconds


@dataclass(frozen=True, slots=True)
class Window:
    """An interruption of one device: energy does not flow in [start, end)."""

    start: datetime
    end: datetime | None
    """None while it lasts."""
    cause: str

    @property
    def span_s(self) -> tuple[int, int | None]:
        """The window as the simulator takes it: start and end in epoch seconds."""
        return epoch_seconds(self.start), None if self.end is None else epoch_seconds(self.end)


_COLUMNS = (InterruptionRow.device_mrid, InterruptionRow.start, InterruptionRow.end, InterruptionRow.cause)

# Built once: putting a statement together costs more than running it on one row.
_OF_ONE = select(*_COLUMNS).where(InterruptionRow.device_mrid == bindparam("device")).order_by(InterruptionRow.start)
_OF_SOME = (
    select(*_COLUMNS)
    .where(InterruptionRow.device_mrid.in_(bindparam("devices", expanding=True)))
    .order_by(InterruptionRow.device_mrid, InterruptionRow.start)
)
_ALL = select(*_COLUMNS).order_by(InterruptionRow.device_mrid, InterruptionRow.start)
_OPEN_OF_SOME = _OF_SOME.where(InterruptionRow.end.is_(None))
_AT_OR_AFTER = (
    select(InterruptionRow.device_mrid)
    .where(
        InterruptionRow.device_mrid.in_(bindparam("devices", expanding=True)),
        or_(InterruptionRow.end.is_(None), InterruptionRow.end > bindparam("start")),
    )
    # Also waits, on PostgreSQL, for a transaction that is closing one of these windows right now.
    .with_for_update()
)
_ARE_OPEN = (
    select(InterruptionRow.device_mrid)
    .where(
        InterruptionRow.device_mrid.in_(bindparam("devices", expanding=True)),
        InterruptionRow.end.is_(None),
    )
    .with_for_update()
)
_FORGET_FROM = delete(InterruptionRow).where(
    InterruptionRow.device_mrid.in_(bindparam("devices", expanding=True)),
    or_(InterruptionRow.end.is_(None), InterruptionRow.end >= bindparam("at")),
)
_FORGET_EMPTY = delete(InterruptionRow).where(
    InterruptionRow.device_mrid.in_(bindparam("devices", expanding=True)),
    InterruptionRow.end.is_(None),
    InterruptionRow.start >= bindparam("at"),
)
_CLOSE = (
    update(InterruptionRow)
    .where(
        InterruptionRow.device_mrid.in_(bindparam("devices", expanding=True)),
        InterruptionRow.end.is_(None),
    )
    .values(end=bindparam("at"))
)


class Interruptions:
    """The windows of all devices. Those of one device never overlap."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, device_mrid: str, start: datetime, cause: str) -> None:
        """Interrupts one device from `start` on; see open_many."""
        self.open_many((device_mrid,), start, cause)

    def open_many(self, device_mrids: Iterable[str], start: datetime, cause: str) -> None:
        """Interrupts devices from `start` on, until closed.

        Raises Conflict where a device is interrupted already, or has a window that ends after `start`.
        """
        for devices in in_lists(device_mrids):
            taken = self._connection.scalars(_AT_OR_AFTER, {"devices": devices, "start": start}).all()
            if taken:
                raise Conflict(f"interrupted at or after {start.isoformat()} already: {_some_of(taken)}")
            with conflict_as(f"interrupted by another transaction: one of {_some_of(devices)}"):
                self._connection.execute(
                    insert(InterruptionRow),
                    [{"device_mrid": device, "start": start, "end": None, "cause": cause} for device in devices],
                )

    def close(self, device_mrid: str, end: datetime) -> None:
        """Ends the interruption of one device; see close_many."""
        self.close_many((device_mrid,), end)

    def close_many(self, device_mrids: Iterable[str], end: datetime) -> None:
        """Ends the interruptions of devices: energy flows again from `end` on.

        A window that would end at or before its start (connected in the same instant on a stepped clock, or
        after the clock was set back) is forgotten: no time lies in it. Raises Conflict where a device is not
        interrupted.
        """
        for devices in in_lists(device_mrids):
            are_open = set(self._connection.scalars(_ARE_OPEN, {"devices": devices}))
            if closed := [device for device in devices if device not in are_open]:
                raise Conflict(f"not interrupted, so nothing to close: {_some_of(closed)}")
            self._connection.execute(_FORGET_EMPTY, {"devices": devices, "at": end})
            self._connection.execute(_CLOSE, {"devices": devices, "at": end})

    def plan(
        self, windows: Mapping[str, Iterable[tuple[datetime, datetime | None]]], now: datetime, cause: str
    ) -> None:
        """Replaces what of these devices' windows reaches `now` or lies behind it; the past before it stays.

        windows: all of a device's, also those that are over; in order, apart from each other.
        """
        take_turn(self._connection, "interruption")
        for devices in in_lists(windows):
            self._connection.execute(_FORGET_FROM, {"devices": devices, "at": now})
        rows = [
            {"device_mrid": device, "start": start, "end": end, "cause": cause}
            for device, its_windows in windows.items()
            for start, end in its_windows
            if end is None or end >= now
        ]
        if rows:
            with conflict_as("interrupted by another transaction: one of these devices"):
                self._connection.execute(insert(InterruptionRow), rows)

    def of(self, device_mrids: Iterable[str]) -> dict[str, list[Window]]:
        """The windows of these devices, oldest first; devices that were never interrupted are left out."""
        windows: dict[str, list[Window]] = {}
        for devices in in_lists(device_mrids):
            rows = (
                self._connection.execute(_OF_ONE, {"device": devices[0]})
                if len(devices) == 1
                else self._connection.execute(_OF_SOME, {"devices": devices})
            )
            for device, start, end, cause in rows:
                windows.setdefault(device, []).append(Window(start, end, cause))
        return windows

    def all(self) -> dict[str, list[Window]]:
        """The windows of every device that was ever interrupted, oldest first."""
        windows: dict[str, list[Window]] = {}
        for device, start, end, cause in self._connection.execute(_ALL):
            windows.setdefault(device, []).append(Window(start, end, cause))
        return windows

    def open_windows(self, device_mrids: Iterable[str]) -> dict[str, Window]:
        """The windows that last, of those of these devices that are interrupted.

        In a writing unit of work the answer stays true until its end, so what follows from it may be done.
        """
        take_turn(self._connection, "interruption")
        return {
            device: Window(start, end, cause)
            for devices in in_lists(device_mrids)
            for device, start, end, cause in self._connection.execute(_OPEN_OF_SOME, {"devices": devices})
        }

    def is_open(self, device_mrid: str) -> bool:
        """Whether the device is interrupted now."""
        return device_mrid in self.open_windows((device_mrid,))


def _some_of(devices: Sequence[str]) -> str:
    more = f" and {len(devices) - 3} more" if len(devices) > 3 else ""
    return ", ".join(devices[:3]) + more

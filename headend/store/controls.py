"""Controls that the head end accepted, and what became of them at each device (EndDeviceControls)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    tuple_,
    update,
)

from headend.store.errors import conflict_as
from headend.store.in_lists import in_lists
from headend.store.schema import ControlOutcomeRow, EndDeviceControlRow, MeterServiceWorkRow
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
    changed: datetime | None = None
    """When it got the timing that it has, if that is not the one it came with."""
    closed: datetime | None = None
    """When its file was closed."""


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
    begins: datetime | None = None
    """When the device is told, or what it plans by itself takes effect; None: when the control was accepted."""
    ends: datetime | None = None
    """When the last of it is over; None: when the control was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSelection:
    """Which controls are wanted. None in a field asks nothing of it; an empty collection is met by no control."""

    mrids: Collection[str] | None = None
    devices: Collection[str] | None = None
    """Those that are for at least one of these devices."""
    source: str | None = None
    correlation_id: str | None = None
    """Of the request that created it; these two are asked of it together."""
    issuer_ids: Collection[str] | None = None
    issuer_tracking_ids: Collection[str] | None = None
    reasons: Collection[str] | None = None


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
    EndDeviceControlRow.changed,
    EndDeviceControlRow.closed,
)
_KEPT = EndDeviceControlRow.deleted.is_(None)
_BY_MRID = select(*_COLUMNS).where(EndDeviceControlRow.mrid == bindparam("mrid"), _KEPT)
_OUTCOME_COLUMNS = (
    ControlOutcomeRow.device_mrid,
    ControlOutcomeRow.result,
    ControlOutcomeRow.event_code,
    ControlOutcomeRow.done,
    ControlOutcomeRow.reaches,
    ControlOutcomeRow.begins,
    ControlOutcomeRow.ends,
)
_OUTCOMES = (
    select(*_OUTCOME_COLUMNS)
    .where(ControlOutcomeRow.control_mrid == bindparam("mrid"))
    .order_by(ControlOutcomeRow.device_mrid)
)
_WAITING = (
    select(ControlOutcomeRow.device_mrid)
    .distinct()
    .where(ControlOutcomeRow.reaches > bindparam("now"), ControlOutcomeRow.begins > bindparam("now"))
    .order_by(ControlOutcomeRow.device_mrid)
)
_LIVE = (
    select(*_COLUMNS, *_OUTCOME_COLUMNS)
    .join(ControlOutcomeRow, ControlOutcomeRow.control_mrid == EndDeviceControlRow.mrid)
    .where(
        ControlOutcomeRow.device_mrid.in_(bindparam("devices", expanding=True)),
        ControlOutcomeRow.reaches > bindparam("now"),
    )
    .order_by(func.coalesce(EndDeviceControlRow.changed, EndDeviceControlRow.accepted), EndDeviceControlRow.number)
)
_LAST_NUMBER = select(func.max(EndDeviceControlRow.number))


_CARRIES_OUT = exists().where(MeterServiceWorkRow.control_mrid == EndDeviceControlRow.mrid)


def _is_over(at: datetime) -> ColumnElement[bool]:
    """Whether nothing of a control happens after an instant, at none of its devices."""
    row, outcome = EndDeviceControlRow, ControlOutcomeRow
    later = or_(*(one > at for one in (outcome.done, outcome.reaches, outcome.begins, outcome.ends)))
    own = (row.accepted, row.changed, row.closed)  # its start and end may lie ahead though it was cancelled
    return and_(
        *(or_(one.is_(None), one <= at) for one in own),
        ~exists().where(outcome.control_mrid == row.mrid, later),
    )


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
        begins=bindparam("new_begins"),
        ends=bindparam("new_ends"),
    )
)


def _changeable(outcome: ControlOutcome) -> dict[str, Any]:
    return {
        "new_result": outcome.result,
        "new_event_code": outcome.event_code,
        "new_done": outcome.done,
        "new_reaches": outcome.reaches,
        "new_begins": outcome.begins,
        "new_ends": outcome.ends,
    }


class Controls:
    """All controls by their mRID."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, control: EndDeviceControl, outcomes: Iterable[ControlOutcome] = (), document: str | None = None
    ) -> None:
        """Keeps a control. Raises Conflict where its mRID is taken, or a device has two outcomes.

        document: the control as it came, for whoever repeats it.
        """
        row = {**asdict(control), "number": self.next_number(), "document": document}
        with conflict_as(f"there is an EndDeviceControl {control.mrid} already"):
            self._connection.execute(insert(EndDeviceControlRow), row)
        self.add_outcomes(control.mrid, outcomes)

    def add_outcomes(self, control_mrid: str, outcomes: Iterable[ControlOutcome]) -> None:
        """Keeps what became of a control. Raises Conflict for an unknown control or a second outcome of a
        device."""
        rows = [{"control_mrid": control_mrid, **asdict(outcome)} for outcome in outcomes]
        if rows:
            with conflict_as(f"EndDeviceControl {control_mrid} is unknown, or has an outcome for one of these devices"):
                self._connection.execute(insert(ControlOutcomeRow), rows)

    def change_outcomes(self, control_mrid: str, outcomes: Iterable[ControlOutcome]) -> None:
        """Replaces what was kept of a control at these devices."""
        rows = [{"control": control_mrid, "device": one.device_mrid, **_changeable(one)} for one in outcomes]
        if rows:
            self._connection.execute(_CHANGE_OUTCOME, rows)

    def take_turn(self) -> None:
        """Until its end no other writing unit of work tells what devices do; whoever does takes this turn first."""
        take_turn(self._connection, "end_device_control")

    def live(
        self, device_mrids: Iterable[str], now: datetime
    ) -> dict[str, list[tuple[EndDeviceControl, ControlOutcome]]]:
        """The commands that reach beyond `now` at these devices, in the order in which they were accepted.

        Devices without any are left out. In a writing unit of work the answer stays true until its end.
        """
        self.take_turn()
        found: dict[str, list[LiveControl]] = {}
        for devices in in_lists(device_mrids):
            for row in self._connection.execute(_LIVE, {"devices": devices, "now": now}):
                control = EndDeviceControl(**dict(zip(_CONTROL_FIELDS, row, strict=False)))
                outcome = ControlOutcome(*row[len(_CONTROL_FIELDS) :])
                found.setdefault(outcome.device_mrid, []).append((control, outcome))
        return found

    def waiting_devices(self, now: datetime) -> list[str]:
        """The devices that are to be told something later than `now`; as true as `live`."""
        self.take_turn()
        return list(self._connection.scalars(_WAITING, {"now": now}))

    def next_number(self) -> int:
        """Higher than that of any control ever. In a writing unit of work no other one takes it until its end."""
        self.take_turn()
        last = self._connection.scalar(_LAST_NUMBER)
        return 0 if last is None else last + 1

    def change(self, control: EndDeviceControl) -> None:
        """Replaces the timing of a control; among the commands of its devices it now is the newest."""
        self._set(
            control.mrid,
            scheduled=control.scheduled,
            executed=control.executed,
            parameters=control.parameters,
            changed=control.changed,
            number=self.next_number(),
        )

    def close(self, mrid: str, at: datetime) -> None:
        """Closes the file of a control."""
        self._set(mrid, closed=at)

    def delete(self, mrid: str, at: datetime) -> None:
        """Forgets a control and its outcomes, but for its mRID: that is not given a second time."""
        self._connection.execute(delete(ControlOutcomeRow).where(ControlOutcomeRow.control_mrid == mrid))
        self._set(mrid, deleted=at, document=None, parameters=None)

    def _set(self, mrid: str, **values: Any) -> None:
        self._connection.execute(update(EndDeviceControlRow).where(EndDeviceControlRow.mrid == mrid).values(**values))

    def is_taken(self, mrid: str) -> bool:
        """Whether there is a control of this mRID, or was one."""
        taken = select(EndDeviceControlRow.mrid).where(EndDeviceControlRow.mrid == mrid)
        return self._connection.scalar(taken) is not None

    def documents(self, mrids: Iterable[str]) -> dict[str, str]:
        """Controls as they came, by mRID; those of which that is not kept are left out."""
        wanted = select(EndDeviceControlRow.mrid, EndDeviceControlRow.document)
        return {
            mrid: document
            for part in in_lists(mrids)
            for mrid, document in self._connection.execute(wanted.where(EndDeviceControlRow.mrid.in_(part)))
            if document is not None
        }

    def find(self, selection: ControlSelection) -> list[EndDeviceControl]:
        """The wanted controls, in the order in which they were accepted."""
        row = EndDeviceControlRow
        statement = select(*_COLUMNS).where(_KEPT).order_by(row.accepted, row.number)
        for column, wanted in (
            (row.issuer_id, selection.issuer_ids),
            (row.issuer_tracking_id, selection.issuer_tracking_ids),
            (row.reason, selection.reasons),
        ):
            if wanted is not None:
                statement = statement.where(column.in_(wanted))
        if selection.correlation_id is not None:
            statement = statement.where(row.correlation_id == selection.correlation_id)
            statement = statement.where(row.source.is_not_distinct_from(selection.source))
        mrids = selection.mrids
        if selection.devices is not None:
            there = self._at(selection.devices)
            mrids = there if mrids is None else there.intersection(mrids)
        if mrids is None:
            return [EndDeviceControl(**one._asdict()) for one in self._connection.execute(statement)]
        found = [
            one
            for part in in_lists(mrids)
            for one in self._connection.execute(statement.add_columns(row.number).where(row.mrid.in_(part)))
        ]
        found.sort(key=lambda one: (one.accepted, one.number))
        return [EndDeviceControl(*one[:-1]) for one in found]

    def _at(self, device_mrids: Collection[str]) -> set[str]:
        """mRIDs of the controls that are for any of these devices."""
        wanted = select(ControlOutcomeRow.control_mrid).distinct()
        return {
            mrid
            for part in in_lists(device_mrids)
            for mrid in self._connection.scalars(wanted.where(ControlOutcomeRow.device_mrid.in_(part)))
        }

    def count_outcomes(self, mrids: Iterable[str]) -> int:
        """How many devices these controls are for; a device counts once for each control."""
        counted = select(func.count()).select_from(ControlOutcomeRow)
        return sum(
            self._connection.scalar(counted.where(ControlOutcomeRow.control_mrid.in_(part))) or 0
            for part in in_lists(mrids)
        )

    def get(self, mrid: str) -> EndDeviceControl | None:
        """The control; its outcomes, which may be very many, are asked for apart."""
        row = self._connection.execute(_BY_MRID, {"mrid": mrid}).one_or_none()
        return None if row is None else EndDeviceControl(**row._asdict())

    def outcomes_of(self, mrid: str) -> list[ControlOutcome]:
        """What became of a control at its devices, in the order of their mRIDs."""
        return [ControlOutcome(*row) for row in self._connection.execute(_OUTCOMES, {"mrid": mrid})]

    def over(self, *, before: datetime, keep: int, now: datetime, limit: int, after: int = -1) -> list[tuple[int, str]]:
        """Numbers and mRIDs of controls of which nothing happened after `before`; and of those that are over by `now`,
        all that are not among the last `keep` controls.

        Only numbers above `after`, the oldest first, deleted ones among them; never one that carries out a service
        work, and never the newest of all, from which numbers go on.
        """
        row = EndDeviceControlRow
        # Numbers grow with acceptance and change, so this looks at no more than what is old.
        since = func.coalesce(row.changed, row.accepted)
        first_kept = self._connection.scalar(select(row.number).where(since > before).order_by(row.number).limit(1))
        too_many = self._connection.scalar(select(row.number).order_by(row.number.desc()).offset(keep).limit(1))
        old = and_(true() if first_kept is None else row.number < first_kept, _is_over(before))
        if too_many is not None:
            old = or_(old, and_(row.number <= too_many, _is_over(now)))
        statement = (
            select(row.number, row.mrid)
            .where(row.number > after, row.number < _LAST_NUMBER.scalar_subquery(), old, ~_CARRIES_OUT)
            .order_by(row.number)
            .limit(limit)
        )
        return [(number, mrid) for number, mrid in self._connection.execute(statement) if number is not None]

    def forget(self, mrids: Collection[str], now: datetime, limit: int) -> int:
        """Forgets controls, mRIDs and all; how many rows it was. Of what they did at devices at most `limit` rows go: a
        control that has more is unknown from now on, and what is left of it goes with the next call.
        """
        row, outcome = EndDeviceControlRow, ControlOutcomeRow
        # What another process is forgetting is his.
        ours = select(row.mrid).where(row.mrid.in_(mrids)).with_for_update(skip_locked=True)
        chosen = self._connection.scalars(ours).all()
        some = select(outcome.control_mrid, outcome.device_mrid).where(outcome.control_mrid.in_(chosen)).limit(limit)
        key = tuple_(outcome.control_mrid, outcome.device_mrid)
        gone = self._connection.execute(delete(outcome).where(key.in_(some))).rowcount
        left = exists().where(outcome.control_mrid == row.mrid)
        gone += self._connection.execute(delete(row).where(row.mrid.in_(chosen), ~left)).rowcount
        self._connection.execute(
            update(row).where(row.mrid.in_(chosen), _KEPT).values(deleted=now, document=None, parameters=None)
        )
        return gone

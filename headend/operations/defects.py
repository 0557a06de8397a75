"""Defects: whoever operates the simulated meters makes the readings of one go wrong, and right again.

A defect is one row. What is delivered follows from it by arithmetic (`simulator.defects`), for past and future alike;
who takes it away gets the readings that were there without it, to the byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from headend.operations.events.field_facts import stored_defect
from headend.operations.fleet.meter_state import find_meter
from headend.operations.fleet.meter_targets import UNKNOWN_DEVICE, UNKNOWN_OTHER
from headend.operations.identifiers import identifier
from headend.operations.refusal import Refusal
from headend.operations.reply import ObjectId
from headend.store import StoredDefect, UnitOfWork
from simulator.defects import InvalidDefect, a_defect, explain
from simulator.fleet import Fleet, Meter
from simulator.local_time import epoch_seconds
from simulator.near_miss import did_you_mean

_INVALID: Final = "1.8"
_INSTANT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectRequest:
    """What is to go wrong, at whom and when."""

    meter: str
    """mRID or name of a meter."""
    kind: str
    """A name of `simulator.defects.KINDS`."""
    start: datetime
    end: datetime | None = None
    """None: a second later, which is enough for what happens at an instant (spike, register_rollover ...)."""
    parameters: Mapping[str, int] = field(default_factory=dict)
    marked: bool = True
    """Whether readings carry the qualities that a real head end would set."""


@dataclass(frozen=True, slots=True)
class DefectState:
    """A defect as it stands."""

    mrid: str
    meter_mrid: str
    meter_name: str
    kind: str
    start: datetime
    end: datetime
    parameters: Mapping[str, int]
    """All that its kind has, with the defaults of those that nobody named."""
    marked: bool
    explanation: str
    """What it does, in one sentence with its numbers."""


def add_defect(fleet: Fleet, request: DefectRequest, work: UnitOfWork) -> DefectState:
    """Let something go wrong with one meter.

    Raises Refusal: 2.4 for a meter that this fleet has not, 1.8 for a defect that cannot be.
    """
    meter = _meter(fleet, request.meter)
    itself = ObjectId(meter.mrid, "uuid", "Meter")
    start, end = request.start, request.end or request.start + _INSTANT
    installed = int(fleet.installed_of([meter.index])[0])
    if epoch_seconds(start) < installed:
        since = datetime.fromtimestamp(installed, UTC).astimezone(fleet.calendar.zone).isoformat()
        raise Refusal.because(
            _INVALID, f"the defect starts at {start.isoformat()}; {meter.name} was installed at {since}", itself
        )
    try:
        made = a_defect(
            request.kind, epoch_seconds(start), epoch_seconds(end), request.parameters, marked=request.marked
        )
    except InvalidDefect as invalid:
        raise Refusal.because(_INVALID, f"defect of {meter.name}: {invalid}", itself) from invalid
    stored = StoredDefect(
        mrid=_free_mrid(fleet, meter.mrid, made.kind, made.start, work),
        device_mrid=meter.mrid,
        kind=made.kind,
        start=datetime.fromtimestamp(made.start, UTC),
        end=datetime.fromtimestamp(made.end, UTC),
        parameters=dict(made.parameters),
        marked=made.marked,
    )
    work.defects.add(stored)
    return _state(fleet, stored, meter.index)


def list_defects(fleet: Fleet, work: UnitOfWork, meter: str | None = None) -> list[DefectState]:
    """The defects of this fleet, the oldest first; of one meter, if it is named (2.4 if there is none)."""
    mrid = None if meter is None else _meter(fleet, meter).mrid
    stored = work.defects.all() if mrid is None else work.defects.of([mrid])
    each = ((one, fleet.index_of_mrid(one.device_mrid)) for one in stored)
    return [_state(fleet, one, index) for one, index in each if index is not None]


def remove_defect(mrid: str, work: UnitOfWork) -> None:
    """Make it right again, as if it had never been. Raises Refusal (2.15) where there is no such defect."""
    if not work.defects.remove(mrid):
        known = [one.mrid for one in work.defects.all()]
        hint = did_you_mean(mrid, known) if known else "; there is none at all"
        raise Refusal.because(UNKNOWN_OTHER, f"there is no defect {mrid!r}{hint}", ObjectId(mrid, "uuid", "Defect"))


def _meter(fleet: Fleet, reference: str) -> Meter:
    meter = find_meter(fleet, reference)
    if meter is None:
        first, last = fleet.meter(0).name, fleet.meter(len(fleet) - 1).name
        raise Refusal.because(
            UNKNOWN_DEVICE,
            f"there is no meter {reference!r}; the first of this fleet is {first!r}, the last {last!r}",
            ObjectId(reference, "name", "Meter"),
        )
    return meter


def _free_mrid(fleet: Fleet, meter: str, kind: str, start: int, work: UnitOfWork) -> str:
    """Follows from meter, kind and start; the same said twice is two defects."""
    for again in count():
        mrid = identifier(fleet.spec.seed, "defect", meter, kind, start, again)
        if work.defects.get(mrid) is None:
            return mrid
    raise AssertionError("there is always a next one")


def _state(fleet: Fleet, stored: StoredDefect, index: int) -> DefectState:
    return DefectState(
        mrid=stored.mrid,
        meter_mrid=stored.device_mrid,
        meter_name=fleet.meter(index).name,
        kind=stored.kind,
        start=stored.start,
        end=stored.end,
        parameters=stored.parameters,
        marked=stored.marked,
        explanation=explain(stored_defect(stored), fleet.calendar.zone),
    )

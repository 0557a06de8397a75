"""Outages: whoever operates the simulated network lets a node of it fail and come back.

An outage is one row, whatever it feeds. Readings, events and reachability follow from it by arithmetic
(`simulator.outages`), for past and future alike: one that begins later, or whose end is known, is a fact already.
Outages may overlap, on one node or on several above each other: a meter has power where none of them takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from headend.operations.events.field_facts import outage_course, stored_outage
from headend.operations.fleet.network_nodes import find_node, node_identity
from headend.operations.identifiers import identifier
from headend.operations.refusal import Refusal
from headend.operations.reply import ObjectId
from headend.store import StoredOutage, UnitOfWork
from simulator.fleet import Fleet
from simulator.local_time import epoch_seconds
from simulator.near_miss import did_you_mean
from simulator.outages import AT_ONCE, PROMPT, InvalidOutage, Node, Outage, Reporting, Restoration

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRequest:
    """What is to fail, and how."""

    node: str
    """mRID or name of a substation, feeder, transformer, usage point or meter."""
    start: datetime | None = None
    """None: now. In the past it changes what was read before, but nobody is told of what he should have heard."""
    end: datetime | None = None
    """When restoration begins; None: when somebody ends it."""
    reclosings_s: Sequence[int] = ()
    """Momentary interruptions before it, each so long."""
    restoration: Restoration = AT_ONCE
    reporting: Reporting = PROMPT
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OutageState:
    """An outage as it stands."""

    mrid: str
    node_mrid: str
    node_name: str
    node_class: str
    """CIM class of the node, such as Feeder."""
    meters: int
    """How many electricity meters the node feeds."""
    start: datetime
    end: datetime | None
    """When restoration begins; None: not known."""
    restored: datetime | None
    """When the last meter has power again."""
    reason: str | None
    outage: Outage
    """The fact as the simulator takes it."""


def start_outage(fleet: Fleet, request: OutageRequest, now: datetime, work: UnitOfWork) -> OutageState:
    """Let a node fail.

    Raises Refusal: 2.15 for a node that this fleet has not or that feeds no electricity meter, 1.8 for an outage that
    cannot be.
    """
    node = find_node(fleet, request.node)
    start = epoch_seconds(request.start or now)
    if start < fleet.installed:
        installed = _instant(fleet.installed).isoformat()
        raise Refusal.because(
            "1.8", f"the outage starts at {_instant(start).isoformat()}; the first meters were installed at {installed}"
        )
    try:
        outage = Outage(
            node,
            start,
            None if request.end is None else epoch_seconds(request.end),
            tuple(request.reclosings_s),
            request.restoration,
            request.reporting,
        )
    except InvalidOutage as invalid:
        raise Refusal.because("1.8", f"outage of {request.node!r}: {invalid}") from invalid
    if not len(node.meters(fleet)):
        raise Refusal.because("2.15", f"{request.node!r} feeds no electricity meter, so nobody would notice")
    identity = node_identity(fleet, node)
    stored = StoredOutage(
        mrid=_free_mrid(fleet, node, start, work),
        node_class=identity.cim_class,
        node_mrid=identity.mrid,
        start=_instant(start),
        end=_instant_or_none(outage.end),
        restored=_instant_or_none(outage.restored),
        course=outage_course(outage),
        reason=request.reason,
    )
    work.outages.add(stored)
    return _state(fleet, stored, outage)


def end_outage(
    fleet: Fleet, mrid: str, now: datetime, work: UnitOfWork, end: datetime | None = None
) -> OutageState | None:
    """Let restoration begin at `end`, or else now; also before the end that was planned.

    None where the outage would end before it began: it is forgotten. Raises Refusal: 2.15 where there is no such
    outage, 6.5 where restoration has begun.
    """
    stored = work.outages.get(mrid)
    found = None if stored is None else stored_outage(fleet, stored)
    itself = ObjectId(mrid, "uuid", "Outage")
    if stored is None or found is None:
        lasting = [one.mrid for one in work.outages.all() if one.end is None or one.end > now]
        hint = did_you_mean(mrid, lasting) if lasting else "; none lasts"
        raise Refusal.because("2.15", f"there is no outage {mrid!r}{hint}", itself)
    if stored.end is not None and stored.end <= now:
        raise Refusal.because("6.5", f"restoration began at {stored.end.isoformat()} already", itself)
    at = epoch_seconds(end or now)
    if at <= found.start:
        work.outages.remove(mrid)
        return None
    ended = replace(found, end=at)
    stored = replace(stored, end=_instant_or_none(ended.end), restored=_instant_or_none(ended.restored))
    work.outages.change(stored)
    return _state(fleet, stored, ended)


def list_outages(fleet: Fleet, work: UnitOfWork) -> list[OutageState]:
    """All outages of this fleet, the oldest first."""
    each = ((stored, stored_outage(fleet, stored)) for stored in work.outages.all())
    return [_state(fleet, stored, outage) for stored, outage in each if outage is not None]


def _free_mrid(fleet: Fleet, node: Node, start: int, work: UnitOfWork) -> str:
    """Follows from node and start; the same failure said twice is two outages."""
    for again in count():
        mrid = identifier(fleet.spec.seed, "outage", int(node.kind), node.number, start, again)
        if work.outages.get(mrid) is None:
            return mrid
    raise AssertionError("there is always a next one")


def _state(fleet: Fleet, stored: StoredOutage, outage: Outage) -> OutageState:
    identity = node_identity(fleet, outage.node)
    return OutageState(
        mrid=stored.mrid,
        node_mrid=identity.mrid,
        node_name=identity.name,
        node_class=identity.cim_class,
        meters=len(outage.node.meters(fleet)),
        start=stored.start,
        end=stored.end,
        restored=stored.restored,
        reason=stored.reason,
        outage=outage,
    )


def _instant(epoch_s: int) -> datetime:
    return _EPOCH + timedelta(seconds=epoch_s)


def _instant_or_none(epoch_s: int | None) -> datetime | None:
    return None if epoch_s is None else _instant(epoch_s)

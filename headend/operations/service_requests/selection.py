"""Get MeterServiceRequests: which works a request profile selects (61968-9:2013, clause 5.5 and Annex J).

Our readings: values of one kind are OR, different kinds are AND, and so are the parts of one MeterServiceWork. Of a
customer, an agreement or a place are the works that name it, and those at the meters that belong to it now. A period is
about when works are done, or were to be; both its ends belong to it. lastModifiedDateTime asks for what changed since.
What was deleted is not listed; what was cancelled or closed is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from headend.operations.controls.control_devices import Sender
from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.master_data.classes import find_class
from headend.operations.master_data.documents import text_of
from headend.operations.options import RequestOption, read_options
from headend.operations.references import ObjectReference, Period
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Reply
from headend.operations.service_requests.find_works import find_work
from headend.operations.service_requests.payload import NOUN
from headend.operations.service_requests.told_works import ToldWork, told_work
from headend.store import ServiceWork, UnitOfWork
from simulator.fleet import Fleet
from simulator.fleet.imported_meters import folded_mrid

MOST_WORKS: Final = 1_000
"""A reply lists no more (3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFilter:
    """One MeterServiceWork of the request profile: its parts are AND."""

    reference: ObjectReference
    kind: str | None = None
    type: str | None = None
    priority: str | None = None
    wanted: datetime | None = None
    modified_since: datetime | None = None
    status: str | None = None
    status_since: datetime | None = None
    status_reason: str | None = None
    status_remark: str | None = None

    def takes(self, work: ServiceWork, told: ToldWork) -> bool:
        """Whether every part that is given agrees, but for its names."""
        status = self.status
        return (
            (self.kind is None or self.kind == work.kind)
            and (self.type is None or self.type == text_of(work.document, "type"))
            and (self.priority is None or self.priority == text_of(work.document, "priority"))
            and (self.wanted is None or self.wanted == work.wanted)
            and (self.modified_since is None or told.changed >= self.modified_since)
            and (status is None or status.casefold() == told.status.casefold())
            and (self.status_since is None or told.since >= self.status_since)
            and (self.status_reason is None or self.status_reason == text_of(work.document, "status", "reason"))
            and (self.status_remark is None or self.status_remark == told.remark)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkQuery:
    """What a GetMeterServiceRequests request asks for."""

    objects: tuple[ObjectReference, ...] = ()
    """Meters, usage points, customers, their agreements, service locations."""
    works: tuple[WorkFilter, ...] = ()
    periods: tuple[Period, ...] = ()
    options: tuple[RequestOption, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkAnswer:
    """The reply and the works, the oldest first."""

    reply: Reply
    works: Sequence[ToldWork]


def select_works(
    query: WorkQuery, sender: Sender, fleet: Fleet, now: datetime, work: UnitOfWork, *, strict: bool = False
) -> WorkAnswer:
    """The works that a query selects, with an error for each reference that names nothing here.

    strict: an option without effect is refused. Raises Refusal where no reference of a kind is known (2.4, 2.12, 2.16,
    2.22, 2.24, 2.15 for works), for a bad option (1.8), and for more works than a reply lists (3.1).
    """
    options = read_options(query.options, NOUN, strict=strict)
    errors: list[Error] = []
    wanted = _about(query.objects, fleet, now, work, errors)
    filters = _filters(query.works, sender, work, errors)
    found = work.service_works.all() if wanted is None else work.service_works.of_mrids(sorted(wanted))
    found.sort(key=lambda one: one.accepted)  # those of one instant stay in their order
    told = [(one, told_work(one, now)) for one in found if _is_in(one, query.periods)]
    selected = [
        what
        for one, what in told
        if not query.works or any(mrid in (None, one.mrid) and each.takes(one, what) for each, mrid in filters)
    ]
    if len(selected) > MOST_WORKS:
        raise Refusal.because(
            "3.1", f"these are {len(selected)} works; a reply lists up to {MOST_WORKS}: ask for a period or single ones"
        )
    return WorkAnswer(Reply.of_parts(True, errors, remarks=options.remarks), selected)


def _about(
    references: Sequence[ObjectReference], fleet: Fleet, now: datetime, work: UnitOfWork, errors: list[Error]
) -> set[str] | None:
    """mRIDs of the works about all kinds of objects that are named; None: of all works."""
    by_class: dict[str, list[ObjectReference]] = {}
    for reference in references:
        by_class.setdefault(reference.object_type, []).append(reference)
    masters = MasterMeters(fleet, work, now)
    found: set[str] | None = None
    for object_type, its in by_class.items():
        works: set[str] = set()
        unknown: list[Error] = []
        for reference in its:
            try:
                works |= _about_one(object_type, reference, masters)
            except Refusal as refusal:
                unknown += refusal.errors
        if len(unknown) >= len(its):
            raise Refusal(*errors, *unknown)
        errors += unknown
        found = works if found is None else found & works
    return found


def _about_one(object_type: str, reference: ObjectReference, masters: MasterMeters) -> set[str]:
    works = masters.work.service_works
    known = masters.working.find(find_class(object_type), reference)
    if object_type == "Meter":
        return works.about("Meter", [known.mrid]) | works.about("OldMeter", [known.mrid])
    found = works.about(object_type, [known.mrid])
    if object_type != "UsagePoint":
        mrids = [folded_mrid(mrid.decode()) for mrid in masters.fleet.mrids(masters.meters_of(reference))]
        found |= works.about("Meter", mrids) | works.about("OldMeter", mrids)
    return found


def _filters(
    filters: Sequence[WorkFilter], sender: Sender, work: UnitOfWork, errors: list[Error]
) -> list[tuple[WorkFilter, str | None]]:
    """The filters, each with the mRID of the one work that it names; those that name none known are left out."""
    found: list[tuple[WorkFilter, str | None]] = []
    unknown: list[Error] = []
    for one in filters:
        if not (one.reference.mrid or one.reference.names):
            found.append((one, None))
            continue
        try:
            found.append((one, find_work(one.reference, sender, work).mrid))
        except Refusal as refusal:
            unknown += refusal.errors
    if filters and not found:
        raise Refusal(*errors, *unknown)
    errors += unknown
    return found


def _is_in(work: ServiceWork, periods: Sequence[Period]) -> bool:
    at = work.begins or work.wanted or work.changed
    return not periods or any(
        (one.start is None or one.start <= at) and (one.end is None or at <= one.end) for one in periods
    )

"""Get master data: which objects a request profile selects, and what is told of them (61968-9:2013, Annex J).

A profile selects by the class itself and by its neighbours (`neighbours`): a meter by its usage point, its customer ...
Values of one class are OR, different classes are AND; without any selector everything is wanted.

A selector without mRID and Names selects by what else it says: Customer/kind, EndDevice/amrSystem. Shifts and auxiliary
accounts are no objects of their own; they select those whose documents name them. A TimeSchedule selects records by
their line/dateTime, else by when they were told; both ends of it belong to it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from headend.operations.master_data.classes import Nature, associations, ends_of, find_class, named_ends
from headend.operations.master_data.documents import (
    Document,
    instant_of,
    is_same_object,
    parts_of,
    text_of,
)
from headend.operations.master_data.fleet_objects import END_DEVICE, USAGE_POINT
from headend.operations.master_data.live_facts import live_facts
from headend.operations.master_data.neighbours import is_in_force, reached_from
from headend.operations.master_data.payload import LINKAGE_NOUN, main_class
from headend.operations.master_data.working_set import Known, Link, WorkingSet
from headend.operations.references import ObjectReference, Period
from headend.operations.refusal import Refusal
from headend.operations.reply import Error
from simulator.fleet.meter_groups import indices_of

DATA_SET_NOUN: Final = "CustomerMeterDataSet"
MOST_OBJECTS: Final = 10_000
"""A reply tells of no more objects; a request that would is refused (3.1)."""

_GROUPS: Final = ("EndDeviceGroup", "UsagePointGroup", "TransformerTank")
_PARTS: Final = ("AuxiliaryAccount", "CashierShift", "VendorShift")
"""What is no object of its own, and selects those whose documents have it as a part."""
_UNKNOWN: Final = "2.15"
"""Code of what has none of its own: groups, shifts, auxiliary accounts."""
_DATA_SET: Final = (
    "Customer",
    "CustomerAccount",
    "CustomerAgreement",
    END_DEVICE,
    "PricingStructure",
    "ServiceCategory",
    "ServiceLocation",
    "ServiceSupplier",
    USAGE_POINT,
    "UsagePointLocation",
)
"""Families that a CustomerMeterDataSet tells of."""


@dataclass(frozen=True, slots=True)
class MasterSelector:
    """One element of a request profile that names an object."""

    object_type: str
    reference: ObjectReference
    values: tuple[tuple[str, str], ...] = ()
    """What else it says: element and text."""

    @property
    def kind(self) -> str | None:
        """The kind, which names a service category."""
        return dict(self.values).get("kind")


@dataclass(frozen=True, slots=True)
class MasterQuery:
    """What a Get request for master data asks for."""

    noun: str
    selectors: tuple[MasterSelector, ...] = ()
    periods: tuple[Period, ...] = ()
    """When the wanted records were made; none: at any time."""


@dataclass(slots=True)
class MasterAnswer:
    """What was found: documents by class, in the order in which they are told, and an error for each selector."""

    objects: list[tuple[str, Document]] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)


def select_master_data(query: MasterQuery, working: WorkingSet) -> MasterAnswer:
    """The objects that a query selects.

    Raises Refusal where every selector of a class names what is not known here, and 3.1 for too many objects.
    """
    answer = MasterAnswer()
    by_class: dict[str, list[Known]] = {}
    for selector in query.selectors:
        named = by_class.setdefault(_kind_of(selector.object_type), [])
        try:
            named += _named(selector, query.noun, working)
        except Refusal as refusal:
            answer.errors += refusal.errors
    if answer.errors and not all(by_class.values()):
        raise Refusal(*answer.errors)
    found: list[Known] = []
    for known in _wanted(query.noun, by_class, working):
        if query.periods and not _is_in_a_period(known, query.periods, working):
            continue
        if len(found) == MOST_OBJECTS:
            raise Refusal.because(
                "3.1",
                f"the request is for more than {MOST_OBJECTS} objects; name some of them, or neighbours of theirs",
            )
        found.append(known)
    live = live_facts(found, working)
    for known in found:
        document = told(known, working) | live.get(known.mrid, {})
        answer.objects.append((_type_in(query.noun, known), document))
    return answer


def told(known: Known, working: WorkingSet) -> Document:
    """All that is said of an object, with what it is linked with now, and with what it refers to that is not here."""
    document = dict(known.object.document)
    for element, end in named_ends(known.object.family).items():
        far = working.far_of(end, known.mrid, working.now)
        if far:
            found = [{**one.object.document, "@ref": _spelled(one)} for one in far]
            missing = [
                one for one in parts_of(document, element) if not any(is_same_object(one, each) for each in found)
            ]
            document[element] = [*found, *missing]
    closed = known.object.closed
    if closed is not None and closed <= working.now:
        before = parts_of(document, "status")
        document["status"] = [{**(before[0] if before else {}), "value": ["closed"], "dateTime": [closed.isoformat()]}]
    return document


def _wanted(noun: str, by_class: Mapping[str, Sequence[Known]], working: WorkingSet) -> Iterator[Known]:
    if noun == DATA_SET_NOUN:
        yield from _data_set(by_class, working)
    elif noun == LINKAGE_NOUN:
        yield from _linked(by_class, working)
    else:
        family = find_class(main_class(noun)).family
        found = _all_of(family, working) if not by_class else _common(family, by_class, working)
        yield from _with_functions(found, working)


def _common(family: str, by_class: Mapping[str, Sequence[Known]], working: WorkingSet) -> list[Known]:
    """The objects of a family that every class of selectors leads to."""
    common: dict[str, Known] | None = None
    for its_family, named in by_class.items():
        if its_family == family:
            reached = {one.mrid: one for one in named}
        else:
            reached = reached_from(named, working).get(family, {})
        common = reached if common is None else {mrid: one for mrid, one in common.items() if mrid in reached}
    return list((common or {}).values())


def _data_set(by_class: Mapping[str, Sequence[Known]], working: WorkingSet) -> Iterator[Known]:
    """What belongs to every class of selectors. Agreements that are not in force are in it only by their own name."""
    if not by_class:
        for family in _DATA_SET:
            yield from _all_of(family, working)
        return
    named = {one.mrid for each in by_class.values() for one in each}
    reached = [reached_from(each, working) for each in by_class.values()]
    for family in _DATA_SET:
        first, *others = (each.get(family, {}) for each in reached)
        for mrid, one in first.items():
            is_wanted = family != "CustomerAgreement" or mrid in named or is_in_force(one, working)
            if is_wanted and all(mrid in each for each in others):
                yield one


def _linked(by_class: Mapping[str, Sequence[Known]], working: WorkingSet) -> Iterator[Known]:
    """Objects and those that they are linked with at once; without selectors all that clients linked."""
    found: dict[str, Known] = {}
    for named in by_class.values():
        for known in named:
            found.setdefault(known.mrid, known)
            for end in ends_of(known.object.family):
                for far in working.far_of(end, known.mrid, working.now):
                    found.setdefault(far.mrid, far)
    yield from found.values() if by_class else _linked_by_clients(working)


def _linked_by_clients(working: WorkingSet) -> Iterator[Known]:
    seen: set[str] = set()
    for association in associations().values():
        if find_class(association.other).nature is Nature.FUNCTION:
            continue  # devices point to them; they are no objects of a linkage
        for row in working.work.master_data.links_of_association(association.name):
            if not Link(row, True).holds_at(working.now):
                continue
            for family, mrid in ((association.one, row.one), (association.other, row.other)):
                if mrid not in seen and (known := working.by_mrid(family, mrid)) is not None:
                    seen.add(mrid)
                    yield known


def _named(selector: MasterSelector, noun: str, working: WorkingSet) -> list[Known]:
    """The objects that a selector names: one, the members of a group, or those that have what it says."""
    if selector.object_type in _GROUPS:
        return _members(selector, working)
    if selector.object_type in _PARTS:
        return _with_part(selector, find_class(main_class(noun)).family, working)
    master_class, reference = find_class(selector.object_type), selector.reference
    if reference.mrid or reference.names:
        known = working.find(master_class, reference)
        for element, value in selector.values:
            its_own = text_of(known.object.document, element)
            if its_own != value:
                says = "has none" if its_own is None else f"has {its_own!r}"
                raise Refusal.because(
                    "2.29", f"{element} {value!r} is asked for, but {reference} {says}", reference.object_id
                )
        return [known]
    if master_class.nature is Nature.KIND and selector.kind is not None:
        return [working.find(master_class, reference, selector.kind)]
    return [
        one
        for one in _stored_of(master_class.family, working)
        if all(text_of(one.object.document, element) == value for element, value in selector.values)
    ]


def _members(selector: MasterSelector, working: WorkingSet) -> list[Known]:
    """The devices of a group."""
    fleet = working.fleet.fleet
    texts = [selector.reference.mrid, *(name.name for name in selector.reference.names)]
    group = next((found for text in texts if text and (found := fleet.group(text)) is not None), None)
    if group is None:
        if selector.object_type == "TransformerTank":
            return [working.find(find_class("TransformerTank"), selector.reference)]
        details = f"{selector.reference} is not known here"
        raise Refusal.because(_UNKNOWN, details, selector.reference.object_id)
    members = fleet.groups.members(group)
    if len(members) > MOST_OBJECTS:
        raise Refusal.because("3.1", f"{selector.reference} has {len(members)} members; the limit is {MOST_OBJECTS}")
    devices = (working.by_mrid(END_DEVICE, fleet.meter(int(index)).mrid) for index in indices_of(members))
    return [one for one in devices if one is not None]


def _with_part(selector: MasterSelector, family: str, working: WorkingSet) -> list[Known]:
    """The objects of a family that have what a selector names as a part. Raises Refusal (2.15) where none has."""
    reference = selector.reference
    found = [
        one
        for one in _stored_of(family, working)
        if any(_is_named(part, selector) for part in parts_of(one.object.document, selector.object_type))
    ]
    if not found:
        raise Refusal.because(_UNKNOWN, f"no {family} here names {reference}", reference.object_id)
    return found


def _is_named(part: Document, selector: MasterSelector) -> bool:
    wanted: Document = {"mRID": [selector.reference.mrid]} if selector.reference.mrid else {}
    wanted["Names"] = [{"name": [name.name]} for name in selector.reference.names]
    return is_same_object(wanted, part)


def _is_in_a_period(known: Known, periods: Sequence[Period], working: WorkingSet) -> bool:
    at = _made(known, working)
    return any(
        (period.start is None or period.start <= at) and (period.end is None or at <= period.end) for period in periods
    )


def _made(record: Known, working: WorkingSet) -> datetime:
    """When what a record tells of happened."""
    zone = working.fleet.fleet.calendar.zone
    return instant_of(record.object.document, zone, "line", "dateTime") or record.object.created


def _all_of(family: str, working: WorkingSet) -> Iterator[Known]:
    """Every object of a family: those that are stored, then the fleet's own that nobody changed."""
    stored = working.work.master_data.mrids_of(family)
    natives = working.fleet.count(family)
    if natives > MOST_OBJECTS + len(stored):
        raise Refusal.because(
            "3.1", f"there are {natives} objects of class {family}; name some of them, the limit is {MOST_OBJECTS}"
        )
    yield from _stored_of(family, working)
    for number in range(natives):
        one = working.fleet.at(family, number)
        if one.mrid not in stored:
            known = working.by_mrid(family, one.mrid)
            if known is not None:
                yield known
    if family == "ServiceCategory":
        yield from (one for one in working.service_categories() if one.mrid not in stored)


def _stored_of(family: str, working: WorkingSet) -> Iterator[Known]:
    yield from (Known(one, True) for one in working.work.master_data.all_of(family))


def _with_functions(found: Iterable[Known], working: WorkingSet) -> Iterator[Known]:
    """Objects, and behind them the functions that they point to, where the noun has room for them."""
    functions: dict[str, Known] = {}
    for known in found:
        yield known
        for end in named_ends(known.object.family).values():
            if find_class(end.far).nature is Nature.FUNCTION:
                for far in working.far_of(end, known.mrid, working.now):
                    functions.setdefault(far.mrid, far)
    yield from functions.values()


def _kind_of(object_type: str) -> str:
    if object_type in _GROUPS:
        return "Group"
    return object_type if object_type in _PARTS else find_class(object_type).family


def _type_in(noun: str, known: Known) -> str:
    """The class under which a noun tells of an object: a Meter is an EndDevice to EndDeviceConfig."""
    if known.object.family == END_DEVICE:
        return "EndDevice" if noun == "EndDeviceConfig" else "Meter"
    return known.object.object_type


def _spelled(known: Known) -> str:
    return text_of(known.object.document, "mRID") or known.mrid

"""Get master data: which objects a request profile selects, and what is told of them (61968-9:2013, Annex J).

A profile selects by the class itself and by its neighbours: a meter by its usage point, its customer ... Values of one
class are OR, different classes are AND; without any selector everything is wanted. Neighbours are found along the links
that hold now, over agreements, accounts, usage points and devices, but never over what many have in common, such as a
supplier or a location: the meters of a customer are not those of the neighbour at the same address.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from headend.operations.master_data.classes import Nature, classes, ends_of, find_class, named_ends
from headend.operations.master_data.documents import Document, text_of
from headend.operations.master_data.fleet_objects import END_DEVICE, USAGE_POINT
from headend.operations.master_data.payload import LINKAGE_NOUN, main_class
from headend.operations.master_data.working_set import Known, WorkingSet
from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error
from simulator.fleet.meter_groups import indices_of

DATA_SET_NOUN: Final = "CustomerMeterDataSet"
MOST_OBJECTS: Final = 10_000
"""A reply tells of no more objects; a request that would is refused (3.1)."""

_PASSABLE: Final = frozenset({"CustomerAccount", "CustomerAgreement", USAGE_POINT, END_DEVICE})
"""Families over which neighbours are found."""
_GROUPS: Final = ("EndDeviceGroup", "UsagePointGroup", "TransformerTank")
_UNKNOWN_GROUP: Final = "2.15"
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
    kind: str | None = None
    """Of a service category."""


@dataclass(frozen=True, slots=True)
class MasterQuery:
    """What a Get request for master data asks for."""

    noun: str
    selectors: tuple[MasterSelector, ...] = ()


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
        try:
            by_class.setdefault(_kind_of(selector.object_type), []).extend(_named(selector, working))
        except Refusal as refusal:
            by_class.setdefault(_kind_of(selector.object_type), [])
            answer.errors += refusal.errors
    if answer.errors and not all(by_class.values()):
        raise Refusal(*answer.errors)
    for known in _wanted(query.noun, by_class, working):
        if len(answer.objects) == MOST_OBJECTS:
            raise Refusal.because(
                "3.1",
                f"the request is for more than {MOST_OBJECTS} objects; name some of them, or neighbours of theirs",
            )
        answer.objects.append((_type_in(query.noun, known), told(known, working)))
    return answer


def told(known: Known, working: WorkingSet) -> Document:
    """All that is said of an object, with what it is linked with now."""
    document = dict(known.object.document)
    for element, end in named_ends(known.object.family).items():
        far = working.far_of(end, known.mrid, working.now)
        if far:
            document[element] = [{**one.object.document, "@ref": _spelled(one)} for one in far]
    if known.object.closed is not None:
        document.setdefault("status", [{"value": ["closed"], "dateTime": [known.object.closed.isoformat()]}])
    return document


def neighbours(known: Known, family: str, working: WorkingSet) -> list[Known]:
    """The objects of a family that an object is linked with, directly or over others; itself in its own family."""
    return list(_reached([known], working).get(family, {}).values())


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
    for named in by_class.values():
        reached = _reached(named, working).get(family, {})
        common = reached if common is None else {mrid: one for mrid, one in common.items() if mrid in reached}
    return list((common or {}).values())


def _data_set(by_class: Mapping[str, Sequence[Known]], working: WorkingSet) -> Iterator[Known]:
    if not by_class:
        for family in _DATA_SET:
            yield from _all_of(family, working)
        return
    reached = [_reached(named, working) for named in by_class.values()]
    for family in _DATA_SET:
        first, *others = (each.get(family, {}) for each in reached)
        yield from (one for mrid, one in first.items() if all(mrid in each for each in others))


def _linked(by_class: Mapping[str, Sequence[Known]], working: WorkingSet) -> Iterator[Known]:
    """Objects and those that they are linked with at once; without selectors all that clients linked."""
    found: dict[str, Known] = {}
    if not by_class:
        for family in dict.fromkeys(one.family for one in classes().values()):
            for known in _stored_of(family, working):
                if any(working.far_of(end, known.mrid, working.now) for end in ends_of(family)):
                    found.setdefault(known.mrid, known)
    for named in by_class.values():
        for known in named:
            found.setdefault(known.mrid, known)
            for end in ends_of(known.object.family):
                for far in working.far_of(end, known.mrid, working.now):
                    found.setdefault(far.mrid, far)
    yield from found.values()


def _reached(start: Sequence[Known], working: WorkingSet) -> dict[str, dict[str, Known]]:
    """Everything that is linked with some objects, by family; each family is come to by the shortest ways."""
    reached: dict[str, dict[str, Known]] = {}
    for one in start:
        reached.setdefault(one.object.family, {})[one.mrid] = one
    frontier, seen = list(start), {(one.object.family, one.mrid) for one in start}
    at_start = set(reached)
    while frontier:
        beyond: list[Known] = []
        entered = set(reached)
        for of_one in (True, False):
            working.expect_links([one.mrid for one in frontier], of_one=of_one)
        for one in frontier:
            family = one.object.family
            if family not in at_start and family not in _PASSABLE:
                continue
            for end in ends_of(family):
                if end.far in entered:
                    continue  # not back to where we come from: the customer's neighbour is not the customer
                for far in working.far_of(end, one.mrid, working.now):
                    if (end.far, far.mrid) not in seen:
                        seen.add((end.far, far.mrid))
                        reached.setdefault(end.far, {})[far.mrid] = far
                        beyond.append(far)
        frontier = beyond
    return reached


def _named(selector: MasterSelector, working: WorkingSet) -> list[Known]:
    """The objects that a selector names: one, or the members of a group."""
    if selector.object_type not in _GROUPS:
        return [working.find(find_class(selector.object_type), selector.reference, selector.kind)]
    fleet = working.fleet.fleet
    texts = [selector.reference.mrid, *(name.name for name in selector.reference.names)]
    group = next((found for text in texts if text and (found := fleet.group(text)) is not None), None)
    if group is None:
        if selector.object_type == "TransformerTank":
            return [working.find(find_class("TransformerTank"), selector.reference)]
        details = f"{selector.reference} is not known here"
        raise Refusal.because(_UNKNOWN_GROUP, details, selector.reference.object_id)
    members = fleet.groups.members(group)
    if len(members) > MOST_OBJECTS:
        raise Refusal.because("3.1", f"{selector.reference} has {len(members)} members; the limit is {MOST_OBJECTS}")
    devices = (working.by_mrid(END_DEVICE, fleet.meter(int(index)).mrid) for index in indices_of(members))
    return [one for one in devices if one is not None]


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
    return "Group" if object_type in _GROUPS else find_class(object_type).family


def _type_in(noun: str, known: Known) -> str:
    """The class under which a noun tells of an object: a Meter is an EndDevice to EndDeviceConfig."""
    if known.object.family == END_DEVICE:
        return "EndDevice" if noun == "EndDeviceConfig" else "Meter"
    return known.object.object_type


def _spelled(known: Known) -> str:
    return text_of(known.object.document, "mRID") or known.mrid

"""Which objects belong together: found along the links that hold now, from what a request names.

    Customer - CustomerAccount, CustomerAgreement - UsagePoint - EndDevice - ComModule

From where a search begins it goes down this row and up it, and never turns: from a meter up to its customer, but not
down again to that customer's other meters; from a customer down to meters, but not up again to who lived there before.
What many have in common (a supplier, a location, a tariff) is found, and leads on only where the search begins there:
the meters of a customer are not those of the neighbour at the same address.

An agreement that is not in force is found, since it is known; it does not lead on, unless it is what the request names.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from headend.operations.master_data.classes import Nature, ends_between, ends_of, find_class
from headend.operations.master_data.documents import instant_of
from headend.operations.master_data.fleet_objects import END_DEVICE, SERVICE_CATEGORY, USAGE_POINT
from headend.operations.master_data.working_set import Known, WorkingSet
from headend.operations.refusal import Refusal

MOST_NEIGHBOURS: Final = 100_000
"""A search that finds more is refused (3.1)."""

Ways = Mapping[str, tuple[str, ...]]
"""From a family to those that it leads to."""
Reached = dict[str, dict[str, Known]]
"""What was found, by family and mRID."""

_DOWN: Final[Ways] = {
    "Customer": ("CustomerAccount", "CustomerAgreement"),
    "CustomerAccount": ("CustomerAgreement", USAGE_POINT),
    "CustomerAgreement": ("CustomerAccount", USAGE_POINT),
    USAGE_POINT: (END_DEVICE,),
    END_DEVICE: ("ComModule",),
}
_UP: Final[Ways] = {
    "ComModule": (END_DEVICE,),
    END_DEVICE: (USAGE_POINT,),
    USAGE_POINT: ("CustomerAccount", "CustomerAgreement"),
    "CustomerAgreement": ("CustomerAccount", "Customer"),
    "CustomerAccount": ("Customer",),
}
_BESIDE: Final[Ways] = {
    "CustomerAccount": ("ServiceSupplier",),
    "CustomerAgreement": (
        "AuxiliaryAgreement",
        "PricingStructure",
        SERVICE_CATEGORY,
        "ServiceLocation",
        "ServiceSupplier",
    ),
    USAGE_POINT: (
        "PricingStructure",
        SERVICE_CATEGORY,
        "ServiceLocation",
        "ServiceSupplier",
        "TransformerTank",
        "UsagePointLocation",
    ),
    END_DEVICE: ("ServiceLocation",),
    "Transaction": ("Receipt",),
}
"""Whichever way a search goes, these are found and lead no further."""


def neighbours(known: Known, family: str, working: WorkingSet) -> list[Known]:
    """The objects of a family that an object is linked with, directly or over others; itself in its own family."""
    return list(reached_from([known], working).get(family, {}).values())


def reached_from(start: Sequence[Known], working: WorkingSet) -> Reached:
    """Everything that belongs to some objects of one family, with themselves. Raises Refusal (3.1) for too many."""
    search = _Search(working)
    if not start:
        return search.reached
    family = start[0].object.family
    search.add(start)
    families = {end.far for end in ends_of(family)}
    if family in _DOWN or family in _UP:
        search.walk(start, _down_from(family), is_named=True)
        search.walk(start, _up_from(family), is_named=True)
        besides = families.difference(_DOWN.get(family, ()), _UP.get(family, ()))
        search.walk(search.step(start, besides), {})
        return search.reached
    first = search.step(start, families)
    for its_family in dict.fromkeys(one.object.family for one in first):
        part = [one for one in first if one.object.family == its_family]
        # What else a customer has elsewhere does not belong to a location, though his agreement names that, too.
        has_points = its_family != USAGE_POINT and any(one.object.family == USAGE_POINT for one in first)
        search.walk(part, _down_from(its_family), {family, USAGE_POINT} if has_points else {family})
        search.walk(part, _up_from(its_family), {family})
    return search.reached


def _down_from(family: str) -> Ways:
    """From an agreement its account is found, but not what else that account has."""
    if family in ("Customer", "CustomerAccount"):
        return _DOWN
    return {one: ways for one, ways in _DOWN.items() if one != "CustomerAccount"}


def _up_from(family: str) -> Ways:
    """An account is its customer's by the agreements that it has."""
    return {**_UP, family: (*_UP[family], "CustomerAgreement")} if family == "CustomerAccount" else _UP


def is_in_force(known: Known, working: WorkingSet) -> bool:
    """Whether an object is in use now: it was not closed, and its validityInterval, if it has one, includes now."""
    now, zone = working.now, working.fleet.fleet.calendar.zone
    closed = known.object.closed
    start = instant_of(known.object.document, zone, "validityInterval", "start")
    end = instant_of(known.object.document, zone, "validityInterval", "end")
    return _is_after(closed, now) and (start is None or start <= now) and _is_after(end, now)


class _Search:
    """A search on its way."""

    def __init__(self, working: WorkingSet) -> None:
        self._working = working
        self._count = 0
        self.reached: Reached = {}

    def add(self, found: Iterable[Known]) -> None:
        """Take in what was found. Raises Refusal (3.1) for too many."""
        for one in found:
            family = self.reached.setdefault(one.object.family, {})
            if one.mrid not in family:
                family[one.mrid] = one
                self._count += 1
        if self._count > MOST_NEIGHBOURS:
            raise Refusal.because(
                "3.1", f"what is named has more than {MOST_NEIGHBOURS} neighbours; name fewer, or smaller objects"
            )

    def walk(self, start: Sequence[Known], ways: Ways, barred: Collection[str] = (), *, is_named: bool = False) -> None:
        """Go on from some objects as far as the ways lead, but not into barred families.

        is_named: the request names them, so that they lead on whether or not they are in force.
        """
        seen = {(one.object.family, one.mrid) for one in start}
        frontier = list(start)
        while frontier:
            leading = [one for one in frontier if is_named or self._leads_on(one)]
            is_named = False
            frontier = []
            for family in dict.fromkeys(one.object.family for one in leading):
                families = {*ways.get(family, ()), *_BESIDE.get(family, ())}.difference(barred)
                for far in self.step([one for one in leading if one.object.family == family], families):
                    if (far.object.family, far.mrid) not in seen:
                        seen.add((far.object.family, far.mrid))
                        frontier.append(far)

    def step(self, start: Sequence[Known], families: Collection[str]) -> list[Known]:
        """What is linked with some objects of one family at once."""
        if not start or not families:
            return []
        working, family = self._working, start[0].object.family
        mrids = [one.mrid for one in start]
        for of_one in (True, False):
            working.expect_links(mrids, of_one=of_one)
        found: list[Known] = []
        for far_family in sorted(families):
            if find_class(far_family).nature is Nature.FUNCTION:
                continue  # they go with their devices
            for end in ends_between(family, far_family):
                for mrid in mrids:
                    found += working.far_of(end, mrid, working.now)
            if family == SERVICE_CATEGORY and far_family == USAGE_POINT:
                found += working.native_usage_points_of(mrids, MOST_NEIGHBOURS)
        self.add(found)
        return found

    def _leads_on(self, one: Known) -> bool:
        return one.object.family != "CustomerAgreement" or is_in_force(one, self._working)


def _is_after(instant: datetime | None, now: datetime) -> bool:
    return instant is None or instant > now

"""Which ordering is for something that is about to leave."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.operations.fleet.meter_state import find_meter
from headend.operations.magic_names import MagicMeters, chosen_by_name
from headend.operations.orderings import Chosen, Leaving, OrderingList, acts_on, chosen
from headend.store import StoredOrdering, UnitOfWork

Named = Callable[[UnitOfWork], frozenset[str]]
"""What the thing names, as a unit of work sees it. Looked at only where it matters: it may have to be made first."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may have to be done to something that leaves; nothing of it is known to fit yet."""

    orderings: Collection[StoredOrdering]
    """The oldest first."""
    may_be_magic: bool

    def __bool__(self) -> bool:
        return bool(self.orderings) or self.may_be_magic


class OrderingChoice:
    """Chooses. Orderings count before names, older orderings before younger ones."""

    def __init__(self, fleets: FleetInForce, orderings: OrderingList, magic: MagicMeters) -> None:
        self._fleets = fleets
        self._orderings = orderings
        self._magic = magic

    def candidates(self, leaving: Leaving, work: UnitOfWork) -> Candidates:
        """What may act, by what is known without a look at what is named. Cheap: everything that leaves asks for it."""
        orderings = [one for one in self._orderings.left(work) if acts_on(one, leaving)]
        return Candidates(orderings, self._magic.may_be(work))

    def may_choose(self, work: UnitOfWork) -> bool:
        """Whether anything may have to be done to anything that leaves."""
        return self._orderings.any_left(work) or self._magic.may_be(work)

    def choose(
        self, candidates: Candidates, leaving: Leaving, named: Named, now: datetime, work: UnitOfWork
    ) -> Chosen | None:
        """What is to be done to it. now: the fleet's time."""
        for one in candidates.orderings:
            if one.meter_mrid is None or self._is_named(one, named(work), now, work):
                return chosen(one)
        if not candidates.may_be_magic:
            return None
        return chosen_by_name(self.meter_names(named(work), now, work), leaving)

    def use(self, to_do: Chosen, work: UnitOfWork) -> bool:
        """Count that it is done; False, and it must not be, where its ordering is gone or used up meanwhile."""
        return to_do.mrid is None or self._orderings.use(to_do.mrid, work)

    def _is_named(self, one: StoredOrdering, named: frozenset[str], now: datetime, work: UnitOfWork) -> bool:
        if not named.isdisjoint({one.meter_mrid, one.meter_name}):
            return True
        # It may have got another name since, or have been created after the settings named it.
        meter = find_meter(self._fleets.at(now, work), one.meter_mrid or "")
        return meter is not None and not named.isdisjoint({meter.mrid, meter.name})

    def meter_names(self, named: frozenset[str], now: datetime, work: UnitOfWork) -> frozenset[str]:
        """The names of the meters that are named, by name or mRID."""
        fleet = self._fleets.at(now, work)
        meters = (find_meter(fleet, text) for text in named)
        return frozenset(meter.name for meter in meters if meter is not None)

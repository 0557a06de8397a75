"""Which mischief is for something that is about to leave."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from headend.operations.faults import Fault, breaks, fault_of
from headend.operations.fleet.fleet_in_force import FleetInForce
from headend.operations.fleet.meter_state import find_meter
from headend.operations.magic_names import MagicMeters, chosen_by_name
from headend.operations.mischief import Leaving, MischiefList
from headend.operations.orderings import Chosen, acts_on, chosen
from headend.store import StoredMischief, UnitOfWork

Named = Callable[[UnitOfWork], frozenset[str]]
"""What the thing names, as a unit of work sees it. Looked at only where it matters: it may have to be made first."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may have to be done to something that leaves; nothing of it is known to fit yet."""

    orderings: Collection[StoredMischief]
    """The oldest first."""
    may_be_magic: bool

    def __bool__(self) -> bool:
        return bool(self.orderings) or self.may_be_magic


class MischiefChoice:
    """Chooses. Orderings count before names, older ones before younger ones; so do faults."""

    def __init__(self, fleets: FleetInForce, mischief: MischiefList, magic: MagicMeters) -> None:
        self._fleets = fleets
        self._mischief = mischief
        self._magic = magic

    def may_choose(self, work: UnitOfWork) -> bool:
        """Whether anything may have to be done to anything that leaves. Cheap: everything that leaves asks for it."""
        return self._mischief.any_left(work) or self._magic.may_be(work)

    def left(self, work: UnitOfWork) -> list[StoredMischief]:
        """What may still act, the oldest first."""
        return self._mischief.left(work)

    def candidates(self, left: Collection[StoredMischief], leaving: Leaving, work: UnitOfWork) -> Candidates:
        """The orderings that may act, by what is known without a look at what is named."""
        return Candidates([one for one in left if acts_on(one, leaving)], self._magic.may_be(work))

    def choose(
        self, candidates: Candidates, leaving: Leaving, named: Named, now: datetime, work: UnitOfWork
    ) -> Chosen | None:
        """The ordering to be carried out. now: the fleet's time."""
        for one in candidates.orderings:
            if self._is_about(one, named, now, work):
                return chosen(one)
        if not candidates.may_be_magic:
            return None
        return chosen_by_name(self.meter_names(named(work), now, work), leaving)

    def use(self, to_do: Chosen, work: UnitOfWork) -> bool:
        """Count that it is done; False, and it must not be, where its ordering is gone or used up meanwhile, or where
        chance is against it.
        """
        return to_do.asked is None or self._mischief.use(to_do.asked, work)

    def faults(
        self, left: Collection[StoredMischief], leaving: Leaving, named: Named, now: datetime, work: UnitOfWork
    ) -> list[StoredMischief]:
        """The faults that are for it, the oldest first. now: the fleet's time."""
        return [one for one in left if breaks(one, leaving) and self._is_about(one, named, now, work)]

    def first_used(self, faults: Sequence[StoredMischief], work: UnitOfWork) -> Fault | None:
        """The first of these that acts, counted; chance decides for each that leaves it to chance."""
        return next((fault_of(one) for one in faults if self._mischief.use(one, work)), None)

    def meter_names(self, named: frozenset[str], now: datetime, work: UnitOfWork) -> frozenset[str]:
        """The names of the meters that are named, by name or mRID."""
        fleet = self._fleets.at(now, work)
        meters = (find_meter(fleet, text) for text in named)
        return frozenset(meter.name for meter in meters if meter is not None)

    def _is_about(self, one: StoredMischief, named: Named, now: datetime, work: UnitOfWork) -> bool:
        return one.meter_mrid is None or self._is_named(one, named(work), now, work)

    def _is_named(self, one: StoredMischief, named: frozenset[str], now: datetime, work: UnitOfWork) -> bool:
        if not named.isdisjoint({one.meter_mrid, one.meter_name}):
            return True
        # It may have got another name since, or have been created after the settings named it.
        meter = find_meter(self._fleets.at(now, work), one.meter_mrid or "")
        return meter is not None and not named.isdisjoint({meter.mrid, meter.name})

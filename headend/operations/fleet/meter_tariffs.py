"""By which tariffs meters count: those of the PricingStructures that their usage points, or agreements of these, name.

A PricingStructure reaches a meter through links: of the usage point with it, or of a CustomerAgreement with both. What
holds at an instant is what every link on the way holds at it; of several the one that began last counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from headend.operations.fleet.meter_targets import Indices
from headend.operations.master_data.classes import End, ends_between
from headend.operations.master_data.fleet_objects import END_DEVICE, USAGE_POINT, FleetObjects
from headend.operations.master_data.tariffs import dated_tariffs
from headend.operations.master_data.working_set import WorkingSet
from headend.store import UnitOfWork
from simulator.fleet import Fleet
from simulator.fleet.imported_meters import folded_mrid
from simulator.fleet.meter_groups import indices_of
from simulator.local_time import epoch_seconds
from simulator.tariffs import Assignment, DatedTariff, InvalidTariff, TariffInForce, tariffs_in_force
from simulator.windows import FOR_EVER

PRICING_STRUCTURE = "PricingStructure"
AGREEMENT = "CustomerAgreement"
_ASSOCIATIONS = ("UsagePoint-PricingStructure", "CustomerAgreement-PricingStructure")

_Span = tuple[int, int]


def meter_tariffs(fleet: Fleet, meters: Indices, work: UnitOfWork) -> Mapping[int, Sequence[TariffInForce]]:
    """The tariffs of those meters that have any of their own, by fleet index."""
    if not any(work.master_data.has_links(one) for one in _ASSOCIATIONS):
        return {}
    # Whole histories of links are looked at, so that it does not matter when that is.
    ever = datetime.fromtimestamp(fleet.installed, UTC)
    return _Tariffs(fleet, WorkingSet(FleetObjects(fleet.origin), work, ever)).of(meters)


class _Tariffs:
    """Looks up tariffs; what many meters share is worked out once."""

    def __init__(self, fleet: Fleet, working: WorkingSet) -> None:
        self._fleet = fleet
        self._working = working
        self._of_structure: dict[str, tuple[DatedTariff, ...]] = {}
        self._histories: dict[tuple[tuple[_Span, str], ...], tuple[TariffInForce, ...]] = {}
        self._of_point: dict[str, list[tuple[_Span, str]]] = {}

    def of(self, meters: Indices) -> dict[int, tuple[TariffInForce, ...]]:
        """Those of some meters."""
        found: dict[int, tuple[TariffInForce, ...]] = {}
        points = self._points_with_tariffs()
        if not points:
            return found
        indices = indices_of(meters).tolist()
        mrids = [folded_mrid(mrid.decode()) for mrid in self._fleet.mrids(indices)]
        self._working.expect_links(mrids, of_one=True)
        for index, mrid in zip(indices, mrids, strict=True):
            spans = tuple(self._spans(mrid, points))
            if spans and (history := self._history(spans)):
                found[index] = history
        return found

    def _history(self, spans: tuple[tuple[_Span, str], ...]) -> tuple[TariffInForce, ...]:
        """What PricingStructures of some times come to; one value for all meters that have the same, as they count
        together."""
        if spans not in self._histories:
            assignments = [
                Assignment(start, None if end >= FOR_EVER else end, self._tariffs(structure))
                for (start, end), structure in spans
            ]
            self._histories[spans] = tariffs_in_force(assignments, self._fleet.calendar)
        return self._histories[spans]

    def _points_with_tariffs(self) -> frozenset[str]:
        """The usage points that any PricingStructure reaches: those of all others need no look."""
        data = self._working.work.master_data
        points = {link.one for link in data.links_of_association("UsagePoint-PricingStructure")}
        agreements = {link.one for link in data.links_of_association("CustomerAgreement-PricingStructure")}
        links = data.links(agreements, of_one=True, associations=["CustomerAgreement-UsagePoint"])
        return frozenset(points | {link.other for link in links})

    def _spans(self, meter: str, points: frozenset[str]) -> Iterator[tuple[_Span, str]]:
        """When a meter hung where a PricingStructure held, and which."""
        for end in ends_between(END_DEVICE, USAGE_POINT):
            for span, point in self._linked(end, meter):
                if point in points:
                    yield from _within(span, self._at_point(point))

    def _at_point(self, point: str) -> list[tuple[_Span, str]]:
        if point not in self._of_point:
            found = [each for end in ends_between(USAGE_POINT, PRICING_STRUCTURE) for each in self._linked(end, point)]
            for to_agreement in ends_between(USAGE_POINT, AGREEMENT):
                for span, agreement in self._linked(to_agreement, point):
                    for to_structure in ends_between(AGREEMENT, PRICING_STRUCTURE):
                        found += _within(span, self._linked(to_structure, agreement))
            self._of_point[point] = found
        return self._of_point[point]

    def _linked(self, end: End, mrid: str) -> list[tuple[_Span, str]]:
        return [
            (
                (
                    epoch_seconds(link.row.start),
                    FOR_EVER if link.row.end is None else epoch_seconds(link.row.end),
                ),
                link.row.other if end.is_one else link.row.one,
            )
            for link in self._working.links(end, mrid)
        ]

    def _tariffs(self, structure: str) -> tuple[DatedTariff, ...]:
        if structure not in self._of_structure:
            known = self._working.by_mrid(PRICING_STRUCTURE, structure)
            try:
                tariffs = () if known is None else dated_tariffs(known.object.document)
                Assignment(0, None, tariffs)
            except InvalidTariff:
                tariffs = ()  # kept, and said to be without effect, when it came
            self._of_structure[structure] = tariffs
        return self._of_structure[structure]


def _within(span: _Span, others: Iterable[tuple[_Span, str]]) -> Iterator[tuple[_Span, str]]:
    for (start, end), mrid in others:
        low, high = max(span[0], start), min(span[1], end)
        if low < high:
            yield (low, high), mrid

"""Get MeterReadings: from a request profile to a recipe of readings (61968-9:2013, clause 5.3 and Annex J).

The answer is a recipe, not data: which meters, which series at which instants, what happened to them. The
writer turns it into bytes while it is being sent, so that a reply of any size costs the same memory.

Our readings of the standard, where it is silent: values of one kind are OR, of different kinds AND; a period is
(start, end] since interval values are stamped at their end; no period asks for the latest registers; registers
asked for a period come as one value per local midnight in it; no target means every meter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from headend.operations.deliverable_types import Deliverable, delivered_by_default, find_deliverable, kinds_among
from headend.operations.field_facts import field_history
from headend.operations.meter_targets import Indices, find_targets
from headend.operations.missing_readings import missing_readings
from headend.operations.on_demand import Answers, ask
from headend.operations.options import unknown_options
from headend.operations.references import ObjectReference, Period
from headend.operations.refusal import Refusal
from headend.operations.reply import Reply
from headend.store import UnitOfWork
from simulator.collected import collected_at
from simulator.counted_tariffs import counted_tariffs
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.local_time import epoch_seconds
from simulator.meter_kinds import installed_of_kinds
from simulator.observation import Observation
from simulator.quantities import Channel, ChannelKind
from simulator.series import Series, latest_series, period_series

ON_DEMAND = "inquiry"
"""ReadingReasonKind of a register that was read because somebody asked."""
SCHEDULED = "billing"
"""ReadingReasonKind of the register values that a meter stores at local midnight."""

_LONGEST_LOOK_BACK_S = 400 * 86_400
"""No interval that a request may get begins earlier than this before its period, nor before now where it has none."""

Span = tuple[datetime, datetime]
"""A closed period: (start, end]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReadingsQuery:
    """What a GetMeterReadings request asks for, as the request profile says it."""

    end_devices: tuple[ObjectReference, ...] = ()
    usage_points: tuple[ObjectReference, ...] = ()
    groups: tuple[ObjectReference, ...] = ()
    """EndDeviceGroup, UsagePointGroup and TransformerTank together."""
    reading_types: tuple[ObjectReference, ...] = ()
    periods: tuple[Period, ...] = ()
    """Of Reading, of TimeSchedule, or else of Request: their union is wanted."""
    reasons: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    qualities: tuple[ObjectReference, ...] = ()
    coincident: bool = False
    """The profile's MeterReadings part is there: readings at the time of a trigger."""
    options: tuple[str, ...] = ()
    """Names of the Request's Options."""


@dataclass(frozen=True, slots=True)
class ReadingsRecipe:
    """All that it takes to produce a MeterReadings payload, again and again with the same bytes."""

    meters: Indices
    assortments: tuple[tuple[Series, ...], ...]
    """The sets of series that the meters deliver: one, unless kinds of meters differ in what they have."""
    of_kind: tuple[int, ...]
    """For each kind of meters (see `simulator.meter_kinds`), the number of its assortment."""
    history: FieldHistory
    """What happened to the meters, as far as their readings may follow from it."""
    reason: str
    reported: datetime
    period: Span | None
    observation: Observation | None = None
    """What is delivered of the readings; None: everything as it was registered."""


@dataclass(frozen=True, slots=True)
class MeterReadingsAnswer:
    """The reply and the recipe of its payload."""

    reply: Reply
    recipe: ReadingsRecipe
    after: timedelta
    """How long it took to hear from the meters, in the fleet's time; none for what was collected before."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What one request may ask for; None is no limit."""

    meters: int | None = None
    days: int | None = None


class ReadMeters:
    """Answers queries for the readings of a fleet."""

    def __init__(self, fleet: Fleet, source: str, limits: ReadingLimits, longest_wait: timedelta) -> None:
        """`longest_wait`: a meter that is silent for so long, in the fleet's time, is not waited for any more."""
        self._fleet = fleet
        self._source = source
        self._limits = limits
        self._longest_wait = longest_wait
        self._delivered = delivered_by_default(fleet)
        self._installed_of_kinds = installed_of_kinds(fleet)

    def read(self, query: MeterReadingsQuery, now: datetime, work: UnitOfWork) -> MeterReadingsAnswer:
        """The recipe of what can be delivered, and one Error for each reference that cannot.

        Raises Refusal where nothing can: 2.4, 2.12 or 2.15 for objects, 2.6, 2.10 or 5.6 for reading types, 1.8 for a
        period without a start, 3.1 above a limit, 5.2 for coincident readings; TimedOut (4.1) where no meter answers.
        """
        if query.coincident:
            raise Refusal.because(
                "5.2",
                "GetMeterReadings/MeterReadings asks for readings at the time of a trigger; these meters keep none",
            )
        targets = find_targets(self._fleet, query.end_devices, query.usage_points, query.groups)
        history = field_history(self._fleet, targets.meters, work)
        deliverable = self._deliverable(query, targets.meters, history)
        errors = [*targets.errors, *deliverable.errors]
        if not len(targets.meters) and targets.errors:
            raise Refusal(*errors)
        if query.reading_types and not deliverable.channels:
            raise Refusal(*errors)
        spans = _merged(query.periods, now)
        self._check_limits(targets.meters, spans)
        if spans:
            answers = Answers(targets.meters, (), timedelta(0))  # what was collected answers for the meters
        else:
            answers = ask(self._fleet, targets.meters, now, history, self._longest_wait)
        errors += answers.errors
        observation = self._observation(query, spans, now, history)
        assortments, of_kind = self._assortments(query, deliverable, answers.meters, spans, now, observation)
        if observation is not None and observation.qualities is None:
            errors += missing_readings(self._fleet, answers.meters, assortments, of_kind, observation)
        recipe = ReadingsRecipe(
            meters=answers.meters,
            assortments=assortments,
            of_kind=of_kind,
            history=history,
            reason=SCHEDULED if spans else ON_DEMAND,
            reported=now,
            period=(spans[0][0], spans[-1][1]) if spans else None,
            observation=observation,
        )
        reply = Reply.of_parts(True, [*errors, *unknown_options(query.options)])
        return MeterReadingsAnswer(reply, recipe, answers.after)

    def _observation(
        self, query: MeterReadingsQuery, spans: Sequence[Span], now: datetime, history: FieldHistory
    ) -> Observation | None:
        """What stands between the meters and the client; None where nothing does.

        What is read now comes over a link that answers, so only a period can lack values that are still on their way.
        """
        found = collected_at(self._fleet, history, epoch_seconds(now), answered_now=not spans)
        if found is None or not query.qualities:
            return found
        wanted = {name for one in query.qualities for name in (one.mrid, *(each.name for each in one.names)) if name}
        return replace(found, qualities=frozenset(wanted))

    def _deliverable(self, query: MeterReadingsQuery, meters: Indices, history: FieldHistory) -> Deliverable:
        """What each reading type comes to; absent references mean all that the meters deliver."""
        if not query.reading_types:
            return self._delivered
        if not len(meters):
            meters = range(len(self._fleet))  # of meters that are not there every type is judged alone
        counted = counted_tariffs(self._fleet, meters, history.tariffs)
        by_name = bool(query.end_devices) and not query.usage_points and not query.groups
        return find_deliverable(self._fleet, query.reading_types, meters, counted, by_name=by_name)

    def _assortments(
        self,
        query: MeterReadingsQuery,
        deliverable: Deliverable,
        meters: Indices,
        spans: Sequence[Span],
        now: datetime,
        observation: Observation | None,
    ) -> tuple[tuple[tuple[Series, ...], ...], tuple[int, ...]]:
        """The sets of series of the kinds, and which one each kind has; equal sets are one.

        Kinds differ in what they deliver and in since when: a meter has no interval from before its installation.
        """
        # Whoever was there long before has the same instants, whenever that was: a list of meters may name many days.
        recent = epoch_seconds(spans[0][0] if spans else now) - _LONGEST_LOOK_BACK_S
        installed_of_kinds = (
            installed if installed > recent else self._fleet.installed for installed in self._installed_of_kinds
        )
        needs = list(zip(deliverable.of_kind, installed_of_kinds, strict=True))
        sets: dict[tuple[tuple[int, ...], int], int] = {}
        for position in kinds_among(self._fleet, meters):
            sets.setdefault(needs[position], len(sets))
        of_kind = tuple(sets.get(need, 0) for need in needs)
        series_since = {
            installed: self._series(query, deliverable.channels, spans, installed, now, observation)
            for _, installed in sets
        }
        assortments = tuple(
            tuple(series for span in series_since[installed] for number, series in span if number in numbers)
            for numbers, installed in sets
        )
        return assortments or ((),), of_kind

    def _series(
        self,
        query: MeterReadingsQuery,
        channels: Sequence[Channel],
        spans: Sequence[Span],
        installed: int,
        now: datetime,
        observation: Observation | None,
    ) -> list[list[tuple[int, Series]]]:
        """For each span the series of the channels, by their number, of meters installed at `installed` (epoch s).

        Filters on reason, source and quality may leave none of it.

        Where nothing is disturbed no reading carries a quality, so a filter on qualities selects nothing; interval
        values have no reason, so a filter on reasons concerns registers alone.
        """
        if (query.qualities and observation is None) or (query.sources and self._source not in query.sources):
            return []
        numbered = list(enumerate(channels))
        if query.reasons and (SCHEDULED if spans else ON_DEMAND) not in query.reasons:
            numbered = [(number, one) for number, one in numbered if one.kind is ChannelKind.INTERVAL]
        calendar = self._fleet.calendar
        if not spans and not query.reading_types:
            numbered = [(number, one) for number, one in numbered if one.kind is ChannelKind.REGISTER]
        numbers, wanted = [number for number, _ in numbered], [one for _, one in numbered]
        if not spans:
            found = [latest_series(wanted, calendar=calendar, installed=installed, now=now)]
        else:
            found = [
                period_series(wanted, start, end, calendar=calendar, installed=installed, now=now)
                for start, end in spans
            ]
        return [list(zip(numbers, series, strict=True)) for series in found]

    def _check_limits(self, meters: Indices, spans: Sequence[Span]) -> None:
        if self._limits.meters is not None and len(meters) > self._limits.meters:
            raise Refusal.because(
                "3.1", f"the request is for {len(meters)} meters; the limit here is {self._limits.meters}"
            )
        days = sum((end - start for start, end in spans), timedelta()) / timedelta(days=1)
        if self._limits.days is not None and days > self._limits.days:
            raise Refusal.because("3.1", f"the request is for {days:g} days; the limit here is {self._limits.days}")


def _merged(periods: Sequence[Period], now: datetime) -> list[Span]:
    """The union of the periods: disjoint, in order. An open end is now. Raises Refusal (1.8) for an open start."""
    spans: list[Span] = []
    for period in periods:
        if period.start is None:
            raise Refusal.because("1.8", "a period has an end but no start")
        spans.append((period.start, max(period.end or now, period.start)))
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged

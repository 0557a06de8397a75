"""Get MeterReadings: from a request profile to a recipe of readings (61968-9:2013, clause 5.3 and Annex J).

The answer is a recipe, not data: which meters, which series at which instants, what happened to them. The
writer turns it into bytes while it is being sent, so that a reply of any size costs the same memory.

Our readings of the standard, where it is silent: values of one kind are OR, of different kinds AND; a period is
(start, end] since interval values are stamped at their end; no period asks for the latest registers; registers
asked for a period come as one value per local midnight in it; no target means every meter. What Reading and
TimeSchedule mean together stands in `reading_times`, readings at the time of a trigger in `coincident_readings`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from headend.operations.events.field_facts import field_history
from headend.operations.fleet.hung_where_asked import hung_where_asked, in_use_now
from headend.operations.fleet.master_meters import MasterMeters
from headend.operations.fleet.meter_targets import Indices
from headend.operations.options import read_options
from headend.operations.readings.deliverable_types import Deliverable, delivered_by_default, kinds_among
from headend.operations.readings.meter_readings_query import MeterReadingsQuery, ReadingLimits
from headend.operations.readings.missing_readings import missing_readings
from headend.operations.readings.on_demand import Answers, ask
from headend.operations.readings.reading_times import ON_DEMAND, SCHEDULED, ReadingTimes, Span, reading_times
from headend.operations.readings.wanted_qualities import wanted_qualities
from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Reply
from headend.store import UnitOfWork
from simulator.collected import collected_at
from simulator.field_history import FieldHistory
from simulator.fleet import Fleet
from simulator.local_time import epoch_seconds
from simulator.meter_kinds import installed_of_kinds
from simulator.observation import Observation
from simulator.quantities import Channel, ChannelKind
from simulator.series import Series, last_value, latest_series, period_series

_LONGEST_LOOK_BACK_S = 400 * 86_400
"""No interval that a request may get begins earlier than this before its period, nor before now where it has none."""


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


class ReadMeters:
    """Answers queries for the readings of a fleet."""

    def __init__(
        self, fleet: Fleet, source: str, limits: ReadingLimits, longest_wait: timedelta, *, strict: bool = False
    ) -> None:
        """`longest_wait`: a meter that is silent for so long, in the fleet's time, is not waited for any more.
        `strict`: a request with an option that has no effect is refused.
        """
        self._fleet = fleet
        self._source = source
        self._limits = limits
        self._longest_wait = longest_wait
        self._strict = strict
        self._delivered = delivered_by_default(fleet)
        self._installed_of_kinds = installed_of_kinds(fleet)

    @property
    def fleet(self) -> Fleet:
        """Whose meters are read."""
        return self._fleet

    def read(self, query: MeterReadingsQuery, now: datetime, work: UnitOfWork) -> MeterReadingsAnswer:
        """The recipe of what can be delivered, and one Error for each reference that cannot.

        Raises Refusal where nothing can: 2.4, 2.12 or 2.15 for objects, 2.6, 2.10, 2.29 or 5.6 for reading types, 1.8
        for qualities, a bad option or a period without a start, 3.1 above a limit; TimedOut (4.1) where no meter
        answers.
        """
        options = read_options(query.options, "MeterReadings", strict=self._strict)
        masters = MasterMeters(self._fleet, work, now)
        query, targets = query.with_ids(self._fleet, masters)
        times = reading_times(query.readings, query.periods, self._source, now)
        hung = hung_where_asked(query, targets.meters, times.asked, masters)
        history = field_history(self._fleet, hung.meters, work)
        deliverable = query.deliverable(self._fleet, hung.meters, self._delivered, history)
        errors = [*targets.errors, *deliverable.errors]
        if (targets.errors and not len(targets.meters)) or (query.reading_types and not deliverable.channels):
            raise Refusal(*errors)
        qualities = wanted_qualities(query.qualities, errors)
        self._limits.check(hung.meters, times.asked)
        if times.asked:
            answers = Answers(hung.meters, (), timedelta(0))  # what was collected answers for the meters
        else:
            longest_wait = min(self._longest_wait, options.longest_wait or self._longest_wait)
            in_use, out_of_use = in_use_now(hung.meters, masters)
            if out_of_use and not len(in_use):
                raise Refusal(*errors, *out_of_use)
            errors += out_of_use
            answers = ask(self._fleet, in_use, now, history, longest_wait)
        errors += answers.errors
        # What is read now comes over a link that answers: only a period can lack values that are still on their way.
        observation = collected_at(
            self._fleet, history, epoch_seconds(now), answered_now=not times.asked, mounted=hung.windows
        )
        if observation is not None and query.qualities:
            observation = replace(observation, qualities=qualities)
        wanted = _Wanted(
            times=times,
            is_by_type=bool(query.reading_types),
            is_latest=options.latest_value,
            # Where nothing is disturbed no reading carries a quality.
            is_nothing=bool(query.qualities) and observation is None,
        )
        assortments, of_kind = self._assortments(wanted, deliverable, answers.meters, now)
        if observation is not None and observation.qualities is None:
            errors += missing_readings(self._fleet, answers.meters, assortments, of_kind, observation)
        recipe = ReadingsRecipe(
            meters=answers.meters,
            assortments=assortments,
            of_kind=of_kind,
            history=history,
            reason=SCHEDULED if times.asked else ON_DEMAND,
            reported=now,
            period=(times.asked[0][0], times.asked[-1][1]) if times.asked else None,
            observation=observation,
        )
        return MeterReadingsAnswer(Reply.of_parts(True, errors, remarks=options.remarks), recipe, answers.after)

    def recipe_of(
        self,
        query: MeterReadingsQuery,
        meters: Indices,
        now: datetime,
        history: FieldHistory,
        observation: Observation | None,
    ) -> ReadingsRecipe:
        """What some of a query's meters have in its periods, of which there is at least one, as it is known at `now`.

        For messages that nobody asked for at this moment: no limit applies, and nobody is told what is missing.
        """
        times = reading_times((), query.periods, self._source, now)
        deliverable = query.deliverable(self._fleet, meters, self._delivered, history)
        wanted = _Wanted(times, is_by_type=bool(query.reading_types), is_latest=False, is_nothing=False)
        assortments, of_kind = self._assortments(wanted, deliverable, meters, now)
        period = (times.asked[0][0], times.asked[-1][1])
        return ReadingsRecipe(meters, assortments, of_kind, history, SCHEDULED, now, period, observation)

    def undeliverable(self, query: MeterReadingsQuery, meters: Indices, history: FieldHistory) -> tuple[Error, ...]:
        """One Error for each reading type that these meters do not deliver. Raises Refusal where that is all."""
        deliverable = query.deliverable(self._fleet, meters, self._delivered, history)
        if query.reading_types and not deliverable.channels:
            raise Refusal(*deliverable.errors)
        return deliverable.errors

    def _assortments(
        self,
        wanted: "_Wanted",
        deliverable: Deliverable,
        meters: Indices,
        now: datetime,
    ) -> tuple[tuple[tuple[Series, ...], ...], tuple[int, ...]]:
        """The sets of series of the kinds, and which one each kind has; equal sets are one.

        Kinds differ in what they deliver and in since when: a meter has no interval from before its installation.
        """
        # Whoever was there long before has the same instants, whenever that was: a list of meters may name many days.
        asked = wanted.times.asked
        recent = epoch_seconds(asked[0][0] if asked else now) - _LONGEST_LOOK_BACK_S
        installed_of_kinds = (
            installed if installed > recent else self._fleet.installed for installed in self._installed_of_kinds
        )
        needs = list(zip(deliverable.of_kind, installed_of_kinds, strict=True))
        sets: dict[tuple[tuple[int, ...], int], int] = {}
        for position in kinds_among(self._fleet, meters):
            sets.setdefault(needs[position], len(sets))
        of_kind = tuple(sets.get(need, 0) for need in needs)
        series_since = {installed: self._series(wanted, deliverable.channels, installed, now) for _, installed in sets}
        assortments = tuple(
            tuple(series for span in series_since[installed] for number, series in span if number in numbers)
            for numbers, installed in sets
        )
        return assortments or ((),), of_kind

    def _series(
        self, wanted: "_Wanted", channels: Sequence[Channel], installed: int, now: datetime
    ) -> list[list[tuple[int, Series]]]:
        """For each span the series of the channels, by their number, of meters installed at `installed` (epoch s)."""
        if wanted.is_nothing:
            return []
        times, calendar = wanted.times, self._fleet.calendar
        found: list[list[tuple[int, Series]]] = []
        for kind, spans, takes in (
            (ChannelKind.INTERVAL, times.intervals, times.takes_intervals and wanted.are_latest_intervals),
            (ChannelKind.REGISTER, times.registers, times.takes_registers),
        ):
            chosen = [(number, one) for number, one in enumerate(channels) if one.kind is kind]
            numbers, of_kind = [number for number, _ in chosen], [one for _, one in chosen]
            if times.asked:
                each = [
                    period_series(of_kind, start, end, calendar=calendar, installed=installed, now=now)
                    for start, end in spans
                ]
                if each and wanted.is_latest:
                    each = [_latest_of(each)]
            else:
                each = [latest_series(of_kind, calendar=calendar, installed=installed, now=now)] if takes else []
            found += [list(zip(numbers, series, strict=True)) for series in each]
        return found


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted of the channels of a request."""

    times: ReadingTimes
    is_by_type: bool
    """Reading types were named."""
    is_latest: bool
    """Only the latest value of each."""
    is_nothing: bool

    @property
    def are_latest_intervals(self) -> bool:
        """A request without a period is for registers, unless it says otherwise."""
        return self.is_by_type or self.is_latest


def _latest_of(spans: Sequence[Sequence[Series]]) -> list[Series]:
    """Of each channel the last value in any span; spans are in order."""
    return [
        last_value(next((one for one in reversed(each) if one.stamps.size), each[-1]))
        for each in zip(*spans, strict=True)
    ]

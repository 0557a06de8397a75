"""From when which tariff holds for a meter: dated tariffs, as far as something assigned them to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from simulator.local_time import FIRST_YEAR, LAST_YEAR, LocalCalendar
from simulator.tariffs.tariff_calendar import InvalidTariff, TariffCalendar

_FIRST: Final = date(FIRST_YEAR, 1, 1)
_LAST: Final = date(LAST_YEAR, 12, 31)


@dataclass(frozen=True, slots=True)
class TariffInForce:
    """From `start` (epoch seconds) until the next one begins; no calendar: the tariff of the meter's class."""

    start: int
    calendar: TariffCalendar | None


@dataclass(frozen=True, slots=True)
class DatedTariff:
    """A Tariff of a PricingStructure: in force on local days from its startDate to its endDate, both included.

    Raises InvalidTariff. None: since ever, for ever. Of several that hold on a day the one that began last counts.
    """

    calendar: TariffCalendar
    start_date: date | None = None
    end_date: date | None = None

    def __post_init__(self) -> None:
        if self.start_date is not None and self.end_date is not None and self.end_date < self.start_date:
            raise InvalidTariff(f"Tariff/endDate {self.end_date} is before Tariff/startDate {self.start_date}")


@dataclass(frozen=True, slots=True)
class Assignment:
    """The tariffs of one PricingStructure, linked to a meter in [start, end), epoch seconds; None: not over yet.

    Raises InvalidTariff for two tariffs that begin on one day: nothing says which one counts.
    """

    start: int
    end: int | None
    tariffs: tuple[DatedTariff, ...]

    def __post_init__(self) -> None:
        starts = [one.start_date for one in self.tariffs]
        for position, start in enumerate(starts):
            if start in starts[:position]:
                words = "have no Tariff/startDate" if start is None else f"have the Tariff/startDate {start}"
                raise InvalidTariff(f"two Tariffs of a PricingStructure {words}; the later one to begin counts")


def tariffs_in_force(assignments: Iterable[Assignment], calendar: LocalCalendar) -> tuple[TariffInForce, ...]:
    """The history of a meter's tariffs, ascending; where assignments overlap the one that began last counts.

    Where no assignment holds, or none of its tariffs does, the class's own tariff is back.
    """
    spans = [span for one in sorted(assignments, key=lambda one: one.start) for span in _spans(one, calendar)]
    instants = sorted({instant for low, high, _ in spans for instant in (low, high) if instant is not None})
    history: list[TariffInForce] = []
    held: TariffCalendar | None = None
    for instant in instants:
        holds = None
        for low, high, tariff in spans:  # later ones are more particular
            if low <= instant and (high is None or instant < high):
                holds = tariff
        if holds != held:
            history.append(TariffInForce(instant, holds))
            held = holds
    return tuple(history)


def _spans(assignment: Assignment, calendar: LocalCalendar) -> Iterable[tuple[int, int | None, TariffCalendar]]:
    """When each tariff of an assignment holds, the one that begins last at the end."""
    for one in sorted(assignment.tariffs, key=lambda one: one.start_date or date.min):
        low, high = assignment.start, assignment.end
        if one.start_date is not None:
            low = max(low, _start_of(one.start_date, calendar))
        if one.end_date is not None and one.end_date < _LAST:  # 9999-12-31 is what many clients write for ever
            after = _start_of(one.end_date + timedelta(days=1), calendar)
            high = after if high is None else min(high, after)
        if high is None or low < high:
            yield low, high, one.calendar


def _start_of(day: date, calendar: LocalCalendar) -> int:
    """The first instant of a date; of one outside the calendar, where that begins or ends."""
    return calendar.start_of(min(max(day, _FIRST), _LAST + timedelta(days=1)))

"""Histories of tariffs: from dated tariffs and what assigned them."""

from datetime import date, datetime

import numpy as np
import pytest

from simulator.local_time import LocalCalendar, epoch_seconds
from simulator.tariffs import Assignment, DatedTariff, InvalidTariff, TariffCalendar, TariffInForce, tariffs_in_force
from simulator.tariffs.tariff_groups import TariffGroups, within

CALENDAR = LocalCalendar("Europe/Amsterdam")
OLD, NEW = TariffCalendar.daily(((0, 1),)), TariffCalendar.daily(((0, 2),))


def at(text: str) -> int:
    return epoch_seconds(datetime.fromisoformat(text).replace(tzinfo=CALENDAR.zone))


def linked(start: str, end: str | None, *tariffs: DatedTariff) -> Assignment:
    return Assignment(at(start), None if end is None else at(end), tariffs)


LINKED = "2026-03-10T09:30"
IN_2025 = DatedTariff(OLD, date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("assignments", "history"),
    [
        ([linked(LINKED, None, DatedTariff(OLD))], [(LINKED, OLD)]),
        ([linked(LINKED, None)], []),
        ([linked(LINKED, "2026-04-01T12:00", DatedTariff(OLD))], [(LINKED, OLD), ("2026-04-01T12:00", None)]),
        ([linked(LINKED, None, DatedTariff(OLD, date(2026, 1, 1)))], [(LINKED, OLD)]),
        ([linked(LINKED, None, DatedTariff(OLD, date(2026, 4, 1)))], [("2026-04-01T00:00", OLD)]),
        (
            [linked(LINKED, None, DatedTariff(OLD, None, date(2026, 3, 31)))],
            [(LINKED, OLD), ("2026-04-01T00:00", None)],
        ),
        ([linked(LINKED, None, IN_2025)], []),
        (
            [linked("2025-06-01T00:00", None, DatedTariff(NEW, date(2026, 1, 1)), IN_2025)],
            [("2025-06-01T00:00", OLD), ("2026-01-01T00:00", NEW)],
        ),
        (
            [linked("2025-06-01T00:00", None, DatedTariff(OLD), DatedTariff(NEW, date(2026, 1, 1), date(2026, 1, 31)))],
            [("2025-06-01T00:00", OLD), ("2026-01-01T00:00", NEW), ("2026-02-01T00:00", OLD)],
        ),
        (
            [linked(LINKED, None, DatedTariff(NEW)), linked("2026-01-01T00:00", None, DatedTariff(OLD))],
            [("2026-01-01T00:00", OLD), (LINKED, NEW)],
        ),
        (
            [linked("2026-01-01T00:00", LINKED, DatedTariff(OLD)), linked(LINKED, None, DatedTariff(OLD))],
            [("2026-01-01T00:00", OLD)],
        ),
        ([linked(LINKED, None, DatedTariff(OLD, date(1, 1, 1), date.max))], [(LINKED, OLD)]),
        ([linked(LINKED, None, DatedTariff(OLD, date.max))], [("2201-01-01T00:00", OLD)]),
    ],
    ids=[
        "since it is linked", "without tariffs nothing changes", "until it is unlinked", "in force when it is linked",
        "from its startDate", "through its endDate", "over before it is linked", "one after the other",
        "the one that began last", "a later link takes over", "equal ones are one", "for ever",
        "never while the calendar runs",
    ],
)  # fmt: skip
def test_assignments_make_a_history(assignments: list[Assignment], history) -> None:
    expected = tuple(TariffInForce(at(start), calendar) for start, calendar in history)
    assert tariffs_in_force(assignments, CALENDAR) == expected


def test_a_tariff_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidTariff, match="Tariff/endDate 2026-01-01 is before Tariff/startDate 2026-02-01"):
        DatedTariff(OLD, date(2026, 2, 1), date(2026, 1, 1))


@pytest.mark.parametrize("start", [None, date(2026, 1, 1)], ids=["no date", "a date"])
def test_two_tariffs_that_begin_together_are_refused(start: date | None) -> None:
    with pytest.raises(InvalidTariff, match="Tariff/startDate"):
        Assignment(0, None, (DatedTariff(OLD, start), DatedTariff(NEW, start)))


OLD_THEN_NEW = (TariffInForce(100, OLD), TariffInForce(200, None), TariffInForce(300, NEW))


@pytest.mark.parametrize(
    ("span", "history"),
    [
        ((0, None), OLD_THEN_NEW),
        ((150, 250), (TariffInForce(150, OLD), TariffInForce(200, None))),
        ((200, 300), ()),
        ((250, 301), (TariffInForce(300, NEW),)),
        ((400, 500), (TariffInForce(400, NEW),)),
        ((0, 100), ()),
    ],
)
def test_only_what_holds_in_a_span_matters_in_it(span, history) -> None:
    assert within(OLD_THEN_NEW, span) == history


def test_meters_whose_histories_agree_in_a_span_are_one_group() -> None:
    tariffs = {
        3: [TariffInForce(10, OLD)],
        4: [TariffInForce(20, OLD)],
        5: [TariffInForce(600, NEW)],
        6: [TariffInForce(20, TariffCalendar.daily(((0, 1),)))],
        7: OLD_THEN_NEW,
    }
    groups = TariffGroups(tariffs, (50, 150))
    assert groups.of(np.array([7, 3, 0, 4, 5, 6, 3])).tolist() == [1, 2, 0, 2, 0, 2, 2]
    assert groups.histories == [(), (TariffInForce(100, OLD),), (TariffInForce(50, OLD),)]

"""Windows in which no energy flows through a device."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headend.store import Conflict, Store, Window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
METERS = [f"meter-{number:05}" for number in range(10_000)]


def test_an_interruption_lasts_until_it_is_closed(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open("meter", NOON, "remote disconnect")
    with store.reading() as work:
        assert work.interruptions.of(["meter"]) == {"meter": [Window(NOON, None, "remote disconnect")]}
        assert work.interruptions.is_open("meter")
    with store.writing() as work:
        work.interruptions.close("meter", NOON + HOUR)
    with store.reading() as work:
        assert work.interruptions.of(["meter"]) == {"meter": [Window(NOON, NOON + HOUR, "remote disconnect")]}
        assert not work.interruptions.is_open("meter")


def test_devices_that_were_never_interrupted_are_left_out(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open("meter", NOON, "test")
        assert work.interruptions.of(["meter", "other"]).keys() == {"meter"}
        assert work.interruptions.of(["other"]) == {}
        assert work.interruptions.of([]) == {}


def test_windows_come_oldest_first(store: Store) -> None:
    with store.writing() as work:
        for number in range(3):
            work.interruptions.open("meter", NOON + 2 * number * HOUR, "test")
            work.interruptions.close("meter", NOON + (2 * number + 1) * HOUR)
        starts = [window.start for window in work.interruptions.of(["meter"])["meter"]]
    assert starts == [NOON, NOON + 2 * HOUR, NOON + 4 * HOUR]


def test_a_device_is_not_interrupted_twice_at_a_time(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open("meter", NOON, "test")
    with pytest.raises(Conflict, match="meter"), store.writing() as work:
        work.interruptions.open("meter", NOON + HOUR, "test")


def test_a_window_does_not_start_inside_an_earlier_one(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open("meter", NOON, "test")
        work.interruptions.close("meter", NOON + HOUR)
    with pytest.raises(Conflict), store.writing() as work:
        work.interruptions.open("meter", NOON + HOUR / 2, "test")


def test_a_window_may_start_where_the_last_one_ended(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open("meter", NOON, "test")
        work.interruptions.close("meter", NOON + HOUR)
        work.interruptions.open("meter", NOON + HOUR, "test")
        assert len(work.interruptions.of(["meter"])["meter"]) == 2


@pytest.mark.parametrize("end", [NOON, NOON - HOUR], ids=["the same instant", "the clock was set back"])
def test_a_window_without_time_in_it_is_forgotten(store: Store, end: datetime) -> None:
    with store.writing() as work:
        work.interruptions.open("meter", NOON, "test")
        work.interruptions.close("meter", end)
        assert work.interruptions.of(["meter"]) == {}


def test_nothing_is_closed_where_nothing_is_open(store: Store) -> None:
    with pytest.raises(Conflict, match="not interrupted, so nothing to close: meter"), store.writing() as work:
        work.interruptions.close("meter", NOON)


def test_ten_thousand_devices_are_interrupted_found_and_closed_together(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open_many(METERS, NOON, "test")
    with store.reading() as work:
        assert len(work.interruptions.of(METERS)) == len(METERS)
        assert work.interruptions.all() == work.interruptions.of(METERS)
        assert len(work.interruptions.open_windows(METERS)) == len(METERS)
    with store.writing() as work:
        work.interruptions.close_many(METERS, NOON + HOUR)
        assert work.interruptions.open_windows(METERS) == {}


def test_one_device_that_cannot_be_closed_leaves_all_as_they_were(store: Store) -> None:
    with store.writing() as work:
        work.interruptions.open_many(METERS[:3], NOON, "test")
    with pytest.raises(Conflict, match="meter-00003"), store.writing() as work:
        work.interruptions.close_many(METERS[:4], NOON + HOUR)
    with store.reading() as work:
        assert len(work.interruptions.open_windows(METERS[:3])) == 3


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["open", "close"]), st.sampled_from(["a", "b"]), st.integers(-1, 5)),
        max_size=20,
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_opened_and_closed_windows_never_overlap(store: Store, steps: list[tuple[str, str, int]]) -> None:
    with store.writing() as work:
        for device in work.interruptions.open_windows(["a", "b"]):
            work.interruptions.close(device, NOON - 1000 * HOUR)
    now = NOON
    for action, device, hours in steps:
        now += hours * HOUR
        try:
            with store.writing() as work:
                if action == "open":
                    work.interruptions.open(device, now, "test")
                else:
                    work.interruptions.close(device, now)
        except Conflict:
            continue
    with store.reading() as work:
        for windows in work.interruptions.all().values():
            assert all(one.end is not None and one.end <= two.start for one, two in pairwise(windows))
            assert all(one.end is None or one.start < one.end for one in windows)

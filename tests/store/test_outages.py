"""Outages of nodes of the network: rows, whatever a node feeds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headend.store import Conflict, Store, StoredOutage

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAST = StoredOutage(
    mrid="outage-1",
    node_class="Feeder",
    node_mrid="feeder-1",
    start=NOON,
    end=NOON + HOUR,
    restored=NOON + 2 * HOUR,
    course={"reclosings_s": [2, 15], "restoration": {"steps": 4, "every_s": 1_200}},
    reason="storm",
)
LASTING = StoredOutage(mrid="outage-0", node_class="Meter", node_mrid="meter-7", start=NOON + 5 * HOUR)


def add(store: Store, *outages: StoredOutage) -> None:
    with store.writing() as work:
        for one in outages:
            work.outages.add(one)


def test_an_outage_comes_back_as_it_was_given(store: Store) -> None:
    add(store, PAST)
    with store.reading() as work:
        assert work.outages.get("outage-1") == PAST


def test_an_outage_that_never_was_is_none(store: Store) -> None:
    with store.reading() as work:
        assert work.outages.get("outage-1") is None


def test_the_oldest_comes_first(store: Store) -> None:
    add(store, LASTING, PAST)
    with store.reading() as work:
        assert work.outages.all() == [PAST, LASTING]


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (-2, -1, []),
        (-1, 0, [PAST]),
        (0.5, 0.6, [PAST]),
        (1.5, 1.6, [PAST]),  # parts of it are not restored yet
        (2, 3, [PAST]),
        (2.1, 4, []),
        (2, 5, [PAST, LASTING]),
        (100, 200, [LASTING]),
    ],
)
def test_outages_touch_a_period_while_somebody_is_without_power_in_it(
    store: Store, since: float, until: float, found: list[StoredOutage]
) -> None:
    add(store, PAST, LASTING)
    with store.reading() as work:
        assert work.outages.touching(NOON + since * HOUR, NOON + until * HOUR) == found


def test_an_mrid_is_given_once(store: Store) -> None:
    add(store, PAST)
    with pytest.raises(Conflict, match="outage-1"):
        add(store, PAST)


def test_an_outage_that_lasted_ends(store: Store) -> None:
    add(store, LASTING)
    ended = replace(LASTING, end=NOON + 6 * HOUR, restored=NOON + 6 * HOUR)
    with store.writing() as work:
        work.outages.change(ended)
        assert work.outages.all() == [ended]


def test_what_is_not_there_cannot_be_changed(store: Store) -> None:
    with pytest.raises(Conflict, match="outage-1"), store.writing() as work:
        work.outages.change(PAST)


def test_a_removed_outage_never_was(store: Store) -> None:
    add(store, PAST, LASTING)
    with store.writing() as work:
        assert [work.outages.remove("outage-1"), work.outages.remove("outage-1")] == [True, False]
        assert work.outages.all() == [LASTING]

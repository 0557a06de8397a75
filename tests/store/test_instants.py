"""Instants survive the database to the microsecond, and stand in the right order there."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headend.store import Conflict, EndDeviceEvent, EventSelection, Store

# Fleets live between the first electricity meters and the horizon of anybody's planning; PostgreSQL goes to 9999.
aware = st.datetimes(
    min_value=datetime.fromisoformat("1900-01-01"),
    max_value=datetime.fromisoformat("2999-12-31"),
    timezones=st.builds(timezone, st.timedeltas(min_value=timedelta(hours=-14), max_value=timedelta(hours=14))),
)


@given(instants=st.lists(aware, min_size=1, max_size=8))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_instants_come_back_exact_in_utc_and_in_time_order(store: Store, instants: list[datetime]) -> None:
    with store.reading() as work:
        before = len(list(work.events.find(EventSelection())))
    try:
        with store.writing() as work:
            work.events.add(
                EndDeviceEvent(f"{before}-{number}", "meter", "3.31.0.68", created)
                for number, created in enumerate(instants)
            )
            found = [
                event.created for event in work.events.find(EventSelection()) if event.mrid.startswith(f"{before}-")
            ]
            raise Conflict("leave nothing for the next example")
    except Conflict:
        pass
    assert found == sorted(instants)
    assert all(instant.tzinfo is UTC for instant in found)


def test_a_datetime_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="has no time zone"), store.writing() as work:
        work.interruptions.open("meter", datetime.fromisoformat("2026-01-01"), "test")

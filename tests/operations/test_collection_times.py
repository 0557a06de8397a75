"""How often readings are published: a duration, or a word of the standard."""

import pytest

from headend.operations.schedules.collection_times import collection_times
from headend.operations.schedules.recurrence import TimeSchedule


@pytest.mark.parametrize(
    ("every", "times"),
    [
        ("P1D", TimeSchedule(pattern="daily")),
        ("PT24H", TimeSchedule(pattern="daily")),
        ("P1W", TimeSchedule(pattern="weekly")),
        ("P7D", TimeSchedule(pattern="weekly")),
        ("monthly", TimeSchedule(pattern="monthly")),
        ("PT1H", TimeSchedule(period_s=3600)),
        ("PT15M", TimeSchedule(period_s=900)),
        ("P2D", TimeSchedule(period_s=172_800)),
    ],
)
def test_days_and_weeks_are_local_and_the_rest_counts_seconds(every: str, times: TimeSchedule) -> None:
    assert collection_times(every) == times


@pytest.mark.parametrize(
    ("every", "sentence"),
    [
        ("P1M", "a duration is ISO 8601"),
        ("fortnightly", "one of hourly, daily, weekly, monthly"),
        ("PT30S", "at least 60 s"),
        ("PT90.5S", "whole seconds"),
        ("P400D", "at most"),
    ],
)
def test_what_is_no_span_is_refused_with_what_would_be(every: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        collection_times(every)

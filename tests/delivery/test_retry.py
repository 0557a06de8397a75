"""When a message is sent again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend.delivery import RETRY_DELAYS_S, jitter_of, next_attempt, retry_delays

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_first_retry_comes_soon() -> None:
    assert next_attempt(1, NOON) == NOON + timedelta(seconds=1)


def test_retries_get_rarer_but_never_rarer_than_five_minutes() -> None:
    assert list(RETRY_DELAYS_S) == sorted(RETRY_DELAYS_S)
    assert RETRY_DELAYS_S[-1] == 300


def test_delays_double_up_to_the_longest() -> None:
    assert retry_delays(0.5, 5, longest_s=3) == (0.5, 1, 2, 3, 3)
    assert retry_delays(600, 2) == (600, 600)
    assert retry_delays(1, 0) == ()
    assert retry_delays(1, 1000)[-1] == 300


def test_jitter_scatters_messages_and_attempts_and_repeats_itself() -> None:
    drawn = [jitter_of(f"message-{number}", attempt) for number in range(100) for attempt in range(1, 11)]
    assert drawn == [jitter_of(f"message-{number}", attempt) for number in range(100) for attempt in range(1, 11)]
    assert all(0 <= jitter < 1 for jitter in drawn)
    assert len(set(drawn)) == 1000
    assert 0.45 < sum(drawn) / 1000 < 0.55


def test_a_message_is_given_up_when_the_delays_are_used_up() -> None:
    assert next_attempt(2, NOON, delays_s=(1, 5)) == NOON + timedelta(seconds=5)
    assert next_attempt(3, NOON, delays_s=(1, 5)) is None


def test_a_message_that_was_never_sent_has_no_retry() -> None:
    with pytest.raises(ValueError, match="0 times"):
        next_attempt(0, NOON)


@given(attempts=st.integers(1, len(RETRY_DELAYS_S)), jitter=st.floats(0, 1, exclude_max=True))
@settings(deadline=None, max_examples=50)
def test_jitter_only_ever_delays_and_at_most_doubles(attempts: int, jitter: float) -> None:
    plain = next_attempt(attempts, NOON)
    late = next_attempt(attempts, NOON, jitter=jitter)
    assert plain is not None
    assert late is not None
    assert plain <= late <= plain + (plain - NOON)

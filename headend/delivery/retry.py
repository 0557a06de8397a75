"""When to try again what did not arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

RETRY_DELAYS_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0, 300.0)
"""Seconds of machine time after each failure: quick at first for a receiver that blinks, then patient for
one that is being restarted. Thirteen attempts in about 24 minutes."""


def next_attempt(
    attempts: int, now: datetime, delays_s: Sequence[float] = RETRY_DELAYS_S, jitter: float = 0.0
) -> datetime | None:
    """When to send again a message that failed `attempts` times, this time included; None: give it up.

    `jitter` in [0, 1) stretches the delay by that share, so that many messages that failed together do not
    all come back together. It is an argument because chance is.
    """
    if attempts < 1:
        raise ValueError(f"a message cannot have failed {attempts} times")
    if attempts > len(delays_s):
        return None
    # From now, not from when it was due: after an outage of ours the receiver must not be flooded.
    return now + timedelta(seconds=delays_s[attempts - 1] * (1.0 + jitter))

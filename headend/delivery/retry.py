"""When to try again what did not arrive."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

LONGEST_DELAY_S: Final = 300.0


def retry_delays(first_s: float, retries: int, longest_s: float = LONGEST_DELAY_S) -> tuple[float, ...]:
    """Seconds of machine time after each failure: twice as long each time, but never longer than `longest_s`."""
    # Beyond 2**64 nothing grows any more: a float would run over long before the retries do.
    return tuple(min(first_s * 2.0 ** min(failure, 64), max(first_s, longest_s)) for failure in range(retries))


RETRY_DELAYS_S: Final = retry_delays(1.0, 12)
"""Quick at first for a receiver that blinks, then patient for one that is being restarted. Thirteen attempts in 24 to
48 minutes."""


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


def jitter_of(message_id: str, attempts: int) -> float:
    """The jitter of one attempt, in [0, 1): scattered over messages and attempts, and the same in every run."""
    digest = hashlib.blake2b(f"{message_id} {attempts}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2.0**32

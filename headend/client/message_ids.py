"""Where the MessageIDs of a client come from: an iterator, so that each caller chooses how unique they have to be."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count

from headend.operations.identifiers import identifier


def counted_ids(prefix: str) -> Iterator[str]:
    """`prefix-1`, `prefix-2` ...: the same in every run, for tests and tours."""
    return (f"{prefix}-{number}" for number in count(1))


def unique_ids(started: datetime, process: int) -> Iterator[str]:
    """UUIDs that no other process of this machine makes: they follow from its number and the instant it started."""
    return (identifier(0, "request", started.isoformat(), process, number) for number in count(1))

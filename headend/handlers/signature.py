"""How this head end signs what it sends."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Signature:
    """What every message of ours has in common."""

    source: str
    """Header/Source of every message of ours."""
    zone: ZoneInfo
    """Zone of the instants that we write, and of instants that come without one."""
    seed: int

"""Why a reading is not what flowed: one thing that happened to one meter, in a sentence with numbers."""

from dataclasses import dataclass
from enum import Enum

from simulator.utc_text import utc_text
from simulator.windows import FOR_EVER


class CauseKind(Enum):
    """What sort of thing it was. What defects of the data are called is theirs: see `simulator.defects`."""

    BYPASS = "bypass"
    SWITCH = "switch"
    NOT_MOUNTED = "not-mounted"
    OUTAGE = "outage"
    LINK = "link"
    DEFECT = "defect"


@dataclass(frozen=True, slots=True)
class Cause:
    """What happened to a meter in [start, end), epoch seconds. Its id is unique among those of the meter."""

    id: str
    kind: CauseKind
    meter: int  # fleet index
    start: int
    end: int | None  # None: not over yet
    sentence: str

    @property
    def until(self) -> int:
        """The end, or for ever."""
        return FOR_EVER if self.end is None else self.end


def span_words(start: int, end: int | None) -> str:
    """`from ... to ...`, or `since ...`."""
    return f"since {utc_text(start)}" if end is None else f"from {utc_text(start)} to {utc_text(end)}"

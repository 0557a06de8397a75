"""Marks of meters on the intervals in which their line was dead, or in which their switch was open.

A meter that is not mounted marks nothing: whoever counts these marks counts outages.
"""

from collections.abc import Sequence
from typing import Final

from simulator.cim.reading_quality_type import ReadingQualityType
from simulator.defects.series_draft import SeriesDraft
from simulator.supply import Disturbed
from simulator.windows import FOR_EVER, Window

POWER_FAIL: Final = ReadingQualityType.parse("1.2.32")
SERVICE_DISCONNECT: Final = ReadingQualityType.parse("1.2.3")


def mark_supply(draft: SeriesDraft, supply: Disturbed) -> None:
    """Mark the intervals that have any part without supply."""
    if draft.is_of_intervals:
        _mark(draft, supply.dead, POWER_FAIL)
        _mark(draft, supply.switched, SERVICE_DISCONNECT)


def _mark(draft: SeriesDraft, windows: Sequence[Window], type_: ReadingQualityType) -> None:
    for start, end in windows:
        draft.mark((draft.due_begins < (FOR_EVER if end is None else end)) & (draft.stamps > start), type_)

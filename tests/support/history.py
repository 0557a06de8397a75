"""Histories of a fleet for tests."""

from collections.abc import Mapping, Sequence

from simulator.field_history import FieldHistory, Interruption
from simulator.windows import Window


def switched_off(windows: Mapping[int, Sequence[Window]]) -> FieldHistory:
    """Meters, by fleet index, whose switches were open in these windows."""
    return FieldHistory({meter: tuple(Interruption(*window) for window in its) for meter, its in windows.items()})

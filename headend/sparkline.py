"""A row of numbers as a row of little bars."""

from collections.abc import Sequence
from itertools import pairwise

_NOTHING = "▁"
_BARS = "▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int | None = None) -> str:
    """One bar a value, the largest the highest. The lowest bar is zero (or less) and nothing else.

    width: of more values than this, neighbours are averaged until they fit.
    """
    if width is not None and len(values) > width:
        edges = [len(values) * bar // width for bar in range(width + 1)]
        values = [sum(values[start:end]) / (end - start) for start, end in pairwise(edges)]
    top = max(values, default=0)
    return "".join(
        _NOTHING if value <= 0 else _BARS[min(len(_BARS) - 1, int(value / top * len(_BARS)))] for value in values
    )

"""Long lists of keys, cut so that they fit into SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

IN_LIST_SIZE: Final = 500
"""Keys in one IN (...): well below SQLite's limit of parameters (999 in old builds), and few enough distinct
texts."""


def in_lists(keys: Iterable[str]) -> Iterator[list[str]]:
    """The distinct keys, in order, in lists of at most IN_LIST_SIZE."""
    distinct = iter(dict.fromkeys(keys))
    while part := list(islice(distinct, IN_LIST_SIZE)):
        yield part

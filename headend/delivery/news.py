"""What nobody's request causes, but the passing of time: somebody has to notice it and have it queued."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class News(Protocol):
    """One kind of it. Safe to share between threads. Each method raises StoreError where the store fails."""

    def begin(self) -> None:
        """From now on it is told."""

    def __call__(self) -> None:
        """Queue what has become due since somebody last looked."""

    def is_waiting(self) -> bool:
        """Whether there is anything to queue."""


@dataclass(frozen=True, slots=True)
class AllNews:
    """Several kinds of news as one."""

    kinds: Sequence[News]

    def begin(self) -> None:
        """See News."""
        for news in self.kinds:
            news.begin()

    def __call__(self) -> None:
        """See News."""
        for news in self.kinds:
            news()

    def is_waiting(self) -> bool:
        """See News."""
        return any(news.is_waiting() for news in self.kinds)

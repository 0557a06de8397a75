"""How much has to be exercised, for a pipeline that shall fail below it."""

from collections.abc import Iterable
from dataclasses import dataclass

from headend.coverage.coverage import Kind, Share
from simulator.near_miss import did_you_mean


class InvalidThreshold(ValueError):
    """No threshold; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """At least so much of a kind."""

    kind: Kind
    percent: float

    def broken_by(self, share: Share) -> str | None:
        """A sentence where the share of its kind is smaller; None where it is not."""
        words = self.kind.value.replace("_", " ")
        if share.percent is None or share.percent >= self.percent:
            return None
        what = f"{share.exercised} of {share.offered} {words} were exercised"
        return f"{what}, {share.percent:.1f} %, and {self.percent:g} % are wanted"


def parse_thresholds(texts: Iterable[str]) -> tuple[Threshold, ...]:
    """Thresholds such as 80, which is about operations, and reply_codes=30. Raises InvalidThreshold."""
    return tuple(map(_parse, texts))


def _parse(text: str) -> Threshold:
    name, equals, number = text.rpartition("=")
    kinds = [kind.value for kind in Kind if kind is not Kind.READING_TYPES]
    if equals and name not in kinds:
        raise InvalidThreshold(f"{name!r} is no kind of coverage{did_you_mean(name, kinds)}")
    try:
        percent = float(number)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise InvalidThreshold(f"{text!r} is no threshold; it can be 80, or a kind and a number: reply_codes=30")
    return Threshold(Kind(name) if equals else Kind.OPERATIONS, percent)

"""How much a run has to exercise, for a pipeline that shall fail below it."""

from collections.abc import Iterable
from dataclasses import dataclass

from headend.coverage import Coverage, Kind
from simulator.near_miss import did_you_mean


class InvalidThreshold(ValueError):
    """No threshold; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """At least so much of a kind."""

    kind: Kind
    percent: float

    def broken_by(self, coverage: Coverage) -> str | None:
        """A sentence where the coverage is smaller; None where it is not."""
        share = coverage.percent(self.kind)
        words = self.kind.value.replace("_", " ")
        if share is None or share >= self.percent:
            return None
        count, of = len(coverage.exercised(self.kind)), len(coverage.offered.of[self.kind] or ())
        return f"{count} of {of} {words} were exercised, {share:.1f} %, and {self.percent:g} % are wanted"


def parse_thresholds(texts: Iterable[str]) -> tuple[Threshold, ...]:
    """Thresholds such as 80, which is about operations, and reply_codes=30. Raises InvalidThreshold."""
    return tuple(map(_parse, texts))


def _parse(text: str) -> Threshold:
    name, equals, number = text.rpartition("=")
    kinds = [kind.value for kind in Kind if kind is not Kind.READING_TYPES]
    if equals and name not in kinds:
        raise InvalidThreshold(f"--coverage-threshold: {name!r} is no kind of coverage{did_you_mean(name, kinds)}")
    try:
        percent = float(number)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise InvalidThreshold(
            f"--coverage-threshold: {text!r} is none; it can be 80, or a kind and a number: reply_codes=30"
        )
    return Threshold(Kind(name) if equals else Kind.OPERATIONS, percent)

"""Reading types that somebody subscribes to: 18 numbers in which 0 or * is any (61968-9:2013, Annex C)."""

from collections.abc import Iterable, Sequence

from simulator.cim.reading_type import PARTS, ReadingType
from simulator.cim.reading_type_words import reading_type_in_words


def reading_type_pattern(text: str) -> str:
    """The pattern of a code, with or without stars, or of a reading type in words. Raises ValueError."""
    parts = text.split(".")
    # Nothing has more than nine digits; who sends a hundred means nothing that exists.
    if len(parts) == PARTS and all(one == "*" or (one.isascii() and one.isdigit() and len(one) < 10) for one in parts):
        return ".".join(one if one == "*" else str(int(one)) for one in parts)
    found = reading_type_in_words(text)
    if found is None:
        raise ValueError(
            f"{text!r} is no reading type: {PARTS} numbers such as 0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0, with 0 or * "
            "for any, or its words"
        )
    return found.mrid


def fits_reading_type(patterns: Iterable[str], reading_type: ReadingType) -> bool:
    """Whether a reading type fits any of some patterns."""
    return any(_fits(pattern.split("."), reading_type.parts) for pattern in patterns)


def _fits(pattern: Sequence[str], parts: Sequence[int]) -> bool:
    return all(one in ("*", "0") or int(one) == part for one, part in zip(pattern, parts, strict=True))

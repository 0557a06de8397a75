"""ReadingQuality of a request profile: only readings that carry one of some qualities are wanted."""

from collections.abc import Sequence

from headend.operations.references import ObjectReference
from headend.operations.refusal import Refusal
from headend.operations.reply import Error
from simulator.cim.reading_quality_type import InvalidReadingQuality, ReadingQualityType, qualities_like


def wanted_qualities(references: Sequence[ObjectReference], errors: list[Error]) -> frozenset[str]:
    """The codes that any of the references means; one that means none is added to `errors` (1.8).

    Raises Refusal with all errors where no reference means any.
    """
    codes: set[str] = set()
    for reference in references:
        words = [word for word in (reference.mrid, *(name.name for name in reference.names)) if word]
        try:
            codes |= {one.code for one in _first_meaning(words)}
        except InvalidReadingQuality as error:
            errors.append(Error("1.8", f"{reference}: {error}", object_id=reference.object_id))
    if references and not codes:
        raise Refusal(*errors)
    return frozenset(codes)


def _first_meaning(words: Sequence[str]) -> frozenset[ReadingQualityType]:
    """Several names are aliases, so one is enough. Raises InvalidReadingQuality for the first where none is good."""
    first: InvalidReadingQuality | None = None
    for word in words:
        try:
            return qualities_like(word)
        except InvalidReadingQuality as error:
            first = first or error
    raise first or InvalidReadingQuality("a quality is named by a code such as 2.5.256 or *.5.256, or by its name")

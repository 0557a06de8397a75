"""EndDeviceEventType of a request profile: which types of events are wanted (61968-9:2013, Annex E)."""

from collections.abc import Sequence

from headend.operations.references import ObjectReference
from headend.operations.reply import Error
from simulator.cim.event_catalogue import UnknownEventType, find_event_type


def type_patterns(types: Sequence[ObjectReference], errors: list[Error]) -> list[str]:
    """Four-part codes in which 0 or * is any; a type that is none is an error beside the others."""
    patterns = []
    for reference in types:
        words = [word for word in (reference.mrid, *(name.name for name in reference.names)) if word]
        pattern = next((found for word in words if (found := _pattern(word)) is not None), None)
        if pattern is None:
            errors.append(
                Error(
                    "1.8",
                    f"{reference}: an event type is four numbers such as 3.31.0.68, with 0 or * for any, or a name "
                    f"such as RCDSwitch.-.Disconnected{_near(words)}",
                    object_id=reference.object_id,
                )
            )
        else:
            patterns.append(pattern)
    return patterns


def _pattern(word: str) -> str | None:
    """A pattern as it is; the name of an event type as the pattern of its code on any device."""
    parts = word.split(".")
    # Nothing has more than three digits; who sends a hundred means nothing that exists.
    if len(parts) == 4 and all(part == "*" or (part.isascii() and part.isdigit() and len(part) < 10) for part in parts):
        return word
    try:
        found = find_event_type(word)
    except UnknownEventType:
        return None
    return f"0.{found.domain}.{found.sub_domain}.{found.event_or_action}"


def _near(words: list[str]) -> str:
    """`; did you mean ...?` for what looks like the name of an event type."""
    for word in words:
        try:
            find_event_type(word)
        except UnknownEventType as error:
            _, mark, hint = str(error).partition("; did you mean")
            if mark:
                return f"{mark}{hint}"
    return ""

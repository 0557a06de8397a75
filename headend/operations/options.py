"""Request/Option: the standard names none, so an option that means nothing here is said aloud, not refused."""

from collections.abc import Iterable

from headend.operations.reply import Error, Level

KNOWN_OPTIONS = frozenset({"Compressed", "MaximumExecutionTime"})
"""MaximumExecutionTime (minutes) is a vendor's; meters that answer at once keep any limit. Compressed is ours: it asks
for the payload in that form, and is no concern of the operations."""


def unknown_options(names: Iterable[str]) -> list[Error]:
    """One INFORM error for each option that has no effect."""
    return [
        Error(
            "1.8",
            f"Request/Option {name!r} is not known here and has no effect; known: {', '.join(sorted(KNOWN_OPTIONS))}",
            Level.INFORM,
        )
        for name in names
        if name not in KNOWN_OPTIONS
    ]

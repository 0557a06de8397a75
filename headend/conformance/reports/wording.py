"""What a report calls itself: the suites and other tools that check head ends write the same ones."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Wording:
    """Words of one tool."""

    tool: str
    """Its command; in JUnit the beginning of each classname."""
    title: str
    """Of the page, before the target."""
    heading: str
    footer: str
    """Of the page, as HTML."""
    suite: str = "suite"
    case: str = "case"


CONFORMANCE: Final = Wording(
    "conformance",
    "Conformance",
    "Conformance to IEC 61968-9:2013",
    "Made by headend conformance. A warning is advice where the standard leaves something open; what is skipped lacked "
    "something that the case needs.",
)

"""What somebody probably meant by a word that is not known: the end of every such error."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'residential'?`, or all known words where none is near."""
    words = list(known)
    # What was cut short, such as solar for solar_prosumer, is not alike enough for a match by letters.
    near = get_close_matches(word, words, n=1) or [one for one in words if word and one.startswith(word)]
    return f"; did you mean {near[0]!r}?" if near else f"; it is one of {', '.join(words)}"

"""What a program outside tells the fake MDM to answer, and what it has been told, as JSON.

    {"answer": "failed:5.1", "times": 2, "noun": "EndDeviceEvents", "meter": "M00000003"}

The names of what an answer is for are those of the query of `/received`.
"""

import json
from typing import Any, Final

from headend.mdm.answer import Answer
from headend.mdm.answer_words import answer_in_words
from headend.mdm.match import Match
from headend.mdm.told_answers import Told
from simulator.near_miss import did_you_mean

_MATCH: Final = {
    "noun": "noun",
    "verb": "verb",
    "meter": "meter",
    "event": "event",
    "correlation": "correlation_id",
}
"""Names outside, and those of Match."""


def read_told(data: bytes) -> tuple[Answer, Match, int | None]:
    """The answer, to what it is given, and how often. Raises ValueError, which says what is wrong where."""
    try:
        said = json.loads(data)
    except ValueError as error:  # also of bytes that are no UTF-8
        raise ValueError(f"the body is no JSON: {error}") from None
    if not isinstance(said, dict):
        raise ValueError(f'the body is a JSON object such as {{"answer": "failed:5.1"}}, not {said!r}')
    for name in said:
        if name not in ("answer", "times", *_MATCH):
            raise ValueError(f"{name}: there is no such key{did_you_mean(name, ('answer', 'times', *_MATCH))}")
    for name in ("answer", *_MATCH):
        if name in said and not isinstance(said[name], str):
            raise ValueError(f"{name}: a text is needed, not {said[name]!r}")
    if "answer" not in said:
        raise ValueError("answer: it is missing")
    times = said.get("times")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise ValueError(f"times: a whole number from 1 is needed, not {times!r}")
    try:
        answer = answer_in_words(said["answer"])
    except ValueError as error:
        raise ValueError(f"answer: {error}") from None
    return answer, Match(**{own: said[name] for name, own in _MATCH.items() if name in said}), times


def told_json(told: Told) -> dict[str, Any]:
    """What is still to be answered; `times` is how often, null for always."""
    match = {name: getattr(told.match, own) for name, own in _MATCH.items()}
    return {"answer": str(told.answer), "times": told.left, **{name: one for name, one in match.items() if one}}

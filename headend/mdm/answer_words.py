"""An answer in a word or two: what the command line and the address `/answers` take."""

from http import HTTPStatus
from typing import Final

from headend.durations import parse_seconds
from headend.mdm.answer import Answer

FORMS: Final = (
    "ok, failed, failed:CODE, fault, slow:TIME such as slow:2s, drop, drop:taken, or http:STATUS such as http:503"
)


def answer_in_words(said: str) -> Answer:
    """Such as `failed:5.1` or `slow:2s`. Raises ValueError, which says what it can be."""
    kind, colon, value = said.partition(":")
    match kind, bool(colon):
        case "ok", False:
            return Answer.ok()
        case "failed", False:
            return Answer.failed()
        case "fault", False:
            return Answer.fault()
        case "drop", False:
            return Answer.drop()
        case "drop", True if value == "taken":
            return Answer.drop(taken=True)
        case "failed" | "slow" | "http", True:
            try:
                return _with_value(kind, value)
            except ValueError as error:
                raise ValueError(f"{said!r}: {error}") from None
        case _:
            raise ValueError(f"{said!r} is no answer; it can be {FORMS}")


def _with_value(kind: str, value: str) -> Answer:
    if kind == "failed":
        return Answer.failed(value)
    if kind == "slow":
        return Answer.slow(parse_seconds(value))
    if not (value.isascii() and value.isdigit() and int(value) in list(HTTPStatus)):
        raise ValueError(f"HTTP has no status {value!r}")
    return Answer.http(int(value))

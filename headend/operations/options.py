"""Request/Option: the standard names none, so what clients in the field send and what has an effect here is a table.

An option that means nothing here is said aloud (a WARNING that does not count for the result, since the request was
done), and refused by a strict head end. A known option with a value that it cannot have is always refused: whoever
limits the time wants it limited.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from headend.operations.refusal import Refusal
from headend.operations.reply import Error, Level, ObjectId
from simulator.near_miss import did_you_mean

_NUMBER: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_MOST_REMARKS: Final = 100
"""So many options are spoken of one by one; a request may carry a hundred thousand."""


@dataclass(frozen=True, slots=True)
class RequestOption:
    """One Option of a Request, as it came."""

    name: str
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the options of one request come to."""

    longest_wait: timedelta | None = None
    """No meter is waited for any longer, in the fleet's time; None is as long as the head end usually does."""
    latest_value: bool = False
    """Of every series only the latest value is wanted."""
    compressed: bool = False
    """The payload is wanted compressed; that is done where messages are put together."""
    remarks: tuple[Error, ...] = ()
    """What is to be said of options that have no effect."""


@dataclass(frozen=True, slots=True)
class KnownOption:
    """One option that has an effect."""

    field: str
    """Of Options, which gets what `parse` makes of the value."""
    parse: Callable[[str], object]
    """None for a text that is no value of this option."""
    form: str
    """What a value looks like."""
    nouns: frozenset[str] | None = None
    """Of what is asked for, where it has an effect; None: everywhere."""


def _minutes(text: str) -> timedelta | None:
    if not _NUMBER.fullmatch(text) or not Decimal(text):
        return None
    return timedelta(minutes=float(text))


def _boolean(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text)


def _wish(text: str) -> bool | None:
    return _boolean(text) if text else True


KNOWN_OPTIONS: Final[Mapping[str, KnownOption]] = {
    "Compressed": KnownOption("compressed", _wish, "true, false or nothing, which is true"),
    "LatestValue": KnownOption("latest_value", _boolean, "true or false", frozenset({"MeterReadings"})),
    "MaximumExecutionTime": KnownOption("longest_wait", _minutes, "a number of minutes above 0, such as 15 or 0.5"),
}
"""By name, as clients spell it. Another option is a row here and a field of Options."""


def read_options(options: Iterable[RequestOption], noun: str, *, strict: bool = False) -> Options:
    """What the options of a request for a noun come to.

    Raises Refusal (1.8) for a bad value, for two values of one option, and, if `strict`, for an option without effect.
    """
    values: dict[str, Any] = {}
    given: dict[str, str] = {}
    idle: list[str] = []
    for option in options:
        known = KNOWN_OPTIONS.get(option.name)
        if known is None or (known.nouns is not None and noun not in known.nouns):
            idle.append(option.name)
            continue
        text = option.value or ""
        value = known.parse(text)
        if value is None:
            raise _bad(option.name, f"Request/Option {option.name!r} has the value {text!r}; it takes {known.form}")
        if given.setdefault(option.name, text) != text:
            raise _bad(
                option.name, f"Request/Option {option.name!r} is there as {given[option.name]!r} and as {text!r}"
            )
        values[known.field] = value
    idle = list(dict.fromkeys(idle))
    remarks = [Error("1.8", _why_idle(name, noun), Level.WARNING, _id_of(name)) for name in idle[:_MOST_REMARKS]]
    if len(idle) > _MOST_REMARKS:
        remarks.append(Error("1.8", f"{len(idle) - _MOST_REMARKS} more options have no effect", Level.WARNING))
    if remarks and strict:
        raise Refusal(*(replace(one, level=Level.FATAL) for one in remarks))
    return Options(**values, remarks=tuple(remarks))


def _why_idle(name: str, noun: str) -> str:
    if name in KNOWN_OPTIONS:
        return f"Request/Option {name!r} has no effect on a request for {noun}"
    return f"Request/Option {name!r} is not known here and has no effect{did_you_mean(name, sorted(KNOWN_OPTIONS))}"


def _bad(name: str, details: str) -> Refusal:
    return Refusal.because("1.8", details, _id_of(name))


def _id_of(name: str) -> ObjectId:
    return ObjectId(name, "other", "Option")

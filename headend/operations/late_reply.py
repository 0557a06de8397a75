"""The answers to an asynchronous request: the acknowledgement in its call, and the reply that follows (61968-100:2013).

The acknowledgement says what is known at once. The reply says all, that again included: whoever reads only the late
one misses nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from headend.operations.reply import Error, Level, ObjectId, Reply, Result
from headend.store import Json

_CATEGORIES_AT_ONCE: Final = frozenset({"1", "2", "3", "7"})
"""Of Annex B: the message, what it names, its size, its sender."""
_CODES_AT_ONCE: Final = frozenset({"5.2", "5.6"})
"""What a meter cannot do at all, so that nobody has to ask it."""
_WHOLE_OR_PART: Final = frozenset({"0.0", "0.1", "0.2"})


def acknowledgement(reply: Reply, *remarks: Error) -> Reply:
    """What the call says of a request whose reply follows: OK, or PARTIAL with an Error for each part that is refused.

    The IDs are told, too: they name what was begun. remarks: said beside it.
    """
    refused = tuple(one for one in reply.errors if _is_known_at_once(one))
    received = Error("0.3", "received; the reply goes to Header/ReplyAddress", Level.INFORM)
    return Reply(Result.PARTIAL if refused else Result.OK, (*refused, *remarks, received), reply.ids)


def late_reply(reply: Reply, part: int = 0, parts: int = 1) -> Reply:
    """The Reply of one of the messages in which an answer leaves; part: counted from 0.

    Of several all are PARTIAL: 0.1 while more follow, and 0.2 in the last, which tells what is missing.
    """
    errors = tuple(one for one in reply.errors if one.code not in _WHOLE_OR_PART)
    if part < parts - 1:
        more = Error("0.1", f"message {part + 1} of {parts}; more follow", Level.INFORM)
        return Reply(Result.PARTIAL, (more,))
    if parts == 1 and reply.result is not Result.PARTIAL:
        done = (Error("0.0", "this is the whole answer", Level.INFORM),) if reply.result is Result.OK else ()
        return replace(reply, errors=(*errors, *done))
    which = "no further message follows" if parts == 1 else f"message {parts} of {parts}; no further message follows"
    return Reply(Result.PARTIAL, (*errors, Error("0.2", which, Level.INFORM)), reply.ids)


def tells_of_failure(reply: Reply) -> bool:
    """Whether a reply says more than that all went well, or that more follows."""
    return reply.result is Result.FAILED or any(one.level is not Level.INFORM for one in reply.errors)


def reply_as_recipe(reply: Reply) -> Mapping[str, Json]:
    """A reply as JSON."""
    return {
        "result": reply.result.value,
        "errors": [{name: value for name, value in asdict(one).items() if value is not None} for one in reply.errors],
        "ids": [asdict(one) for one in reply.ids],
    }


def reply_of_recipe(recipe: Mapping[str, Any]) -> Reply:
    """What `reply_as_recipe` made."""
    errors = tuple(_error(one) for one in recipe["errors"])
    return Reply(Result(recipe["result"]), errors, tuple(ObjectId(**one) for one in recipe["ids"]))


def _is_known_at_once(error: Error) -> bool:
    if error.level is Level.INFORM:
        return False
    return error.code.partition(".")[0] in _CATEGORIES_AT_ONCE or error.code in _CODES_AT_ONCE


def _error(recipe: Mapping[str, Any]) -> Error:
    objects = {name: ObjectId(**recipe[name]) for name in ("object_id", "related_id") if name in recipe}
    return Error(**{**recipe, "level": Level(recipe["level"]), **objects})

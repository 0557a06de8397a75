"""The two answers to an asynchronous request (61968-100:2013, clause 6)."""

import json
from typing import Any

import pytest

from headend.operations.late_reply import acknowledgement, late_reply, reply_as_recipe, reply_of_recipe
from headend.operations.reply import MOST_ERRORS, Error, Level, ObjectId, Reply, Result

METER = ObjectId("nobody", "name", "Meter")
UNKNOWN = Error("2.4", "nobody is not known here", object_id=METER)
SILENT = Error("4.1", "no answer within 30 s", object_id=METER)
REMARK = Error("1.8", "unknown option", Level.INFORM)

AT_ONCE: dict[str, tuple[list[Error], Result, list[str]]] = {
    "nothing is wrong": ([], Result.OK, ["0.3"]),
    "an object is unknown": ([UNKNOWN], Result.PARTIAL, ["2.4", "0.3"]),
    "a meter is silent": ([SILENT], Result.OK, ["0.3"]),
    "both": ([UNKNOWN, SILENT], Result.PARTIAL, ["2.4", "0.3"]),
    "a meter cannot do it at all": ([Error("5.2", "has no switch")], Result.PARTIAL, ["5.2", "0.3"]),
    "a meter could not do it": ([Error("5.3", "stuck")], Result.OK, ["0.3"]),
    "a value is missing": ([Error("5.7", "a gap", Level.WARNING)], Result.OK, ["0.3"]),
    "something is only said": ([REMARK], Result.OK, ["0.3"]),
}


@pytest.mark.parametrize(("errors", "result", "codes"), AT_ONCE.values(), ids=AT_ONCE.keys())
def test_the_acknowledgement_says_what_is_known_at_once(errors: list[Error], result: Result, codes: list[str]) -> None:
    told = acknowledgement(Reply.of_parts(True, errors))
    assert (told.result, [one.code for one in told.errors]) == (result, codes)


LATE: dict[str, tuple[Reply, int, int, Result, list[str]]] = {
    "one message, all good": (Reply(Result.OK), 0, 1, Result.OK, ["0.0"]),
    "one message with a remark": (Reply(Result.OK, (REMARK,)), 0, 1, Result.OK, ["1.8", "0.0"]),
    "one message, something is missing": (Reply.of_parts(True, [UNKNOWN]), 0, 1, Result.PARTIAL, ["2.4", "0.2"]),
    "nothing was done": (Reply(Result.FAILED, (SILENT,)), 0, 1, Result.FAILED, ["4.1"]),
    "the first of several": (Reply.of_parts(True, [UNKNOWN]), 0, 3, Result.PARTIAL, ["0.1"]),
    "the last of several, all good": (Reply(Result.OK), 2, 3, Result.PARTIAL, ["0.2"]),
    "the last of several": (Reply.of_parts(True, [UNKNOWN]), 2, 3, Result.PARTIAL, ["2.4", "0.2"]),
}


@pytest.mark.parametrize(("reply", "part", "parts", "result", "codes"), LATE.values(), ids=LATE.keys())
def test_a_late_reply_says_whether_it_is_all(
    reply: Reply, part: int, parts: int, result: Result, codes: list[str]
) -> None:
    told = late_reply(reply, part, parts)
    assert (told.result, [one.code for one in told.errors]) == (result, codes)


def test_the_last_message_says_so_however_many_errors_there_are() -> None:
    kept = reply_of_recipe(json.loads(json.dumps(reply_as_recipe(Reply.of_parts(True, [UNKNOWN] * (MOST_ERRORS + 7))))))
    last = late_reply(kept, 1, 2)
    assert [one.code for one in last.errors[-2:]] == ["5.4", "0.2"]
    assert last.errors[-2].details == "7 more errors are not listed"


REPLIES: dict[str, Reply] = {
    "nothing": Reply(Result.OK),
    "errors and IDs": Reply(Result.PARTIAL, (UNKNOWN, SILENT, REMARK), (METER, ObjectId("x"))),
    "of an operation": Reply(Result.FAILED, (Error("2.15", None, Level.WARNING, METER, ObjectId("y"), 7),)),
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
def test_a_reply_is_kept_as_json(reply: Reply) -> None:
    kept: Any = json.loads(json.dumps(reply_as_recipe(reply)))
    assert reply_of_recipe(kept) == reply

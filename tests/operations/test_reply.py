"""Result and Errors of a reply (61968-100:2013, clause 6; codes of 61968-9:2013, Annex B)."""

import pytest

from headend.operations.reply import MOST_ERRORS, Error, Level, Reply, Result, reply_codes

UNKNOWN_METER = Error("2.4", "no such meter")


def test_a_request_that_was_done_whole_is_ok() -> None:
    assert Reply.of_parts(True, []) == Reply(Result.OK)


def test_a_remark_does_not_make_a_reply_partial() -> None:
    assert Reply.of_parts(True, [Error("1.8", "unknown option", Level.INFORM)]).result is Result.OK


def test_a_warning_that_is_a_remark_does_not_either() -> None:
    warning = Error("1.8", "unknown option", Level.WARNING)
    assert Reply.of_parts(True, [], remarks=[warning]) == Reply(Result.OK, (warning,))
    assert Reply.of_parts(True, [warning]).result is Result.PARTIAL


def test_remarks_stand_behind_the_errors_of_any_reply() -> None:
    remark = Error("1.8", "unknown option", Level.WARNING)
    assert [one.code for one in Reply.of_parts(True, [UNKNOWN_METER], remarks=[remark]).errors] == ["2.4", "1.8", "0.2"]
    assert Reply.of_parts(False, [UNKNOWN_METER], remarks=[remark]).errors == (UNKNOWN_METER, remark)


def test_a_single_partial_answer_says_that_no_more_messages_follow() -> None:
    reply = Reply.of_parts(True, [UNKNOWN_METER])
    assert (reply.result, [error.code for error in reply.errors]) == (Result.PARTIAL, ["2.4", "0.2"])


def test_a_request_of_which_nothing_was_done_has_failed() -> None:
    assert Reply.of_parts(False, [UNKNOWN_METER]) == Reply(Result.FAILED, (UNKNOWN_METER,))


def test_errors_beyond_the_limit_are_counted_instead_of_listed() -> None:
    reply = Reply(Result.FAILED, (UNKNOWN_METER,) * (MOST_ERRORS + 7))
    assert len(reply.errors) == MOST_ERRORS + 1
    assert (reply.errors[-1].code, reply.errors[-1].details) == ("5.4", "7 more errors are not listed")


def test_what_is_only_said_is_left_out_of_no_reply() -> None:
    reply = Reply.of_parts(True, (UNKNOWN_METER,) * (MOST_ERRORS + 7))
    assert [error.code for error in reply.errors[-2:]] == ["5.4", "0.2"]


def test_an_error_needs_a_code_of_annex_b() -> None:
    with pytest.raises(ValueError, match=r"'2\.7' is no reply code"):
        Error("2.7")


def test_the_gaps_of_the_published_list_are_no_codes() -> None:
    assert not {"1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.7", "2.8", "2.11"} & set(reply_codes())

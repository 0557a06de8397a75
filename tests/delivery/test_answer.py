"""What a receiver's answer says about a message: only a Reply with OK or PARTIAL means that it arrived."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend.delivery import OutcomeKind
from headend.delivery.answer import judge_answer
from tests.delivery.receiver import fault, reply

ERROR = (
    '<Error xmlns="http://iec.ch/TC57/2011/schema/message">'
    "<code>2.4</code><reason>unknown meter</reason><details>M1</details></Error>"
)
BILLION_LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>&b;</s:Body></s:Envelope>'
)


@pytest.mark.clause("61968-9:2013 Annex B")
@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (200, reply("OK"), OutcomeKind.DELIVERED, "OK"),
        (200, reply("PARTIAL"), OutcomeKind.DELIVERED, "PARTIAL"),
        (200, reply(" OK\n"), OutcomeKind.DELIVERED, "OK"),
        (200, reply("FAILED", ERROR), OutcomeKind.REPLY_FAILED, "2.4 unknown meter M1"),
        (200, reply("FAILED"), OutcomeKind.REPLY_FAILED, "no Error given"),
        (200, reply("DONE"), OutcomeKind.NOT_UNDERSTOOD, "'DONE'; it must be OK"),
        (200, reply("OK", namespace="http://other.example/"), OutcomeKind.NOT_UNDERSTOOD, "http://other.example/"),
        (200, reply("OK").replace(b"Reply", b"Answer"), OutcomeKind.NOT_UNDERSTOOD, "no Reply"),
        (200, b"", OutcomeKind.NOT_UNDERSTOOD, "no body"),
        (200, b"<html>Welcome", OutcomeKind.NOT_UNDERSTOOD, "not well-formed XML"),
        (200, BILLION_LAUGHS, OutcomeKind.NOT_UNDERSTOOD, "document type declaration"),
        (200, None, OutcomeKind.NOT_UNDERSTOOD, "too long"),
        (500, fault("s:Client", "no such operation"), OutcomeKind.SOAP_FAULT, "s:Client: no such operation"),
        (200, fault("s:Server", "out of order"), OutcomeKind.SOAP_FAULT, "out of order"),
        (500, b"Internal error", OutcomeKind.HTTP_STATUS, "HTTP 500"),
        (500, reply("OK"), OutcomeKind.HTTP_STATUS, "HTTP 500"),
        (202, b"", OutcomeKind.HTTP_STATUS, "HTTP 202 Accepted"),
        (302, b"", OutcomeKind.HTTP_STATUS, "redirects are not followed"),
        (404, b"<html/>", OutcomeKind.HTTP_STATUS, "HTTP 404 Not Found"),
        (799, b"", OutcomeKind.HTTP_STATUS, "HTTP 799"),
    ],
)
def test_answers_are_judged(status: int, body: bytes | None, kind: OutcomeKind, words: str) -> None:
    outcome = judge_answer(status, body)
    assert outcome.kind is kind
    assert words in outcome.sentence


def error(code: str) -> str:
    return f'<Error xmlns="http://iec.ch/TC57/2011/schema/message"><code>{code}</code></Error>'


@pytest.mark.clause("61968-9:2013 Annex B")
@pytest.mark.parametrize(
    ("body", "is_final"),
    [
        (reply("FAILED", error("2.4")), True),
        (reply("FAILED", error("1.8")), True),
        (reply("FAILED", error("3.1")), True),
        (reply("FAILED", error("6.1")), True),
        (reply("FAILED", error("2.4") + error("2.6")), True),
        (reply("FAILED", error("2.4") + error("5.1")), False),
        (reply("FAILED", error("3.2")), False),
        (reply("FAILED", error("4.1")), False),
        (reply("FAILED", error("5.1")), False),
        (reply("FAILED", error("7.1")), False),
        (reply("FAILED"), False),
        (reply("OK"), False),
        (fault("s:Client", "bad message"), True),
        (fault("soap:Client.SchemaValidationError", "bad message"), True),
        (fault("s:MustUnderstand", "what is that"), True),
        (fault("s:Server", "out of order"), False),
        (fault("s:ClientOfOurs", "whatever"), False),
        (b"<html/>", False),
    ],
)
def test_only_a_receiver_that_judges_the_message_itself_refuses_it_for_good(body: bytes, is_final: bool) -> None:
    assert judge_answer(200, body).is_final is is_final


@pytest.mark.parametrize("status", [400, 404, 408, 429, 500, 503])
def test_a_status_alone_is_never_final(status: int) -> None:
    assert not judge_answer(status, b"").is_final


def test_the_beginning_of_the_answer_is_kept_in_the_receivers_own_words() -> None:
    assert judge_answer(503, b"").reply == "HTTP 503"
    assert judge_answer(503, b"closed for today").reply == "HTTP 503\nclosed for today"
    assert len(judge_answer(200, b"x" * 1_000_000).reply or "") < 2100
    assert "\0" not in (judge_answer(200, b"a\0b\xff").reply or "")


def test_a_reply_in_the_envelopes_own_namespace_is_found_too() -> None:
    body = reply("OK").replace(b"<Reply>", b'<Reply xmlns="http://iec.ch/TC57/2011/schema/message">')
    assert judge_answer(200, body).delivered


@pytest.mark.parametrize("wrapper", ["EndDeviceEventsResponseMessage", "ResponseMessage", "Whatever"])
def test_a_reply_is_found_in_any_wrapper(wrapper: str) -> None:
    body = reply("OK").replace(b"EndDeviceEventsResponseMessage", wrapper.encode())
    assert judge_answer(200, body).delivered


def test_a_sentence_is_kept_short() -> None:
    outcome = judge_answer(500, fault("s:Server", "x" * 100_000))
    assert len(outcome.sentence) < 1100


@given(
    status=st.integers(100, 599),
    body=st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda good, at, junk: good[:at] + junk + good[at:],
            st.sampled_from([reply("OK"), reply("FAILED", ERROR), fault("a", "b")]),
            st.integers(0, 400),
            st.binary(max_size=10),
        ),
    ),
)
@settings(deadline=None, max_examples=100)
def test_whatever_a_receiver_answers_is_an_outcome(status: int, body: bytes) -> None:
    assert judge_answer(status, body).sentence

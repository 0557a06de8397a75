"""What a program outside tells the fake MDM to answer, at `/answers`."""

import json
from typing import Any

import pytest

from headend.mdm import Answer, FakeMdm
from headend.mdm.answer_words import answer_in_words
from tests.support.client import HeadEndClient
from tests.support.raw_http import HttpAnswer
from tests.support.sent_to_mdm import events

SERVICE = "ReceiveEndDeviceEvents"


def tell(sender: HeadEndClient, said: Any) -> HttpAnswer:
    return sender.http("POST", "/answers", (), said if isinstance(said, bytes) else json.dumps(said).encode())


def listed(sender: HeadEndClient) -> Any:
    return json.loads(sender.get("/answers").body)["answers"]


def test_it_answers_so_as_often_as_it_was_told(sender: HeadEndClient) -> None:
    answer = tell(sender, {"answer": "failed:5.1", "times": 2})
    assert answer.status == 201
    assert json.loads(answer.body) == {"answers": [{"answer": "FAILED 5.1", "times": 2}]}
    assert [sender.post(SERVICE, events()).result for _ in range(3)] == ["FAILED", "FAILED", "OK"]
    assert listed(sender) == []


def test_it_answers_so_to_what_matches_and_the_last_one_told_counts_first(sender: HeadEndClient) -> None:
    tell(sender, {"answer": "failed:3.2", "noun": "EndDeviceEvents"})
    tell(sender, {"answer": "failed:5.1", "meter": "M00000003", "event": "*.26.0.*", "correlation": "c", "verb": "x"})
    tell(sender, {"answer": "failed:5.3", "event": "*.26.0.85", "meter": "M00000003"})
    assert sender.post(SERVICE, events(("M00000003", "3.26.0.85"))).codes == ["5.3"]
    assert sender.post(SERVICE, events(("M00000003", "3.26.0.216"))).codes == ["3.2"]
    assert listed(sender)[1:] == [
        {
            "answer": "FAILED 5.1",
            "times": None,
            "verb": "x",
            "meter": "M00000003",
            "event": "*.26.0.*",
            "correlation": "c",
        },
        {"answer": "FAILED 3.2", "times": None, "noun": "EndDeviceEvents"},
    ]


def test_what_was_told_is_forgotten(sender: HeadEndClient) -> None:
    tell(sender, {"answer": "failed"})
    assert sender.http("DELETE", "/answers").status == 204
    assert sender.post(SERVICE, events()).result == "OK"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        ([], "a JSON object"),
        ({}, "answer: it is missing"),
        ({"answer": "ok", "tims": 1}, "did you mean 'times'?"),
        ({"answer": "yes"}, "answer: 'yes' is no answer; it can be ok, "),
        ({"answer": "failed:1.1"}, "1.1"),
        ({"answer": "http:99"}, "answer: 'http:99': HTTP has no status"),
        ({"answer": 5}, "answer: a text is needed"),
        ({"answer": "ok", "meter": 5}, "meter: a text is needed"),
        ({"answer": "ok", "times": 0}, "times: a whole number from 1"),
        ({"answer": "ok", "times": True}, "times: a whole number from 1"),
        ({"answer": "ok", "times": "2"}, "times: a whole number from 1"),
    ],
    ids=str,
)
def test_what_cannot_be_told_is_refused_with_the_reason(
    mdm: FakeMdm, sender: HeadEndClient, said: Any, why: str
) -> None:
    answer = tell(sender, said)
    assert answer.status == 400
    assert why in answer.body.decode()
    assert listed(sender) == []


def test_another_method_is_told_which_there_are(sender: HeadEndClient) -> None:
    answer = sender.http("PUT", "/answers", (), b"{}")
    assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD, POST, DELETE")


def test_a_lost_answer_has_words_too() -> None:
    assert answer_in_words("drop:taken") == Answer.drop(taken=True)

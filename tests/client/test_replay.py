"""Requests sent once more, and in what their answers differ."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.client.errors import Unreachable
from headend.client.replay import Outcome, differences, replay
from headend.journal import Direction, Entry, Message
from headend.threaded_server import serving
from tests.conftest import NOON
from tests.journal.exchanges import entry
from tests.support.in_process import InProcessHeadEnd, in_process


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("<a><b>1</b></a>", "<a>\n <b> 1 </b><!-- c --></a>", []),
        ("<p:a xmlns:p='n'/>", "<a xmlns='n'/>", []),
        ("<a x='1' y='2'/>", "<a y='2' x='1'/>", []),
        ("<a><b>1</b></a>", "<a><b>2</b></a>", ["/a/b: was 1, is 2"]),
        ("<a><b>1</b><b>1</b></a>", "<a><b>1</b><b/></a>", ["/a/b[2]: was 1, is empty"]),
        ("<a x='1'/>", "<a/>", ['/a: was x="1", is no attributes']),
        ("<a><b/></a>", "<a><c/></a>", ["/a/b: was b, is c"]),
        ("<a><b/></a>", "<a/>", ["/a: was 1 elements (b), is no elements"]),
        ("<a xmlns='n'/>", "<a/>", ["/a: was {n}a, is a"]),
        ("busy", "<a/>", ["the whole answer: was busy, is <a/>"]),
        ("busy", "busy", []),
        (
            "<a><Header><MessageID>1</MessageID><Timestamp>1</Timestamp></Header></a>",
            "<a><Header><MessageID>2</MessageID></Header></a>",
            [],
        ),
        ("<a><MessageID>1</MessageID></a>", "<a><MessageID>2</MessageID></a>", ["/a/MessageID: was 1, is 2"]),
    ],
)
def test_messages_differ_in(was: str, now: str, told: list[str]) -> None:
    assert [str(one) for one in differences(was.encode(), now.encode())] == told


def test_what_may_differ_is_not_looked_at() -> None:
    assert differences(b"<a><b><mRID>1</mRID></b></a>", b"<a><b><mRID>2</mRID></b></a>", ["mRID"]) == ()


def test_only_the_first_places_are_told() -> None:
    was, now = (f"<a>{''.join(f'<b>{text}</b>' for _ in range(50))}</a>".encode() for text in "xy")
    assert len(differences(was, now)) == 10


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[tuple[InProcessHeadEnd, str]]:
    """A head end and its base URL."""
    with in_process(tmp_path, NOON) as opened, serving(opened.head_end.wsgi, "127.0.0.1", 0, "test") as port:
        yield opened, f"http://127.0.0.1:{port}"


def test_the_same_head_end_answers_the_same(recorded: tuple[InProcessHeadEnd, str]) -> None:
    head_end, url = recorded
    head_end.read("M00000003", "M99")
    head_end.http("POST", "/services/Nope", [("Content-Type", "text/plain")], b"x")
    head_end.post("GetMeterReadings", b"<no-envelope/>")
    entries = head_end.head_end.journal.entries()
    replayed = list(replay(entries, url))
    assert [(one.outcome, one.status) for one in replayed] == [
        (Outcome.SAME, 200),
        (Outcome.SAME, 415),
        (Outcome.SAME, 500),
    ]
    sent = head_end.head_end.journal.entries(after=3)
    assert [one.request for one in sent] == [one.request for one in entries]


def test_another_answer_is_told_with_its_place(recorded: tuple[InProcessHeadEnd, str]) -> None:
    head_end, url = recorded
    head_end.read("M00000003")
    entries = head_end.head_end.journal.entries()
    head_end.advance(hours=3)
    (one,) = replay(entries, url, ignored=["timeStamp", "reportedDateTime"])
    assert one.outcome is Outcome.DIFFERS
    (difference,) = one.differences
    assert difference.path == (
        "/Envelope/Body/MeterReadingsResponseMessage/Payload/MeterReadings/MeterReading/Readings/value"
    )


def test_another_status_is_told(recorded: tuple[InProcessHeadEnd, str]) -> None:
    (one,) = replay([entry(status=503, response=b"busy", request=b"no XML")], recorded[1])
    assert str(one.differences[0]) == "HTTP status: was 503, is 415"


def test_what_cannot_be_sent_or_compared_is_told(recorded: tuple[InProcessHeadEnd, str]) -> None:
    _, url = recorded
    header = (("Content-Type", "text/xml"),)
    entries: list[Entry] = [
        entry(1, request=Message(b"<beg", 9)),
        entry(2, response=Message(b"<beg", 9), request_headers=header),
        entry(3, response=None, status=None, request_headers=header),
        entry(4, direction=Direction.OUT),
    ]
    replayed = list(replay(entries, url))
    assert [(one.outcome, one.reason) for one in replayed] == [
        (Outcome.NOT_SENT, "of its 9 bytes 4 were kept"),
        (Outcome.NOT_COMPARED, "of the 9 bytes of the answer 4 were kept"),
        (Outcome.NOT_COMPARED, "there was no answer"),
    ]


def test_requests_are_sent_in_the_order_of_their_beginnings(recorded: tuple[InProcessHeadEnd, str]) -> None:
    entries = [entry(3, request=b"<c/>"), entry(1, request=b"<a/>"), entry(2, request=b"<b/>")]
    assert [one.entry.number for one in replay(entries, recorded[1])] == [1, 2, 3]


def test_nobody_there_is_told() -> None:
    with pytest.raises(Unreachable, match="number 1: cannot reach http://127"):
        list(replay([entry(1)], "http://127.0.0.1:9"))

"""What is said of an element stands at its line, wherever that is once the message is indented."""

import pytest

from headend.journal.entry import Message
from headend.journal.marked_lines import Remark, marked_lines

BODY = "<Get><Header><Verb>get</Verb></Header><Request><ID>1</ID><ID>2</ID></Request></Get>"
ENVELOPE = f'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>{BODY}</Body></Envelope>'


def marked(path: str | None, message: str = ENVELOPE) -> list[str]:
    """The lines of which something is said."""
    lines = marked_lines(Message.whole(message.encode()), [Remark(path, "it is wrong")])
    assert all(line.remarks in ((), ("it is wrong",)) for line in lines)
    return [line.text.strip() for line in lines if line.remarks]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/Get", "<Get>"),
        ("/Get/Header/Verb", "<Verb>get</Verb>"),
        ("/Get/Request/ID[2]", "<ID>2</ID>"),
        ("/Get/Request/ID", "<ID>1</ID>"),
    ],
)
def test_an_element_is_found_by_its_path(path: str, line: str) -> None:
    assert marked(path) == [line]


def test_so_it_is_in_a_message_that_came_on_many_lines() -> None:
    assert marked("/Get/Request/ID[2]", ENVELOPE.replace("><", ">\n<")) == ["<ID>2</ID>"]


@pytest.mark.parametrize("path", [None, "", "/Get/Noun", "/Get/Request/ID[3]", "/Get/Request/ID[0]", "/Get/[", "x//"])
def test_what_is_not_there_marks_no_line(path: str | None) -> None:
    assert marked(path) == []


@pytest.mark.parametrize("message", ["", "no XML", "<a><b/></a>", "<unclosed>", ENVELOPE[:100]])
def test_what_is_no_message_is_shown_as_it_is(message: str) -> None:
    lines = marked_lines(Message.whole(message.encode()), [Remark("/Get", "it is wrong")])
    assert "".join(line.text.strip() for line in lines) == message
    assert not any(line.remarks for line in lines)


def test_the_path_of_a_fault_begins_at_its_detail() -> None:
    fault = f"<Fault><detail xmlns=''>{BODY}</detail></Fault>"
    message = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{fault}</s:Body></s:Envelope>'
    assert marked("/Get/Header/Verb", message) == ["<Verb>get</Verb>"]


def test_several_things_are_said_of_one_element() -> None:
    remarks = [Remark("/Get/Header", "first"), Remark("/Get/Header", "second")]
    lines = marked_lines(Message.whole(ENVELOPE.encode()), remarks)
    assert [line.remarks for line in lines if line.remarks] == [("first", "second")]

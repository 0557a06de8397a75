"""A document that is looked at while it is read: as hardened as one that is read whole."""

import pytest

from headend.untrusted_xml import NotXml, StreamedDocument, first_element

LONG = b"<a>" + b"<b>1</b>\n" * 50_000 + b"</a>"


def test_elements_come_as_they_end_and_may_be_taken_out() -> None:
    document = StreamedDocument(LONG, ["b"])
    most = count = 0
    for element in document:
        count += 1
        parent = element.getparent()
        assert parent is not None
        if count % 1_000 == 0:
            most = max(most, len(parent))
        parent.remove(element)
    assert count == 50_000
    assert most < 10_000  # of one chunk, however long the document
    assert document.root is not None
    assert len(document.root) == 0


def test_only_the_tags_that_are_asked_for_come() -> None:
    text = b"<a xmlns='urn:a'><b/><c xmlns='urn:c'><b/></c></a>"
    assert [element.tag for element in StreamedDocument(text, ["{urn:c}b"])] == ["{urn:c}b"]


def test_processing_instructions_are_counted_wherever_they_stand() -> None:
    document = StreamedDocument(b"<?xml version='1.0'?><?x y?><a><?z?><b/></a><?e?>", ["b"])
    list(document)
    assert document.instructions == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "there is no body"),
        (b"<a><b></a>", "not well-formed"),
        (b"<a>", "not well-formed"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type declaration"),
        (b"<a>&b;</a>", "not well-formed"),
        (b"<a " + b"b" * 70_000 + b"='1'/>", "a tag is longer than"),
    ],
)
def test_what_is_no_document_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(NotXml, match=why):
        list(StreamedDocument(text, ["b"]))


def test_the_first_element_of_a_beginning_is_found() -> None:
    beginning = b"<e><h>1</h><a><h>2</h></a><b>and so on, cut off in the midd"
    found = first_element(beginning, "h")
    assert found is not None
    assert found.text == "1"


@pytest.mark.parametrize("beginning", [b"", b"<e><h>1</", b"no XML", b"<!DOCTYPE e><e><h>1</h></e>"])
def test_where_there_is_none_none_is_found(beginning: bytes) -> None:
    assert first_element(beginning, "h") is None

"""Text from outside cannot break the document it is put into."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from headend.messages.xml_text import all_escaped, escaped

XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\r\n&<>\"'")
)


@given(text=XML_TEXT)
@settings(deadline=None)
def test_a_parser_gives_the_text_back_from_element_and_attribute(text: str) -> None:
    element = etree.fromstring(b'<a b="%b">%b</a>' % (escaped(text), escaped(text)))
    assert (element.text or "", element.get("b")) == (text, text)


@given(texts=st.lists(XML_TEXT))
@settings(deadline=None)
def test_many_texts_are_escaped_as_each_alone(texts: list[str]) -> None:
    assert list(all_escaped([text.encode() for text in texts])) == [escaped(text) for text in texts]


def test_texts_that_need_nothing_are_handed_on_as_they_are() -> None:
    texts = [b"M00000001", b"M00000002"]
    assert all_escaped(texts) is texts


@pytest.mark.clause("XML 1.0, production 2")
@pytest.mark.parametrize("character", ["\x00", "\x1b", "\ufffe", "\ud800"], ids=ascii)
def test_a_character_that_no_document_may_hold_is_refused_by_name_and_place(character: str) -> None:
    with pytest.raises(ValueError, match=f"U\\+{ord(character):04X} at position 2"):
        escaped(f"M1{character}")


def test_a_control_character_among_many_texts_is_refused() -> None:
    with pytest.raises(ValueError, match=r"U\+0007 at position 1"):
        all_escaped([b"M1", b"M\x07"])


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        all_escaped([b"M1", b"M\xff"])

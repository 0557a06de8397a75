"""Where in what was found something stands: paths, and XPath in envelopes."""

from typing import Any

import pytest

from headend.scenario.found import NOTHING, InvalidPath, at_path
from headend.scenario.xpath import InvalidXPath, check_xpath, evaluated, is_xpath

FOUND: dict[str, Any] = {
    "result": "OK",
    "events": [{"type": "a", "meter": "M1"}, {"type": "b", "meter": "M2", "details": {"x": 1}}],
    "values": [1, 2, 3],
    "messages": [{"values": [1, 2]}, {"values": []}],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("result", "OK"),
        ("events[0].type", "a"),
        ("events[-1].details.x", 1),
        ("events[*].type", ["a", "b"]),
        ("events[meter=M2].type", ["b"]),
        ("events[meter=M3].type", []),
        ("events[*].details.x", [1]),
        ("values", [1, 2, 3]),
        ("messages[*].values[0]", [1]),
        ("events[5].type", NOTHING),
        ("result.x", NOTHING),
        ("nothing", NOTHING),
    ],
)
def test_a_path_leads_to_its_value(path: str, value: Any) -> None:
    assert at_path(FOUND, path) == value


@pytest.mark.parametrize("path", ["", "[0]", "events[", "events..type", "events[x]", "a b"])
def test_what_is_no_path_is_said(path: str) -> None:
    with pytest.raises(InvalidPath, match="is no path"):
        at_path(FOUND, path)


ENVELOPE = b"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<Reply xmlns="urn:one" xmlns:t="urn:two"><t:Error><t:code>2.4</t:code></t:Error><t:Error><t:code>0.2</t:code></t:Error>
<Name ref="M1">first</Name></Reply></s:Body></s:Envelope>"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("//Error/code", ["2.4", "0.2"]),
        ("//Error[code='2.4']/code", "2.4"),
        ("/Envelope/Body/Reply/Name/@ref", "M1"),
        ("count(//Error)", 2),
        ("//Nobody", NOTHING),
        ("//two:Error[2]/two:code", "0.2"),
        ("//two:Name", NOTHING),
        ("/soap:Envelope/soap:Body/one:Reply/one:Name", "first"),
    ],
)
def test_names_count_in_any_namespace_but_where_prefixes_say_which(expression: str, value: Any) -> None:
    namespaces = {"one": "urn:one", "two": "urn:two"}
    assert is_xpath(expression)
    check_xpath(expression, namespaces)
    assert evaluated(ENVELOPE, expression, namespaces) == value


def test_what_is_no_xml_has_nothing_in_it() -> None:
    assert evaluated(b"404 Not Found", "//x", {}) is NOTHING


@pytest.mark.parametrize(("expression", "said"), [("//[", "is no XPath"), ("//q:x", "the prefix 'q' is not among")])
def test_what_is_no_expression_is_said(expression: str, said: str) -> None:
    with pytest.raises(InvalidXPath, match=said):
        check_xpath(expression, {})

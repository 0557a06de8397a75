"""Validation: what passes, and what an engineer is told about what does not."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from headend.contract import Contract, ViolationKind

Body = Callable[[str], etree._Element]

HEADER = "<g:Header><m:Verb>get</m:Verb><m:Noun>MeterReadings</m:Noun></g:Header>"
REQUEST = "<g:Request><r:GetMeterReadings/></g:Request>"
RESPONSE_HEADER = HEADER.replace(">get<", ">reply<")


def get(*children: str) -> str:
    return f"<g:GetMeterReadings>{''.join(children)}</g:GetMeterReadings>"


def header(*more: str) -> str:
    return get(HEADER.replace("</g:Header>", "".join(more) + "</g:Header>"), REQUEST)


def selection(*selectors: str) -> str:
    return get(HEADER, f"<g:Request><r:GetMeterReadings>{''.join(selectors)}</r:GetMeterReadings></g:Request>")


def response(*error: str) -> str:
    reply = f"<g:Reply><m:Result>FAILED</m:Result><m:Error><m:code>2.4</m:code>{''.join(error)}</m:Error></g:Reply>"
    return f"<g:MeterReadingsResponseMessage>{RESPONSE_HEADER}{reply}</g:MeterReadingsResponseMessage>"


def control(*children: str) -> str:
    return (
        "<x:CreateEndDeviceControls><x:Header><m:Verb>create</m:Verb><m:Noun>EndDeviceControls</m:Noun></x:Header>"
        "<x:Payload><c:EndDeviceControls><c:EndDeviceControl>"
        f"{''.join(children)}"
        "</c:EndDeviceControl></c:EndDeviceControls></x:Payload></x:CreateEndDeviceControls>"
    )


GOOD = {
    "least request": get(HEADER, REQUEST),
    "indented, with comment and CDATA": get(
        "\n  <!-- who -->", HEADER.replace("MeterReadings", "<![CDATA[MeterReadings]]>"), "\n  ", REQUEST, "\n"
    ),
    "selectors in schema order": selection(
        "<r:EndDevice><r:mRID>a</r:mRID></r:EndDevice>",
        "<r:EndDevice><r:Names><r:name>M</r:name></r:Names></r:EndDevice>",
        "<r:TimeSchedule><r:scheduleInterval><r:end>2026-01-02T00:00:00.5+01:00</r:end>"
        "</r:scheduleInterval></r:TimeSchedule>",
    ),
    "extension of the header": header("<m:Comment>x</m:Comment><e:Trace xmlns:e='urn:e'><e:Id/></e:Trace>"),
    "xsi:type that agrees": header("<m:Comment xsi:type='xs:string' xmlns:xs='http://www.w3.org/2001/XMLSchema'/>"),
    "QName whose prefix the envelope declares": response("<m:xpath>m:Verb</m:xpath>"),
    "ID with attributes": response("<m:ID kind='name' idType='EndDevice' objectType='Meter'>M-1</m:ID>"),
    "one branch of a choice": control(
        "<c:PanDisplay><c:textMessage>x</c:textMessage></c:PanDisplay>", "<c:EndDeviceControlType ref='3.31.0.23'/>"
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_a_good_message_has_no_violations(contract: Contract, enveloped: Body, text: str) -> None:
    assert contract.validate(enveloped(text)) == []


@dataclass(frozen=True)
class Bad:
    text: str
    path: str
    kind: ViolationKind
    words: str  # must stand in the rule, in this order where `..` separates them


K = ViolationKind
ORDER = "GetMeterReadings holds in this order: Header, Request, Payload (optional)"
BAD = {
    "header missing": Bad(get(REQUEST), "/GetMeterReadings", K.MISSING_ELEMENT, f"Header is missing; {ORDER}"),
    "all missing": Bad(get(), "/GetMeterReadings", K.MISSING_ELEMENT, f"Header and Request are missing; {ORDER}"),
    "last missing": Bad(get(HEADER), "/GetMeterReadings", K.MISSING_ELEMENT, f"Request is missing; {ORDER}"),
    "verb missing": Bad(
        get(HEADER.replace("<m:Verb>get</m:Verb>", ""), REQUEST),
        "/GetMeterReadings/Header", K.MISSING_ELEMENT,
        "Verb is missing; Header holds in this order: Verb, Noun, ..and 8 more",
    ),
    "wrong order of required elements": Bad(
        get(REQUEST, HEADER), "/GetMeterReadings/Request", K.MISPLACED_ELEMENT,
        f"Request must stand after Header; {ORDER}",
    ),
    "wrong order of optional elements": Bad(
        header("<m:Source>x</m:Source><m:Revision>1</m:Revision>"),
        "/GetMeterReadings/Header/Revision", K.MISPLACED_ELEMENT, "Revision must stand before Source; Header holds",
    ),
    "repeated": Bad(
        get(HEADER, HEADER, REQUEST), "/GetMeterReadings/Header[2]", K.REPEATED_ELEMENT,
        "Header may stand in GetMeterReadings only once",
    ),
    "wrong namespace": Bad(
        get(HEADER.replace("g:Header", "m:Header"), REQUEST), "/GetMeterReadings/Header", K.WRONG_NAMESPACE,
        "Header is in namespace http://iec.ch/TC57/2011/schema/message, "
        "it must be in http://iec.ch/TC57/2011/GetMeterReadingsMessage",
    ),
    "no namespace": Bad(
        get(HEADER.replace("m:Verb", "Verb"), REQUEST), "/GetMeterReadings/Header/Verb", K.WRONG_NAMESPACE,
        "Verb is in no namespace, it must be in http://iec.ch/TC57/2011/schema/message",
    ),
    "payload in the namespace of the wrapper": Bad(
        get(HEADER, "<g:Request><g:GetMeterReadings/></g:Request>"),
        "/GetMeterReadings/Request/GetMeterReadings", K.WRONG_NAMESPACE,
        "it must be in http://iec.ch/TC57/2011/GetMeterReadings#",
    ),
    "unknown element": Bad(
        get(HEADER, REQUEST, "<g:Reply/>"), "/GetMeterReadings/Reply", K.UNEXPECTED_ELEMENT,
        f"Reply has no place in GetMeterReadings; {ORDER}",
    ),
    "misspelt element": Bad(
        get(HEADER.replace("m:Verb", "m:verb"), REQUEST), "/GetMeterReadings/Header/verb", K.UNEXPECTED_ELEMENT,
        "verb has no place in Header (did you mean Verb?)",
    ),
    "two branches of a choice": Bad(
        control("<c:PanDisplay/><c:PanPricing/><c:EndDeviceControlType/>"),
        "/CreateEndDeviceControls/Payload/EndDeviceControls/EndDeviceControl/PanPricing", K.UNEXPECTED_ELEMENT,
        "PanPricing stands beside PanDisplay; "
        "EndDeviceControl holds only one of PanDemandResponse, PanDisplay or PanPricing",
    ),
    "text among elements": Bad(
        get(HEADER, "oops", REQUEST), "/GetMeterReadings", K.UNEXPECTED_TEXT,
        "GetMeterReadings holds text, it may hold elements only",
    ),
    "elements in a value": Bad(
        get(HEADER.replace(">get<", "><m:get/><"), REQUEST), "/GetMeterReadings/Header/Verb", K.UNEXPECTED_ELEMENT,
        "Verb holds elements, it may hold a value only",
    ),
    "content of an empty type": Bad(
        selection("<r:EndDevice><r:kind/></r:EndDevice>"),
        "/GetMeterReadings/Request/GetMeterReadings/EndDevice/kind", K.UNEXPECTED_ELEMENT,
        "kind has no place in EndDevice; EndDevice holds in this order: mRID (optional), Names (any number)",
    ),
    "value that is not allowed": Bad(
        get(HEADER.replace(">get<", ">read<"), REQUEST), "/GetMeterReadings/Header/Verb", K.BAD_VALUE,
        "Verb is 'read'; allowed are cancel, canceled, ..execute, executed",
    ),
    "value in capitals": Bad(
        get(HEADER.replace(">get<", ">GET<"), REQUEST), "/GetMeterReadings/Header/Verb", K.BAD_VALUE,
        "Verb is 'GET' (did you mean get?); allowed are",
    ),
    "value of the wrong type": Bad(
        header("<m:Timestamp>yesterday</m:Timestamp>"), "/GetMeterReadings/Header/Timestamp", K.BAD_VALUE,
        "Timestamp is 'yesterday'; it must be a date and time such as ..(xs:dateTime)",
    ),
    "empty value": Bad(
        header("<m:AckRequired/>"), "/GetMeterReadings/Header/AckRequired", K.BAD_VALUE,
        "AckRequired is empty; it must be true or false (xs:boolean)",
    ),
    "value of a named type": Bad(
        control(
            "<c:EndDeviceControlType/><c:primaryDeviceTiming><c:duration>long</c:duration></c:primaryDeviceTiming>"
        ),
        "/CreateEndDeviceControls/Payload/EndDeviceControls/EndDeviceControl/primaryDeviceTiming/duration",
        K.BAD_VALUE, "duration is 'long'; it must be a number such as 0.5 (Minutes)",
    ),
    "QName with an undeclared prefix": Bad(
        response("<m:xpath>q:Verb</m:xpath>"), "/MeterReadingsResponseMessage/Reply/Error/xpath", K.BAD_VALUE,
        "xpath is 'q:Verb'; it must be a name whose prefix is declared (xs:QName)",
    ),
    "attribute value that is not allowed": Bad(
        response("<m:ID kind='guid'>1</m:ID>"), "/MeterReadingsResponseMessage/Reply/Error/ID", K.BAD_VALUE,
        "attribute kind of ID is 'guid' (did you mean uuid?); allowed are name, uuid, transaction, other",
    ),
    "unknown attribute": Bad(
        get(HEADER, REQUEST).replace("GetMeterReadings>", "GetMeterReadings version='2'>", 1), "/GetMeterReadings",
        K.UNEXPECTED_ATTRIBUTE, "GetMeterReadings has an attribute version, which the contract does not give it",
    ),
    "unknown attribute of a value": Bad(
        get(HEADER.replace("<m:Noun>", "<m:Noun lang='en'>"), REQUEST), "/GetMeterReadings/Header/Noun",
        K.UNEXPECTED_ATTRIBUTE, "Noun has an attribute lang",
    ),
    "xsi:nil": Bad(
        header("<m:Source xsi:nil='true'/>"), "/GetMeterReadings/Header/Source", K.UNEXPECTED_ATTRIBUTE,
        "Source has xsi:nil, but nothing here may be nil",
    ),
    "xsi:type of nothing": Bad(
        header("<m:Source xsi:type='m:Nothing'/>"), "/GetMeterReadings/Header/Source", K.BAD_VALUE,
        "Source: ..'Nothing' ..does not resolve to a type definition",
    ),
    "element of the noun that is no message": Bad(
        "<g:FetchMeterReadings/>", "/FetchMeterReadings", K.UNKNOWN_MESSAGE,
        "not served here; the nearest is GetMeterReadings",
    ),
    "namespace of the early dialect": Bad(
        "<e:CreateEndDeviceControls xmlns:e='http://www.iec.ch/TC57/2011/EndDeviceControlsMessage'/>",
        "/CreateEndDeviceControls", K.UNKNOWN_MESSAGE,
        "in namespace http://www.iec.ch/TC57/2011/EndDeviceControlsMessage is not served here; "
        "..in namespace http://iec.ch/TC57/2011/EndDeviceControlsMessage at /services/ExecuteEndDeviceControls",
    ),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_message_has_one_violation_that_says_what_and_where(
    contract: Contract, enveloped: Body, bad: Bad
) -> None:
    (violation,) = contract.validate(enveloped(bad.text))
    assert (violation.path, violation.kind) == (bad.path, bad.kind)
    assert violation.element == re.sub(r"\[\d+\]$", "", bad.path.rpartition("/")[2])
    assert re.search(".*".join(map(re.escape, bad.words.split(".."))), violation.rule), violation.rule


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_rule_is_one_plain_line_without_validator_speak(contract: Contract, enveloped: Body, bad: Bad) -> None:
    (violation,) = contract.validate(enveloped(bad.text))
    assert "{" not in violation.rule
    assert "\n" not in violation.rule
    assert "facet" not in violation.rule


def test_lines_are_those_of_the_whole_message(contract: Contract, enveloped: Body) -> None:
    text = get(
        "\n", HEADER.replace("<m:Noun>", "\n<m:Noun>"), "\n", REQUEST.replace("/>", "><r:X/></r:GetMeterReadings>")
    )
    (violation,) = contract.validate(enveloped(text))
    assert (violation.line, violation.element) == (10, "X")  # the body begins on line 7


def test_several_violations_come_in_document_order_each_with_its_own_place(contract: Contract, enveloped: Body) -> None:
    text = header("\n<m:Timestamp>now</m:Timestamp>\n<m:AckRequired>maybe</m:AckRequired>").replace(">get<", ">fetch<")
    found = [(each.line, each.element) for each in contract.validate(enveloped(text))]
    assert found == [(7, "Verb"), (8, "Timestamp"), (9, "AckRequired")]


def test_siblings_of_one_name_are_counted_from_one(contract: Contract, enveloped: Body) -> None:
    named = "<r:EndDevice><r:Names/></r:EndDevice>"
    paths = [each.path for each in contract.validate(enveloped(selection(named, "<r:EndDevice/>", named)))]
    start = "/GetMeterReadings/Request/GetMeterReadings"
    assert paths == [f"{start}/EndDevice[1]/Names", f"{start}/EndDevice[3]/Names"]


def test_no_more_than_ten_violations_are_told(contract: Contract, enveloped: Body) -> None:
    found = contract.validate(enveloped(selection("<r:EndDevice><r:Names/></r:EndDevice>" * 25)))
    assert [each.path.split("/")[-2] for each in found] == [f"EndDevice[{number}]" for number in range(1, 11)]


def test_ten_violations_are_found_although_the_validator_says_each_twice(contract: Contract, enveloped: Body) -> None:
    bad = "<r:Reading><r:reason>none</r:reason></r:Reading>"
    assert len(contract.validate(enveloped(selection(bad * 12)))) == 10


def test_a_long_value_is_cut(contract: Contract, enveloped: Body) -> None:
    (violation,) = contract.validate(enveloped(header(f"<m:Timestamp>{'9' * 5000}</m:Timestamp>")))
    assert len(violation.rule) < 200


def test_validation_leaves_the_message_as_it_is(contract: Contract, enveloped: Body) -> None:
    body = enveloped(get(REQUEST))
    before = etree.tostring(body.getroottree())
    contract.validate(body)
    assert etree.tostring(body.getroottree()) == before


def test_a_body_with_neighbours_is_judged_alone(contract: Contract, enveloped: Body) -> None:
    body = enveloped(get(HEADER, REQUEST) + get(REQUEST))
    second = body.getnext()
    assert second is not None
    assert contract.validate(body) == []
    assert [each.path for each in contract.validate(second)] == ["/GetMeterReadings"]


def test_what_is_missing_from_a_vendors_schema_with_a_required_attribute_is_told(
    tmp_path: Path, wsdl_directory: Path, contract: Contract, enveloped: Body
) -> None:
    contract.export(tmp_path)
    schema = tmp_path / "xsd" / "Message.xsd"
    text = schema.read_text("utf-8")
    assert 'name="idType"' in text
    schema.write_text(text.replace('name="idType"', 'name="idType" use="required"'), "utf-8")
    (violation,) = Contract.load(tmp_path).validate(enveloped(response("<m:ID>1</m:ID>")))
    assert violation.kind is K.MISSING_ATTRIBUTE
    assert violation.rule == "attribute idType is missing; ID needs it"


@settings(deadline=None, max_examples=12)
@given(
    wrong=st.sets(st.integers(0, 8999), min_size=1, max_size=6),
    padding=st.integers(0, 40),
)
def test_the_place_of_an_error_is_right_in_messages_of_many_chunks(
    contract: Contract, enveloped: Body, wrong: set[int], padding: int
) -> None:
    good = f"<r:EndDevice><r:mRID>{'x' * padding}</r:mRID></r:EndDevice>"
    bad = "<r:EndDevice><r:Names/></r:EndDevice>"
    body = enveloped(selection(*(bad if number in wrong else good for number in range(9000))))
    paths = [each.path.split("/")[-2:] for each in contract.validate(body)]
    assert paths == [[f"EndDevice[{number + 1}]", "Names"] for number in sorted(wrong)]


def test_a_hundred_thousand_errors_cost_no_more_than_the_first_few(contract: Contract, enveloped: Body) -> None:
    # lxml's own validation takes half a minute for this. The bound is far above what is needed, a tenth of a second.
    body = enveloped(selection("<r:EndDevice><r:Names/></r:EndDevice>" * 100_000))
    with ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(contract.validate, body).result(timeout=5)) == 10


def test_threads_that_validate_at_once_get_their_own_answers(enveloped: Body) -> None:
    contract = Contract.load()  # a new one, so that the threads also meet while schemas are compiled
    cases = [(text, None) for text in GOOD.values()] + [(bad.text, bad.path) for bad in BAD.values()]

    def answer(case: tuple[str, str | None]) -> bool:
        text, path = case
        found = contract.validate(enveloped(text))
        return [each.path for each in found] == ([] if path is None else [path])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(answer, cases * 20))


TAGS = st.sampled_from(
    ["m:Verb", "m:Noun", "m:Timestamp", "g:Header", "g:Request", "r:GetMeterReadings", "r:EndDevice", "z"]
)
TEXTS = st.sampled_from(["", "get", "MeterReadings", "2026-01-01T00:00:00Z", " ", "&lt;&amp;", "\N{SNOWMAN}"])
TREES = st.recursive(
    TEXTS,
    lambda inner: st.builds(
        lambda tag, children: f"<{tag}>{''.join(children)}</{tag}>", TAGS, st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def lxml_schema(wsdl_directory: Path) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(wsdl_directory / "xsd" / "GetMeterReadingsMessage.xsd"))


@settings(deadline=None, max_examples=150)
@given(children=st.lists(TREES, max_size=4))
def test_whatever_the_body_holds_the_answer_agrees_with_the_schema(
    contract: Contract, lxml_schema: etree.XMLSchema, enveloped: Body, children: list[str]
) -> None:
    body = enveloped(get(*children))
    violations = contract.validate(body)
    assert (violations == []) == lxml_schema.validate(body)
    assert all(each.path.startswith("/GetMeterReadings") and each.rule and each.line for each in violations)

"""Documents of master data: changed by partial ones, and lessened by lists of elements."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from headend.operations.master_data.documents import Document, instant_of, is_same_object, merged, without

SEALS = {"Seals": [{"sealNumber": ["S1"], "kind": ["lead"]}, {"sealNumber": ["S2"], "kind": ["lock"]}]}


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ({"a": ["1"], "b": ["2"]}, {"b": ["3"]}, {"a": ["1"], "b": ["3"]}),
        ({"a": ["1"]}, {"b": ["2"]}, {"a": ["1"], "b": ["2"]}),
        ({"s": [{"x": ["1"], "y": ["2"]}]}, {"s": [{"y": ["3"]}]}, {"s": [{"x": ["1"], "y": ["3"]}]}),
        ({"s": [{"t": [{"x": ["1"]}]}]}, {"s": [{"t": [{"y": ["2"]}]}]}, {"s": [{"t": [{"x": ["1"], "y": ["2"]}]}]}),
        ({"p": [{"x": ["1"]}, {"x": ["2"]}]}, {"p": [{"x": ["3"]}]}, {"p": [{"x": ["3"]}]}),
        (
            SEALS,
            {"Seals": [{"sealNumber": ["S2"], "condition": ["broken"]}, {"sealNumber": ["S3"]}]},
            {
                "Seals": [
                    {"sealNumber": ["S1"], "kind": ["lead"]},
                    {"sealNumber": ["S2"], "kind": ["lock"], "condition": ["broken"]},
                    {"sealNumber": ["S3"]},
                ]
            },
        ),
        ({"c": [{"mRID": ["1"]}]}, {"c": [{"mRID": ["2"]}]}, {"c": [{"mRID": ["1"]}, {"mRID": ["2"]}]}),
        ({"f": [{"@ref": "1"}]}, {"f": [{"@ref": "1", "x": ["2"]}]}, {"f": [{"@ref": "1", "x": ["2"]}]}),
    ],
    ids=[
        "a text takes the place of the one before",
        "an element is added",
        "a compound is merged",
        "and the compounds in it",
        "without names of their own the new ones replace all",
        "namesakes are merged, others added",
        "one with another name is added",
        "attributes count",
    ],
)
def test_a_change_merges(before: Document, change: Document, after: Document) -> None:
    untouched = repr((before, change))
    assert merged(before, change) == after
    assert repr((before, change)) == untouched


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        ({"Seals": [""]}, {"mRID": ["m"], "status": [{"value": ["active"], "remark": ["r"]}]}),
        ({"Seals": [{"sealNumber": ["S1"]}]}, {"Seals": SEALS["Seals"][1:]}),
        ({"Seals": [{"sealNumber": ["S3"]}]}, SEALS),
        ({"status": [{"remark": [""]}]}, {"status": [{"value": ["active"]}]}),
        ({"status": [{"remark": [""], "value": [""]}]}, {"mRID": ["m"], **SEALS}),
        ({"mRID": ["m"]}, {"mRID": ["m"]}),
        ({"unheard": [""]}, SEALS),
    ],
    ids=[
        "an element as a whole",
        "one of several by its name",
        "none of that name",
        "a part of a compound",
        "all parts of it",
        "never its identity",
        "what is not there",
    ],
)
def test_what_is_listed_is_taken_away(listed: Document, left: Document) -> None:
    whole: Document = {"mRID": ["m"], **SEALS, "status": [{"value": ["active"], "remark": ["r"]}]}
    found = without(whole, listed)
    assert {name: found.get(name) for name in left} == left
    assert found.get("mRID") == ["m"]
    assert ("status" in found) == ("value" not in str(listed.get("status")))
    assert ("Seals" in found) == (listed.get("Seals") != [""])


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T12:00:00Z", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T12:00:00+02:00", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("2026-03-02T12:00:00", datetime(2026, 3, 2, 11, tzinfo=UTC)),
        ("12026-03-02T12:00:00Z", None),
        ("", None),
    ],
    ids=["UTC", "an offset", "without zone that of the fleet", "a year of no calendar", "nothing"],
)
def test_instants_of_documents(text: str, instant: datetime | None) -> None:
    document: Document = {"validityInterval": [{"end": [text]}]}
    assert instant_of(document, ZoneInfo("Europe/Amsterdam"), "validityInterval", "end") == instant


UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({"mRID": [UUID]}, {"mRID": [UUID.upper()]}, True),
        ({"mRID": ["a"], "Names": [{"name": ["n"]}]}, {"mRID": ["b"], "Names": [{"name": ["n"]}]}, False),
        ({"Names": [{"name": ["n"]}]}, {"mRID": ["b"], "Names": [{"name": ["m"]}, {"name": ["n"]}]}, True),
        ({"Names": [{"name": ["n"]}]}, {"Names": [{"name": ["m"]}]}, False),
        ({}, {}, False),
    ],
    ids=["mRIDs in any spelling", "mRIDs count before names", "any name", "no name in common", "nameless"],
)
def test_documents_of_the_same_object(one: Document, other: Document, is_same: bool) -> None:
    assert is_same_object(one, other) is is_same

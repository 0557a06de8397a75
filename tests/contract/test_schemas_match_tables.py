"""The XSDs say what the tables say: names, order, cardinality, types, values, wildcards and choices.

Both are read here by a few lines of their own, so that a slip of the generator cannot hide.
"""

import csv
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from lxml import etree

NS = {"xs": "http://www.w3.org/2001/XMLSchema"}
XS = f"{{{NS['xs']}}}"
Fact = tuple[str, ...]
CHOICE = re.compile(r"one branch of a choice, choice occurs (\S+)")


def records(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def facts_of_table(rows: Iterator[dict[str, str]] | list[dict[str, str]]) -> dict[str, list[Fact]]:
    facts: dict[str, list[Fact]] = {}
    for name, members in groupby(rows, key=lambda row: row["type"].replace("(global)", "(root)")):
        facts[name] = [fact_of_row(row) for row in members if row["kind"] != "empty"]
    return facts


def fact_of_row(row: dict[str, str]) -> Fact:
    choice = CHOICE.match(row["note"])
    bounds = "" if row["kind"] in ("enum", "text", "simple") else f"{row['min']}..{row['max']}"
    return (row["kind"], row["element"], bounds, row["xsd_type"], choice[1].rstrip(";") if choice else "")


class SchemaReader:
    """Facts of an XSD in the words of the tables."""

    def __init__(self, path: Path) -> None:
        self.root = etree.parse(str(path)).getroot()
        self.facts: dict[str, list[Fact]] = {"(root)": []}
        for element in self.root.iterchildren(f"{XS}element"):
            self.facts["(root)"].append(("root", element.get("name", ""), "1..1", self.type_name(element, "type"), ""))
        for each in self.root.iterchildren(f"{XS}complexType", f"{XS}simpleType", f"{XS}attributeGroup"):
            self.read_type(each.get("name", ""), each)

    def read_type(self, name: str, node: etree._Element) -> None:
        facts = self.facts[name] = []
        if node.tag == f"{XS}simpleType":
            base = node.find("xs:restriction", NS)
            assert base is not None
            values = [each.get("value", "") for each in base]
            facts += [("enum", value, "", base.get("base", ""), "") for value in values]
            if not values:
                facts.append(("simple", "", "", base.get("base", ""), ""))
            return
        extension = node.find("xs:simpleContent/xs:extension", NS)
        if extension is not None:
            facts.append(("text", "", "", extension.get("base", ""), ""))
        sequence = node.find("xs:sequence", NS)
        for particle in [] if sequence is None else sequence:
            branches = list(particle) if particle.tag == f"{XS}choice" else [particle]
            choice = self.bounds(particle) if particle.tag == f"{XS}choice" else ""
            facts += [self.particle(name, branch, choice) for branch in branches]
        for each in (node if extension is None else extension).iterchildren(f"{XS}attribute", f"{XS}attributeGroup"):
            facts += self.attributes(each)

    def particle(self, owner: str, node: etree._Element, choice: str) -> Fact:
        bounds = self.bounds(node)
        if node.tag == f"{XS}any":
            words = f"any namespace={node.get('namespace')} processContents={node.get('processContents')}"
            return ("any", "##any", bounds, words, choice)
        assert node.tag == f"{XS}element"
        if node.get("ref"):
            prefix, _, local = node.get("ref", "").partition(":")
            return ("element", f"{{{node.nsmap[prefix]}}}{local}", bounds, "ref", choice)
        name = node.get("name", "")
        inline = next(node.iterchildren(f"{XS}complexType", f"{XS}simpleType"), None)
        if inline is None:
            return ("element", name, bounds, self.type_name(node, "type"), choice)
        self.read_type(f"{owner}.{name}", inline)
        return ("element", name, bounds, f"{owner}.{name}", choice)

    def attributes(self, node: etree._Element) -> list[Fact]:
        if node.tag == f"{XS}attributeGroup":
            name = node.get("ref", "").removeprefix("tns:")
            group = self.root.find(f"xs:attributeGroup[@name='{name}']", NS)
            assert group is not None
            return [fact for each in group.iterchildren(f"{XS}attribute") for fact in self.attributes(each)]
        bounds = "1..1" if node.get("use") == "required" else "0..1"
        return [("attribute", node.get("name", ""), bounds, self.type_name(node, "type"), "")]

    @staticmethod
    def bounds(node: etree._Element) -> str:
        return f"{node.get('minOccurs', '1')}..{node.get('maxOccurs', '1')}"

    @staticmethod
    def type_name(node: etree._Element, attribute: str) -> str:
        return node.get(attribute, "").removeprefix("tns:")


TABLES = Path(__file__).parents[2] / "wsdl" / "tables"
PROFILES = sorted(path.stem for path in (TABLES / "profiles").glob("*.tsv"))
FILE_OF_WRAPPER = {
    "get": "Get{}Message",
    "event-request": "{}Message",
    "operationset": "{}OperationSetMessage",
}


def wrappers() -> Iterator[tuple[str, str]]:
    """Noun and sort of wrapper, for each that the patterns of a noun need."""
    for row in records(TABLES / "nouns.tsv"):
        patterns = set(row["patterns"].split(","))
        needed = {"get": {"get"}, "event-request": {"request", "reply", "send"}, "operationset": {"operationset"}}
        yield from ((row["noun"], wrapper) for wrapper in FILE_OF_WRAPPER if patterns & needed[wrapper])


WRAPPERS = list(wrappers())


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_says_what_its_table_says(wsdl_directory: Path, profile: str) -> None:
    wanted = facts_of_table(records(TABLES / "profiles" / f"{profile}.tsv"))
    assert SchemaReader(wsdl_directory / "xsd" / f"{profile}.xsd").facts == wanted


def test_the_envelope_says_what_its_table_says(wsdl_directory: Path) -> None:
    wanted = facts_of_table(records(TABLES / "message.tsv"))
    assert SchemaReader(wsdl_directory / "xsd" / "Message.xsd").facts == wanted


@pytest.mark.parametrize(
    ("noun", "wrapper"), WRAPPERS, ids=[FILE_OF_WRAPPER[wrapper].format(noun) for noun, wrapper in WRAPPERS]
)
def test_a_wrapper_says_what_the_table_says_for_its_noun(wsdl_directory: Path, noun: str, wrapper: str) -> None:
    rows = [
        {key: value.replace("{Noun}", noun) for key, value in row.items()}
        for row in records(TABLES / "message-profiles.tsv")
        if row["pattern"] == wrapper
    ]
    reader = SchemaReader(wsdl_directory / "xsd" / f"{FILE_OF_WRAPPER[wrapper].format(noun)}.xsd")
    assert reader.facts == facts_of_table(rows)
    assert reader.root.get("targetNamespace") == rows[0]["target_namespace"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_in_the_namespace_that_the_nouns_table_gives(wsdl_directory: Path, profile: str) -> None:
    column = "get_profile_namespace" if profile.startswith("Get") else "profile_namespace"
    wanted = {row["noun"]: row[column] for row in records(TABLES / "nouns.tsv")}[profile.removeprefix("Get")]
    assert SchemaReader(wsdl_directory / "xsd" / f"{profile}.xsd").root.get("targetNamespace") == wanted


@pytest.mark.parametrize("profile", PROFILES)
def test_a_derived_profile_says_so_and_a_published_one_does_not(wsdl_directory: Path, profile: str) -> None:
    """By the table's own column; whoever reads the schema must know how far to trust it."""
    (root,) = (row for row in records(TABLES / "profiles" / f"{profile}.tsv") if row["type"] == "(root)")
    about = SchemaReader(wsdl_directory / "xsd" / f"{profile}.xsd").root.findtext(
        "xs:annotation/xs:documentation", "", NS
    )
    assert ("Derived: no public schema of it is known" in " ".join(about.split())) == (root["status"] == "derived")


@pytest.mark.parametrize("column", ["status", "get_status"])
def test_the_nouns_table_calls_a_profile_derived_where_the_profile_does(column: str) -> None:
    prefix = "Get" if column == "get_status" else ""
    said = {row["noun"]: row[column] for row in records(TABLES / "nouns.tsv")}
    found = {
        noun: next(records(TABLES / "profiles" / f"{prefix}{noun}.tsv"))["status"]  # the root is the first row
        for noun in said
    }
    assert found == said


def test_the_envelope_keeps_its_one_default(wsdl_directory: Path) -> None:
    root = SchemaReader(wsdl_directory / "xsd" / "Message.xsd").root
    defaults = [(each.get("name"), each.get("default")) for each in root.iter(f"{XS}element") if each.get("default")]
    assert defaults == [("elementOperation", "false")]


def test_every_annotation_is_about_something_in_the_tables() -> None:
    known = {(row["type"], "") for path in TABLES.rglob("*.tsv") for row in records(path) if "kind" in row}
    known |= {(row["type"], row["element"]) for path in TABLES.rglob("*.tsv") for row in records(path) if "kind" in row}
    annotations = [(row["type"], row["element"]) for row in records(TABLES / "annotations.tsv")]
    assert [each for each in annotations if each not in known] == []
    assert len(set(annotations)) == len(annotations)


def test_tables_name_no_element_twice_in_one_type() -> None:
    for path in sorted((TABLES / "profiles").glob("*.tsv")):
        places = [(row["type"], row["kind"], row["element"]) for row in records(path)]
        assert len(set(places)) == len(places), path.name

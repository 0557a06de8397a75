"""A profile as data, read from its schema: of the contract, and of a schema that somebody else wrote."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.contract import Contract, ElementContent, UnknownProfile
from headend.contract.content import ContentModels

BASE = "http://iec.ch/TC57/2011/"
FOREIGN = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t"
    elementFormDefault="qualified">
  <xs:element name="Root">
    <xs:complexType>
      <xs:sequence minOccurs="0">
        <xs:element name="one" type="xs:string"/>
        <xs:element name="two" maxOccurs="2">
          <xs:simpleType><xs:restriction base="t:Colour"/></xs:simpleType>
        </xs:element>
      </xs:sequence>
      <xs:sequence minOccurs="2" maxOccurs="3"><xs:element name="three" type="t:Price" maxOccurs="2"/></xs:sequence>
      <xs:choice maxOccurs="unbounded">
        <xs:element name="four" type="t:More"/>
        <xs:element ref="t:five"/>
      </xs:choice>
      <xs:group ref="t:Tail"/>
    </xs:complexType>
  </xs:element>
  <xs:element name="five" type="xs:date"/>
  <xs:group name="Tail"><xs:sequence><xs:element name="six" minOccurs="0"/><xs:any/></xs:sequence></xs:group>
  <xs:simpleType name="Colour">
    <xs:restriction base="xs:string"><xs:enumeration value="red"/><xs:enumeration value="blue"/></xs:restriction>
  </xs:simpleType>
  <xs:complexType name="Price">
    <xs:simpleContent>
      <xs:extension base="xs:decimal">
        <xs:attribute name="currency" use="required">
          <xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="EUR"/></xs:restriction></xs:simpleType>
        </xs:attribute>
        <xs:attributeGroup ref="t:Marks"/>
      </xs:extension>
    </xs:simpleContent>
  </xs:complexType>
  <xs:attributeGroup name="Marks"><xs:attribute name="rank" type="xs:integer"/></xs:attributeGroup>
  <xs:complexType name="Less"><xs:sequence><xs:element name="less" type="xs:time"/></xs:sequence></xs:complexType>
  <xs:complexType name="More">
    <xs:complexContent><xs:extension base="t:Less">
      <xs:sequence><xs:element name="more" type="t:More" minOccurs="0"/></xs:sequence>
    </xs:extension></xs:complexContent>
  </xs:complexType>
</xs:schema>"""


@pytest.fixture
def foreign(tmp_path: Path) -> ElementContent:
    path = tmp_path / "foreign.xsd"
    path.write_text(FOREIGN, "utf-8")
    root = ContentModels(path).element("{urn:t}Root")
    assert root is not None
    return root


def child(content: ElementContent, *path: str) -> ElementContent:
    for name in path:
        found = content.child(name)
        assert found is not None, name
        content = found
    return content


def test_every_noun_and_every_request_is_a_profile(contract: Contract, wsdl_directory: Path) -> None:
    tables = {path.stem for path in (wsdl_directory / "tables" / "profiles").glob("*.tsv")}
    assert set(contract.profiles) == tables
    assert {contract.profile(name).name for name in contract.profiles} == tables


def test_a_profile_knows_its_root_and_namespace(contract: Contract) -> None:
    profile = contract.profile("MeterConfig", get=True)
    assert (profile.name, profile.namespace) == ("GetMeterConfig", f"{BASE}GetMeterConfig#")
    assert profile.root.tag == f"{{{BASE}GetMeterConfig#}}GetMeterConfig"


def test_children_stand_in_schema_order_with_their_bounds(contract: Contract) -> None:
    name = child(contract.profile("UsagePointConfig").root, "UsagePoint", "Names")
    assert (name.type.name, name.minimum, name.maximum) == ("Name", 0, None)
    bounds = [(each.name, each.type.name, each.minimum, each.maximum) for each in name.children]
    assert bounds == [("name", "xs:string", 1, 1), ("NameType", "NameType", 0, 1)]


def test_a_value_has_its_base_and_its_enumeration(contract: Contract) -> None:
    point = child(contract.profile("UsagePointConfig").root, "UsagePoint")
    assert not point.type.is_value
    state, voltage = child(point, "connectionState").type, child(point, "nominalServiceVoltage").type
    assert (state.name, state.base) == ("UsagePointConnectedKind", "xs:string")
    assert state.values == ("connected", "logicallyDisconnected", "physicallyDisconnected")
    assert (voltage.name, voltage.base, voltage.values) == ("Voltage", "xs:float", ())


def test_an_anonymous_type_is_named_after_its_owner_and_element(contract: Contract) -> None:
    reference = child(contract.profile("MeterConfig").root, "Meter", "ComFunction")
    assert reference.type.name == "Meter.ComFunction"
    assert [(each.name, each.is_required) for each in reference.type.attributes] == [("ref", False)]
    assert (reference.type.is_value, reference.children) == (False, ())


def test_branches_of_a_choice_are_optional_and_one_part(contract: Contract) -> None:
    control = child(contract.profile("EndDeviceControls").root, "EndDeviceControl")
    (choice,) = (part for part in control.type.parts if len(part.elements) > 1)
    assert [each.name for each in choice.elements] == ["PanDemandResponse", "PanDisplay", "PanPricing"]
    assert (choice.minimum, choice.maximum) == (0, 1)
    assert {(each.minimum, each.maximum) for each in choice.elements} == {(0, 1)}


def test_a_type_that_contains_itself_can_be_followed_without_end(contract: Contract) -> None:
    charge = child(
        contract.profile("PricingStructureConfig").root,
        *("PricingStructure", "Tariffs", "TariffProfiles", "ConsumptionTariffIntervals", "Charges"),
    )
    for _ in range(50):
        inner = child(charge, "ChildCharges")
        assert inner.type is charge.type
        charge = inner


def test_every_part_of_every_profile_can_be_reached(contract: Contract) -> None:
    def reached(content: ElementContent, within: tuple[str, ...]) -> Iterator[str]:
        yield content.type.name
        for each in content.children:
            if each.type.name not in within:
                yield from reached(each, (*within, each.type.name))

    names = [name for profile in contract.profiles for name in reached(contract.profile(profile).root, ())]
    assert len(names) > 5000
    assert not [name for name in names if name in ("xs:anyType", "xs:anySimpleType")]


@pytest.mark.parametrize(("noun", "get"), [("Nothing", False), ("Nothing", True), ("GetMeterConfig", True)])
def test_an_unknown_profile_is_refused_with_those_that_are_there(contract: Contract, noun: str, get: bool) -> None:
    with pytest.raises(UnknownProfile, match=rf"no profile {'Get' if get else ''}{noun}; there are .*MeterConfig"):
        contract.profile(noun, get=get)


def test_the_tables_are_not_needed(tmp_path: Path, wsdl_directory: Path, contract: Contract) -> None:
    shutil.copytree(wsdl_directory, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("tables"))
    assert Contract.load(tmp_path).profile("MeterConfig") == contract.profile("MeterConfig")


def test_optional_and_repeated_sequences_multiply_into_their_elements(foreign: ElementContent) -> None:
    bounds = {each.name: (each.minimum, each.maximum) for each in foreign.children}
    assert bounds == {
        "one": (0, 1),
        "two": (0, 2),
        "three": (2, 6),
        "four": (0, None),
        "five": (0, None),
        "six": (0, 1),
    }


def test_groups_wildcards_and_choices_of_a_foreign_schema_are_parts(foreign: ElementContent) -> None:
    parts = [([each.name for each in part.elements], part.minimum, part.maximum) for part in foreign.type.parts]
    assert parts[3:] == [(["four", "five"], 1, None), (["six"], 0, 1), ([], 1, 1)]
    assert [part.is_open for part in foreign.type.parts][-2:] == [False, True]


def test_simple_content_has_a_value_and_attributes(foreign: ElementContent) -> None:
    price = child(foreign, "three").type
    assert (price.name, price.base) == ("Price", "xs:decimal")
    attributes = [(each.name, each.is_required, each.base, each.values) for each in price.attributes]
    assert attributes == [("currency", True, "xs:string", ("EUR",)), ("rank", False, "xs:integer", ())]


@pytest.mark.parametrize(
    ("path", "type_name", "base"),
    [
        (["two"], "Root.two", "xs:string"),
        (["five"], "xs:date", "xs:date"),
        (["six"], "xs:anyType", None),
        (["four", "less"], "xs:time", "xs:time"),
        (["four", "more", "more", "less"], "xs:time", "xs:time"),
    ],
    ids=["restriction", "reference", "no type", "inherited", "inherited, deep"],
)
def test_types_of_a_foreign_schema_are_found(
    foreign: ElementContent, path: list[str], type_name: str, base: str | None
) -> None:
    found = child(foreign, *path).type
    assert (found.name, found.base) == (type_name, base)


def test_a_restriction_inherits_the_enumeration(foreign: ElementContent) -> None:
    assert child(foreign, "two").type.values == ("red", "blue")

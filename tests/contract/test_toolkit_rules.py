"""What real SOAP toolkits need from WSDL and XSD files, over every file of the contract."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

NS = {
    "wsdl": "http://schemas.xmlsoap.org/wsdl/",
    "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "xs": "http://www.w3.org/2001/XMLSchema",
}
XS = f"{{{NS['xs']}}}"
OURS = set(NS.values())


def root_of(path: Path) -> etree._Element:
    return etree.parse(str(path)).getroot()


def schema_location(wsdl_file: Path) -> str:
    imports = root_of(wsdl_file).findall("wsdl:types/xs:schema/xs:import", NS)
    return imports[0].get("schemaLocation", "")


def differing_only_in_case(names: Iterable[str]) -> list[str]:
    counted = Counter(name.casefold() for name in set(names))
    return [name for name, count in counted.items() if count > 1]


def all_files(directory: Path) -> list[Path]:
    return [*directory.glob("*.wsdl"), *directory.glob("xsd/*.xsd")]


def test_the_contract_has_files(wsdl_directory: Path) -> None:
    assert len(list(wsdl_directory.glob("*.wsdl"))) >= 132
    assert len(list(wsdl_directory.glob("xsd/*.xsd"))) >= 102


def test_a_wsdl_has_one_port_type_binding_service_and_port(wsdl_file: Path) -> None:
    root = root_of(wsdl_file)
    counts = [
        len(root.findall(each, NS))
        for each in ("wsdl:portType", "wsdl:binding", "wsdl:service", "wsdl:service/wsdl:port")
    ]
    assert counts == [1, 1, 1, 1]


def test_a_wsdl_speaks_soap_1_1_document_literal_only(wsdl_file: Path) -> None:
    root = root_of(wsdl_file)
    assert {etree.QName(each).namespace for each in root.iter("*")} == OURS  # so no element of SOAP 1.2
    binding = root.find("wsdl:binding/soap:binding", NS)
    assert binding is not None
    assert dict(binding.attrib) == {"style": "document", "transport": "http://schemas.xmlsoap.org/soap/http"}
    uses = {each.get("use") for tag in ("body", "fault") for each in root.iter(f"{{{NS['soap']}}}{tag}")}
    assert uses == {"literal"}


def test_a_wsdl_is_one_file(wsdl_file: Path) -> None:
    assert root_of(wsdl_file).findall("wsdl:import", NS) == []


def test_a_wsdl_holds_one_schema_that_only_imports(wsdl_file: Path) -> None:
    schemas = list(root_of(wsdl_file).iter(f"{XS}schema"))
    assert len(schemas) == 1
    assert [each.tag for each in schemas[0]] == [f"{XS}import"]
    parent = schemas[0].getparent()
    assert parent is not None
    assert etree.QName(parent).localname == "types"


def test_a_wsdl_imports_its_schema_from_the_folder_beside_it(wsdl_file: Path) -> None:
    location = schema_location(wsdl_file)
    assert re.fullmatch(r"xsd/\w+\.xsd", location)
    assert (wsdl_file.parent / location).is_file()


def test_a_schema_imports_its_neighbours_by_bare_name(xsd_file: Path) -> None:
    imports = root_of(xsd_file).findall("xs:import", NS)
    for each in imports:
        location = each.get("schemaLocation", "")
        assert re.fullmatch(r"\w+\.xsd", location)
        assert root_of(xsd_file.parent / location).get("targetNamespace") == each.get("namespace")


def test_a_schema_is_made_of_imports_only_and_of_no_includes(xsd_file: Path) -> None:
    root = root_of(xsd_file)
    assert [each for tag in ("include", "redefine") for each in root.findall(f"xs:{tag}", NS)] == []


def test_a_schema_qualifies_its_elements_and_not_its_attributes(xsd_file: Path) -> None:
    root = root_of(xsd_file)
    assert (root.get("elementFormDefault"), root.get("attributeFormDefault")) == ("qualified", "unqualified")


def test_every_soap_fault_is_named_like_its_wsdl_fault(wsdl_file: Path) -> None:
    faults = root_of(wsdl_file).findall("wsdl:binding/wsdl:operation/wsdl:fault", NS)
    assert faults
    for fault in faults:
        assert [each.get("name") for each in fault] == [fault.get("name")]


def test_every_message_has_one_part_given_by_its_element(wsdl_file: Path) -> None:
    root = root_of(wsdl_file)
    schema = root_of(wsdl_file.parent / schema_location(wsdl_file))
    declared = {each.get("name") for each in schema.findall("xs:element", NS)}
    for message in root.findall("wsdl:message", NS):
        parts = message.findall("wsdl:part", NS)
        assert [sorted(part.attrib) for part in parts] == [["element", "name"]]
        prefix, _, local = parts[0].get("element", "").partition(":")
        assert parts[0].nsmap[prefix] == schema.get("targetNamespace")
        assert local in declared


def test_names_in_one_scope_of_a_wsdl_never_differ_only_in_case(wsdl_file: Path) -> None:
    root = root_of(wsdl_file)
    scopes = [root.findall("wsdl:message", NS), root.findall("wsdl:portType/wsdl:operation", NS)]
    for scope in scopes:
        assert differing_only_in_case(each.get("name", "") for each in scope) == []


def test_names_in_one_scope_of_a_schema_never_differ_only_in_case(xsd_file: Path) -> None:
    root = root_of(xsd_file)
    types = [*root.findall("xs:complexType", NS), *root.findall("xs:simpleType", NS)]
    scopes = [types, root.findall("xs:element", NS)]
    scopes += [list(owner.iter(f"{XS}element", f"{XS}attribute")) for owner in types]
    for scope in scopes:
        names = [each.get("name") or each.get("ref", "").rpartition(":")[2] for each in scope]
        assert differing_only_in_case(names) == []
    for restriction in root.iter(f"{XS}restriction"):
        assert differing_only_in_case(each.get("value", "") for each in restriction) == []


def test_no_component_is_in_two_namespaces_that_differ_only_by_the_hash(wsdl_directory: Path) -> None:
    seen: dict[tuple[str, str, str], str] = {}
    for path in sorted(wsdl_directory.glob("xsd/*.xsd")):
        root = root_of(path)
        namespace = root.get("targetNamespace", "")
        for each in root.iterchildren(f"{XS}element", f"{XS}complexType", f"{XS}simpleType"):
            component = (namespace.rstrip("#"), each.tag, each.get("name", ""))
            assert seen.setdefault(component, namespace) == namespace


def test_no_two_files_share_a_target_namespace(wsdl_directory: Path) -> None:
    namespaces = [root_of(path).get("targetNamespace") for path in all_files(wsdl_directory)]
    assert len(set(namespaces)) == len(namespaces)


def test_nothing_is_nillable(xsd_file: Path) -> None:
    assert root_of(xsd_file).xpath("//@nillable") == []


def test_annotations_are_plain_documentation(xsd_file: Path) -> None:
    root = root_of(xsd_file)
    assert {etree.QName(each).namespace for each in root.iter("*")} == {NS["xs"]}
    assert list(root.iter(f"{XS}appinfo")) == []
    foreign = [name for each in root.iter("*") for name in each.attrib if str(name).startswith("{")]
    assert foreign == []
    for documentation in root.iter(f"{XS}documentation"):
        assert len(documentation) == 0
        assert (documentation.text or "").strip()


def test_every_file_says_what_it_is(wsdl_directory: Path) -> None:
    for path in all_files(wsdl_directory):
        first = root_of(path)[0]
        assert etree.QName(first).localname in ("annotation", "documentation")
        assert "Generated from the tables" in " ".join("".join(map(str, first.itertext())).split())


def test_every_named_type_is_explained(xsd_file: Path) -> None:
    root = root_of(xsd_file)
    silent = [
        each.get("name")
        for each in root.iterchildren(f"{XS}complexType", f"{XS}simpleType", f"{XS}attributeGroup")
        if each.find("xs:annotation", NS) is None
    ]
    assert silent == []

"""Names in the WSDL files by the rules of IEC 61968-100, section by section of the current dialect.

The rules are written down here a second time, as an engineer would read them off; the generator is not asked.
Services of OperationSets follow the same rules as if <Noun>OperationSet were a noun whose only verb is execute.
"""

import csv
from pathlib import Path

import pytest
from lxml import etree

BASE = "http://iec.ch/TC57/2011/"
NS = {
    "wsdl": "http://schemas.xmlsoap.org/wsdl/",
    "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "xs": "http://www.w3.org/2001/XMLSchema",
}
REQUESTS = ["Create", "Change", "Cancel", "Close", "Delete"]
EVENTS = ["Created", "Changed", "Canceled", "Closed", "Deleted"]
VERBS = {"Get": ["Get"], "Execute": REQUESTS, "Receive": EVENTS, "Send": EVENTS, "Reply": EVENTS}
VERBS_OF_SETS = {"Execute": ["Execute"], "Receive": ["Executed"]}
FIELD_NOUNS = ["EndDeviceEvents", "MeterReadings", "MeterReadSchedule", "EndDeviceControls", "MeterServiceRequests"]
CONFIG_NOUNS = [
    "AuxiliaryAgreementConfig",
    "MasterDataLinkageConfig",
    "ServiceSupplierConfig",
    "CustomerConfig",
    "CustomerAgreementConfig",
    "CustomerAccountConfig",
    "ServiceCategoryConfig",
    "UsagePointConfig",
    "UsagePointLocationConfig",
    "EndDeviceConfig",
    "MeterConfig",
    "ComModuleConfig",
    "ServiceLocationConfig",
    "PricingStructureConfig",
]
NOUNS = {
    **{noun: ["Get", "Execute", "Receive", "Send", "Reply"] for noun in FIELD_NOUNS + CONFIG_NOUNS},
    **{noun: ["Get", "Receive", "Send", "Reply"] for noun in ("ReceiptRecord", "TransactionRecord")},
    "CustomerMeterDataSet": ["Get"],
}
SERVICES = [(pattern, noun) for noun, patterns in NOUNS.items() for pattern in patterns]
SERVICES += [(pattern, f"{noun}OperationSet") for noun in CONFIG_NOUNS for pattern in VERBS_OF_SETS]
every_service = pytest.mark.parametrize(("pattern", "noun"), SERVICES, ids=["".join(each) for each in SERVICES])
clause = pytest.mark.clause("61968-100:2013, naming of web services")


def names_of(parent: etree._Element, path: str) -> list[str]:
    return [each.get("name", "") for each in parent.findall(path, NS)]


def definitions(directory: Path, pattern: str, noun: str) -> etree._Element:
    return etree.parse(str(directory / f"{pattern}{noun}.wsdl")).getroot()


def subject(pattern: str, noun: str) -> str:
    """What names port, binding, schema and action: the noun, for Get with Get before it."""
    return f"Get{noun}" if pattern == "Get" else noun


def suffix(pattern: str) -> str:
    return "Request" if pattern in ("Get", "Execute") else "Event"


def operations(pattern: str, noun: str) -> list[str]:
    verbs = VERBS_OF_SETS if noun.endswith("OperationSet") else VERBS
    return [verb + noun for verb in verbs[pattern]]


def test_there_is_a_file_for_every_pattern_that_applies_and_no_other(wsdl_directory: Path) -> None:
    files = {path.stem for path in wsdl_directory.glob("*.wsdl")}
    assert files == {pattern + noun for pattern, noun in SERVICES}


def test_the_nouns_table_has_the_nouns_of_the_standard_and_no_other(wsdl_directory: Path) -> None:
    with (wsdl_directory / "tables" / "nouns.tsv").open(encoding="utf-8", newline="") as lines:
        assert {row["noun"] for row in csv.DictReader(lines, delimiter="\t")} == set(NOUNS)


@clause
@every_service
def test_definitions_and_service_are_named_pattern_and_noun(wsdl_directory: Path, pattern: str, noun: str) -> None:
    root = definitions(wsdl_directory, pattern, noun)
    assert root.get("name") == pattern + noun
    assert root.get("targetNamespace") == BASE + pattern + noun
    assert names_of(root, "wsdl:service") == [pattern + noun]


@clause
@every_service
def test_port_and_binding_are_named_after_the_noun(wsdl_directory: Path, pattern: str, noun: str) -> None:
    root = definitions(wsdl_directory, pattern, noun)
    name = subject(pattern, noun)
    assert names_of(root, "wsdl:portType") == [f"{name}_Port"]
    assert names_of(root, "wsdl:service/wsdl:port") == [f"{name}_Port"]
    assert names_of(root, "wsdl:binding") == [f"{name}_Binding"]


@clause
@every_service
def test_the_default_address_is_the_target_namespace(wsdl_directory: Path, pattern: str, noun: str) -> None:
    address = definitions(wsdl_directory, pattern, noun).find("wsdl:service/wsdl:port/soap:address", NS)
    assert address is not None
    assert address.get("location") == BASE + pattern + noun


@clause
@every_service
def test_the_schema_is_the_message_file_of_the_noun(wsdl_directory: Path, pattern: str, noun: str) -> None:
    imported = definitions(wsdl_directory, pattern, noun).find("wsdl:types/xs:schema/xs:import", NS)
    name = subject(pattern, noun)
    assert imported is not None
    assert imported.get("namespace") == f"{BASE}{name}Message"
    assert imported.get("schemaLocation") == f"xsd/{name}Message.xsd"


@clause
@every_service
def test_operations_are_verb_and_noun_in_their_order(wsdl_directory: Path, pattern: str, noun: str) -> None:
    root = definitions(wsdl_directory, pattern, noun)
    assert names_of(root, "wsdl:portType/wsdl:operation") == operations(pattern, noun)
    assert names_of(root, "wsdl:binding/wsdl:operation") == operations(pattern, noun)


@clause
@every_service
def test_input_output_and_fault_carry_the_operation(wsdl_directory: Path, pattern: str, noun: str) -> None:
    root = definitions(wsdl_directory, pattern, noun)
    for operation in operations(pattern, noun):
        wanted = [
            ("input", operation + suffix(pattern), f"tns:{operation}{suffix(pattern)}Message"),
            ("output", f"{operation}Response", "tns:ResponseMessage"),
            ("fault", f"{operation}Fault", "tns:FaultMessage"),
        ]
        declared = root.find(f"wsdl:portType/wsdl:operation[@name='{operation}']", NS)
        bound = root.find(f"wsdl:binding/wsdl:operation[@name='{operation}']", NS)
        assert declared is not None
        assert bound is not None
        found = [(etree.QName(each).localname, each.get("name"), each.get("message")) for each in declared]
        assert found == wanted
        directions = bound.findall("wsdl:*", NS)
        assert [(etree.QName(each).localname, each.get("name")) for each in directions] == [each[:2] for each in wanted]


@clause
@every_service
def test_body_elements_are_the_operation_the_response_and_the_fault(
    wsdl_directory: Path, pattern: str, noun: str
) -> None:
    root = definitions(wsdl_directory, pattern, noun)
    found = {
        message.get("name"): (part.get("name"), part.get("element", "").partition(":")[2])
        for message in root.findall("wsdl:message", NS)
        for part in message
    }
    wanted = {f"{operation}{suffix(pattern)}Message": operation for operation in operations(pattern, noun)}
    wanted |= {"ResponseMessage": f"{noun}ResponseMessage", "FaultMessage": f"{noun}FaultMessage"}
    assert found == {name: (name, element) for name, element in wanted.items()}


@clause
@every_service
def test_the_action_does_not_tell_the_pattern(wsdl_directory: Path, pattern: str, noun: str) -> None:
    root = definitions(wsdl_directory, pattern, noun)
    actions = [each.get("soapAction") for each in root.findall("wsdl:binding/wsdl:operation/soap:operation", NS)]
    assert actions == [f"{BASE}{subject(pattern, noun)}/{operation}" for operation in operations(pattern, noun)]

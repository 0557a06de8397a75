"""The contract as other parts of the head end see it: services, files, export."""

import shutil
from pathlib import Path

import pytest
from lxml import etree

from headend.contract import Contract, ContractError, UnknownFile

BASE = "http://iec.ch/TC57/2011/"


def test_a_service_is_described_by_its_wsdl(contract: Contract) -> None:
    service = contract.services["GetMeterReadings"]
    assert (service.pattern, service.noun) == ("Get", "MeterReadings")
    assert service.target_namespace == f"{BASE}GetMeterReadings"
    assert service.message_namespace == f"{BASE}GetMeterReadingsMessage"
    assert service.port == "GetMeterReadings_Port"


@pytest.mark.parametrize(
    ("service", "verbs"),
    [
        ("GetEndDeviceEvents", ["get"]),
        ("ExecuteEndDeviceControls", ["create", "change", "cancel", "close", "delete"]),
        ("ReceiveEndDeviceEvents", ["created", "changed", "canceled", "closed", "deleted"]),
    ],
)
def test_verbs_of_a_service_come_from_its_operations(contract: Contract, service: str, verbs: list[str]) -> None:
    assert [operation.verb for operation in contract.services[service].operations] == verbs


def test_an_operation_knows_its_body_elements_and_its_action(contract: Contract) -> None:
    operation = contract.services["ExecuteEndDeviceControls"].operations[0]
    message = f"{{{BASE}EndDeviceControlsMessage}}"
    assert operation.name == "CreateEndDeviceControls"
    assert operation.noun == "EndDeviceControls"
    assert operation.input == f"{message}CreateEndDeviceControls"
    assert operation.output == f"{message}EndDeviceControlsResponseMessage"
    assert operation.fault == f"{message}EndDeviceControlsFaultMessage"
    assert operation.soap_action == f"{BASE}EndDeviceControls/CreateEndDeviceControls"


def test_the_operation_of_a_body_element_is_found(contract: Contract) -> None:
    service = contract.services["GetMeterReadings"]
    assert service.operation(f"{{{BASE}GetMeterReadingsMessage}}GetMeterReadings") is service.operations[0]
    assert service.operation(f"{{{BASE}MeterReadingsMessage}}GetMeterReadings") is None


def test_a_schema_that_does_not_compile_is_found_before_any_message_comes(tmp_path: Path, wsdl_directory: Path) -> None:
    shutil.copytree(wsdl_directory, tmp_path, dirs_exist_ok=True)
    (tmp_path / "xsd" / "GetMeterReadingsMessage.xsd").write_text("<xs:schema/>")
    contract = Contract.load(tmp_path)
    with pytest.raises(ContractError, match=r"GetMeterReadingsMessage\.xsd"):
        contract.compile_schemas(["GetMeterReadings"])


def test_every_file_of_the_directory_is_a_service(contract: Contract, wsdl_directory: Path) -> None:
    assert set(contract.services) == {path.stem for path in wsdl_directory.glob("*.wsdl")}


@pytest.mark.parametrize("address", ["http://127.0.0.1:8080/services/GetMeterReadings", 'https://h/?a=1&b="2"<>'])
def test_the_served_wsdl_has_the_address_of_the_caller_and_is_otherwise_the_file(
    contract: Contract, wsdl_directory: Path, address: str
) -> None:
    served = etree.fromstring(contract.wsdl("GetMeterReadings", address))
    (place,) = served.iter("{http://schemas.xmlsoap.org/wsdl/soap/}address")
    assert place.get("location") == address
    place.set("location", f"{BASE}GetMeterReadings")
    original = etree.parse(str(wsdl_directory / "GetMeterReadings.wsdl"))
    assert etree.tostring(served, method="c14n") == etree.tostring(original, method="c14n")


def test_the_served_wsdl_begins_with_its_declaration(contract: Contract) -> None:
    assert contract.wsdl("GetMeterReadings", "http://h/").startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<wsdl:")


def test_a_schema_is_served_as_it_is(contract: Contract, wsdl_directory: Path) -> None:
    assert contract.xsd("Message.xsd") == (wsdl_directory / "xsd" / "Message.xsd").read_bytes()


@pytest.mark.parametrize(
    "name",
    ["Nothing.xsd", "../GetMeterReadings.wsdl", "/etc/passwd", "xsd/Message.xsd", "", "./Message.xsd", "message.xsd"],
)
def test_a_schema_that_is_none_of_ours_is_refused_by_name(contract: Contract, name: str) -> None:
    with pytest.raises(UnknownFile) as refusal:
        contract.xsd(name)
    assert repr(name) in str(refusal.value)
    assert "Message.xsd" in str(refusal.value)


def test_an_unknown_service_is_refused_with_those_that_are_there(contract: Contract) -> None:
    with pytest.raises(UnknownFile, match=r"no service GetNothing; there are .*GetMeterReadings"):
        contract.wsdl("GetNothing", "http://h/")


def test_what_is_exported_is_the_same_contract(contract: Contract, tmp_path: Path, wsdl_directory: Path) -> None:
    written = contract.export(tmp_path / "new" / "folder")
    assert sorted(path.relative_to(tmp_path / "new/folder").as_posix() for path in written) == sorted(
        path.relative_to(wsdl_directory).as_posix()
        for path in [*wsdl_directory.glob("*.wsdl"), *wsdl_directory.glob("xsd/*.xsd")]
    )
    assert Contract.load(tmp_path / "new" / "folder").services == contract.services


def test_a_directory_without_wsdl_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no WSDL files"):
        Contract.load(tmp_path)


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("<wsdl:service", "<wsdl:servce", r"GetMeterReadings\.wsdl: Opening and ending tag mismatch"),
        ('<wsdl:service name="Get', '<wsdl:service name="Fetch', "FetchMeterReadings is named after no pattern"),
        ("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/", "exactly one soap:"),
        ('binding="tns:GetMeterReadings_Binding"', 'binding="tns:Other"', "no wsdl:binding of the name 'tns:Other'"),
        ('message="tns:FaultMessage"', 'message="tns:Falut"', "no wsdl:message of the name 'tns:Falut'"),
        ('element="m:GetMeterReadings"', 'element="n:GetMeterReadings"', "names no element of a known namespace"),
        ('namespace="http://iec.ch/TC57/2011/GetMeterReadingsMessage"', 'namespace="x"', "no schema is imported for"),
        (
            '<wsdl:operation name="GetMeterReadings">\n      <soap',
            '<wsdl:operation name="Get">\n      <soap',
            "binding does not",
        ),
    ],
    ids=["malformed", "pattern", "SOAP 1.2", "binding", "message", "prefix", "import", "operation"],
)
def test_a_wsdl_that_cannot_be_used_is_refused_with_file_and_reason(
    tmp_path: Path, wsdl_directory: Path, good: str, bad: str, words: str
) -> None:
    text = (wsdl_directory / "GetMeterReadings.wsdl").read_text("utf-8")
    assert good in text
    (tmp_path / "GetMeterReadings.wsdl").write_text(text.replace(good, bad), "utf-8")
    with pytest.raises(ContractError, match=words) as refusal:
        Contract.load(tmp_path)
    assert str(refusal.value).startswith("GetMeterReadings.wsdl: ")


def test_two_files_for_one_service_are_refused(tmp_path: Path, wsdl_directory: Path) -> None:
    shutil.copy(wsdl_directory / "GetMeterReadings.wsdl", tmp_path / "A.wsdl")
    shutil.copy(wsdl_directory / "GetMeterReadings.wsdl", tmp_path / "B.wsdl")
    with pytest.raises(ContractError, match=r"B\.wsdl: service GetMeterReadings is declared by another file"):
        Contract.load(tmp_path)

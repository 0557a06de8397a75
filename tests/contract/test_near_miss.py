"""What a sender is told whose body element is not served here."""

from time import process_time

import pytest

from headend.contract import Contract

BASE = "http://iec.ch/TC57/2011/"
EARLY = "http://www.iec.ch/TC57/2011/"


@pytest.mark.parametrize(
    ("body", "operation", "service"),
    [
        (
            f"{{{EARLY}EndDeviceControlsMessage}}CreateEndDeviceControls",
            "CreateEndDeviceControls",
            "ExecuteEndDeviceControls",
        ),
        (
            f"{{{EARLY}EndDeviceEventsMessage}}CreatedEndDeviceEvents",
            "CreatedEndDeviceEvents",
            "ReceiveEndDeviceEvents",
        ),
        (f"{{{EARLY}MeterReadingsMessage}}GetMeterReadings", "GetMeterReadings", "GetMeterReadings"),
        (f"{{{EARLY}MeterReadingsMessage}}MeterReadingsRequestMessage", "GetMeterReadings", "GetMeterReadings"),
        (
            f"{{{BASE.replace('2011', '2015')}GetMeterReadingsMessage}}GetMeterReadingsRequestMessage",
            "GetMeterReadings",
            "GetMeterReadings",
        ),
        (f"{{{BASE}GetMeterReadingsMessage}}getMeterReading", "GetMeterReadings", "GetMeterReadings"),
        ("CancelEndDeviceControl", "CancelEndDeviceControls", "ExecuteEndDeviceControls"),
        (
            f"{{{BASE}MeterConfigMessage}}ExecuteMeterConfigOperationSet",
            "ExecuteMeterConfigOperationSet",
            "ExecuteMeterConfigOperationSet",
        ),
        (
            f"{{{BASE}MeterConfigMessage}}MeterConfigOperationSet",
            "ExecuteMeterConfigOperationSet",
            "ExecuteMeterConfigOperationSet",
        ),
    ],
    ids=[
        "early create",
        "early event",
        "early namespace",
        "early get",
        "2015 get",
        "misspelt",
        "no namespace",
        "set in the namespace of the noun",
        "set without verb",
    ],
)
def test_the_nearest_operation_is_named_with_namespace_and_path(
    contract: Contract, body: str, operation: str, service: str
) -> None:
    miss = contract.near_miss(body)
    served = contract.services[service].message_namespace
    assert (miss.operation, miss.service, miss.served_namespace) == (operation, service, served)
    assert miss.path == f"/services/{service}"
    for words in ("not served here", operation, served, miss.path):
        assert words in miss.sentence


def test_the_namespace_that_was_used_is_named(contract: Contract) -> None:
    miss = contract.near_miss(f"{{{EARLY}MeterReadingsMessage}}CreateMeterReadings")
    assert miss.used_namespace == f"{EARLY}MeterReadingsMessage"
    assert miss.sentence == (
        f"CreateMeterReadings in namespace {EARLY}MeterReadingsMessage is not served here; "
        f"CreateMeterReadings is served in namespace {BASE}MeterReadingsMessage at /services/ExecuteMeterReadings"
    )


def test_a_body_sent_to_the_wrong_service_is_shown_the_right_one(contract: Contract) -> None:
    miss = contract.near_miss(f"{{{BASE}GetMeterReadingsMessage}}GetMeterReadings")
    assert miss.sentence.endswith("is served at /services/GetMeterReadings")
    assert "not served" not in miss.sentence


@pytest.mark.parametrize("body", ["Ping", "{urn:x}Envelope", f"{{{BASE}schema/message}}RequestMessage"])
def test_what_resembles_nothing_is_told_the_nouns(contract: Contract, body: str) -> None:
    miss = contract.near_miss(body)
    assert (miss.operation, miss.service, miss.served_namespace, miss.path) == (None, None, None, None)
    assert "resembles nothing" in miss.sentence
    assert "EndDeviceControls, EndDeviceEvents, MasterDataLinkageConfig, MeterConfig" in miss.sentence


@pytest.mark.parametrize("name", ["x" * 200_000, "GetMeterReadings" * 12_500], ids=["one letter", "a name of ours"])
def test_a_name_of_two_hundred_thousand_letters_is_compared_in_a_moment(contract: Contract, name: str) -> None:
    start = process_time()
    assert contract.near_miss(name).operation is None
    assert process_time() - start < 1

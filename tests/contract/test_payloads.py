"""Validation of a profile's root alone, as it stands in an OperationSet, whose schema passes over it."""

from time import process_time

import pytest
from lxml import etree

from headend.contract import Contract, Violation, ViolationKind

BASE = "http://iec.ch/TC57/2011/"
SET = f"""<o:OperationSet xmlns:o="http://iec.ch/TC57/2011/schema/message" xmlns:c="{BASE}MeterConfig#">
  <o:Operation>
    <o:operationId>1</o:operationId>
    {{}}
  </o:Operation>
</o:OperationSet>"""
METER = "<c:MeterConfig><c:Meter>{}</c:Meter></c:MeterConfig>"


def violation(contract: Contract, payload: str) -> Violation:
    """The one violation of the payload of an operation; the payload begins on line 4."""
    (found,) = contract.validate_payload(etree.fromstring(SET.format(payload))[0][1])
    return found


def test_a_good_payload_has_no_violations(contract: Contract) -> None:
    payload = METER.format("<c:serialNumber>7</c:serialNumber><c:Names><c:name>M-1</c:name></c:Names>")
    assert contract.validate_payload(etree.fromstring(SET.format(payload))[0][1]) == []


def test_a_good_request_profile_has_no_violations(contract: Contract) -> None:
    payload = f"<GetMeterConfig xmlns='{BASE}GetMeterConfig#'><Meter><mRID>a</mRID></Meter></GetMeterConfig>"
    assert contract.validate_payload(etree.fromstring(payload)) == []


@pytest.mark.parametrize(
    ("meter", "kind", "path", "words"),
    [
        (
            "<c:Names/>",
            ViolationKind.MISSING_ELEMENT,
            "/MeterConfig/Meter/Names",
            "name is missing; Names holds in this order: name, NameType (optional)",
        ),
        (
            "<c:isVirtual>perhaps</c:isVirtual>",
            ViolationKind.BAD_VALUE,
            "/MeterConfig/Meter/isVirtual",
            "isVirtual is 'perhaps'; it must be true or false (xs:boolean)",
        ),
        (
            "<c:serialNumer>7</c:serialNumer>",
            ViolationKind.UNEXPECTED_ELEMENT,
            "/MeterConfig/Meter/serialNumer",
            "serialNumer has no place in Meter (did you mean serialNumber?)",
        ),
        (
            "<c:serialNumber>7</c:serialNumber><c:mRID>a</c:mRID>",
            ViolationKind.MISPLACED_ELEMENT,
            "/MeterConfig/Meter/mRID",
            "mRID must stand before serialNumber",
        ),
    ],
    ids=["missing", "value", "unknown", "order"],
)
def test_a_violation_is_explained_as_in_a_body_and_its_path_begins_at_the_payload(
    contract: Contract, meter: str, kind: ViolationKind, path: str, words: str
) -> None:
    found = violation(contract, METER.format(meter))
    assert (found.kind, found.path, found.line) == (kind, path, 4)
    assert found.rule.startswith(words)


@pytest.mark.parametrize(
    ("payload", "used", "meant"),
    [
        (
            "<MeterConfig xmlns='urn:x'/>",
            "MeterConfig in namespace urn:x",
            f"; MeterConfig is in namespace {BASE}MeterConfig#",
        ),
        ("<MeterConfig/>", "MeterConfig in no namespace", f"; MeterConfig is in namespace {BASE}MeterConfig#"),
        (
            "<c:Meter/>",
            f"Meter in namespace {BASE}MeterConfig#",
            "; the payload of that namespace is MeterConfig",
        ),
        (
            "<MeterConfigs xmlns='urn:x'/>",
            "MeterConfigs in namespace urn:x",
            f"; the nearest is MeterConfig in namespace {BASE}MeterConfig#",
        ),
        ("<Quux/>", "Quux in no namespace", " and resembles none; there are AuxiliaryAgreementConfig, "),
    ],
    ids=["other namespace", "no namespace", "a part for the whole", "misspelt", "nothing like it"],
)
def test_a_root_that_no_profile_has_is_an_unknown_message_with_its_near_miss(
    contract: Contract, payload: str, used: str, meant: str
) -> None:
    found = violation(contract, payload)
    assert (found.kind, found.line) == (ViolationKind.UNKNOWN_MESSAGE, 4)
    assert found.rule.startswith(f"{used} is no payload of this contract{meant}")


def test_what_the_validation_of_a_body_passes_over_in_a_set_is_found_in_the_payload(contract: Contract) -> None:
    operation = (
        "<m:Operation><m:operationId>1</m:operationId><m:noun>MeterConfig</m:noun><m:verb>create</m:verb>"
        f"{METER.format('<c:isVirtual>perhaps</c:isVirtual>')}</m:Operation>"
    )
    body = etree.fromstring(
        f"<s:ExecuteMeterConfigOperationSet xmlns:s='{BASE}MeterConfigOperationSetMessage' "
        f"xmlns:m='{BASE}schema/message' xmlns:c='{BASE}MeterConfig#'>"
        "<s:Header><m:Verb>execute</m:Verb><m:Noun>OperationSet</m:Noun></s:Header>"
        f"<s:Payload><s:OperationSet>{operation}</s:OperationSet></s:Payload></s:ExecuteMeterConfigOperationSet>"
    )
    assert contract.validate(body) == []
    (payload,) = body.iter(f"{{{BASE}MeterConfig#}}MeterConfig")
    assert [each.path for each in contract.validate_payload(payload)] == ["/MeterConfig/Meter/isVirtual"]


def test_a_message_is_no_payload(contract: Contract) -> None:
    found = violation(contract, f"<CreateMeterConfig xmlns='{BASE}MeterConfigMessage'/>")
    assert found.kind is ViolationKind.UNKNOWN_MESSAGE


def test_no_more_than_ten_violations_of_a_payload_are_told(contract: Contract) -> None:
    payload = METER.format("<c:isVirtual>perhaps</c:isVirtual>").replace(
        "<c:Meter>", "<c:Meter><c:x/></c:Meter>" * 12 + "<c:Meter>"
    )
    assert len(contract.validate_payload(etree.fromstring(SET.format(payload))[0][1])) == 10


def test_ten_thousand_payloads_of_one_set_take_less_than_two_seconds(contract: Contract) -> None:
    meter = METER.format("<c:serialNumber>7</c:serialNumber><c:Names><c:name>M-1</c:name></c:Names>")
    payloads = list(etree.fromstring(SET.format(meter * 10_000))[0])[1:]
    start = process_time()
    assert all(contract.validate_payload(payload) == [] for payload in payloads)
    assert process_time() - start < 2

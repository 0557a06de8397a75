"""Other people's software loads every file."""

import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree
from zeep import Client

SAMPLE = """<g:GetMeterReadings xmlns:g="http://iec.ch/TC57/2011/GetMeterReadingsMessage"
    xmlns:m="http://iec.ch/TC57/2011/schema/message">
  <g:Header><m:Verb>get</m:Verb><m:Noun>MeterReadings</m:Noun></g:Header>
  <g:Request>
    <GetMeterReadings xmlns="http://iec.ch/TC57/2011/GetMeterReadings#">
      <EndDevice><Names><name>M-1</name></Names></EndDevice>
    </GetMeterReadings>
  </g:Request>
</g:GetMeterReadings>
"""
needs_xmllint = pytest.mark.skipif(
    shutil.which("xmllint") is None, reason="xmllint is not installed (package libxml2-utils)"
)


def xmllint(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["xmllint", "--nonet", "--noout", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_lxml_compiles_every_schema(xsd_file: Path) -> None:
    schema = etree.XMLSchema(file=str(xsd_file))
    assert list(schema.error_log) == []


def test_zeep_loads_every_service_with_all_its_operations(wsdl_file: Path) -> None:
    client = Client(str(wsdl_file))
    (service,) = client.wsdl.services.values()
    (port,) = service.ports.values()
    tree = etree.parse(str(wsdl_file))
    declared = [str(name) for name in tree.xpath("//*[local-name()='portType']/*[local-name()='operation']/@name")]
    assert sorted(port.binding._operations) == sorted(declared)


def test_zeep_builds_a_request_that_the_schema_accepts(wsdl_directory: Path) -> None:
    client = Client(str(wsdl_directory / "GetMeterReadings.wsdl"))
    envelope = client.create_message(
        client.service,
        "GetMeterReadings",
        Header={"Verb": "get", "Noun": "MeterReadings"},
        Request={"GetMeterReadings": {"EndDevice": [{"Names": [{"name": "M-1"}]}]}},
    )
    schema = etree.XMLSchema(file=str(wsdl_directory / "xsd" / "GetMeterReadingsMessage.xsd"))
    assert schema.validate(envelope[0][0]), schema.error_log


@needs_xmllint
def test_xmllint_reads_every_file(wsdl_directory: Path) -> None:
    files = [str(path) for pattern in ("*.wsdl", "xsd/*.xsd") for path in wsdl_directory.glob(pattern)]
    result = xmllint(*files)
    assert (result.returncode, result.stderr) == (0, "")


@needs_xmllint
def test_xmllint_accepts_a_good_message_and_refuses_a_bad_one(wsdl_directory: Path, tmp_path: Path) -> None:
    schema = str(wsdl_directory / "xsd" / "GetMeterReadingsMessage.xsd")
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_text(SAMPLE, "utf-8")
    bad.write_text(SAMPLE.replace(">get<", ">fetch<"), "utf-8")
    assert xmllint("--schema", schema, str(good)).returncode == 0
    assert xmllint("--schema", schema, str(bad)).returncode != 0

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from headend.contract import Contract

GET = "http://iec.ch/TC57/2011/GetMeterReadingsMessage"
ENVELOPE = f"""<?xml version="1.0"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:g="{GET}"
    xmlns:m="http://iec.ch/TC57/2011/schema/message" xmlns:r="http://iec.ch/TC57/2011/GetMeterReadings#"
    xmlns:c="http://iec.ch/TC57/2011/EndDeviceControls#" xmlns:x="http://iec.ch/TC57/2011/EndDeviceControlsMessage"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <soap:Body>
    {{body}}
  </soap:Body>
</soap:Envelope>"""


@pytest.fixture(scope="session")
def wsdl_directory() -> Path:
    return Path(__file__).parents[2] / "wsdl"


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.load()


@pytest.fixture(scope="session")
def enveloped() -> Callable[[str], etree._Element]:
    """The body element that the text holds, inside an envelope that declares the prefixes g, m, r, x, c and xsi.

    The body begins on line 7 of the message.
    """

    def body(text: str) -> etree._Element:
        envelope = etree.fromstring(ENVELOPE.format(body=text).encode())
        return envelope[0][0]

    return body


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that take `wsdl_file` or `xsd_file` run once for every file of that sort."""
    directory = Path(__file__).parents[2] / "wsdl"
    for name, pattern in (("wsdl_file", "*.wsdl"), ("xsd_file", "xsd/*.xsd")):
        if name in metafunc.fixturenames:
            paths = sorted(directory.glob(pattern))
            metafunc.parametrize(name, paths, ids=[path.stem for path in paths])

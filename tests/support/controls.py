"""EndDeviceControls as a test looks at them: in the reply to a get, or in a message to a subscriber."""

from dataclasses import dataclass

from lxml import etree

from tests.support.soap_requests import BASE, MESSAGE, SOAP
from tests.support.wire_rules import WSDL_DIRECTORY

C = f"{{{BASE}/EndDeviceControls#}}"


@dataclass(frozen=True, slots=True)
class ControlSeen:
    """One EndDeviceControl."""

    mrid: str
    type: str
    devices: dict[str, str]
    """What it has come to at each device: by name."""
    events: dict[str, str]
    """The events that tell of it, by name of the device; those without one are left out."""
    element: etree._Element

    def text(self, path: str) -> str | None:
        """The text below it, such as `primaryDeviceTiming/interval/start`."""
        return self.element.findtext("/".join(f"{C}{part}" for part in path.split("/")))


def controls_in(payload: etree._Element) -> list[ControlSeen]:
    """The controls of an EndDeviceControls element."""
    return [_control(element) for element in payload.iterfind(f"{C}EndDeviceControl")]


@dataclass(frozen=True, slots=True)
class ToldControls:
    """A message to a subscriber."""

    verb: str
    timestamp: str
    correlation_id: str | None
    message_id: str
    controls: list[ControlSeen]


def told_controls(body: bytes) -> ToldControls:
    """What a subscriber is sent, held to the contract."""
    (element,) = etree.fromstring(body).iterfind(f"{{{SOAP}}}Body/*")
    schema = etree.XMLSchema(file=str(WSDL_DIRECTORY / "xsd" / "EndDeviceControlsMessage.xsd"))
    assert schema.validate(etree.ElementTree(element)), schema.error_log
    header = {str(child.tag).removeprefix(f"{{{MESSAGE}}}"): child.text or "" for child in element[0]}
    verb = header["Verb"]
    assert str(element.tag).endswith(f"}}{verb.capitalize()}EndDeviceControls")
    payload = element.find(f"{{*}}Payload/{C}EndDeviceControls")
    assert payload is not None
    return ToldControls(
        verb, header["Timestamp"], header.get("CorrelationID"), header["MessageID"], controls_in(payload)
    )


def _control(element: etree._Element) -> ControlSeen:
    devices, events = {}, {}
    for device in element.iterfind(f"{C}EndDevices"):
        names = {}
        for one in device.iterfind(f"{C}Names"):
            kind = one.findtext(f"{C}NameType/{C}name") or ""
            names[kind] = one.findtext(f"{C}name") or ""
            told = one.findtext(f"{C}NameType/{C}description")
            if kind == "outcome" and told is not None:
                events[names["EndDevice"]] = told
        devices[names["EndDevice"]] = names["outcome"]
    (control_type,) = element.iterfind(f"{C}EndDeviceControlType")
    return ControlSeen(element.findtext(f"{C}mRID") or "", control_type.get("ref", ""), devices, events, element)

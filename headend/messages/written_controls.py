"""EndDeviceControls: the payload written (61968-9:2013, clause 5.4).

A control is told as its client wrote it, with our mRID and the code of its type. The profile has no field for a state,
so each device carries it beside its name, as a name of type `outcome`; the event that tells of it stands in the
description of that type.
"""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

from lxml import etree

from headend.messages.end_device_events import METER_NAME_TYPE
from headend.messages.envelope import child
from headend.messages.xml_instants import instant_text, parse_instant
from headend.messages.xml_names import QualifiedName, tag
from headend.operations.controls.told_controls import ToldControl, ToldDevice, ToldTiming
from simulator.fleet import Fleet

END_DEVICE_CONTROLS: Final = "http://iec.ch/TC57/2011/EndDeviceControls#"

OUTCOME: Final = "outcome"
"""NameType of the name that tells how far a control has come at a device."""

_ORDER: Final = (
    "mRID",
    "drProgramLevel",
    "drProgramMandatory",
    "issuerID",
    "issuerTrackingID",
    "priceSignal",
    "reason",
    "PanDemandResponse",
    "PanDisplay",
    "PanPricing",
    "EndDeviceControlType",
    "EndDeviceGroups",
    "EndDevices",
    "primaryDeviceTiming",
    "secondaryDeviceTiming",
    "UsagePointGroups",
    "UsagePoints",
)
"""Of the profile."""
_PARTS: Final = ("PanDemandResponse", "PanDisplay", "PanPricing")
_INSTANTS: Final = frozenset({"start", "end", "startDateTime", "cancelDateTime", "currentTimeDate"})
_TIMING_OF_PART: Final = frozenset({"startDateTime", "duration", "durationIndefinite"})


def control_document(control: etree._Element, zone: tzinfo) -> str:
    """A control as it came, without its mRID and devices: those are kept one by one, each with what becomes of it.

    zone: of instants that have none.
    """
    copied = _copied(control, zone)
    for name in ("mRID", "EndDevices"):
        for element in list(copied.iterchildren(f"{{*}}{name}")):
            copied.remove(element)
    return etree.tostring(copied, encoding="unicode")


def end_device_controls_element(controls: Iterable[ToldControl], fleet: Fleet, zone: tzinfo) -> etree._Element:
    """The EndDeviceControls element; instants that we write are in `zone`, the fleet's."""
    root = etree.Element(tag(END_DEVICE_CONTROLS, "EndDeviceControls"), nsmap={None: END_DEVICE_CONTROLS})  # type: ignore[dict-item]  # stubs do not know the default namespace
    for control in controls:
        root.append(_control_element(control, fleet, zone))
    return root


def _control_element(control: ToldControl, fleet: Fleet, zone: tzinfo) -> etree._Element:
    element = _document_element(control)
    _put(element, "mRID", control.mrid)
    control_type = child(element, "EndDeviceControlType")
    if control_type is None:
        control_type = _insert(element, etree.Element(tag(END_DEVICE_CONTROLS, "EndDeviceControlType")))
    control_type.set("ref", control.type_code)
    if control.timing is not None:
        _put_timing(element, control.timing, zone)
    devices = [_device_element(device, fleet) for device in control.devices]
    if devices:
        first = _insert(element, devices[0])
        at = element.index(first)
        element[at + 1 : at + 1] = devices[1:]
    return element


def _document_element(control: ToldControl) -> etree._Element:
    if control.document is not None:
        return etree.fromstring(control.document)
    element = etree.Element(tag(END_DEVICE_CONTROLS, "EndDeviceControl"))
    for name, value in (
        ("issuerID", control.issuer_id),
        ("issuerTrackingID", control.issuer_tracking_id),
        ("reason", control.reason),
    ):
        if value is not None:
            _put(element, name, value)
    return element


def _device_element(device: ToldDevice, fleet: Fleet) -> etree._Element:
    element = etree.Element(tag(END_DEVICE_CONTROLS, "EndDevices"))
    _add(element, "mRID", device.mrid)
    index = fleet.index_of_mrid(device.mrid)
    if index is not None:  # else one that the fleet no longer has
        _add_name(element, fleet.meter(index).name, METER_NAME_TYPE)
    _add_name(element, device.state.value, OUTCOME, device.event_code)
    return element


def _add_name(parent: etree._Element, name: str, name_type: str, description: str | None = None) -> None:
    names = _add(parent, "Names")
    _add(names, "name", name)
    typed = _add(names, "NameType")
    if description is not None:
        _add(typed, "description", description)
    _add(typed, "name", name_type)


def _put_timing(control: etree._Element, timing: ToldTiming, zone: tzinfo) -> None:
    """The timing that counts, instead of the one that the client wrote first."""
    for name in _PARTS:
        part = child(control, name)
        for element in [] if part is None else list(part):
            if QualifiedName.of(element.tag).local in _TIMING_OF_PART:
                element.getparent().remove(element)  # type: ignore[union-attr]  # it has one
    old = child(control, "primaryDeviceTiming")
    if old is not None:
        control.remove(old)
    element = etree.Element(tag(END_DEVICE_CONTROLS, "primaryDeviceTiming"))
    if timing.duration_s is not None:
        _add(element, "duration", f"{timing.duration_s / 60:g}")
    _add(element, "randomisation", timing.randomisation)
    _add(_add(element, "interval"), "start", instant_text(timing.start, zone))
    _insert(control, element)


def _put(control: etree._Element, name: str, text: str) -> None:
    """A field of a control; one that is there already gets another text."""
    element = child(control, name)
    if element is None:
        element = _insert(control, etree.Element(tag(END_DEVICE_CONTROLS, name)))
    element.text = text


def _insert(control: etree._Element, element: etree._Element) -> etree._Element:
    """Put an element where the profile has it."""
    rank = _ORDER.index(QualifiedName.of(element.tag).local)
    before = [one for one in control if _ORDER.index(QualifiedName.of(one.tag).local) <= rank]
    control.insert(len(before), element)
    return element


def _add(parent: etree._Element, local: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, tag(END_DEVICE_CONTROLS, local))
    element.text = text
    return element


def _copied(element: etree._Element, zone: tzinfo) -> etree._Element:
    """An element in the namespace that we write, whatever prefix or dialect it came with; without comments."""
    local = QualifiedName.of(element.tag).local
    copied = etree.Element(tag(END_DEVICE_CONTROLS, local), nsmap={None: END_DEVICE_CONTROLS})  # type: ignore[dict-item]  # stubs do not know the default namespace
    for name, value in element.items():
        copied.set(name, value)
    inside = [_copied(one, zone) for one in element.iterchildren("{*}*")]
    copied.extend(inside)
    if not inside:
        written = "".join(map(str, element.itertext(with_tail=False))).strip()
        copied.text = _with_zone(written, zone) if local in _INSTANTS else written or None
    return copied


def _with_zone(written: str, zone: tzinfo) -> str:
    try:
        return instant_text(parse_instant(written, zone), zone)
    except ValueError:  # a year that no calendar of ours has
        return written

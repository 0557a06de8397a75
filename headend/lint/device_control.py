"""An EndDeviceControl of a payload."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from lxml import etree

from headend.lint.elements import child, children, local, text
from headend.lint.finding import Side, Where
from headend.lint.instants import read_instant
from headend.lint.named_object import NamedObject, read_named
from simulator.cim.end_device_control_type import EndDeviceControlType, InvalidControlType

TARGETS = ("EndDevices", "EndDeviceGroups", "UsagePoints", "UsagePointGroups")
_NOWHERE = Where(0, Side.REQUEST, "", None)


@dataclass(frozen=True, slots=True)
class DeviceControl:
    """What a message wants of some devices."""

    element: etree._Element
    mrid: str | None
    issuer_tracking_id: str | None
    type_text: str | None
    """EndDeviceControlType/@ref."""
    type: EndDeviceControlType | None
    """None where the code cannot be decoded."""
    devices: tuple[NamedObject, ...]
    """EndDevices and UsagePoints."""
    has_groups: bool
    pan: str | None
    """Local name of its part for the home network, such as PanDisplay."""
    starts: datetime | None
    """primaryDeviceTiming/interval/start."""

    @property
    def has_targets(self) -> bool:
        """Whether it names anything at all."""
        return self.has_groups or bool(self.devices)


@lru_cache(maxsize=4_096)
def decoded_control(code: str) -> tuple[EndDeviceControlType | None, str]:
    """The control type of a code; or None, and why."""
    try:
        return EndDeviceControlType.parse(code), ""
    except InvalidControlType as error:
        return None, str(error)


def read_control(element: etree._Element) -> DeviceControl:
    """An EndDeviceControl element."""
    kind = child(element, "EndDeviceControlType")
    type_text = None if kind is None else (kind.get("ref") or "").strip()
    interval = child(child(element, "primaryDeviceTiming"), "interval")
    return DeviceControl(
        element=element,
        mrid=text(element, "mRID") or None,
        issuer_tracking_id=text(element, "issuerTrackingID") or None,
        type_text=type_text,
        type=decoded_control(type_text)[0] if type_text else None,
        devices=tuple(
            read_named(one, name, lambda: _NOWHERE)
            for name in ("EndDevices", "UsagePoints")
            for one in children(element, name)
        ),
        has_groups=any(local(one) in ("EndDeviceGroups", "UsagePointGroups") for one in element),
        pan=next((local(one) for one in element if local(one).startswith("Pan")), None),
        starts=read_instant(text(interval, "start") or "")[0],
    )

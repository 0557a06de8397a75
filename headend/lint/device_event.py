"""An EndDeviceEvent of a payload."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from headend.lint.elements import child, line_of, text
from headend.lint.finding import Remark, Where
from headend.lint.instants import read_instant
from headend.lint.named_object import NamedObject, named_child
from simulator.cim.end_device_event_type import EndDeviceEventType, InvalidEventType

if TYPE_CHECKING:
    from headend.lint.part import Part


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """What a message tells of one event."""

    part: Part
    where: Where
    mrid: str | None
    type_text: str | None
    """EndDeviceEventType/@ref."""
    type: EndDeviceEventType | None
    """None where the code cannot be decoded."""
    created: datetime | None
    device: NamedObject | None
    usage_point: NamedObject | None
    issuer_tracking_id: str | None

    def remark(self, sentence: str, name: str = "") -> Remark:
        """What is to be said of it, or of a child."""
        where = self.where
        path = f"{where.path}/{name}" if name else where.path
        return Remark(sentence, Where(where.entry, where.part, path, where.line))

    @property
    def identifiers(self) -> frozenset[str]:
        """All that its device and usage point are called."""
        return frozenset().union(*(one.identifiers for one in (self.device, self.usage_point) if one is not None))

    @property
    def owner(self) -> str:
        """What to call its device in a sentence."""
        owner = self.device or self.usage_point
        return "a device without a name" if owner is None else owner.words


@lru_cache(maxsize=4_096)
def decoded_event(code: str) -> tuple[EndDeviceEventType | None, str]:
    """The event type of a code; or None, and why."""
    try:
        return EndDeviceEventType.parse(code), ""
    except InvalidEventType as error:
        return None, str(error)


def read_event(element: etree._Element, part: Part, where: Where) -> DeviceEvent:
    """An EndDeviceEvent element."""
    kind = child(element, "EndDeviceEventType")
    type_text = None if kind is None else (kind.get("ref") or "").strip()
    return DeviceEvent(
        part=part,
        where=Where(where.entry, where.part, where.path, line_of(element) or where.line),
        mrid=text(element, "mRID") or None,
        type_text=type_text,
        type=decoded_event(type_text)[0] if type_text else None,
        created=read_instant(text(element, "createdDateTime") or "")[0],
        device=named_child(element, "Assets", lambda: where),
        usage_point=named_child(element, "UsagePoint", lambda: where),
        issuer_tracking_id=text(element, "issuerTrackingID") or None,
    )

"""What is in a message, as values. Read when somebody asks, so that taking a large message costs no more than checking.

Reading never fails: what the contract allows and nobody could make sense of is told in `unreadable`.
"""

from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from headend.messages.read_told import NotReadable, device_events, meter_readings, reply_errors, reply_result, text_at
from headend.messages.told import DeviceEvent, MeterReading, ReplyError
from simulator.cim.end_device_control_type import EndDeviceControlType, InvalidControlType


@dataclass(frozen=True, slots=True)
class DeviceControl:
    """One EndDeviceControl."""

    type_code: str
    """Four numbers such as 3.31.0.23 (Annex F)."""
    devices: tuple[str, ...]
    """By name, or mRID where there is no name."""

    @property
    def words(self) -> str:
        """The type in words, such as `RCDSwitch.-.Disconnect`; its code where no table knows it."""
        try:
            return EndDeviceControlType.parse(self.type_code).mnemonic
        except InvalidControlType:
            return self.type_code


class Content:
    """The parts of a body element that a test asks for."""

    def __init__(self, body: bytes | etree._Element | None) -> None:
        """body: the body element, or it as XML, what was compressed in it inflated. Anything else has no content.

        Of bytes the tree is made anew whenever somebody asks: it takes ten times the room of its text.
        """
        self._body = body

    @cached_property
    def events(self) -> tuple[DeviceEvent, ...]:
        """The EndDeviceEvents in the payload."""
        return self._events_or_why[0]

    @cached_property
    def readings(self) -> tuple[MeterReading, ...]:
        """The MeterReadings in the payload, meter by meter."""
        return self._readings_or_why[0]

    @cached_property
    def unreadable(self) -> str | None:
        """Why events or readings could not be read; None where they could, and where there are none."""
        return self._events_or_why[1] or self._readings_or_why[1]

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every mRID and every name (in Names) of the objects in the payload: meters, usage points, events ..."""
        message = self._message
        payload = None if message is None else message.find("{*}Payload")
        if payload is None:
            return frozenset()
        mrids = ((element.text or "").strip() for element in payload.iter("{*}mRID"))
        names = ((element.findtext("{*}name") or "").strip() for element in payload.iter("{*}Names"))
        return frozenset(one for texts in (mrids, names) for one in texts if one)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the objects in the payload, the first one of each, in the order of the message."""
        message = self._message
        found = () if message is None else message.iterfind("{*}Payload//{*}Names")
        texts = ((element.findtext("{*}name") or "").strip() for element in found)
        return tuple(dict.fromkeys(text for text in texts if text))

    @cached_property
    def controls(self) -> tuple[DeviceControl, ...]:
        """The EndDeviceControls in the payload."""
        message = self._message
        found = () if message is None else message.iterfind("{*}Payload/{*}EndDeviceControls/{*}EndDeviceControl")
        return tuple(map(_control, found))

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """What a request asks about: names, IDs, and mRIDs where there is no name, in the order of its Request."""
        message = self._message
        request = None if message is None else message.find("{*}Request")
        if request is None:
            return ()
        named = (
            text
            for element in request.iter("{*}mRID", "{*}Names", "{*}ID")
            if (text := text_at(element, "name") or (element.text or "").strip())
        )
        return tuple(dict.fromkeys(named))

    @cached_property
    def result(self) -> str | None:
        """OK, PARTIAL or FAILED of a late reply; None for a message without Reply."""
        message = self._message
        return None if message is None else reply_result(message)

    @cached_property
    def errors(self) -> tuple[ReplyError, ...]:
        """The Errors of a late reply."""
        message = self._message
        return () if message is None else reply_errors(message)

    @cached_property
    def _events_or_why(self) -> tuple[tuple[DeviceEvent, ...], str | None]:
        message = self._message
        try:
            return () if message is None else device_events(message), None
        except NotReadable as error:
            return (), str(error)

    @cached_property
    def _readings_or_why(self) -> tuple[tuple[MeterReading, ...], str | None]:
        message = self._message
        try:
            return () if message is None else meter_readings(message), None
        except NotReadable as error:
            return (), str(error)

    @property
    def _message(self) -> etree._Element | None:
        if not isinstance(self._body, bytes):
            return self._body
        try:
            return etree.fromstring(
                self._body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
            )
        except etree.XMLSyntaxError:
            return None


def _control(element: etree._Element) -> DeviceControl:
    control_type = element.find("{*}EndDeviceControlType")
    # EndDevices, usage points and groups alike.
    devices = (text_at(one, "Names/{*}name") or text_at(one, "mRID") for one in element.iterchildren("*"))
    code = "" if control_type is None else control_type.get("ref", "")
    return DeviceControl(code, tuple(device for device in devices if device))

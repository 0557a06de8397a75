"""An answer as the judge sees it: the bytes, read with lxml, by local names. Nothing here raises for a bad answer."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from lxml import etree

from headend.client.answers import DeviceEvent, MeterReading, ReplyError
from headend.client.errors import NotUnderstood
from headend.conformance.compressed_payload import inflate_payload
from headend.journal import Entry
from headend.messages.read_told import device_events, meter_readings, reply_errors, reply_result

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def parsed(data: bytes) -> etree._Element:
    """Raises etree.XMLSyntaxError."""
    return etree.fromstring(
        data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    )


@dataclass(frozen=True)
class Answer:
    """What came back for a message, or a message that came by itself."""

    entry: Entry
    number: int
    """Of its exchange in the case, counted from 1."""
    data: bytes
    """The message itself: the response of what we sent, the request of what was sent to us."""
    headers: Any = None
    """Of HTTP, names in lower case; None for what was sent to us."""

    @cached_property
    def envelope(self) -> etree._Element | None:
        """The root; None for what is no XML."""
        try:
            return parsed(self.data)
        except etree.XMLSyntaxError:
            return None

    @cached_property
    def body(self) -> etree._Element | None:
        """The first element of the Body; what came compressed in it stands there inflated."""
        envelope = self.envelope
        holder = None if envelope is None else envelope.find(f"{{{SOAP}}}Body")
        found: etree._Element | None = None if holder is None else next(holder.iterchildren("*"), None)
        if found is not None:
            inflate_payload(found)
        return found

    @property
    def fault(self) -> etree._Element | None:
        """The SOAP fault, if it is one."""
        return self.body if self.body is not None and self.body.tag == f"{{{SOAP}}}Fault" else None

    @property
    def fault_string(self) -> str:
        """What a fault says; empty where there is none."""
        return "" if self.fault is None else (self.fault.findtext("faultstring") or "").strip()

    @property
    def fault_code(self) -> str:
        """Without its prefix: Client, Server ..."""
        return "" if self.fault is None else (self.fault.findtext("faultcode") or "").strip().rpartition(":")[2]

    @property
    def message(self) -> etree._Element | None:
        """The message with Header, Reply or Payload; of a fault what stands in its detail."""
        if self.fault is None:
            return self.body
        return self.fault.find("detail/*")

    @property
    def element(self) -> str:
        """Local name of the body element."""
        return "" if self.body is None else str(etree.QName(self.body).localname)

    def header(self, name: str) -> str | None:
        """The text of an element of the Header; None where it is not there."""
        message = self.message
        found = None if message is None else message.find(f"{{*}}Header/{{*}}{name}")
        return None if found is None else (found.text or "").strip()

    @property
    def result(self) -> str | None:
        """OK, PARTIAL or FAILED; None where there is no Reply."""
        return None if self.message is None else reply_result(self.message)

    @property
    def errors(self) -> tuple[ReplyError, ...]:
        """The Errors of the Reply."""
        return () if self.message is None else reply_errors(self.message)

    @property
    def codes(self) -> tuple[str, ...]:
        """Their codes."""
        return tuple(error.code for error in self.errors)

    @property
    def ids(self) -> tuple[str, ...]:
        """Reply/ID."""
        found = [] if self.message is None else self.message.findall("{*}Reply/{*}ID")
        return tuple((one.text or "").strip() for one in found)

    @property
    def payload(self) -> etree._Element | None:
        """The first element in the Payload."""
        found = None if self.message is None else self.message.find("{*}Payload")
        return None if found is None else next(found.iterchildren("*"), None)

    def all(self, path: str) -> list[etree._Element]:
        """Elements of the payload by a path of local names such as MeterReading/Readings."""
        if self.payload is None:
            return []
        return list(self.payload.iterfind("/".join(f"{{*}}{name}" for name in path.split("/"))))

    def texts(self, path: str) -> list[str]:
        """Their texts."""
        return [(element.text or "").strip() for element in self.all(path)]

    def refs(self, path: str) -> list[str]:
        """Their attribute ref."""
        return [element.get("ref", "") for element in self.all(path)]

    @cached_property
    def readings(self) -> tuple[MeterReading, ...]:
        """The readings in the payload, meter by meter; none where they cannot be read, see `unreadable`."""
        try:
            return () if self.message is None else meter_readings(self.message)
        except NotUnderstood:
            return ()

    @cached_property
    def events(self) -> tuple[DeviceEvent, ...]:
        """The events in the payload; none where they cannot be read, see `unreadable`."""
        try:
            return () if self.message is None else device_events(self.message)
        except NotUnderstood:
            return ()

    @cached_property
    def unreadable(self) -> str | None:
        """Why readings or events in it have no value that anybody could use."""
        if self.message is None:
            return None
        try:
            meter_readings(self.message)
            device_events(self.message)
        except NotUnderstood as error:
            return str(error)
        return None

    @property
    def timestamp(self) -> datetime | None:
        """Header/Timestamp; None where it is not there, or no instant with a zone."""
        try:
            stamp = datetime.fromisoformat(self.header("Timestamp") or "")
        except ValueError:
            return None
        return None if stamp.tzinfo is None else stamp

    @property
    def is_refused(self) -> bool:
        """A FAILED reply or a SOAP fault: the standard allows either."""
        return self.result == "FAILED" or self.fault is not None

    @property
    def told(self) -> str:
        """Everything that it says of errors, for somebody who looks for a word."""
        errors = (f"{one.code} {one.reason or ''} {one.details or ''} {one.object_id or ''}" for one in self.errors)
        return " ".join([self.fault_string, *errors])

    def __str__(self) -> str:
        """What it is, in words."""
        if self.envelope is None:
            return f"HTTP {self.entry.status} and no XML"
        if self.fault is not None:
            said = "".join(f" {error}" for error in self.errors[:2])
            return f"a SOAP fault {self.fault_code}: {_short(self.fault_string)}{said}"
        if self.result is None:
            return f"HTTP {self.entry.status} with {self.element or 'no message'}"
        said = "; ".join(str(error) for error in self.errors[:2])
        more = f" and {len(self.errors) - 2} more" if len(self.errors) > 2 else ""
        return _short(f"Result {self.result}{f', {said}{more}' if said else ''}")


def _short(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]}..."

"""One message of an exchange: its parts as they were read, and where everything stands."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from headend.contract import OperationDescription
from headend.lint.asked import Asked, read_asked
from headend.lint.bodies import Kind
from headend.lint.device_control import DeviceControl, read_control
from headend.lint.elements import children, line_of, local
from headend.lint.finding import Remark, Side, Where
from headend.lint.header_said import HeaderSaid
from headend.lint.named_object import NamedObject
from headend.lint.reply_said import ReplySaid
from headend.messages.xml_names import SOAP_ENVELOPE, tag

BODY = tag(SOAP_ENVELOPE, "Body")
_NO_ROOTS = frozenset({"Compressed", "Format", "ID", "OperationSet"})


@dataclass(eq=False)
class Part:
    """A request or a response; what is long in it, readings and events, was let go of once it had been looked at."""

    entry_number: int
    side: Side
    data: bytes
    is_whole: bool
    """Whether every byte was kept. Of what was cut short, only the header is read."""
    service: str = ""
    """That it was posted to, empty where it is not known."""
    request_part: Part | None = None
    """Of a response: what it answers."""
    status: int | None = None
    """Of HTTP; None for a request, and where it is not known."""
    problem: str | None = None
    """Why it is no XML, where it is none."""
    instructions: int = 0
    """Processing instructions in it."""
    root: etree._Element | None = None
    """The Envelope, or whatever the document's root is."""
    body: list[etree._Element] = field(default_factory=list)
    """What stands in the Body."""
    element: etree._Element | None = None
    """The message; None for a fault, and where the Body does not hold one element."""
    request: etree._Element | None = None
    """The element Request."""
    payload: etree._Element | None = None
    """The element Payload."""
    fault: etree._Element | None = None
    kind: Kind = Kind.UNKNOWN
    operation: OperationDescription | None = None
    """That it requests or tells of; None for an answer."""
    noun: str | None = None
    """Of the contract's operation, as a Header has to say it; None where the body element is unknown."""
    header: HeaderSaid = field(default_factory=HeaderSaid)
    reply: ReplySaid | None = None
    """Of a message, or of the fault message in a fault's detail."""
    compressed: etree._Element | None = None
    """Payload/Compressed, once it was inflated."""
    inflated: etree._Element | None = None
    """The root of what came compressed."""
    not_inflated: str | None = None
    """Why Compressed could not be read."""
    meters: list[frozenset[str]] = field(default_factory=list)
    """What the meter and the usage point of each MeterReading are called."""
    values: int = 0
    """Readings and intervals in it."""
    events: int = 0
    """EndDeviceEvents in it."""
    xsi: list[tuple[str, str, Where]] = field(default_factory=list)
    """Attributes of XML Schema that it has: their local names, those of their elements, and where these stand."""
    reading_types: dict[str, Where] = field(default_factory=dict)
    """Every text that says which reading type is meant, and where it stands first."""
    declared_types: set[str] = field(default_factory=set)
    """Names of reading types that the message itself declares."""
    objects: list[NamedObject] = field(default_factory=list)
    """What its Request and Payload name, but for long payloads."""
    numbers: Counter[str] = field(default_factory=Counter)
    """How many elements of a long payload have ended so far, by tag, in the parent that has not."""

    @property
    def is_late_reply(self) -> bool:
        """Whether it is the reply to an earlier request, in a call of its own."""
        return self.side is Side.REQUEST and (self.kind is Kind.ANSWER or self.header.verb == "reply")

    @cached_property
    def payload_roots(self) -> list[etree._Element]:
        """What the Payload holds beside its own elements; what came compressed is last."""
        plain = [one for one in (() if self.payload is None else self.payload) if local(one) not in _NO_ROOTS]
        return plain if self.inflated is None else [*plain, self.inflated]

    @property
    def name(self) -> str:
        """The body element's local name."""
        return "the message" if self.element is None else local(self.element)

    @property
    def verb(self) -> str | None:
        """Of the operation that it requests or tells of, as a Header has to say it."""
        return None if self.operation is None else self.operation.verb

    @cached_property
    def digest(self) -> bytes:
        """By which a message that is sent again is known."""
        return hashlib.blake2b(self.data, digest_size=16).digest()

    @cached_property
    def asked(self) -> Asked:
        """What a get request selects."""
        return read_asked(self.request)

    @cached_property
    def controls(self) -> tuple[DeviceControl, ...]:
        """The EndDeviceControls in its payload."""
        return tuple(
            read_control(one)
            for root in self.payload_roots
            if local(root) == "EndDeviceControls"
            for one in children(root, "EndDeviceControl")
        )

    def where(self, element: etree._Element | None = None) -> Where:
        """The place of an element; without one, of the message."""
        if element is None:
            element = self.element if self.element is not None else self.fault
        if element is None:
            return Where(self.entry_number, self.side, "", None)
        return Where(self.entry_number, self.side, self.path(element), line_of(element))

    def remark(self, sentence: str, element: etree._Element | None = None) -> Remark:
        """What is to be said of an element; without one, of the message."""
        return Remark(sentence, self.where(element))

    @staticmethod
    def remark_at(sentence: str, where: Where) -> Remark:
        """What is to be said of a place that was noted before."""
        return Remark(sentence, where)

    def path(self, element: etree._Element) -> str:
        """Local names from the body element on."""
        steps = [self._step(element)]
        parent = self._parent(element)
        while parent is not None and parent.tag != BODY:
            steps.append(self._step(parent))
            parent = self._parent(parent)
        return "/" + "/".join(reversed(steps))

    def _parent(self, element: etree._Element) -> etree._Element | None:
        parent = element.getparent()
        # The root of a document without an Envelope around it came out of Compressed.
        return self.compressed if parent is None and local(element) != "Envelope" else parent

    def _step(self, element: etree._Element) -> str:
        full, name = str(element.tag), local(element)
        if full in self.numbers:
            return f"{name}[{self.numbers[full] + 1}]"
        before = sum(1 for _ in element.itersiblings(full, preceding=True))
        behind = next(element.itersiblings(full), None)
        return f"{name}[{before + 1}]" if before or behind is not None else name

"""What the Header of a message says, as it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from headend.lint.elements import child, local, text
from headend.lint.instants import read_instant


@dataclass(frozen=True, slots=True)
class HeaderSaid:
    """A Header; one that is not there says nothing. An empty element is in `elements`, and its value is None."""

    elements: dict[str, etree._Element] = field(default_factory=dict)
    """The first of each local name."""

    @classmethod
    def of(cls, element: etree._Element | None) -> HeaderSaid:
        """Read a Header element."""
        found: dict[str, etree._Element] = {}
        for one in element if element is not None else ():
            found.setdefault(local(one), one)
        return cls(found)

    def text(self, name: str) -> str | None:
        """What an element says; None where it is missing or empty."""
        element = self.elements.get(name)
        return None if element is None else (element.text or "").strip() or None

    @property
    def verb(self) -> str | None:
        return self.text("Verb")

    @property
    def noun(self) -> str | None:
        return self.text("Noun")

    @property
    def source(self) -> str | None:
        return self.text("Source")

    @property
    def message_id(self) -> str | None:
        return self.text("MessageID")

    @property
    def correlation_id(self) -> str | None:
        return self.text("CorrelationID")

    @property
    def answer_correlation_id(self) -> str | None:
        """What an answer to this message has to carry as its CorrelationID."""
        return self.correlation_id or self.message_id

    @property
    def reply_address(self) -> str | None:
        return self.text("ReplyAddress")

    @property
    def asks_for_late_reply(self) -> bool:
        """AsyncReplyFlag."""
        return self.text("AsyncReplyFlag") in ("true", "1")

    @property
    def wants_no_reply(self) -> bool:
        """Whether AckRequired is there, and false."""
        return self.text("AckRequired") in ("false", "0")

    @property
    def timestamp(self) -> datetime | None:
        """None where there is none, or no instant."""
        said = self.text("Timestamp")
        return None if said is None else read_instant(said)[0]

    @property
    def nonce(self) -> str | None:
        """ReplayDetection/Nonce; None without ReplayDetection, empty where it is."""
        detection = self.elements.get("ReplayDetection")
        return None if detection is None else text(detection, "Nonce") or ""

    @property
    def nonce_created(self) -> datetime | None:
        """ReplayDetection/Created."""
        return read_instant(text(self.elements.get("ReplayDetection"), "Created") or "")[0]

    def nonce_element(self, name: str) -> etree._Element | None:
        """A child of ReplayDetection."""
        return child(self.elements.get("ReplayDetection"), name)

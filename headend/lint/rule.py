"""A rule: what it demands as data, and a function that finds breaches of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from headend.lint.finding import Remark, Severity

if TYPE_CHECKING:
    from headend.lint.device_event import DeviceEvent
    from headend.lint.exchange import Exchange
    from headend.lint.instants import Instant, Span
    from headend.lint.meter_reading import MeterReading, Series
    from headend.lint.named_object import NamedObject
    from headend.lint.part import Part
    from headend.lint.reply_said import ReplySaid
    from headend.lint.run_check import RunCheck

Remarks = Iterable[Remark]
Sentence = str | None
"""What is wrong with the one thing that was looked at; None for nothing."""


@dataclass(frozen=True, slots=True)
class OnExchange:
    """Looks at every exchange, also where messages were cut short or cannot be read."""

    check: Callable[[Exchange], Remarks]


@dataclass(frozen=True, slots=True)
class OnText:
    """Looks at the bytes of every message that was kept whole."""

    check: Callable[[Part], Remarks]


@dataclass(frozen=True, slots=True)
class OnEnvelope:
    """Looks at every message that is an envelope of SOAP 1.1."""

    check: Callable[[Part], Remarks]


@dataclass(frozen=True, slots=True)
class OnMessage:
    """Looks at every message that is one of the contract: not at faults."""

    check: Callable[[Part], Remarks]


@dataclass(frozen=True, slots=True)
class OnAnswer:
    """Looks at a request and the message or fault that answers it, where both can be read."""

    check: Callable[[Part, Part], Remarks]


@dataclass(frozen=True, slots=True)
class OnReply:
    """Looks at every Reply: of answers, of late replies, in the detail of faults."""

    check: Callable[[Part, ReplySaid], Remarks]


@dataclass(frozen=True, slots=True)
class OnInstant:
    """Looks at every instant, wherever it stands."""

    check: Callable[[Instant], Sentence]


@dataclass(frozen=True, slots=True)
class OnSpan:
    """Looks at every start and end of one element."""

    check: Callable[[Span], Sentence]


@dataclass(frozen=True, slots=True)
class OnObject:
    """Looks at every element that names an object, or should."""

    check: Callable[[NamedObject], Sentence]


@dataclass(frozen=True, slots=True)
class OnReadingType:
    """Looks at every text that says which reading type is meant."""

    check: Callable[[str], Sentence]


@dataclass(frozen=True, slots=True)
class OnMeterReading:
    """Looks at every MeterReading of a payload."""

    check: Callable[[MeterReading], Remarks]


@dataclass(frozen=True, slots=True)
class OnSeries:
    """Looks at the values of one reading type in a MeterReading."""

    check: Callable[[Series], Remarks]


@dataclass(frozen=True, slots=True)
class OnEvent:
    """Looks at every EndDeviceEvent."""

    check: Callable[[DeviceEvent], Remarks]


@dataclass(frozen=True, slots=True)
class OverRun:
    """Looks at one exchange after the other, and remembers."""

    begin: Callable[[], RunCheck]


Check = (
    OnExchange
    | OnText
    | OnEnvelope
    | OnMessage
    | OnAnswer
    | OnReply
    | OnInstant
    | OnSpan
    | OnObject
    | OnReadingType
    | OnMeterReading
    | OnSeries
    | OnEvent
    | OverRun
)


class Need(Enum):
    """What has to be known of an exchange, beside its messages. A file with a message in it knows nothing of it."""

    HTTP = "how the message travelled: status, SOAPAction, whether an answer came"
    CLOCK = "when it travelled"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    id: str
    """Group and name, such as header.correlation-echoed; it stays the same in all versions."""
    severity: Severity
    """Of a breach, unless a run says otherwise."""
    clause: str
    """Where the rule comes from; see headend/lint/clauses.py."""
    sentence: str
    """What is demanded."""
    example: str
    """What the linter says of a message that breaks it. The rule's test has that message."""
    check: Check
    needs: frozenset[Need] = frozenset()

    @property
    def group(self) -> str:
        """The first part of the id."""
        return self.id.partition(".")[0]

"""What a handler gets and what it gives back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from headend.contract import OperationDescription
from headend.messages.response import Payload
from headend.operations.header import Header
from headend.operations.reply import Error, Reply
from headend.store import Json, UnitOfWork


@dataclass(frozen=True, slots=True)
class Wrongly:
    """How a request is to be answered wrongly on purpose, where only whoever answers it can do that."""

    error: Error | None = None
    """What the reply is to say beside what is true."""
    is_refused: bool = False
    """For that error nothing is carried out."""
    age: timedelta = timedelta(0)
    """What is asked for is told as it was known so long ago."""


RIGHTLY: Final = Wrongly()


@dataclass(frozen=True, slots=True)
class Request:
    """A message that kept the contract and the header rules."""

    operation: OperationDescription
    body: etree._Element
    """The body element, such as GetMeterReadings."""
    header: Header
    digest: bytes
    """Of the request as it came: tells a resend from a new request that reuses a MessageID."""
    wrongly: Wrongly = RIGHTLY


@dataclass(frozen=True, slots=True)
class Later:
    """How the answer to an asynchronous request is made when it leaves: where the answer at hand does not say it yet,
    or would be too much to be kept.
    """

    recipe: Mapping[str, Json]
    """What the operation's maker of late answers makes it from (see `late_replies`)."""
    after: timedelta
    """When it is known, in the fleet's time."""
    parts: int = 1
    """In how many messages it leaves."""
    events: Sequence[Mapping[str, Json]] = ()
    """Recipes of EndDeviceEvents that go before it where late replies leave as events."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operation came to, before it is put into a message."""

    reply: Reply
    payload: Payload | None = None
    after: timedelta = timedelta(0)
    """How long the field took to answer, in the fleet's time. The reply leaves no sooner."""
    later: Later | None = None
    """What is sent instead, if the request is asynchronous; None: this very answer."""
    is_acknowledgement: bool = False
    """What was asked for comes by itself, so that nothing else follows, asynchronous or not."""


Handler = Callable[[Request, UnitOfWork, datetime], Answer]
"""Carries a request out in one unit of work, at one instant of the fleet's time.

Raises Refusal; the unit of work is then rolled back.
"""

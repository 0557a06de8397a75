"""What a handler gets and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from headend.contract import OperationDescription
from headend.messages.response import Payload
from headend.operations.header import Header
from headend.operations.reply import Reply
from headend.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class Request:
    """A message that kept the contract and the header rules."""

    operation: OperationDescription
    body: etree._Element
    """The body element, such as GetMeterReadings."""
    header: Header
    digest: bytes
    """Of the request as it came: tells a resend from a new request that reuses a MessageID."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operation came to, before it is put into a message."""

    reply: Reply
    payload: Payload | None = None
    after: timedelta = timedelta(0)
    """How long the field took to answer, in the fleet's time. The reply leaves no sooner."""


Handler = Callable[[Request, UnitOfWork, datetime], Answer]
"""Carries a request out in one unit of work, at one instant of the fleet's time.

Raises Refusal; the unit of work is then rolled back.
"""

"""What arrives at a ReplyAddress: late replies, held to the contract."""

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from tests.delivery.receiver import Received, Receiver
from tests.support.in_process import InProcessHeadEnd
from tests.support.raw_http import HttpAnswer
from tests.support.reply import Reply
from tests.support.settled import settle
from tests.support.wire_rules import checked_reply

ASYNC = {"AsyncReplyFlag": "true", "MessageID": "m-1", "CorrelationID": "c-1", "Source": "MDM"}


@dataclass(frozen=True, slots=True)
class LateMessage:
    """One message; its element is valid by the schema of its noun."""

    element: etree._Element
    soap_action: str
    body: bytes

    @property
    def name(self) -> str:
        """Of the body element, such as CreatedMeterReadings."""
        return etree.QName(self.element).localname

    @property
    def header(self) -> dict[str, str]:
        return {etree.QName(child).localname: child.text or "" for child in self.element[0]}


def asynchronous(mdm: Receiver, **fields: str) -> dict[str, str]:
    """Header fields of a request that is to be answered at a receiver."""
    return {**ASYNC, "ReplyAddress": mdm.url, **fields}


def late_replies(head_end: InProcessHeadEnd, mdm: Receiver, noun: str, service: str = "") -> list[Reply]:
    """All that has arrived when everything due was sent: each the response message of its noun."""
    settle(head_end)
    return [late_reply(got, service or f"Reply{noun}") for got in mdm.received]


def late_reply(got: Received, service: str) -> Reply:
    """What came, held to all rules that an answer in a call keeps, as the service that it goes to declares it."""
    return checked_reply(f"/services/{service}", HttpAnswer(200, _answer_headers(), got.body))


def messages(head_end: InProcessHeadEnd, received: Iterable[Received]) -> list[LateMessage]:
    """What came of whatever shape."""
    settle(head_end)
    found = []
    for got in received:
        element = etree.fromstring(got.body)[0][0]
        assert head_end.head_end.contract.validate(element) == []
        action = next(value for name, value in got.headers.items() if name.lower() == "soapaction")
        found.append(LateMessage(element, action.strip('"'), got.body))
    return found


def _answer_headers() -> tuple[tuple[str, str], ...]:
    return (("Content-Type", "text/xml; charset=utf-8"),)

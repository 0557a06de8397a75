"""The bench of a procedure: a head end and a fake MDM, each in a process of its own, and the tester between them.

The tester is CIS, MDM or OMS when it asks, and looks into the fake MDM for what the head end sends by itself. What
holds for every message of every procedure is checked here: by the client for answers in a call, by `verify` for all
others.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from lxml import etree

from headend.client import ControlClient
from tests.support.client import XML, Exchange, HeadEndClient
from tests.support.patience import eventually
from tests.support.raw_http import Headers
from tests.support.reply import Reply
from tests.support.served_mdm import Arrived, ServedMdm

ZONE = ZoneInfo("Europe/Amsterdam")
"""The fleet's, in which the head end writes instants."""

NOON = "2026-03-02T12:00:00Z"
"""Where the clock stands when a procedure begins: a Monday, 13:00 in the fleet's zone."""


class Tester(HeadEndClient):
    """Asks the head end, and holds each answer to the ids of its request besides the rules of the wire."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self.correlation_ids: set[str] = set()
        """By which answers and later messages may refer to a request."""
        self.asked: list[str] = []
        """A line for each request and its answer."""

    def forget(self) -> None:
        """As if nothing had been asked."""
        self.correlation_ids.clear()
        self.asked.clear()

    def post(
        self, service: str, message: bytes | Iterable[bytes], *, headers: Headers = (), content_type: str = XML
    ) -> Reply:
        """As ever; the answer to what can be read carries the request's CorrelationID, else its MessageID."""
        reply = super().post(service, message, headers=headers, content_type=content_type)
        expected = _correlation_id(message) if isinstance(message, bytes) else None
        if reply.header:
            assert reply.header.get("CorrelationID") == expected, f"{reply.header} does not answer {expected!r}"
            _check_zone(reply.header["Timestamp"])
            assert reply.header["Source"] == "headend"
        if expected is not None:
            self.correlation_ids.add(expected)
        answered = "fault" if reply.fault else f"{reply.result} {' '.join(reply.codes)}".rstrip()
        self.asked.append(f"{service} {expected or '-'}: {answered}")
        return reply


class Bench:
    """All that a procedure needs."""

    def __init__(self, tester: Tester, control: ControlClient, mdm: ServedMdm) -> None:
        self.head_end = tester
        self.control = control
        self.mdm = mdm

    def reset(self) -> None:
        """Head end and fake MDM as on the first day."""
        self.control.reset(subscriptions=True)
        self.mdm.reset()
        self.head_end.forget()

    @property
    def now(self) -> datetime:
        """The fleet's time."""
        return self.control.clock().now

    def advance(self, **duration: float) -> None:
        """Moves the time, and comes back when all that became due by it was sent."""
        assert self.control.advance(timedelta(**duration), wait_s=30).settled

    def settle(self) -> None:
        """Comes back when all that is due was sent."""
        self.advance(seconds=0)

    def subscribe(self, noun: str, **wanted: Any) -> None:
        """Lets the head end publish a noun to the fake MDM."""
        self.control.subscribe(self.mdm.receive_url(noun), noun, **wanted)

    def arrived(self, **query: str) -> list[Arrived]:
        """What the fake MDM has accepted, in the order in which it came; a query as `/received` takes it."""
        return self.mdm.received(outcome="accepted", **query)

    def gists(self, **query: str) -> list[tuple[str, str, str | None]]:
        """Verb, noun and CorrelationID of what was accepted, in order."""
        return [one.gist for one in self.arrived(**query)]

    def eventually_came(self, count: int, **query: str) -> list[Arrived]:
        """Everything that came, accepted or not, once there is so much and the head end waits for nothing more.

        Retries run on the machine's time, which nobody can move.
        """

        def enough() -> list[Arrived] | None:
            self.settle()  # wakes the sender, which else looks for retries once a second
            waiting = any(True for state in ("pending", "in_flight", "retrying") for _ in self._due(state))
            found = self.mdm.received(**query)
            return found if len(found) >= count and not waiting else None

        found = eventually(enough, f"{count} messages have come")
        assert found is not None
        return found

    def _due(self, state: str) -> Iterator[dict[str, Any]]:
        now = self.now
        return (one for one in self.control.deliveries(state) if datetime.fromisoformat(one["not_before"]) <= now)

    def account(self, messages: Sequence[Arrived]) -> str:
        """Who asked what, and what the head end sent by itself: a line a message, for whoever reads along."""
        told = [
            f"{number}. {one.stamp} {one.listed['words']} ({one.correlation_id or '-'})"
            for number, one in enumerate(messages, 1)
        ]
        return "\n".join(["asked of the head end:", *self.head_end.asked, "received by the fake MDM:", *told])

    def verify(self, messages: Sequence[Arrived]) -> None:
        """What has to hold for all messages of a procedure together (MV-01 and MV-02).

        Each is valid, carries the header of its kind and the id of something that was asked, comes in the order of
        the fleet's time, and is the same bytes whenever it comes again; and both ends have the same ones.
        """
        now, known = self.now, self.head_end.correlation_ids
        first: dict[str, Arrived] = {}
        latest: dict[str, datetime] = {}
        for one in messages:
            assert one.outcome != "refused", f"{one.name}: {one.listed['refusal']}"
            check_message(one, now, known)
            message_id = one.header["MessageID"]
            earlier = first.setdefault(message_id, one)
            assert earlier.envelope == one.envelope, f"{message_id} came again with other bytes"
            if one.outcome == "accepted":
                service = str(one.listed["service"])
                assert latest.get(service, one.sent) <= one.sent, f"{one.name} of {one.sent} came too late"
                latest[service] = one.sent
        accepted = [one.header["MessageID"] for one in messages if one.outcome == "accepted"]
        assert len(set(accepted)) == len(accepted)
        delivered = {one["message_id"] for one in self.control.deliveries("delivered")}
        assert delivered == set(accepted), "what was accepted is what is known to have arrived"


def check_message(message: Arrived, now: datetime, correlation_ids: Iterable[str]) -> None:
    """One message by itself: valid by the schema of its noun, and with the header of its kind."""
    assert message.element is not None
    header = message.header
    assert header["Source"] == "headend"
    assert UUID(header["MessageID"])
    _check_zone(header["Timestamp"])
    assert message.sent <= now
    assert header.get("AsyncReplyFlag", "false") == "false"
    assert "ReplyAddress" not in header
    if header["Verb"] != "reply":
        assert header["AckRequired"] == "true", "an event wants to be acknowledged"
        assert message.name == f"{header['Verb'].capitalize()}{header['Noun']}"
    correlation_id = message.correlation_id
    assert correlation_id is None or correlation_id in correlation_ids, f"nobody has asked with {correlation_id!r}"


def _check_zone(text: str) -> None:
    instant = datetime.fromisoformat(text)
    assert instant.utcoffset() == instant.astimezone(ZONE).utcoffset(), f"{text} is not in the fleet's zone"


def _correlation_id(message: bytes) -> str | None:
    """What the answer to a request is to carry; None: the request has no ids, or cannot be read."""
    try:
        header = etree.fromstring(message).find("{*}Body/*/{*}Header")
    except etree.XMLSyntaxError:
        return None
    if header is None:
        return None
    ids = (header.findtext(f"{{*}}{name}") for name in ("CorrelationID", "MessageID"))
    return next((one for one in ids if one), None)

"""The toy MDM: asks a head end for a day of quarter-hours, adds them up, and waits for replies that come later."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from itertools import count
from zoneinfo import ZoneInfo

from toy_mdm import soap
from toy_mdm.bugs import ALL_BUGS, Bug
from toy_mdm.receiver import receiving

WH_PER_KWH = 1000


@dataclass(frozen=True)
class BillingDay:
    """What a day came to."""

    day: date
    kwh: dict[str, float]
    """Of each meter that was asked for."""
    missing: frozenset[str]
    """Meters without readings: nobody may be billed for them yet."""


class ToyMdm:
    """Collects from one head end. Serves a ReplyMeterReadings service of its own while `running`."""

    def __init__(self, head_end_url: str, zone: str, bugs: Collection[Bug] = ALL_BUGS) -> None:
        """zone: IANA name of the time zone in which days are days."""
        self._head_end_url = head_end_url
        self._zone = ZoneInfo(zone)
        self._bugs = frozenset(bugs)
        self._numbers = count(1)
        self._reply_url = ""
        self._asked: dict[str, tuple[date, Sequence[str]]] = {}
        self._collected: dict[str, BillingDay] = {}
        self._news = threading.Condition()

    @contextmanager
    def running(self) -> Iterator[ToyMdm]:
        """Takes late replies until the block ends."""
        with receiving(self._take) as url:
            self._reply_url = f"{url}/services/ReplyMeterReadings"
            yield self

    def collect(self, day: date, meters: Sequence[str]) -> BillingDay:
        """Asks for a day and waits for the answer."""
        start, end = self._bounds(day)
        answer = soap.call(self._head_end_url, soap.get_meter_readings(self._next_id(), meters, start, end))
        return self._billed(day, meters, answer)

    def order(self, day: date, meters: Sequence[str]) -> str:
        """Asks for a day that is to be answered later; the MessageID of the request, for `wait_for`."""
        start, end = self._bounds(day)
        message_id = self._next_id()
        self._asked[message_id] = day, meters
        soap.call(self._head_end_url, soap.get_meter_readings(message_id, meters, start, end, reply_to=self._reply_url))
        return message_id

    def wait_for(self, message_id: str, timeout_s: float = 10.0) -> BillingDay:
        """The day that was ordered. Raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: message_id in self._collected, timeout_s):
                raise TimeoutError(f"nothing came for {message_id} within {timeout_s:g} s")
            return self._collected[message_id]

    def _take(self, reply: soap.Answer) -> bytes:
        """Keeps a late reply; what it is answered."""
        with self._news:
            asked = self._asked.get(reply.correlation_id or "")
            if asked is not None:
                self._collected[reply.correlation_id or ""] = self._billed(*asked, reply)
                self._news.notify_all()
        correlation_id = None if Bug.DROPS_CORRELATION in self._bugs else reply.correlation_id
        return soap.acknowledgement(self._next_id(), correlation_id, datetime.now(self._zone))

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        start = datetime.combine(day, time_of_day.min, self._zone)
        if Bug.DAY_IS_24_HOURS in self._bugs:
            return start, datetime.fromtimestamp(start.timestamp() + 24 * 3600, self._zone)
        return start, datetime.combine(day + timedelta(days=1), time_of_day.min, self._zone)

    def _billed(self, day: date, meters: Sequence[str], answer: soap.Answer) -> BillingDay:
        kwh = {meter: sum(answer.values_wh.get(meter, ())) / WH_PER_KWH for meter in meters}
        is_whole = answer.result == "OK" or (answer.result == "PARTIAL" and Bug.PARTIAL_IS_OK in self._bugs)
        missing = frozenset() if is_whole else frozenset(set(meters) - set(answer.values_wh))
        return BillingDay(day, kwh, missing)

    def _next_id(self) -> str:
        return f"toy-{next(self._numbers)}"

"""A client of the control API: what the command line and tests drive a head end by.

    control = ControlClient("http://127.0.0.1:8080")
    control.advance(timedelta(hours=1)).now
    control.reset()

Its answers are values where they are few and fixed, and JSON as it came where they are documents.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HttpTimeout

from headend.client.errors import ClientError, NotUnderstood, Unreachable
from headend.client.meter_like import MeterLike, Meters, NamedMeter, meter_text, meter_texts

PREFIX: Final = "/control/v1"
PAGE: Final = 500


class ControlRefused(ClientError):
    """The head end said no, and why (RFC 9457)."""

    def __init__(self, status: int, detail: str, remedy: str | None) -> None:
        super().__init__(detail if remedy is None else f"{detail}; {remedy}")
        self.status = status
        """Of HTTP: 404 not found, 409 does not fit to how things stand, 422 would never fit."""
        self.detail = detail
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The fleet's clock."""

    now: datetime
    rate: float
    """Fleet seconds a second of the machine; 0: it stands still."""
    setting: str
    can_be_moved: bool
    settled: bool | None
    """After a move that waited: whether all that became due was sent."""

    @property
    def frozen(self) -> bool:
        """Whether it stands still until it is moved."""
        return self.rate == 0


class ControlClient:
    """Calls one head end. Every method raises Unreachable, NotUnderstood or ControlRefused.

    Meters are named by mRID or by name, or given as objects that have both.
    """

    def __init__(self, base_url: str, *, timeout_s: float = 60.0) -> None:
        self._base = base_url.rstrip("/") + PREFIX
        self._timeout_s = timeout_s
        # No proxy, no redirect and no second try behind our back: an advance is not to be made twice.
        self._http = urllib3.PoolManager(retries=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.clear()

    # The clock.

    def clock(self) -> ClockReading:
        """What time it is for the fleet."""
        return _clock(self.call("GET", "clock"))

    def advance(self, by: timedelta, *, wait: bool = True, wait_s: float = 10.0) -> ClockReading:
        """Let the time jump forward, and wait (at most `wait_s`) until what became due was sent."""
        return _clock(self.call("POST", "clock/advance", {"by": duration_text(by), "wait": wait, "timeout_s": wait_s}))

    def set_clock(
        self, instant: datetime | None = None, rate: float | None = None, frozen: bool | None = None
    ) -> ClockReading:
        """Set the time forward, the rate, or both. frozen: True stops it, False lets it run as its setting says."""
        wanted = {"instant": None if instant is None else instant.isoformat(), "rate": rate, "frozen": frozen}
        return _clock(self.call("PUT", "clock", {name: value for name, value in wanted.items() if value is not None}))

    def freeze(self) -> ClockReading:
        """Let the time stand still."""
        return self.set_clock(frozen=True)

    # The fleet.

    def reset(self, *, subscriptions: bool = False, keep_journal: bool = False) -> ClockReading:
        """Take fleet and clock back to the beginning; `subscriptions`: also those that were made by this API.
        `keep_journal`: do not clear the journal.
        """
        wanted = {"subscriptions": subscriptions, "keep_journal": keep_journal}
        return _clock(self.call("POST", "reset", query={name: "true" for name, given in wanted.items() if given}))

    def version(self) -> dict[str, Any]:
        """Which head end this is, and which fleet it has."""
        return self.call("GET", "version")

    def meters(self, **wanted: str | None) -> Iterator[dict[str, Any]]:
        """Every meter that fits `group`, `text` or `class_`, fetched page by page."""
        query = {name.rstrip("_"): value for name, value in wanted.items()}
        return self._pages("meters", "meters", query)

    def meter(self, meter: MeterLike) -> dict[str, Any]:
        """How a meter stands."""
        return self.call("GET", f"meters/{quote(meter_text(meter), safe='')}")

    def change_meter(
        self, meter: MeterLike, *, switch: str | None = None, firmware: str | None = None
    ) -> dict[str, Any]:
        """Do something at the meter itself: move its switch by hand (connected, disconnected), begin a firmware
        update. How it stands then.
        """
        wanted = {"switch": switch, "firmware": firmware}
        change = {name: value for name, value in wanted.items() if value is not None}
        return self.call("PATCH", f"meters/{quote(meter_text(meter), safe='')}", change)

    def truth(self, meter: MeterLike | None = None, **wanted: str | None) -> list[dict[str, Any]]:
        """What really flowed, was registered and is delivered; wanted: the fields of the API, such as `group`, `start`,
        `end`, `ReadingType` or `only_differences`.
        """
        query = {"meter": None if meter is None else meter_text(meter), **wanted}
        readings: list[dict[str, Any]] = self.call("GET", "truth", query=query)["readings"]
        return readings

    # What it sends.

    def deliveries(self, state: str | None = None, destination: str | None = None) -> Iterator[dict[str, Any]]:
        """What the head end has to send, sends, has sent and has given up, fetched page by page."""
        return self._pages("deliveries", "deliveries", {"state": state, "destination": destination})

    def delivery(self, delivery_id: int) -> dict[str, Any]:
        """One of them, with what its receiver answered."""
        return self.call("GET", f"deliveries/{delivery_id}")

    def retry_delivery(self, delivery_id: int) -> dict[str, Any]:
        """Send a message now that waits for its retry or was given up."""
        return self.call("POST", f"deliveries/{delivery_id}/retry")

    def drop_delivery(self, delivery_id: int) -> None:
        """Forget a message."""
        self.call("DELETE", f"deliveries/{delivery_id}")

    def subscriptions(self) -> list[dict[str, Any]]:
        """Everybody who is told of what happens."""
        found: list[dict[str, Any]] = self.call("GET", "subscriptions")["subscriptions"]
        return found

    def schedules(self) -> list[dict[str, Any]]:
        """When meters are read without being asked."""
        found: list[dict[str, Any]] = self.call("GET", "schedules")["schedules"]
        return found

    def subscribe(self, url: str, noun: str = "EndDeviceEvents", **wanted: Any) -> dict[str, Any]:
        """Publish to one more receiver. wanted: the other fields of the API, such as `meters` or `every`."""
        fields = {name: value for name, value in wanted.items() if value is not None}
        return self.call("POST", "subscriptions", {"url": url, "noun": noun, **fields})

    def unsubscribe(self, mrid: str) -> None:
        """Publish no more to a receiver."""
        self.call("DELETE", f"subscriptions/{quote(mrid, safe='')}")

    def orderings(self) -> list[dict[str, Any]]:
        """What goes wrong on demand when the head end sends."""
        found: list[dict[str, Any]] = self.call("GET", "orderings")["orderings"]
        return found

    def add_ordering(
        self,
        kind: str,
        match: Mapping[str, MeterLike | None] | None = None,
        delay: timedelta | None = None,
        times: int | None = None,
    ) -> dict[str, Any]:
        """Let something go wrong. match: `noun`, `verb`, `meter`, `destination`, `correlation_id`."""
        wanted = {name: meter_text(value) for name, value in (match or {}).items() if value is not None}
        fields = {"delay": _json_value(delay), "times": times}
        given = {name: value for name, value in fields.items() if value is not None}
        return self.call("POST", "orderings", {"kind": kind, "match": wanted, **given})

    def remove_ordering(self, mrid: str | None = None) -> None:
        """Forget an ordering, or all of them."""
        self.call("DELETE", "orderings" if mrid is None else f"orderings/{quote(mrid, safe='')}")

    def faults(self) -> list[dict[str, Any]]:
        """What breaks on demand, and how often each fault has acted."""
        found: list[dict[str, Any]] = self.call("GET", "faults")["faults"]
        return found

    def add_fault(
        self,
        kind: str,
        match: Mapping[str, MeterLike | None] | None = None,
        *,
        probability: float | None = None,
        times: int | None = None,
        delay: timedelta | None = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        """Let something break. match: `service`, `operation`, `direction`, and those of an ordering.

        parameters: those of the kind, such as `status=503`; see docs/faults.md.
        """
        wanted = {name: meter_text(value) for name, value in (match or {}).items() if value is not None}
        fields = {"probability": probability, "times": times, "delay": delay, **parameters}
        given = {name: _json_value(value) for name, value in fields.items() if value is not None}
        return self.call("POST", "faults", {"kind": kind, "match": wanted, **given})

    def clear_faults(self, mrid: str | None = None) -> None:
        """Forget a fault, or all of them."""
        self.call("DELETE", "faults" if mrid is None else f"faults/{quote(mrid, safe='')}")

    # What happens in the field.

    def outages(self) -> list[dict[str, Any]]:
        """All outages, those that are over, too."""
        found: list[dict[str, Any]] = self.call("GET", "outages")["outages"]
        return found

    def start_outage(self, node: MeterLike, **how: Any) -> dict[str, Any]:
        """Let a node of the network fail. how: the other fields of the API, such as `duration` (a timedelta)."""
        fields = {name: _json_value(value) for name, value in how.items() if value is not None}
        return self.call("POST", "outages", {"node": meter_text(node), **fields})

    def end_outage(self, mrid: str) -> dict[str, Any] | None:
        """Let restoration begin; None where the outage had not begun, and never was."""
        return self.call("DELETE", f"outages/{quote(mrid, safe='')}") or None

    def events(self, limit: int = 100, **wanted: MeterLike | None) -> dict[str, Any]:
        """The latest events: `meter`, `group`, `type`, `from_` and `until` choose. `events` and `total`."""
        query = {name.rstrip("_"): None if one is None else meter_text(one) for name, one in wanted.items()}
        return self.call("GET", "events", query=query | {"limit": limit})

    def send_events(self, event_type: str, meters: Meters = (), **how: Any) -> dict[str, Any]:
        """Let something happen at meters. how: the other fields of the API, such as `groups` or `severity`."""
        fields = {name: _json_value(value) for name, value in how.items() if value is not None}
        return self.call("POST", "events", {"type": event_type, "meters": meter_texts(meters), **fields})

    def defects(self, meter: MeterLike | None = None) -> list[dict[str, Any]]:
        """What was put into the readings of meters, or of one of them."""
        found: list[dict[str, Any]] = self.call(
            "GET", "defects", query={"meter": None if meter is None else meter_text(meter)}
        )["defects"]
        return found

    def add_defect(self, meter: MeterLike, kind: str, start: datetime | str, **how: Any) -> dict[str, Any]:
        """Let something go wrong with the readings of a meter. how: `end`, `parameters`, `marked`."""
        fields = {name: _json_value(value) for name, value in how.items() if value is not None}
        return self.call(
            "POST", "defects", {"meter": meter_text(meter), "kind": kind, "start": _json_value(start), **fields}
        )

    def remove_defect(self, mrid: str) -> None:
        """Make readings right again."""
        self.call("DELETE", f"defects/{quote(mrid, safe='')}")

    def controls(self, limit: int = 100, **wanted: MeterLike | None) -> dict[str, Any]:
        """What meters were told to do, the newest first: `meter` and `state` choose. `controls` and `total`."""
        query = {name: None if one is None else meter_text(one) for name, one in wanted.items()}
        return self.call("GET", "controls", query={**query, "limit": limit})

    def control(self, mrid: str) -> dict[str, Any]:
        """One control, with what has come of it at each device."""
        return self.call("GET", f"controls/{quote(mrid, safe='')}")

    def cancel_control(self, mrid: str) -> dict[str, Any]:
        """Take a control back wherever it has not begun."""
        return self.call("POST", f"controls/{quote(mrid, safe='')}/cancel")

    # What crossed the wire.

    def exchanges(self, *, after: int = 0, **match: str | int | None) -> Iterator[dict[str, Any]]:
        """The journal in order, fetched page by page; match: the fields of the API, such as `meter` or `operation`."""
        return self._pages("journal", "exchanges", match, after)

    def latest_exchanges(self, limit: int = 100, **match: str | int | None) -> dict[str, Any]:
        """The last so many, the newest first, and how full the journal is: `exchanges`, `kept`, `dropped` ..."""
        return self.call("GET", "journal", query={**match, "newest_first": "true", "limit": limit})

    def exchange(self, number: int, *, indent: bool = True) -> dict[str, Any]:
        """All that is known of one: envelopes, rules that are broken, near misses, and what belongs to it."""
        return self.call("GET", f"journal/{number}", query={"indent": str(indent).lower()})

    def envelope(self, number: int, part: str = "request") -> bytes:
        """Its `request` or its `response`, byte for byte."""
        return self._fetched(f"journal/{number}/{part}", {})

    def wait_for_exchanges(
        self, count: int = 1, *, within: timedelta = timedelta(seconds=10), after: int = 0, **match: str | int | None
    ) -> list[dict[str, Any]]:
        """The first so many that match, as soon as they are there. Raises ControlRefused (408) that tells what came
        instead.
        """
        wanted = {name: value for name, value in match.items() if value is not None}
        body = {"match": wanted, "count": count, "timeout": duration_text(within), "after": after}
        waited_s = self._timeout_s + within / timedelta(seconds=1)
        found: list[dict[str, Any]] = self.call("POST", "journal/wait", body, timeout_s=waited_s)["exchanges"]
        return found

    def export_journal(self, **match: str | int | None) -> bytes:
        """What matches as a zip file, which `headend journal replay` takes."""
        return self._fetched("journal.zip", match)

    def coverage(self, *, after: int = 0, **match: str | int | None) -> dict[str, Any]:
        """What the exchanges that match have exercised of the standard, by kind: `operations`, `reply_codes` ...;
        match: as for `exchanges`.
        """
        return self.call("GET", "coverage", query={**match, "after": after})

    def clear_journal(self) -> None:
        """Forget all exchanges."""
        self.call("DELETE", "journal")

    # Its isolated sessions; a client of one has its base URL, such as http://127.0.0.1:8080/s/ci-17.

    def sessions(self) -> list[dict[str, Any]]:
        """The sessions that there are."""
        found: list[dict[str, Any]] = self.call("GET", "sessions")["sessions"]
        return found

    def create_session(
        self, name: str, *, clock: str | None = None, seed: int | None = None, meters: int | None = None
    ) -> dict[str, Any]:
        """A session that differs from the head end in this; one that does not is there as soon as it is used."""
        wanted = {"name": name, "clock": clock, "seed": seed, "meters": meters}
        return self.call("POST", "sessions", {key: value for key, value in wanted.items() if value is not None})

    def drop_session(self, name: str) -> None:
        """Take a session away with all that it knows."""
        self.call("DELETE", f"sessions/{quote(name, safe='')}")

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str | int | None] | None = None,
        *,
        timeout_s: float | None = None,
    ) -> dict[str, Any]:
        """Any call of the API: `path` is below /control/v1. The answer's JSON; an empty one where there is none.

        timeout_s: the longest wait for it, where that is not the client's.
        """
        url, answer = self._answer(method, path, body, query or {}, timeout_s or self._timeout_s)
        return _understood(url, answer.status, answer.data)

    def _fetched(self, path: str, query: Mapping[str, str | int | None]) -> bytes:
        url, answer = self._answer("GET", path, None, query, self._timeout_s)
        if answer.status != 200:
            _understood(url, answer.status, answer.data)
        return answer.data

    def _answer(
        self, method: str, path: str, body: Any, query: Mapping[str, str | int | None], timeout_s: float
    ) -> tuple[str, urllib3.BaseHTTPResponse]:
        url = f"{self._base}/{path}"
        fields = {name: str(value) for name, value in query.items() if value is not None}
        try:
            answer = self._http.request(
                method,
                url + (f"?{urlencode(fields)}" if fields else ""),
                body=None if body is None else json.dumps(body),
                headers={} if body is None else {"Content-Type": "application/json"},
                timeout=timeout_s,
                redirect=False,
            )
        except HTTPError as error:
            raise Unreachable(f"cannot reach {url}: {_reason(error)}") from error
        return url, answer

    def _pages(
        self, path: str, name: str, query: Mapping[str, str | int | None], after: int = 0
    ) -> Iterator[dict[str, Any]]:
        begin: int | None = after
        while begin is not None:
            page = self.call("GET", path, query={**query, "after": begin, "limit": PAGE})
            yield from page[name]
            begin = page["next"]


def duration_text(span: timedelta) -> str:
    """A span as ISO 8601 in seconds, exact to the microsecond, such as PT3600S; a negative one is none of the API."""
    seconds, microseconds = divmod(span // timedelta(microseconds=1), 1_000_000)
    return f"PT{seconds}{f'.{microseconds:06}' if microseconds else ''}S"


def _json_value(value: Any) -> Any:
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, NamedMeter):
        return value.mrid
    if isinstance(value, list | tuple):
        return [_json_value(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _clock(answer: Mapping[str, Any]) -> ClockReading:
    return ClockReading(
        now=datetime.fromisoformat(answer["now"]),
        rate=answer["rate"],
        setting=answer["setting"],
        can_be_moved=answer["can_be_moved"],
        settled=answer["settled"],
    )


def _understood(url: str, status: int, data: bytes) -> dict[str, Any]:
    if status == 204:
        return {}
    try:
        answer = json.loads(data)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and status < 300:
        return answer
    if isinstance(answer, dict) and "detail" in answer:
        raise ControlRefused(status, str(answer["detail"]), answer.get("remedy"))
    said = data[:200].decode("utf-8", "replace").partition("\n")[0]
    raise NotUnderstood(f"{url} is no control API: HTTP {status} {said}".rstrip())


def _reason(error: HTTPError) -> str:
    """What the network said; the library wraps it, and prints its own insides."""
    if isinstance(error, HttpTimeout) and not isinstance(error, NewConnectionError):
        return "no answer in time"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return str(error)

"""The usual calls to a head end in a test. Whatever comes back keeps the envelopes at hand."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

from headend.client import ControlsReply, EventsReply, Exchange, HeadEndClient, ReadingsReply, Reply
from headend.client.meter_like import Meters
from headend.contract import Contract, ServiceDescription
from simulator.near_miss import did_you_mean

_READ, _CONTROL, _EVENTS = "GetMeterReadings", "ExecuteEndDeviceControls", "GetEndDeviceEvents"
_SCHEDULE = "ExecuteMeterReadSchedule"


class UnknownService(LookupError):
    """The head end has no such service, or the service has no such call; the message says which has."""


class Receiver(Protocol):
    """Whoever is sent something: a FakeMdm, or something like it."""

    def receive_url(self, noun: str) -> str:
        """Where messages of a noun are published to."""
        ...

    def reply_url(self, noun: str) -> str:
        """Where late replies about a noun go."""
        ...


class ServiceClient:
    """Calls one service, or all of them. Meters are names, mRIDs or meter objects; one or several.

    `reply.result` is OK, PARTIAL or FAILED, `reply.errors` says why; `reply.request_xml`, `reply.response_xml` and
    `reply.exchange` are what crossed the wire. A reply with Result FAILED is returned and not raised; where there is
    none at all, a ClientError says why (FaultReceived, NotSendable, NotUnderstood, Unreachable). reply_to: a FakeMdm or
    a URL that gets the reply later; what is returned then is the acknowledgment. Not to be shared between threads.
    """

    def __init__(self, calls: HeadEndClient, contract: Contract, served: Iterable[str], service: str | None) -> None:
        """service: the one that is called; None: each call goes to its own. Raises UnknownService."""
        self._calls = calls
        self._services = {name: contract.services[name] for name in sorted(served)}
        if service is not None and service not in self._services:
            raise UnknownService(f"this head end has no service {service!r}{did_you_mean(service, self._services)}")
        self._service = service

    @property
    def zeep(self) -> Any:
        """The zeep.Client of the service, for whatever is not here. Raises UnknownService for a client of all."""
        return self._calls.zeep_client(self._named("zeep"))

    def read(
        self,
        meters: Meters = (),
        reading_types: str | Iterable[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        compressed: bool = False,
        reply_to: Receiver | str | None = None,
    ) -> ReadingsReply:
        """Readings stamped in (start, end], or the latest registers where neither is given; no meters are all."""
        self._check("read", _READ)
        late = _reply_url(reply_to, "MeterReadings")
        return self._calls.read(meters, reading_types, start, end, compressed=compressed, reply_to=late)

    def disconnect(self, meters: Meters, *, reply_to: Receiver | str | None = None) -> ControlsReply:
        """Have the supply of these meters cut."""
        self._check("disconnect", _CONTROL)
        return self._calls.disconnect(meters, reply_to=_reply_url(reply_to, "EndDeviceControls"))

    def connect(self, meters: Meters, *, reply_to: Receiver | str | None = None) -> ControlsReply:
        """Have the supply of these meters restored."""
        self._check("connect", _CONTROL)
        return self._calls.connect(meters, reply_to=_reply_url(reply_to, "EndDeviceControls"))

    def control(self, control_type: str, meters: Meters, *, reply_to: Receiver | str | None = None) -> ControlsReply:
        """Send one EndDeviceControl of any type (Annex F), such as 3.31.0.23."""
        self._check("control", _CONTROL)
        return self._calls.control(control_type, meters, reply_to=_reply_url(reply_to, "EndDeviceControls"))

    def events(
        self,
        meters: Meters = (),
        start: datetime | None = None,
        end: datetime | None = None,
        tracking_id: str | None = None,
    ) -> EventsReply:
        """Events in [start, end]; no meters are all, a tracking ID selects what one control caused."""
        self._check("events", _EVENTS)
        return self._calls.events(meters, start, end, tracking_id)

    def schedule(
        self,
        meters: Meters,
        reading_types: str | Iterable[str] = (),
        *,
        every: str | timedelta | None = "daily",
        start: datetime | None = None,
        end: datetime | None = None,
        deliver_to: Receiver | str | None = None,
    ) -> Reply:
        """Have meters read again and again; `ids` of the reply are the schedule's.

        every: hourly, daily, weekly, monthly or a span of whole seconds; None: once, at `end`, what there is since
        `start`. deliver_to: a FakeMdm or a URL that gets the readings beside all subscribers.
        """
        self._check("schedule", _SCHEDULE)
        to = (
            deliver_to if deliver_to is None or isinstance(deliver_to, str) else deliver_to.receive_url("MeterReadings")
        )
        return self._calls.schedule(meters, reading_types, every=every, start=start, end=end, deliver_to=to)

    def cancel_schedule(self, schedule_id: str) -> Reply:
        """End a schedule at once. schedule_id: what `ids` of its reply named."""
        self._check("cancel_schedule", _SCHEDULE)
        return self._calls.cancel_schedule(schedule_id)

    def call(self, operation: str, header: dict[str, Any] | None = None, /, **message: Any) -> Reply:
        """Any operation of the contract, such as GetMeterConfig. message: Request and Payload as zeep takes them.

        The Header is filled in; header: fields that differ, or come beside it. Raises UnknownService.
        """
        return self._calls.call(self._home_of(operation), operation, header, **message)

    def send(self, envelope: bytes, service: str | None = None, *, soap_action: str = "") -> Exchange:
        """Send a message as it is, right or wrong. What comes back is judged by nobody; `reply_in` reads a reply."""
        to = service or self._named("send")
        return self._calls.send(to, f"to {to}, as it is", envelope, soap_action)

    def __repr__(self) -> str:
        return f"<client of {self._service or 'all services'} at {self._calls.base_url}>"

    def _check(self, call: str, home: str) -> None:
        if self._service not in (None, home):
            raise UnknownService(
                f"{call} is a call of {home}, and this is a client of {self._service}; use headend.client({home!r}), "
                "or headend.client() for all"
            )

    def _named(self, what: str) -> str:
        if self._service is None:
            raise UnknownService(f"{what} is of one service; name it, such as headend.client({_READ!r})")
        return self._service

    def _home_of(self, operation: str) -> str:
        names = (self._service,) if self._service else self._services
        services: list[ServiceDescription] = [self._services[name] for name in names]
        for one in services:
            if any(operation == known.name for known in one.operations):
                return one.name
        known = [known.name for one in services for known in one.operations]
        where = self._service or "this head end"
        raise UnknownService(f"{where} has no operation {operation!r}{did_you_mean(operation, known)}")


def _reply_url(reply_to: Receiver | str | None, noun: str) -> str | None:
    return reply_to if reply_to is None or isinstance(reply_to, str) else reply_to.reply_url(noun)

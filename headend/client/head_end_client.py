"""The usual calls to a head end. What is sent is made from the WSDL that the head end serves."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from headend.client.answers import ControlsReply, DeviceEvent, EventsReply, ReadingsReply, Reply
from headend.client.exchange import Exchange
from headend.client.meter_like import Meters, meter_texts
from headend.client.read_answers import controls_reply, events_reply, readings_reply, reply_in
from headend.client.request_profiles import (
    Element,
    device_control,
    device_events_query,
    header,
    meter_readings_query,
    read_schedule,
    verb_and_noun,
)
from headend.client.waiting import wait_for
from simulator.clock import Clock

if TYPE_CHECKING:
    from headend.client.contract_cache import ContractCache
    from headend.client.services import OnExchange, Services

DISCONNECT = "3.31.0.23"
"""EndDeviceControlType RCDSwitch.-.Disconnect of an electricity meter (Annex F)."""
CONNECT = "3.31.0.18"
"""EndDeviceControlType RCDSwitch.-.Connect of an electricity meter (Annex F)."""


class HeadEndClient:
    """Calls one head end. Meters are named by mRID or by name, or given as objects that have both; one or several.

    Every call raises a ClientError (NotSendable, Unreachable, FaultReceived, NotUnderstood) if it gets no reply; a
    reply with Result FAILED is returned, not raised. Not to be shared between threads.
    """

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        message_ids: Iterator[str],
        *,
        source: str = "headend-client",
        timeout_s: float = 60.0,
        on_exchange: "OnExchange" = lambda _: None,
        contracts: "ContractCache | None" = None,
    ) -> None:
        """base_url: such as http://127.0.0.1:8080. clock: stamps the messages; the machine's, for a real client.

        message_ids: one is taken for each message. on_exchange: is told of every POST that was answered. contracts:
        what other clients have read of the same contract, so that it is not fetched again.
        """
        self.base_url = base_url.rstrip("/")
        self._clock = clock
        self._message_ids = message_ids
        self._source = source
        self._timeout_s = timeout_s
        self._on_exchange = on_exchange
        self._contracts = contracts

    @cached_property
    def _services(self) -> "Services":
        # Here, not above: a command that fails before it calls anybody must not wait for zeep to be imported.
        from headend.client.services import Services

        return Services(self.base_url, self._clock, self._timeout_s, self._on_exchange, self._contracts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if "_services" in self.__dict__:
            self._services.close()

    def zeep_client(self, service: str) -> Any:
        """The zeep.Client of a service, for whatever these calls do not cover. Raises Unreachable."""
        return self._services.client(service)

    def read(
        self,
        meters: Meters = (),
        reading_types: str | Iterable[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        compressed: bool = False,
        reply_to: str | None = None,
    ) -> ReadingsReply:
        """Readings stamped in (start, end], or the latest registers where neither is given.

        No meters at all are every meter, no reading types whatever the meters deliver. Instants are aware.
        compressed: ask for a compressed payload, which a head end sends where it is worth it; both are read.
        reply_to: the URL to which the readings are sent later; what comes back is the acknowledgment.
        """
        query = meter_readings_query(meter_texts(meters), _several(reading_types), start, end)
        options = [{"name": "Compressed", "value": "true"}] if compressed else []
        return readings_reply(self._get("MeterReadings", query, options, reply_to))

    def disconnect(self, meters: Meters, *, reply_to: str | None = None) -> ControlsReply:
        """Have the supply of these meters cut; see `control`."""
        return self.control(DISCONNECT, meters, reply_to=reply_to)

    def connect(self, meters: Meters, *, reply_to: str | None = None) -> ControlsReply:
        """Have the supply of these meters restored; see `control`."""
        return self.control(CONNECT, meters, reply_to=reply_to)

    def control(self, control_type: str, meters: Meters, *, reply_to: str | None = None) -> ControlsReply:
        """Send one EndDeviceControl of any type (Annex F) for these meters.

        Its issuerTrackingID is the MessageID, so that the events it causes can be told from all others.
        reply_to: the URL to which the outcome is sent later; what comes back is the acknowledgment.
        """
        message_id = next(self._message_ids)
        controls = device_control(control_type, meter_texts(meters), self._source, message_id)
        message = {
            "Header": self._header("create", "EndDeviceControls", message_id, reply_to),
            "Payload": {"EndDeviceControls": controls},
        }
        exchange = self._services.call("ExecuteEndDeviceControls", "CreateEndDeviceControls", message)
        return controls_reply(exchange, message_id)

    def events(
        self,
        meters: Meters = (),
        start: datetime | None = None,
        end: datetime | None = None,
        tracking_id: str | None = None,
    ) -> EventsReply:
        """Events in [start, end]; no meters at all are every meter, a tracking ID selects what one control caused."""
        query = device_events_query(meter_texts(meters), start, end, tracking_id)
        return events_reply(self._get("EndDeviceEvents", query))

    def schedule(
        self,
        meters: Meters,
        reading_types: str | Iterable[str] = (),
        *,
        every: str | timedelta | None = "daily",
        start: datetime | None = None,
        end: datetime | None = None,
        deliver_to: str | None = None,
    ) -> Reply:
        """Have meters read again and again, and the readings published; `ids` of the reply are the schedule's.

        every: hourly, daily, weekly, monthly or a span of whole seconds; None: once, at `end`, what there is since
        `start`. deliver_to: URL that gets the readings beside all subscribers. Raises ValueError for no such span.
        """
        content = read_schedule(meter_texts(meters), _several(reading_types), every, start, end)
        header = {} if deliver_to is None else {"ReplyAddress": deliver_to}
        payload = {"MeterReadSchedule": content}
        return self.call("ExecuteMeterReadSchedule", "CreateMeterReadSchedule", header, Payload=payload)

    def cancel_schedule(self, schedule_id: str) -> Reply:
        """End a schedule at once. schedule_id: what `ids` of its reply named."""
        request = {"ID": [schedule_id]}
        return self.call("ExecuteMeterReadSchedule", "CancelMeterReadSchedule", Request=request)

    def call(self, service: str, operation: str, header: Element | None = None, /, **message: Any) -> Reply:
        """Any operation of the contract. message: Request and Payload as zeep takes them.

        header: fields that differ from what is usual, or come beside it. Raises ValueError for what is no name of an
        operation.
        """
        verb, noun = verb_and_noun(operation)
        usual = self._header(verb, noun, next(self._message_ids))
        return reply_in(self._services.call(service, operation, {"Header": usual | (header or {}), **message}))

    def wait_for_events(self, tracking_id: str, meters: Meters, timeout_s: float) -> tuple[DeviceEvent, ...]:
        """The events that a control caused, once each of these meters has one, else what there is after `timeout_s`."""
        wanted = {meter.casefold() for meter in meter_texts(meters)}
        found: tuple[DeviceEvent, ...] = ()

        def look() -> tuple[DeviceEvent, ...] | None:
            nonlocal found
            found = self.events(tracking_id=tracking_id).events
            named = {name.casefold() for event in found for name in (event.device_mrid, event.device_name) if name}
            return found if wanted <= named else None

        wait_for(look, timeout_s, self._clock)
        return found

    def send(self, service: str, label: str, envelope: bytes, soap_action: str = "") -> Exchange:
        """Send a message as it is, right or wrong. `label` is what the exchange is called. Raises Unreachable only."""
        return self._services.send(service, label, envelope, soap_action)

    def _get(self, noun: str, query: Element, options: Sequence[Element] = (), reply_to: str | None = None) -> Exchange:
        message = {
            "Header": self._header("get", noun, next(self._message_ids), reply_to),
            "Request": {"Option": list(options), f"Get{noun}": query},
        }
        return self._services.call(f"Get{noun}", f"Get{noun}", message)

    def _header(self, verb: str, noun: str, message_id: str, reply_to: str | None = None) -> Element:
        return header(verb, noun, message_id, self._clock.now(), self._source, reply_to)


def _several(texts: str | Iterable[str]) -> Iterable[str]:
    return (texts,) if isinstance(texts, str) else texts

"""The text of a queued CreatedEndDeviceEvents message, made when it is sent and the same at every retry."""

from typing import cast

from headend.contract import Contract, OperationDescription
from headend.delivery import SoapRequest
from headend.handlers.pipeline import Signature
from headend.messages.end_device_events import end_device_events_element
from headend.messages.event_message import event_message
from headend.messages.soap_envelope import envelope, serialise
from headend.operations.header import Header
from headend.operations.publish_field_events import events_of_recipe
from headend.store import EndDeviceEvent, Json, OutboxMessage, Store
from simulator.fleet import Fleet


class PublishedEvents:
    """Makes messages from their recipes."""

    def __init__(self, store: Store, fleet: Fleet, contract: Contract, signature: Signature) -> None:
        self._store = store
        self._fleet = fleet
        self._operation = _created_events(contract)
        self._signature = signature

    def request(self, message: OutboxMessage) -> SoapRequest:
        """The whole SOAP message. Its Timestamp is that of the event, so that a retry repeats every byte."""
        events = self._events(message.recipe)
        header = Header(
            verb=message.verb,
            noun=message.noun,
            timestamp=message.created,
            source=self._signature.source,
            ack_required=True,
            message_id=message.message_id,
            correlation_id=message.correlation_id,
        )
        zone = self._signature.zone
        body = event_message(self._operation.input, header, end_device_events_element(events, self._fleet, zone), zone)
        return SoapRequest(self._operation.soap_action, serialise(envelope(body)))

    def _events(self, recipe: Json) -> list[EndDeviceEvent]:
        """Stored events are named by their mRIDs; those of the field are told again."""
        if isinstance(recipe, list):
            with self._store.reading() as work:
                return work.events.of_mrids(cast(list[str], recipe))
        return events_of_recipe(recipe, self._fleet)


def _created_events(contract: Contract) -> OperationDescription:
    service = contract.services["ReceiveEndDeviceEvents"]
    return next(operation for operation in service.operations if operation.verb == "created")

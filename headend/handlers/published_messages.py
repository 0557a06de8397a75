"""The text of a queued message, made when it is sent and the same at every retry."""

from collections.abc import Callable, Mapping

from headend.contract import Contract, OperationDescription
from headend.delivery import SoapRequest
from headend.handlers.signature import Signature
from headend.messages.compressed_payload import compressed_beside_root
from headend.messages.event_message import event_message
from headend.messages.response import Payload, streamed
from headend.messages.soap_envelope import envelope, serialise
from headend.messages.xml_names import QualifiedName
from headend.operations.header import Header
from headend.operations.subscriptions import Subscription, SubscriptionList
from headend.store import OutboxMessage, Store

PublishedPayload = Callable[[OutboxMessage], Payload]
"""Makes the noun's root element from the message's recipe, with the same bytes every time; a stream of bytes where it
may be too long to be held at once."""


class PublishedMessages:
    """Makes messages of every noun from their recipes."""

    def __init__(
        self,
        contract: Contract,
        signature: Signature,
        payloads: Mapping[str, PublishedPayload],
        store: Store,
        subscriptions: SubscriptionList,
    ) -> None:
        """payloads: by noun. subscriptions: what receivers want their messages to be like."""
        self._contract = contract
        self._signature = signature
        self._payloads = payloads
        self._store = store
        self._subscriptions = subscriptions

    def request(self, message: OutboxMessage) -> SoapRequest:
        """The whole SOAP message. Its Timestamp is that of the event, so that a retry repeats every byte.

        Raises LookupError for a noun or verb that nothing here publishes.
        """
        operation = self._operation(message.noun, message.verb)
        header = Header(
            verb=message.verb,
            noun=message.noun,
            timestamp=message.created,
            source=self._signature.source,
            ack_required=True,
            message_id=message.message_id,
            correlation_id=message.correlation_id,
        )
        payload = self._payloads[message.noun](message)
        subscription = self._subscription(message)
        if subscription is not None and subscription.wanted.is_compressed:
            root = self._contract.profile(message.noun).root.tag
            payload = compressed_beside_root(payload, root, QualifiedName.of(operation.input).namespace)
        event = event_message(operation.input, header, payload, self._signature.zone)
        document = serialise(envelope(event.body))
        stream = event.stream
        headers = {} if subscription is None else subscription.http_headers
        return SoapRequest(operation.soap_action, document if stream is None else streamed(document, stream), headers)

    def _subscription(self, message: OutboxMessage) -> Subscription | None:
        """Whose message it is; None for one that somebody asked for otherwise, or whose subscription is gone."""
        mrid = message.subscription_mrid
        if mrid is None:
            return None
        if (known := self._subscriptions.of_settings(mrid)) is not None:
            return known
        with self._store.reading() as work:
            return self._subscriptions.get(mrid, work)

    def _operation(self, noun: str, verb: str) -> OperationDescription:
        """Receive and Send are the same operations; a partner serves the former."""
        service = self._contract.services[f"Receive{noun}"]
        for operation in service.operations:
            if operation.verb == verb:
                return operation
        raise LookupError(f"{service.name} has no operation for the verb {verb!r}")

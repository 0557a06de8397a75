"""The text of a queued message, made when it is sent and the same at every retry."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from headend.contract import Contract, OperationDescription
from headend.delivery import ComposeMessage, Said, SoapRequest
from headend.handlers.signature import Signature
from headend.messages.compressed_payload import compressed_beside_root
from headend.messages.event_form import EventForm
from headend.messages.event_message import event_message
from headend.messages.response import Payload, completed
from headend.messages.soap_envelope import envelope, serialise
from headend.messages.xml_names import QualifiedName
from headend.operations.header import Header
from headend.operations.subscriptions import Subscription, SubscriptionList
from headend.store import OutboxMessage, Store

PublishedPayload = Callable[[OutboxMessage], Payload]
"""Makes the noun's root element from the message's recipe, with the same bytes every time; a stream of bytes where it
may be too long to be held at once."""


@runtime_checkable
class PayloadsTogether(Protocol):
    """A PublishedPayload that can read at once what several messages are made from."""

    def __call__(self, message: OutboxMessage) -> Payload:
        """The payload of one message."""
        ...

    def of_several(self, messages: Sequence[OutboxMessage]) -> PublishedPayload:
        """What makes the payloads of these messages, and of no others."""
        ...


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
        self._forms: dict[tuple[str, bool], EventForm] = {}

    def request(self, message: OutboxMessage) -> SoapRequest:
        """The whole SOAP message. Its Timestamp is that of the event, so that a retry repeats every byte.

        Raises LookupError for a noun or verb that nothing here publishes.
        """
        return self._request(message, self._payloads[message.noun], self._subscriptions_of((message,)))

    def requests(self, messages: Sequence[OutboxMessage]) -> ComposeMessage:
        """What makes these messages, as `request` does; it has read at once what they need, where that saves time."""
        subscriptions = self._subscriptions_of(messages)
        payloads: dict[str, PublishedPayload] = {}
        for noun in {one.noun for one in messages}:
            make = self._payloads[noun]
            if isinstance(make, PayloadsTogether):
                make = make.of_several([one for one in messages if one.noun == noun])
            payloads[noun] = make
        return lambda message: self._request(message, payloads[message.noun], subscriptions)

    def _request(
        self, message: OutboxMessage, make: PublishedPayload, subscriptions: Mapping[str, Subscription]
    ) -> SoapRequest:
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
        payload = make(message)
        subscription = None if message.subscription_mrid is None else subscriptions.get(message.subscription_mrid)
        headers = {} if subscription is None else subscription.http_headers
        if subscription is not None and subscription.wanted.is_compressed:
            root = self._contract.profile(message.noun).root.tag
            payload = compressed_beside_root(payload, root, QualifiedName.of(operation.input).namespace)
        if isinstance(payload, bytes):
            document = self._form(operation, header).filled(header, payload)
            said = Said(document, QualifiedName.of(operation.input).local, header)
            return SoapRequest(operation.soap_action, document, headers, said=said)
        event = event_message(operation.input, header, payload, self._signature.zone)
        document = serialise(envelope(event.body))
        return SoapRequest(operation.soap_action, completed(document, event.in_slot), headers)

    def _form(self, operation: OperationDescription, header: Header) -> EventForm:
        key = (operation.input, header.correlation_id is not None)
        form = self._forms.get(key)
        if form is None:
            form = self._forms[key] = EventForm(operation.input, header, self._signature.zone)
        return form

    def _subscriptions_of(self, messages: Sequence[OutboxMessage]) -> dict[str, Subscription]:
        """Whose messages they are, by mRID; not of those that somebody asked for otherwise, or whose subscription is
        gone.
        """
        mrids = {one.subscription_mrid for one in messages if one.subscription_mrid is not None}
        known = {mrid: self._subscriptions.of_settings(mrid) for mrid in mrids}
        if None in known.values():
            with self._store.reading() as work:
                known = {mrid: self._subscriptions.get(mrid, work) for mrid in mrids}
        return {mrid: one for mrid, one in known.items() if one is not None}

    def _operation(self, noun: str, verb: str) -> OperationDescription:
        """Receive and Send are the same operations; a partner serves the former."""
        service = self._contract.services[f"Receive{noun}"]
        for operation in service.operations:
            if operation.verb == verb:
                return operation
        raise LookupError(f"{service.name} has no operation for the verb {verb!r}")

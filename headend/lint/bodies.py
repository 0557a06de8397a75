"""What the body elements of the contract are: requests, events, answers."""

from __future__ import annotations

from enum import Enum

from headend.contract import Contract, OperationDescription
from headend.operations.header import EVENT_VERBS


class Kind(Enum):
    """What a message is by its body element."""

    REQUEST = "request"
    EVENT = "event"
    ANSWER = "answer"
    UNKNOWN = "unknown"


class Bodies:
    """The contract's operations, found by their body elements. Safe for use by several threads."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._by_input: dict[str, dict[str, OperationDescription]] = {}
        self._by_output: dict[str, OperationDescription] = {}
        for service in contract.services.values():
            for operation in service.operations:
                self._by_input.setdefault(operation.input, {})[service.name] = operation
                self._by_output.setdefault(operation.output, operation)
        self.readings = self._namespace("MeterReadings")
        """Namespace of the payload of MeterReadings, in braces."""
        self.events = self._namespace("EndDeviceEvents")
        """Namespace of the payload of EndDeviceEvents, in braces."""

    def operation(self, tag: str, service: str = "") -> OperationDescription | None:
        """The operation whose request is the body element `{namespace}name`: that of the service, if it has it."""
        found = self._by_input.get(tag)
        if found is None:
            return None
        return found.get(service) or next(iter(found.values()))

    def answered(self, tag: str) -> OperationDescription | None:
        """An operation that is answered with the body element; all such operations are of one noun."""
        return self._by_output.get(tag)

    def is_served(self, tag: str, service: str) -> bool:
        """Whether a service takes a body element, be it a request or a late reply; of an unknown service: any does."""
        described = self._contract.services.get(service)
        if described is None:
            return tag in self._by_input or tag in self._by_output
        return any(tag in (one.input, one.output) for one in described.operations)

    def kind(self, tag: str) -> Kind:
        """What a body element is."""
        if (found := self.operation(tag)) is not None:
            return Kind.EVENT if found.verb in EVENT_VERBS else Kind.REQUEST
        return Kind.ANSWER if tag in self._by_output else Kind.UNKNOWN

    def near_miss(self, tag: str, service: str) -> str:
        """What a body element that is not served was probably meant to be."""
        served = (service,) if service in self._contract.services else None
        return self._contract.near_miss(tag, served).sentence

    def _namespace(self, noun: str) -> str:
        return f"{{{self._contract.profile(noun).namespace}}}" if noun in self._contract.profiles else "{}"

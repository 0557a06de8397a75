"""Receivers whose addresses are names: what follows from an address is then the same wherever they listen."""

from collections.abc import Mapping

from headend.delivery.outcome import DeliveryOutcome
from headend.delivery.soap_post import Meanwhile, Sender, SoapRequest


class NamedReceivers:
    """A sender around another one. Safe to share between threads where that one is.

    MessageIDs follow from the address of the receiver, and a free port is another one in every run.
    """

    def __init__(self, sender: Sender, addresses: Mapping[str, str]) -> None:
        """addresses: base URLs that no network knows, such as http://mdm.test, and those that they stand for."""
        self._sender = sender
        self._addresses = addresses

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        """Sends once; see Sender."""
        for name, address in self._addresses.items():
            if destination == name or destination.startswith(f"{name}/"):
                return self._sender.post(address + destination.removeprefix(name), request, meanwhile)
        return self._sender.post(destination, request, meanwhile)

"""Receivers that are called by names: what follows from an address is the same wherever they listen."""

import pytest

from headend.delivery import DeliveryOutcome, Meanwhile, SoapRequest
from headend.delivery.named_receivers import NamedReceivers
from headend.delivery.outcome import OutcomeKind
from headend.mdm import FakeMdm
from headend.testing import HeadEnd

REQUEST = SoapRequest("action", b"message")


class Kept:
    """A sender that keeps where it was to send to."""

    def __init__(self) -> None:
        self.destinations: list[str] = []

    def post(self, destination: str, request: SoapRequest, meanwhile: Meanwhile | None = None) -> DeliveryOutcome:
        self.destinations.append(destination)
        assert request is REQUEST
        return DeliveryOutcome(OutcomeKind.DELIVERED, "delivered")


@pytest.mark.parametrize(
    ("destination", "address"),
    [
        ("http://mdm.test/services/ReceiveMeterReadings", "http://127.0.0.1:4711/services/ReceiveMeterReadings"),
        ("http://mdm.test", "http://127.0.0.1:4711"),
        ("http://mdm.tests/any", "http://mdm.tests/any"),
        ("http://other/any", "http://other/any"),
    ],
)
def test_a_name_stands_for_its_address(destination: str, address: str) -> None:
    sender = Kept()
    NamedReceivers(sender, {"http://mdm.test": "http://127.0.0.1:4711"}).post(destination, REQUEST)
    assert sender.destinations == [address]


def test_message_ids_do_not_follow_from_a_free_port() -> None:
    seen = []
    for _ in range(2):
        with FakeMdm() as mdm, HeadEnd(meters=3, addresses={"http://mdm.test": mdm.base_url}) as headend:
            headend.subscribe("http://mdm.test/services/ReceiveEndDeviceEvents")
            headend.client().disconnect(headend.meters[0])
            seen.append(mdm.wait_for("EndDeviceEvents").message_id)
    assert seen[0] == seen[1]

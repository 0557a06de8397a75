"""A fake MDM, and a head end's end of the wire."""

from collections.abc import Iterator

import pytest

from headend.mdm import FakeMdm
from tests.support.client import HeadEndClient
from tests.support.sent_to_mdm import sender_to


@pytest.fixture
def mdm() -> Iterator[FakeMdm]:
    with FakeMdm() as running:
        yield running


@pytest.fixture
def sender(mdm: FakeMdm) -> HeadEndClient:
    """Posts to the fake MDM what a head end would; whatever is answered keeps every rule of the wire."""
    return sender_to(mdm.base_url)


@pytest.fixture(scope="session")
def shared_mdm() -> Iterator[FakeMdm]:
    """One for tests that look at the last message only, and tell it nothing."""
    with FakeMdm() as running:
        yield running


@pytest.fixture(scope="session")
def shared_sender(shared_mdm: FakeMdm) -> HeadEndClient:
    return sender_to(shared_mdm.base_url)

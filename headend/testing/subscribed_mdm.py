"""The fake MDM of one test, which hears everything from the head ends of the test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from headend.mdm import FakeMdm
from headend.testing.failure_report import received_section
from headend.testing.head_end import HeadEnd
from headend.testing.running import RUNNING

_HEAD_ENDS = ("headend", "headend_session")


@contextmanager
def subscribed_mdm(request: pytest.FixtureRequest) -> Iterator[FakeMdm]:
    """A running fake MDM, subscribed to every noun of each head end among the fixtures of the test."""
    with FakeMdm() as mdm, _telling(mdm):
        for name in _HEAD_ENDS:
            if name in request.fixturenames:
                head_end = request.getfixturevalue(name)
                if isinstance(head_end, HeadEnd):  # whoever has a fixture of this name that is something else
                    head_end.publish_to(mdm)
        yield mdm


@contextmanager
def _telling(mdm: FakeMdm) -> Iterator[None]:
    witness = _Witness(mdm)
    RUNNING.came(witness)
    try:
        yield
    finally:
        RUNNING.went(witness)


class _Witness:
    """Tells what came to a fake MDM, which itself knows nothing of tests and reports."""

    def __init__(self, mdm: FakeMdm) -> None:
        self._mdm = mdm

    def tell(self) -> Iterator[tuple[str, str]]:
        """See Witness."""
        yield received_section(f"fake MDM received, {self._mdm.base_url}", self._mdm.received)

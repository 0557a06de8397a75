"""The fake MDM of one test, which hears everything from the head ends of the test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from headend.mdm import FakeMdm
from headend.testing.head_end import HeadEnd

_HEAD_ENDS = ("headend", "headend_session")


@contextmanager
def subscribed_mdm(request: pytest.FixtureRequest) -> Iterator[FakeMdm]:
    """A running fake MDM, subscribed to every noun of each head end among the fixtures of the test."""
    with FakeMdm() as mdm:
        for name in _HEAD_ENDS:
            if name in request.fixturenames:
                head_end = request.getfixturevalue(name)
                if isinstance(head_end, HeadEnd):  # whoever has a fixture of this name that is something else
                    head_end.publish_to(mdm)
        yield mdm

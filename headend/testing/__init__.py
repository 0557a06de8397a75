"""For tests of whatever talks to a head end: one in this process, on a port of its own, whose time a test moves.

    with HeadEnd(meters=10) as headend, FakeMdm() as mdm:
        headend.publish_to(mdm)
        meter = headend.meters[0]
        reply = headend.client("ExecuteEndDeviceControls").disconnect(meter)
        assert reply.result == "OK"
        headend.clock.advance(minutes=2)
        mdm.wait_for("EndDeviceEvents", meter=meter, event="3.31.0.68")

With pytest these are the fixtures `headend` and `fake_mdm`; see docs/pytest.md. The names here are imported when they
are first used: a run of tests that uses none of them must not wait for a head end.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from headend.testing.loading import load

if TYPE_CHECKING:
    from headend.config import InvalidSettings
    from headend.mdm import Answer, FakeMdm, NotReceived, Outcome, Received
    from headend.testing.fleet_meters import UnknownMeter
    from headend.testing.head_end import HeadEnd

_HOMES = {
    "Answer": "headend.mdm",
    "FakeMdm": "headend.mdm",
    "HeadEnd": "headend.testing.head_end",
    "InvalidSettings": "headend.config",
    "NotReceived": "headend.mdm",
    "Outcome": "headend.mdm",
    "Received": "headend.mdm",
    "UnknownMeter": "headend.testing.fleet_meters",
}

__all__ = [
    "Answer",
    "FakeMdm",
    "HeadEnd",
    "InvalidSettings",
    "NotReceived",
    "Outcome",
    "Received",
    "UnknownMeter",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    load()
    return getattr(import_module(_HOMES[name]), name)

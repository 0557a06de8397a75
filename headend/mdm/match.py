"""Which messages are meant: what a wait waits for, a list lists, and an answer is told for."""

from dataclasses import dataclass, fields
from fnmatch import fnmatchcase

from headend.client.answers import DeviceEvent
from headend.client.meter_like import MeterLike
from headend.mdm.received import Outcome, Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Everything that is given must be so; None is anything."""

    noun: str | None = None
    """Header/Noun, such as EndDeviceEvents."""
    verb: str | None = None
    """Header/Verb: created, changed ..., or reply."""
    meter: MeterLike | None = None
    """Something in the payload has this mRID or name."""
    event: str | None = None
    """Type of an EndDeviceEvent, as code or in words; * is anything: 3.31.0.68, *.26.*, RCDSwitch.*. With `meter`: of
    an event of this very meter.
    """
    correlation_id: str | None = None
    outcome: Outcome | None = None

    def fits(self, received: Received) -> bool:
        """Whether a message is meant."""
        return (
            self.noun in (None, received.noun)
            and self.verb in (None, received.verb)
            and self.correlation_id in (None, received.correlation_id)
            and self.outcome in (None, received.outcome)
            and self._tells_of(received)
        )

    def __str__(self) -> str:
        said = [(one.name, getattr(self, one.name)) for one in fields(self)]
        return ", ".join(f"{name} {_identity(value)[0]}" for name, value in said if value is not None) or "any message"

    def _tells_of(self, received: Received) -> bool:
        if self.event is not None:
            return any(self._is_meant(event) for event in received.events)
        return self.meter is None or not received.ids.isdisjoint(_identity(self.meter))

    def _is_meant(self, event: DeviceEvent) -> bool:
        pattern = self.event or "*"
        if not (fnmatchcase(event.type_code, pattern) or fnmatchcase(event.words, pattern)):
            return False
        return self.meter is None or bool({event.device_mrid, event.device_name} & set(_identity(self.meter)))


def _identity(meter: MeterLike) -> tuple[str, ...]:
    return (meter,) if isinstance(meter, str) else (meter.name, meter.mrid)

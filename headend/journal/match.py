"""Which exchanges are meant: what a wait waits for, and a list lists."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from typing import Protocol

from headend.journal.entry import Direction
from headend.store import ExchangeSelection


class NamedMeter(Protocol):
    """A meter as whoever drives a head end has it."""

    @property
    def mrid(self) -> str: ...

    @property
    def name(self) -> str: ...


MeterLike = str | NamedMeter
"""An mRID, a name, or an object that has both."""

Identities = Callable[[str], Collection[str]]
"""Everything that the meter is called that somebody calls so; only the text itself for what is no meter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Everything that is given must be so; None is anything."""

    text: str | None = None
    """A piece of either envelope or of what heads it, letter by letter."""
    direction: Direction | None = None
    service: str | None = None
    """Such as GetMeterReadings."""
    operation: str | None = None
    """Such as CreateEndDeviceControls."""
    verb: str | None = None
    """Header/Verb of the request."""
    noun: str | None = None
    """Header/Noun of the request."""
    meter: MeterLike | None = None
    """Something in either message has this mRID or name."""
    message_id: str | None = None
    """Header/MessageID of the request."""
    correlation_id: str | None = None
    """What belongs to one transaction: Header/CorrelationID of the request, or its MessageID where it has none."""
    result: str | None = None
    """OK, PARTIAL, FAILED, or fault."""
    code: str | None = None
    """A code of the answer's Errors, such as 2.4; with a dot at its end all of a group, such as 2."""
    status: int | None = None
    """Of HTTP."""

    def __str__(self) -> str:
        said = [(one.name.replace("_", " "), getattr(self, one.name)) for one in fields(self)]
        return (
            ", ".join(
                f"{name} {value if isinstance(value, str | int) else value.name}"
                for name, value in said
                if value is not None
            )
            or "any exchange"
        )

    def selection(self, identities: Identities, after: int = 0, before: int | None = None) -> ExchangeSelection:
        """The same for the store, among the numbers between `after` and `before`."""
        names: Collection[str] | None = None
        if self.meter is not None:
            names = identities(self.meter) if isinstance(self.meter, str) else (self.meter.name, self.meter.mrid)
        return ExchangeSelection(
            text=self.text,
            direction=None if self.direction is None else self.direction.value,
            service=self.service,
            operation=self.operation,
            verb=self.verb,
            noun=self.noun,
            names=names,
            message_id=self.message_id,
            conversation=self.correlation_id,
            result=self.result,
            code=self.code,
            status=self.status,
            after=after,
            before=before,
        )


ANY = Match()

"""Faults of a head end under test: `with headend.faults.add("http-status", status=503, times=2): ...`."""

from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from pydantic import ValidationError

from headend.client.control_client import duration_text
from headend.client.meter_like import MeterLike, meter_text
from headend.control.driven_head_end import DrivenHeadEnd
from headend.fault_form import FaultForm
from headend.operations.faults import KINDS_OF_FAULTS
from headend.operations.mischief import add_mischief
from headend.store import StoredMischief
from headend.testing.kit_settings import sentences


class SetFault:
    """A fault that is set; as a context manager it is set until the end of the block."""

    def __init__(self, driven: DrivenHeadEnd, mrid: str) -> None:
        self._driven = driven
        self.mrid = mrid
        """As journal and log name it."""
        self._used_in_the_end: int | None = None

    @property
    def used(self) -> int:
        """How often it has acted; also when it has been taken away. Raises LookupError after a reset."""
        with self._driven.store.reading() as work:
            known = next((one for one in self._driven.mischief.all(work) if one.mrid == self.mrid), None)
        if known is None:
            if self._used_in_the_end is None:
                raise LookupError(f"the fault {self.mrid} is gone: the head end was reset")
            return self._used_in_the_end
        return known.used

    def clear(self) -> None:
        """Take it away; nothing happens where it is gone already."""
        with self._driven.store.writing() as work:
            known = next((one for one in self._driven.mischief.all(work) if one.mrid == self.mrid), None)
            if known is not None:
                self._used_in_the_end = known.used
                self._driven.mischief.remove(self.mrid, KINDS_OF_FAULTS, "fault", work)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.clear()

    def __repr__(self) -> str:
        return f"<fault {self.mrid}>"


class Faults:
    """What a head end breaks on purpose; kinds and what they take are those of docs/faults.md."""

    def __init__(self, driven: DrivenHeadEnd) -> None:
        self._driven = driven

    def add(
        self,
        kind: str,
        *,
        direction: str | None = None,
        service: str | None = None,
        operation: str | None = None,
        noun: str | None = None,
        verb: str | None = None,
        meter: MeterLike | None = None,
        destination: str | None = None,
        correlation_id: str | None = None,
        probability: float | None = None,
        times: int | None = None,
        delay: timedelta | None = None,
        **parameters: Any,
    ) -> SetFault:
        """Let something break that leaves from now on.

        direction to correlation_id: on what it acts; what is left out may be anything. parameters: those of the kind,
        such as `status=503`. Raises ValueError for what cannot be, Declined for what head end and fleet do not have.
        """
        match = {
            "direction": direction,
            "service": service,
            "operation": operation,
            "noun": noun,
            "verb": verb,
            "meter": None if meter is None else meter_text(meter),
            "destination": destination,
            "correlation_id": correlation_id,
        }
        fields = {
            "kind": kind,
            "match": match,
            "probability": probability,
            "times": times,
            "delay": delay,
            **parameters,
        }
        try:
            form = FaultForm(**{name: _written(value) for name, value in fields.items()})
        except ValidationError as error:
            raise ValueError(f"this fault cannot be: {sentences(error, FaultForm)}") from None
        driven = self._driven
        with driven.store.writing() as work:
            made = add_mischief(driven.fleet_now(work), driven.names, "fault", form.wish(), driven.clock.now(), work)
        return SetFault(driven, made.mrid)

    def all(self) -> list[StoredMischief]:
        """Those that there are, those of the settings first; also those that have acted as often as they were to."""
        with self._driven.store.reading() as work:
            return [one for one in self._driven.mischief.all(work) if one.kind in KINDS_OF_FAULTS]

    def clear(self) -> None:
        """Take all of them away; those of the settings are there again after a reset."""
        with self._driven.store.writing() as work:
            self._driven.mischief.clear(KINDS_OF_FAULTS, work)


def _written(value: Any) -> Any:
    return duration_text(value) if isinstance(value, timedelta) else value

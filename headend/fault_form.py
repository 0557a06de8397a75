"""A fault as somebody writes it: in the settings, or to a running head end. One model for both."""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from headend.duration_field import Duration
from headend.mischief_form import ConfiguredMatch, MischiefForm, MischiefMatchForm, Named, check_delay, known_kind
from headend.operations.faults import FAULTS, LONGEST_WAIT_S, FaultKind, SchemaBreak
from headend.operations.mischief import Direction, MischiefWish
from headend.operations.orderings import MOST_DELAY_S
from headend.operations.reply import Level, reply_codes
from headend.store import Json
from simulator.near_miss import did_you_mean

_OWN: Final = tuple(dict.fromkeys(name for traits in FAULTS.values() for name in traits.parameters))
"""Fields that belong to single kinds."""


def _known_code(given: Any) -> Any:
    if isinstance(given, str) and given not in reply_codes():
        raise ValueError(f"there is no reply code {given!r}{did_you_mean(given, reply_codes())}")
    return given


class FaultMatchForm(MischiefMatchForm):
    """On what it is to act; what is left out may be anything."""

    direction: Direction | None = Field(
        None, description="answer: what a client gets in its call; message: what the head end sends by itself."
    )
    service: Named | None = Field(None, description="Whose answers.", examples=["GetMeterReadings"])
    operation: Named | None = Field(None, description="Whose answers.", examples=["CreateMeterConfig"])


class FaultForm(MischiefForm):
    """What is to break, where, how often and how."""

    kind: Annotated[FaultKind, known_kind(FaultKind)] = Field(description="See docs/faults.md.")
    match: FaultMatchForm | None = Field(None, description="Default: everything.")
    probability: float | None = Field(
        None, gt=0, le=1, description="Of acting on what it matches, drawn from the seed. Default: certain."
    )
    delay: Duration | None = Field(
        None,
        description="An answer waits so long on the machine's clock before the fault acts; of a late-reply it is the "
        "delay itself.",
    )
    status: int | None = Field(None, ge=200, le=599, description="Of http-status; default 503.")
    retry_after: int | None = Field(None, ge=0, le=10**6, description="Of http-status: seconds in Retry-After.")
    bytes: int | None = Field(
        None, ge=0, le=10**9, description="Of truncated and reset: so many leave. Of random-data: how many."
    )
    fraction: float | None = Field(None, ge=0, lt=1, description="Of truncated: so much of it leaves; default a half.")
    bytes_per_second: int | None = Field(None, ge=1, le=10**9, description="Of slow-drip; default 500.")
    how: SchemaBreak | None = Field(None, description="Of schema-invalid; default unknown-element.")
    code: Annotated[str, BeforeValidator(_known_code)] | None = Field(
        None, max_length=20, description="Of reply-code: one of Annex B.", examples=["5.1"]
    )
    result: Literal["FAILED", "PARTIAL"] | None = Field(None, description="Of reply-code; default FAILED.")
    level: Level | None = Field(None, description="Of reply-code; default FATAL, for PARTIAL WARNING.")
    details: str | None = Field(None, min_length=1, max_length=1000, description="Of reply-code: Error/details.")
    age: Duration | None = Field(None, description="Of stale-data: how old it is; default an hour.")

    @model_validator(mode="after")
    def _has_what_its_kind_takes(self) -> Self:
        traits = FAULTS[self.kind]
        strange = [name for name in self._given() if name not in traits.parameters]
        if strange:
            takes = f"it takes {', '.join(traits.parameters)}" if traits.parameters else "it takes none of its own"
            raise ValueError(f"the kind {self.kind.value!r} takes no {' and no '.join(strange)}; {takes}")
        if self.bytes is not None and self.fraction is not None:
            raise ValueError("give bytes or fraction, not both")
        missing = sorted(traits.needed - set(self._given()))
        if missing:
            raise ValueError(f"the kind {self.kind.value!r} needs {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _acts_on_what_it_matches(self) -> Self:
        traits, match = FAULTS[self.kind], self.match_wanted()
        if match.direction is not None and match.direction not in traits.directions:
            (only,) = traits.directions
            raise ValueError(f"the kind {self.kind.value!r} acts on {only.value}s only")
        of_answers = [name for name in ("service", "operation") if getattr(match, name) is not None]
        is_of_messages = match.direction is Direction.MESSAGE or match.destination is not None
        if is_of_messages and (of_answers or match.direction is Direction.ANSWER):
            raise ValueError(
                f"the match fits nothing: a message to a receiver has no {' and no '.join(of_answers or ['answer'])}"
            )
        if (is_of_messages and Direction.MESSAGE not in traits.directions) or (
            of_answers and Direction.ANSWER not in traits.directions
        ):
            (only,) = traits.directions
            raise ValueError(f"the match fits nothing: the kind {self.kind.value!r} acts on {only.value}s only")
        return self

    @model_validator(mode="after")
    def _has_spans_that_can_be(self) -> Self:
        if self.delay_s is not None:
            if self.kind in (FaultKind.LOST_REPLY, FaultKind.DUPLICATE):
                raise ValueError(f"the kind {self.kind.value!r} takes no delay; leave it out")
            most_s = MOST_DELAY_S if self.kind is FaultKind.LATE_REPLY else LONGEST_WAIT_S
            check_delay(self.delay_s, most_s, f"the fault {self.kind.value}")
        if self.age is not None and not timedelta(0) < self.age <= timedelta(days=3660):
            raise ValueError(f"an age of {self.age} is none that data can have; give more than 0 and at most P3660D")
        return self

    def wish(self) -> MischiefWish:
        """What is asked for."""
        return MischiefWish(self.kind, self.match_wanted(), self.delay_s, self.times, self.probability, self._given())

    def _given(self) -> dict[str, Json]:
        given = {name: getattr(self, name) for name in _OWN}
        return {
            name: value / timedelta(seconds=1) if isinstance(value, timedelta) else value
            for name, value in given.items()
            if value is not None
        }


class ConfiguredFaultMatch(FaultMatchForm, ConfiguredMatch):
    """The same in the settings."""


class ConfiguredFault(FaultForm):
    """A fault of the settings."""

    match: ConfiguredFaultMatch | None = Field(None, description="Default: everything.")

"""What the forms of orderings and faults have in common, in the settings and to a running head end."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from headend.contract_names import contract_names
from headend.duration_field import Duration
from headend.operations.declined import Declined
from headend.operations.mischief import MischiefMatch, check_match
from simulator.near_miss import did_you_mean

Named = Annotated[str, Field(min_length=1, max_length=2000)]


def known_kind(kinds: type[StrEnum]) -> BeforeValidator:
    """Refuses what is none of these, with a near miss."""
    known = [kind.value for kind in kinds]

    def check(given: Any) -> Any:
        if isinstance(given, str) and given not in known:
            raise ValueError(f"there is no kind {given!r}{did_you_mean(given, known)}")
        return given

    return BeforeValidator(check)


class MischiefMatchForm(BaseModel):
    """On what it is to act; what is left out may be anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    noun: Named | None = Field(None, examples=["EndDeviceEvents"])
    verb: Named | None = Field(
        None,
        description="Of a message, such as created or reply; of the answer in a call that of its request, or reply.",
    )
    meter: Named | None = Field(None, description="mRID or name of a meter that is named in it.")
    destination: Named | None = Field(None, description="URL of the receiver; leaves out the answers in calls.")
    correlation_id: Named | None = Field(None, description="Header/CorrelationID that it would have.")

    def wanted(self) -> MischiefMatch:
        """On what it is to act."""
        return MischiefMatch(**self.model_dump())


class ConfiguredMatch(MischiefMatchForm):
    """The same in the settings, where no running head end says whether a word is one of the contract's."""

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        wanted = self.wanted()
        if any((wanted.service, wanted.operation, wanted.noun, wanted.verb)):
            try:
                check_match(wanted, contract_names())
            except Declined as declined:
                raise ValueError(declined.detail) from None
        return self


class MischiefForm(BaseModel):
    """What is to go wrong, where, and how often."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: MischiefMatchForm | None = Field(None, description="Default: everything.")
    delay: Duration | None = Field(None)
    times: int | None = Field(None, ge=1, le=10**9, description="Default: always.")

    def match_wanted(self) -> MischiefMatch:
        """On what it is to act."""
        return MischiefMatch() if self.match is None else self.match.wanted()

    @property
    def delay_s(self) -> float | None:
        """Its delay."""
        return None if self.delay is None else self.delay / timedelta(seconds=1)


def check_delay(delay_s: float, most_s: float, what: str) -> None:
    """Raises ValueError. what: of what it would be the delay, such as `an ordering`."""
    if not 0 < delay_s <= most_s:
        raise ValueError(f"a delay of {delay_s:g} s is no delay of {what}; give more than 0 and at most {most_s:.0f} s")

"""A nasty ordering as somebody writes it: in the settings, or to a running head end. One model for both."""

from datetime import timedelta
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from headend.contract_names import contract_names
from headend.duration_field import Duration
from headend.operations.declined import Declined
from headend.operations.orderings import (
    MOST_DELAY_S,
    REPLY,
    USUAL_DELAY_S,
    OrderingKind,
    OrderingMatch,
    OrderingWish,
    check_known,
)
from simulator.near_miss import did_you_mean

_KINDS: Final = tuple(kind.value for kind in OrderingKind)

_Text = Annotated[str, Field(min_length=1, max_length=2000)]


def _known_kind(given: Any) -> Any:
    if isinstance(given, str) and given not in _KINDS:
        raise ValueError(f"there is no kind {given!r}{did_you_mean(given, _KINDS)}")
    return given


class OrderingMatchForm(BaseModel):
    """On what it is to act; what is left out may be anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    noun: _Text | None = Field(None, examples=["EndDeviceEvents"])
    verb: _Text | None = Field(
        None,
        description="Of a message, such as created or reply; of the answer in a call that of its request, or reply.",
    )
    meter: _Text | None = Field(None, description="mRID or name of a meter that is named in it.")
    destination: _Text | None = Field(None, description="URL of the receiver; leaves out the answers in calls.")
    correlation_id: _Text | None = Field(None, description="Header/CorrelationID that it would have.")


class OrderingForm(BaseModel):
    """What is to go wrong, where, and how often."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Annotated[OrderingKind, BeforeValidator(_known_kind)] = Field(description="See docs/orderings.md.")
    match: OrderingMatchForm | None = Field(None, description="Default: everything.")
    delay: Duration | None = Field(None, description="For late, swapped and before-acknowledgement.")
    times: int | None = Field(None, ge=1, le=10**9, description="Default: always.")

    @model_validator(mode="after")
    def _has_a_delay_that_can_be(self) -> Self:
        if self.delay is None:
            return self
        if self.kind not in USUAL_DELAY_S:
            raise ValueError(
                f"the kind {self.kind.value!r} takes no delay; leave it out, or choose one of "
                f"{', '.join(USUAL_DELAY_S)}"
            )
        seconds = self.delay / timedelta(seconds=1)
        if not 0 < seconds <= MOST_DELAY_S:
            raise ValueError(
                f"a delay of {seconds:g} s is no delay of an ordering; "
                f"give more than 0 and at most {MOST_DELAY_S:.0f} s"
            )
        return self

    def wish(self) -> OrderingWish:
        """What is asked for."""
        return OrderingWish(
            self.kind,
            OrderingMatch() if self.match is None else OrderingMatch(**self.match.model_dump()),
            None if self.delay is None else self.delay / timedelta(seconds=1),
            self.times,
        )


class ConfiguredOrderingMatch(OrderingMatchForm):
    """The same in the settings, where no running head end says whether a word is one of the contract's."""

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        try:
            check_known(self.noun, contract_names().nouns if self.noun else (), "noun")
            check_known(self.verb, {*contract_names().verbs, REPLY} if self.verb else (), "verb")
        except Declined as declined:
            raise ValueError(declined.detail) from None
        return self


class ConfiguredOrdering(OrderingForm):
    """A nasty ordering of the settings."""

    match: ConfiguredOrderingMatch | None = Field(None, description="Default: everything.")

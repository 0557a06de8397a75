"""A nasty ordering as somebody writes it: in the settings, or to a running head end. One model for both."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from headend.duration_field import Duration
from headend.mischief_form import ConfiguredMatch, MischiefForm, check_delay, known_kind
from headend.operations.mischief import MischiefWish
from headend.operations.orderings import MOST_DELAY_S, USUAL_DELAY_S, OrderingKind


class OrderingForm(MischiefForm):
    """What is to go wrong, where, and how often."""

    kind: Annotated[OrderingKind, known_kind(OrderingKind)] = Field(description="See docs/orderings.md.")
    delay: Duration | None = Field(None, description="For late, swapped and before-acknowledgement.")

    @model_validator(mode="after")
    def _has_a_delay_that_can_be(self) -> Self:
        if self.delay_s is None:
            return self
        if self.kind not in USUAL_DELAY_S:
            raise ValueError(
                f"the kind {self.kind.value!r} takes no delay; leave it out, or choose one of "
                f"{', '.join(USUAL_DELAY_S)}"
            )
        check_delay(self.delay_s, MOST_DELAY_S, "an ordering")
        return self

    def wish(self) -> MischiefWish:
        """What is asked for."""
        return MischiefWish(self.kind, self.match_wanted(), self.delay_s, self.times)


class ConfiguredOrdering(OrderingForm):
    """A nasty ordering of the settings."""

    match: ConfiguredMatch | None = Field(None, description="Default: everything.")

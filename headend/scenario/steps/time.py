"""`advance`: the fleet's time moves, and what becomes due by it is sent."""

from datetime import timedelta
from typing import ClassVar, Final, Self

from pydantic import Field, model_validator

from headend.durations import parse_span
from headend.scenario.action import Action
from headend.scenario.found import Found, Implied
from headend.scenario.instants import Span, When, check_instant, instant_text, span_words
from headend.scenario.playing import Playing
from headend.scenario.strict_form import REFERENCE, Form, Text

_TIME: Final = {
    "now": "the fleet's time afterwards",
    "settled": "whether all that became due was delivered, given up, or waits for its retry",
    "refused": "why the head end would not move it: status, detail, remedy",
}


class AdvanceForm(Form):
    """By how much, or to when. A text alone is either: `1h`, `next midnight`."""

    shorthand: ClassVar = "by_or_to"

    by: Span | None = None
    to: When | None = None
    by_or_to: Text | None = Field(None, description="What the shorthand means: a span, else an instant.")

    @model_validator(mode="after")
    def _has_one_aim(self) -> Self:
        if sum(one is not None for one in (self.by, self.to, self.by_or_to)) != 1:
            raise ValueError("give `by`, a span such as 1h, or `to`, an instant such as next midnight")
        said = self.by_or_to
        if said is not None and not REFERENCE.search(said) and _span(said) is None:
            check_instant(said)
        return self


def _play(form: AdvanceForm, playing: Playing) -> Found:
    before = playing.now
    by = form.by
    if by is None:
        by = _span(form.by_or_to) if form.by_or_to is not None else None
    if by is None:
        by = playing.instant(form.to or form.by_or_to or "") - before
    if by < timedelta(0):
        raise ValueError(f"the time would run backwards by {-by}; it is {instant_text(before)}")
    wait_s = max(playing.within.total_seconds(), 1.0)
    reading = playing.stage.control.advance(by, wait_s=min(60.0, wait_s))
    settled = reading.settled is not False
    return Found(
        words=f"time moves on by {span_words(by)}",
        values={"now": reading.now, "settled": settled},
        implied=(
            Implied(
                about=("settled",),
                sentence="what became due was sent",
                holds=settled,
                expected=f"all of it within {wait_s:g} s of the machine's time",
                seen="something is still on its way",
            ),
        ),
    )


def _span(text: str) -> timedelta | None:
    try:
        return parse_span(text.strip().removeprefix("+"))
    except ValueError:
        return None


ADVANCE = Action("advance", "Move the fleet's time.", AdvanceForm, _play, _TIME)

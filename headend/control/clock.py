"""`/control/v1/clock`: the fleet's time."""

from datetime import datetime
from typing import Self

from apiflask import APIBlueprint
from pydantic import Field, model_validator

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form, Instant
from headend.duration_field import Duration
from headend.operations.clock_control import ClockState


class Clock(Answer):
    """The fleet's clock."""

    now: datetime = Field(description="The fleet's time.")
    rate: float = Field(description="Fleet seconds a second of the machine; 0: it stands still until it is moved.")
    frozen: bool = Field(description="Whether it stands still.")
    setting: str = Field(description="What it was made from: real, xN or stepped@INSTANT.")
    can_be_moved: bool = Field(description="False for the machine's own time (setting real).")
    settled: bool | None = Field(
        None,
        description="After a move that waited: whether all that became due was delivered, given up, or waits for a "
        "retry. Null: nobody waited.",
    )

    @classmethod
    def of(cls, state: ClockState, settled: bool | None = None) -> Self:
        """The clock as JSON."""
        return cls(
            now=state.now,
            rate=state.rate,
            frozen=state.rate == 0,
            setting=state.setting,
            can_be_moved=state.can_be_moved,
            settled=settled,
        )


class Waiting(Form):
    """Whether a move of the clock waits for what it causes."""

    wait: bool = Field(True, description="Answer when all that became due was sent.")
    timeout_s: float = Field(10.0, ge=0, le=60, description="Longest wait, in seconds of the machine.")


class AdvanceClock(Waiting, Form):
    """A jump forward."""

    by: Duration = Field(description="How far; ISO 8601, without years and months.")


class SetClock(Waiting, Form):
    """A new time, a new rate, or both."""

    instant: Instant | None = Field(None, description="The fleet's time; not before what it is now.")
    rate: float | None = Field(None, strict=True, ge=0, le=1e6, description="Fleet seconds a second of the machine.")
    frozen: bool | None = Field(None, description="true is rate 0, false the rate of the setting; instead of rate.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.instant is None and self.rate is None and self.frozen is None:
            raise ValueError("say at least one of instant, rate and frozen")
        if self.rate is not None and self.frozen is not None:
            raise ValueError("rate and frozen say the same thing; give one of them")
        return self


def clock_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET and PUT clock, POST clock/advance."""
    clock = APIBlueprint("clock", __name__, tag="Clock")

    def moved(state: ClockState, waiting: Waiting) -> Clock:
        driven.wake()
        return Clock.of(state, driven.settle(waiting.timeout_s) if waiting.wait else None)

    @clock.get("/clock")
    @clock.output(Clock)
    def get_clock() -> Clock:
        """What time it is for the fleet, and how fast it runs."""
        with driven.store.reading() as work:
            return Clock.of(driven.clock_control.state(work))

    @clock.put("/clock")
    @clock.input(SetClock, arg_name="form")
    @clock.output(Clock)
    def set_clock(form: SetClock) -> Clock:
        """Set the time forward, change the rate, freeze.

        Time does not run backwards: an instant before the present is a conflict. A head end on the machine's time
        cannot be moved.
        """
        rate = form.rate
        if form.frozen is not None:
            rate = 0.0 if form.frozen else driven.clock_control.spec.rate
        with driven.store.writing() as work:
            state = driven.clock_control.set(work, form.instant, rate)
        return moved(state, form)

    @clock.post("/clock/advance")
    @clock.input(AdvanceClock, arg_name="form", example={"by": "PT1H"})
    @clock.output(Clock)
    def advance_clock(form: AdvanceClock) -> Clock:
        """Let the time jump forward.

        With `wait` the answer comes when all that became due by the jump was sent to its receivers, at the latest
        after `timeout_s`; `settled` says whether it was.
        """
        with driven.store.writing() as work:
            state = driven.clock_control.advance(work, form.by)
        return moved(state, form)

    return clock

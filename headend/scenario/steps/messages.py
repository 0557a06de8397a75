"""`mdm`, `wait_for`, `received`, `no_further_message`: what the fake MDM answers, and what comes to it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from headend.client.waiting import wait_for
from headend.mdm import Outcome, Received
from headend.mdm.answer_words import answer_in_words
from headend.mdm.match import Match
from headend.mdm.words import in_words
from headend.scenario.action import Action
from headend.scenario.found import Found, Implied
from headend.scenario.message_values import MESSAGE, received_values
from headend.scenario.playing import Playing
from headend.scenario.steps.truth_check import UNEQUAL, TruthKind, as_implied, unequal_readings
from headend.scenario.strict_form import REFERENCE, Form, Text

_ANY: Final = "any"
_MOST_NAMED: Final = 5
_MOST_TOLD: Final = 20
_POLL_S: Final = 0.02
_MESSAGES: Final[Mapping[str, str]] = {
    "count": "how many there are",
    "messages": f"each of them: {', '.join(MESSAGE)}",
}


class MessageMatchForm(Form):
    """Which messages are meant; what is left out may be anything."""

    shorthand: ClassVar = "noun"

    noun: Text | None = None
    verb: Text | None = Field(None, description="created, changed ..., or reply.")
    meter: Text | None = Field(None, description="Something in the payload has this mRID or name.")
    event: Text | None = Field(None, description="Type of an event as code or in words, * is anything.")
    correlation_id: Text | None = None
    outcome: Literal["accepted", "repeated", "declined", "refused", "any"] = Field(
        "accepted", description="What the fake MDM made of it."
    )

    def match(self) -> Match:
        """What the fake MDM is asked for."""
        said = self.model_dump(include={"noun", "verb", "meter", "event", "correlation_id"})
        return Match(**said, outcome=None if self.outcome == _ANY else Outcome(self.outcome))


class WaitForForm(MessageMatchForm):
    """Messages that no step has waited for before; `within` of the step says how long, of the machine's time."""

    count: int = Field(1, ge=1, description="So many of them.")
    truth: TruthKind | None = Field(None, description="Hold every reading in them to it; see docs/truth.md.")


class AnswersForm(Form):
    """What the fake MDM answers from now on; what was told last counts first."""

    shorthand: ClassVar = "answer"

    answer: Text = Field(description="ok, failed:5.1, fault, http:503, drop, drop:taken, slow:2s; see docs/mdm.md.")
    times: int | None = Field(None, ge=1, description="Default: always.")
    noun: Text | None = None
    verb: Text | None = None
    meter: Text | None = None
    event: Text | None = None
    correlation_id: Text | None = None

    @model_validator(mode="after")
    def _is_an_answer(self) -> Self:
        if not REFERENCE.search(self.answer):
            answer_in_words(self.answer)
        return self

    def tell(self, playing: Playing) -> str:
        """Tell the fake MDM; what it was told, in words."""
        match = self.model_dump(include={"noun", "verb", "meter", "event", "correlation_id"})
        playing.stage.mdm.answer(answer_in_words(self.answer), times=self.times, **match)
        times = "" if self.times is None else f" {self.times} time{'' if self.times == 1 else 's'}"
        named = {name: value for name, value in match.items() if value is not None}
        on = f" to {', '.join(f'{name} {value}' for name, value in named.items())}" if named else ""
        return f"the fake MDM answers {self.answer}{times}{on}"


def _answers(form: AnswersForm, playing: Playing) -> Found:
    return Found(words=form.tell(playing))


def _wait_for(form: WaitForForm, playing: Playing) -> Found:
    match, stage = form.match(), playing.stage
    within_s = playing.within.total_seconds()

    def fitting() -> list[Received]:
        return [one for one in stage.mdm.received if match.fits(one) and one.number not in playing.taken]

    def look() -> list[Received] | None:
        found = fitting()
        if len(found) >= form.count:
            return found
        stage.settle()  # wakes the sender, which else looks for retries once a second
        return None

    came = (wait_for(look, within_s, stage.machine, _POLL_S) or fitting())[: form.count]
    playing.taken.update(one.number for one in came)
    values = [received_values(one) for one in came]
    others = [f"  {one.number}. {in_words(one)}" for one in stage.mdm.received][-_MOST_TOLD:]
    instead = "\n".join(["received:", *(others or ["  nothing at all"])])
    arrived = Implied(
        about=(),
        sentence=f"{form.count} came: {_meant(match)}",
        holds=len(came) == form.count,
        expected=f"{form.count} within {within_s:g} s of the machine's time",
        seen=f"{len(came)}; {instead}",
    )
    implied = [arrived]
    extra: dict[str, Any] = {}
    if form.truth is not None:
        readings = [reading for one in values for reading in one["readings"]]
        wrong = unequal_readings(readings, form.truth, playing)
        extra["unequal"] = wrong
        implied.append(as_implied(wrong, len(readings), form.truth))
    last = values[-1] if values else {}
    return Found(
        words=_words(came) if came else f"nothing came: {_meant(match)}",
        values={**last, "count": len(came), "messages": values, **extra},
        envelope=came[-1].body if came else None,
        exchange=_exchange_of(came[-1], playing) if came else None,
        implied=tuple(implied),
    )


def _received(form: MessageMatchForm, playing: Playing) -> Found:
    match = form.match()
    came = [one for one in playing.stage.mdm.received if match.fits(one)]
    return Found(
        words=f"{len(came)} came so far: {_meant(match)}",
        values={"count": len(came), "messages": [received_values(one) for one in came]},
        envelope=came[-1].body if came else None,
        exchange=_exchange_of(came[-1], playing) if came else None,
    )


def _no_further(form: MessageMatchForm, playing: Playing) -> Found:
    match = form.match()
    playing.stage.settle()
    came = [one for one in playing.stage.mdm.received if match.fits(one) and one.number not in playing.taken]
    return Found(
        words=f"nothing more came: {_meant(match)}" if not came else _words(came),
        values={"count": len(came), "messages": [received_values(one) for one in came]},
        exchange=_exchange_of(came[0], playing) if came else None,
        implied=(
            Implied(
                about=("count", "messages"),
                sentence=f"nothing more came: {_meant(match)}",
                holds=not came,
                expected="none",
                seen=f"{len(came)}: {'; '.join(in_words(one) for one in came[:_MOST_NAMED])}",
            ),
        ),
    )


def _words(came: list[Received]) -> str:
    told = list(Counter(in_words(one) for one in came).items())
    named = [words if count == 1 else f"{count} times {words}" for words, count in told[:_MOST_NAMED]]
    more = [f"{len(told) - _MOST_NAMED} more"] if len(told) > _MOST_NAMED else []
    return "; ".join([*named, *more])


def _meant(match: Match) -> str:
    """What was waited for; that it is accepted goes without saying."""
    return str(replace(match, outcome=None) if match.outcome is Outcome.ACCEPTED else match)


def _exchange_of(received: Received, playing: Playing) -> int | None:
    """The recorded exchange that brought a message."""
    known = playing.stage.recorder.came_since(0)
    found = [one.entry.number for one in known if one.message_id == received.message_id]
    return found[-1] if found else None


MDM = Action("mdm", "Tell the fake MDM what to answer.", AnswersForm, _answers, {})
WAIT_FOR = Action(
    "wait_for",
    "Wait for messages at the fake MDM.",
    WaitForForm,
    _wait_for,
    {**MESSAGE, **_MESSAGES, **UNEQUAL},
)
RECEIVED = Action("received", "Look at all that came to the fake MDM.", MessageMatchForm, _received, _MESSAGES)
NO_FURTHER_MESSAGE = Action(
    "no_further_message",
    "Nothing came to the fake MDM that no `wait_for` has taken.",
    MessageMatchForm,
    _no_further,
    _MESSAGES,
)

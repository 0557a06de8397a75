"""`journal`: what crossed the wire, by the head end's own account."""

from typing import Any, ClassVar, Final

from pydantic import Field

from headend.client import ControlRefused
from headend.scenario.action import Action
from headend.scenario.found import Found, Implied
from headend.scenario.playing import Playing
from headend.scenario.strict_form import Form, Text

_JOURNAL: Final = {
    "count": "how many there are",
    "entries": "each exchange as the journal tells it: number, direction, operation, verb, noun, asked, answered, "
    "result, codes, message_id, correlation_id, status, outcome ...",
    "asked": "of the last one: the request in words",
    "answered": "of the last one: the answer in words",
}
_TIMED_OUT: Final = 408


class JournalForm(Form):
    """Exchanges that match; `within` of the step says how long to wait for them."""

    shorthand: ClassVar = "operation"

    text: Text | None = Field(None, description="A piece of either envelope.")
    direction: Text | None = Field(None, description="in or out, as the head end sees it.")
    service: Text | None = None
    operation: Text | None = None
    verb: Text | None = None
    noun: Text | None = None
    meter: Text | None = None
    message_id: Text | None = None
    correlation_id: Text | None = None
    result: Text | None = Field(None, description="OK, PARTIAL, FAILED or fault.")
    code: Text | None = Field(None, description="A reply code, or the beginning of one such as 2.")
    status: Text | None = Field(None, description="Of HTTP.")
    count: int = Field(1, ge=0, description="So many at least; 0 looks at what there is.")


def _play(form: JournalForm, playing: Playing) -> Found:
    match = form.model_dump(exclude={"count"}, exclude_none=True)
    if "status" in match:
        match["status"] = int(match["status"])
    failure = ""
    if form.count:
        try:
            playing.stage.control.wait_for_exchanges(form.count, within=playing.within, **match)
        except ControlRefused as error:
            if error.status != _TIMED_OUT:
                raise
            failure = error.detail
    entries: list[dict[str, Any]] = list(playing.stage.control.exchanges(**match))
    last = entries[-1] if entries else {}
    words = ", ".join(f"{name} {value}" for name, value in match.items()) or "any exchange"
    return Found(
        words=f"the journal has {len(entries)} of {words}",
        values={
            "count": len(entries),
            "entries": entries,
            **{name: last[name] for name in ("asked", "answered") if name in last},
        },
        implied=(
            Implied(
                about=(),
                sentence=f"the journal has {form.count} of {words}",
                holds=not failure,
                expected=f"{form.count} within {playing.within.total_seconds():g} s",
                seen=f"{len(entries)}; {failure}",
            ),
        ),
    )


JOURNAL = Action("journal", "Look into the head end's journal.", JournalForm, _play, _JOURNAL)

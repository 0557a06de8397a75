"""What the steps of a scenario share while it is played."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from headend.client import ControlRefused
from headend.scenario.caller import Called
from headend.scenario.condition import Judge
from headend.scenario.instants import instant_of
from headend.scenario.stage import Stage
from headend.scenario.variables import substituted, text_with, unknown

USUAL_WAIT: Final = timedelta(seconds=10)
"""Of the machine's time: how long a step waits for something that is on its way."""


class BadStep(Exception):
    """A step that cannot be, whatever the head end does; the message says why."""


class NotOffered(Exception):
    """The head end has not what a step needs; the message says what."""


@dataclass(slots=True)
class Playing:
    """A scenario that is being played."""

    stage: Stage
    directory: Path
    """From where files that it names are looked for."""
    variables: dict[str, Any]
    namespaces: Mapping[str, str]
    began: datetime
    """The fleet's time at its beginning."""
    within: timedelta = USUAL_WAIT
    """How long the step may wait, of the machine's time."""
    expected: frozenset[str] = frozenset()
    """Of what the step's expectations say something: first parts of paths."""
    taken: set[int] = field(default_factory=set)
    """Numbers of messages at the fake MDM that a step has waited for: none is waited for twice."""
    sent: list[tuple[str, Called]] = field(default_factory=list)
    """Calls that had an answer, by the name of their step."""
    step_name: str = ""
    outages: list[str] = field(default_factory=list)
    """mRIDs of the outages that steps began, and none has ended."""

    @property
    def now(self) -> datetime:
        """The fleet's time."""
        return self.stage.clock.now()

    def instant(self, text: str) -> datetime:
        """An instant as the scenario says it. Raises ValueError."""
        return instant_of(text, now=self.now, start=self.began, zone=self.stage.zone)

    def instant_or_none(self, text: str | None) -> datetime | None:
        """The same of one that may be left out."""
        return None if text is None else self.instant(text)

    @property
    def judge(self) -> Judge:
        """Holds values to what is expected."""
        return Judge(self.instant)

    def resolve(self, name: str) -> Any:
        """What a variable stands for. Raises BadStep."""
        if name in self.variables:
            return self.variables[name]
        receiver = self.stage.receiver
        first, _, noun = name.rpartition(".")
        if name == "target":
            return self.stage.base_url
        if name in ("mdm", "mdm.any"):
            return receiver.url if name == "mdm" else f"{receiver.url}/any"
        if first in ("mdm.receive", "mdm.reply"):
            return receiver.receive_url(noun) if first == "mdm.receive" else receiver.reply_url(noun)
        try:
            return self.instant(name)
        except ValueError:
            raise BadStep(unknown(name, self.variables)) from None

    def substituted(self, value: Any) -> Any:
        """A value with what its variables stand for. Raises BadStep."""
        return substituted(value, self.resolve)

    def text_with(self, text: str, escape: Any) -> str:
        """A text with what its variables stand for, each escaped. Raises BadStep."""
        return text_with(text, self.resolve, escape)

    def reply_url(self, wish: str | None, noun: str) -> str | None:
        """Where a late reply goes: `mdm` is the fake MDM."""
        return self.stage.receiver.reply_url(noun) if wish == "mdm" else wish

    def refused(self, error: ControlRefused) -> dict[str, Any]:
        """What is known of a call of the control API that was refused."""
        return {"refused": {"status": error.status, "detail": error.detail, "remedy": error.remedy}}

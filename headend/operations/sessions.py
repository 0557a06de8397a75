"""What an isolated session may be called, and what may be asked of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from headend.operations.declined import Declined, DeclineKind
from simulator.near_miss import did_you_mean

PATH: Final = "/s/"
"""What is below it is a session's; its name comes next."""
LONGEST_NAME: Final = 48
NAME: Final = rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}"
_NAME: Final = re.compile(NAME)


class TooManySessions(Exception):
    """There are as many as there may be."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"there are {most} sessions already, and the setting most_sessions allows no more"
            if most
            else "there are no sessions here: the setting most_sessions is 0"
        )
        self.remedy = (
            "drop one that is over (DELETE /control/v1/sessions/NAME, `headend sessions drop`), or raise the setting"
            if most
            else "start the head end with most_sessions: 200, or use it without a session"
        )


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session as it stands."""

    name: str
    created: datetime
    """By the machine's clock, as are `used` and `dropped_after`."""
    used: datetime
    """When somebody called it last, give or take some seconds."""
    dropped_after: datetime
    """When it will be dropped if nobody calls it before."""
    settings: Mapping[str, Any]
    """In which it differs from the head end."""

    @property
    def path(self) -> str:
        """Below the base URL: what stands behind it is the same as below the root."""
        return f"{PATH}{self.name}"


class SessionControl(Protocol):
    """The sessions of a head end, as they can be driven."""

    def states(self) -> Sequence[SessionState]:
        """All of them, by name."""
        ...

    def create(self, name: str, settings: Mapping[str, Any]) -> SessionState:
        """A session that differs from the head end in these settings.

        Raises Declined where there is one already or a setting does not fit, TooManySessions.
        """
        ...

    def drop(self, name: str) -> None:
        """Take a session away with all that it knows. Raises Declined."""


def checked_name(name: str) -> str:
    """The name of a session. Raises Declined."""
    if _NAME.fullmatch(name) is None:
        raise Declined(
            DeclineKind.NOT_FOUND,
            f"{name[: 2 * LONGEST_NAME]!r} cannot be the name of a session",
            f"begin it with a letter or digit and go on with letters, digits, '.', '_' and '-'; {LONGEST_NAME} in all",
        )
    return name


def no_such_session(name: str, names: Sequence[str]) -> Declined:
    """What to say where a session is named that is not there."""
    return Declined(
        DeclineKind.NOT_FOUND,
        f"there is no session {name!r}{did_you_mean(name, names) if names else ''}",
        "GET /control/v1/sessions lists them; one that is used is there",
    )

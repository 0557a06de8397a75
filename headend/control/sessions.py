"""`/control/v1/sessions`: isolated sessions of this head end."""

from datetime import datetime
from typing import Self

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form
from headend.operations.declined import Declined, DeclineKind
from headend.operations.sessions import LONGEST_NAME, NAME, SessionControl, SessionState
from simulator.fleet import MOST_METERS


class SessionSettings(Answer):
    """In which a session differs from the head end; null: it does not."""

    clock: str | None = None
    seed: int | None = None
    meters: int | None = None


class Session(Answer):
    """A session as it stands."""

    name: str
    path: str = Field(description="Of the session, below the base URL: /services/ and /control/v1 are below it, too.")
    created: datetime = Field(description="Machine time.")
    used: datetime = Field(description="Machine time of its last call, give or take some seconds.")
    dropped_after: datetime = Field(description="When it is dropped if nobody calls it before.")
    settings: SessionSettings

    @classmethod
    def of(cls, one: SessionState) -> Self:
        """The session as JSON."""
        return cls(
            name=one.name,
            path=one.path,
            created=one.created,
            used=one.used,
            dropped_after=one.dropped_after,
            settings=SessionSettings(**one.settings),
        )


class SessionList(Answer):
    """Sessions by name."""

    sessions: list[Session]


class NewSession(Form):
    """A session, and in which it is to differ from the head end."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, pattern=f"^{NAME}$", description="It will be at /s/NAME.")
    clock: str | None = Field(None, description="real, xN such as x60, or stepped@INSTANT; default: as the head end.")
    seed: int | None = Field(
        None, strict=True, ge=0, lt=2**64, description="Same seed, same data; default: as the head end."
    )
    meters: int | None = Field(
        None, strict=True, ge=0, le=MOST_METERS, description="Size of its fleet; default: as the head end."
    )


_EXAMPLE = {"name": "ci-17", "clock": "stepped@2026-03-02T12:00:00Z"}


def sessions_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET and POST sessions, DELETE sessions/{name}."""
    sessions = APIBlueprint("sessions", __name__, tag="Sessions")

    def control() -> SessionControl:
        if driven.sessions is None:
            raise Declined(
                DeclineKind.CONFLICT,
                "this is a session, and has none of its own",
                "call the head end itself: /control/v1/sessions without /s/NAME in front",
            )
        return driven.sessions

    @sessions.get("/sessions")
    @sessions.output(SessionList)
    def list_sessions() -> SessionList:
        """Every session that there is, whoever made it."""
        return SessionList(sessions=[Session.of(one) for one in control().states()])

    @sessions.post("/sessions")
    @sessions.input(NewSession, arg_name="form", example=_EXAMPLE)
    @sessions.output(Session, status_code=201)
    def create(form: NewSession) -> Session:
        """Make a session that differs from the head end.

        One that does not need not be made: it comes to be when it is first called.
        """
        return Session.of(control().create(form.name, form.model_dump(exclude={"name"}, exclude_none=True)))

    @sessions.delete("/sessions/<name>")
    @sessions.output({}, status_code=204)
    def drop(name: str) -> Response:
        """Take a session away with all that it knows; one of that name begins anew when it is next called.

        What is under way in it is brought to its end.
        """
        control().drop(name)
        return Response(status=204)

    return sessions

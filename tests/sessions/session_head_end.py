"""A head end in the test's process whose sessions are called; on PostgreSQL their schemas go with it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from headend.sessions.sessions import Sessions
from headend.store.session_register import REMOVED_AFTER
from tests.conftest import NOON, STEPPED
from tests.support.client import HeadEndClient
from tests.support.in_process import InProcessHeadEnd, WsgiExchange, in_process
from tests.support.raw_http import HttpAnswer
from tests.support.session_client import session_client

JSON = ("Content-Type", "application/json")


class SessionHeadEnd:
    """One head end, and clients of it and of its sessions."""

    def __init__(self, opened: InProcessHeadEnd) -> None:
        self.opened = opened
        self.exchange = WsgiExchange(opened.head_end.wsgi)

    @property
    def sessions(self) -> Sessions:
        assert self.opened.head_end.sessions is not None
        return self.opened.head_end.sessions

    def session(self, name: str) -> HeadEndClient:
        return session_client(self.exchange, name)

    def control(self, method: str, path: str, body: Any = None, session: str | None = None) -> HttpAnswer:
        """A call of the control API, of the head end or of a session."""
        base = "" if session is None else f"/s/{session}"
        data = None if body is None else json.dumps(body).encode()
        return self.exchange(method, f"{base}/control/v1/{path}", [JSON] if data else [], data)

    def json(self, method: str, path: str, body: Any = None, session: str | None = None) -> Any:
        """The JSON of a call that succeeds."""
        answer = self.control(method, path, body, session)
        assert answer.status < 300, answer.body
        return json.loads(answer.body) if answer.body else None

    def names(self) -> list[str]:
        return [one["name"] for one in self.json("GET", "sessions")["sessions"]]


@contextmanager
def session_head_end(directory: Path, database: str | None = None, **settings: Any) -> Iterator[SessionHeadEnd]:
    wanted = {"clock": STEPPED, **settings} | ({} if database is None else {"database": database})
    with in_process(directory, NOON, **wanted) as opened:
        head_end = SessionHeadEnd(opened)
        yield head_end


@contextmanager
def without_traces(head_end: SessionHeadEnd) -> Iterator[SessionHeadEnd]:
    """Takes away at the end what would outlive the schema of a test on PostgreSQL."""
    try:
        yield head_end
    finally:
        for one in head_end.sessions.states():
            head_end.sessions.drop(one.name)
        head_end.opened.clock.advance(REMOVED_AFTER + timedelta(seconds=1))
        head_end.sessions.tidy_up()

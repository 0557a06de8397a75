"""The WSGI application in front: what is below /s/NAME is a session's, the rest is the head end's own."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final

from headend.operations.declined import Declined
from headend.operations.sessions import PATH, TooManySessions
from headend.sessions.sessions import Sessions
from headend.soap.application import WsgiApp
from headend.soap.faults import FaultCode
from headend.soap.site import CONTROL_PATH, TEXT, Page, fault_page, send
from headend.store import StoreError

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

_PROBLEM_JSON: Final = "application/problem+json"
_AGAIN: Final = (("Retry-After", "1"),)
_WORDS: Final = {404: "Not Found", 503: "Service Unavailable"}
_KINDS: Final = {404: "not-found", 503: "busy"}


class SessionFront:
    """Routes a request to the head end or to one of its sessions, which comes to be by it."""

    def __init__(self, head_end: WsgiApp, sessions: Sessions) -> None:
        self._head_end = head_end
        self._sessions = sessions

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        if not path.startswith(PATH):
            return self._head_end(environ, start_response)
        name, _, below = path.removeprefix(PATH).partition("/")
        with ExitStack() as visit:
            try:
                head_end = visit.enter_context(self._sessions.visit(name))
            except Declined as declined:
                return self._refused(404, declined.detail, declined.remedy, below, environ, start_response)
            except TooManySessions as error:
                return self._refused(503, str(error), error.remedy, below, environ, start_response)
            except StoreError as error:
                log.warning("session %s: %s", name, error)
                detail, remedy = "the sessions cannot be reached now; nothing was done", "send it again later"
                return self._refused(503, detail, remedy, below, environ, start_response)
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME') or ''}{PATH}{name}"
            environ["PATH_INFO"] = f"/{below}"
            answer = head_end.wsgi(environ, start_response)
            if isinstance(answer, list):
                return answer
            return _Held(answer, visit.pop_all())
        raise AssertionError("an exit stack swallows nothing")

    def _refused(
        self, status: int, detail: str, remedy: str, below: str, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Said as whoever asks can read it: a problem, a fault, or a line of text."""
        if f"/{below}".startswith(CONTROL_PATH):
            page = _problem(status, detail, remedy)
        elif environ["REQUEST_METHOD"] == "POST":
            page = fault_page(f"{detail}; {remedy}", FaultCode.CLIENT if status == 404 else FaultCode.SERVER)
        else:
            page = Page(f"{status} {_WORDS[status]}", TEXT, f"{detail}; {remedy}\n".encode())
        again = _AGAIN if status == 503 else ()
        return send(replace(page, headers=(*page.headers, *again)), environ, start_response)


class _Held:
    """An answer that is made while it leaves; its session stays open as long."""

    def __init__(self, answer: Iterable[bytes], visit: ExitStack) -> None:
        self._answer = answer
        self._pieces = iter(answer)
        self._visit = visit

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self._visit.close()
            raise

    def close(self) -> None:
        """Its server is done with it, whether all of it has left or not."""
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        finally:
            self._visit.close()

    def __del__(self) -> None:
        self._visit.close()


def _problem(status: int, detail: str, remedy: str) -> Page:
    """As the control API tells it (RFC 9457); to be understood there, nobody has to load it."""
    problem = {
        "type": f"{CONTROL_PATH}v1/docs#problem-{_KINDS[status]}",
        "title": _WORDS[status],
        "status": status,
        "detail": detail,
        "remedy": remedy,
        "errors": [],
    }
    return Page(f"{status} {_WORDS[status]}", _PROBLEM_JSON, json.dumps(problem).encode())

"""Calls of the control API in process. Whatever is no success is a problem that says what to do, or the test fails."""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.in_process import InProcessHeadEnd, WsgiExchange
from tests.support.raw_http import Headers, HttpAnswer

JSON = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class Answered:
    """Status and JSON of an answer."""

    status: int
    body: Any


class ControlApi:
    """The control API of a head end in this process."""

    def __init__(self, head_end: InProcessHeadEnd) -> None:
        self.head_end = head_end
        self._exchange = WsgiExchange(head_end.head_end.wsgi)

    def call(self, method: str, path: str, body: Any = None) -> Answered:
        """A call with a JSON body, if any; `path` is below /control/v1."""
        data = None if body is None else json.dumps(body).encode()
        answer = self.raw(method, f"/control/v1/{path}", [] if data is None else [JSON], data)
        return Answered(answer.status, json.loads(answer.body) if answer.body else None)

    def raw(self, method: str, path: str, headers: Headers = (), body: bytes | None = None) -> HttpAnswer:
        """A call as it is."""
        answer = self._exchange(method, path, headers, body)
        if answer.status >= 400 and path.startswith("/control/v1"):
            assert answer.header("Content-Type") == "application/problem+json"
            problem = json.loads(answer.body)
            assert problem["status"] == answer.status < 500
            assert all(problem[name] for name in ("type", "title", "detail", "remedy")), problem
        return answer

    def get(self, path: str) -> Any:
        """The JSON of a GET that succeeds."""
        answered = self.call("GET", path)
        assert answered.status == 200, answered
        return answered.body

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON of a POST that succeeds."""
        answered = self.call("POST", path, body)
        assert answered.status in (200, 201), answered
        return answered.body

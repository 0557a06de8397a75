"""The checked client of an isolated session."""

from dataclasses import dataclass

from tests.support.client import Body, Exchange, HeadEndClient
from tests.support.raw_http import Headers, HttpAnswer


@dataclass(frozen=True, slots=True)
class Below:
    """An exchange with what is below a path."""

    exchange: Exchange
    path: str

    def __call__(self, method: str, path: str, headers: Headers, body: Body) -> HttpAnswer:
        return self.exchange(method, f"{self.path}{path}", headers, body)


def session_client(exchange: Exchange, name: str) -> HeadEndClient:
    """Talks to one session of the head end behind an exchange."""
    return HeadEndClient(Below(exchange, f"/s/{name}"))

"""zeep, made from the served WSDL alone, with every exchange checked."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
import zeep
from zeep.transports import Transport

from tests.support.in_process import InProcessHeadEnd
from tests.support.raw_http import HttpAnswer
from tests.support.reply import Reply
from tests.support.wire_rules import checked_reply


class CheckedTransport(Transport):  # type: ignore[misc]  # zeep has no types
    """A transport that lets no answer through that breaks a rule of the wire."""

    def __init__(self) -> None:
        session = requests.Session()
        session.trust_env = False  # no proxy between a test and its head end
        super().__init__(session=session, timeout=30, operation_timeout=60)
        self.replies: list[bytes] = []

    def post(self, address: str, message: Any, headers: Any) -> Any:
        response = super().post(address, message, headers)
        answer = HttpAnswer(response.status_code, tuple(response.headers.items()), response.content)
        checked_reply(urlsplit(address).path, answer)
        self.replies.append(response.content)
        return response


def zeep_client(base_url: str, service: str) -> zeep.Client:
    """A client of one service."""
    return zeep.Client(f"{base_url}/services/{service}?wsdl", transport=CheckedTransport())


class InProcessTransport(Transport):  # type: ignore[misc]  # zeep has no types
    """A transport that calls a head end in the test's own process, and lets no bad answer through either."""

    def __init__(self, head_end: InProcessHeadEnd) -> None:
        super().__init__()
        self._head_end = head_end
        self.replies: list[Reply] = []

    def load(self, url: str) -> bytes:
        answer = self._head_end.get(_path(url))
        assert answer.status == 200, f"{url}: {answer.status}"
        return answer.body

    def post(self, address: str, message: bytes, headers: Mapping[str, str]) -> requests.Response:
        path = _path(address)
        answer = self._head_end.http("POST", path, list(headers.items()), message)
        self.replies.append(checked_reply(path, answer))
        response = requests.Response()
        response.status_code = answer.status
        response.headers.update(answer.headers)
        response._content = answer.body
        return response


def zeep_client_in_process(head_end: InProcessHeadEnd, service: str) -> zeep.Client:
    """The same without a socket; `transport.replies` has what came, as a test looks at it."""
    return zeep.Client(f"http://head-end.test/services/{service}?wsdl", transport=InProcessTransport(head_end))


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path

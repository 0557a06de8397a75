"""zeep, made from the served WSDL alone, with every exchange checked."""

from typing import Any
from urllib.parse import urlsplit

import requests
import zeep
from zeep.transports import Transport

from tests.support.raw_http import HttpAnswer
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

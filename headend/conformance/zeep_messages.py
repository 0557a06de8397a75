"""Requests as zeep makes them from a WSDL: the names are those of the standard, namespaces and order the WSDL's.

Importing zeep takes a quarter of a second.
"""

from typing import Any

import zeep
from lxml import etree
from zeep.transports import Transport

from headend.conformance.service_description import Fetch


class NoRoom(Exception):
    """The WSDL has no message for these values; the message says which."""


class MessageMaker:
    """Makes the messages of one service."""

    def __init__(self, url: str, fetch: Fetch) -> None:
        """Raises NoRoom for a WSDL that zeep cannot read."""
        self._transport = _Fetched(fetch)
        try:
            self._client = zeep.Client(url, transport=self._transport)
            self._binding = self._client.service._binding
        except (zeep.exceptions.Error, etree.XMLSyntaxError, ValueError, AttributeError, KeyError, TypeError) as error:
            # zeep meets what is wrong in a WSDL in many places, and seldom says so by an exception of its own.
            raise NoRoom(f"zeep cannot read {url}: {type(error).__name__}: {error}") from error
        # One prefix a namespace, declared once: zeep's own messages declare them at every element.
        for prefix, namespace in self._client.wsdl.types.prefix_map.items():
            self._client.set_ns_prefix("m" if namespace.endswith("/schema/message") else prefix, namespace)

    def envelope(self, operation: str, message: dict[str, Any]) -> etree._Element:
        """A SOAP envelope. Raises NoRoom."""
        try:
            made: etree._Element = self._client.create_message(self._client.service, operation, **message)
        except (zeep.exceptions.Error, ValueError, TypeError, AttributeError) as error:
            raise NoRoom(f"{operation} cannot be made of these values: {error}") from error
        return made

    def soap_action(self, operation: str) -> str:
        """What goes into HTTP's SOAPAction."""
        return str(self._binding.get(operation).soapaction or "")

    def understood(self, operation: str, status: int, answer: bytes) -> Any:
        """What zeep makes of an answer. Raises NoRoom with zeep's own words where it makes nothing of it."""
        response = _Response(status, answer)
        try:
            return self._binding.process_reply(self._client, self._binding.get(operation), response)
        except (zeep.exceptions.Error, etree.XMLSyntaxError, ValueError, TypeError, AttributeError) as error:
            raise NoRoom(f"{type(error).__name__}: {error}") from error


class _Fetched(Transport):
    """Takes what was fetched, and calls nobody."""

    def __init__(self, fetch: Fetch) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # zeep has no types
        self._fetch = fetch

    def load(self, url: str) -> bytes:
        return self._fetch(url)


class _Response:
    """As much of a requests.Response as zeep looks at."""

    def __init__(self, status: int, content: bytes) -> None:
        self.status_code = status
        self.content = content
        self.encoding = "utf-8"
        self.headers = {"Content-Type": "text/xml; charset=utf-8"}

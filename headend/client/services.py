"""Calls by zeep, which knows nothing but the WSDL that the head end serves. Importing zeep takes a quarter second."""

from collections.abc import Callable
from functools import partial
from typing import Any

import requests
import zeep
import zeep.wsdl
from lxml import etree
from zeep.transports import Transport

from headend.client.contract_cache import ContractCache
from headend.client.errors import NotSendable, Unreachable
from headend.client.exchange import Exchange
from headend.messages.xml_names import MESSAGE
from simulator.clock import Clock
from simulator.near_miss import did_you_mean

OnExchange = Callable[[Exchange], None]


class Services:
    """The services at one address. Each WSDL is fetched once, when the service is first called.

    Takes no proxy from the environment: a request goes where the address says or nowhere.
    """

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        timeout_s: float,
        on_exchange: OnExchange,
        contracts: ContractCache | None = None,
    ) -> None:
        """contracts: what others have read of this very contract; None: believe nothing but this address."""
        self._base_url = base_url
        self._clock = clock
        self._on_exchange = on_exchange
        self._contracts = contracts
        session = requests.Session()
        session.trust_env = False
        self._transport = Transport(session=session, timeout=timeout_s, operation_timeout=timeout_s)
        self._clients: dict[str, zeep.Client] = {}

    def client(self, service: str) -> Any:
        """The zeep.Client of a service. Raises Unreachable."""
        if service not in self._clients:
            self._clients[service] = self._made(service)
        return self._clients[service]

    def _made(self, service: str) -> Any:
        address = f"{self._base_url}/services/{service}"
        if self._contracts is None:
            return _readable(zeep.Client(self._document(f"{address}?wsdl"), transport=self._transport))
        document = self._contracts.document(service, partial(self._document, f"{address}?wsdl"))
        client = _readable(zeep.Client(document, transport=self._transport))
        # Whose it was first is written in the document; zeep has no public way to put another one in its place.
        client._default_service = client.create_service(client.service._binding.name, address)
        return client

    def _document(self, address: str) -> Any:
        transport: Any = self._transport  # zeep's own types want the class
        try:
            return zeep.wsdl.Document(address, transport, settings=zeep.Settings())
        except requests.HTTPError as error:
            answer = str(error).partition(" for url")[0]
            raise Unreachable(f"{address} gives no contract: {answer}") from error
        except requests.RequestException as error:
            raise Unreachable(f"cannot reach {address}: {_reason(error)}") from error
        except (zeep.exceptions.Error, etree.XMLSyntaxError) as error:
            raise Unreachable(f"{address} answers, but with no WSDL that zeep can read: {error}") from error

    def call(self, service: str, operation: str, message: dict[str, Any]) -> Exchange:
        """Send a message that zeep makes of names and values. Raises Unreachable or NotSendable."""
        client = self.client(service)
        binding = client.service._binding
        if operation not in client.service._operations:
            near = did_you_mean(operation, sorted(client.service._operations))
            raise NotSendable(f"{service} has no operation {operation!r}{near}")
        described = binding.get(operation)
        try:
            envelope = client.create_message(client.service, operation, **message)
        except (
            zeep.exceptions.Error,
            TypeError,
            ValueError,
        ) as error:  # TypeError: no such element; lxml's ValueError: a text that XML cannot carry
            raise NotSendable(f"{operation} cannot be made of these values: {error}") from error
        return self._post(
            operation,
            client.service._binding_options["address"],
            etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"),
            described.soapaction,
            partial(binding.process_reply, client, described),
        )

    def send(self, service: str, label: str, envelope: bytes, soap_action: str) -> Exchange:
        """Send a message as it is, right or wrong; `label` is what the exchange is called. Raises Unreachable."""
        return self._post(label, f"{self._base_url}/services/{service}", envelope, soap_action, None)

    def close(self) -> None:
        """Close the connections."""
        self._transport.session.close()

    def _post(
        self, operation: str, url: str, body: bytes, soap_action: str, understand: Callable[..., Any] | None
    ) -> Exchange:
        sent = self._clock.now()
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{soap_action}"'}
        try:
            response = self._transport.post(url, body, headers)
        except requests.RequestException as error:
            raise Unreachable(f"cannot reach {url}: {_reason(error)}") from error
        exchange = Exchange(
            operation,
            url,
            sent,
            (self._clock.now() - sent).total_seconds(),
            body,
            response.status_code,
            response.content,
            None if understand is None else partial(understand, response),
        )
        self._on_exchange(exchange)
        return exchange


def _readable(client: Any) -> Any:
    """The client with one prefix a namespace, declared once: zeep's own messages declare them at every element."""
    for prefix, namespace in client.wsdl.types.prefix_map.items():
        client.set_ns_prefix("m" if namespace == MESSAGE else prefix, namespace)
    return client


def _reason(error: requests.RequestException) -> str:
    """What the network said: the libraries wrap it three times, and print their own insides."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return str(error)

"""The head end that is judged: where its services are, what its WSDLs say, and how its messages are made."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from headend.conformance.http_calls import HttpCalls, NoAnswer
from headend.conformance.parameters import Parameters
from headend.conformance.service_description import (
    Operation,
    SchemaJudge,
    ServiceDescription,
    UnusableWsdl,
    read_description,
)
from headend.contract.files import shipped_directory

if TYPE_CHECKING:
    from headend.conformance.zeep_messages import MessageMaker

PATTERNS_BY_VERB = {
    "get": ("Get",),
    **dict.fromkeys(("create", "change", "cancel", "close", "delete"), ("Execute", "Request")),
    **dict.fromkeys(("created", "changed", "canceled", "closed", "deleted"), ("Receive", "Send")),
}
"""Which services carry an operation; the first that is there is called."""

CORE_SERVICES = ("GetMeterReadings", "GetEndDeviceEvents", "ExecuteEndDeviceControls")
"""What makes a metering head end: readings, events, controls."""


class TargetUnreachable(Exception):
    """Nobody answers, or whoever answers is no head end of this standard; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Route:
    """An operation, and where it is called."""

    service: str
    operation: Operation
    endpoint: str


class Target:
    """One head end. Each WSDL is fetched once, when somebody first asks for it. Safe to share between threads."""

    def __init__(self, base_url: str, parameters: Parameters, http: HttpCalls, wsdl_directory: Path | None) -> None:
        self.base_url = base_url.rstrip("/")
        self.parameters = parameters
        self.http = http
        self._directory = wsdl_directory
        self._files: dict[str, bytes] = {}
        self._descriptions: dict[str, ServiceDescription | UnusableWsdl | None] = {}
        self._judges: dict[str, SchemaJudge] = {}
        self._makers: dict[str, MessageMaker] = {}
        self._notes: dict[str, None] = {}
        self._lock = Lock()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done otherwise than usual, and why."""
        return tuple(self._notes)

    def note(self, sentence: str) -> None:
        """Something that whoever reads the report should know; the same sentence counts once."""
        self._notes.setdefault(sentence)

    def require_reachable(self) -> None:
        """Raises TargetUnreachable where not even one WSDL of the standard is there."""
        said = []
        for service in CORE_SERVICES:
            try:
                if self.description(service) is not None:
                    return
                said.append(f"{self.wsdl_url(service)} is not there")
            except NoAnswer as error:
                raise TargetUnreachable(f"cannot reach {self.wsdl_url(service)}: {error}") from error
            except UnusableWsdl as error:
                said.append(str(error))
        advice = "say where its services are (parameters `path`, `wsdl`, `endpoints`, or --wsdl DIR)"
        raise TargetUnreachable(f"{self.base_url} serves no head end of this standard: {said[0]}; {advice}")

    def endpoint(self, service: str) -> str:
        """Where a service is called, whatever its WSDL says: addresses in WSDLs are often those of another network."""
        said = self.parameters.endpoints.get(service)
        return said if said is not None else self.base_url + self.parameters.path.format(service=service)

    def wsdl_url(self, service: str) -> str:
        """Where its WSDL is: a URL, or the path of a file."""
        if self._directory is not None:
            return str(self._directory / f"{service}.wsdl")
        said = self.parameters.wsdl.format(service=service, endpoint=self.endpoint(service))
        return said if "://" in said else self.base_url + said

    def description(self, service: str) -> ServiceDescription | None:
        """What its WSDL says; None where there is none. Raises UnusableWsdl, or NoAnswer."""
        with self._lock:
            if service not in self._descriptions:
                try:
                    self._descriptions[service] = read_description(self.wsdl_url(service), self.fetch)
                except _NotThere:
                    self._descriptions[service] = None
                except UnusableWsdl as error:
                    self._descriptions[service] = error
            found = self._descriptions[service]
        if isinstance(found, UnusableWsdl):
            raise UnusableWsdl(str(found))
        return found

    def route(self, verb: str, noun: str) -> Route | None:
        """The operation of a verb on a noun; None where the head end does not offer it."""
        name = verb.capitalize() + noun
        return self._route(name, [f"{pattern}{noun}" for pattern in PATTERNS_BY_VERB[verb]])

    def set_route(self, noun: str) -> Route | None:
        """The operation that executes a set of operations."""
        return self._route(f"Execute{noun}OperationSet", [f"Execute{noun}OperationSet"])

    def _route(self, operation: str, services: Iterable[str]) -> Route | None:
        for service in services:
            description = self.usable_description(service)
            if description is None:
                continue
            found = description.operation(operation)
            if found is not None:
                return Route(service, found, self.endpoint(service))
        return None

    def usable_description(self, service: str) -> ServiceDescription | None:
        """What the WSDL says, or ours instead of one that cannot be used; None where there is none. Raises NoAnswer."""
        try:
            return self.description(service)
        except UnusableWsdl as error:
            ours = our_description(service)
            if ours is not None:
                self.note(f"{service} is called by our own WSDL: {error}")
            return ours

    def judge(self, service: str) -> SchemaJudge | None:
        """The schemas of a service: its own, or ours where its own cannot be used. None: there are none at all."""
        if service not in self._judges:
            description = self.usable_description(service)
            if description is None:
                return None
            try:
                self._judges[service] = SchemaJudge(description, self.fetch)
            except UnusableWsdl as error:
                ours = our_description(service)
                if ours is None:
                    return None
                self.note(f"Messages of {service} are judged by our own schemas: {error}")
                self._judges[service] = SchemaJudge(ours, read_file)
        return self._judges[service]

    def maker(self, service: str) -> "MessageMaker":
        """Makes messages of a service. Raises NoRoom where zeep reads neither its WSDL nor ours."""
        # Here, not above: a command that fails before it calls anybody must not wait for zeep to be imported.
        from headend.conformance.zeep_messages import MessageMaker, NoRoom

        if service not in self._makers:
            description = self.usable_description(service)
            url = self.wsdl_url(service) if description is None else description.url
            try:
                self._makers[service] = MessageMaker(url, self.fetch)
            except NoRoom as error:
                ours = our_description(service)
                if ours is None:
                    raise
                self.note(f"Messages of {service} are made from our own WSDL: {error}")
                self._makers[service] = MessageMaker(ours.url, self.fetch)
        return self._makers[service]

    def fetch(self, url: str) -> bytes:
        """A file of the contract, once. Raises NoAnswer, or UnusableWsdl for anything but HTTP 200."""
        if url not in self._files:
            self._files[url] = self._fetched(url)
        return self._files[url]

    def _fetched(self, url: str) -> bytes:
        if urlsplit(url).scheme not in ("http", "https"):
            return read_file(url)
        answer = self.http.call("GET", url)
        if answer.status in (404, 405, 410):
            raise _NotThere(f"{url} answers HTTP {answer.status}")
        if answer.status != 200:
            raise UnusableWsdl(f"{url} answers HTTP {answer.status}")
        return answer.body


class _NotThere(UnusableWsdl):
    """There is no such file; of a WSDL that means that there is no such service."""


def read_file(path: str) -> bytes:
    """A file of a contract on disk. Raises UnusableWsdl."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise _NotThere(f"there is no file {path}") from None
    except OSError as error:
        raise UnusableWsdl(f"{path}: {error.strerror}") from error


def our_description(service: str) -> ServiceDescription | None:
    """The service as the contract that ships with this package has it; None where it has none."""
    path = shipped_directory() / f"{service}.wsdl"
    return read_description(str(path), read_file) if path.is_file() else None

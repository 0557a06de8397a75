"""The WSGI site: services, their contract, an index that a person can read, and the health pages.

Only what is no SOAP request at all gets a 4xx here; whatever is one is answered by its service, or by a fault.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

from headend.contract import Contract
from headend.messages.soap_envelope import serialise
from headend.operations.refusal import INTERNAL_ERROR
from headend.soap.application import ANSWER_LOST, WsgiApp
from headend.soap.faults import FaultCode, SoapFault, fault_envelope
from headend.soap.index_page import HEAD_END_TITLE, ServiceRow, index_html

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

XML = "text/xml; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

CONTROL_PATH = "/control/"
JOURNAL_PAGE = f"{CONTROL_PATH}v1/journal.html"

_XML_TYPES = ("text/xml", "application/xml")
_HOST = re.compile(r"[A-Za-z0-9.\-_\[\]:%]+")
_READ_BYTES = 64 * 1024
_DROPPED_BYTES = 64 * 1024 * 1024
"""How much of a body that is too long is read after the limit; whoever sends more is cut off."""


Around = Callable[[str, Environ, StartResponse, WsgiApp], Iterable[bytes]]
"""Answers a message to a service in the place of the service, which it may call (`headend.soap.broken_answers`)."""


def _as_it_is(_name: str, environ: Environ, start_response: StartResponse, service: WsgiApp) -> Iterable[bytes]:
    return service(environ, start_response)


@dataclass(frozen=True, slots=True)
class Page:
    """A whole answer that is no SOAP message of a service."""

    status: str
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Site:
    """Routes a request to its service. `ready` says whether the head end can carry requests out."""

    def __init__(
        self,
        contract: Contract,
        services: Mapping[str, WsgiApp],
        version: str,
        max_request_bytes: int,
        ready: Callable[[], bool],
        control: WsgiApp | None = None,
        title: str = HEAD_END_TITLE,
        around: Around = _as_it_is,
    ) -> None:
        """control: what answers at CONTROL_PATH; None: the control API is switched off. title: of the index. around:
        stands around every service.
        """
        self._contract = contract
        self._services = services
        self._version = version
        self._max_request_bytes = max_request_bytes
        self._ready = ready
        self._control = control
        self._title = title
        self._around = around

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        name = path.removeprefix("/services/").rstrip("/")
        if environ["REQUEST_METHOD"] == "POST" and path.startswith("/services/"):
            return self._post(name, environ, start_response)
        if path.startswith(CONTROL_PATH) and self._control is not None:
            return self._control(environ, start_response)
        return send(self._page(path, name, environ), environ, start_response)

    def _post(self, name: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        refused = _not_soap(environ)
        if refused is not None:
            return send(refused, environ, start_response)
        service = self._services.get(name)
        if service is None:
            return send(self._no_such_service(name), environ, start_response)
        data = _read_body(environ, self._max_request_bytes)
        if data is None:
            sentence = f"the request is larger than this head end takes: {self._max_request_bytes} bytes"
            return send(fault_page(sentence), environ, start_response)
        # Spyne reads by CONTENT_LENGTH, which a chunked request does not have.
        with BytesIO(data) as body:
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = body, str(len(data))
            return self._around(name, environ, start_response, partial(_body_of, service))

    def _no_such_service(self, name: str) -> Page:
        if name in self._contract.services:
            why = f"{name} is in the contract but is not served by a head end"
        else:
            why = f"there is no service {name!r}"
        return fault_page(f"{why}; served here: {', '.join(sorted(self._services))}")

    def _page(self, path: str, name: str, environ: Environ) -> Page:
        if path.startswith(CONTROL_PATH):
            return _not_found("the control API is switched off here: setting control")
        if environ["REQUEST_METHOD"] == "POST":
            return _not_found(f"nothing takes messages at {path}; the services are at /services/")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return Page(
                "405 Method Not Allowed",
                TEXT,
                b"GET the contract, POST a SOAP message\n",
                (("Allow", "GET, HEAD, POST"),),
            )
        fixed: dict[str, Callable[[], Page]] = {
            "/livez": lambda: Page("200 OK", TEXT, b"ok\n"),
            "/readyz": self._readiness,
            "/version": self._version_page,
            "/services": lambda: self._index(environ),
            "/services/": lambda: self._index(environ),
            "/": lambda: _see(environ, "/services/"),
        }
        if self._control is not None:
            fixed["/journal"] = lambda: _see(environ, JOURNAL_PAGE)
        if path in fixed:
            return fixed[path]()
        if path.startswith("/services/xsd/"):
            return self._schema(path.removeprefix("/services/xsd/"))
        if path.startswith("/services/"):
            return self._service_page(name, environ)
        return _not_found(f"nothing is served at {path}; the services are at /services/")

    def _readiness(self) -> Page:
        if self._ready():
            return Page("200 OK", TEXT, b"ready\n")
        return Page("503 Service Unavailable", TEXT, b"the store does not answer\n")

    def _version_page(self) -> Page:
        about = {"name": "headend", "version": self._version, "standard": "IEC 61968-9:2013"}
        return Page("200 OK", JSON, json.dumps(about).encode())

    def _schema(self, file_name: str) -> Page:
        try:
            return Page("200 OK", XML, self._contract.xsd(file_name))
        except LookupError:
            return _not_found(f"the contract has no schema file {file_name!r}")

    def _service_page(self, name: str, environ: Environ) -> Page:
        asks_for_contract = environ.get("QUERY_STRING", "").split("=")[0].lower() in ("wsdl", "singlewsdl")
        if name.endswith(".wsdl"):
            name, asks_for_contract = name.removesuffix(".wsdl"), True
        if name not in self._services:
            return _not_found(f"there is no service {name!r}; the services are at /services/")
        address = f"{_base_url(environ)}/services/{name}"
        if asks_for_contract:
            return Page("200 OK", XML, self._contract.wsdl(name, address))
        return Page(
            "405 Method Not Allowed",
            TEXT,
            f"{name} takes SOAP 1.1 messages by POST; its contract is at {address}?wsdl\n".encode(),
            (("Allow", "POST"),),
        )

    def _index(self, environ: Environ) -> Page:
        base = _base_url(environ)
        rows = [ServiceRow(self._contract.services[name], f"{base}/services/{name}") for name in sorted(self._services)]
        wanted = environ.get("HTTP_ACCEPT", "")
        if "json" in wanted and "html" not in wanted:
            listing = {"services": [row.as_json() for row in rows]}
            return Page("200 OK", JSON, json.dumps(listing, indent=2).encode())
        beside = {} if self._control is None else {"journal": "../journal", "control API": f"..{CONTROL_PATH}v1/docs"}
        return Page("200 OK", HTML, index_html(rows, self._version, self._title, beside).encode())


def _not_soap(environ: Environ) -> Page | None:
    """What cannot be a SOAP 1.1 message whatever stands in it."""
    content_type = environ.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
    # SOAP 1.2 comes as application/soap+xml; its envelope then earns the VersionMismatch fault.
    if content_type not in (*_XML_TYPES, "application/soap+xml"):
        sentence = f"Content-Type is {content_type or 'absent'}; a SOAP 1.1 message comes as text/xml\n"
        return Page("415 Unsupported Media Type", TEXT, sentence.encode())
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding not in ("identity", ""):
        return Page("415 Unsupported Media Type", TEXT, f"Content-Encoding {encoding} is not taken\n".encode())
    return None


def _read_body(environ: Environ, limit: int) -> bytes | None:
    """The request's bytes, with Content-Length or chunked; None if they are more than `limit`.

    A client listens when it has sent everything, and one that is cut off sees a broken connection instead of the
    fault. So what goes beyond the limit is read and dropped, unless the client waits to be asked for it.
    """
    text = environ.get("CONTENT_LENGTH") or ""
    declared = int(text) if text.isascii() and text.isdigit() else None
    if declared is not None and declared > limit and "HTTP_EXPECT" in environ:
        return None
    left = limit + _DROPPED_BYTES if declared is None else min(declared, limit + _DROPPED_BYTES)
    is_taken = declared is None or declared <= limit
    length = 0
    parts: list[bytes] = []
    while left > 0 and (part := environ["wsgi.input"].read(min(left, _READ_BYTES))):
        length += len(part)
        left -= len(part)
        is_taken = is_taken and length <= limit
        if is_taken:
            parts.append(part)
        else:
            parts.clear()
    return b"".join(parts) if is_taken else None


def _body_of(service: WsgiApp, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The service's answer: as one piece where its length is known, else as it is being made."""
    headers: list[tuple[str, str]] = []

    def remember(status: str, its_headers: list[tuple[str, str]], *_exc_info: object) -> None:
        headers.extend(its_headers)
        start_response("200 OK" if environ.get(ANSWER_LOST) else status, its_headers)

    try:
        answer = service(environ, remember)
    except Exception:
        # The last net: a bug outside any operation. Spyne says nothing to the client before it has the whole answer.
        log.exception("%s failed", environ["PATH_INFO"])
        return send(fault_page(INTERNAL_ERROR, FaultCode.SERVER), environ, start_response)
    if environ.get(ANSWER_LOST):
        # The length is told and nothing comes: a server can but close the connection, mostly before the head has left.
        b"".join(answer)
        return iter(())
    if any(name.lower() == "content-length" for name, _ in headers):
        return [b"".join(answer)]
    return iter(answer)


def fault_page(sentence: str, code: FaultCode = FaultCode.CLIENT) -> Page:
    """A fault without detail, for a request whose operation is not known."""
    return Page("500 Internal Server Error", XML, serialise(fault_envelope(SoapFault(code, sentence))))


def _see(environ: Environ, page: str) -> Page:
    path = f"{environ.get('SCRIPT_NAME') or ''}{page}"
    return Page("302 Found", TEXT, f"see {path}\n".encode(), (("Location", path),))


def _not_found(sentence: str) -> Page:
    return Page("404 Not Found", TEXT, f"{sentence}\n".encode())


def send(page: Page, environ: Environ, start_response: StartResponse) -> list[bytes]:
    """Answer with a page."""
    start_response(
        page.status,
        [("Content-Type", page.content_type), ("Content-Length", str(len(page.body))), *page.headers],
    )
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [page.body]


def _base_url(environ: Environ) -> str:
    """The address by which the client reached us: what it put into Host, if that can be one, and where we are there."""
    host = environ.get("HTTP_HOST") or ""
    if not _HOST.fullmatch(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}{environ.get('SCRIPT_NAME') or ''}"

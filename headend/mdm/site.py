"""The fake MDM over WSGI: the contract's services, what was received as a page and as JSON, what it is told to answer,
and the health pages.
"""

import json
import re
from collections.abc import Callable, Iterable
from http.client import responses
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from headend.contract import Contract
from headend.mdm.intake import ANY_PATH, MOST_BYTES, Intake, Sent
from headend.mdm.mailbox import Mailbox
from headend.mdm.match import Match
from headend.mdm.page import received_html
from headend.mdm.received import Outcome, Received
from headend.mdm.received_json import received_json
from headend.mdm.told_answers import ToldAnswers
from headend.mdm.told_json import read_told, told_json
from headend.soap.site import HTML, JSON, TEXT, XML, Environ, Site, StartResponse
from headend.threaded_server import HANG_UP
from headend.untrusted_xml import NotXml, parse_document
from headend.version import installed_version

_TAKEN = "headend.mdm.taken"
"""Key of the environ: set where a service has kept the message, so that the site need not."""

_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)
_MOST_TOLD_BYTES = 64 * 1024
_QUERY = {"noun", "verb", "meter", "event", "correlation", "outcome"}


class MdmSite:
    """Routes a request: `/`, `/received`, `/answers` and `/any` are the MDM's own, the rest is that of every site of
    the contract.
    """

    def __init__(
        self,
        contract: Contract,
        intake: Intake,
        mailbox: Mailbox,
        told: ToldAnswers,
        pause: Callable[[float], None],
    ) -> None:
        """pause: lets so many seconds pass before a slow answer, or fewer when the MDM is closed meanwhile."""
        self._intake = intake
        self._mailbox = mailbox
        self._told = told
        self._pause = pause
        services = {name: self._service(name) for name in intake.served}
        self._site = Site(contract, services, installed_version(), MOST_BYTES, lambda: True, title="Fake MDM")
        # No service of the contract, so it has no place in the index; what is no SOAP is turned away alike.
        any_of_them = {"": self._service(None)}
        self._any = Site(contract, any_of_them, installed_version(), MOST_BYTES, lambda: True)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO") or "/", environ["REQUEST_METHOD"]
        if path == "/" and method in ("GET", "HEAD"):
            return self._list(
                environ, start_response, "json" in _accepted(environ) and "html" not in _accepted(environ)
            )
        if path == "/received":
            if method == "DELETE":
                self._intake.clear()
                return _answer("204 No Content", TEXT, b"", environ, start_response)
            if method in ("GET", "HEAD"):
                return self._list(environ, start_response, as_json=True)
            return _refused("405 Method Not Allowed", "GET or DELETE", environ, start_response, "GET, HEAD, DELETE")
        if path.startswith("/received/") and method in ("GET", "HEAD"):
            return self._message(path.removeprefix("/received/"), environ, start_response)
        if path == "/answers":
            return self._answers(method, environ, start_response)
        if method == "POST" and path == ANY_PATH:
            environ["PATH_INFO"] = "/services/"
            return self._post(self._any, ANY_PATH, environ, start_response)
        if path == ANY_PATH:
            return _refused("405 Method Not Allowed", "POST a message of any service", environ, start_response, "POST")
        if method == "POST" and path.startswith("/services/"):
            return self._post(self._site, path.removeprefix("/services/").rstrip("/"), environ, start_response)
        return self._site(environ, start_response)

    def _service(self, name: str | None) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
        def take(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            declared = _CHARSET.search(environ.get("CONTENT_TYPE") or "")
            data = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            sent = self._intake.take(name, data, declared.group(1) if declared else None)
            environ[_TAKEN] = True
            return self._send(sent, environ, start_response)

        return take

    def _send(self, sent: Sent, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if sent.delay_s:
            self._pause(sent.delay_s)
        if sent.is_dropped:
            environ[HANG_UP]()
            return _answer("500 Nobody Reads This", TEXT, b"", environ, start_response)
        return _answer(_status(sent.status), XML if sent.body else TEXT, sent.body, environ, start_response)

    def _post(self, site: Site, name: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """What the site turns away before it comes to a service is kept as refused, too."""
        # Read whole, whatever it is: a sender whose bytes nobody reads sees a broken connection, and not the answer.
        data = environ["wsgi.input"].read(MOST_BYTES + 1)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(data), str(len(data))
        said: list[str] = []

        def remember(status: str, headers: list[tuple[str, str]], *exc_info: object) -> Any:
            said.append(status)
            return start_response(status, headers, *exc_info)

        answer = list(site(environ, remember))
        if _TAKEN not in environ:
            sentence = _sentence(b"".join(answer))
            self._intake.turn_away(name, data, f"HTTP {said[0]}: {sentence}")
        return answer

    def _answers(self, method: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """What it is told to answer: listed, added to, or forgotten."""
        status = "200 OK"
        if method == "DELETE":
            self._told.clear()
            return _answer("204 No Content", TEXT, b"", environ, start_response)
        if method == "POST":
            try:
                self._told.tell(*read_told(environ["wsgi.input"].read(_MOST_TOLD_BYTES)))
            except ValueError as error:
                return _refused("400 Bad Request", str(error), environ, start_response)
            status = "201 Created"
        elif method not in ("GET", "HEAD"):
            allowed = "GET, HEAD, POST, DELETE"
            return _refused("405 Method Not Allowed", "GET, POST or DELETE", environ, start_response, allowed)
        listing = {"answers": [told_json(one) for one in self._told.told]}
        return _answer(status, JSON, json.dumps(listing, indent=2).encode(), environ, start_response)

    def _list(self, environ: Environ, start_response: StartResponse, as_json: bool) -> Iterable[bytes]:
        query = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        try:
            match = _match(query)
        except ValueError as error:
            return _refused("400 Bad Request", str(error), environ, start_response)
        found = [one for one in self._mailbox.received if match.fits(one)]
        if as_json:
            listing = {"received": [received_json(one) for one in found]}
            body, kind = json.dumps(listing, indent=2, ensure_ascii=False).encode(), JSON
        else:
            body, kind = received_html(found, installed_version()).encode(), HTML
        return _answer("200 OK", kind, body, environ, start_response)

    def _message(self, number: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        found: Received | None = next((one for one in self._mailbox.received if str(one.number) == number), None)
        if found is None:
            sentence = f"there is no message {number!r}; all are listed at /received"
            return _refused("404 Not Found", sentence, environ, start_response)
        return _answer("200 OK", XML if found.operation else TEXT, found.body, environ, start_response)


def _match(query: dict[str, str]) -> Match:
    """Raises ValueError for what cannot be asked for."""
    unknown = sorted(query.keys() - _QUERY)
    if unknown:
        raise ValueError(f"{', '.join(unknown)} cannot be asked for; these can: {', '.join(sorted(_QUERY))}")
    outcome = query.get("outcome")
    if outcome is not None and outcome not in list(Outcome):
        raise ValueError(f"outcome {outcome!r} is none; these are: {', '.join(Outcome)}")
    return Match(
        noun=query.get("noun"),
        verb=query.get("verb"),
        meter=query.get("meter"),
        event=query.get("event"),
        correlation_id=query.get("correlation"),
        outcome=None if outcome is None else Outcome(outcome),
    )


def _accepted(environ: Environ) -> str:
    return str(environ.get("HTTP_ACCEPT", "")).lower()


def _status(status: int) -> str:
    return f"{status} {responses.get(status, 'Unknown')}"


def _sentence(answer: bytes) -> str:
    """What an answer of the site says to a person: its fault's sentence, or its text."""
    try:
        return str(parse_document(answer).findtext(".//faultstring") or "").strip()
    except NotXml:
        return answer.decode("utf-8", "replace").strip()


def _refused(
    status: str, sentence: str, environ: Environ, start_response: StartResponse, allowed: str | None = None
) -> list[bytes]:
    allow = () if allowed is None else (("Allow", allowed),)
    return _answer(status, TEXT, f"{sentence}\n".encode(), environ, start_response, *allow)


def _answer(
    status: str,
    content_type: str,
    body: bytes,
    environ: Environ,
    start_response: StartResponse,
    *headers: tuple[str, str],
) -> list[bytes]:
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body))), *headers])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

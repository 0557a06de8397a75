"""A head end in this process behind a socket, whose answers can be broken on their way, and runs against it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from headend.client import ControlClient
from headend.compose import HeadEnd, open_head_end
from headend.config import Settings
from headend.conformance.case import chosen
from headend.conformance.parameters import Parameters
from headend.conformance.run import CaseResult, Run
from headend.conformance.runner import play
from headend.conformance.stage import RunOptions, Stage, open_stage
from headend.conformance.suites import SUITES
from headend.mdm.site import HANG_UP
from headend.threaded_server import serving
from simulator.clock import RealClock
from tests.conftest import STEPPED

QUICK = RunOptions(seed=1, timeout_s=20, patience_s=0.3, quiet_s=0.05)
"""Everything is on one machine and on a stepped clock: what has not come by then will not come."""


@dataclass(frozen=True)
class Message:
    """A request or an answer on its way."""

    path: str
    body: bytes
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Break:
    """What goes wrong on the way. Each function gives what is passed on instead."""

    of_request: Callable[[Message], Message] = lambda message: message
    of_answer: Callable[[Message, Message], Message] = lambda _request, answer: answer
    """Of the request and its answer."""
    instead: Callable[[Message], Message | None] = lambda _request: None
    """An answer without the head end; None: the head end is asked."""
    hangs_up: bool = False


WHOLE = Break()
"""Nothing goes wrong from outside, so that faults of the head end's own reach the wire as they are."""


@dataclass
class Judged:
    """A head end that is judged."""

    base_url: str
    head_end: HeadEnd
    broken: Break = field(default_factory=Break)
    runs: int = 0
    stage: Stage | None = None
    """Open for many cases: WSDLs are read once, and the receiver is started once."""

    def run(self, *wanted: str, **options: Any) -> Run:
        """Play cases; each run has a seed of its own, unless one is given. `parameters` and `lint` are the run's."""
        self.runs += 1
        parameters = options.pop("parameters", Parameters())
        lint = options.pop("lint", None)
        made = replace(QUICK, **{"seed": self.runs, **options})
        with open_stage(self.base_url, parameters, made, RealClock()) as stage:
            return play(chosen(SUITES, wanted), SUITES, stage, lint=lint)

    def case(self, wanted: str, **options: Any) -> CaseResult:
        """One case, by a run of its own."""
        (result,) = self.run(wanted, **options).cases
        return result

    def quick_case(self, wanted: str) -> CaseResult:
        """One case, on the stage that is open; its WSDLs were read before anything was broken."""
        assert self.stage is not None
        self.runs += 1
        self.stage.options = replace(self.stage.options, seed=self.runs)
        (result,) = play(chosen(SUITES, (wanted,)), SUITES, self.stage).cases
        return result

    @property
    def control(self) -> ControlClient:
        """Its control API."""
        return ControlClient(self.base_url)


@contextmanager
def judged(directory: Path, **settings: Any) -> Iterator[Judged]:
    """A head end of 300 meters in Berlin, on a stepped clock."""
    database = f"sqlite:///{directory / 'headend.db'}"
    given = {
        "meters": 300,
        "zone": "Europe/Berlin",
        "clock": STEPPED,
        "first_retry_s": 3600.0,
        "senders": 1,
        **settings,
    }
    head_end = open_head_end(Settings(database=database, **given), RealClock())
    head_end.start()
    target = Judged("", head_end)
    try:
        with serving(_breakable(target), "127.0.0.1", 0, "judged head end") as port:
            target.base_url = f"http://127.0.0.1:{port}"
            with open_stage(target.base_url, Parameters(), QUICK, RealClock()) as target.stage:
                yield target
    finally:
        head_end.close()


def _breakable(target: Judged) -> Any:
    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        broken = target.broken
        if broken == WHOLE or not environ["PATH_INFO"].startswith("/services/"):
            return target.head_end.wsgi(environ, start_response)
        data = environ["wsgi.input"].read(1 << 26)
        request = broken.of_request(Message(environ["PATH_INFO"], data))
        answer = broken.instead(request)
        if answer is None:
            answer = broken.of_answer(request, _asked(target, environ, request))
        if broken.hangs_up:
            environ[HANG_UP]()
        headers = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
        start_response(answer.status, [*headers, ("Content-Length", str(len(answer.body)))])
        return [answer.body]

    return call


def _asked(target: Judged, environ: Mapping[str, Any], request: Message) -> Message:
    said: list[tuple[str, list[tuple[str, str]]]] = []
    passed_on = {**environ, "wsgi.input": BytesIO(request.body), "CONTENT_LENGTH": str(len(request.body))}

    def remember(status: str, headers: list[tuple[str, str]], *_more: object) -> Any:
        said.append((status, headers))

    body = b"".join(target.head_end.wsgi(passed_on, remember))
    ((status, headers),) = said
    return Message(request.path, body, status, tuple(headers))

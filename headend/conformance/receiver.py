"""The MDM's side: a fake MDM whose every exchange is recorded, byte for byte."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from headend.conformance.answer import Answer
from headend.conformance.recorder import Recorder, kept
from headend.journal import Direction, Entry
from headend.mdm import FakeMdm
from headend.soap.application import WsgiApp
from headend.threaded_server import HANG_UP
from simulator.clock import Clock

_MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where the head end sends to."""

    mdm: FakeMdm
    url: str
    """As the head end reaches it."""

    def receive_url(self, noun: str) -> str:
        """Where messages of a noun are published."""
        return f"{self.url}/services/Receive{noun}"

    def reply_url(self, noun: str) -> str:
        """Where late replies about a noun go."""
        return f"{self.url}/services/Reply{noun}"


@contextmanager
def receiving(
    host: str, port: int, url: str | None, recorder: Recorder, clock: Clock, machine: Clock
) -> Iterator[Receiver]:
    """A receiver until the block ends. url: as the head end reaches it, where it is not the one it listens at.

    clock: the head end's, by which answers are stamped. Raises OSError where the port is taken.
    """
    recorded = _Recorded(recorder, clock, machine)
    with FakeMdm(host=host, port=port, machine=clock, around=recorded.around) as mdm:
        yield Receiver(mdm, (url or mdm.base_url).rstrip("/"))


@dataclass(frozen=True, slots=True)
class _Recorded:
    recorder: Recorder
    clock: Clock
    machine: Clock

    def around(self, application: WsgiApp) -> WsgiApp:
        def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] != "POST":
                return application(environ, start_response)
            number, at, machine_at = self.recorder.number(), self.clock.now(), self.machine.now()
            data = environ["wsgi.input"].read(_MOST_BYTES)
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(data), str(len(data))
            status: list[str] = []
            hung_up: list[bool] = []
            hang_up = environ[HANG_UP]

            def record(answer: bytes | None) -> None:
                entry = Entry(
                    number=number,
                    direction=Direction.IN,
                    at=at,
                    machine_at=machine_at,
                    took_s=(self.machine.now() - machine_at).total_seconds(),
                    peer=environ.get("REMOTE_ADDR", ""),
                    service=environ.get("PATH_INFO", "").rpartition("/")[2],
                    operation="",
                    soap_action=_soap_action(environ),
                    status=int(status[0].partition(" ")[0]) if status and answer is not None else None,
                    request=kept(data),
                    response=None if answer is None else kept(answer),
                    failure="the receiver hung up on purpose" if answer is None else None,
                )
                self.recorder.received(_named(entry, data), data)

            def close_connection() -> None:
                if not hung_up:
                    hung_up.append(True)
                    record(None)  # before the head end can know, and go on
                hang_up()

            environ[HANG_UP] = close_connection

            def remember(said: str, headers: list[tuple[str, str]], *more: object) -> Any:
                status.append(said)
                return start_response(said, headers, *more)

            answer = b"".join(application(environ, remember))
            if not hung_up:
                record(answer)
            return [answer]

        return call


def _soap_action(environ: dict[str, Any]) -> str | None:
    said = environ.get("HTTP_SOAPACTION")
    return None if said is None else str(said).strip('"')


def _named(entry: Entry, data: bytes) -> Entry:
    return replace(entry, operation=Answer(entry, 0, data).element)

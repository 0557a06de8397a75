"""Exchanges of a head end as entries: those that clients begin, and those that it begins with an MDM."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from headend.compose import served_contract
from headend.journal import Direction, Entry, Message
from headend.mdm.answer import Answer
from headend.mdm.intake import Intake
from headend.mdm.mailbox import Mailbox
from headend.mdm.site import MdmSite
from headend.mdm.told_answers import ToldAnswers
from headend.threaded_server import serving
from simulator.clock import Clock
from tests.support.client import Body, HeadEndClient
from tests.support.client import Exchange as HttpExchange
from tests.support.in_process import InProcessHeadEnd, WsgiExchange, in_process
from tests.support.raw_http import Headers, HttpAnswer

_MOST = 1_000


@dataclass(slots=True)
class Record:
    """Entries in the order of their beginnings."""

    clock: Clock
    _kept: dict[int, Entry] = field(default_factory=dict)
    _begun: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> tuple[int, datetime]:
        """The number of an exchange that begins, and when that is."""
        with self._lock:
            self._begun += 1
            return self._begun, self.clock.now()

    def keep(self, entry: Entry) -> None:
        with self._lock:
            self._kept[entry.number] = entry

    @property
    def entries(self) -> list[Entry]:
        with self._lock:
            return [self._kept[number] for number in sorted(self._kept)]

    def clear(self) -> None:
        """Forget what was kept so far; numbers go on."""
        with self._lock:
            self._kept.clear()


class RecordedHeadEnd(HeadEndClient):
    """A client of a head end in the test's process, whose SOAP exchanges are kept."""

    def __init__(self, head_end: InProcessHeadEnd, record: Record) -> None:
        super().__init__(_Recording(WsgiExchange(head_end.head_end.wsgi), record))
        self.inside = head_end
        self.record = record


@dataclass(frozen=True, slots=True)
class _Recording:
    exchange: HttpExchange
    record: Record

    def __call__(self, method: str, path: str, headers: Headers, body: Body) -> HttpAnswer:
        if method != "POST" or not path.startswith("/services/"):
            return self.exchange(method, path, headers, body)
        sent = body if isinstance(body, bytes) else b"".join(body or ())
        number, begun = self.record.begin()
        answer = self.exchange(method, path, headers, sent)
        action = next((value for name, value in headers if name.lower() == "soapaction"), None)
        self.record.keep(
            _entry(number, begun, self.record.clock, Direction.IN, "127.0.0.1:40001", path, action, sent, answer)
        )
        return answer


def _entry(
    number: int,
    begun: datetime,
    clock: Clock,
    direction: Direction,
    peer: str,
    path: str,
    action: str | None,
    sent: bytes,
    answer: HttpAnswer,
) -> Entry:
    return Entry(
        number=number,
        direction=direction,
        at=begun,
        machine_at=begun,
        took_s=(clock.now() - begun).total_seconds(),
        peer=peer,
        service=path.rstrip("/").rpartition("/")[2],
        operation="",
        soap_action=None if action is None else action.strip('"'),
        status=answer.status,
        request=Message.whole(sent),
        response=Message.whole(answer.body),
    )


@contextmanager
def recorded_mdm(record: Record) -> Iterator[str]:
    """A fake MDM whose exchanges are kept as those that the head end begins; gives its base URL."""
    contract, mailbox, told = served_contract(), Mailbox(_MOST), ToldAnswers(Answer.ok())
    intake = Intake(contract, record.clock, mailbox, told, _MOST, lambda _received: None)
    site = MdmSite(contract, intake, mailbox, told, lambda _seconds: None)
    base: list[str] = []

    def recording(environ: dict[str, Any], start_response: Any) -> Any:
        number, begun = record.begin()
        sent = environ["wsgi.input"].read(10**9)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(sent), str(len(sent))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        said: list[str] = []

        def remember(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            said.append(status)
            return start_response(status, headers, *exc_info)

        body = b"".join(site(environ, remember))
        path = environ["PATH_INFO"]
        answer = HttpAnswer(int(said[0].split()[0]), (), body)
        action = environ.get("HTTP_SOAPACTION")
        record.keep(_entry(number, begun, record.clock, Direction.OUT, base[0] + path, path, action, sent, answer))
        return [body]

    with serving(recording, "127.0.0.1", 0, "test") as port:
        base.append(f"http://127.0.0.1:{port}")
        yield base[0]


@contextmanager
def recorded_head_end(directory: Path, now: datetime, **settings: Any) -> Iterator[RecordedHeadEnd]:
    """A head end in the test's process whose exchanges with clients are kept."""
    with in_process(directory, now, **settings) as opened:
        yield RecordedHeadEnd(opened, Record(opened.clock))

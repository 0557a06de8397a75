"""The fake MDM as a context manager, for tests and for the command line."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

from headend.client.meter_like import MeterLike
from headend.compose import served_contract
from headend.mdm.answer import Answer
from headend.mdm.intake import ANY_PATH, Intake
from headend.mdm.mailbox import Mailbox
from headend.mdm.match import Match
from headend.mdm.received import Outcome, Received
from headend.mdm.site import MdmSite
from headend.mdm.told_answers import ToldAnswers
from headend.soap.application import WsgiApp
from headend.threaded_server import serving
from simulator.clock import Clock, RealClock

DEFAULT_TIMEOUT_S: Final = 10.0
MOST_KEPT: Final = 100_000


class FakeMdm:
    """Serves the Receive and Reply services of every noun from threads of this process. Several threads may use it."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        answer: Answer | None = None,
        on_received: Callable[[Received], None] = lambda _received: None,
        most_kept: int = MOST_KEPT,
        machine: Clock | None = None,
        around: Callable[[WsgiApp], WsgiApp] = lambda site: site,
    ) -> None:
        """Serves nothing before it is entered as a context, or started.

        port: 0 picks a free one. answer: to every message for which nothing else is told; OK if there is none.
        on_received: hears of each message, in a thread of its own. most_kept: of messages and of MessageIDs that are
        known again; older ones make way. machine: stamps what comes and checks the age of nonces. around: is put
        around the WSGI application, for whoever wants to see every byte.
        """
        self._host, self._port = host, port
        self._around = around
        self._contract = served_contract()
        self._mailbox = Mailbox(most_kept)
        self._told = ToldAnswers(answer or Answer.ok())
        self._closing = threading.Event()
        self._intake = Intake(self._contract, machine or RealClock(), self._mailbox, self._told, most_kept, on_received)
        self._running: ExitStack | None = None
        self._base_url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Serve until `close`. Raises OSError where the port is taken."""
        if self._running is not None:
            raise RuntimeError("this fake MDM is running already")
        self._closing.clear()
        site = MdmSite(self._contract, self._intake, self._mailbox, self._told, self._pause)
        with ExitStack() as starting:
            port = starting.enter_context(serving(self._around(site), self._host, self._port, "fake MDM"))
            host = f"[{self._host}]" if ":" in self._host else self._host
            self._base_url = f"http://{host}:{port}"
            self._running = starting.pop_all()

    def close(self) -> None:
        """Stop serving; what was received can still be looked at. Slow answers leave at once."""
        self._closing.set()
        if self._running is not None:
            self._running.close()
            self._running = None

    @property
    def base_url(self) -> str:
        """Such as http://127.0.0.1:8081. Raises RuntimeError where it was never started."""
        if not self._base_url:
            raise RuntimeError("this fake MDM has not been started; use it as a context manager")
        return self._base_url

    def receive_url(self, noun: str) -> str:
        """Where a head end publishes messages of a noun. Raises ValueError for a noun without such a service."""
        return self._url(f"Receive{noun}")

    def reply_url(self, noun: str) -> str:
        """Where late replies about a noun go: for Header/ReplyAddress. Raises ValueError as `receive_url`."""
        return self._url(f"Reply{noun}")

    @property
    def any_url(self) -> str:
        """Takes the messages of every service: for a Header/ReplyAddress to which replies and events of several nouns
        go, such as those of a MeterReadSchedule.
        """
        return f"{self.base_url}{ANY_PATH}"

    @property
    def received(self) -> tuple[Received, ...]:
        """Every message so far, in order, whatever became of it."""
        return self._mailbox.received

    def wait_for(
        self,
        noun: str | None = None,
        *,
        verb: str | None = None,
        meter: MeterLike | None = None,
        event: str | None = None,
        correlation_id: str | None = None,
        outcome: Outcome | None = Outcome.ACCEPTED,
        count: int = 1,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> Received:
        """The first message that is so, as soon as it is there; it may have come before. With `count`, the last of so
        many. Only accepted ones count if nothing else is asked for.

        See Match for what can be said. Raises NotReceived, which tells what came instead.
        """
        match = Match(noun=noun, verb=verb, meter=meter, event=event, correlation_id=correlation_id, outcome=outcome)
        return self._mailbox.wait_for(match, count, timeout_s)

    def answer(
        self,
        answer: Answer,
        *,
        times: int | None = None,
        noun: str | None = None,
        verb: str | None = None,
        meter: MeterLike | None = None,
        event: str | None = None,
        correlation_id: str | None = None,
    ) -> None:
        """Answer so from now on: so many times, or always, to the messages that match.

        What is told last counts first. A message that breaks the contract is refused whatever was told.
        """
        match = Match(noun=noun, verb=verb, meter=meter, event=event, correlation_id=correlation_id)
        self._told.tell(answer, match, times)

    def clear(self) -> None:
        """Forget all messages and their MessageIDs; what was told to answer still counts."""
        self._intake.clear()

    def reset(self) -> None:
        """Forget everything, also what was told to answer."""
        self._told.clear()
        self.clear()

    def _url(self, service: str) -> str:
        if service not in self._intake.served:
            raise ValueError(f"the contract has no service {service}; it has {', '.join(self._intake.served)}")
        return f"{self.base_url}/services/{service}"

    def _pause(self, seconds: float) -> None:
        self._closing.wait(seconds)

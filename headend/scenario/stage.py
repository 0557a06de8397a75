"""Where a scenario is played: a head end and a fake MDM, ours or somebody's, and what is recorded between them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from headend.client import ClientError, ControlClient, ControlRefused
from headend.client.contract_cache import ContractCache
from headend.conformance.receiver import Receiver, receiving
from headend.conformance.recorder import Recorder
from headend.mdm import FakeMdm
from headend.scenario.caller import Caller
from headend.scenario.head_end_settings import HeadEndSettings
from headend.store import StoreError
from headend.testing.head_end import HeadEnd
from simulator.clock import Clock, ClockSpec

if TYPE_CHECKING:
    from headend.operations.truth_rows import TruthRow

OURS: Final = "http://headend.test"
"""What reports call a head end that `headend run` has started: its port is another one in every run."""
OUR_MDM: Final = "http://mdm.test"
"""The same of its fake MDM, also in the messages: what follows from an address must not follow from a free port."""

_CONTRACTS: Final = ContractCache()
"""Every head end of this process serves the same contract."""

_SETTLING_S: Final = 10.0

Truth = Callable[[list[str], datetime, datetime, str], "list[TruthRow]"]
"""What meters really measured of one reading type in (start, end]."""


class CannotPlay(Exception):
    """There is no head end to play with, or not the one that the scenario is about; the message says why."""


@dataclass(frozen=True, slots=True)
class ReceiverAt:
    """Where the fake MDM listens, and where the head end reaches it."""

    host: str = "127.0.0.1"
    port: int = 0
    url: str | None = None
    """As the head end reaches it, where that is another address."""


@dataclass(frozen=True, slots=True)
class StageOptions:
    """How a stage is made."""

    target: str | None = None
    """Base URL of somebody's head end; None: one of our own is started."""
    receiver: ReceiverAt = field(default_factory=ReceiverAt)
    timeout_s: float = 60.0
    """Longest wait for one answer, of the machine's time."""


class FleetClock:
    """The head end's time, by its control API. It can be passed on as a Clock."""

    def __init__(self) -> None:
        self._control: ControlClient | None = None

    def ask(self, control: ControlClient) -> None:
        """Whom to ask."""
        self._control = control

    def now(self) -> datetime:
        """Aware, UTC. Raises ClientError."""
        if self._control is None:
            raise RuntimeError("nobody has said whose time it is")
        return self._control.clock().now


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """All that a scenario needs."""

    base_url: str
    """Where the head end is called."""
    shown_url: str
    """What it is called in reports."""
    control: ControlClient
    caller: Caller
    receiver: Receiver
    recorder: Recorder
    clock: Clock
    """The fleet's."""
    machine: Clock
    zone: ZoneInfo
    """The fleet's."""
    seed: int
    truth: Truth | None
    """None where the head end does not tell it."""
    notes: tuple[str, ...] = ()

    @property
    def mdm(self) -> FakeMdm:
        """The fake MDM."""
        return self.receiver.mdm

    def settle(self) -> None:
        """Wait until the head end has sent what is due; where its clock cannot be moved, nobody can say when that is.

        Raises ClientError.
        """
        try:
            self.control.advance(timedelta(0), wait_s=_SETTLING_S)
        except ControlRefused:
            return


@contextmanager
def open_stage(head_end: HeadEndSettings, options: StageOptions, machine: Clock) -> Iterator[Stage]:
    """A stage until the block ends. Raises CannotPlay."""
    clock, recorder = FleetClock(), Recorder()
    with ExitStack() as closing:
        at = options.receiver
        url = at.url or (OUR_MDM if options.target is None else None)
        try:
            receiver = closing.enter_context(receiving(at.host, at.port, url, recorder, clock, machine))
        except OSError as error:
            raise CannotPlay(f"the fake MDM cannot listen on {at.host}:{at.port}: {error.strerror or error}") from error
        truth: Truth | None = None
        notes: tuple[str, ...] = ()
        if options.target is None:
            ours = _started(head_end, receiver, closing)
            base_url, shown_url, control = ours.base_url, OURS, ours.control
            truth = _truth_of(ours)
        else:
            base_url = shown_url = options.target.rstrip("/")
            control = closing.enter_context(ControlClient(base_url, timeout_s=options.timeout_s))
            notes = _prepared(head_end, control, base_url)
        clock.ask(control)
        try:
            version = control.version()
        except ClientError as error:
            raise CannotPlay(str(error)) from error
        contracts = _CONTRACTS if options.target is None else None
        caller = Caller(base_url, shown_url, clock, machine, recorder, contracts, options.timeout_s)
        closing.callback(caller.close)
        yield Stage(
            base_url=base_url,
            shown_url=shown_url,
            control=control,
            caller=caller,
            receiver=receiver,
            recorder=recorder,
            clock=clock,
            machine=machine,
            zone=ZoneInfo(version["zone"]),
            seed=version["seed"],
            truth=truth,
            notes=notes,
        )


def _started(head_end: HeadEndSettings, receiver: Receiver, closing: ExitStack) -> HeadEnd:
    ours = HeadEnd(config=head_end.config, addresses={OUR_MDM: receiver.mdm.base_url})
    try:
        ours.start()
    except (StoreError, OSError) as error:
        raise CannotPlay(f"the head end cannot start: {error}") from error
    closing.callback(ours.close)
    return ours


def _truth_of(ours: HeadEnd) -> Truth:
    def truth(meters: list[str], start: datetime, end: datetime, reading_type: str) -> "list[TruthRow]":
        return ours.truth(meters, start, end, reading_types=reading_type)

    return truth


def _prepared(head_end: HeadEndSettings, control: ControlClient, target: str) -> tuple[str, ...]:
    """Somebody's head end as on the first day, if it is the one that the scenario is about; what is not known of it.

    Raises CannotPlay.
    """
    try:
        version, clock = control.version(), control.clock()
    except ClientError as error:
        raise CannotPlay(str(error)) from error
    wanted = head_end.settings
    told = {"meters": version["meters"], "seed": version["seed"], "zone": version["zone"], "clock": clock.setting}
    needed = {
        "meters": wanted.fleet_spec.meters,
        "seed": wanted.fleet_spec.seed,
        "zone": wanted.fleet_spec.zone,
        "clock": str(ClockSpec.parse(wanted.clock)),
    }
    named = set(head_end.given) | ({"meters", "zone"} if "fleet" in head_end.given else set())
    differs = [
        f"{name} {told[name]} and not {needed[name]}" for name in told if name in named and told[name] != needed[name]
    ]
    if differs:
        raise CannotPlay(f"{target} is another head end than the scenario is about: it has {', '.join(differs)}")
    control.reset(subscriptions=True)
    unknown = sorted(named - set(told))
    return (f"{target} does not tell its settings {', '.join(unknown)}; they are taken for granted",) if unknown else ()

"""Where the tour plays: a head end in a process of its own, a receiver that it publishes to, a client, and its time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from headend.client import ControlClient, HeadEndClient, counted_ids
from headend.client.exchange import Exchange
from headend.demo.head_end_process import head_end_process
from headend.mdm import FakeMdm
from simulator.clock import Clock

METERS: Final = 1000
START: Final = datetime(2026, 6, 15, 12, tzinfo=UTC)
"""Where the fleet's stepped clock stands at first: every run of the tour plays on the same day."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a step plays with."""

    base_url: str
    receiver_url: str
    client: HeadEndClient
    mdm: FakeMdm
    """Has what the head end has published."""
    advance: Callable[[timedelta], datetime]
    """Moves the fleet's time forward; gives the new time."""


@contextmanager
def open_stage(directory: Path, machine: Clock, on_exchange: Callable[[Exchange], None]) -> Iterator[Stage]:
    """Start everything in `directory`, and stop it when the block ends. Raises DidNotStart."""
    database = f"sqlite:///{directory / 'headend.db'}"
    with ExitStack() as closing:
        mdm = closing.enter_context(FakeMdm(machine=machine))
        receiver_url = mdm.receive_url("EndDeviceEvents")
        flags = ["--port", "0", "--host", "127.0.0.1", "--meters", str(METERS), "--seed", "1", "--zone", "UTC"]
        flags += ["--database", database, "--clock", f"stepped@{START.isoformat()}", "--workers", "1"]
        flags += ["--error-style", "reply", "--publish-to", receiver_url, "--log-level", "info"]
        base_url = closing.enter_context(head_end_process(flags, directory / "headend.log"))
        control = closing.enter_context(ControlClient(base_url))
        client = HeadEndClient(base_url, machine, counted_ids("demo"), source="demo", on_exchange=on_exchange)
        closing.callback(client.close)
        yield Stage(base_url, receiver_url, client, mdm, lambda by: control.advance(by).now)

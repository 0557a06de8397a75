"""What a command needs that looks at a fleet and its database itself: no head end has to run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from headend.cli.exit_codes import ExitCode
from headend.cli.options import FleetFlags
from headend.cli.stopping import stop

if TYPE_CHECKING:
    from headend.config import Settings
    from headend.store import Store


def fleet_settings(command: str, flags: FleetFlags) -> "Settings":
    """The settings; ends the command (2) where they cannot be used."""
    from headend.config import InvalidSettings

    try:
        settings: Settings = flags.settings()
    except InvalidSettings as error:
        stop(command, error, ExitCode.BAD_USAGE)
    return settings


@contextmanager
def stored(command: str, settings: "Settings") -> "Iterator[Store | None]":
    """The head end's database; None where an SQLite file does not exist, as looking must not make it.

    Ends the command where there is no such database (2), or it cannot be reached (3).
    """
    from headend.store import InvalidStoreUrl, Store, StoreError

    url = urlsplit(settings.database)
    if url.scheme.startswith("sqlite") and not Path(url.path[1:]).exists():
        yield None
        return
    try:
        store = Store.open(settings.database)
        try:
            yield store
        finally:
            store.close()
    except InvalidStoreUrl as error:
        stop(command, error, ExitCode.BAD_USAGE)
    except StoreError as error:
        stop(command, error, ExitCode.UNREACHABLE)


def fleet_time(settings: "Settings", store: "Store | None", machine_now: datetime) -> datetime:
    """What time a head end with these settings would have: unlike it, nothing is written."""
    from simulator.clock import ClockSpec

    spec = ClockSpec.parse(settings.clock)
    if spec == ClockSpec():
        return machine_now
    anchored = None
    if store is not None:
        with store.reading() as work:
            anchored = work.clock_anchor.get()
    anchor = anchored.anchor if anchored is not None and anchored.spec == str(spec) else spec.anchor(machine_now)
    return anchor.at(machine_now)

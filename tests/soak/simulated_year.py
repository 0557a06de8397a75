"""`make year`: a head end lives through a year, and what it keeps levels off.

    python -m tests.soak.simulated_year [--days N] [--meters N] [--keep-days N]

Every day of a stepped clock readings are published, commands, events, schedules, works, outages and master data come
in, and the store is tidied up. Rows of each table and the size of the SQLite file are printed for each month. Ends with
1 where a table that has a rule does not level off.
"""

import argparse
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Self

from headend.store.schema import Row
from tests.conftest import NOON
from tests.control.control_api import ControlApi
from tests.delivery.receiver import receiver
from tests.support.in_process import in_process
from tests.support.reply import Reply
from tests.support.schedules import ask as ask_for_schedule
from tests.support.service_requests import ask as ask_for_work
from tests.support.service_requests import new_meter, new_usage_point, work
from tests.support.settled import settle_after
from tests.support.soap_requests import created_end_device_events, event, time_schedule

LASTING: Final = frozenset(
    {
        "interruption",
        "device_transition",  # but for resets of maximum demand it levels off
        "outage",
        "defect",
        "fleet_change",
        "master_object",
        "master_name",
        "master_link",
    }
)
"""Tables that registers of any time follow from, or what clients said of the fleet. They grow with what happens."""

PRICE, RESET = "3.20.9.82", "3.8.0.214"
TAMPER = "3.12.0.257"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store holds at the end of a day."""

    day: int
    rows: dict[str, int]
    used_bytes: int
    """Of the file, without the pages that wait to be used again."""
    file_bytes: int


class SimulatedYear:
    """A head end with a subscriber, and all that happens to it."""

    def __init__(self, directory: Path, meters: int, keep_days: int, month_days: int = 30) -> None:
        self._stack = ExitStack()
        self._database = directory / "headend.db"
        self._meters = meters
        self._month_days = month_days
        self._mdm = self._stack.enter_context(receiver())
        url = self._mdm.url
        self._head_end = self._stack.enter_context(
            in_process(
                directory,
                NOON,
                meters=meters,
                subscriptions=(
                    {"url": url, "noun": "MeterReadings", "every": "P1D"},
                    {"url": url, "noun": "EndDeviceEvents"},
                    {"url": url, "noun": "EndDeviceControls"},
                    {"url": url, "noun": "MeterServiceRequests"},
                ),
                keep_messages_days=keep_days,
                keep_events_days=keep_days,
                keep_controls_days=keep_days,
                keep_schedules_days=keep_days,
                keep_works_days=keep_days,
                keep_orderings=keep_days,
            )
        )
        self._api = ControlApi(self._head_end)
        self._recurring = _taken(ask_for_schedule(self._head_end, "Create", _name(0))).ids[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._stack.close()

    def live(self, days: int, every: int) -> Iterator[Kept]:
        """So many days; what is kept at the end of every so many."""
        for day in range(1, days + 1):
            self._happen(day)
            settle_after(self._head_end, days=1)
            self._head_end.head_end.housekeeping.tidy_up()
            self._mdm.received.clear()
            if day % every == 0:
                yield self._kept(day)

    def _happen(self, day: int) -> None:
        head_end, now = self._head_end, self._head_end.clock.now()
        one = _name(day % self._meters)
        everyone = [_name(number) for number in range(self._meters)]
        _taken(head_end.control(*everyone, code=PRICE, fields=_message_id(day, "price")))
        told = created_end_device_events(event(TAMPER, now.isoformat(), one))
        _taken(head_end.post("ReceiveEndDeviceEvents", told))
        tomorrow = (now + timedelta(hours=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
        _taken(ask_for_schedule(head_end, "Create", one, times=time_schedule(end=tomorrow)))
        if day % 5 == 0:
            _taken(head_end.disconnect(one, fields=_message_id(day, "disconnect")))
            self._api.post("orderings", {"kind": "twice", "match": {"noun": "EndDeviceEvents"}, "times": 1})
            _taken(ask_for_work(head_end, "create", work("inspection", one)))
        if day % 5 == 1 and day > 1:
            _taken(head_end.connect(_name((day - 1) % self._meters), fields=_message_id(day, "connect")))
        if day % 10 == 0:
            begins, ends = now + timedelta(hours=1), now + timedelta(hours=3)
            self._api.post("outages", {"node": one, "start": begins.isoformat(), "end": ends.isoformat()})
            _taken(ask_for_schedule(head_end, "Change", one, ids=[self._recurring]))
        if day % self._month_days == 0:
            _taken(head_end.control(*everyone, code=RESET, fields=_message_id(day, "reset")))
            new_meter(head_end, f"NEW-{day}")
            new_usage_point(head_end, f"POINT-{day}")
            _taken(ask_for_work(head_end, "create", work("meter", f"NEW-{day}", point=f"POINT-{day}")))

    def _kept(self, day: int) -> Kept:
        connection = sqlite3.connect(self._database)
        try:
            counts = {
                table: int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
                for table in sorted(Row.metadata.tables)
            }
            size, pages, free = (
                int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
                for pragma in ("page_size", "page_count", "freelist_count")
            )
        finally:
            connection.close()
        return Kept(day, counts, size * (pages - free), size * pages)


def growing(kept: list[Kept], keep_days: int) -> list[str]:
    """The tables with a rule that hold more in the last third of a run than they ever did before it.

    What is told once a month may come once more in one span of the same length than in another.
    """
    settled = [one for one in kept if one.day > keep_days]
    before, after = settled[: -len(settled) // 3], settled[-len(settled) // 3 :]
    return [
        table
        for table in kept[0].rows
        if table not in LASTING
        and max(one.rows[table] for one in after) > 1.1 * max(one.rows[table] for one in before) + 2
    ]


def _taken(reply: Reply) -> Reply:
    """What is refused would not be kept, and prove nothing."""
    assert reply.result == "OK", reply.errors
    return reply


def _name(number: int) -> str:
    return f"M{number:08}"


def _message_id(day: int, what: str) -> dict[str, str]:
    return {"MessageID": f"{what}-{day}"}


def _table(kept: list[Kept]) -> str:
    tables = [table for table in kept[-1].rows if any(one.rows[table] for one in kept)]
    lines = [f"{'day':<30}" + "".join(f"{one.day:>9,}" for one in kept)]
    lines += [f"{table:<30}" + "".join(f"{one.rows[table]:>9,}" for one in kept) for table in tables]
    lines.append(f"{'kB in use':<30}" + "".join(f"{one.used_bytes // 1024:>9,}" for one in kept))
    lines.append(f"{'kB of the file':<30}" + "".join(f"{one.file_bytes // 1024:>9,}" for one in kept))
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.simulated_year", description="Lives through a year.")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--meters", type=int, default=50)
    parser.add_argument("--keep-days", type=int, default=30, help="what the keep_*_days are set to")
    options = parser.parse_args()
    kept = []
    with (
        TemporaryDirectory(prefix="headend-year-") as name,
        SimulatedYear(Path(name), options.meters, options.keep_days) as year,
    ):
        for one in year.live(options.days, every=max(1, options.days // 12)):
            kept.append(one)
            print(f"day {one.day}: {sum(one.rows.values()):,} rows", file=sys.stderr, flush=True)
    print(_table(kept))
    if grow := growing(kept, options.keep_days):
        print(f"does not level off: {', '.join(grow)}", file=sys.stderr)
    return 1 if grow else 0


if __name__ == "__main__":
    sys.exit(main())

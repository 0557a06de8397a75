"""What the journal costs: two head ends side by side, one of them with `journal: false`, measured in turns.

    python -m benchmarks.journal [--turns N] [--seconds S]

Other guests of a machine move requests/s by a half from one second to the next, so the processor time that the worker
spends on a request is told, too: it hardly moves.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.http_client import exchange, post, request_rate
from benchmarks.messages import ONE_METER, ONE_REGISTER, WHOLE_FLEET
from benchmarks.processes import RunningHeadEnd, head_end

METERS = 10_000
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journal", description="What the journal costs.")
    parser.add_argument("--turns", type=int, default=10, help="how often each head end has its turn")
    parser.add_argument("--seconds", type=float, default=2.0, help="of a turn with small requests")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with (
        tempfile.TemporaryDirectory(prefix="headend-bench-") as directory,
        _journal("true"),
        head_end(cores[0], Path(directory), METERS) as with_journal,
        _journal("false"),
        head_end(cores[0], Path(directory), METERS) as without,
    ):
        _compare(with_journal, without, options.turns, options.seconds)


def _compare(with_journal: RunningHeadEnd, without: RunningHeadEnd, turns: int, seconds: float) -> None:
    for name, body, connections in (
        ("one register of one meter, 1 connection", ONE_REGISTER, 1),
        ("one register of one meter, 8 connections", ONE_REGISTER, 8),
        ("a day of one meter, 1 connection", ONE_METER, 1),
    ):
        rates: dict[RunningHeadEnd, list[float]] = {with_journal: [], without: []}
        costs: dict[RunningHeadEnd, list[float]] = {with_journal: [], without: []}
        for turn in range(turns + 1):
            for server in (with_journal, without):
                before = _processor_s(server.worker)
                rate = request_rate(server.port, body, connections, seconds)
                spent = _processor_s(server.worker) - before
                if turn:  # the first is for warming up
                    rates[server].append(rate.per_second)
                    costs[server].append(spent / (rate.per_second * seconds))
        _tell(name, "requests/s", median(rates[with_journal]), median(rates[without]))
        _tell("", "ms of a processor", *(median(costs[one]) * 1e3 for one in (with_journal, without)))
    request = post(WHOLE_FLEET)
    times: dict[RunningHeadEnd, list[float]] = {with_journal: [], without: []}
    for turn in range(turns + 1):
        for server in (with_journal, without):
            taken = exchange(server.port, request).seconds
            if turn:
                times[server].append(taken)
    _tell(f"a day of {METERS:,} meters", "ms", median(times[with_journal]) * 1e3, median(times[without]) * 1e3)


def _tell(name: str, unit: str, with_journal: float, without: float) -> None:
    change = with_journal / without - 1
    print(f"{name:42} {unit:18} with {with_journal:9.4g}  without {without:9.4g}  {change:+.1%}", flush=True)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def _journal(value: str) -> Iterator[None]:
    before = os.environ.get("HEADEND_JOURNAL")
    os.environ["HEADEND_JOURNAL"] = value
    try:
        yield
    finally:
        del os.environ["HEADEND_JOURNAL"]
        if before is not None:
            os.environ["HEADEND_JOURNAL"] = before


if __name__ == "__main__":
    main()

"""What isolated sessions cost: `python -m benchmarks.sessions [--sessions N] [--json FILE]`.

One `headend serve` with one worker. In each session a meter is read, another one is disconnected, and a receiver is
told of the event; then the worker's memory, threads and open files are compared with what they were before. A request
in a session and one outside of it are measured in turns: so their ratio does not hang on who else uses the machine.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep

from benchmarks.discarding_receiver import discarding_receiver
from benchmarks.http_client import HOST, SERVICE
from benchmarks.messages import ONE_REGISTER
from benchmarks.processes import RunningHeadEnd, head_end
from benchmarks.report import Figure, Machine, at_most, ratio_of_at_most, table, write_json
from headend.client import ControlClient, HeadEndClient
from headend.client.contract_cache import ContractCache
from simulator.clock import RealClock

METERS = 1_000
TURNS = 400
WARM_UP = 50
AT_REST_S = 30.0
SETTLED_S = 5.0
PATIENCE_S = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Print the table; ends with 1 where a ratio is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sessions", description="What isolated sessions cost.")
    parser.add_argument("--sessions", type=int, default=100, help="how many there are")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    machine = Machine.this(cores[0], cores[-1], None)
    print(machine, flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="headend-bench-") as directory,
        head_end(cores[0], Path(directory), METERS) as running,
    ):
        figures = list(_figures(running, options.sessions))
    print(table(figures))
    if options.json:
        write_json(options.json, machine, figures)
    sys.exit(any(one.fails for one in figures))


def _figures(running: RunningHeadEnd, sessions: int) -> Iterator[Figure]:
    worker = running.worker
    base_url = f"http://{HOST}:{running.port}"
    # What the head end itself loads with its first calls is not what sessions cost.
    cache, ids = ContractCache(), (f"benchmark-{number}" for number in count())
    with discarding_receiver() as receiver:
        _use(base_url, receiver.url, cache, ids)
        _eventually(lambda: receiver.messages >= 1)
        before = _resident(worker), _threads(worker), _files(worker)
        first_s = []
        for number in range(sessions):
            with closing(HTTPConnection(HOST, running.port)) as connection:
                first_s.append(_read_s(connection, f"/s/job-{number}"))
            _use(f"{base_url}/s/job-{number}", receiver.url, cache, ids)
        _eventually(lambda: receiver.messages >= sessions + 1)
        sleep(SETTLED_S)
        grown = (_resident(worker) - before[0]) / 1e6
        yield Figure(f"memory of {sessions} sessions", grown, "MB", at_most(200))
        yield Figure("memory of a session", grown / sessions, "MB", at_most(2))
        yield Figure("threads that they have at rest", _threads(worker) - before[1], "", at_most(2))
        yield Figure("open files of a session", (_files(worker) - before[2]) / sessions, "")
        busy, began = _processor_s(worker), monotonic()
        sleep(AT_REST_S)
        spent = (_processor_s(worker) - busy) / (monotonic() - began)
        yield Figure("a processor's time that they take at rest", spent * 100, "%", at_most(10))
        yield Figure("first request, which makes the session", median(first_s) * 1e3, "ms", at_most(200))
    yield from _ratio(running)


def _ratio(running: RunningHeadEnd) -> Iterator[Figure]:
    inside, outside = [], []
    with closing(HTTPConnection(HOST, running.port)) as connection:
        for turn in range(WARM_UP + TURNS):
            for path, times in (("/s/job-0", inside), ("", outside)):
                taken = _read_s(connection, path)
                if turn >= WARM_UP:
                    times.append(taken)
    yield Figure("one register of one meter, in a session", median(inside) * 1e3, "ms")
    yield Figure("one register of one meter, outside of it", median(outside) * 1e3, "ms")
    yield Figure("ratio of the two", median(inside) / median(outside), "", ratio_of_at_most(1.2))


def _use(url: str, receiver_url: str, cache: ContractCache, ids: Iterator[str]) -> None:
    with ControlClient(url) as control, HeadEndClient(url, RealClock(), ids, contracts=cache) as client:
        control.subscribe(receiver_url)
        client.read("M00000003")
        client.disconnect("M00000004")


def _read_s(connection: HTTPConnection, path: str) -> float:
    began = perf_counter()
    connection.request("POST", f"{path}{SERVICE}", ONE_REGISTER, {"Content-Type": "text/xml; charset=utf-8"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise ValueError(f"{path}{SERVICE} answers HTTP {answer.status}")
    return perf_counter() - began


def _eventually(is_so: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE_S
    while not is_so():
        if monotonic() > deadline:
            raise TimeoutError("the receiver was not told of all events")
        sleep(0.05)


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def _threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def _files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()

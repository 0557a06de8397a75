"""`make bench`: the simulator alone, and the head end over HTTP on loopback beside what it is compared with.

    python -m benchmarks.run [--quick] [--output FILE]

Servers run on one core and the client on another. What is compared is measured in turns, so that a machine that is
slow for a while is slow for both. Every number is the median of its runs. Ends with 1 where a target for a ratio is
missed; targets in seconds and bytes depend on the machine and only warn.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import plain_spyne
from benchmarks.generation import generation_figures
from benchmarks.growth import draw, growth_figures, growths
from benchmarks.http_client import Exchange, exchange, get, post, request_rate, save
from benchmarks.master_data import master_data_figures
from benchmarks.messages import ONE_METER, ONE_REGISTER, READINGS_A_METER, WHOLE_FLEET
from benchmarks.processes import NotStarted, free_port, head_end, nginx, peak_mb, python_module, resident_mb
from benchmarks.report import (
    Figure,
    Machine,
    at_least,
    at_most,
    ratio_of_at_least,
    ratio_of_at_most,
    table,
    write_json,
)

METERS = 10_000
READINGS = METERS * READINGS_A_METER
MANY_METERS = 100_000
PLAIN_METERS = 50
"""A slice that plain Spyne takes about half a second for; its speed does not depend on the size."""
FLEETS = (1_000, 10_000_000)


@dataclass(frozen=True, slots=True)
class Scale:
    """How often things are repeated."""

    runs: int
    starts: int
    repeats: int  # of what is measured in this process
    seconds: float  # for each rate of requests
    stored: int  # meters that clients create


FULL = Scale(runs=15, starts=5, repeats=5, seconds=5.0, stored=100_000)
QUICK = Scale(runs=5, starts=1, repeats=1, seconds=1.0, stored=10_000)


@dataclass(frozen=True, slots=True)
class Bench:
    """The run's surroundings."""

    scale: Scale
    server_core: int
    client_core: int
    directory: Path
    plot: Path
    nginx: str | None

    def figures(self) -> Iterator[Figure]:
        """Everything, in the order of the report."""
        yield from generation_figures(self.scale.repeats)
        curves = list(growths(self.scale.repeats))
        draw(curves, self.plot)
        yield from growth_figures(curves)
        yield from self.bulk()
        yield from self.ten_times_the_size()
        for meters in FLEETS:
            yield from self.start(meters)
        yield from master_data_figures(self.directory, self.scale.stored)

    def bulk(self) -> Iterator[Figure]:
        """One reply with 10,000 meters x 96 quarter-hours, the same bytes from nginx, a slice of it from Spyne."""
        request = post(WHOLE_FLEET)
        with head_end(self.server_core, self.directory, METERS) as server:
            cold = exchange(server.port, request)
            file = self.directory / "readings.xml"
            size = save(server.port, WHOLE_FLEET, file)
            written = file.read_bytes().count(b"<IntervalReadings>")
            if written != READINGS:
                raise AssertionError(f"the reply has {written} readings, not {READINGS}")
            ours, static = self._in_turns(server.port, request, f"/{file.name}")
            ours_s = median(one.seconds for one in ours)
            rate = READINGS / ours_s
            yield Figure("readings/s, 10,000 meters x 96 in one reply", rate, "", at_least(1_000_000))
            yield Figure("  the reply", size / 1e6, "MB")
            yield Figure("  time to its last byte", ours_s * 1e3, "ms")
            yield self._against_nginx(ours_s, static)
            yield self._with_curl(server.port)
            yield from self._against_spyne(rate)
            yield Figure("first byte, first request after the start", cold.first_byte_s * 1e3, "ms", at_most(100))
            warm = median(one.first_byte_s for one in ours)
            yield Figure("first byte, later requests", warm * 1e3, "ms", at_most(100))
            yield Figure("peak memory of the server after that", peak_mb(server.worker), "MB", at_most(250))
            yield from self._small_requests(server.port)

    def ten_times_the_size(self) -> Iterator[Figure]:
        """Memory must not depend on the size of a reply: a new server for each, since a peak is never forgotten."""
        peaks = []
        for meters in (METERS, MANY_METERS):
            with head_end(self.server_core, self.directory, meters) as server:
                answer = exchange(server.port, post(WHOLE_FLEET))
                peaks.append(peak_mb(server.worker))
        readings = MANY_METERS * READINGS_A_METER
        yield Figure("readings/s, 100,000 meters x 96 in one reply", readings / answer.seconds)
        yield Figure("  peak memory of the server", peaks[1], "MB", at_most(250))
        yield Figure("  compared with the tenth of it", peaks[1] / peaks[0], "x", ratio_of_at_most(1.25))

    def start(self, meters: int) -> Iterator[Figure]:
        """From the start of the process to ready, each time with a new database."""
        ready, resident = [], []
        for _ in range(self.scale.starts):
            with head_end(self.server_core, self.directory, meters) as server:
                ready.append(server.ready_s)
                resident.append(resident_mb(server.pid, server.worker))
        limit_s = 2.0 if meters == FLEETS[0] else 3.0
        yield Figure(f"start to ready, {meters:,} meters", median(ready), "s", at_most(limit_s))
        yield Figure("  resident, both processes", median(resident), "MB", at_most(300))

    def _in_turns(self, port: int, request: bytes, path: str) -> tuple[list[Exchange], list[Exchange]]:
        """Our replies and nginx's, one after the other; nginx's are missing where it is."""
        if self.nginx is None:
            return [exchange(port, request) for _ in range(self.scale.runs)], []
        with nginx(self.nginx, self.server_core, self.directory) as nginx_port:
            exchange(nginx_port, get(path))  # the file comes from memory, as our reply does
            pairs = [(exchange(port, request), exchange(nginx_port, get(path))) for _ in range(self.scale.runs)]
        return [ours for ours, _ in pairs], [static for _, static in pairs]

    def _against_nginx(self, ours_s: float, static: list[Exchange]) -> Figure:
        name = "  share of nginx's speed with the same bytes as a file"
        if not static:
            return Figure(name, None, note="there is no nginx on PATH")
        static_s = median(one.seconds for one in static)
        return Figure(name, static_s / ours_s, "", ratio_of_at_least(0.25), f"nginx takes {static_s * 1e3:.0f} ms")

    def _with_curl(self, port: int) -> Figure:
        name = "  time to its last byte with curl"
        curl = shutil.which("curl")
        if curl is None:
            return Figure(name, None, note="there is no curl on PATH")
        body = self.directory / "request.xml"
        body.write_bytes(WHOLE_FLEET)
        command = [curl, "-s", "-f", "-o", os.devnull, "-w", "%{time_total}", "-H", "Content-Type: text/xml"]
        command += ["--data-binary", f"@{body}", f"http://127.0.0.1:{port}/services/GetMeterReadings"]
        times = [
            float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            for _ in range(self.scale.runs)
        ]
        return Figure(name, median(times) * 1e3, "ms")

    def _against_spyne(self, rate: float) -> Iterator[Figure]:
        port = free_port()
        module = ("benchmarks.plain_spyne", (str(port), str(PLAIN_METERS)))
        with python_module(*module, core=self.server_core, port=port):
            request = post(plain_spyne.request())
            exchange(port, request)
            seconds = median(exchange(port, request).seconds for _ in range(max(3, self.scale.runs // 3)))
        plain = PLAIN_METERS * READINGS_A_METER / seconds
        yield Figure("readings/s, plain Spyne objects", plain, note=f"{PLAIN_METERS} meters")
        yield Figure("  ours, compared with that", rate / plain, "x", ratio_of_at_least(100))

    def _small_requests(self, port: int) -> Iterator[Figure]:
        for name, body in (("one register of one meter", ONE_REGISTER), ("a day of one meter", ONE_METER)):
            for connections in (1, 8):
                request_rate(port, body, connections, 0.2)
                rate = request_rate(port, body, connections, self.scale.seconds)
                kept = "1 connection" if connections == 1 else f"{connections} connections"
                note = f"median {rate.median_ms:.1f} ms"
                yield Figure(f"requests/s, {name}, {kept}", rate.per_second, note=note)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Speed and memory of the head end.")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, about half a minute in all")
    parser.add_argument("--output", type=Path, default=Path("bench-results/latest.json"), help="where the numbers go")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    server_core, client_core = cores[0], cores[-1]
    os.sched_setaffinity(0, {client_core})
    found = shutil.which("nginx")
    machine = Machine.this(server_core, client_core, found)
    print(machine, flush=True)
    if server_core == client_core:
        print("there is only one core: the client slows the server down")
    figures = []
    with TemporaryDirectory(prefix="headend-bench-") as directory:
        bench = Bench(
            QUICK if options.quick else FULL,
            server_core,
            client_core,
            Path(directory),
            options.output.with_name("growth.png"),
            found,
        )
        try:
            for figure in bench.figures():
                figures.append(figure)
                print(table([figure]), flush=True)
        except NotStarted as error:
            print(f"benchmarks.run: {error}", file=sys.stderr)
            return 3
    write_json(options.output, machine, figures)
    failed = [figure.name.strip() for figure in figures if figure.fails]
    missed = [figure.name.strip() for figure in figures if figure.is_missed and not figure.fails]
    if missed:
        print(f"missed on this machine: {'; '.join(missed)}")
    if failed:
        print(f"FAILED: {'; '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

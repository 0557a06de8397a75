"""What a compressed reply costs beside the plain one: `python -m benchmarks.compression`. A day of quarter-hours.

Every pair of fleet and form has a head end of its own on one core, so that the peak of its memory is its own; the
client is on another core and drops what it gets. Then zlib's levels on the same reply. Medians of five, Linux only.
"""

import os
import tempfile
import zlib
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.http_client import exchange, post, save
from benchmarks.messages import WHOLE_FLEET
from benchmarks.processes import head_end, peak_mb

OPTION = b"<Request><Option><m:name>Compressed</m:name><m:value>true</m:value></Option>"
FORMS = {"plain": WHOLE_FLEET, "compressed": WHOLE_FLEET.replace(b"<Request>", OPTION)}
FLEETS = (10_000, 100_000)
REPLIES = 5
LEVELS = (1, 3, 6)


def main() -> None:
    """Print every line."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        for meters in FLEETS:
            for name, message in FORMS.items():
                with head_end(cores[0], directory, meters) as server:
                    exchange(server.port, post(message))  # the first is for what is loaded once
                    answers = [exchange(server.port, post(message)) for _ in range(REPLIES)]
                    memory_mb = peak_mb(server.worker)
                print(
                    f"{meters:7,} meters, {name:10} {answers[0].size / 1e6:8.1f} MB "
                    f"in {median(one.seconds for one in answers) * 1e3:6.0f} ms, "
                    f"first byte {median(one.first_byte_s for one in answers) * 1e3:5.1f} ms, "
                    f"peak of the worker {memory_mb:4.0f} MB"
                )
        with head_end(cores[0], directory, FLEETS[0]) as server:
            plain = directory / "reply.xml"
            save(server.port, WHOLE_FLEET, plain)
        data = plain.read_bytes()
    for level in LEVELS:
        started = perf_counter()
        size = len(zlib.compress(data, level))
        print(f"zlib level {level}: {(perf_counter() - started) * 1e3:4.0f} ms, {len(data) / size:4.1f} to 1")


if __name__ == "__main__":
    main()

"""`make soak`: the kill test in its long form.

    python -m tests.soak [--rounds N] [--minutes N] [--seed N] [--only sqlite|postgresql] [--postgresql URL]

Ends with 1 at the first thing that does not hold; the seed that is printed brings the same moments again.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

from tests.delivery.receiver import receiver
from tests.soak.killed_head_end import KilledHeadEnd, killed
from tests.store.postgresql_server import SERVER, schema_of_its_own

DATABASES = ("sqlite", "postgresql")


@contextmanager
def database(kind: str, directory: Path, server: str) -> Iterator[tuple[str, int]]:
    """The URL of an empty database, and how many workers share it."""
    if kind == "sqlite":
        yield f"sqlite:///{directory / 'headend.db'}", 1
    else:
        with schema_of_its_own(server) as url:
            yield url, 2


def soak(kind: str, rounds: int, minutes: float, seed: int, server: str) -> bool:
    """Whether everything held."""
    started = monotonic()
    with (
        TemporaryDirectory(prefix="headend-soak-") as name,
        database(kind, Path(name), server) as (url, workers),
        receiver() as mdm,
    ):
        run = KilledHeadEnd(url, Path(name), mdm, Random(seed), workers)
        try:
            killed(run, rounds, lambda: monotonic() > started + 60 * minutes)
        except AssertionError as error:
            print(f"{kind}, seed {seed}, round {run.tally.rounds + 1}: {error}", file=sys.stderr)
            print((Path(name) / "headend.log").read_text()[-3000:], file=sys.stderr)
            return False
    cores = len(os.sched_getaffinity(0))
    print(f"{kind}, {workers} worker(s), {cores} cores, {monotonic() - started:.0f} s: {run.tally}", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Kills a head end again and again.")
    parser.add_argument("--rounds", type=int, default=200, help="kills on each database")
    parser.add_argument("--minutes", type=float, default=inf, help="no new round after this time on each database")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same moments")
    parser.add_argument("--postgresql", default=SERVER, help="URL of a database in which a schema may be made")
    parser.add_argument("--only", choices=DATABASES, help="one of the two databases")
    options = parser.parse_args()
    kinds = (options.only,) if options.only else DATABASES
    limits = options.rounds, options.minutes, options.seed
    # Ended from outside it takes its head ends along, as every block ends that is left by an exception.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return 0 if all(soak(kind, *limits, options.postgresql) for kind in kinds) else 1


if __name__ == "__main__":
    sys.exit(main())

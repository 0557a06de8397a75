"""`python -m benchmarks.testkit`: what the test kit costs those who use it, and those who do not.

    python -m benchmarks.testkit [--runs N] [--only start|reset|day|suite|bystander ..]

Everything as users have it: processes of their own, with bytecode that was written before. Ends with 0 in any case:
targets in seconds depend on the machine and only warn.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.request import urlopen

from benchmarks.report import Figure, at_most, table
from headend.testing import FakeMdm, HeadEnd

ROOT = Path(__file__).parents[1]
METERS = 1000
TESTS = 100

COLD_S = 1.0
WARM_S = 0.3
RESET_S = 0.05
DAY_S = 5.0
SUITE_S = 20.0
BYSTANDER_S = 0.02

COLD = """
from time import perf_counter
began = perf_counter()
from headend.testing import HeadEnd
from urllib.request import urlopen
imported = perf_counter()
with HeadEnd() as headend:
    urlopen(headend.base_url + "/readyz").read()
    print(perf_counter() - began)
"""
"""From the first import to the first answer."""

SMALL_TESTS = """
import pytest

@pytest.mark.parametrize("number", range({each}))
def test_disconnect(headend, fake_mdm, number):
    meter = headend.meters[number]
    reply = headend.client("ExecuteEndDeviceControls").disconnect(meter)
    assert reply.result == "OK"
    headend.clock.advance(minutes=2)
    fake_mdm.wait_for("EndDeviceEvents", meter=meter, event="3.31.0.68")

@pytest.mark.parametrize("number", range({each}))
def test_read(headend, number):
    reply = headend.client("GetMeterReadings").read(headend.meters[number])
    assert (reply.result, len(reply.readings)) == ("OK", 1)

@pytest.mark.headend(meters=10)
@pytest.mark.parametrize("number", range({each}))
def test_schedule(headend, fake_mdm, number):
    headend.client("ExecuteMeterReadSchedule").schedule(headend.meters[0], every="hourly")
    headend.clock.advance(hours=3)
    fake_mdm.wait_for("MeterReadings", count=3)

@pytest.mark.parametrize("number", range({each}))
def test_of_the_session(headend_session, fake_mdm, number):
    headend_session.client().connect(headend_session.meters[number])
    assert headend_session.clock.now.hour == 12
"""
"""So many of each kind: a head end of its own, with and without an MDM, and one for the session."""


def start_figures(runs: int) -> Iterator[Figure]:
    """Import to ready, and ready where everything is imported."""
    cold = median(float(_python("-c", COLD)) for _ in range(runs))
    yield _figure("import to the first answer, a new process", cold, COLD_S)
    with HeadEnd():
        pass
    warm = median(_seconds(_started) for _ in range(runs * 3))
    yield _figure("start to the first answer, imported already", warm, WARM_S)


def reset_figures(runs: int) -> Iterator[Figure]:
    """A fleet to which things have happened, back to the beginning."""
    taken = []
    with HeadEnd(meters=METERS) as headend, FakeMdm() as mdm:
        headend.publish_to(mdm)
        for _ in range(runs * 3):
            headend.client().disconnect(headend.meters[:100])
            headend.clock.advance(hours=1)
            taken.append(_seconds(headend.reset))
    yield _figure(f"{METERS:,} meters, 100 of them disconnected", median(taken), RESET_S)


def day_figures(runs: int) -> Iterator[Figure]:
    """A day of readings and events, told to a fake MDM that checks and reads every message."""
    for every, messages in (("P1D", 1), ("PT1H", 24), ("PT15M", 96)):
        taken = median(_day(every, messages) for _ in range(runs))
        yield _figure(f"{METERS:,} meters told every {every}", taken, DAY_S)


def suite_figures(_runs: int) -> Iterator[Figure]:
    """A hundred small tests."""
    with _project(SMALL_TESTS.format(each=TESTS // 4)) as directory:
        _pytest(directory, "--co")  # bytecode
        for name, flags in (("one process", ()), ("pytest-xdist, 2 processes", ("-n", "2"))):
            taken = _seconds(lambda flags=flags: _pytest(directory, *flags))  # type: ignore[misc]
            yield _figure(f"{TESTS} small tests, {name}", taken, SUITE_S)


def bystander_figures(runs: int) -> Iterator[Figure]:
    """Collecting tests that know nothing of head ends, with the plugin and without it: seconds of a processor."""
    with _project("def test_it():\n    pass\n") as directory:
        _pytest(directory, "--co")
        pairs = [
            (
                _cpu_seconds(lambda: _pytest(directory, "--co")),
                _cpu_seconds(lambda: _pytest(directory, "--co", "-p", "no:headend", plugin=False)),
            )
            for _ in range(runs * 3)
        ]
    cost = median(with_it - without for with_it, without in pairs)
    yield _figure("what the plugin adds to a run that does not use it (CPU)", cost, BYSTANDER_S)


def _figure(what: str, seconds: float, bound_s: float) -> Figure:
    return Figure(what, seconds, "s", at_most(bound_s))


def _started() -> None:
    with HeadEnd() as headend, urlopen(f"{headend.base_url}/readyz") as answer:
        answer.read()


def _day(every: str, messages: int) -> float:
    with HeadEnd(meters=METERS) as headend, FakeMdm() as mdm:
        headend.publish_to(mdm)
        headend.publish_to(mdm, "MeterReadings", every=every)
        began = perf_counter()
        moved = headend.clock.advance(days=1, timeout_s=60)
        mdm.wait_for("MeterReadings", count=messages)
        assert moved.settled, moved
        return perf_counter() - began


def _seconds(action: Callable[[], object]) -> float:
    began = perf_counter()
    action()
    return perf_counter() - began


def _cpu_seconds(action: Callable[[], object]) -> float:
    """Of child processes, which other guests of the machine slow down less."""
    before = os.times()
    action()
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _project(source: str) -> "TemporaryDirectory[str]":
    directory = TemporaryDirectory(prefix="headend-testkit-")
    Path(directory.name, "test_small.py").write_text(source, "utf-8")
    return directory


def _pytest(directory: str, *flags: str, plugin: bool = True) -> None:
    known = entry_points(group="pytest11", name="headend")  # an older installation does not tell of the plugin yet
    load = ["-p", "headend.testing.plugin"] if plugin and not known else []
    _python("-m", "pytest", "-q", "-p", "no:schemathesis", *load, *flags, directory, within=directory)


def _python(*arguments: str, within: str | None = None) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = f"{ROOT}"
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=within, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


PARTS = {
    "start": start_figures,
    "reset": reset_figures,
    "day": day_figures,
    "suite": suite_figures,
    "bystander": bystander_figures,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.testkit", description="Measure the test kit.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    print(table([figure for name in options.only for figure in PARTS[name](options.runs)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Two workers, one journal: whoever is asked knows what the other one took."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.client import ControlClient
from tests.conftest import STEPPED
from tests.support.served import ServedHeadEnd, serve


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHeadEnd]:
    with serve(tmp_path_factory.mktemp("workers"), STEPPED, "--workers", "2") as running:
        yield running


def test_one_worker_tells_of_what_the_other_took(two_workers: ServedHeadEnd) -> None:
    with ControlClient(two_workers.base_url) as control:
        control.clear_journal()
        for number in range(20):
            two_workers.read(f"M{number:08}")  # each on a connection of its own
        assert len(control.wait_for_exchanges(20)) == 20
        numbers = [one["number"] for one in control.exchanges()]
        assert numbers == sorted(set(numbers))
        asked = {one["asked"] for one in control.exchanges(operation="GetMeterReadings")}
        assert asked == {f"get MeterReadings, M{number:08}" for number in range(20)}


def test_whoever_follows_is_told_as_it_comes(two_workers: ServedHeadEnd) -> None:
    command = [sys.executable, "-m", "headend", "journal", "list", "--follow", "--json", "--meter", "M00000777"]
    follower = subprocess.Popen(
        [*command, "--url", two_workers.base_url], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    try:
        assert follower.stdout is not None
        for _ in range(2):
            two_workers.read("M00000777")
            assert json.loads(follower.stdout.readline())["asked"] == "get MeterReadings, M00000777"
        follower.send_signal(signal.SIGINT)
        assert follower.wait(20) == 0
    finally:
        follower.kill()
        follower.wait(20)
        if follower.stdout is not None:
            follower.stdout.close()

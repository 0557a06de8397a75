"""The same seed and the same clock give the same bytes, in any process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON, STEPPED
from tests.support.client import HeadEndClient
from tests.support.in_process import in_process
from tests.support.served import ServedHeadEnd, serve


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServedHeadEnd, ServedHeadEnd]]:
    with (
        serve(tmp_path_factory.mktemp("one"), STEPPED, "--seed", "7", "--meters", "50") as one,
        serve(tmp_path_factory.mktemp("two"), STEPPED, "--seed", "7", "--meters", "50", "--workers", "2") as two,
    ):
        yield one, two


def story(head_end: HeadEndClient) -> list[bytes]:
    """Everything a head end of this stage can be asked, each answer as it came."""
    day = ("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")
    fields = {"MessageID": "m-1", "CorrelationID": "c-1"}
    return [
        head_end.read(fields=fields).raw,
        head_end.read(period=day).raw,
        head_end.disconnect("M00000001", "M00000002", fields=fields).raw,
        head_end.connect("M00000002").raw,
        head_end.events().raw,
        head_end.read("M00000001", "nobody").raw,
        head_end.read("M00000001", fields={"Verb": "show"}).raw,
        head_end.post("GetMeterReadings", b"<broken").raw,
    ]


def test_two_processes_with_the_same_seed_and_clock_tell_the_same_story_to_the_byte(
    two_processes: tuple[ServedHeadEnd, ServedHeadEnd],
) -> None:
    one, two = two_processes
    assert story(one) == story(two)


def test_a_process_answers_with_the_bytes_of_the_application(served: ServedHeadEnd, tmp_path: Path) -> None:
    period = ("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")
    with in_process(tmp_path, NOON) as head_end:
        assert served.read("M00000300", period=period).raw == head_end.read("M00000300", period=period).raw


def test_another_seed_is_another_fleet(tmp_path: Path, served: ServedHeadEnd) -> None:
    with in_process(tmp_path, NOON, seed=8) as head_end:
        assert served.read("M00000300").raw != head_end.read("M00000300").raw


def test_a_stepped_clock_moves_a_running_head_end(two_processes: tuple[ServedHeadEnd, ServedHeadEnd]) -> None:
    for head_end in two_processes:
        head_end.advance(hours=3)
    stamps = [head_end.read("M00000009").header["Timestamp"] for head_end in two_processes]
    assert stamps == ["2026-03-02T15:00:00Z", "2026-03-02T15:00:00Z"]

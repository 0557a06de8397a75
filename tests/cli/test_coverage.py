"""`headend coverage`: what was exercised, and whether that is enough."""

import json
from collections.abc import Iterator

import pytest

from headend.threaded_server import serving
from tests.cli.conftest import Run
from tests.conftest import NOON, STEPPED
from tests.support.in_process import in_process


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with in_process(tmp_path_factory.mktemp("coverage"), NOON, clock=STEPPED) as opened:
        opened.read("M00000003", "M99")
        opened.disconnect("M00000004")
        with serving(opened.head_end.wsgi, "127.0.0.1", 0, "test") as port:
            yield f"http://127.0.0.1:{port}"


def test_what_was_exercised_is_told(headend: Run, base_url: str) -> None:
    ended = headend("coverage", "--url", base_url)
    assert ended.code == 0
    assert "\noperations exercised:\n  create EndDeviceControls (1)\n  get MeterReadings (1)\n" in ended.stdout
    assert "missing" not in ended.stdout


def test_what_is_missing_is_listed_on_demand(headend: Run, base_url: str) -> None:
    assert "  cancel EndDeviceControls\n" in headend("coverage", "--missing", "--url", base_url).stdout


def test_exchanges_can_be_chosen(headend: Run, base_url: str) -> None:
    ended = headend("coverage", "--meter", "M00000004", "--json", "--url", base_url)
    assert list(json.loads(ended.stdout)["operations"]["seen"]) == ["create EndDeviceControls"]


@pytest.mark.parametrize(
    ("threshold", "code", "said"),
    [
        ("0.5", 0, ""),
        ("90", 1, "operations were exercised, "),
        ("reply_codes=50", 1, "and 50 % are wanted"),
        ("replies=50", 2, "--threshold: 'replies' is no kind of coverage"),
        ("much", 2, "--threshold: 'much' is no threshold"),
    ],
)
def test_too_little_is_a_failed_check(headend: Run, base_url: str, threshold: str, code: int, said: str) -> None:
    ended = headend("coverage", "--threshold", threshold, "--url", base_url)
    assert (ended.code, said in ended.stderr) == (code, True)

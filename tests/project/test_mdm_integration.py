"""The example's tests find the three bugs of its toy MDM, say which, and pass when they are mended."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "mdm-integration"
FOUND = {
    "test_a_day_is_billed_whole[of 25 hours]": "2025-10-26 came to",
    "test_a_meter_without_readings_is_missing_and_not_without_consumption": "Result PARTIAL was taken for OK",
    "test_a_late_reply_is_taken_and_acknowledged_by_the_rules": "header.correlation-echoed",
}


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """The example's own tests, as its reader runs them; without a cache in the tree."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:schemathesis", "-rf", *options]
    return subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, timeout=120)


def test_each_bug_is_found_and_named() -> None:
    done = run()
    failed = re.findall(r"^FAILED tests/test_toy_mdm.py::(.*?)(?: - .*)?$", done.stdout, re.MULTILINE)
    assert set(failed) == set(FOUND), done.stdout
    assert [sentence for sentence in FOUND.values() if sentence not in done.stdout] == []
    assert "3 failed, 1 passed" in done.stdout


def test_an_mdm_without_the_bugs_passes() -> None:
    done = run("--mended", "all")
    assert "4 passed" in done.stdout, done.stdout


def test_the_page_names_the_tests_that_find_them() -> None:
    page = (EXAMPLE / "README.md").read_text("utf-8")
    named = re.findall(r"`(test_[^`]+)`", page)
    assert len(named) == len(FOUND)
    assert all(any(test.startswith(name.removesuffix("...")) for test in FOUND) for name in named)

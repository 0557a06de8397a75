"""The page on the pytest plugin tells what the code does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from headend.testing.kit_settings import DEFAULTS, START
from tests.testing.conftest import RunTests, run_tests

__all__ = ["run_tests"]

PAGE = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_its_tests_pass(run_tests: RunTests, pytester: pytest.Pytester) -> None:
    for number, block in enumerate(block for block in BLOCKS if "def test_" in block):
        (pytester.path / f"test_block_{number}.py").write_text(block, "utf-8")
    run_tests("").assert_outcomes(passed=7)


def test_its_script_prints_what_it_says() -> None:
    (script,) = (block for block in BLOCKS if "def test_" not in block)
    printed = re.search(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert printed is not None
    assert (done.stdout, done.returncode) == (printed[1], 0), done.stderr


def test_it_names_the_defaults() -> None:
    assert START in PAGE
    told = PAGE.partition("Other than the defaults")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)` \(", told)) == DEFAULTS.keys() - {"seed"}

"""The page on the fake MDM tells what the code does."""

import re
import subprocess
import sys
from pathlib import Path

from headend.cli.mdm import answer_of
from headend.mdm import Outcome

PAGE = (Path(__file__).parents[2] / "docs" / "mdm.md").read_text("utf-8")


def test_its_snippet_runs_and_says_what_did_not_come() -> None:
    (snippet,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    run = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("nothing came within 0.1 s that is noun EndDeviceEvents, meter M00000003")


def test_it_lists_every_outcome() -> None:
    table = PAGE.partition("| outcome |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(Outcome)


def test_every_answer_that_it_lists_is_one() -> None:
    table = PAGE.partition("| `Answer` |")[2].partition("\n\n")[0]
    words = [word for row in table.splitlines()[2:] for word in re.findall(r"`([^`]+)`", row.split("|")[2])]
    assert len(words) == 8
    assert all(str(answer_of(word)) for word in words)

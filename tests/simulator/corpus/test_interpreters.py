"""A corpus has the same bytes on every Python that is at hand."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
VERSIONS = ("3.11", "3.12", "3.13")
WRITE = """
import sys
from datetime import date
from pathlib import Path
from tests.simulator.corpus.sample import sample_fleet, write_sample
from simulator.conditions import REALISTIC

write_sample(Path(sys.argv[1]), date(2025, 2, 20), 40, fleet=sample_fleet(conditions=REALISTIC))
"""


@cache
def interpreter(version: str) -> str | None:
    """A Python of a version that has what the simulator needs; None where there is none."""
    here = ".".join(map(str, sys.version_info[:2]))
    candidates = [
        sys.executable if here == version else None,
        str(ROOT / f".venv-{version}" / "bin" / "python"),  # made by the run of all versions
        shutil.which(f"python{version}"),
    ]
    for candidate in candidates:
        if candidate and Path(candidate).exists():
            script = "import numpy, yaml, holidays, sys; print('%d.%d' % sys.version_info[:2])"
            found = subprocess.run([candidate, "-c", script], capture_output=True, text=True, check=False)
            if found.stdout.strip() == version:
                return candidate
    return None


def hashes(python: str, folder: Path) -> dict[str, str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([python, "-c", WRITE, str(folder)], env=environment, check=True, timeout=60)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    return {one["path"]: one["sha256"] for one in manifest["files"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_bytes_are_those_of_this_python(tmp_path: Path, version: str) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} with numpy at hand")
    assert hashes(python, tmp_path / "there") == hashes(sys.executable, tmp_path / "here")

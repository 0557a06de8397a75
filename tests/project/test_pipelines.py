"""The pipelines of examples/ci keep the schemas of their readers; their commands work, as far as a shell can tell."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.installed_plugin import installed_plugin, plugin_is_installed

ROOT = Path(__file__).parents[2]
GITHUB, GITLAB = ROOT / "examples/ci/github-actions.yml", ROOT / "examples/ci/gitlab-ci.yml"
A_TEST = """\
def test_a_meter_is_read(headend):
    assert headend.client("GetMeterReadings").read(headend.meters[0]).result == "OK"
"""


def jobs(file: Path) -> dict[str, list[str]]:
    """The commands of each job; those that install are left out, and done already."""
    pipeline: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    if file == GITHUB:
        steps = {name: job["steps"] for name, job in pipeline["jobs"].items()}
        return {name: [one["run"] for one in every if one.get("name") != "Install" and "run" in one]
                for name, every in steps.items()}  # fmt: skip
    found = {name: job for name, job in pipeline.items() if name not in ("variables", "default")}
    return {
        name: [line for line in [*job["before_script"], *job["script"]] if "pip install" not in line]
        for name, job in found.items()
    }


@pytest.mark.parametrize(
    ("file", "options"),
    [
        (GITHUB, ["--builtin-schema", "vendor.github-workflows"]),
        (GITLAB, ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]),
    ],
    ids=["github", "gitlab"],
)
def test_a_pipeline_keeps_the_schema_of_its_reader(file: Path, options: list[str]) -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run([checker, *options, file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("job", jobs(GITLAB))
def test_the_commands_of_a_job_succeed_and_leave_their_reports(job: str, tmp_path: Path) -> None:
    """In one shell, as GitLab runs them; GitHub's are the same commands, as the last test says."""
    (tmp_path / "test_product.py").write_text(A_TEST, "utf-8")
    done = shell("\n".join(jobs(GITLAB)[job]), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    left = {one.name for one in (tmp_path / "reports").iterdir()}
    expected = {
        "tests": {"tests.xml"},
        "beside": {"headend.log", "headend.url", "journal.zip", "reading.json"},
        "conformance": {"junit.xml", "conformance.json", "conformance.html"},
    }
    assert left == expected[job]


def test_both_pipelines_do_the_same() -> None:
    github, gitlab = ({name: sorted(words(lines)) for name, lines in jobs(file).items()} for file in (GITHUB, GITLAB))
    assert github == gitlab


def words(lines: list[str]) -> list[str]:
    """The commands of the head end and of Python, one each."""
    every = [line.strip().removeprefix("trap '").removesuffix("' EXIT") for part in lines for line in part.splitlines()]
    return [line for line in every if line.startswith(("headend", "python"))]


def shell(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Runs it in an empty directory, with a free port in the place of 8080; what it left running is ended."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HEADEND_PORT": port,
        "HEADEND_URL": f"http://127.0.0.1:{port}",
        "PYTEST_ADDOPTS": "-p no:schemathesis -p no:cacheprovider",
    }
    if not plugin_is_installed():
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [str(installed_plugin(directory)), os.environ.get("PYTHONPATH")])
        )
    out, err = directory / "stdout", directory / "stderr"
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            ["bash", "-e", "-c", script],
            cwd=directory,
            env=environment,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=180)
        finally:
            with suppress(ProcessLookupError):  # nothing was left running
                os.killpg(process.pid, signal.SIGTERM)
    return subprocess.CompletedProcess(script, code, out.read_text(), err.read_text())

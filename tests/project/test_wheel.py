"""An installed copy works from any directory: the contract travels inside the wheel.

The wheel is built of what the container image is built of, which holds the Dockerfile to it as well.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.project.test_containers import copied_into_the_image

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin directory of an environment that holds the wheel and what it depends on, and nothing else."""
    home = tmp_path_factory.mktemp("wheel")
    source = home / "source"
    source.mkdir()
    for name in copied_into_the_image():
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, source / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", home, source, cwd=home)
    (wheel,) = home.glob("*.whl")
    venv.create(home / "env", with_pip=True)
    binaries = home / "env" / "bin"
    run(binaries / "python", "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel, cwd=home)
    return binaries


def test_the_installed_command_reads_a_meter_of_its_own_server(installed: Path, tmp_path: Path) -> None:
    server = subprocess.Popen(
        [installed / "headend", "serve", "--port", "0", "--meters", "10"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        base_url = server.stdout.readline().strip()
        table = run(installed / "headend", "read", "M00000003", "--url", base_url, cwd=tmp_path)
    finally:
        server.terminate()
        server.wait(timeout=20)
    assert "M00000003" in table


def test_the_installed_contract_is_the_one_of_the_source_tree(installed: Path, tmp_path: Path) -> None:
    run(installed / "headend", "wsdl", "export", tmp_path / "contract", cwd=tmp_path)
    exported = {path.name: path.read_bytes() for path in (tmp_path / "contract").rglob("*.*") if path.is_file()}
    source = {path.name: path.read_bytes() for path in (ROOT / "wsdl").rglob("*") if path.suffix in (".wsdl", ".xsd")}
    assert exported == source


def test_the_installed_package_tells_pytest_of_its_plugin(installed: Path, tmp_path: Path) -> None:
    program = "from importlib.metadata import entry_points; print(*entry_points(group='pytest11', name='headend'))"
    assert "headend.testing.plugin" in run(installed / "python", "-c", program, cwd=tmp_path)

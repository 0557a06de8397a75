"""An installed copy works from any directory: the contract travels inside the wheel.

The wheel is built of what the container image is built of, which holds the Dockerfile to it as well.
"""

import ast
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
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
    """The bin directory of an environment that holds the wheel.

    What it depends on is that of the tests' own environment: fetching it once more would take longer than all tests
    beside it. That nothing else is needed is a test of its own.
    """
    home = tmp_path_factory.mktemp("wheel")
    source = home / "source"
    source.mkdir()
    for name in copied_into_the_image():
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, source / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", home, source, cwd=home)
    (wheel,) = home.glob("*.whl")
    venv.create(home / "env", with_pip=True)
    binaries = home / "env" / "bin"
    run(binaries / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=home)
    (packages,) = (home / "env" / "lib").glob("python*/site-packages")
    # Behind its own packages, and without what .pth files there would add, such as the source tree.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return binaries


def test_whatever_is_imported_is_a_dependency_that_the_wheel_tells_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    brought = with_dependencies([*project["dependencies"], *project["optional-dependencies"]["parquet"]])
    providers = packages_distributions()
    missing = {
        f"{name} in {file.relative_to(ROOT)}"
        for package in ("headend", "simulator")
        for file in (ROOT / package).rglob("*.py")
        for name in imported(file)
        # The plugin is loaded by pytest, which is there then.
        if name not in {*sys.stdlib_module_names, "headend", "simulator", "pytest", "_pytest"}
        and not brought & {canonical(one) for one in providers.get(name, [])}
    }
    assert missing == set()


def with_dependencies(requirements: list[str]) -> set[str]:
    """Names of distributions, and of those that they bring along."""
    found: set[str] = set()
    ahead = list(requirements)
    while ahead:
        text = ahead.pop()
        name = canonical(re.split(r"[^\w.-]", text, maxsplit=1)[0])
        if name not in found and "extra ==" not in text:
            found.add(name)
            with suppress(PackageNotFoundError):  # of another Python or system
                ahead += requires(name) or ()
    return found


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(file: Path) -> set[str]:
    """The first names of what a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


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

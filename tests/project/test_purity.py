"""Time, chance, environment and network come as arguments; these files alone may ask the machine."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

OWNERS = {
    "simulator/clock.py": {"datetime.now", "time.sleep"},
    "headend/config.py": {"EnvSettingsSource", "os.environ"},
}
"""What each owner of the outside world may call."""

FORBIDDEN = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "time.time", "time.monotonic", "time.sleep", "time.time_ns",
    "random.random", "random.randint", "random.choice", "random.seed", "random.Random",
    "np.random.default_rng", "numpy.random.default_rng", "secrets.token_hex", "os.urandom",
    "uuid.uuid1", "uuid.uuid4", "uuid4", "uuid1",
    "os.getenv", "os.environ.get", "os.environ", "EnvSettingsSource",
}  # fmt: skip

MODULES = sorted(path for package in ("headend", "simulator") for path in (ROOT / package).rglob("*.py"))


def outside_world(path: Path) -> set[str]:
    """Dotted names that a module uses and that reach out of the program."""
    return {
        name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute | ast.Name) and (name := ast.unparse(node)) in FORBIDDEN
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_asks_the_outside_world_only_for_what_it_owns(path: Path) -> None:
    allowed = OWNERS.get(path.relative_to(ROOT).as_posix(), set())
    assert outside_world(path) <= allowed


def test_the_owners_are_found_out_by_the_same_search() -> None:
    assert {name: outside_world(ROOT / name) for name in OWNERS} == OWNERS

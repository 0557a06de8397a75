"""The simulator is arithmetic: no clock, chance, network or head end comes in except where it is said."""

import re
from pathlib import Path

import pytest

import simulator

SOURCES = sorted(Path(simulator.__file__).parent.rglob("*.py"))
FORBIDDEN = re.compile(
    r"^\s*(?:from|import) (?:headend|random|uuid|secrets|socket|os|time|lxml|sqlalchemy)\b"
    r"|\.now\((?!\) -> datetime|self)|\btoday\(\)|time\.time\(|uuid4\(|np\.random|np\.(?:exp|sin|cos|power|log)\b",
    re.MULTILINE,
)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_a_module_asks_nothing_of_the_machine(source: Path) -> None:
    found = [match.strip() for match in FORBIDDEN.findall(source.read_text("utf-8"))]
    if source.name == "clock.py":
        # It alone may sleep. RealClock asks the machine; AnchoredClock asks the clock that it was given.
        assert found == ["import time", ".now(", ".now("]
    else:
        assert found == []


ROOT = Path(simulator.__file__).parent

ON_THE_WAY_OF_ENERGY = [
    *("noise", "fleet/fleet", "meter_class", "registers", "readings"),
    *("profiles/profile", "profiles/residential", "profiles/business", "profiles/weather_led"),
    *sorted(f"cascade/{path.stem}" for path in (ROOT / "cascade").glob("*.py")),
]


@pytest.mark.parametrize("module", ON_THE_WAY_OF_ENERGY)
def test_no_float_is_on_the_way_of_energy(module: str) -> None:
    source = (ROOT / f"{module}.py").read_text("utf-8")
    code = re.sub(r'#.*|"""[\s\S]*?"""|"[^"\n]*"|, /(?=[,)])', "", source)
    assert not re.search(r"float(?:32|64)|(?<!/)/(?!/)|\bmean\(|\d\.\d", code)


# The root of whole numbers starts from the processor's and is corrected to the digit.
QUANTITIES = sorted(path.stem for path in (ROOT / "quantities").glob("*.py") if path.stem != "whole_roots")


@pytest.mark.parametrize("module", QUANTITIES)
def test_no_float_is_in_a_quantity(module: str) -> None:
    test_no_float_is_on_the_way_of_energy(f"quantities/{module}")


def test_the_vocabulary_imports_nothing_of_ours_but_itself() -> None:
    for source in (ROOT / "cim").glob("*.py"):
        for imported in re.findall(r"^(?:from|import) (simulator[\w.]*)", source.read_text("utf-8"), re.MULTILINE):
            assert imported.startswith("simulator.cim")

"""What was measured, beside what was aimed at: a table for people and a file for programs."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path


class Strictness(Enum):
    """What a missed target means."""

    RATIO = "ratio"  # both sides were measured in the same run: a miss is our fault, and the run fails
    ABSOLUTE = "absolute"  # depends on the machine and on who else uses it: a miss is a warning


@dataclass(frozen=True, slots=True)
class Target:
    """A bound: at least, or at most."""

    bound: float
    at_least: bool
    strictness: Strictness

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {_number(self.bound)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `value` is None where it could not be measured; `note` then says why."""

    name: str
    value: float | None
    unit: str = ""
    target: Target | None = None
    note: str = ""

    @property
    def is_missed(self) -> bool:
        return self.value is not None and self.target is not None and not self.target.is_met(self.value)

    @property
    def fails(self) -> bool:
        """Whether the run fails for it."""
        return self.is_missed and self.target is not None and self.target.strictness is Strictness.RATIO


def at_least(bound: float) -> Target:
    """An absolute target from below."""
    return Target(bound, True, Strictness.ABSOLUTE)


def at_most(bound: float) -> Target:
    """An absolute target from above."""
    return Target(bound, False, Strictness.ABSOLUTE)


def ratio_of_at_least(bound: float) -> Target:
    """A target for the ratio of two numbers of one run."""
    return Target(bound, True, Strictness.RATIO)


def ratio_of_at_most(bound: float) -> Target:
    """A target for the ratio of two numbers of one run."""
    return Target(bound, False, Strictness.RATIO)


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the numbers come from; they say little without it."""

    processor: str
    cores: int
    server_core: int
    client_core: int
    python: str
    system: str
    load: float  # how many others wanted a core when the run began, as a mean of one minute
    nginx: str | None

    @classmethod
    def this(cls, server_core: int, client_core: int, nginx: str | None) -> "Machine":
        """The machine that this runs on."""
        return cls(
            processor=_processor(),
            cores=os.cpu_count() or 1,
            server_core=server_core,
            client_core=client_core,
            python=platform.python_version(),
            system=f"{platform.system()} {platform.release()}",
            load=os.getloadavg()[0],
            nginx=None if nginx is None else _nginx_version(nginx),
        )

    def __str__(self) -> str:
        return (
            f"{self.processor}, {self.cores} cores, {self.system}, Python {self.python}, "
            f"{self.nginx or 'no nginx'}, load {self.load:.1f} at the start\n"
            f"server on core {self.server_core}, client on core {self.client_core}"
        )


def table(figures: Sequence[Figure]) -> str:
    """One line a figure: name, value, target, verdict."""
    lines = []
    for figure in figures:
        value = "not measured" if figure.value is None else f"{_number(figure.value)} {figure.unit}".rstrip()
        target = "" if figure.target is None else str(figure.target)
        lines.append(f"{figure.name:58} {value:>20}  {target:>12}  {_verdict(figure):8} {figure.note}".rstrip())
    return "\n".join(lines)


def write_json(file: Path, machine: Machine, figures: Sequence[Figure]) -> None:
    """The same as data."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "machine": asdict(machine),
        "figures": [
            {
                "name": figure.name,
                "value": figure.value,
                "unit": figure.unit,
                "target": None if figure.target is None else str(figure.target),
                "strictness": None if figure.target is None else figure.target.strictness.value,
                "missed": figure.is_missed,
                "note": figure.note,
            }
            for figure in figures
        ],
    }
    file.write_text(json.dumps(content, indent=2) + "\n")


def _verdict(figure: Figure) -> str:
    if figure.target is None or figure.value is None:
        return ""
    if figure.fails:
        return "FAILED"
    return "missed" if figure.is_missed else "met"


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _nginx_version(executable: str) -> str:
    said = subprocess.run([executable, "-v"], capture_output=True, text=True, check=True)
    return (said.stderr or said.stdout).strip().rpartition(": ")[2]

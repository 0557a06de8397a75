"""The table of steps, steps.tsv, and the tests say the same: what is carried out where, and what is not, and why."""

import csv
import importlib
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from headend.contract import Contract

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = (ROOT / "docs" / "procedures.md").read_text("utf-8")
NOT_HERE = "not here: "
BASES = {"test document", "utility requirement", "derived", "inferred"}
ROLES = {"HE", "MDM", "CIS", "OMS", "meter", "tester"}
OPERATIONS = {one.name for service in Contract.load().services.values() for one in service.operations}

with (HERE / "steps.tsv").open(encoding="utf-8", newline="") as _file:
    STEPS = list(csv.DictReader(_file, delimiter="\t"))
KEYS = [(row["procedure"], int(row["step"])) for row in STEPS]


def modules_and_tests() -> Iterator[tuple[str, Any]]:
    """Every test of this directory, and the module that it stands in."""
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(f"tests.procedures.{path.stem}")
        for name, member in vars(module).items():
            if name.startswith("test_"):
                yield path.name, member


def carried_out() -> dict[tuple[str, int], set[str]]:
    """The modules whose tests say that they carry out a step."""
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for module, test in modules_and_tests():
        for mark in getattr(test, "pytestmark", ()):
            if mark.name == "step":
                procedure, *numbers = mark.args
                for number in numbers:
                    found[procedure, number].add(module)
    return found


def test_each_step_is_carried_out_or_has_a_reason_why_not() -> None:
    left_out = {key for key, row in zip(KEYS, STEPS, strict=True) if row["remark"].startswith(NOT_HERE)}
    assert set(carried_out()) == set(KEYS) - left_out


def test_what_a_head_end_sends_or_takes_is_left_out_only_where_nothing_is_known_of_it() -> None:
    left_out = [row for row in STEPS if row["remark"].startswith(NOT_HERE) and "HE" in (row["from"], row["to"])]
    assert [row["procedure"] for row in left_out] == ["MR1.xx"]
    assert all(len(row["remark"]) > len(NOT_HERE) for row in left_out)


def test_the_steps_of_a_procedure_are_numbered_one_by_one() -> None:
    for _, keys in groupby(KEYS, lambda key: key[0]):
        numbers = [number for _, number in keys]
        assert numbers == list(range(1, len(numbers) + 1))
    assert len(set(KEYS)) == len(KEYS)


def test_a_step_goes_from_one_role_to_another_and_its_message_is_in_the_contract() -> None:
    for key, row in zip(KEYS, STEPS, strict=True):
        assert {row["from"], row["to"]} <= ROLES, key
        assert row["from"] != row["to"], key
        assert row["what"], key
        assert row["basis"] in BASES, key
        assert not row["message"] or is_in_the_contract(*row["message"].split()), key


def is_in_the_contract(verb: str, noun: str) -> bool:
    if noun == "OperationSet":
        noun = "MeterConfigOperationSet"
    if verb == "reply":
        return not {f"Create{noun}", f"Get{noun}"}.isdisjoint(OPERATIONS)
    return f"{verb.capitalize()}{noun}" in OPERATIONS


def test_the_page_names_every_procedure_and_the_file_of_its_tests() -> None:
    table = {
        cells[1].strip(): cells[3]
        for line in PAGE.splitlines()
        if line.startswith("| ") and len(cells := line.split("|")) > 4
    }
    for (procedure, _), modules in carried_out().items():
        listed = next(text for name, text in table.items() if procedure.partition(" ")[0] in name.split(", "))
        assert all(f"`{module}`" in listed for module in modules), procedure

"""The JSON Schema by which editors check scenario files: what is one keeps it, what is none does not."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from headend.scenario.schema import scenario_schema
from headend.scenario.yaml_source import read_source, source_in
from tests.scenario.test_examples import EXAMPLES

VALIDATOR = Draft202012Validator(scenario_schema())


def values(text: str) -> dict[str, Any]:
    return source_in(text, Path("x")).values


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(scenario_schema())


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_keeps_it(file: Path) -> None:
    assert [one.message for one in VALIDATOR.iter_errors(read_source(file).values)] == []


@pytest.mark.parametrize(
    "text",
    [
        "steps: [{read: M1}]",
        "name: n\nsteps: []",
        "name: n\nsteps: [{raed: M1}]",
        "name: n\nsteps: [{read: M1, advance: 1h}]",
        "name: n\nsteps: [{name: nothing}]",
        "name: n\nsteps: [{read: {metres: M1}}]",
        "name: n\nsteps: [{wait_for: {count: many}}]",
        "name: n\nsteps: [{wait_for: {outcome: taken}}]",
        "name: n\nsteps: [{read: M1, expect: {values: {at_lest: 1}}}]",
        "name: n\nhead_end: {metres: 3}\nsteps: [{read: M1}]",
        "name: n\nlint: {threshold: bad}\nsteps: [{read: M1}]",
    ],
)
def test_what_is_no_scenario_does_not(text: str) -> None:
    assert list(VALIDATOR.iter_errors(values(text)))


@pytest.mark.parametrize(
    "text",
    [
        "name: n\nsteps: [{wait_for: {count: '${often}'}}]",
        "name: n\nsteps: [{reset: }, {no_further_message: }, {restore: }]",
        "name: n\nsteps: [{read: [M1, M2]}, {read: {meters: M1, compressed: '${packed}'}}]",
        "name: n\nhead_end: headend.yaml\nlint: off\nsteps: [{read: M1, expect: {codes: [2.4]}}]",
    ],
)
def test_variables_and_shorthands_do(text: str) -> None:
    assert [one.message for one in VALIDATOR.iter_errors(values(text))] == []

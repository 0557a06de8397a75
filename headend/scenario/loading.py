"""From a file to a scenario that can be played; whatever can be known to be wrong is said now."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from headend.lint.catalogue import OFF, Wish
from headend.scenario.checks import OUR_OWN, REFUSED, check_path, expectation_problems
from headend.scenario.found import InvalidPath
from headend.scenario.head_end_settings import HeadEndSettings, InvalidHeadEnd, head_end_settings
from headend.scenario.scenario_form import ScenarioForm, StepForm, rule_problem
from headend.scenario.steps import ACTIONS
from headend.scenario.strict_form import REFERENCE, UNKNOWN_KEY
from headend.scenario.variables import is_built_in, references, substituted, unknown
from headend.scenario.yaml_source import InvalidScenario, Place, Source, read_source

__all__ = ["InvalidScenario", "Scenario", "StepSource", "load_scenario"]

_MOST_PROBLEMS: Final = 20
_EARLY: Final = {"early": True}
_BEFORE_ANY_STEP: Final = ("subscriptions", "orderings", "faults", "mdm", "lint")


@dataclass(frozen=True, slots=True)
class StepSource:
    """A step as it was written."""

    number: int
    """Counted from 1."""
    form: StepForm
    """With its variables not put in yet."""
    written: Mapping[str, Any]
    """With those that are known from the beginning."""
    line: int
    lines: Mapping[str, int]
    """Of what it expects and saves, by path and name."""

    @property
    def key(self) -> str:
        """What it does."""
        return self.form.action


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that can be played."""

    id: str
    """The file's name without its ending."""
    file: Path
    form: ScenarioForm
    parts: Mapping[str, Any]
    """What stands in the file beside its steps, with the variables that are known from the beginning."""
    variables: Mapping[str, Any]
    """Those of the file, or what --set says of them."""
    head_end: HeadEndSettings
    steps: tuple[StepSource, ...]

    @property
    def clause(self) -> str:
        """Where the rule stands."""
        return self.form.reference or OUR_OWN

    @property
    def lint_wishes(self) -> dict[str, Wish]:
        """Rules that are left out."""
        return dict.fromkeys(self.form.lint.leave_out, OFF)


def load_scenario(file: Path, given: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario in a file. given: values of its variables. Raises InvalidScenario, with a line for each mistake."""
    source = read_source(file)
    problems: list[tuple[Place, str]] = []
    variables = _variables(source, given or {}, problems)
    values = _with_what_is_known(source.values, variables)
    try:
        form = ScenarioForm.model_validate(values, context=_EARLY)
    except ValidationError as error:
        problems += [_problem(one) for one in error.errors(include_url=False)]
        raise _invalid(source, problems) from None
    problems += _reference_problems(source.values, variables)
    problems += _step_problems(form, file.parent)
    problems += _lint_problems(form)
    head_end = None
    try:
        head_end = head_end_settings(values.get("head_end") or {}, file.parent)
    except InvalidHeadEnd as error:
        problems.append((("head_end", *error.place), str(error)))
    if problems or head_end is None:
        raise _invalid(source, problems)
    steps = tuple(
        StepSource(number, step, written, source.line(("steps", number - 1)), _lines(source, number - 1, written))
        for number, (step, written) in enumerate(zip(form.steps, values["steps"], strict=True), 1)
    )
    return Scenario(file.stem, file, form, values, variables, head_end, steps)


def declared_variables(file: Path) -> frozenset[str]:
    """Names of the variables of a file. Raises InvalidScenario for one that cannot be read."""
    said = read_source(file).values.get("variables")
    return frozenset(map(str, said)) if isinstance(said, dict) else frozenset()


def _lines(source: Source, step: int, written: Mapping[str, Any]) -> dict[str, int]:
    """Those of what a step expects and saves; a variable in a path is put in by now."""
    lines: dict[str, int] = {}
    for part in ("save", "expect"):
        places = [("steps", step, part, name) for name in source.values["steps"][step].get(part) or {}]
        lines |= {name: source.line(place) for name, place in zip(written.get(part) or {}, places, strict=True)}
    return lines


def _variables(source: Source, given: Mapping[str, Any], problems: list[tuple[Place, str]]) -> dict[str, Any]:
    said = source.values.get("variables") or {}
    if not isinstance(said, dict):
        return {}  # the form says what is wrong with it
    values = {str(name): given.get(str(name), value) for name, value in said.items()}
    known: dict[str, Any] = {}
    for name, value in values.items():
        for _, named in references(value):
            if named not in known and not is_built_in(named):
                problems.append((("variables", name), unknown(named, known)))
        known[name] = value
    return values


def _with_what_is_known(values: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The file with every variable that is the same from the beginning to the end."""
    fixed = {name: value for name, value in variables.items() if not any(True for _ in references(value))}

    def resolve(name: str) -> Any:
        return fixed.get(name, f"${{{name}}}")

    kept = {name: value for name, value in values.items() if name in ("variables", "steps")}
    known = {name: substituted(value, resolve) for name, value in values.items() if name not in kept}
    if isinstance(values.get("steps"), list):
        kept["steps"] = [_step_with(step, resolve) for step in values["steps"]]
    return known | kept


def _step_with(step: Any, resolve: Any) -> Any:
    if not isinstance(step, dict):
        return step
    made = {}
    for key, value in step.items():
        verbatim = ACTIONS[key].verbatim if key in ACTIONS and isinstance(value, dict) else frozenset()
        left = {name: inside for name, inside in value.items() if name in verbatim} if verbatim else {}
        made[key] = substituted(value, resolve) | left if left else substituted(value, resolve)
    return made


def _reference_problems(values: Mapping[str, Any], variables: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Variables that there are not, or not yet."""
    for _, name in references(values.get("head_end")):
        value = variables.get(name)
        if name not in variables or any(True for _ in references(value)):
            yield ("head_end",), f"${{{name}}} is not known before the head end runs; variables with plain values are"
    for part in _BEFORE_ANY_STEP:
        yield from _unknown(values.get(part), (part,), variables)
    known = dict(variables)
    for number, step in enumerate(values["steps"]):
        yield from _unknown(step, ("steps", number), known)
        for name in step.get("save") or {}:
            if name in variables:
                yield ("steps", number, "save", name), f"{name!r} is a variable of the scenario, which keeps its value"
            known[name] = None


def _unknown(value: Any, place: Place, known: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    for inside, name in references(value, place):
        if name not in known and not is_built_in(name):
            yield inside, unknown(name, known)


def _step_problems(form: ScenarioForm, directory: Path) -> Iterator[tuple[Place, str]]:
    for number, step in enumerate(form.steps):
        action = ACTIONS[step.action]
        place: Place = ("steps", number)
        known = {**action.finds, REFUSED: ""} if REFUSED in action.finds else action.finds
        settled = {path: one for path, one in step.expect.items() if not REFERENCE.search(path)}
        yield from expectation_problems(settled, known, form.namespaces, (*place, "expect"))
        for name, path in step.save.items():
            try:
                if not REFERENCE.search(path):
                    check_path(path, known, form.namespaces)
            except (InvalidPath, ValueError) as error:
                yield (*place, "save", name), str(error)
        for inside, sentence in action.problems(getattr(step, action.key), directory):
            yield (*place, action.key, *inside), sentence


def _lint_problems(form: ScenarioForm) -> Iterator[tuple[Place, str]]:
    for number, rule in enumerate(form.lint.leave_out):
        sentence = rule_problem(rule)
        if sentence is not None:
            yield ("lint", "leave_out", number), sentence


def _problem(error: ErrorDetails) -> tuple[Place, str]:
    place = tuple(error["loc"])
    if error["type"] == UNKNOWN_KEY:
        return (*place, error["ctx"]["key"]), str(error["msg"])
    if error["type"] == "missing":
        return place, "it is missing"
    said = str(error["msg"]).removeprefix("Value error, ")
    return place, said if error["type"] == "value_error" else f"{said}, not {error['input']!r}"


def _invalid(source: Source, problems: Collection[tuple[Place, str]]) -> InvalidScenario:
    """All of them in the order of their lines."""
    said = dict.fromkeys(
        source.said(place, f"{words}: {sentence}" if (words := _place_words(place, sentence)) else sentence)
        for place, sentence in sorted(problems, key=lambda one: source.line(one[0]))
    )
    lines = list(said)
    more = len(lines) - _MOST_PROBLEMS
    return InvalidScenario("\n".join([*lines[:_MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]))


def _place_words(place: Place, sentence: str) -> str:
    """Such as `step 3, read.meters`; without the last part where the sentence names it."""
    if place and f"{str(place[-1])!r}" in sentence:
        place = place[:-1]
    if len(place) > 1 and place[0] == "steps" and isinstance(place[1], int):
        rest = _place_words(place[2:], "")
        return f"step {place[1] + 1}, {rest}" if rest else f"step {place[1] + 1}"
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in place).lstrip(".")

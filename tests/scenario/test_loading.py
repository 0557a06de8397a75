"""Files that are no scenario: every mistake is told with its line, before anything is played."""

from pathlib import Path

import pytest

from headend.scenario import InvalidScenario, load_scenario
from headend.scenario.yaml_source import WrittenNumber, is_scenario_file, source_in

GOOD = "name: n\nsteps:\n  - read: M00000003\n"


def problem(tmp_path: Path, text: str) -> str:
    file = tmp_path / "bad.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(InvalidScenario) as raised:
        load_scenario(file)
    return str(raised.value).replace(f"{file}", "bad.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: []\n", "line 1: name: it is missing"),
        ("name: n\nsteps: []\n", "line 2: steps: "),
        (f"{GOOD}lnit: off\n", "line 4: there is no key 'lnit' here; did you mean 'lint'?"),
        (f"{GOOD}  - raed: M1\n", "line 4: step 2: there is no key 'raed' here; did you mean 'read'?"),
        (f"{GOOD}  - read: {{metres: M1}}\n", "step 2, read: there is no key 'metres' here; did you mean 'meters'?"),
        (f"{GOOD}    advance: 1h\n", "line 3: step 1: a step does one thing, and this has read and advance"),
        (f"{GOOD}  - name: x\n", "line 4: step 2: the step does nothing; give it one of read, disconnect"),
        (f"{GOOD}  - wait_for: {{count: 0}}\n", "line 4: step 2, wait_for.count: "),
        (f"{GOOD}  - advance: nxt midnight\n", "line 4: step 2, advance: 'nxt midnight' is no instant"),
        (f"{GOOD}  - advance: {{by: 3x}}\n", "line 4: step 2, advance.by: '3x' is no span of time"),
        (f"{GOOD}  - mdm: failt\n", "line 4: step 2, mdm: 'failt' is no answer"),
        (f"{GOOD}  - call: {{operation: GetMeterConfg}}\n", "line 4: step 2, call.operation: the contract has no"),
        (f"{GOOD}  - send: {{service: GetMeterReadings, file: no.xml}}\n", "line 4: step 2, send.file: there is no"),
        (f"{GOOD}  - send: {{service: GetMeterReadings}}\n", "line 4: step 2, send: give the envelope as `xml` or"),
        (f"{GOOD}    expect: {{reslt: OK}}\n", "step 1, expect: this step finds no 'reslt'; did you mean 'result'?"),
        (f"{GOOD}    expect:\n      values: {{at_lest: 1}}\n", "line 5: step 1, expect.values: there is no operator"),
        (f'{GOOD}    expect: {{"//q:x": 1}}\n', "the prefix 'q' is not among"),
        (f"{GOOD}    save: {{x: vales}}\n", "step 1, save.x: this step finds no 'vales'; did you mean 'values'?"),
        (f"{GOOD}    within: soon\n", "line 4: step 1, within: 'soon' is no duration"),
        (f"{GOOD}  - read: ${{metre}}\n", "line 4: step 2, read: there is no variable 'metre'"),
        (f"{GOOD}variables: {{meter: M1}}\nhead_end: {{source: '${{metre}}'}}\n", "line 5: head_end: ${metre} is not"),
        (f"variables: {{a: 1}}\n{GOOD}    save: {{a: result}}\n", "line 5: step 1, save: 'a' is a variable of"),
        (f"{GOOD}head_end: {{metres: 3}}\n", "line 4: head_end: there is no setting 'metres'; did you mean 'meters'?"),
        (f"{GOOD}head_end:\n  seed: 1\n  meters: many\n", "line 6: head_end.meters: meters = 'many': "),
        (f"{GOOD}head_end: {{port: 80}}\n", "line 4: head_end.port: port is about where a head end runs"),
        (f"{GOOD}head_end: {{journal: false}}\n", "line 4: head_end.journal: a scenario drives and asks"),
        (f"{GOOD}head_end: none.yaml\n", "line 4: head_end.config: "),
        (f"{GOOD}lint: {{leave_out: asnc.*}}\n", "line 4: lint.leave_out[0]: the linter has no rule 'asnc.*'"),
        (f"{GOOD}name: again\n", "line 4: the key 'name' stands here a second time"),
        ("- a\n- b\n", "a scenario is a mapping with the keys name and steps"),
        ("name: [\n", "bad.yaml, line 2: "),
        ("a: &x\n  b: *x\n", "an alias stands inside of what it stands for"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in problem(tmp_path, text)


def test_all_mistakes_are_told_in_the_order_of_their_lines(tmp_path: Path) -> None:
    told = problem(tmp_path, f"{GOOD}    expect: {{reslt: OK}}\n  - mdm: ok\n    save: {{x: y}}\n").splitlines()
    assert [line.partition(": ")[0] for line in told] == ["bad.yaml, line 4", "bad.yaml, line 6"]


def test_what_stands_for_a_value_is_judged_with_it(tmp_path: Path) -> None:
    text = "variables: {often: 0}\nname: n\nsteps:\n  - wait_for: {count: '${often}'}\n"
    assert "line 4: step 1, wait_for.count: " in problem(tmp_path, text)


def test_what_a_step_saves_is_known_after_it_and_not_before(tmp_path: Path) -> None:
    steps = "  - read: ${x}\n  - read: M00000003\n    save: {x: 'meters[0]'}\n  - read: ${x}\n"
    told = problem(tmp_path, f"name: n\nsteps:\n{steps}")
    assert told.count("there is no variable 'x'") == 1
    assert "line 3" in told


def test_values_may_be_given_from_outside(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text("variables: {often: 1}\nname: n\nsteps: [{wait_for: {count: '${often}'}}]\n", "utf-8")
    assert load_scenario(file, {"often": 3}).steps[0].written == {"wait_for": {"count": 3}}


def test_a_file_is_one_by_its_steps(tmp_path: Path) -> None:
    for name, text, is_one in (("a", GOOD, True), ("b", "meters: 3\n", False), ("c", "[", False)):
        (tmp_path / name).write_text(text, "utf-8")
        assert is_scenario_file(tmp_path / name) is is_one


def test_scalars_are_those_of_yaml_1_2() -> None:
    text = "a: 2.10\nb: on\nc: 12:30\nd: 2026-03-02\ne: true\nf: 007\ng: ~\nh: -3\n"
    values = source_in(text, Path("x")).values
    assert isinstance(values["a"], WrittenNumber)
    assert values["a"].text == "2.10"
    assert list(values.values())[1:] == ["on", "12:30", "2026-03-02", True, "007", None, -3]

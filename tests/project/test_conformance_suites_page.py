"""The page on the conformance suites tells what the code does."""

import re
from pathlib import Path
from typing import Any

from headend.conformance.case import ordered_needs
from headend.conformance.check import Outcome
from headend.conformance.parameters import Parameters, load_parameters
from headend.conformance.suites import SUITES
from tests.conformance.judged import judged

PAGE = (Path(__file__).parents[2] / "docs" / "conformance-suites.md").read_text("utf-8")


def rows(start: str) -> list[list[str]]:
    """The cells of the table that begins with these words."""
    table = PAGE.partition(start)[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_it_lists_every_case_as_it_is() -> None:
    listed = re.findall(r"^\| `([a-z-]+\.[\w.-]+)` \| (.*) \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    made = [
        (case.id, case.title, case.clause, "; ".join(need.value for need in ordered_needs(case)))
        for suite in SUITES
        for case in suite.cases
    ]
    assert [one for one in made if one not in listed] == []
    assert [one for one in listed if one not in made] == []
    assert listed == made


def test_it_has_every_suite() -> None:
    titles = re.findall(r"^### (.*)$", PAGE.partition("## The cases")[2], re.MULTILINE)
    assert titles == [suite.title for suite in SUITES]


def test_it_lists_every_outcome() -> None:
    assert sorted(row[0] for row in rows("| outcome | means |")) == sorted(Outcome)


def test_it_lists_every_parameter_with_its_meaning() -> None:
    listed = {row[0].strip("`"): row[1] for row in rows("| parameter | |")}
    assert list(listed) == list(Parameters.model_fields)
    told = {name: field.description or "" for name, field in Parameters.model_fields.items()}
    assert [name for name in told if not listed[name].startswith(told[name])] == []


def test_its_parameter_file_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    file = tmp_path / "target.yaml"
    file.write_text(example)
    known = load_parameters(file, {})
    assert known.target == "https://hes.example/ami"
    assert set(known.not_offered) == {"operation-sets.*", "reading.compressed"}


def test_its_snippet_judges_a_head_end(tmp_path: Path) -> None:
    (snippet,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)
    with judged(tmp_path, meters=5) as target:
        assert names["failures"](target.base_url) == []

"""The worked example of docs/tariffs.md does what the page says."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from simulator.tariffs.tariff_profiles import CYCLES

PAGE = Path(__file__).parents[3] / "docs" / "tariffs.md"


def test_the_example_prints_what_stands_below_it() -> None:
    ((example, printed),) = re.findall(r"```python\n(.*?)```.*?```text\n(.*?)```", PAGE.read_text(), re.DOTALL)
    out = StringIO()
    with redirect_stdout(out):
        exec(compile(example, str(PAGE), "exec"), {})
    assert out.getvalue() == printed


def test_the_page_names_every_word_of_the_grammar() -> None:
    assert {f"`{cycle}`" for cycle in CYCLES} <= set(re.findall(r"`\w+`", PAGE.read_text()))

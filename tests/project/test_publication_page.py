"""What docs/publication.md shows can be used as it stands."""

import re
from pathlib import Path

from headend.config import load_settings
from headend.subscription_form import SubscriptionForm

PAGE = (Path(__file__).parents[2] / "docs" / "publication.md").read_text("utf-8")


def test_the_settings_of_the_page_are_settings(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(# headend.yaml\n.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "headend.yaml"
    file.write_text(example)
    assert len(load_settings(file, {}).subscriptions) == 3


def test_every_field_stands_on_the_page_and_no_other() -> None:
    (table,) = re.findall(r"\| field \| default \|.*?\n\n", PAGE, re.DOTALL)
    rows = (line.split("|")[1] for line in table.splitlines()[2:] if line)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(SubscriptionForm.model_fields)

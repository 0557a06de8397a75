"""Reading types by their names in words (61968-9:2013, Annex C)."""

import pytest

from simulator.cim.code_tables import rows
from simulator.cim.reading_type import InvalidReadingType, ReadingType
from simulator.cim.reading_type_words import reading_type_in_words

pytestmark = pytest.mark.clause("61968-9:2013, Annex C")


def _examples() -> list[ReadingType]:
    found = []
    for row in rows("reading-type-examples"):
        try:
            found.append(ReadingType.parse(next(iter(row.values()))))
        except InvalidReadingType:
            continue
    return found


def test_the_words_of_every_example_lead_back_to_a_type_of_the_same_words() -> None:
    examples = _examples()
    assert len(examples) > 100
    for example in examples:
        found = reading_type_in_words(example.describe())
        assert found is not None, example.describe()
        assert found.describe() == example.describe()


def test_nearly_all_lead_back_to_the_very_type() -> None:
    examples = _examples()
    exact = sum(reading_type_in_words(example.describe()) == example for example in examples)
    assert exact >= len(examples) - 1  # two units of ratios are both printed as %


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("bulkQuantity forward electricitySecondaryMetered energy (kWh)", "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"),
        ("BULKQUANTITY Forward  electricitySecondaryMetered ENERGY (kWh)", "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"),
        (
            "maximum billingPeriod forward electricitySecondaryMetered demand (kW)",
            "8.8.0.0.1.1.8.0.0.0.0.0.0.0.0.3.38.0",
        ),
        (
            "bulkQuantity electricitySecondaryMetered energy touA phaseA (Wh)",
            "0.0.0.1.0.1.12.0.0.0.0.1.0.0.128.0.72.0",
        ),
    ],
)
def test_words_are_a_type(words: str, code: str) -> None:
    assert reading_type_in_words(words) == ReadingType.parse(code)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "energy",
        "kWh total",
        "forward bulkQuantity electricitySecondaryMetered energy (kWh)",
        "bulkQuantity forward electricitySecondaryMetered energy (kW",
        "bulkQuantity forward electricitySecondaryMetered energy (furlong)",
        "forward " * 1_000,
    ],
    ids=["nothing", "kept by no unit", "no words of a table", "another order", "open", "no unit", "very many"],
)
def test_other_words_are_none(words: str) -> None:
    found = reading_type_in_words(words)
    assert found is None or found.describe() == words

"""Quality codes are read, told in words, and refused with a near miss."""

import pytest

from simulator.cim.code_tables import codes as code_table
from simulator.cim.reading_quality_type import InvalidReadingQuality, ReadingQualityType, qualities_like

pytestmark = pytest.mark.clause("61968-9:2013, Annex D")


def test_a_code_is_system_category_and_index() -> None:
    assert ReadingQualityType.parse(" 2.5.256 ") == ReadingQualityType(2, 5, 256)


def test_a_quality_is_spelled_as_it_was_read() -> None:
    assert str(ReadingQualityType.parse("1.4.2")) == "1.4.2"


def test_a_quality_tells_itself_in_words() -> None:
    described = ReadingQualityType.parse("2.5.256").describe()
    assert described == "meteringSystem reasonability dataOutsideExpectedRange"


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("2.5", "3 numbers separated by dots, '2.5' has 2"),
        ("2.5.x", "index of quality '2.5.x' must be a whole number"),
        ("9.5.256", "the system of quality 9.5.256 is 9"),
        ("2.5.265", r"does not list \*\.5\.265; did you mean 5\.25\d"),
    ],
)
def test_a_code_that_is_none_is_refused_with_field_and_table(code: str, complaint: str) -> None:
    with pytest.raises(InvalidReadingQuality, match=complaint):
        ReadingQualityType.parse(code)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("2.5.256", {"2.5.256"}),
        ("*.5.256", {f"{system}.5.256" for system in code_table("quality-system")}),
        ("dataOutsideExpectedRange", {f"{system}.5.256" for system in code_table("quality-system")}),
        ("METERINGSYSTEM reasonability dataOutsideExpectedRange", {"2.5.256"}),
    ],
)
def test_a_pattern_or_a_name_means_several_qualities(text: str, codes: set[str]) -> None:
    assert {one.code for one in qualities_like(text)} == codes


def test_a_star_may_stand_anywhere() -> None:
    assert {one.code for one in qualities_like("2.*.256")} == {
        one.code for one in qualities_like("2.*.*") if one.index == 256
    }


@pytest.mark.parametrize("text", ["", "*", "*.*", "*.5.999", "*.5.x", "2.5.256.1", "no quality"])
def test_a_pattern_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidReadingQuality):
        qualities_like(text)

"""Reading types: 18 numbers, checked against the tables, and back to words."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cim.code_tables import codes, pairs, rows
from simulator.cim.reading_type import InvalidReadingType, ReadingType

pytestmark = pytest.mark.clause("61968-9:2013 Annex C")

LOAD_PROFILE = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
EXAMPLES = rows("reading-type-examples")
GOOD = [row for row in EXAMPLES if row["decode_ok"] == "yes"]
BAD = [row for row in EXAMPLES if row["decode_ok"] == "no"]


@pytest.mark.parametrize("row", GOOD, ids=lambda row: row["mrid"])
def test_a_reading_type_met_in_the_field_is_described_in_words(row) -> None:
    assert ReadingType.parse(row["mrid"]).describe() == row["name"]


@pytest.mark.parametrize("row", GOOD, ids=lambda row: row["mrid"])
def test_a_reading_type_is_written_as_it_was_read(row) -> None:
    assert str(ReadingType.parse(row["mrid"])) == row["mrid"]


@pytest.mark.parametrize("row", BAD, ids=lambda row: row["mrid"])
def test_a_private_code_is_refused_with_its_position(row) -> None:
    position = row["failed_fields"].split(";")[0].split(":")[0].split("-")[0]
    with pytest.raises(InvalidReadingType, match=rf"\(positions? {position}\b.*does not list"):
        ReadingType.parse(row["mrid"])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "18 numbers separated by dots, '' has 1"),
        ("0.0.2.4", "has 4"),
        (LOAD_PROFILE + ".0", "has 19"),
        (LOAD_PROFILE.replace("72", "x"), "position 17"),
        (LOAD_PROFILE.replace("72", "+72"), "must be a whole number, not '+72'"),
        (LOAD_PROFILE.replace("72", "7_2"), "must be a whole number"),
        (LOAD_PROFILE.replace("72", "٧٢"), "must be a whole number"),
        (LOAD_PROFILE.replace("72", ""), "must be a whole number, not ''"),
        (LOAD_PROFILE.replace("72", "7200"), "unit (position 17) is 7200, which table unit does not list"),
        (LOAD_PROFILE.replace("0.0.2.4", "0.0.-2.4"), "measuring_period (position 3) is -2"),
    ],
)
def test_a_code_that_is_no_reading_type_is_refused_with_the_reason(code: str, words: str) -> None:
    with pytest.raises(InvalidReadingType) as refusal:
        ReadingType.parse(code)
    assert words in str(refusal.value)


def test_the_positions_have_names() -> None:
    reading_type = ReadingType.parse(LOAD_PROFILE)
    assert reading_type == ReadingType(
        measuring_period=2, accumulation=4, flow_direction=1, commodity=1, measurement_kind=12, unit=72
    )


def test_blanks_around_a_code_do_not_matter() -> None:
    assert ReadingType.parse(f"\n  {LOAD_PROFILE} ").mrid == LOAD_PROFILE


@pytest.mark.parametrize(
    ("period", "argument", "seconds"),
    [
        (0, (0, 0), None),
        (2, (0, 0), 900),
        (4, (0, 0), 86_400),
        (7, (0, 0), 3_600),
        (15, (0, 0), None),
        (100, (30, 1), 30),
    ],
)
def test_the_measuring_period_has_a_length(period: int, argument: tuple[int, int], seconds: int | None) -> None:
    assert ReadingType(measuring_period=period, argument=argument).interval_s == seconds


@pytest.mark.parametrize("order", [(1, 1), (7, 1), (23, 1), (1, 2)])
def test_every_whole_harmonic_is_legal(order: tuple[int, int]) -> None:
    assert ReadingType(interharmonic=order).interharmonic == order


@pytest.mark.parametrize("order", [(2, 3), (0, 1), (-1, 1), (1, 0)])
def test_other_harmonic_fractions_are_refused(order: tuple[int, int]) -> None:
    with pytest.raises(InvalidReadingType, match=r"interharmonic \(positions 8 and 9\)"):
        ReadingType(interharmonic=order)


def test_a_changed_copy_is_checked_too() -> None:
    with pytest.raises(InvalidReadingType, match="tou"):
        replace(ReadingType.parse(LOAD_PROFILE), tou=99)


@given(parts=st.lists(st.integers(-30, 300), min_size=18, max_size=18))
@settings(deadline=None, max_examples=100)
def test_any_18_numbers_either_round_trip_or_are_refused(parts: list[int]) -> None:
    code = ".".join(map(str, parts))
    try:
        reading_type = ReadingType.parse(code)
    except InvalidReadingType:
        return
    assert reading_type.mrid == code
    assert reading_type.parts == tuple(parts)


@given(
    reading_type=st.builds(
        ReadingType,
        macro_period=st.sampled_from(sorted(codes("macro-period"))),
        aggregate=st.sampled_from(sorted(codes("data-qualifier"))),
        measuring_period=st.sampled_from(sorted(codes("measuring-period"))),
        accumulation=st.sampled_from(sorted(codes("accumulation-behaviour"))),
        argument=st.sampled_from(sorted(pairs("argument"))),
        multiplier=st.sampled_from(sorted(codes("multiplier"))),
        unit=st.sampled_from(sorted(codes("unit"))),
        currency=st.sampled_from(sorted(codes("currency"))),
    )
)
@settings(deadline=None, max_examples=100)
def test_every_reading_type_of_the_tables_round_trips_and_has_words(reading_type: ReadingType) -> None:
    assert ReadingType.parse(reading_type.mrid) == reading_type
    assert "None" not in reading_type.describe()

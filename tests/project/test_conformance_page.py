"""The conformance page is what the code does, and says where that is not all of the standard's head end."""

from dataclasses import replace
from pathlib import Path

import pytest

from headend.conformance_page import Coverage, conformance_page, gaps
from headend.conformance_page.coverage import NotUnderstood
from headend.conformance_page.page import WordsError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return Coverage.of_running_code(ROOT / "wsdl" / "tables")


def test_all_that_the_standard_gives_a_head_end_is_carried_out(coverage: Coverage) -> None:
    assert gaps(coverage) == ()


def test_the_page_is_that_of_the_running_code(coverage: Coverage) -> None:
    page = (ROOT / "docs" / "conformance.md").read_text("utf-8")
    assert page == conformance_page(coverage), "docs/conformance.md is stale: make conformance"


def test_an_operation_without_a_handler_is_a_gap_and_stands_on_the_page(coverage: Coverage) -> None:
    less = replace(coverage, carried_out=coverage.carried_out - {"CloseMeterConfig"})
    assert set(gaps(less)) - set(gaps(coverage)) == {"CloseMeterConfig"}
    page = conformance_page(less)
    assert "- CloseMeterConfig\n" in page
    assert "| CloseMeterConfig | ExecuteMeterConfig | **no: a gap** |" in page


def test_an_operation_of_a_service_that_is_not_served_is_a_gap(coverage: Coverage) -> None:
    less = replace(coverage, served=coverage.served - {"GetMeterReadings"})
    assert set(gaps(less)) - set(gaps(coverage)) == {"GetMeterReadings"}


def test_every_operation_of_every_service_of_the_contract_stands_on_the_page_once(coverage: Coverage) -> None:
    page = conformance_page(coverage)
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ") and line.count(" | ") == 3]
    listed = sorted((row[1], name) for row in rows for name in row[0].removeprefix("| ").split(", "))
    services = coverage.contract.services
    assert [one for one in listed if one[0] != "service"] == sorted(
        (name, operation.name) for name, service in services.items() for operation in service.operations
    )


def test_words_are_wanted_for_whatever_is_carried_out(coverage: Coverage) -> None:
    more = replace(coverage, carried_out=coverage.carried_out | {"ChangeMeterReadings"})
    with pytest.raises(WordsError, match="no words for ChangeMeterReadings;"):
        conformance_page(more)


def test_words_about_what_nobody_does_are_not_kept(coverage: Coverage) -> None:
    with pytest.raises(WordsError, match="words about nothing that is done: EndDeviceEvents get"):
        conformance_page(_without(coverage, "EndDeviceEvents", "Get"))


def _without(coverage: Coverage, noun: str, part: str) -> Coverage:
    """As if the standard did not give it to a head end, and nobody carried it out."""
    nouns = tuple(
        replace(one, served=one.served.replace(part, "").strip("; ")) if one.name == noun else one
        for one in coverage.nouns
    )
    return replace(coverage, nouns=nouns, carried_out=coverage.carried_out - {f"{part}{noun}"})


@pytest.mark.parametrize("served", ["Get Created", "Execute", "Send Created", "Get; Receive"])
def test_a_cell_that_is_not_understood_is_no_silence(coverage: Coverage, served: str) -> None:
    with pytest.raises(NotUnderstood, match="MeterReadings"):
        list(replace(coverage.nouns[1], served=served).required())

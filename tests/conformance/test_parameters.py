"""What is said of a head end: by file and by flags, with one sentence for what is wrong."""

from pathlib import Path

import pytest

from headend.conformance.parameters import InvalidParameters, load_parameters
from headend.coverage.threshold import InvalidThreshold, parse_thresholds
from tests.conformance.made_runs import case, coverage, entry, run


def file(directory: Path, text: str) -> Path:
    written = directory / "target.yaml"
    written.write_text(text, "utf-8")
    return written


def test_a_file_says_what_is_known_and_flags_count_before_it(tmp_path: Path) -> None:
    written = file(
        tmp_path, "target: http://a.example\nmeters: [M1, M2]\nzone: Europe/Berlin\npublishes: [MeterReadings]\n"
    )
    known = load_parameters(written, {"meters": ("M3",), "zone": None})
    assert (known.target, known.meters, known.zone) == ("http://a.example", ("M3",), "Europe/Berlin")
    assert known.publishes == {"MeterReadings"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metres: [M1]\n", "line 1: there is no parameter 'metres'; did you mean 'meters'?"),
        ("zone: UTC\npath: /services\n", "line 2: path: it has no {service}"),
        ("zone: Europe/Atlantis\n", "line 1: zone: 'Europe/Atlantis' is no time zone"),
        ("dialect: 2011\n", "line 1: dialect"),
        ("- a\n", "parameters are a mapping"),
        ("a: [\n", "target.yaml: "),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidParameters) as refused:
        load_parameters(file(tmp_path, text), {})
    assert said in str(refused.value)


def test_what_is_wrong_in_a_flag_is_told_with_its_name() -> None:
    with pytest.raises(InvalidParameters, match=r"^--zone: 'Mars' is no time zone"):
        load_parameters(None, {"zone": "Mars"})


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameters, match="No such file"):
        load_parameters(tmp_path / "none.yaml", {})


def test_a_threshold_is_about_operations_or_another_kind() -> None:
    made = run(case(exchanges=(entry(),)))
    operations, codes = parse_thresholds(["60", "reply_codes=1"])
    assert (
        operations.broken_by(coverage(made).share(operations.kind))
        == "1 of 2 operations were exercised, 50.0 %, and 60 % are wanted"
    )
    assert codes.broken_by(coverage(made).share(codes.kind)) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [("many", "'many' is no threshold"), ("101", "'101' is no threshold"), ("replies=3", "'replies' is no kind")],
)
def test_a_threshold_that_is_none_is_told(text: str, said: str) -> None:
    with pytest.raises(InvalidThreshold, match=said):
        parse_thresholds([text])

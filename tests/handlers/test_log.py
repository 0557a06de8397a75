"""What a person sees of the exchanges on the head end's log."""

import pytest

from tests.support.in_process import InProcessHeadEnd


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("headend")]


def test_every_exchange_leaves_a_line_with_its_result(
    quiet_head_end: InProcessHeadEnd, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="headend"):
        quiet_head_end.read("M00000001", "M99999999")
    (line,) = lines(caplog)
    assert line.startswith("GetMeterReadings from ")
    assert line.endswith("PARTIAL, 2.4 EndDevice name 'M99999999' is not known here, 0.2 no further message follows")


def test_a_long_list_of_errors_is_cut_in_the_log(
    quiet_head_end: InProcessHeadEnd, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="headend"):
        quiet_head_end.read(*(f"M9999999{digit}" for digit in range(9)))
    assert lines(caplog)[0].endswith("and 6 more")


def test_a_fault_leaves_its_sentence(quiet_head_end: InProcessHeadEnd, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="headend"):
        quiet_head_end.post("GetMeterReadings", b"<a>")
    assert lines(caplog)[0].startswith("fault Client: the body is not well-formed XML")

"""A simulated year in short: `make year` is the same with 365 days and 50 meters."""

from pathlib import Path

from tests.soak.simulated_year import SimulatedYear, growing

KEEP_DAYS, DAYS = 2, 10


def test_what_a_head_end_keeps_levels_off(tmp_path: Path) -> None:
    with SimulatedYear(tmp_path, meters=3, keep_days=KEEP_DAYS, month_days=4) as year:
        kept = list(year.live(DAYS, every=1))
    assert growing(kept, KEEP_DAYS) == []
    assert kept[-1].rows["end_device_control"] <= KEEP_DAYS + 3
    assert kept[-1].rows["meter_read_schedule"] <= KEEP_DAYS + 6
    assert kept[-1].rows["end_device_event"] <= (KEEP_DAYS + 1) * 9
    assert kept[-1].rows["outbox"] <= (KEEP_DAYS + 1) * 7
    # What registers follow from was not touched: disconnects on days 5 and 10, an outage on day 10.
    assert (kept[-1].rows["interruption"], kept[-1].rows["outage"]) == (2, 1)
    half, last = kept[len(kept) // 2], kept[-1]
    assert last.file_bytes <= half.file_bytes * 1.2, "pages that became free are not used again"

"""What an MDM has to get right, tested against a head end. The toy MDM fails three of these, as it should."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from toy_mdm.soap import QUARTER_HOURS_WH

ZONE = ZoneInfo("Europe/Berlin")
USUAL_DAY = date(2025, 10, 24)
DAY_OF_25_HOURS = date(2025, 10, 26)


def delivered_kwh(headend, meter, day):
    """What the head end delivers of a local day, by the simulator's own account."""
    start, end = (datetime(one.year, one.month, one.day, tzinfo=ZONE) for one in (day, day + timedelta(days=1)))
    rows = headend.truth(meter, start, end, reading_types=QUARTER_HOURS_WH)
    return sum(float(row.reported) for row in rows) / 1000


@pytest.mark.parametrize("day", [USUAL_DAY, DAY_OF_25_HOURS], ids=["of 24 hours", "of 25 hours"])
def test_a_day_is_billed_whole(headend, mdm, day):
    meter = headend.meters[3]
    billed = mdm.collect(day, [meter.name])
    expected = delivered_kwh(headend, meter, day)
    assert billed.kwh[meter.name] == pytest.approx(expected), (
        f"{day} came to {billed.kwh[meter.name]:.3f} kWh; the head end delivers {expected:.3f} kWh"
    )


def test_a_meter_without_readings_is_missing_and_not_without_consumption(headend, mdm):
    billed = mdm.collect(USUAL_DAY, [headend.meters[0].name, "NOBODY-KNOWS-IT"])
    assert billed.missing == {"NOBODY-KNOWS-IT"}, (
        "Result PARTIAL was taken for OK: what is missing is billed with 0 kWh"
    )


def test_a_late_reply_is_taken_and_acknowledged_by_the_rules(headend, mdm):
    meter = headend.meters[1]
    ordered = mdm.order(USUAL_DAY, [meter.name])
    assert mdm.wait_for(ordered).kwh[meter.name] == pytest.approx(delivered_kwh(headend, meter, USUAL_DAY))
    assert headend.clock.settle()
    broken = [
        f"{finding['rule']}: {finding['sentence']}"
        for exchange in headend.control.exchanges(direction="out")
        for finding in headend.control.exchange(exchange["number"])["lint"]
        if finding["severity"] == "error"
    ]
    assert broken == []

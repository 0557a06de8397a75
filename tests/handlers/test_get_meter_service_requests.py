"""GetMeterServiceRequests by every selector of its profile (61968-9:2013, clause 5.5 and Annex J)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.service_requests import ask, configure, get_works, new_meter, work, works_in

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.5")

METER, OTHER, NEW = "M00000005", "M00000006", "Z-77"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """A head end with four works: off is done, visit and swap are ahead, record is another customer's."""
    with in_process(directory_of(tmp_path_factory), NOON) as opened:
        new_meter(opened, NEW)
        named = "<Names><name>{}</name></Names>".format
        configure(opened, "create", "CustomerConfig", f"<Customer>{named('Miller')}</Customer>")
        configure(opened, "create", "ServiceLocationConfig", f"<ServiceLocation>{named('Mill Lane')}</ServiceLocation>")
        point = f"{named('UP00000006')}<ServiceLocation>{named('Mill Lane')}</ServiceLocation>"
        changed = configure(opened, "change", "UsagePointConfig", f"<UsagePoint>{point}</UsagePoint>")
        assert changed.result == "OK", changed.said
        ask(opened, "create", work("disconnect", METER, mrid="off", name="Job 1", priority="high"))
        ask(opened, "create", work("inspection", OTHER, mrid="visit", wanted="14:00"))
        ask(opened, "create", work("meter", NEW, METER, mrid="swap", wanted="16:00"))
        customer = f"<Customers>{named('Miller')}</Customers>"
        ask(opened, "create", work("other", mrid="record", customers=customer))
        yield opened


def directory_of(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("busy")


def of(element: str, *names: str) -> str:
    return "".join(f"<{element}><Names><name>{name}</name></Names></{element}>" for name in names)


def wanted(inside: str) -> str:
    return f"<MeterServiceWork>{inside}</MeterServiceWork>"


def between(start: str, end: str) -> str:
    interval = f"<end>2026-03-02T{end}:00Z</end><start>2026-03-02T{start}:00Z</start>"
    return f"<TimeSchedule><scheduleInterval>{interval}</scheduleInterval></TimeSchedule>"


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        pytest.param("", "off visit swap record", id="all"),
        pytest.param(of("Meter", METER), "off swap", id="a meter, also as the old one"),
        pytest.param(of("Meter", NEW), "swap", id="a new meter"),
        pytest.param(of("Meter", METER, OTHER), "off visit swap", id="several meters"),
        pytest.param(of("UsagePoint", "UP00000005"), "off swap", id="a usage point, though none names it"),
        pytest.param(of("Meter", METER) + of("UsagePoint", "UP00000006"), "", id="kinds of selectors are AND"),
        pytest.param(of("Customer", "Miller"), "record", id="a customer"),
        pytest.param(of("ServiceLocation", "Mill Lane"), "visit", id="a service location, by its meters"),
        pytest.param(wanted("<mRID>off</mRID>"), "off", id="a work"),
        pytest.param(wanted("<Names><name>Job 1</name></Names>"), "off", id="a work by its name"),
        pytest.param(wanted("<kind>meter</kind>") + wanted("<kind>other</kind>"), "swap record", id="kinds"),
        pytest.param(wanted("<priority>high</priority>"), "off", id="a priority"),
        pytest.param(wanted("<status><value>Scheduled</value></status>"), "visit swap", id="a status"),
        pytest.param(wanted("<requestDateTime>2026-03-02T14:00:00Z</requestDateTime>"), "visit", id="a date"),
        pytest.param(
            wanted("<kind>disconnect</kind><status><value>scheduled</value></status>"), "", id="parts are AND"
        ),
        pytest.param(
            wanted("<lastModifiedDateTime>2026-03-02T12:01:00Z</lastModifiedDateTime>"), "", id="changed since"
        ),
        pytest.param(between("13:00", "15:00"), "visit", id="a period"),
        pytest.param(between("12:00", "12:30"), "off record", id="a period with what was done at once"),
    ],
)
def test_works_are_selected(profile: str, expected: str, busy: InProcessHeadEnd) -> None:
    reply = get_works(busy, profile)
    assert reply.result == "OK"
    assert [one.mrid for one in works_in(reply.payload)] == expected.split()


def test_a_request_id_names_a_work(busy: InProcessHeadEnd) -> None:
    assert [one.mrid for one in works_in(get_works(busy, ids=["swap"]).payload)] == ["swap"]


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        pytest.param(of("Meter", "nobody"), "2.4", id="meter"),
        pytest.param(of("UsagePoint", "nowhere"), "2.12", id="usage point"),
        pytest.param(of("Customer", "nobody"), "2.22", id="customer"),
        pytest.param(of("CustomerAgreement", "none"), "2.24", id="agreement"),
        pytest.param(of("ServiceLocation", "nowhere"), "2.16", id="location"),
        pytest.param(wanted("<mRID>none</mRID>"), "2.15", id="work"),
    ],
)
def test_what_is_not_known_is_refused_by_its_code(profile: str, code: str, busy: InProcessHeadEnd) -> None:
    reply = get_works(busy, profile)
    assert (reply.result, reply.codes) == ("FAILED", [code])


def test_what_is_known_is_told_beside_what_is_not(busy: InProcessHeadEnd) -> None:
    reply = get_works(busy, of("Meter", METER, "nobody"))
    assert (reply.result, reply.codes) == ("PARTIAL", ["2.4", "0.2"])
    assert [one.mrid for one in works_in(reply.payload)] == ["off", "swap"]

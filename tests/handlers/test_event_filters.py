"""Elements of the GetEndDeviceEvents profile that are easily passed over (61968-9:2013, Annex J)."""

from collections.abc import Iterator

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.readings import events

pytestmark = pytest.mark.clause("61968-9:2013, Annex J")


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """Meters 1 and 2 were disconnected."""
    with in_process(tmp_path_factory.mktemp("eventful"), NOON) as opened:
        opened.disconnect("M00000001", "M00000002")
        yield opened


def test_an_event_is_named_by_its_mrid_in_names_too(eventful: InProcessHeadEnd) -> None:
    first, _ = events(eventful.events())
    named = f"<EndDeviceEvent><Names><name>{first.mrid}</name></Names></EndDeviceEvent>"
    assert events(eventful.events(profile=named)) == [first]


def test_a_name_that_no_event_has_selects_none(eventful: InProcessHeadEnd) -> None:
    named = "<EndDeviceEvent><Names><name>the second outage</name></Names></EndDeviceEvent>"
    assert events(eventful.events(profile=named)) == []


def test_an_event_without_any_part_is_any_event(eventful: InProcessHeadEnd) -> None:
    assert len(events(eventful.events(profile="<EndDeviceEvent/>"))) == 2


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("<Customer><kind>residential</kind></Customer>", "2.22"),
        ("<Customer/>", "2.22"),
        ("<CustomerAccount/>", "2.19"),
        ("<ServiceCategory/>", "2.31"),
        ("<ServiceCategory><kind>heat</kind></ServiceCategory>", "2.31"),
        ("<ServiceCategory><kind>tvLicence</kind></ServiceCategory>", "2.31"),
    ],
)
def test_a_target_that_nothing_is_known_of_never_means_all_events(
    eventful: InProcessHeadEnd, target: str, code: str
) -> None:
    reply = eventful.events(profile=target)
    assert (reply.result, reply.codes, reply.has_payload) == ("FAILED", [code], False)


def test_a_kind_of_service_without_meters_stands_beside_one_with(eventful: InProcessHeadEnd) -> None:
    kinds = "".join(f"<ServiceCategory><kind>{kind}</kind></ServiceCategory>" for kind in ("heat", "electricity"))
    reply = eventful.events(profile=kinds)
    assert (reply.result, reply.codes, len(events(reply))) == ("PARTIAL", ["2.31", "0.2"], 2)
    assert reply.errors[0].object_id == "heat"

"""MasterDataLinkageConfig: objects are tied together and let go, from an instant on (61968-9:2013, clause 5.10)."""

import pytest

from tests.support.in_process import InProcessHeadEnd
from tests.support.master_data import done, execute, get, linked, named, names, shown, tell, told
from tests.support.master_data_requests import effective
from tests.support.readings import meters

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.10")

METER, ITS_POINT = "M00000003", "UP00000003"
MIDNIGHT = effective("2026-03-03T00:00:00Z")


@pytest.fixture
def linkable(head_end: InProcessHeadEnd) -> InProcessHeadEnd:
    """A usage point where nothing hangs, an account, an agreement, a customer and a supplier."""
    for element in ("UsagePoint", "CustomerAccount", "CustomerAgreement", "Customer", "ServiceSupplier"):
        done(head_end, "create", f"{element}Config", named(element, f"the {element}"))
    return head_end


def point_of(head_end: InProcessHeadEnd, meter: str = METER) -> list[str]:
    found = shown(get(head_end, "MasterDataLinkageConfig", named("Meter", meter)))
    return found.get("UsagePoint", [])


def move(point: str, when: str = "") -> str:
    return when + named("Meter", METER) + named("UsagePoint", point)


def test_a_meter_of_the_fleet_is_linked_with_its_usage_point(head_end: InProcessHeadEnd) -> None:
    assert point_of(head_end) == [ITS_POINT]


def test_create_does_not_move_what_is_linked_and_change_does(linkable: InProcessHeadEnd) -> None:
    reply = execute(linkable, "create", "MasterDataLinkageConfig", move("the UsagePoint"))
    assert (reply.result, reply.codes) == ("FAILED", ["6.1"])
    assert "delete that link first, or move it by change" in reply.said
    assert point_of(linkable) == [ITS_POINT]
    done(linkable, "change", "MasterDataLinkageConfig", move("the UsagePoint"))
    assert point_of(linkable) == ["the UsagePoint"]


def test_a_message_links_every_pair_that_belongs_together(linkable: InProcessHeadEnd) -> None:
    elements = ("Customer", "CustomerAccount", "CustomerAgreement", "ServiceSupplier", "UsagePoint")
    done(linkable, "create", "MasterDataLinkageConfig", "".join(named(one, f"the {one}") for one in elements))
    agreement = told(linkable, "CustomerAgreementConfig", "the CustomerAgreement")
    assert [linked(agreement, one) for one in ("Customer", "CustomerAccount", "ServiceSupplier", "UsagePoints")] == [
        ["the Customer"],
        ["the CustomerAccount"],
        ["the ServiceSupplier"],
        ["the UsagePoint"],
    ]
    assert linked(told(linkable, "UsagePointConfig", "the UsagePoint"), "ServiceSupplier") == ["the ServiceSupplier"]
    by_point = get(linkable, "CustomerAccountConfig", named("UsagePoint", "the UsagePoint"))
    assert shown(by_point) == {"CustomerAccount": ["the CustomerAccount"]}


@pytest.mark.parametrize("verb", ["close", "delete"])
def test_a_link_ends(linkable: InProcessHeadEnd, verb: str) -> None:
    done(linkable, verb, "MasterDataLinkageConfig", move(ITS_POINT))
    assert point_of(linkable) == []
    reply = execute(linkable, verb, "MasterDataLinkageConfig", move(ITS_POINT))
    assert (reply.result, reply.codes) == ("FAILED", ["2.13"])


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        (("CustomerAgreement", "UsagePoint"), "2.26"),
        (("CustomerAccount", "CustomerAgreement"), "2.25"),
        (("CustomerAccount", "UsagePoint"), "2.27"),
        (("Customer", "CustomerAccount"), "2.23"),
        (("CustomerAccount", "ServiceSupplier"), "2.21"),
        (("ServiceSupplier", "UsagePoint"), "2.28"),
        (("Customer", "CustomerAgreement"), "2.29"),
    ],
)
def test_letting_go_of_what_is_not_linked_has_the_code_of_the_pair(
    linkable: InProcessHeadEnd, pair: tuple[str, str], code: str
) -> None:
    both = "".join(named(one, f"the {one}") for one in pair)
    reply = execute(linkable, "delete", "MasterDataLinkageConfig", both)
    assert (reply.result, reply.codes) == ("FAILED", [code])
    (error,) = reply.element.iterfind("{*}Reply/{*}Error")
    assert {error.findtext("{*}ID"), error.findtext("{*}relatedID")} == {f"the {one}" for one in pair}


def test_what_does_not_belong_together_is_refused(linkable: InProcessHeadEnd) -> None:
    both = named("Customer", "the Customer") + named("ServiceSupplier", "the ServiceSupplier")
    reply = execute(linkable, "create", "MasterDataLinkageConfig", both)
    assert (reply.result, reply.codes) == ("FAILED", ["2.29"])
    assert "no two of its objects belong together" in reply.said


def test_an_unknown_object_does_not_keep_the_others_apart(linkable: InProcessHeadEnd) -> None:
    objects = named("Customer", "nobody") + named("CustomerAgreement", "the CustomerAgreement")
    reply = execute(linkable, "create", "MasterDataLinkageConfig", objects + named("UsagePoint", "the UsagePoint"))
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("PARTIAL", ["2.22", "0.2"], "nobody")
    agreement = told(linkable, "CustomerAgreementConfig", "the CustomerAgreement")
    assert linked(agreement, "UsagePoints") == ["the UsagePoint"]


def test_a_link_that_lies_ahead_holds_when_its_time_comes(linkable: InProcessHeadEnd) -> None:
    done(linkable, "change", "MasterDataLinkageConfig", move("the UsagePoint", MIDNIGHT))
    assert point_of(linkable) == [ITS_POINT]
    linkable.advance(hours=12)
    assert point_of(linkable) == ["the UsagePoint"]
    assert meters(linkable.read(usage_points=["the UsagePoint"])) == [METER]


def test_a_move_that_is_cancelled_never_happens(linkable: InProcessHeadEnd) -> None:
    done(linkable, "change", "MasterDataLinkageConfig", move("the UsagePoint", MIDNIGHT))
    done(linkable, "cancel", "MasterDataLinkageConfig", move("the UsagePoint"))
    for _ in range(2):
        assert point_of(linkable) == [ITS_POINT]
        assert meters(linkable.read(usage_points=[ITS_POINT])) == [METER]
        linkable.advance(hours=12)
    reply = execute(linkable, "cancel", "MasterDataLinkageConfig", move("the UsagePoint"))
    assert (reply.result, reply.codes) == ("FAILED", ["2.13"])


def test_a_cancelled_move_of_a_meter_that_was_moved_before_leaves_it_there(linkable: InProcessHeadEnd) -> None:
    done(linkable, "create", "UsagePointConfig", named("UsagePoint", "another"))
    done(linkable, "change", "MasterDataLinkageConfig", move("another"))
    linkable.advance(hours=1)
    done(linkable, "change", "MasterDataLinkageConfig", move("the UsagePoint", MIDNIGHT))
    done(linkable, "cancel", "MasterDataLinkageConfig", move("the UsagePoint"))
    linkable.advance(hours=24)
    assert point_of(linkable) == ["another"]
    assert meters(linkable.read(usage_points=["another"])) == [METER]


def test_what_holds_already_cannot_be_cancelled(linkable: InProcessHeadEnd) -> None:
    reply = execute(linkable, "cancel", "MasterDataLinkageConfig", move(ITS_POINT))
    assert (reply.result, reply.codes) == ("FAILED", ["6.1"])
    assert "only what lies ahead can be cancelled" in reply.said


def test_a_created_link_that_others_tell_of_moves_what_is_linked(linkable: InProcessHeadEnd) -> None:
    reply = tell(linkable, "created", "MasterDataLinkageConfig", move("the UsagePoint"))
    assert (reply.result, reply.codes) == ("OK", ["0.3"])
    assert point_of(linkable) == ["the UsagePoint"]


def test_modules_are_exchanged(linkable: InProcessHeadEnd) -> None:
    done(linkable, "create", "ComModuleConfig", named("ComModule", "old", "new"))
    for verb, module in (("create", "old"), ("delete", "old"), ("create", "new")):
        done(linkable, verb, "MasterDataLinkageConfig", named("ComModule", module) + named("Meter", METER))
        linkable.advance(minutes=1)
    assert shown(get(linkable, "ComModuleConfig", named("EndDevice", METER))) == {"ComModule": ["new"]}
    elsewhere = named("ComModule", "new") + named("Meter", "M00000004")
    assert execute(linkable, "create", "MasterDataLinkageConfig", elsewhere).codes == ["6.1"]


def test_all_that_clients_linked_is_told_without_selectors(linkable: InProcessHeadEnd) -> None:
    assert shown(get(linkable, "MasterDataLinkageConfig")) == {}
    done(linkable, "change", "MasterDataLinkageConfig", move("UP00000004"))
    assert shown(get(linkable, "MasterDataLinkageConfig")) == {"Meter": [METER], "UsagePoint": ["UP00000004"]}
    point = f"<UsagePoint>{names('the UsagePoint')}{named('ServiceSupplier', 'the ServiceSupplier')}</UsagePoint>"
    done(linkable, "change", "UsagePointConfig", point)
    assert shown(get(linkable, "MasterDataLinkageConfig")) == {
        "Meter": [METER],
        "ServiceSupplier": ["the ServiceSupplier"],
        "UsagePoint": ["UP00000004", "the UsagePoint"],
    }

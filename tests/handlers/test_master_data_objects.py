"""Objects of every noun of master data, from their creation to their end (61968-9:2013, clauses 5.8 and 5.10)."""

from collections.abc import Iterator

import pytest

from headend.handlers.master_data import REQUESTED_NOUNS
from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.master_data import class_of, done, execute, get, linked, named, names, shown, tell, texts, told
from tests.support.reply import Reply
from tests.support.soap_requests import MESSAGE

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.8")

UNKNOWN = {
    "AuxiliaryAgreementConfig": "2.15",
    "ComModuleConfig": "2.30",
    "CustomerAccountConfig": "2.19",
    "CustomerAgreementConfig": "2.24",
    "CustomerConfig": "2.22",
    "EndDeviceConfig": "2.4",
    "MeterConfig": "2.4",
    "PricingStructureConfig": "2.33",
    "ServiceCategoryConfig": "2.31",
    "ServiceLocationConfig": "2.16",
    "ServiceSupplierConfig": "2.20",
    "UsagePointConfig": "2.12",
    "UsagePointLocationConfig": "2.32",
}
"""Code of an object that is not known, by noun (Annex B)."""

FIRST_OF_APRIL = "2026-04-01T00:00:00Z"

every_noun = pytest.mark.parametrize("noun", UNKNOWN)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """A head end for tests that use names of their own."""
    with in_process(tmp_path_factory.mktemp("kept"), NOON) as opened:
        yield opened


def an_object(noun: str, *, mrid: str = "", name: str = "", effective: str = "") -> str:
    """An object that says nothing but its identity, and when that holds."""
    identity = f"<mRID>{mrid}</mRID>" if mrid else ""
    event = (
        f"<ConfigurationEvents><effectiveDateTime>{effective}</effectiveDateTime></ConfigurationEvents>"
        if effective
        else ""
    )
    return f"<{class_of(noun)}>{identity}{event}{names(name) if name else ''}</{class_of(noun)}>"


def is_known(head_end: InProcessHeadEnd, noun: str, name: str) -> bool:
    return get(head_end, noun, named(class_of(noun), name)).result == "OK"


def refusal(reply: Reply) -> tuple[str | None, list[str], str | None]:
    return reply.result, reply.codes, reply.errors[0].object_id


def test_these_are_all_nouns() -> None:
    assert set(UNKNOWN) == set(REQUESTED_NOUNS) - {"MasterDataLinkageConfig"}


# Every noun.


@every_noun
def test_a_created_object_is_answered_with_its_mrid_and_told(kept: InProcessHeadEnd, noun: str) -> None:
    reply = done(kept, "create", noun, an_object(noun, mrid=f"{noun}-A1", name=f"{noun} created"))
    assert reply.ids == (f"{noun}-A1",)
    (answered,) = reply.element.iterfind("{*}Reply/{*}ID")
    assert (answered.get("kind"), answered.get("objectType")) == ("uuid", class_of(noun))
    assert texts(told(kept, noun, f"{noun} created"), "mRID") == [f"{noun}-A1"]


@every_noun
def test_names_alone_are_an_identity(kept: InProcessHeadEnd, noun: str) -> None:
    reply = done(kept, "create", noun, an_object(noun, name=f"{noun} named alone"))
    assert texts(told(kept, noun, f"{noun} named alone"), "mRID") == list(reply.ids)


@every_noun
def test_an_mrid_alone_is_an_identity_in_any_spelling(kept: InProcessHeadEnd, noun: str) -> None:
    mrid = f"3F2504E0-4F89-41D3-9A0C-0305E82C33{list(UNKNOWN).index(noun):02}"
    done(kept, "create", noun, an_object(noun, mrid=mrid))
    reply = get(kept, noun, f"<{class_of(noun)}><mRID>{mrid.lower()}</mRID></{class_of(noun)}>")
    assert texts(reply.payload, f"{class_of(noun)}/mRID") == [mrid]


@every_noun
def test_an_object_without_identity_is_refused(kept: InProcessHeadEnd, noun: str) -> None:
    reply = execute(kept, "create", noun, f"<{class_of(noun)}/>")
    assert (reply.result, reply.codes) == ("FAILED", ["5.8"])
    assert "has neither mRID nor Names" in reply.said


@every_noun
@pytest.mark.parametrize("same", ["mrid", "name"])
def test_a_second_object_of_the_same_identity_is_refused(kept: InProcessHeadEnd, noun: str, same: str) -> None:
    identity = {same: f"{noun} twice {same}"}
    done(kept, "create", noun, an_object(noun, **identity))
    assert refusal(execute(kept, "create", noun, an_object(noun, **identity))) == (
        "FAILED",
        ["2.15"],
        f"{noun} twice {same}",
    )


@every_noun
@pytest.mark.parametrize("verb", ["change", "cancel", "close", "delete"])
def test_a_verb_on_an_unknown_object_has_the_code_of_its_class(kept: InProcessHeadEnd, noun: str, verb: str) -> None:
    assert refusal(execute(kept, verb, noun, an_object(noun, name="nobody"))) == ("FAILED", [UNKNOWN[noun]], "nobody")


@every_noun
def test_a_get_of_an_unknown_object_has_the_code_of_its_class(kept: InProcessHeadEnd, noun: str) -> None:
    assert refusal(get(kept, noun, named(class_of(noun), "nobody"))) == ("FAILED", [UNKNOWN[noun]], "nobody")


@every_noun
def test_an_object_is_closed_once_and_stays_known(kept: InProcessHeadEnd, noun: str) -> None:
    done(kept, "create", noun, an_object(noun, name=f"{noun} closed"))
    done(kept, "close", noun, an_object(noun, name=f"{noun} closed"))
    assert is_known(kept, noun, f"{noun} closed")
    again = execute(kept, "close", noun, an_object(noun, name=f"{noun} closed"))
    assert refusal(again) == ("FAILED", ["6.1"], f"{noun} closed")
    assert "was closed at 2026-03-02T12:00:00+00:00 already" in again.said


@every_noun
def test_an_object_that_holds_already_cannot_be_cancelled(kept: InProcessHeadEnd, noun: str) -> None:
    done(kept, "create", noun, an_object(noun, name=f"{noun} in force"))
    reply = execute(kept, "cancel", noun, an_object(noun, name=f"{noun} in force"))
    assert refusal(reply) == ("FAILED", ["6.1"], f"{noun} in force")
    assert is_known(kept, noun, f"{noun} in force")


@every_noun
def test_an_object_that_lies_ahead_can_be_cancelled(kept: InProcessHeadEnd, noun: str) -> None:
    done(kept, "create", noun, an_object(noun, name=f"{noun} ahead", effective=FIRST_OF_APRIL))
    done(kept, "cancel", noun, an_object(noun, name=f"{noun} ahead"))
    assert not is_known(kept, noun, f"{noun} ahead")


@every_noun
def test_a_deleted_object_is_gone_and_may_come_again(kept: InProcessHeadEnd, noun: str) -> None:
    for _ in range(2):
        done(kept, "create", noun, an_object(noun, mrid=f"{noun}-again", name=f"{noun} again"))
        done(kept, "delete", noun, an_object(noun, name=f"{noun} again"))
        assert not is_known(kept, noun, f"{noun} again")


@every_noun
def test_an_object_is_renamed_by_its_mrid(kept: InProcessHeadEnd, noun: str) -> None:
    done(kept, "create", noun, an_object(noun, mrid=f"{noun}-renamed", name=f"{noun} before"))
    done(kept, "change", noun, an_object(noun, mrid=f"{noun}-renamed", name=f"{noun} after"))
    assert not is_known(kept, noun, f"{noun} before")
    assert texts(told(kept, noun, f"{noun} after"), "mRID") == [f"{noun}-renamed"]


@every_noun
@pytest.mark.parametrize("verb", ["close", "delete"])
def test_objects_may_be_named_by_ids_of_the_request(kept: InProcessHeadEnd, noun: str, verb: str) -> None:
    done(kept, "create", noun, an_object(noun, mrid=f"{noun}-{verb}", name=f"{noun} by id {verb}"))
    request = f'<m:ID xmlns:m="{MESSAGE}">{noun}-{verb}</m:ID>'
    assert execute(kept, verb, noun, request=request).ids == (f"{noun}-{verb}",)


@every_noun
def test_each_object_of_a_message_stands_alone(kept: InProcessHeadEnd, noun: str) -> None:
    done(kept, "create", noun, an_object(noun, name=f"{noun} there"))
    reply = execute(
        kept, "create", noun, "".join(an_object(noun, name=f"{noun} {one}") for one in ("one", "there", "two"))
    )
    assert (reply.result, reply.codes, len(reply.ids)) == ("PARTIAL", ["2.15", "0.2"], 2)
    assert reply.errors[0].object_id == f"{noun} there"
    assert is_known(kept, noun, f"{noun} one")
    assert is_known(kept, noun, f"{noun} two")


@every_noun
def test_a_message_without_objects_is_refused(kept: InProcessHeadEnd, noun: str) -> None:
    assert execute(kept, "create", noun).codes == ["1.7"]


@every_noun
@pytest.mark.parametrize("verb", ["created", "changed"])
def test_an_event_brings_us_to_where_the_teller_is(kept: InProcessHeadEnd, noun: str, verb: str) -> None:
    for _ in range(2):
        reply = tell(kept, verb, noun, an_object(noun, name=f"{noun} {verb}"))
        assert (reply.result, reply.codes) == ("OK", ["0.3"])
    assert is_known(kept, noun, f"{noun} {verb}")


@every_noun
@pytest.mark.parametrize("verb", ["canceled", "closed", "deleted"])
def test_an_event_about_what_we_never_had_is_acknowledged_with_a_warning(
    kept: InProcessHeadEnd, noun: str, verb: str
) -> None:
    reply = tell(kept, verb, noun, an_object(noun, name="nobody"))
    assert (reply.result, reply.codes) == ("OK", ["0.3", UNKNOWN[noun]])
    assert reply.errors[1].level == "WARNING"


# States.


def test_a_close_that_lies_ahead_holds_when_its_time_comes(head_end: InProcessHeadEnd) -> None:
    done(head_end, "create", "ServiceLocationConfig", named("ServiceLocation", "house"))
    closing = an_object("ServiceLocationConfig", name="house", effective="2026-03-03T00:00:00Z")
    done(head_end, "close", "ServiceLocationConfig", closing)
    assert texts(told(head_end, "ServiceLocationConfig", "house"), "status/value") == []
    head_end.advance(hours=12)
    assert texts(told(head_end, "ServiceLocationConfig", "house"), "status/value") == ["closed"]
    assert execute(head_end, "close", "ServiceLocationConfig", named("ServiceLocation", "house")).codes == ["6.1"]


def test_a_closed_object_says_so_whatever_its_status_was(kept: InProcessHeadEnd) -> None:
    status = "<status><remark>by the client</remark><value>active</value></status>"
    done(kept, "create", "CustomerConfig", f"<Customer>{names('status')}{status}</Customer>")
    assert texts(told(kept, "CustomerConfig", "status"), "status/value") == ["active"]
    done(kept, "close", "CustomerConfig", named("Customer", "status"))
    found = told(kept, "CustomerConfig", "status")
    assert texts(found, "status/value") + texts(found, "status/remark") == ["closed", "by the client"]


# Changes.


def test_a_change_is_partial_and_merges_compounds(kept: InProcessHeadEnd) -> None:
    whole = (
        f"<Customer><kind>residential</kind><vip>true</vip>{names('partial')}<Organisation><electronicAddress>"
        "<email1>one@example.org</email1><web>example.org</web></electronicAddress><phone1><areaCode>030</areaCode>"
        "</phone1></Organisation></Customer>"
    )
    done(kept, "create", "CustomerConfig", whole)
    change = (
        f"<Customer><vip>false</vip>{names('partial')}<Organisation><electronicAddress>"
        "<email1>two@example.org</email1></electronicAddress></Organisation></Customer>"
    )
    done(kept, "change", "CustomerConfig", change)
    found = told(kept, "CustomerConfig", "partial")
    assert [texts(found, one) for one in ("kind", "vip")] == [["residential"], ["false"]]
    address = "Organisation/electronicAddress"
    assert texts(found, f"{address}/email1") + texts(found, f"{address}/web") == ["two@example.org", "example.org"]
    assert texts(found, "Organisation/phone1/areaCode") == ["030"]


def test_what_occurs_several_times_is_changed_by_its_own_name_and_added(kept: InProcessHeadEnd) -> None:
    def hazard(kind: str, name: str) -> str:
        return f"<Hazards><type>{kind}</type>{names(name)}</Hazards>"

    first = f"<ServiceLocation>{hazard('dog', 'H1')}{hazard('ice', 'H2')}{names('hazards')}</ServiceLocation>"
    done(kept, "create", "ServiceLocationConfig", first)
    change = f"<ServiceLocation>{hazard('no dog', 'H1')}{hazard('bees', 'H3')}{names('hazards')}</ServiceLocation>"
    done(kept, "change", "ServiceLocationConfig", change)
    assert texts(told(kept, "ServiceLocationConfig", "hazards"), "Hazards/type") == ["no dog", "ice", "bees"]


def test_what_has_no_name_of_its_own_is_replaced_as_a_whole(kept: InProcessHeadEnd) -> None:
    def points(*given: str) -> str:
        return "".join(f"<PositionPoints><xPosition>{one}</xPosition></PositionPoints>" for one in given)

    done(
        kept,
        "create",
        "ServiceLocationConfig",
        f"<ServiceLocation>{names('points')}{points('1', '2')}</ServiceLocation>",
    )
    done(
        kept,
        "change",
        "ServiceLocationConfig",
        f"<ServiceLocation>{names('points')}{points('3', '4', '5')}</ServiceLocation>",
    )
    found = told(kept, "ServiceLocationConfig", "points")
    assert texts(found, "PositionPoints/xPosition") == ["3", "4", "5"]


def test_a_change_that_is_refused_leaves_all_as_it_was(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "CustomerAgreementConfig", named("CustomerAgreement", "untouched"))
    identity = named("Customer", "nobody") + names("untouched")
    change = f"<CustomerAgreement><subject>new</subject>{identity}</CustomerAgreement>"
    assert refusal(execute(kept, "change", "CustomerAgreementConfig", change)) == ("FAILED", ["2.22"], "nobody")
    assert texts(told(kept, "CustomerAgreementConfig", "untouched"), "subject") == []


# Names.


def typed(name: str, name_type: str, authority: str | None = None) -> str:
    return f"<Customer>{names(name, name_type=name_type, authority=authority)}</Customer>"


def test_one_name_of_two_types_is_that_of_two_objects_and_ambiguous_without_its_type(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "CustomerConfig", typed("4711", "billing") + typed("4711", "legacy"))
    mrids = [
        texts(get(kept, "CustomerConfig", typed("4711", one)).payload, "Customer/mRID") for one in ("billing", "legacy")
    ]
    assert mrids[0] != mrids[1]
    reply = get(kept, "CustomerConfig", named("Customer", "4711"))
    assert refusal(reply) == ("FAILED", ["2.22"], "4711")
    assert "Customer name '4711' is ambiguous" in reply.said


def test_an_authority_tells_names_of_one_type_apart(kept: InProcessHeadEnd) -> None:
    both = typed("12", "code", "north") + typed("12", "code", "south")
    assert len(done(kept, "create", "CustomerConfig", both).ids) == 2
    assert execute(kept, "create", "CustomerConfig", typed("12", "code", "north")).codes == ["2.15"]
    assert len(get(kept, "CustomerConfig", typed("12", "code", "south")).payload) == 1


def test_any_of_an_objects_names_is_enough(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "CustomerConfig", f"<Customer>{names('alias 1', 'alias 2')}</Customer>")
    assert texts(told(kept, "CustomerConfig", "alias 2"), "Names/name") == ["alias 1", "alias 2"]
    done(kept, "change", "CustomerConfig", f"<Customer>{names('alias 2', 'alias 3')}</Customer>")
    assert texts(told(kept, "CustomerConfig", "alias 1"), "Names/name") == ["alias 1", "alias 2", "alias 3"]


def test_mrid_and_name_of_different_objects_are_refused(kept: InProcessHeadEnd) -> None:
    both = f"<Customer><mRID>differ-1</mRID>{names('differ 1')}</Customer>{named('Customer', 'differ 2')}"
    done(kept, "create", "CustomerConfig", both)
    reply = execute(kept, "delete", "CustomerConfig", f"<Customer><mRID>differ-1</mRID>{names('differ 2')}</Customer>")
    assert (reply.result, reply.codes) == ("FAILED", ["2.29"])
    assert "mRID 'differ-1' and name 'differ 2' are different objects" in reply.said


def test_an_object_cannot_take_the_name_of_another_which_would_be_two_in_one(kept: InProcessHeadEnd) -> None:
    both = f"<Customer><mRID>taker</mRID>{names('taker')}</Customer>{named('Customer', 'taken')}"
    done(kept, "create", "CustomerConfig", both)
    reply = execute(kept, "change", "CustomerConfig", f"<Customer><mRID>taker</mRID>{names('taken')}</Customer>")
    assert (reply.result, reply.codes) == ("FAILED", ["2.29"])
    assert is_known(kept, "CustomerConfig", "taker")


def test_objects_of_different_classes_may_share_a_name_but_no_mrid(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "CustomerConfig", f"<Customer><mRID>shared</mRID>{names('shared')}</Customer>")
    done(kept, "create", "ServiceSupplierConfig", named("ServiceSupplier", "shared"))
    account = "<CustomerAccount><mRID>shared</mRID></CustomerAccount>"
    assert execute(kept, "create", "CustomerAccountConfig", account).codes == ["2.15"]


def test_the_fleets_own_meters_and_usage_points_are_taken(kept: InProcessHeadEnd) -> None:
    assert execute(kept, "create", "MeterConfig", named("Meter", "M00000003")).codes == ["2.15"]
    assert execute(kept, "create", "UsagePointConfig", named("UsagePoint", "UP00000003")).codes == ["2.15"]


def test_a_meter_is_an_end_device(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "MeterConfig", named("Meter", "one device"))
    assert execute(kept, "create", "EndDeviceConfig", named("EndDevice", "one device")).codes == ["2.15"]
    assert shown(get(kept, "EndDeviceConfig", named("EndDevice", "one device"))) == {"EndDevice": ["one device"]}


# References.


def test_references_are_told_with_mrid_and_names(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "CustomerConfig", f"<Customer><mRID>referred</mRID>{names('referred')}</Customer>")
    one = f"<CustomerAgreement>{named('Customer', 'referred')}{names('referring')}</CustomerAgreement>"
    done(kept, "create", "CustomerAgreementConfig", one)
    found = told(kept, "CustomerAgreementConfig", "referring")
    assert texts(found, "Customer/mRID") + texts(found, "Customer/Names/name") == ["referred", "referred"]


@pytest.mark.parametrize(
    ("noun", "objects", "code"),
    [
        ("CustomerAgreementConfig", f"{named('Customer', 'nobody')}{names('r1')}", "2.22"),
        ("CustomerAgreementConfig", f"{named('CustomerAccount', 'nobody')}{names('r1')}", "2.19"),
        ("CustomerAgreementConfig", f"{names('r1')}{named('PricingStructures', 'nobody')}", "2.33"),
        ("CustomerAgreementConfig", f"{names('r1')}{named('ServiceLocations', 'nobody')}", "2.16"),
        ("CustomerAgreementConfig", f"{names('r1')}{named('ServiceSupplier', 'nobody')}", "2.20"),
        ("CustomerAgreementConfig", f"{names('r1')}{named('UsagePoints', 'nobody')}", "2.12"),
        ("CustomerAccountConfig", f"{named('CustomerAgreements', 'nobody')}{names('r1')}", "2.24"),
        ("AuxiliaryAgreementConfig", f"{named('CustomerAgreement', 'nobody')}{names('r1')}", "2.24"),
        ("UsagePointConfig", f"{names('r1')}{named('ServiceCategory', 'nobody')}", "2.31"),
        ("UsagePointConfig", f"{names('r1')}{named('UsagePointLocation', 'nobody')}", "2.32"),
        ("MeterConfig", '<ComFunction ref="nobody"/>' + names("r1"), "2.15"),
    ],
)
def test_a_reference_to_nothing_is_refused_with_the_code_of_its_class(
    kept: InProcessHeadEnd, noun: str, objects: str, code: str
) -> None:
    reply = execute(kept, "create", noun, f"<{class_of(noun)}>{objects}</{class_of(noun)}>")
    assert refusal(reply) == ("FAILED", [code], "nobody")
    assert not is_known(kept, noun, "r1")


def test_a_reference_without_identity_is_refused(kept: InProcessHeadEnd) -> None:
    one = f"<CustomerAgreement><Customer/>{names('to nobody')}</CustomerAgreement>"
    assert execute(kept, "create", "CustomerAgreementConfig", one).codes == ["5.8"]


def test_a_service_category_is_there_by_its_kind(kept: InProcessHeadEnd) -> None:
    water = "<ServiceCategory><kind>water</kind></ServiceCategory>"
    done(kept, "create", "UsagePointConfig", f"<UsagePoint>{names('tap')}{water}</UsagePoint>")
    assert texts(told(kept, "UsagePointConfig", "tap"), "ServiceCategory/kind") == ["water"]


def test_a_service_category_of_a_client_takes_the_place_of_its_kind(head_end: InProcessHeadEnd) -> None:
    one = f"<ServiceCategory><kind>heat</kind>{names('district heating')}</ServiceCategory>"
    done(head_end, "create", "ServiceCategoryConfig", one)
    assert texts(told(head_end, "ServiceCategoryConfig", "district heating"), "kind") == ["heat"]


def test_one_reference_replaces_the_one_before_and_several_are_added_to(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "CustomerConfig", named("Customer", "first", "second"))
    done(kept, "create", "PricingStructureConfig", named("PricingStructure", "day", "night"))
    for customer, tariff in (("first", "day"), ("second", "night")):
        parts = f"{named('Customer', customer)}{names('moving')}{named('PricingStructures', tariff)}"
        verb = "create" if customer == "first" else "change"
        done(kept, verb, "CustomerAgreementConfig", f"<CustomerAgreement>{parts}</CustomerAgreement>")
    found = told(kept, "CustomerAgreementConfig", "moving")
    assert (linked(found, "Customer"), sorted(linked(found, "PricingStructures"))) == (["second"], ["day", "night"])


def test_an_object_is_linked_once_though_it_is_named_twice(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "PricingStructureConfig", f"<PricingStructure>{names('t', 'tariff')}</PricingStructure>")
    one = f"<CustomerAgreement>{names('twice')}{named('PricingStructures', 't', 'tariff')}</CustomerAgreement>"
    done(kept, "create", "CustomerAgreementConfig", one)
    assert linked(told(kept, "CustomerAgreementConfig", "twice"), "PricingStructures") == ["t"]


def test_an_agreement_is_told_by_its_account_and_the_account_by_its_agreement(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "CustomerAgreementConfig", named("CustomerAgreement", "agreed"))
    account = f"<CustomerAccount>{named('CustomerAgreements', 'agreed')}{names('account 1')}</CustomerAccount>"
    done(kept, "create", "CustomerAccountConfig", account)
    assert linked(told(kept, "CustomerAgreementConfig", "agreed"), "CustomerAccount") == ["account 1"]


def test_a_new_account_does_not_take_the_agreement_of_another_but_a_change_does(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "CustomerAgreementConfig", named("CustomerAgreement", "wanted"))
    owner = f"<CustomerAccount>{named('CustomerAgreements', 'wanted')}{names('owner')}</CustomerAccount>"
    done(kept, "create", "CustomerAccountConfig", owner)
    taker = owner.replace("owner", "wants it")
    reply = execute(kept, "create", "CustomerAccountConfig", taker)
    assert reply.codes == ["6.1"]
    assert not is_known(kept, "CustomerAccountConfig", "wants it")
    done(kept, "create", "CustomerAccountConfig", named("CustomerAccount", "wants it"))
    done(kept, "change", "CustomerAccountConfig", taker)
    assert linked(told(kept, "CustomerAgreementConfig", "wanted"), "CustomerAccount") == ["wants it"]
    assert linked(told(kept, "CustomerAccountConfig", "owner"), "CustomerAgreements") == []


@pytest.mark.parametrize(
    ("noun", "referrer", "element", "other"),
    [
        ("CustomerConfig", "CustomerAgreementConfig", "Customer", "CustomerAgreement"),
        ("CustomerAccountConfig", "CustomerAgreementConfig", "CustomerAccount", "CustomerAgreement"),
        ("PricingStructureConfig", "UsagePointConfig", "PricingStructures", "UsagePoint"),
        ("ServiceLocationConfig", "UsagePointConfig", "ServiceLocation", "UsagePoint"),
        ("ServiceSupplierConfig", "UsagePointConfig", "ServiceSupplier", "UsagePoint"),
        ("UsagePointLocationConfig", "UsagePointConfig", "UsagePointLocation", "UsagePoint"),
        ("UsagePointConfig", "CustomerAgreementConfig", "UsagePoints", "CustomerAgreement"),
        ("CustomerAgreementConfig", "AuxiliaryAgreementConfig", "CustomerAgreement", "AuxiliaryAgreement"),
    ],
)
def test_what_others_refer_to_is_not_deleted_before_them(
    head_end: InProcessHeadEnd, noun: str, referrer: str, element: str, other: str
) -> None:
    done(head_end, "create", noun, named(class_of(noun), "referred to"))
    link = named(element, "referred to")
    parts = link + names("referrer") if element < "Names" else names("referrer") + link
    mrid = done(head_end, "create", referrer, f"<{other}>{parts}</{other}>").ids[0]
    reply = execute(head_end, "delete", noun, named(class_of(noun), "referred to"))
    assert (reply.result, reply.codes) == ("FAILED", ["6.1"])
    assert f"is referred to by {other} {mrid}" in reply.said
    done(head_end, "delete", referrer, named(other, "referrer"))
    done(head_end, "delete", noun, named(class_of(noun), "referred to"))


# Functions.


def function(name: str = "", *, firmware: str = "1.0") -> str:
    identity = f"<mRID>{name}</mRID>" if name else ""
    return f"<ComFunction>{identity}<firmwareID>{firmware}</firmwareID></ComFunction>"


def test_a_function_comes_with_the_device_that_points_to_it_and_goes_with_it(kept: InProcessHeadEnd) -> None:
    def meter(name: str) -> str:
        return f'<Meter><ComFunction ref="com-1"/>{names(name)}</Meter>'

    reply = done(kept, "create", "MeterConfig", function("com-1") + meter("f1") + meter("f2"))
    assert [one.get("objectType") for one in reply.element.iterfind("{*}Reply/{*}ID")] == [
        "ComFunction",
        "Meter",
        "Meter",
    ]
    found = get(kept, "MeterConfig", named("Meter", "f1"))
    assert shown(found) == {"ComFunction": ["com-1"], "Meter": ["f1"]}
    done(kept, "delete", "MeterConfig", named("Meter", "f1"))
    assert "ComFunction" in shown(get(kept, "MeterConfig", named("Meter", "f2")))
    done(kept, "delete", "MeterConfig", named("Meter", "f2"))
    again = f'<Meter><ComFunction ref="com-1"/>{names("f3")}</Meter>'
    assert execute(kept, "create", "MeterConfig", again).codes == ["2.15"]


def test_a_function_without_identity_is_that_of_the_only_device_beside_it(kept: InProcessHeadEnd) -> None:
    done(kept, "create", "MeterConfig", function(firmware="7.7") + named("Meter", "lonely"))
    found = get(kept, "MeterConfig", named("Meter", "lonely"))
    assert texts(found.payload, "ComFunction/firmwareID") == ["7.7"]
    (pointer,) = found.payload.iterfind("{*}Meter/{*}ComFunction")
    assert [pointer.get("ref")] == texts(found.payload, "ComFunction/mRID")


def test_a_function_without_identity_beside_two_devices_is_nobodys(kept: InProcessHeadEnd) -> None:
    reply = execute(kept, "create", "MeterConfig", function() + named("Meter", "either", "or"))
    assert (reply.result, reply.codes, len(reply.ids)) == ("PARTIAL", ["5.8", "0.2"], 2)


def test_functions_of_a_device_that_is_refused_do_not_come(kept: InProcessHeadEnd) -> None:
    meter = f'<Meter><ComFunction ref="com-2"/>{names("M00000004")}</Meter>'
    reply = execute(kept, "create", "MeterConfig", function("com-2") + meter)
    assert (reply.result, reply.codes, reply.ids) == ("FAILED", ["2.15"], ())
    other = f'<Meter><ComFunction ref="com-2"/>{names("needs it")}</Meter>'
    assert execute(kept, "create", "MeterConfig", other).codes == ["2.15"]

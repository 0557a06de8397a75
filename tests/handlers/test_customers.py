"""Two customers in one house, and all that can be asked about them by their neighbours (61968-9:2013, Annex J)."""

from collections.abc import Iterator

import pytest

from tests.conftest import NOON
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.master_data import done, get, linked, named, names, shown, texts, told
from tests.support.readings import meters

pytestmark = pytest.mark.clause("61968-9:2013, Annex J")

METERS = {"Anna": "M00000001", "Ben": "M00000002"}
POINTS = {"Anna": "UP00000001", "Ben": "UP00000002"}


def linkage(head_end: InProcessHeadEnd, *objects: str, verb: str = "create") -> None:
    done(head_end, verb, "MasterDataLinkageConfig", "".join(objects))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """Anna and Ben live in one house, supplied by one supplier, and have each a meter, an account, an agreement."""
    with in_process(tmp_path_factory.mktemp("house"), NOON) as opened:
        supplier = f"<ServiceSupplier><kind>retailer</kind>{names('supplier')}</ServiceSupplier>"
        done(opened, "create", "ServiceSupplierConfig", supplier)
        done(opened, "create", "ServiceSupplierConfig", named("ServiceSupplier", "another supplier"))
        street = "<mainAddress><streetDetail><name>Ringstrasse</name><number>7</number></streetDetail></mainAddress>"
        done(opened, "create", "ServiceLocationConfig", f"<ServiceLocation>{street}{names('house')}</ServiceLocation>")
        done(opened, "create", "ServiceLocationConfig", named("ServiceLocation", "field"))
        for one in METERS:
            _move_in(opened, one)
        yield opened


def _move_in(opened: InProcessHeadEnd, one: str) -> None:
    kind = "residential" if one == "Anna" else "commercialIndustrial"
    done(opened, "create", "CustomerConfig", f"<Customer><kind>{kind}</kind>{names(one)}</Customer>")
    done(opened, "create", "CustomerAccountConfig", named("CustomerAccount", f"account of {one}"))
    tariff = f"<PricingStructure><code>{one[0]}1</code>{names(f'tariff of {one}')}"
    electricity = "<ServiceCategory><kind>electricity</kind></ServiceCategory>"
    done(opened, "create", "PricingStructureConfig", f"{tariff}{electricity}</PricingStructure>")
    done(opened, "create", "UsagePointLocationConfig", named("UsagePointLocation", f"cellar of {one}"))
    where = f"{named('ServiceLocation', 'house')}{named('ServiceSupplier', 'supplier')}"
    point = f"<UsagePoint>{names(POINTS[one])}{where}{named('UsagePointLocation', f'cellar of {one}')}</UsagePoint>"
    done(opened, "change", "UsagePointConfig", point)
    done(
        opened,
        "create",
        "CustomerAgreementConfig",
        f"<CustomerAgreement>{named('Customer', one)}{named('CustomerAccount', f'account of {one}')}"
        f"{names(f'agreement of {one}')}{named('PricingStructures', f'tariff of {one}')}{electricity}"
        f"{named('ServiceLocations', 'house')}{named('ServiceSupplier', 'supplier')}"
        f"{named('UsagePoints', POINTS[one])}</CustomerAgreement>",
    )
    module = f"<ComModule><amrSystem>{one} radio</amrSystem>{names(f'module of {one}')}</ComModule>"
    done(opened, "create", "ComModuleConfig", module)
    linkage(opened, named("ComModule", f"module of {one}"), named("Meter", METERS[one]))


ANNA = {
    "Customer": ["Anna"],
    "CustomerAccount": ["account of Anna"],
    "CustomerAgreement": ["agreement of Anna"],
    "Meter": ["M00000001"],
    "PricingStructure": ["tariff of Anna"],
    "ServiceCategory": ["electricity"],
    "ServiceLocation": ["house"],
    "ServiceSupplier": ["supplier"],
    "UsagePoint": ["UP00000001"],
    "UsagePointLocation": ["cellar of Anna"],
}


@pytest.mark.parametrize(
    "selector",
    [
        named("Customer", "Anna"),
        "<Customer><kind>residential</kind></Customer>",
        named("CustomerAccount", "account of Anna"),
        named("CustomerAgreement", "agreement of Anna"),
        named("Meter", "M00000001"),
        named("UsagePoint", "UP00000001"),
    ],
)
def test_a_customer_meter_data_set_is_one_customers_alone(house: InProcessHeadEnd, selector: str) -> None:
    assert shown(get(house, "CustomerMeterDataSet", selector)) == ANNA


def test_by_the_house_it_is_that_of_everybody_who_lives_there(house: InProcessHeadEnd) -> None:
    found = shown(get(house, "CustomerMeterDataSet", named("ServiceLocation", "house")))
    assert found["Customer"] == ["Anna", "Ben"]
    assert found["Meter"] == ["M00000001", "M00000002"]
    assert found["ServiceLocation"] == ["house"]


def test_customers_of_one_class_are_or(house: InProcessHeadEnd) -> None:
    found = shown(get(house, "CustomerMeterDataSet", named("Customer", "Anna", "Ben")))
    assert (found["Customer"], found["Meter"]) == (["Anna", "Ben"], ["M00000001", "M00000002"])


def test_different_classes_are_and(house: InProcessHeadEnd) -> None:
    one = named("Customer", "Anna") + named("Meter", "M00000001") + named("ServiceLocation", "house")
    assert shown(get(house, "CustomerMeterDataSet", one)) == ANNA
    apart = shown(get(house, "CustomerMeterDataSet", named("Customer", "Anna") + named("Meter", "M00000002")))
    # What both have in common is the house, its supplier, and that they use electricity.
    assert set(apart) == {"ServiceCategory", "ServiceLocation", "ServiceSupplier"}


def test_one_unknown_customer_of_two_is_a_partial_answer(house: InProcessHeadEnd) -> None:
    reply = get(house, "CustomerMeterDataSet", named("Customer", "Anna", "nobody"))
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("PARTIAL", ["2.22", "0.2"], "nobody")
    assert shown(reply) == ANNA


def test_a_class_of_selectors_that_are_all_unknown_is_a_failure(house: InProcessHeadEnd) -> None:
    both = named("Customer", "nobody") + named("Meter", "M00000001")
    assert get(house, "CustomerMeterDataSet", both).codes == ["2.22"]


def test_objects_name_each_other_in_the_data_set(house: InProcessHeadEnd) -> None:
    payload = get(house, "CustomerMeterDataSet", named("Customer", "Anna")).payload
    (agreement,) = payload.iterfind("{*}CustomerAgreement")
    (point,) = payload.iterfind("{*}UsagePoint")
    assert linked(agreement, "UsagePoints") == ["UP00000001"]
    assert linked(point, "ServiceLocation") == ["house"]
    assert texts(payload, "ServiceLocation/mainAddress/streetDetail/name") == ["Ringstrasse"]


NEIGHBOURS = [
    ("ComModuleConfig", "ComModule", "module of Anna"),
    ("CustomerAccountConfig", "CustomerAccount", "account of Anna"),
    ("CustomerAgreementConfig", "CustomerAgreement", "agreement of Anna"),
    ("CustomerConfig", "Customer", "Anna"),
    ("EndDeviceConfig", "EndDevice", "M00000001"),
    ("MeterConfig", "Meter", "M00000001"),
    ("PricingStructureConfig", "PricingStructure", "tariff of Anna"),
    ("ServiceCategoryConfig", "ServiceCategory", "electricity"),
    ("ServiceLocationConfig", "ServiceLocation", "house"),
    ("ServiceSupplierConfig", "ServiceSupplier", "supplier"),
    ("UsagePointConfig", "UsagePoint", "UP00000001"),
    ("UsagePointLocationConfig", "UsagePointLocation", "cellar of Anna"),
]
"""What is Anna's, by noun."""

SELECTORS = {
    "ComModuleConfig": ("ComModule", "EndDevice"),
    "CustomerAccountConfig": ("Customer", "CustomerAccount", "CustomerAgreement", "UsagePoint"),
    "CustomerAgreementConfig": ("Customer", "CustomerAccount", "CustomerAgreement", "PricingStructure", "UsagePoint"),
    "CustomerConfig": ("Customer", "CustomerAccount", "CustomerAgreement", "UsagePoint"),
    "EndDeviceConfig": ("Customer", "CustomerAccount", "CustomerAgreement", "EndDevice", "UsagePoint"),
    "MeterConfig": ("Customer", "CustomerAccount", "CustomerAgreement", "Meter", "UsagePoint"),
    "PricingStructureConfig": ("CustomerAgreement", "PricingStructure", "UsagePoint"),
    "ServiceCategoryConfig": ("ServiceCategory", "UsagePoint"),
    "ServiceLocationConfig": ("Customer", "CustomerAgreement", "ServiceLocation", "UsagePoint"),
    "ServiceSupplierConfig": ("CustomerAgreement", "ServiceSupplier", "UsagePoint"),
    "UsagePointConfig": (
        "Customer",
        "CustomerAccount",
        "CustomerAgreement",
        "Meter",
        "UsagePoint",
        "UsagePointLocation",
    ),
    "UsagePointLocationConfig": ("UsagePoint", "UsagePointLocation"),
}
"""Elements of the request profiles that can name what is Anna's alone, or what is the answer itself."""


@pytest.mark.parametrize(
    ("noun", "answer", "selector"),
    [(noun, {of: [name]}, one) for noun, of, name in NEIGHBOURS for one in SELECTORS[noun]],
)
def test_what_is_annas_is_found_by_every_neighbour_of_its_request_profile(
    house: InProcessHeadEnd, noun: str, answer: dict[str, list[str]], selector: str
) -> None:
    name = {of: name for _, of, name in NEIGHBOURS}[selector]
    assert shown(get(house, noun, named(selector, name))) == answer


@pytest.mark.parametrize(
    ("noun", "selector", "answer"),
    [
        (noun, named(of, name), answer)
        for noun, answer in [
            ("CustomerAgreementConfig", {"CustomerAgreement": ["agreement of Anna", "agreement of Ben"]}),
            ("MeterConfig", {"Meter": ["M00000001", "M00000002"]}),
            ("EndDeviceConfig", {"EndDevice": ["M00000001", "M00000002"]}),
            ("UsagePointConfig", {"UsagePoint": ["UP00000001", "UP00000002"]}),
        ]
        for of, name in [("ServiceLocation", "house"), ("ServiceSupplier", "supplier")]
        if of == "ServiceLocation" or noun == "CustomerAgreementConfig"
    ],
)
def test_what_both_have_in_common_finds_what_both_have(
    house: InProcessHeadEnd, noun: str, selector: str, answer: dict[str, list[str]]
) -> None:
    assert shown(get(house, noun, selector)) == answer


def test_a_service_category_finds_agreements_and_the_fleets_own_usage_points(house: InProcessHeadEnd) -> None:
    electricity = "<ServiceCategory><kind>electricity</kind></ServiceCategory>"
    agreements = shown(get(house, "CustomerAgreementConfig", electricity))
    assert agreements == {"CustomerAgreement": ["agreement of Anna", "agreement of Ben"]}
    points = shown(get(house, "UsagePointConfig", electricity))["UsagePoint"]
    gas = shown(get(house, "UsagePointConfig", "<ServiceCategory><kind>gas</kind></ServiceCategory>"))
    assert len(points) == 1000 - len(gas.get("UsagePoint", []))
    assert shown(get(house, "PricingStructureConfig", electricity)) == {
        "PricingStructure": ["tariff of Anna", "tariff of Ben"]
    }


def test_meters_and_modules_are_found_by_groups(house: InProcessHeadEnd) -> None:
    group = named("EndDeviceGroup", "T00000000")
    found = shown(get(house, "MeterConfig", group))["Meter"]
    assert found == sorted(meters(house.read(profile=group)))
    assert shown(get(house, "EndDeviceConfig", named("UsagePointGroup", "T00000000")))["EndDevice"] == found
    assert set(METERS.values()) <= set(found)
    assert shown(get(house, "ComModuleConfig", group)) == {"ComModule": ["module of Anna", "module of Ben"]}


@pytest.mark.parametrize(
    ("noun", "selector", "answer"),
    [
        ("CustomerConfig", "<Customer><kind>commercialIndustrial</kind></Customer>", {"Customer": ["Ben"]}),
        ("MeterConfig", "<Customer><kind>commercialIndustrial</kind></Customer>", {"Meter": ["M00000002"]}),
        (
            "ComModuleConfig",
            "<ComModule><amrSystem>Ben radio</amrSystem></ComModule>",
            {"ComModule": ["module of Ben"]},
        ),
        (
            "PricingStructureConfig",
            "<PricingStructure><code>B1</code></PricingStructure>",
            {"PricingStructure": ["tariff of Ben"]},
        ),
        (
            "ServiceSupplierConfig",
            "<ServiceSupplier><kind>retailer</kind></ServiceSupplier>",
            {"ServiceSupplier": ["supplier"]},
        ),
        ("CustomerConfig", "<Customer><kind>windMachine</kind></Customer>", {}),
    ],
)
def test_a_selector_without_identity_selects_by_what_it_says(
    house: InProcessHeadEnd, noun: str, selector: str, answer: dict[str, list[str]]
) -> None:
    assert shown(get(house, noun, selector)) == answer


def test_a_selector_that_contradicts_what_it_names_is_an_error(house: InProcessHeadEnd) -> None:
    reply = get(house, "CustomerConfig", f"<Customer><kind>windMachine</kind>{names('Anna')}</Customer>")
    assert (reply.result, reply.codes) == ("FAILED", ["2.29"])
    assert reply.said == "kind 'windMachine' is asked for, but Customer name 'Anna' has 'residential'"


def test_all_links_of_an_object_are_told(house: InProcessHeadEnd) -> None:
    found = shown(get(house, "MasterDataLinkageConfig", named("UsagePoint", "UP00000001")))
    assert found == {
        "CustomerAgreement": ["agreement of Anna"],
        "Meter": ["M00000001"],
        "ServiceLocation": ["house"],
        "ServiceSupplier": ["supplier"],
        "UsagePoint": ["UP00000001"],
        "UsagePointLocation": ["cellar of Anna"],
    }


def test_the_readings_of_a_customer_are_those_of_her_meter(house: InProcessHeadEnd) -> None:
    found = get(house, "MeterConfig", named("Customer", "Anna"))
    assert meters(house.read(*linked(found.payload, "Meter"))) == ["M00000001"]


# Several agreements of one account.


@pytest.fixture
def with_feed_in(head_end: InProcessHeadEnd) -> InProcessHeadEnd:
    """Eva has an agreement for her house and one for her barn, in one account."""
    done(head_end, "create", "CustomerConfig", named("Customer", "Eva"))
    done(head_end, "create", "CustomerAccountConfig", named("CustomerAccount", "account"))
    done(head_end, "create", "ServiceLocationConfig", named("ServiceLocation", "farm"))
    for name, point, location in (("house", "UP00000005", "farm"), ("barn", "UP00000006", "")):
        parts = (
            f"{named('Customer', 'Eva')}{named('CustomerAccount', 'account')}{names(name)}"
            f"{named('ServiceLocations', location) if location else ''}{named('UsagePoints', point)}"
        )
        done(head_end, "create", "CustomerAgreementConfig", f"<CustomerAgreement>{parts}</CustomerAgreement>")
    return head_end


@pytest.mark.parametrize(
    ("selector", "agreements", "its_meters"),
    [
        (named("Customer", "Eva"), ["barn", "house"], ["M00000005", "M00000006"]),
        (named("CustomerAccount", "account"), ["barn", "house"], ["M00000005", "M00000006"]),
        (named("CustomerAgreement", "house"), ["house"], ["M00000005"]),
        (named("Meter", "M00000006"), ["barn"], ["M00000006"]),
        (named("ServiceLocation", "farm"), ["house"], ["M00000005"]),
        (named("UsagePoint", "UP00000005"), ["house"], ["M00000005"]),
    ],
)
def test_an_agreement_does_not_lead_to_the_others_of_its_account(
    with_feed_in: InProcessHeadEnd, selector: str, agreements: list[str], its_meters: list[str]
) -> None:
    found = shown(get(with_feed_in, "CustomerMeterDataSet", selector))
    assert (found["CustomerAgreement"], found["Meter"]) == (agreements, its_meters)
    assert (found["Customer"], found["CustomerAccount"]) == (["Eva"], ["account"])


# Customer switching.


def agreement(name: str, customer: str, *, start: str = "") -> str:
    valid = f"<validityInterval><start>{start}</start></validityInterval>" if start else ""
    point = named("UsagePoints", "UP00000009")
    return f"<CustomerAgreement>{named('Customer', customer)}{names(name)}{point}{valid}</CustomerAgreement>"


@pytest.fixture
def flat(head_end: InProcessHeadEnd) -> InProcessHeadEnd:
    """Carl lives in a flat; Dora, who will, is a customer already."""
    done(head_end, "create", "CustomerConfig", named("Customer", "Carl", "Dora"))
    done(head_end, "create", "CustomerAgreementConfig", agreement("with Carl", "Carl", start="2025-01-01T00:00:00Z"))
    return head_end


def who_lives_there(head_end: InProcessHeadEnd) -> list[str]:
    found = shown(get(head_end, "CustomerConfig", named("UsagePoint", "UP00000009")))
    return found.get("Customer", [])


def meters_of(head_end: InProcessHeadEnd, customer: str) -> list[str]:
    found = shown(get(head_end, "MeterConfig", named("Customer", customer)))
    assert shown(get(head_end, "CustomerMeterDataSet", named("Customer", customer))).get("Meter", []) == found.get(
        "Meter", []
    )
    return found.get("Meter", [])


def test_a_move_out_and_a_move_in_change_whose_the_meter_is(flat: InProcessHeadEnd) -> None:
    assert (who_lives_there(flat), meters_of(flat, "Carl")) == (["Carl"], ["M00000009"])
    done(flat, "close", "CustomerAgreementConfig", named("CustomerAgreement", "with Carl"))
    assert (who_lives_there(flat), meters_of(flat, "Carl")) == ([], [])
    flat.advance(hours=1)
    done(flat, "create", "CustomerAgreementConfig", agreement("with Dora", "Dora"))
    assert (who_lives_there(flat), meters_of(flat, "Dora"), meters_of(flat, "Carl")) == (["Dora"], ["M00000009"], [])


def test_both_may_be_said_before_the_day_comes(flat: InProcessHeadEnd) -> None:
    midnight = "2026-03-03T00:00:00Z"
    at_midnight = f"<ConfigurationEvents><effectiveDateTime>{midnight}</effectiveDateTime></ConfigurationEvents>"
    closing = f"<CustomerAgreement>{at_midnight}{names('with Carl')}</CustomerAgreement>"
    done(flat, "close", "CustomerAgreementConfig", closing)
    done(flat, "create", "CustomerAgreementConfig", agreement("with Dora", "Dora", start=midnight))
    assert (who_lives_there(flat), meters_of(flat, "Dora")) == (["Carl"], [])
    flat.advance(hours=11, minutes=59)
    assert who_lives_there(flat) == ["Carl"]
    flat.advance(minutes=1)
    assert (who_lives_there(flat), meters_of(flat, "Carl"), meters_of(flat, "Dora")) == (["Dora"], [], ["M00000009"])


def test_an_agreement_ends_with_its_validity_interval(flat: InProcessHeadEnd) -> None:
    ends = "<validityInterval><end>2026-03-02T18:00:00Z</end></validityInterval>"
    done(
        flat, "change", "CustomerAgreementConfig", f"<CustomerAgreement>{names('with Carl')}{ends}</CustomerAgreement>"
    )
    assert texts(told(flat, "CustomerAgreementConfig", "with Carl"), "validityInterval/start") == [
        "2025-01-01T00:00:00Z"
    ]
    assert who_lives_there(flat) == ["Carl"]
    flat.advance(hours=6)
    assert (who_lives_there(flat), meters_of(flat, "Carl")) == ([], [])


def test_the_agreements_of_the_past_are_known_and_say_so(flat: InProcessHeadEnd) -> None:
    done(flat, "close", "CustomerAgreementConfig", named("CustomerAgreement", "with Carl"))
    done(flat, "create", "CustomerAgreementConfig", agreement("with Dora", "Dora"))
    found = get(flat, "CustomerAgreementConfig", named("UsagePoint", "UP00000009"))
    assert shown(found) == {"CustomerAgreement": ["with Carl", "with Dora"]}
    assert texts(found.payload, "CustomerAgreement/status/value") == ["closed"]
    assert texts(found.payload, "CustomerAgreement/status/dateTime") == ["2026-03-02T12:00:00+00:00"]
    data_set = shown(get(flat, "CustomerMeterDataSet", named("UsagePoint", "UP00000009")))
    assert (data_set["CustomerAgreement"], data_set["Customer"]) == (["with Dora"], ["Dora"])


def test_by_its_own_name_an_agreement_of_the_past_still_leads_to_what_it_was_about(flat: InProcessHeadEnd) -> None:
    done(flat, "close", "CustomerAgreementConfig", named("CustomerAgreement", "with Carl"))
    data_set = shown(get(flat, "CustomerMeterDataSet", named("CustomerAgreement", "with Carl")))
    assert (data_set["CustomerAgreement"], data_set["Customer"]) == (["with Carl"], ["Carl"])
    assert data_set["Meter"] == ["M00000009"]


def test_a_change_of_supplier_at_the_usage_point(flat: InProcessHeadEnd) -> None:
    done(flat, "create", "ServiceSupplierConfig", named("ServiceSupplier", "old", "new"))
    for supplier in ("old", "new"):
        point = f"<UsagePoint>{names('UP00000009')}{named('ServiceSupplier', supplier)}</UsagePoint>"
        done(flat, "change", "UsagePointConfig", point)
        flat.advance(hours=1)
    assert linked(told(flat, "UsagePointConfig", "UP00000009"), "ServiceSupplier") == ["new"]
    assert shown(get(flat, "ServiceSupplierConfig", named("UsagePoint", "UP00000009"))) == {"ServiceSupplier": ["new"]}


def test_a_change_of_supplier_by_linkage_when_its_day_comes(flat: InProcessHeadEnd) -> None:
    done(flat, "create", "ServiceSupplierConfig", named("ServiceSupplier", "old", "new"))
    point = named("UsagePoint", "UP00000009")
    linkage(flat, named("ServiceSupplier", "old"), point)
    when = "<ConfigurationEvent><effectiveDateTime>2026-03-03T00:00:00Z</effectiveDateTime></ConfigurationEvent>"
    linkage(flat, when, named("ServiceSupplier", "new"), point, verb="change")
    assert linked(told(flat, "UsagePointConfig", "UP00000009"), "ServiceSupplier") == ["old"]
    flat.advance(hours=12)
    assert linked(told(flat, "UsagePointConfig", "UP00000009"), "ServiceSupplier") == ["new"]

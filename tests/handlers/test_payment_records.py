"""Prepayment as it is told to the head end: auxiliary agreements, receipts, transactions (61968-9:2013, clause 5.8)."""

import pytest
from lxml import etree

from tests.support.in_process import InProcessHeadEnd
from tests.support.master_data import done, execute, get, linked, named, names, shown, tell, texts, told

pytestmark = pytest.mark.clause("61968-9:2013, clause 5.8")

AUXILIARY_AGREEMENT = (
    "<AuxiliaryAgreement><minAmount>5.00</minAmount><vendPortion>30</vendPortion>"
    "<AuxiliaryAccounts><balance>120.50</balance><Charges><kind>auxiliaryCharge</kind><fixedPortion>"
    "<monetaryUnit>ZAR</monetaryUnit><value>2.5</value></fixedPortion></Charges><due><arrears>20.00</arrears></due>"
    f"{names('debt 1')}</AuxiliaryAccounts>{named('CustomerAgreement', 'agreement 1')}{names('arrears 1')}"
    "<validityInterval><end>2027-01-01T00:00:00Z</end><start>2026-01-01T00:00:00Z</start></validityInterval>"
    "</AuxiliaryAgreement>"
)


def transaction(name: str, *, kind: str = "tokenSalePayment", before: str = "", at: str = "", links: str = "") -> str:
    """A Transaction; links: elements by the name of their class, in the order of the profile."""
    line = f"<line><amount>50.00</amount><dateTime>{at or '2026-03-01T09:30:00Z'}</dateTime></line>"
    parts = dict(one.split("=") for one in links.split(";") if one)
    said = {element: named(element, value) for element, value in parts.items()}
    get = said.get
    return (
        f"<Transaction><kind>{kind}</kind><receiverReference>token 1</receiverReference>{before}"
        f"<serviceUnitsEnergy>25.4</serviceUnitsEnergy>{get('AuxiliaryAccount', '')}{get('CashierShift', '')}"
        f"{get('CustomerAccount', '')}{line}{get('Meter', '')}{names(name)}{get('PricingStructure', '')}"
        f"{get('Receipt', '')}{get('VendorShift', '')}</Transaction>"
    )


def receipt(name: str, *, at: str = "2026-03-01T09:30:00Z", transactions: tuple[str, ...] = (), shift: str = "") -> str:
    shifts = [named(element, shift) if shift else "" for element in ("CashierShift", "VendorShift")]
    return (
        f"<Receipt><isBankable>true</isBankable>{shifts[0]}<line><amount>50.00</amount><dateTime>{at}</dateTime></line>"
        f"{names(name)}<Tenders><amount>60.00</amount><change>10.00</change><kind>cash</kind></Tenders>"
        f"{named('Transactions', *transactions)}{shifts[1]}</Receipt>"
    )


@pytest.fixture
def shop(head_end: InProcessHeadEnd) -> InProcessHeadEnd:
    """Two customers with an account and an agreement each, and a tariff."""
    for number in ("1", "2"):
        done(head_end, "create", "CustomerConfig", f"<Customer>{names(f'customer {number}')}</Customer>")
        done(
            head_end,
            "create",
            "CustomerAccountConfig",
            f"<CustomerAccount>{names(f'account {number}')}</CustomerAccount>",
        )
        done(
            head_end,
            "create",
            "CustomerAgreementConfig",
            f"<CustomerAgreement>{named('Customer', f'customer {number}')}"
            f"{named('CustomerAccount', f'account {number}')}{names(f'agreement {number}')}</CustomerAgreement>",
        )
    done(head_end, "create", "PricingStructureConfig", f"<PricingStructure>{names('prepaid')}</PricingStructure>")
    return head_end


def told_of(head_end: InProcessHeadEnd, verb: str, noun: str, objects: str) -> list[tuple[str, str]]:
    """Code and level of what is said of an event. It is always acknowledged."""
    reply = tell(head_end, verb, noun, objects)
    assert (reply.result, reply.codes[0]) == ("OK", "0.3")
    return [(error.code, error.level) for error in reply.errors[1:]]


# Auxiliary agreements.


def test_an_auxiliary_agreement_is_kept_whole(shop: InProcessHeadEnd) -> None:
    done(shop, "create", "AuxiliaryAgreementConfig", AUXILIARY_AGREEMENT)
    kept = told(shop, "AuxiliaryAgreementConfig", "arrears 1")
    assert texts(kept, "minAmount") + texts(kept, "vendPortion") == ["5.00", "30"]
    assert texts(kept, "AuxiliaryAccounts/Names/name") == ["debt 1"]
    assert texts(kept, "AuxiliaryAccounts/Charges/fixedPortion/monetaryUnit") == ["ZAR"]
    assert texts(kept, "AuxiliaryAccounts/due/arrears") == ["20.00"]
    assert texts(kept, "validityInterval/end") == ["2027-01-01T00:00:00Z"]
    assert linked(kept, "CustomerAgreement") == ["agreement 1"]


@pytest.mark.parametrize(
    "selector",
    [
        named("AuxiliaryAgreement", "arrears 1"),
        named("Customer", "customer 1"),
        named("CustomerAgreement", "agreement 1"),
    ],
    ids=["itself", "its customer", "its agreement"],
)
def test_an_auxiliary_agreement_is_found_by(shop: InProcessHeadEnd, selector: str) -> None:
    done(shop, "create", "AuxiliaryAgreementConfig", AUXILIARY_AGREEMENT)
    other = AUXILIARY_AGREEMENT.replace("arrears 1", "arrears 2").replace("agreement 1", "agreement 2")
    done(shop, "create", "AuxiliaryAgreementConfig", other)
    assert shown(get(shop, "AuxiliaryAgreementConfig", selector)) == {"AuxiliaryAgreement": ["arrears 1"]}


def test_one_auxiliary_account_of_several_is_changed_by_its_name(shop: InProcessHeadEnd) -> None:
    done(shop, "create", "AuxiliaryAgreementConfig", AUXILIARY_AGREEMENT)
    for balance in ("80.00", "70.00"):
        account = f"<AuxiliaryAccounts><balance>{balance}</balance>{names('debt 2')}</AuxiliaryAccounts>"
        change = f"<AuxiliaryAgreement>{account}{names('arrears 1')}</AuxiliaryAgreement>"
        done(shop, "change", "AuxiliaryAgreementConfig", change)
    kept = told(shop, "AuxiliaryAgreementConfig", "arrears 1")
    assert texts(kept, "AuxiliaryAccounts/Names/name") == ["debt 1", "debt 2"]
    assert texts(kept, "AuxiliaryAccounts/balance") == ["120.50", "70.00"]


def test_an_agreement_with_auxiliary_agreements_is_not_deleted(shop: InProcessHeadEnd) -> None:
    done(shop, "create", "AuxiliaryAgreementConfig", AUXILIARY_AGREEMENT)
    reply = execute(shop, "delete", "CustomerAgreementConfig", named("CustomerAgreement", "agreement 1"))
    assert (reply.result, reply.codes) == ("FAILED", ["6.1"])
    assert "is referred to by AuxiliaryAgreement" in reply.said


def test_an_auxiliary_agreement_may_be_told_of_by_an_event(shop: InProcessHeadEnd) -> None:
    assert told_of(shop, "created", "AuxiliaryAgreementConfig", AUXILIARY_AGREEMENT) == []
    assert told_of(shop, "closed", "AuxiliaryAgreementConfig", named("AuxiliaryAgreement", "arrears 1")) == []
    assert texts(told(shop, "AuxiliaryAgreementConfig", "arrears 1"), "status/value") == ["closed"]


# Records.


def test_a_transaction_is_kept_with_what_it_belongs_to(shop: InProcessHeadEnd) -> None:
    links = "CustomerAccount=account 1;Meter=M00000003;PricingStructure=prepaid"
    assert told_of(shop, "created", "TransactionRecord", transaction("sale 1", links=links)) == []
    kept = told(shop, "TransactionRecord", "sale 1")
    assert texts(kept, "serviceUnitsEnergy") + texts(kept, "receiverReference") == ["25.4", "token 1"]
    assert [linked(kept, one) for one in ("CustomerAccount", "Meter", "PricingStructure")] == [
        ["account 1"],
        ["M00000003"],
        ["prepaid"],
    ]


def test_a_receipt_is_kept_with_its_tenders_and_transactions(shop: InProcessHeadEnd) -> None:
    for name in ("sale 1", "sale 2"):
        told_of(shop, "created", "TransactionRecord", transaction(name))
    assert told_of(shop, "created", "ReceiptRecord", receipt("slip 1", transactions=("sale 1", "sale 2"))) == []
    kept = told(shop, "ReceiptRecord", "slip 1")
    assert linked(kept, "Transactions") == ["sale 1", "sale 2"]
    assert texts(kept, "Tenders/kind") + texts(kept, "Tenders/change") == ["cash", "10.00"]
    assert linked(told(shop, "TransactionRecord", "sale 2"), "Receipt") == ["slip 1"]


def test_a_sale_changes_nothing_at_the_meter(shop: InProcessHeadEnd) -> None:
    before = etree.tostring(shop.read("M00000003").payload)
    told_of(shop, "created", "TransactionRecord", transaction("sale 1", links="Meter=M00000003"))
    assert etree.tostring(shop.read("M00000003").payload) == before


@pytest.mark.parametrize("verb", ["created", "changed"])
def test_a_record_that_comes_again_is_changed(shop: InProcessHeadEnd, verb: str) -> None:
    told_of(shop, "created", "TransactionRecord", transaction("sale 1", links="CustomerAccount=account 1"))
    said = f"<Transaction><kind>other</kind>{names('sale 1')}</Transaction>"
    assert told_of(shop, verb, "TransactionRecord", said) == []
    kept = told(shop, "TransactionRecord", "sale 1")
    assert (texts(kept, "kind"), texts(kept, "line/amount")) == (["other"], ["50.00"])
    assert linked(kept, "CustomerAccount") == ["account 1"]


def test_a_change_of_a_record_that_is_not_here_brings_it(shop: InProcessHeadEnd) -> None:
    assert told_of(shop, "changed", "TransactionRecord", transaction("sale 1")) == []
    assert texts(told(shop, "TransactionRecord", "sale 1"), "serviceUnitsEnergy") == ["25.4"]


# What is told before what it refers to.


def test_a_receipt_that_comes_before_its_transactions_is_kept_and_says_so(shop: InProcessHeadEnd) -> None:
    reply = tell(shop, "created", "ReceiptRecord", receipt("slip 1", transactions=("sale 1",)))
    assert [(one.code, one.level) for one in reply.errors] == [("0.3", "INFORM"), ("2.15", "WARNING")]
    assert reply.errors[1].details == (
        "Transaction name 'sale 1' is not known here; Receipt name 'slip 1' is kept, with this reference"
    )
    assert linked(told(shop, "ReceiptRecord", "slip 1"), "Transactions") == ["sale 1"]


@pytest.mark.parametrize("identity", ["", "<mRID>T-1</mRID>"], ids=["by its name", "though it has an mRID, too"])
def test_a_transaction_finds_the_receipt_that_was_told_before(shop: InProcessHeadEnd, identity: str) -> None:
    told_of(shop, "created", "ReceiptRecord", receipt("slip 1", transactions=("sale 1",)))
    said = transaction("sale 1", links="CustomerAccount=account 1").replace("<Transaction>", f"<Transaction>{identity}")
    assert told_of(shop, "created", "TransactionRecord", said) == []
    assert linked(told(shop, "TransactionRecord", "sale 1"), "Receipt") == ["slip 1"]
    assert linked(told(shop, "ReceiptRecord", "slip 1"), "Transactions") == ["sale 1"]
    assert shown(get(shop, "ReceiptRecord", named("CustomerAccount", "account 1"))) == {"Receipt": ["slip 1"]}


def test_a_transaction_may_come_before_its_receipt(shop: InProcessHeadEnd) -> None:
    said = transaction("sale 1", links="Receipt=slip 1")
    assert told_of(shop, "created", "TransactionRecord", said) == [("2.15", "WARNING")]
    told_of(shop, "created", "ReceiptRecord", receipt("slip 1"))
    assert linked(told(shop, "ReceiptRecord", "slip 1"), "Transactions") == ["sale 1"]


def test_an_account_that_comes_later_by_the_mrid_of_a_record_has_the_record(shop: InProcessHeadEnd) -> None:
    mrid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    account = f"<CustomerAccount><mRID>{mrid.upper()}</mRID></CustomerAccount>"
    said = transaction("sale 1").replace("<line>", f"{account}<line>")
    assert told_of(shop, "created", "TransactionRecord", said) == [("2.19", "WARNING")]
    late = (
        f"<CustomerAccount><mRID>3f2504e0-4f89-41d3-9a0c-0305e82c3301</mRID>{names('late account')}</CustomerAccount>"
    )
    done(shop, "create", "CustomerAccountConfig", late)
    assert linked(told(shop, "TransactionRecord", "sale 1"), "CustomerAccount") == ["late account"]
    by_account = get(shop, "TransactionRecord", named("CustomerAccount", "late account"))
    assert shown(by_account) == {"Transaction": ["sale 1"]}


def test_unknown_objects_of_every_kind_leave_the_record_and_are_said_with_their_codes(shop: InProcessHeadEnd) -> None:
    links = "CustomerAccount=nobody;Meter=nobody;PricingStructure=nobody;Receipt=nobody"
    said = told_of(shop, "created", "TransactionRecord", transaction("sale 1", links=links))
    assert sorted(said) == [("2.15", "WARNING"), ("2.19", "WARNING"), ("2.33", "WARNING"), ("2.4", "WARNING")]
    assert linked(told(shop, "TransactionRecord", "sale 1"), "Meter") == ["nobody"]


def test_a_transaction_on_two_receipts_is_on_the_later_one(shop: InProcessHeadEnd) -> None:
    told_of(shop, "created", "TransactionRecord", transaction("sale 1"))
    for name in ("slip 1", "slip 2"):
        told_of(shop, "created", "ReceiptRecord", receipt(name, transactions=("sale 1",)))
    assert linked(told(shop, "TransactionRecord", "sale 1"), "Receipt") == ["slip 2"]
    assert linked(told(shop, "ReceiptRecord", "slip 1"), "Transactions") == []


# Canceled, closed, deleted.


@pytest.mark.parametrize(
    ("noun", "record"),
    [("TransactionRecord", transaction("record 1")), ("ReceiptRecord", receipt("record 1"))],
    ids=["transaction", "receipt"],
)
def test_a_canceled_record_stays_on_record_and_is_marked(shop: InProcessHeadEnd, noun: str, record: str) -> None:
    told_of(shop, "created", noun, record)
    assert told_of(shop, "canceled", noun, named(noun.removesuffix("Record"), "record 1")) == []
    kept = told(shop, noun, "record 1")
    assert texts(kept, "line/note") == ["canceled at 2026-03-02T12:00:00+00:00"]
    assert texts(kept, "line/amount") == ["50.00"]
    assert told_of(shop, "canceled", noun, named(noun.removesuffix("Record"), "record 1")) == [("6.1", "WARNING")]


def test_a_reversal_stands_beside_what_it_reverses(shop: InProcessHeadEnd) -> None:
    told_of(shop, "created", "TransactionRecord", transaction("sale 1", links="CustomerAccount=account 1"))
    reversal = transaction(
        "reversal 1",
        kind="transactionReversal",
        before="<reversedId>sale 1</reversedId>",
        links="CustomerAccount=account 1",
    )
    told_of(shop, "created", "TransactionRecord", reversal)
    told_of(shop, "canceled", "TransactionRecord", named("Transaction", "sale 1"))
    found = get(shop, "TransactionRecord", named("CustomerAccount", "account 1"))
    assert shown(found) == {"Transaction": ["reversal 1", "sale 1"]}
    assert texts(found.payload, "Transaction/reversedId") == ["sale 1"]


def test_a_deleted_record_is_gone(shop: InProcessHeadEnd) -> None:
    told_of(shop, "created", "TransactionRecord", transaction("sale 1"))
    assert told_of(shop, "deleted", "TransactionRecord", named("Transaction", "sale 1")) == []
    assert get(shop, "TransactionRecord", named("Transaction", "sale 1")).codes == ["2.15"]


def test_a_receipt_whose_transactions_never_came_can_be_deleted(shop: InProcessHeadEnd) -> None:
    told_of(shop, "created", "ReceiptRecord", receipt("slip 1", transactions=("sale 1",)))
    assert told_of(shop, "deleted", "ReceiptRecord", named("Receipt", "slip 1")) == []
    assert get(shop, "ReceiptRecord", named("Receipt", "slip 1")).codes == ["2.15"]


def test_a_corrected_reference_takes_the_place_of_one_that_led_nowhere(shop: InProcessHeadEnd) -> None:
    told_of(shop, "created", "TransactionRecord", transaction("sale 1", links="CustomerAccount=nobody"))
    told_of(shop, "changed", "TransactionRecord", transaction("sale 1", links="CustomerAccount=account 1"))
    assert linked(told(shop, "TransactionRecord", "sale 1"), "CustomerAccount") == ["account 1"]
    told_of(shop, "changed", "TransactionRecord", transaction("sale 1", links="CustomerAccount=somebody"))
    assert linked(told(shop, "TransactionRecord", "sale 1"), "CustomerAccount") == ["somebody"]


def test_an_account_with_transactions_is_not_deleted(shop: InProcessHeadEnd) -> None:
    account = f"<CustomerAccount>{names('account 3')}</CustomerAccount>"
    done(shop, "create", "CustomerAccountConfig", account)
    told_of(shop, "created", "TransactionRecord", transaction("sale 1", links="CustomerAccount=account 3"))
    reply = execute(shop, "delete", "CustomerAccountConfig", named("CustomerAccount", "account 3"))
    assert reply.codes == ["6.1"]
    assert "is referred to by Transaction" in reply.said


@pytest.mark.parametrize("verb", ["canceled", "closed", "deleted"])
def test_what_becomes_of_a_record_that_is_not_here_is_a_warning(shop: InProcessHeadEnd, verb: str) -> None:
    assert told_of(shop, verb, "TransactionRecord", named("Transaction", "nobody")) == [("2.15", "WARNING")]


# Get.


@pytest.fixture
def sold(shop: InProcessHeadEnd) -> InProcessHeadEnd:
    """Two sales with their receipts: of account 1 on the first of March, of account 2 on the second."""
    for number, day in (("1", "01"), ("2", "02")):
        at = f"2026-03-{day}T09:30:00Z"
        links = (
            f"AuxiliaryAccount=debt {number};CashierShift=shift {number};CustomerAccount=account {number};"
            f"Meter=M0000000{number}"
        )
        kind = "tokenSalePayment" if number == "1" else "tokenFreeIssue"
        tell(shop, "created", "TransactionRecord", transaction(f"sale {number}", kind=kind, at=at, links=links))
        slip = receipt(f"slip {number}", at=at, transactions=(f"sale {number}",), shift=f"shift {number}")
        tell(shop, "created", "ReceiptRecord", slip)
    return shop


def schedule(start: str = "", end: str = "") -> str:
    parts = [f"<{name}>{said}</{name}>" for name, said in (("end", end), ("start", start)) if said]
    return f"<TimeSchedule><scheduleInterval>{''.join(parts)}</scheduleInterval></TimeSchedule>"


FIRST_OF_MARCH = schedule("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")


@pytest.mark.parametrize(
    ("noun", "selector"),
    [
        ("TransactionRecord", named("Transaction", "sale 1")),
        ("TransactionRecord", "<Transaction><kind>tokenSalePayment</kind></Transaction>"),
        ("TransactionRecord", named("CustomerAccount", "account 1")),
        ("TransactionRecord", named("Meter", "M00000001")),
        ("TransactionRecord", named("Receipt", "slip 1")),
        ("TransactionRecord", named("AuxiliaryAccount", "debt 1")),
        ("TransactionRecord", FIRST_OF_MARCH),
        ("TransactionRecord", schedule(end="2026-03-01T09:30:00Z")),
        ("ReceiptRecord", named("Receipt", "slip 1")),
        ("ReceiptRecord", named("CustomerAccount", "account 1")),
        ("ReceiptRecord", named("CashierShift", "shift 1")),
        ("ReceiptRecord", named("VendorShift", "shift 1")),
        ("ReceiptRecord", FIRST_OF_MARCH),
        ("ReceiptRecord", schedule("2026-03-01T09:30:00Z", "2026-03-01T09:30:01Z")),
        ("ReceiptRecord", named("CashierShift", "shift 1", "shift 2") + FIRST_OF_MARCH),
    ],
)
def test_a_record_is_found_by(sold: InProcessHeadEnd, noun: str, selector: str) -> None:
    expected = {"Transaction": ["sale 1"]} if noun == "TransactionRecord" else {"Receipt": ["slip 1"]}
    assert shown(get(sold, noun, selector)) == expected


@pytest.mark.parametrize("noun", ["TransactionRecord", "ReceiptRecord"])
def test_without_selector_all_records_are_told(sold: InProcessHeadEnd, noun: str) -> None:
    assert [len(found) for found in shown(get(sold, noun)).values()] == [2]


def test_the_period_of_the_request_counts_where_the_profile_has_none(sold: InProcessHeadEnd) -> None:
    span = "<StartTime>2026-03-02T00:00:00Z</StartTime>"
    assert shown(get(sold, "ReceiptRecord", request=span)) == {"Receipt": ["slip 2"]}
    assert shown(get(sold, "ReceiptRecord", FIRST_OF_MARCH, request=span)) == {"Receipt": ["slip 1"]}


def test_several_periods_are_or(sold: InProcessHeadEnd) -> None:
    both = schedule("2026-03-02T00:00:00Z") + schedule(end="2026-03-02T00:00:00Z")
    assert shown(get(sold, "ReceiptRecord", both)) == {"Receipt": ["slip 1", "slip 2"]}


def test_a_record_without_an_instant_is_of_the_time_at_which_it_was_told(shop: InProcessHeadEnd) -> None:
    told_of(shop, "created", "ReceiptRecord", f"<Receipt>{names('slip 1')}</Receipt>")
    assert shown(get(shop, "ReceiptRecord", schedule("2026-03-02T12:00:00Z"))) == {"Receipt": ["slip 1"]}
    assert shown(get(shop, "ReceiptRecord", schedule(end="2026-03-02T11:59:59Z"))) == {}


def test_a_period_that_ends_before_it_starts_is_refused(sold: InProcessHeadEnd) -> None:
    reply = get(sold, "ReceiptRecord", schedule("2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"))
    assert (reply.result, reply.codes) == ("FAILED", ["1.8"])


@pytest.mark.parametrize(
    ("noun", "selector", "code"),
    [
        ("ReceiptRecord", named("CashierShift", "nobody"), "2.15"),
        ("ReceiptRecord", named("VendorShift", "nobody"), "2.15"),
        ("TransactionRecord", named("AuxiliaryAccount", "nobody"), "2.15"),
        ("TransactionRecord", named("CustomerAccount", "nobody"), "2.19"),
        ("TransactionRecord", named("Meter", "nobody"), "2.4"),
        ("ReceiptRecord", named("Receipt", "nobody"), "2.15"),
    ],
)
def test_what_nothing_names_is_an_error_with_its_name(
    sold: InProcessHeadEnd, noun: str, selector: str, code: str
) -> None:
    reply = get(sold, noun, selector)
    assert (reply.result, reply.codes, reply.errors[0].object_id) == ("FAILED", [code], "nobody")


def test_one_shift_of_two_that_nobody_worked_is_a_partial_answer(sold: InProcessHeadEnd) -> None:
    reply = get(sold, "ReceiptRecord", named("CashierShift", "shift 1", "nobody"))
    assert (reply.result, reply.codes, shown(reply)) == ("PARTIAL", ["2.15", "0.2"], {"Receipt": ["slip 1"]})

"""Master data: the life of objects, how they are named, and how they hang together."""

from collections.abc import Callable
from dataclasses import dataclass

from headend.conformance.case import Need, Suite
from headend.conformance.conversation import Conversation, Element
from headend.conformance.expectations import ok, partial, refused

SUITE = Suite("master-data", "Master data")

CONFIG = "61968-9:2013 5.10"
PREPAYMENT = "61968-9:2013 5.8"
CODES = "61968-9:2013 Annex B"
NAMES = "61968-9:2013 Names"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A class of objects and its noun."""

    noun: str
    element: str
    words: str
    unknown: tuple[str, ...]
    """Codes for one that does not exist."""
    clause: str = CONFIG

    def content(self, *names: str, **more: object) -> Element:
        """The noun's root with one object of these names."""
        return {self.element: [{"Names": [{"name": name} for name in names], **more}]}


_KINDS = (
    _Kind("MeterConfig", "Meter", "meter", ("2.4",)),
    _Kind("EndDeviceConfig", "EndDevice", "end device", ("2.4",)),
    _Kind("UsagePointConfig", "UsagePoint", "usage point", ("2.12",)),
    _Kind("UsagePointLocationConfig", "UsagePointLocation", "location of a usage point", ("2.32",)),
    _Kind("ServiceLocationConfig", "ServiceLocation", "service location", ("2.16",)),
    _Kind("CustomerConfig", "Customer", "customer", ("2.22",)),
    _Kind("CustomerAccountConfig", "CustomerAccount", "customer account", ("2.19",)),
    _Kind("CustomerAgreementConfig", "CustomerAgreement", "customer agreement", ("2.24",)),
    _Kind("ServiceSupplierConfig", "ServiceSupplier", "service supplier", ("2.20",)),
    _Kind("ServiceCategoryConfig", "ServiceCategory", "service category", ("2.31",)),
    _Kind("PricingStructureConfig", "PricingStructure", "pricing structure", ("2.33",)),
    _Kind("ComModuleConfig", "ComModule", "communication module", ("2.30",)),
    _Kind("AuxiliaryAgreementConfig", "AuxiliaryAgreement", "auxiliary agreement", ("2.15",), PREPAYMENT),
)
_EVENTS = ("created", "changed", "canceled", "closed", "deleted")
_RECORDS = (
    _Kind("ReceiptRecord", "Receipt", "receipt", ("2.15",), PREPAYMENT),
    _Kind("TransactionRecord", "Transaction", "transaction", ("2.15",), PREPAYMENT),
)


def _life(kind: _Kind) -> Callable[[Conversation], None]:
    def play(talk: Conversation) -> None:
        if talk.stage.target.route("create", kind.noun) is None:
            talk.does_not_apply(f"Create{kind.noun} is not offered")
        name = talk.name("life")
        content = kind.content(name)
        talk.step(f"create a {kind.words} by a name")
        talk.finally_do(lambda: talk.act("delete", kind.noun, content))
        created = talk.act("create", kind.noun, content)
        ok(talk, created, "it can be created")
        talk.check(
            "the reply tells its mRID", bool(created.ids), expected="Reply/ID", seen="no ID", on=created, advice=True
        )
        talk.step("get it")
        found = talk.get(kind.noun, content)
        ok(talk, found, "it can be got by its name")
        names = found.texts(f"{kind.element}/Names/name")
        talk.check("it is there, with its name", name in names, expected=name, seen=", ".join(names), on=found)
        talk.equal("it is there once", len(found.all(kind.element)), 1, on=found)
        talk.step("create it again")
        refused(talk, talk.act("create", kind.noun, content), "2.15", what="what is there cannot be created again")
        talk.step("change it")
        ok(talk, talk.act("change", kind.noun, kind.content(name, f"{name}-ALIAS")), "it can be changed")
        talk.step("cancel it, and close it")
        answer = talk.act("cancel", kind.noun, content)
        talk.check(
            "what holds already cannot be cancelled",
            answer.is_refused,
            expected="FAILED 6.1",
            seen=answer,
            on=answer,
            advice=True,
        )
        ok(talk, talk.act("close", kind.noun, content), "it can be closed")
        talk.step("delete it, and look for it")
        ok(talk, talk.act("delete", kind.noun, content), "it can be deleted")
        refused(talk, talk.get(kind.noun, content), *kind.unknown, "2.15", what="it is unknown afterwards")

    return play


for _each in _KINDS:
    SUITE.case(
        f"life-of-{_each.words.replace(' ', '-')}",
        f"A {_each.words} can be created, got, changed and deleted",
        clause=_each.clause,
        needs=(Need.CHANGES,),
    )(_life(_each))


@SUITE.case("known-meter", "A meter that is read is known as master data", clause=CONFIG, needs=(Need.METER,))
def known_meter(talk: Conversation) -> None:
    talk.step("get a meter")
    answer = talk.get("MeterConfig", {"Meter": [talk.meter().reference]})
    ok(talk, answer)
    named = [*answer.texts("Meter/mRID"), *answer.texts("Meter/Names/name")]
    talk.check(
        "it is the meter that was asked for",
        talk.meter().is_named(*named),
        expected=talk.meter(),
        seen=", ".join(named),
        on=answer,
    )


@SUITE.case("unknown-objects", "What does not exist is refused by the code of its class", clause=CODES)
def unknown_objects(talk: Conversation) -> None:
    for kind in (*_KINDS, *_RECORDS):
        if talk.stage.target.route("get", kind.noun) is None:
            continue
        talk.step(f"get a {kind.words} that does not exist")
        answer = talk.get(kind.noun, kind.content(talk.name("unknown")))
        refused(talk, answer, *kind.unknown, "2.15", what=f"an unknown {kind.words} is refused")


@SUITE.case(
    "partial", "Of a known and an unknown object one is done and one is named (DX-2)", clause=CODES, needs=(Need.METER,)
)
def some_unknown(talk: Conversation) -> None:
    talk.step("get a meter and one that does not exist")
    answer = talk.get("MeterConfig", {"Meter": [talk.meter().reference, talk.unknown_meter.reference]})
    partial(talk, answer, "2.4", about=str(talk.unknown_meter))
    talk.check("the known meter comes", bool(answer.all("Meter")), on=answer)


@SUITE.case(
    "by-mrid-and-name",
    "An object is the same by its name and by its mRID, and they must agree",
    clause=NAMES,
    needs=(Need.CHANGES,),
)
def by_mrid_and_name(talk: Conversation) -> None:
    names, mrids = [talk.name("one"), talk.name("two")], [talk.identifier("one"), talk.identifier("two")]
    talk.step("create two usage points with mRID and name")
    content = {
        "UsagePoint": [{"mRID": mrid, "Names": [{"name": name}]} for mrid, name in zip(mrids, names, strict=True)]
    }
    talk.finally_do(lambda: talk.act("delete", "UsagePointConfig", content))
    ok(talk, talk.act("create", "UsagePointConfig", content))
    for words, reference in (("mRID", {"mRID": mrids[0]}), ("name", {"Names": [{"name": names[0]}]})):
        talk.step(f"get the first by its {words}")
        answer = talk.get("UsagePointConfig", {"UsagePoint": [reference]})
        talk.equal(f"it is found by its {words}", answer.texts("UsagePoint/mRID"), [mrids[0]], on=answer)
    talk.step("get by the mRID of one and the name of the other")
    answer = talk.get("UsagePointConfig", {"UsagePoint": [{"mRID": mrids[0], "Names": [{"name": names[1]}]}]})
    refused(talk, answer, "2.29", "2.12", what="an mRID and a name of two objects are refused")


@SUITE.case(
    "linkage", "A meter can be linked with a usage point, and is read by it", clause=CONFIG, needs=(Need.CHANGES,)
)
def linkage(talk: Conversation) -> None:
    meter, point = talk.name("meter"), talk.name("point")
    meters, points = {"Meter": [{"Names": [{"name": meter}]}]}, {"UsagePoint": [{"Names": [{"name": point}]}]}
    talk.step("create a meter and a usage point")
    talk.finally_do(lambda: talk.act("delete", "UsagePointConfig", points))
    talk.finally_do(lambda: talk.act("delete", "MeterConfig", meters))
    ok(talk, talk.act("create", "MeterConfig", meters), "the meter can be created")
    ok(talk, talk.act("create", "UsagePointConfig", points), "the usage point can be created")
    talk.step("link them")
    both = {**meters, **points}
    ok(talk, talk.act("create", "MasterDataLinkageConfig", both), "they can be linked")
    refused(
        talk, talk.act("create", "MasterDataLinkageConfig", both), "6.1", "2.15", what="they cannot be linked twice"
    )
    talk.step("get the usage point by the meter, and read it")
    neighbour = talk.get("UsagePointConfig", meters)
    talk.check(
        "the usage point is found by its meter",
        point in neighbour.texts("UsagePoint/Names/name"),
        expected=point,
        seen=", ".join(neighbour.texts("UsagePoint/Names/name")),
        on=neighbour,
    )
    readings = talk.get("MeterReadings", points)
    ok(talk, readings, "the usage point can be read")
    talk.check(
        "the meter that hangs there is answered",
        meter in [one.name for one in readings.readings],
        expected=meter,
        seen=", ".join(str(one.name) for one in readings.readings),
        on=readings,
    )
    talk.step("end the link")
    ok(talk, talk.act("close", "MasterDataLinkageConfig", both), "the link can be ended")
    refused(
        talk,
        talk.act("close", "MasterDataLinkageConfig", both),
        "2.13",
        "2.29",
        what="what is not linked cannot be parted",
    )


@SUITE.case("linkage-of-unknown", "Objects that do not exist cannot be linked", clause=CODES, needs=(Need.METER,))
def linkage_of_unknown(talk: Conversation) -> None:
    talk.step("link a meter with a usage point that does not exist")
    content = {"Meter": [talk.own_meter().reference], "UsagePoint": [{"Names": [{"name": talk.name("unknown")}]}]}
    refused(talk, talk.act("create", "MasterDataLinkageConfig", content), "2.12", about=talk.name("unknown"))


@SUITE.case("told-by-others", "Events about master data are acknowledged", clause=CONFIG, needs=(Need.CHANGES,))
def told_by_others(talk: Conversation) -> None:
    offered = [kind for kind in (*_KINDS, *_RECORDS) if talk.stage.target.route("created", kind.noun) is not None]
    if not offered:
        talk.does_not_apply("the head end takes no events about master data")
    for kind in offered:
        name = talk.name(f"told-{kind.element}")
        for verb in _EVENTS:
            if talk.stage.target.route(verb, kind.noun) is None:
                continue
            talk.step(f"tell that a {kind.words} was {verb}")
            answer = talk.act(verb, kind.noun, kind.content(name))
            talk.equal(f"{verb} {kind.noun} is acknowledged", answer.result, "OK", on=answer)


@SUITE.case("told-meter", "A meter that others tell of is there", clause=CONFIG, needs=(Need.CHANGES,))
def told_meter(talk: Conversation) -> None:
    if talk.stage.target.route("created", "MeterConfig") is None:
        talk.does_not_apply("ReceiveMeterConfig is not offered")
    content = {"Meter": [{"Names": [{"name": talk.name("told")}]}]}
    talk.step("tell that a meter was created, and get it")
    talk.finally_do(lambda: talk.act("delete", "MeterConfig", content))
    ok(talk, talk.act("created", "MeterConfig", content), "it is acknowledged")
    found = talk.get("MeterConfig", content)
    talk.equal("the meter is known", found.texts("Meter/Names/name"), [talk.name("told")], on=found)
    talk.step("tell that it was deleted, and get it")
    ok(talk, talk.act("deleted", "MeterConfig", content), "it is acknowledged")
    refused(talk, talk.get("MeterConfig", content), "2.4", what="it is unknown afterwards")


@SUITE.case(
    "customer-data",
    "All that belongs to a meter can be asked for at once",
    clause="61968-9:2013 Annex J",
    needs=(Need.METER,),
)
def customer_data(talk: Conversation) -> None:
    if talk.stage.target.route("get", "CustomerMeterDataSet") is None:
        talk.does_not_apply("GetCustomerMeterDataSet is not offered")
    talk.step("get the data set of a meter")
    answer = talk.get("CustomerMeterDataSet", {"Meter": [talk.meter().reference]})
    ok(talk, answer)


@SUITE.case("linkage-asked-for", "What an object is linked with can be asked for", clause=CONFIG, needs=(Need.METER,))
def linkage_asked_for(talk: Conversation) -> None:
    if talk.stage.target.route("get", "MasterDataLinkageConfig") is None:
        talk.does_not_apply("GetMasterDataLinkageConfig is not offered")
    talk.step("get the links of a meter")
    answer = talk.get("MasterDataLinkageConfig", {"Meter": [talk.meter().reference]})
    ok(talk, answer)
    talk.check("the meter is in it", bool(answer.all("Meter") or answer.all("EndDevice")), on=answer)

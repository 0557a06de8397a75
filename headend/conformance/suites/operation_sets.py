"""OperationSet: many operations on master data in one message."""

from functools import partial

from lxml import etree

from headend.conformance.answer import Answer
from headend.conformance.case import Need, Suite
from headend.conformance.conversation import Conversation, Element
from headend.conformance.expectations import ok, refused

SUITE = Suite("operation-sets", "Sets of operations")

SETS = "61968-100:2013 OperationSet"
_BASE = "http://iec.ch/TC57/2011/"
_SERVICES = ("MeterConfig", "UsagePointConfig", "MasterDataLinkageConfig")


@SUITE.case(
    "installation", "A meter is installed by one set: meter, usage point, link", clause=SETS, needs=(Need.CHANGES,)
)
def installation(talk: Conversation) -> None:
    meter, point = talk.name("meter"), talk.name("point")
    talk.step("create a meter, a usage point and their link in one set")
    _tidy(talk, meter, point)
    answer = _execute(talk, [_meter(1, meter), _point(2, point), _link(3, meter, point)])
    ok(talk, answer, "the set is carried out")
    talk.equal("the noun of the reply is OperationSet", answer.header("Noun"), "OperationSet", on=answer)
    talk.step("get both")
    found = talk.get("MeterConfig", {"Meter": [_named(meter)]})
    talk.equal("the meter is there", found.texts("Meter/Names/name"), [meter], on=found)
    neighbour = talk.get("UsagePointConfig", {"Meter": [_named(meter)]})
    talk.check(
        "the usage point is linked with it",
        point in neighbour.texts("UsagePoint/Names/name"),
        expected=point,
        seen=", ".join(neighbour.texts("UsagePoint/Names/name")),
        on=neighbour,
    )


@SUITE.case(
    "all-or-nothing", "With integrity one wrong operation undoes all (DX-5)", clause=SETS, needs=(Need.CHANGES,)
)
def all_or_nothing(talk: Conversation) -> None:
    meter, point = talk.name("meter"), talk.name("point")
    talk.step("execute a set with a link to what does not exist, with integrity")
    _tidy(talk, meter, point)
    operations = [_meter(1, meter), _point(2, point), _link(3, meter, talk.name("unknown"))]
    answer = _execute(talk, operations, enforceTransactionalIntegrity=True)
    refused(talk, answer, "2.12", "5.9")
    _check_numbers(talk, answer, {"3"})
    told = {error.findtext("{*}operationId"): error.findtext("{*}code") for error in _errors(answer)}
    talk.check(
        "the operations that were fine are told as 5.9",
        told.get("1") == "5.9" and told.get("2") == "5.9",
        expected="5.9 for 1 and 2",
        seen=told,
        on=answer,
        advice=True,
    )
    talk.step("look for what was fine")
    found = talk.get("MeterConfig", {"Meter": [_named(meter)]})
    talk.check(
        "no object is left behind", found.is_refused and not found.all("Meter"), expected="2.4", seen=found, on=found
    )


@SUITE.case("each-alone", "Without integrity the operations that are fine are kept", clause=SETS, needs=(Need.CHANGES,))
def each_alone(talk: Conversation) -> None:
    meter, point = talk.name("meter"), talk.name("point")
    talk.step("execute a set with one wrong operation, without integrity")
    _tidy(talk, meter, point)
    answer = _execute(
        talk, [_meter(1, meter), _link(2, meter, talk.name("unknown"))], enforceTransactionalIntegrity=False
    )
    talk.require("the Result is PARTIAL", answer.result == "PARTIAL", expected="Result PARTIAL", seen=answer, on=answer)
    _check_numbers(talk, answer, {"2"})
    talk.step("look for what was fine")
    found = talk.get("MeterConfig", {"Meter": [_named(meter)]})
    talk.equal("it is kept", found.texts("Meter/Names/name"), [meter], on=found)


@SUITE.case(
    "in-sequence",
    "With a sequence, operations are carried out by ascending operationId",
    clause=SETS,
    needs=(Need.CHANGES,),
)
def in_sequence(talk: Conversation) -> None:
    meter, point = talk.name("meter"), talk.name("point")
    talk.step("execute a set whose numbers are not in the order of the message")
    _tidy(talk, meter, point)
    operations = [_link(3, meter, point), _point(2, point), _meter(1, meter)]
    answer = _execute(talk, operations, enforceMsgSequence=True, enforceTransactionalIntegrity=True)
    ok(talk, answer, "it is carried out by number")
    talk.step("execute one in which a link comes before what it links")
    later = talk.name("later")
    talk.finally_do(lambda: talk.act("delete", "UsagePointConfig", {"UsagePoint": [_named(later)]}))
    operations = [_link(1, meter, later), _point(2, later)]
    answer = _execute(talk, operations, enforceMsgSequence=True, enforceTransactionalIntegrity=True)
    talk.check("a link to a later operation is refused", answer.is_refused, expected="FAILED", seen=answer, on=answer)


@SUITE.case(
    "delete-elements",
    "elementOperation deletes what is listed, and keeps the object",
    clause=SETS,
    needs=(Need.CHANGES,),
)
def delete_elements(talk: Conversation) -> None:
    meter, point = talk.name("meter"), talk.name("point")
    talk.step("install a meter with a serial number")
    _tidy(talk, meter, point)
    root = _root("MeterConfig", "Meter", meter)
    etree.SubElement(root[0], f"{{{_BASE}MeterConfig#}}serialNumber").text = "4711"
    root[0].insert(0, root[0][-1])
    answer = _execute(talk, [_operation(1, "create", "MeterConfig", root)])
    ok(talk, answer, "the meter is created")
    talk.step("delete its serial number")
    again = _root("MeterConfig", "Meter", meter)
    etree.SubElement(again[0], f"{{{_BASE}MeterConfig#}}serialNumber").text = "4711"
    again[0].insert(0, again[0][-1])
    answer = _execute(talk, [{**_operation(1, "delete", "MeterConfig", again), "elementOperation": True}])
    ok(talk, answer, "the deletion is carried out")
    found = talk.get("MeterConfig", {"Meter": [_named(meter)]})
    talk.equal("the meter is still there", found.texts("Meter/Names/name"), [meter], on=found)
    talk.equal("without its serial number", found.texts("Meter/serialNumber"), [], on=found)


@SUITE.case("wrong-sets", "A set without operations, or with nonsense in it, is refused", clause=SETS)
def wrong_sets(talk: Conversation) -> None:
    talk.step("execute a set without operations")
    refused(talk, _execute(talk, []), "1.7", "1.8", what="a set without operations is refused")
    talk.step("execute an operation with a verb that is none")
    answer = _execute(talk, [{**_meter(1, talk.name("verb")), "verb": "fetch"}])
    refused(talk, answer, "2.9", "1.8", what="an unknown verb is refused")
    talk.step("execute an operation about a control")
    controls = etree.Element(f"{{{_BASE}EndDeviceControls#}}EndDeviceControls")
    answer = _execute(talk, [_operation(1, "create", "EndDeviceControls", controls)])
    refused(talk, answer, "2.5", "1.7", "1.8", what="a noun that is no master data is refused")


@SUITE.case("every-service", "Every service of sets takes a set about its noun", clause=SETS, needs=(Need.CHANGES,))
def every_service(talk: Conversation) -> None:
    offered = [noun for noun in _NOUNS if talk.stage.target.set_route(noun) is not None]
    if not offered:
        talk.does_not_apply("no service for sets of operations is offered")
    for noun in offered:
        element = _NOUNS[noun]
        talk.step(f"execute a set by Execute{noun}OperationSet")
        name = talk.name(element)
        content = {element: [_named(name)]}
        if talk.stage.target.route("delete", noun) is not None:
            talk.finally_do(partial(talk.act, "delete", noun, content))
        answer = talk.execute_set(noun, [_operation(1, "create", noun, _root(noun, element, name))], {})
        talk.equal(f"Execute{noun}OperationSet carries it out", answer.result, "OK", on=answer)


_NOUNS = {
    "MeterConfig": "Meter",
    "EndDeviceConfig": "EndDevice",
    "UsagePointConfig": "UsagePoint",
    "UsagePointLocationConfig": "UsagePointLocation",
    "ServiceLocationConfig": "ServiceLocation",
    "CustomerConfig": "Customer",
    "CustomerAccountConfig": "CustomerAccount",
    "CustomerAgreementConfig": "CustomerAgreement",
    "ServiceSupplierConfig": "ServiceSupplier",
    "ServiceCategoryConfig": "ServiceCategory",
    "PricingStructureConfig": "PricingStructure",
    "ComModuleConfig": "ComModule",
    "AuxiliaryAgreementConfig": "AuxiliaryAgreement",
}


def _execute(talk: Conversation, operations: list[Element], **flags: bool) -> Answer:
    noun = next((one for one in _SERVICES if talk.stage.target.set_route(one) is not None), None)
    if noun is None:
        talk.does_not_apply("no service for sets of operations is offered")
    return talk.execute_set(noun, operations, flags)


def _operation(number: int, verb: str, noun: str, root: etree._Element) -> Element:
    return {"operationId": number, "noun": noun, "verb": verb, "_value_1": root}


def _root(noun: str, element: str, name: str) -> etree._Element:
    """A noun with one object by its name."""
    namespace = f"{{{_BASE}{noun}#}}"
    root = etree.Element(f"{namespace}{noun}")
    names = etree.SubElement(etree.SubElement(root, f"{namespace}{element}"), f"{namespace}Names")
    etree.SubElement(names, f"{namespace}name").text = name
    return root


def _meter(number: int, name: str) -> Element:
    return _operation(number, "create", "MeterConfig", _root("MeterConfig", "Meter", name))


def _point(number: int, name: str) -> Element:
    return _operation(number, "create", "UsagePointConfig", _root("UsagePointConfig", "UsagePoint", name))


def _link(number: int, meter: str, point: str) -> Element:
    noun = "MasterDataLinkageConfig"
    root = _root(noun, "Meter", meter)
    for element in _root(noun, "UsagePoint", point):
        root.append(element)
    return _operation(number, "create", noun, root)


def _named(name: str) -> Element:
    return {"Names": [{"name": name}]}


def _tidy(talk: Conversation, meter: str, point: str) -> None:
    talk.finally_do(lambda: talk.act("delete", "UsagePointConfig", {"UsagePoint": [_named(point)]}))
    talk.finally_do(lambda: talk.act("delete", "MeterConfig", {"Meter": [_named(meter)]}))


def _errors(answer: Answer) -> list[etree._Element]:
    return [] if answer.message is None else answer.message.findall("{*}Reply/{*}Error")


def _check_numbers(talk: Conversation, answer: Answer, wanted: set[str]) -> None:
    numbers = {
        error.findtext("{*}operationId") or ""
        for error in _errors(answer)
        if error.findtext("{*}code") not in ("0.1", "0.2", "0.3")
    }
    talk.check(
        "every Error says which operation it is about",
        "" not in numbers and wanted <= numbers,
        expected=f"operationId {', '.join(sorted(wanted))}",
        seen=", ".join(sorted(numbers)) or "no operationId",
        on=answer,
    )

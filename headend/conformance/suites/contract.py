"""The contract: WSDLs and schemas, and SOAP as toolkits of the field need it."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from lxml import etree

from headend.conformance.answer import SOAP, Answer
from headend.conformance.case import Need, Suite
from headend.conformance.conversation import Ask, Conversation
from headend.conformance.service_description import SchemaJudge, ServiceDescription, UnusableWsdl
from headend.conformance.target import CORE_SERVICES
from headend.conformance.zeep_messages import NoRoom

SUITE = Suite("contract", "WSDLs, schemas and SOAP")

TRANSPORT = "61968-100:2013"
NAMING = "61968-100:2013 WSDL templates"
SOAP11 = "SOAP 1.1"

_LOOKED_AT = (
    *CORE_SERVICES,
    "GetMeterReadSchedule",
    "ExecuteMeterReadSchedule",
    "GetEndDeviceControls",
    "GetMeterConfig",
    "ExecuteMeterConfig",
    "ReceiveMeterConfig",
    "GetUsagePointConfig",
    "ExecuteUsagePointConfig",
    "ExecuteMasterDataLinkageConfig",
    "ExecuteMeterServiceRequests",
    "ReceiveEndDeviceEvents",
)
"""Services whose WSDLs are looked at, as far as they are there."""

_EXECUTED = ("Create", "Change", "Cancel", "Close", "Delete")
_RECEIVED = ("Created", "Changed", "Canceled", "Closed", "Deleted")
_BASE = {"2013": "http://iec.ch/TC57/2011/", "early": "http://www.iec.ch/TC57/2011/"}
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_FAULT_CODES = {"Client", "Server", "VersionMismatch", "MustUnderstand"}


@SUITE.case("core-services", "A head end serves readings, events and controls", clause="61968-9:2013 5.2 to 5.4")
def core_services(talk: Conversation) -> None:
    for service in CORE_SERVICES:
        talk.step(f"fetch the WSDL of {service}")
        route_pattern = service if service.startswith("Get") else f"{service} or Request..."
        try:
            found = talk.stage.target.description(service) or talk.stage.target.description(
                service.replace("Execute", "Request")
            )
            talk.check(f"{route_pattern} is served", found is not None, seen=f"no WSDL at {_url(talk, service)}")
        except UnusableWsdl as error:
            talk.check(f"{route_pattern} is served", False, seen=error)


@SUITE.case("wsdl-form", "Each WSDL is 1.1 with one SOAP 1.1 port, document/literal", clause=NAMING)
def wsdl_form(talk: Conversation) -> None:
    described = list(_described(talk))

    def hold(sentence: str, rule: Callable[[ServiceDescription], bool], advice: bool = False) -> None:
        broken = [name for name, one in described if not rule(one)]
        talk.check(sentence, not broken, seen=f"not so: {', '.join(broken)}", advice=advice)

    talk.step("read the WSDLs of the services that are offered")
    hold("each has one service with one port", lambda one: len(one.named("w:service/w:port")) == 1)
    hold("each has a SOAP 1.1 binding", lambda one: bool(one.named("w:binding/s:binding")))
    hold(
        "none has a SOAP 1.2 binding, which many toolkits stumble over",
        lambda one: not one.named("w:binding/s12:binding"),
        True,
    )
    hold("all operations are document style", lambda one: all(each.style == "document" for each in one.operations))
    hold("all messages are literal", lambda one: all(each.use == {"literal"} for each in one.operations))
    hold(
        "every part names an element",
        lambda one: all(part.get("element") for part in one.named("w:message/w:part")),
    )
    hold(
        "every operation declares input, output and fault",
        lambda one: all(each.input and each.output and each.fault for each in one.operations),
    )
    hold("no WSDL imports another", lambda one: not one.named("w:import"), True)


@SUITE.case("addresses", "soap:address is where the service can be called", clause=NAMING)
def addresses(talk: Conversation) -> None:
    talk.step("compare soap:address with the address that was used")
    for service, one in _described(talk):
        wanted = urlsplit(talk.stage.target.endpoint(service))
        said = urlsplit(one.address)
        talk.check(
            f"soap:address of {service} is at the host and port that were used",
            (said.scheme, said.netloc) == (wanted.scheme, wanted.netloc),
            expected=wanted.geturl(),
            seen=one.address or "no soap:address",
        )


@SUITE.case("operations", "Each service has the operations of its pattern", clause=NAMING)
def operations(talk: Conversation) -> None:
    for service, one in _described(talk):
        talk.step(f"look at the operations of {service}")
        wanted = _operations_of(service)
        there = {each.name for each in one.operations}
        talk.check(
            f"{service} has {', '.join(wanted)}",
            set(wanted) <= there,
            expected=", ".join(wanted),
            seen=f"{', '.join(name for name in wanted if name not in there)} missing",
        )


@SUITE.case("names", "Body elements, namespaces and soapActions follow the rules of the standard", clause=NAMING)
def names(talk: Conversation) -> None:
    base = _BASE[talk.stage.parameters.dialect]
    for service, one in _described(talk):
        noun = _noun(service)
        talk.step(f"look at the names of {service}")
        is_get = service.startswith("Get")
        early = talk.stage.parameters.dialect == "early"
        namespace = f"{base}{'Get' if is_get and not early else ''}{noun}Message"
        own = [each for each in one.operations if each.name in _operations_of(service)]
        wrong = [each.input for each in own if etree.QName(each.input or "none").namespace != namespace]
        talk.check(
            f"requests of {service} are in the message namespace of {noun}",
            not wrong,
            expected=namespace,
            seen=", ".join(wrong),
        )
        if not (is_get and early):
            misnamed = [each.name for each in own if each.input.rpartition("}")[2] != each.name]
            talk.check(
                f"body elements of {service} are called like its operations", not misnamed, seen=", ".join(misnamed)
            )
        actions = {each.name: f"http://iec.ch/TC57/2011/{'Get' if is_get else ''}{noun}/{each.name}" for each in own}
        other = [f"{each.name}: {each.soap_action or 'none'}" for each in own if each.soap_action != actions[each.name]]
        talk.check(
            f"soapActions of {service} are those of the standard",
            not other,
            expected=", ".join(actions.values()),
            seen=", ".join(other),
            advice=True,
        )


@SUITE.case("schemas", "The schemas of each WSDL compile, and describe the messages", clause=TRANSPORT)
def schemas(talk: Conversation) -> None:
    for service, one in _described(talk):
        talk.step(f"compile the schemas of {service}")
        try:
            judge = SchemaJudge(one, talk.stage.target.fetch)
        except UnusableWsdl as error:
            talk.check(f"the schemas of {service} compile", False, seen=error)
            continue
        talk.check(f"the schemas of {service} compile", True)
        declared = {
            str(etree.QName(each).namespace)
            for op in one.operations
            for each in (op.input, op.output, op.fault)
            if each
        }
        missing = declared - judge.namespaces() - _inline(one)
        talk.check(f"they declare the messages of {service}", not missing, seen=f"no schema for {', '.join(missing)}")


@SUITE.case("same-schemas", "The envelope is that of the published Message.xsd", clause="61968-100:2013 Message.xsd")
def same_schemas(talk: Conversation) -> None:
    talk.step("compare the types of the envelope with the published ones")
    found, ours = talk.stage.target.judge("GetMeterReadings"), talk.stage.judge_of_ours("GetMeterReadings")
    if found is None or ours is None:
        talk.skip("there is no GetMeterReadings")
    for name in ("HeaderType", "ReplyType", "ErrorType", "RequestType"):
        theirs, published = _children(found, name), _children(ours, name)
        if not theirs:
            talk.check(f"there is a type {name}", False, seen="no such type", advice=True)
            continue
        talk.check(
            f"{name} has the published elements in the published order",
            theirs == published,
            expected=", ".join(published),
            seen=", ".join(theirs),
            advice=True,
        )


@SUITE.case("zeep", "zeep reads the answers from the WSDL alone", clause=NAMING, needs=(Need.METER,))
def zeep_reads(talk: Conversation) -> None:
    asked: dict[str, Ask] = {
        "MeterReadings": lambda: talk.read(talk.meter()),
        "EndDeviceEvents": lambda: talk.list_events(talk.meter()),
    }
    for noun, ask in asked.items():
        talk.step(f"get {noun}, and let zeep read the answer")
        came = ask()
        said = ""
        try:
            maker = talk.stage.target.maker(f"Get{noun}")
            understood = maker.understood(f"Get{noun}", came.entry.status or 0, came.data)
        except NoRoom as error:
            understood, said = None, str(error)
        talk.check(f"zeep reads the answer to Get{noun}", understood is not None, seen=said, on=came)
        result = getattr(getattr(understood, "Reply", None), "Result", None)
        talk.equal("it finds the Result that lxml finds", result, came.result, on=None)


@SUITE.case("soap-answers", "An answer is what toolkits of the field need", clause=SOAP11, needs=(Need.METER,))
def soap_answers(talk: Conversation) -> None:
    talk.step("read a meter, and look at the bytes of the answer")
    answer = talk.read(talk.meter())
    talk.equal("the answer is HTTP 200", answer.entry.status, 200, on=None)
    kind = str(answer.headers.get("content-type", "")).replace(" ", "").replace('"', "").lower()
    talk.check("Content-Type is text/xml", kind.startswith("text/xml"), expected="text/xml; charset=utf-8", seen=kind)
    talk.check("Content-Type names the charset utf-8", "charset=utf-8" in kind, seen=kind, advice=True)
    talk.check(
        "nothing is compressed unasked",
        not answer.headers.get("content-encoding"),
        seen=answer.headers.get("content-encoding"),
    )
    talk.check("not one byte stands before the XML", answer.data[:1] == b"<", seen=repr(answer.data[:20]), on=answer)
    root = answer.envelope
    talk.require("the answer is well-formed XML", root is not None, seen=repr(answer.data[:80]), on=answer)
    assert root is not None
    talk.equal("the root is a SOAP 1.1 Envelope", str(root.tag), f"{{{SOAP}}}Envelope", on=None)
    talk.check(
        "the Envelope holds a Body and nothing else",
        [child.tag for child in root] == [f"{{{SOAP}}}Body"],
        seen=", ".join(str(etree.QName(child).localname) for child in root),
        advice=True,
    )
    body = root.find(f"{{{SOAP}}}Body")
    talk.check(
        "the Body holds one element", body is not None and len(body) == 1, seen=f"{0 if body is None else len(body)}"
    )
    talk.check("there is no xsi:type", not root.xpath("//@x:type", namespaces={"x": _XSI}), on=answer, advice=True)
    talk.check(
        "there is no encodingStyle",
        not root.xpath("//@s:encodingStyle", namespaces={"s": SOAP}),
        on=answer,
        advice=True,
    )


@SUITE.case(
    "declared-replies", "A reply is the element that the WSDL declares, and valid", clause=NAMING, needs=(Need.METER,)
)
def declared_replies(talk: Conversation) -> None:
    asked: dict[str, Ask] = {
        "GetMeterReadings": lambda: talk.read(talk.meter()),
        "GetEndDeviceEvents": lambda: talk.list_events(talk.meter()),
        "GetMeterReadings of an unknown meter": lambda: talk.read(talk.unknown_meter),
    }
    for words, ask in asked.items():
        talk.step(f"send {words}")
        answer = ask()
        route = talk.route("get", _noun(answer.entry.service))
        declared = route.operation.output if answer.fault is None else route.operation.fault
        message = answer.message
        talk.equal(
            f"the answer to {words} is the declared element",
            None if message is None else str(message.tag),
            declared,
            on=answer,
        )
        errors = talk.schema_errors(answer, route.service)
        talk.check(
            f"the answer to {words} is valid", not errors, expected="no violation", seen="; ".join(errors), on=answer
        )


@SUITE.case("faults", "What is no XML gets a fault that every toolkit reads", clause="SOAP 1.1 section 4.4")
def faults(talk: Conversation) -> None:
    talk.step("send a message with a tag that is not closed")
    route = talk.route("get", "MeterReadings")
    answer = talk.post(route, b"<soap:Envelope xmlns:soap='" + SOAP.encode() + b"'><soap:Body><open></soap:Body>")
    _check_fault(talk, answer, {"Client"})
    talk.check(
        "the fault says where",
        any(sign.isdigit() for sign in answer.fault_string),
        expected="a line",
        seen=answer,
        on=answer,
        advice=True,
    )
    talk.step("send a message that is right")
    answer = talk.get("MeterReadings", {"EndDevice": [talk.unknown_meter.reference]})
    talk.check("the next message is read as ever", answer.message is not None, seen=answer, on=answer)


@SUITE.case("unknown-operation", "A body element that is no operation gets a Client fault", clause=SOAP11)
def unknown_operation(talk: Conversation) -> None:
    talk.step("send an element that no WSDL declares")
    answer = talk.post(
        talk.route("get", "MeterReadings"), _envelope(b"<GetNonsense xmlns='urn:nonsense'/>"), label="GetNonsense"
    )
    _check_fault(talk, answer, {"Client"})


@SUITE.case("soap-1.2", "A SOAP 1.2 envelope gets a VersionMismatch fault", clause="SOAP 1.1 section 4.1.2")
def soap12(talk: Conversation) -> None:
    talk.step("send a SOAP 1.2 envelope")
    twelve = b"http://www.w3.org/2003/05/soap-envelope"
    data = _envelope(b"<GetNonsense xmlns='urn:nonsense'/>").replace(SOAP.encode(), twelve)
    answer = talk.post(talk.route("get", "MeterReadings"), data, label="SOAP 1.2")
    talk.require("it is answered by a fault", answer.fault is not None, seen=answer, on=answer)
    talk.equal("faultcode is VersionMismatch", answer.fault_code, "VersionMismatch", on=answer)


@SUITE.case(
    "must-understand",
    "A header block that has to be understood and is unknown gets a fault",
    clause="SOAP 1.1 section 4.2.3",
    needs=(Need.METER,),
)
def must_understand(talk: Conversation) -> None:
    def add(envelope: etree._Element) -> None:
        header = _soap_header(envelope)
        block = etree.SubElement(header, "{urn:nonsense}Transaction")
        block.set(f"{{{SOAP}}}mustUnderstand", "1")

    talk.step("send a header block with mustUnderstand 1")
    answer = talk.read(talk.meter(), change=add)
    talk.require("it is answered by a fault", answer.fault is not None, expected="a fault", seen=answer, on=answer)
    talk.equal("faultcode is MustUnderstand", answer.fault_code, "MustUnderstand", on=answer)


@SUITE.case(
    "document-type", "A document type declaration is refused, and no entity is resolved", clause="SOAP 1.1 section 3"
)
def document_type(talk: Conversation) -> None:
    talk.step("send a message with a DOCTYPE and an entity")
    body = _envelope(b"<GetNonsense xmlns='urn:nonsense'>&secret;</GetNonsense>")
    head = b'<?xml version="1.0"?><!DOCTYPE e [<!ENTITY secret "entity-was-resolved">]>'
    answer = talk.post(talk.route("get", "MeterReadings"), head + body, label="DOCTYPE")
    talk.check("it is refused by a fault", answer.fault is not None, expected="a fault", seen=answer, on=answer)
    talk.check("the entity is not resolved", b"entity-was-resolved" not in answer.data, on=answer)


@SUITE.case(
    "soap-action",
    "A message is known by its body element, whatever SOAPAction says",
    clause="61968-100:2013",
    needs=(Need.METER,),
)
def soap_action(talk: Conversation) -> None:
    for words, said in (
        ("a quoted SOAPAction", None),
        ("an unquoted SOAPAction", talk.route("get", "MeterReadings").operation.soap_action),
        ("an empty SOAPAction", '""'),
        ("no SOAPAction", ""),
        ("a SOAPAction of another operation", '"http://iec.ch/TC57/2011/Other/Other"'),
    ):
        talk.step(f"read a meter with {words}")
        answer = talk.read(talk.meter(), http=None if said is None else {"SOAPAction": said})
        talk.equal(f"{words} is taken", answer.result, "OK", on=answer, advice=words.startswith("a SOAPAction of"))


@SUITE.case("tolerant", "A message may look as toolkits write it", clause="SOAP 1.1, XML 1.0", needs=(Need.METER,))
def tolerant(talk: Conversation) -> None:
    def commented(envelope: etree._Element) -> None:
        for element in envelope.iter("{*}Verb"):
            element.addprevious(etree.Comment(" a remark "))

    def with_header(envelope: etree._Element) -> None:
        _soap_header(envelope)

    def spaced(envelope: etree._Element) -> None:
        etree.indent(envelope, "\t")

    for words, change in (("comments", commented), ("an empty soap:Header", with_header), ("indentation", spaced)):
        talk.step(f"read a meter by a message with {words}")
        answer = talk.read(talk.meter(), change=change)
        talk.equal(f"a message with {words} is taken", answer.result, "OK", on=answer)
    talk.step("read a meter by a message with a byte order mark")
    query = {"GetMeterReadings": {"EndDevice": [talk.meter().reference]}}
    route, data = talk.written("get", "MeterReadings", request=query)
    answer = talk.post(route, b"\xef\xbb\xbf" + data)
    talk.equal("a message with a byte order mark is taken", answer.result, "OK", on=answer)
    route, data = talk.written("get", "MeterReadings", request=query)
    talk.step("read a meter without a charset in Content-Type")
    answer = talk.post(route, data, headers={"Content-Type": "text/xml"})
    talk.equal("a message without a charset is taken", answer.result, "OK", on=answer)


def _check_fault(talk: Conversation, answer: Answer, codes: set[str]) -> None:
    fault = answer.fault
    talk.require("it is answered by a SOAP fault", fault is not None, expected="a SOAP fault", seen=answer, on=answer)
    assert fault is not None
    talk.equal("the fault is HTTP 500", answer.entry.status, 500, on=answer)
    children = [str(child.tag) for child in fault]
    order = [name for name in ("faultcode", "faultstring", "faultactor", "detail") if name in children]
    talk.check(
        "faultcode, faultstring and detail are unqualified and in order",
        children == order,
        expected=", ".join(order),
        seen=", ".join(children),
        on=answer,
    )
    prefix = (fault.findtext("faultcode") or "").rpartition(":")[0]
    talk.check(
        "faultcode has a prefix that is bound to SOAP 1.1",
        fault.nsmap.get(prefix or None) == SOAP,
        seen=fault.findtext("faultcode"),
        on=answer,
    )
    talk.check(
        f"faultcode is {' or '.join(sorted(codes))}", answer.fault_code in codes, seen=answer.fault_code, on=answer
    )
    talk.check("faultstring says what is wrong", bool(answer.fault_string), on=answer)


def _described(talk: Conversation) -> Iterator[tuple[str, ServiceDescription]]:
    """The services that are offered and whose WSDL can be read; what cannot be read is a check that fails."""
    for service in _LOOKED_AT:
        try:
            found = talk.stage.target.description(service)
        except UnusableWsdl as error:
            talk.check(f"the WSDL of {service} can be read", False, seen=error)
            continue
        if found is not None:
            yield service, found


def _noun(service: str) -> str:
    return next(service.removeprefix(one) for one in ("Get", "Execute", "Receive") if service.startswith(one))


def _operations_of(service: str) -> list[str]:
    noun = _noun(service)
    if service.startswith("Get"):
        return [service]
    return [verb + noun for verb in (_EXECUTED if service.startswith("Execute") else _RECEIVED)]


def _inline(one: ServiceDescription) -> set[str]:
    return {str(schema.get("targetNamespace", "")) for schema in one.named("w:types/xs:schema")}


def _children(one: SchemaJudge, type_name: str) -> list[str]:
    """Names of the elements of a complex type, in their order."""
    xs = "{http://www.w3.org/2001/XMLSchema}"
    for data in one.files.values():
        root = etree.fromstring(data)
        for found in root.iterfind(f"{xs}complexType[@name='{type_name}']"):
            return [each.get("name", "") for each in found.iter(f"{xs}element")]
    return []


def _url(talk: Conversation, service: str) -> str:
    return talk.stage.target.wsdl_url(service)


def _envelope(body: bytes) -> bytes:
    head = f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>'.encode()
    return head + body + b"</soap:Body></soap:Envelope>"


def _soap_header(envelope: etree._Element) -> etree._Element:
    found = envelope.find(f"{{{SOAP}}}Header")
    if found is None:
        found = etree.Element(f"{{{SOAP}}}Header")
        envelope.insert(0, found)
    return found

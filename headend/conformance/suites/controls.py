"""Controls: what devices are told to do, and what becomes of it."""

from datetime import timedelta

from headend.conformance.answer import Answer
from headend.conformance.case import Need, Suite
from headend.conformance.conversation import Conversation, Element
from headend.conformance.expectations import ok, refused
from headend.conformance.outcomes import (
    CONNECT,
    CONNECTED,
    DISCONNECT,
    DISCONNECTED,
    check_success,
    disconnected,
    energy_of_next_hour,
    switch,
    tracked,
)
from headend.conformance.stage import KnownMeter

SUITE = Suite("controls", "Controls of meters")

CONTROLS = "61968-9:2013 5.4"
CODES = "61968-9:2013 Annex B"


@SUITE.case("disconnect", "A disconnect is carried out and told", clause=CONTROLS, needs=(Need.SWITCH,))
def disconnect(talk: Conversation) -> None:
    meter = talk.switch_meter()
    talk.step("disconnect a meter")
    reply, listing = disconnected(talk, meter)
    talk.check("the reply has no payload", reply.payload is None, seen=reply.element, on=reply, advice=True)
    talk.check(
        "the reply tells the mRID of the control",
        bool(reply.ids),
        expected="Reply/ID",
        seen="no ID",
        on=reply,
        advice=True,
    )
    check_success(talk, listing, DISCONNECTED, meter)


@SUITE.case("connect", "A connect is carried out and told", clause=CONTROLS, needs=(Need.SWITCH,))
def connect(talk: Conversation) -> None:
    meter = talk.switch_meter()
    talk.step("disconnect a meter")
    disconnected(talk, meter)
    talk.step("connect it again")
    _, listing = switch(talk, CONNECT, meter, what="the connect is accepted")
    check_success(talk, listing, CONNECTED, meter)


@SUITE.case(
    "no-energy-after-disconnect",
    "After a disconnect no energy flows, and readings stay readable",
    clause=CONTROLS,
    needs=(Need.SWITCH, Need.TIME),
)
def no_energy(talk: Conversation) -> None:
    meter = talk.switch_meter()
    talk.step("disconnect a meter, and let two hours pass")
    disconnected(talk, meter)
    energy, answer = energy_of_next_hour(talk, meter)
    talk.check("the intervals are zero", energy == 0, expected="0", seen=energy, on=answer)
    talk.step("connect it again, and let two hours pass")
    switch(talk, CONNECT, meter, what="the connect is accepted")
    energy, answer = energy_of_next_hour(talk, meter)
    talk.check("energy flows again", energy > 0, expected="more than 0", seen=energy, on=answer)


@SUITE.case("tracking", "Events carry the client's own numbers", clause=CONTROLS, needs=(Need.SWITCH,))
def tracking(talk: Conversation) -> None:
    meter = talk.switch_meter()
    tracking_id = talk.new_id()
    talk.step("connect a meter with issuerID and issuerTrackingID")
    more = {"issuerID": "conformance", "issuerTrackingID": tracking_id}
    ok(talk, talk.send_control(CONNECT, meter, more=more), "a control for a state that holds already is accepted")
    listing = tracked(talk, tracking_id, meter)
    talk.check("its event can be found by the issuerTrackingID", bool(listing.events), on=listing, advice=True)
    ids = set(listing.texts("EndDeviceEvent/issuerTrackingID"))
    talk.equal("the event carries it", ids, {tracking_id}, on=listing, advice=True)


@SUITE.case("unknown-device", "A control of an unknown device is refused, and it is named", clause=CODES)
def unknown_device(talk: Conversation) -> None:
    talk.step("send a control for a meter that does not exist")
    answer = talk.send_control(CONNECT, talk.unknown_meter)
    refused(talk, answer, "2.4", about=str(talk.unknown_meter))
    talk.check("nothing was begun", not answer.ids, expected="no Reply/ID", seen=", ".join(answer.ids), on=answer)


@SUITE.case(
    "some-unknown-devices",
    "A control of a known and an unknown device is done in part (DX-2)",
    clause=CODES,
    needs=(Need.SWITCH,),
)
def some_unknown(talk: Conversation) -> None:
    talk.step("send a control for a meter and one that does not exist")
    tracking_id = talk.new_id()
    answer = talk.send_control(CONNECT, talk.switch_meter(), talk.unknown_meter, more={"issuerTrackingID": tracking_id})
    talk.require(
        "the Result says that a part is missing",
        answer.result == "PARTIAL",
        expected="Result PARTIAL",
        seen=answer,
        on=answer,
    )
    talk.check(
        "an Error with 2.4 names the unknown one",
        "2.4" in answer.codes and str(talk.unknown_meter) in answer.told,
        seen=answer,
        on=answer,
        advice=True,
    )
    listing = tracked(talk, tracking_id, talk.switch_meter())
    check_success(talk, listing, CONNECTED, talk.switch_meter())


@SUITE.case("unknown-type", "A control type that is none is refused", clause=CODES, needs=(Need.SWITCH,))
def unknown_type(talk: Conversation) -> None:
    for code in ("3.31.0.9999", "CaCREPLACE.TYPE"):
        talk.step(f"send a control of type {code}")
        answer = talk.send_control(code, talk.switch_meter())
        refused(talk, answer, "1.8", about=code, what=f"the type {code} is refused")


@SUITE.case("no-device", "A control without a device is refused", clause=CODES)
def no_device(talk: Conversation) -> None:
    talk.step("send a control without devices")
    refused(talk, talk.send_control(CONNECT), "1.7", "1.6", "5.8", "1.8")


@SUITE.case("no-switch", "A meter without a switch is not connected", clause=CODES, needs=(Need.NO_SWITCH,))
def no_switch(talk: Conversation) -> None:
    meter = talk.stage.no_switch_meter or _meter_without_switch(talk)
    talk.step("send a connect to a meter without a switch")
    refused(talk, talk.send_control(CONNECT, meter), "5.2", "2.29")


@SUITE.case("several-devices", "One control reaches several devices", clause=CONTROLS, needs=(Need.SWITCH,))
def several_devices(talk: Conversation) -> None:
    meters = (talk.switch_meter(0), talk.switch_meter(1))
    if meters[0] == meters[1]:
        talk.skip("only one meter may be switched")
    talk.step("connect two meters by one control")
    _, listing = switch(talk, CONNECT, *meters)
    check_success(talk, listing, CONNECTED, *meters)


@SUITE.case("group", "A control of a group reaches each member (DX-3)", clause=CONTROLS, needs=(Need.GROUP,))
def group(talk: Conversation) -> None:
    name = talk.stage.group
    talk.step("send a connect to a group")
    tracking_id = talk.new_id()
    control = {
        "EndDeviceControlType": {"ref": CONNECT},
        "issuerTrackingID": tracking_id,
        "EndDeviceGroups": [{"Names": [{"name": name}]}],
    }
    ok(talk, talk.act("create", "EndDeviceControls", {"EndDeviceControl": [control]}))
    listing = talk.eventually(
        lambda: talk.list_events(more={"EndDeviceEvent": [{"issuerTrackingID": tracking_id}]}),
        lambda one: len(one.events) > 1,
    )
    devices = {one.device_mrid or one.device_name for one in listing.events}
    talk.check(
        "more than one device reports", len(devices) > 1, expected="several devices", seen=len(devices), on=listing
    )
    talk.step("send a connect to a group that does not exist")
    control["EndDeviceGroups"] = [{"Names": [{"name": talk.name("no-such-group")}]}]
    answer = talk.act("create", "EndDeviceControls", {"EndDeviceControl": [control]})
    refused(talk, answer, "2.15", "5.2", "2.4", what="an unknown group is refused")


@SUITE.case("scheduled", "A control of a later time waits for it", clause=CONTROLS, needs=(Need.SWITCH, Need.TIME))
def scheduled(talk: Conversation) -> None:
    meter = talk.switch_meter()
    tracking_id = talk.new_id()
    talk.step("send a disconnect for in an hour")
    talk.finally_do(lambda: talk.send_control(CONNECT, meter))
    answer = talk.send_control(
        DISCONNECT, meter, more={"issuerTrackingID": tracking_id, **_starts(talk, timedelta(hours=1))}
    )
    ok(talk, answer)
    early = talk.list_events(meter, more={"EndDeviceEvent": [{"issuerTrackingID": tracking_id}]})
    talk.check("nothing has happened yet", not early.events, seen=f"{len(early.events)} events", on=early)
    talk.step("let two hours pass")
    due = talk.now + timedelta(hours=1)
    talk.advance(timedelta(hours=2))
    listing = tracked(talk, tracking_id, meter)
    check_success(talk, listing, DISCONNECTED, meter)
    if listing.events:
        at = listing.events[0].created
        talk.check("it happened at its time", abs(at - due) <= timedelta(minutes=30), expected=due, seen=at, on=listing)


@SUITE.case(
    "cancelled",
    "A control that has not begun can be cancelled, and does nothing (DX-4)",
    clause=CONTROLS,
    needs=(Need.SWITCH, Need.TIME),
)
def cancelled(talk: Conversation) -> None:
    meter = talk.switch_meter()
    tracking_id = talk.new_id()
    talk.step("send a disconnect for in an hour")
    talk.finally_do(lambda: talk.send_control(CONNECT, meter))
    more = {"issuerTrackingID": tracking_id, **_starts(talk, timedelta(hours=1))}
    created = talk.send_control(DISCONNECT, meter, more=more)
    ok(talk, created)
    talk.step("cancel it")
    answer = _cancel(talk, created.ids, tracking_id)
    ok(talk, answer, "the cancel is accepted")
    talk.step("let two hours pass")
    talk.advance(timedelta(hours=2))
    listing = talk.list_events(meter, more={"EndDeviceEvent": [{"issuerTrackingID": tracking_id}]})
    types = {one.type_code.partition(".")[2] for one in listing.events}
    talk.check(
        "the meter was not disconnected",
        DISCONNECTED.partition(".")[2] not in types,
        expected=f"no {DISCONNECTED}",
        seen=", ".join(types),
        on=listing,
    )
    talk.step("cancel it again")
    refused(
        talk,
        _cancel(talk, created.ids, tracking_id),
        "6.5",
        "6.1",
        "2.15",
        what="what was cancelled cannot be cancelled again",
    )


@SUITE.case("cancel-too-late", "What is done cannot be cancelled", clause=CODES, needs=(Need.SWITCH,))
def cancel_too_late(talk: Conversation) -> None:
    tracking_id = talk.new_id()
    talk.step("connect a meter, and wait until it is done")
    created = talk.send_control(CONNECT, talk.switch_meter(), more={"issuerTrackingID": tracking_id})
    ok(talk, created)
    tracked(talk, tracking_id, talk.switch_meter())
    talk.step("cancel it")
    refused(talk, _cancel(talk, created.ids, tracking_id), "6.1", "6.5", "2.15")


@SUITE.case("cancel-unknown", "A control that does not exist cannot be cancelled", clause=CODES)
def cancel_unknown(talk: Conversation) -> None:
    talk.step("cancel a control that does not exist")
    refused(talk, talk.act("cancel", "EndDeviceControls", ids=[talk.identifier("no-such-control")]), "2.15")
    talk.step("cancel without saying which")
    refused(
        talk,
        talk.act("cancel", "EndDeviceControls"),
        "1.6",
        "1.7",
        "1.5",
        "1.8",
        what="a cancel that names nothing is refused",
    )


@SUITE.case(
    "changed", "The time of a scheduled control can be changed", clause=CONTROLS, needs=(Need.SWITCH, Need.TIME)
)
def changed(talk: Conversation) -> None:
    meter = talk.switch_meter()
    tracking_id = talk.new_id()
    talk.step("send a disconnect for in an hour, and move it to in three hours")
    talk.finally_do(lambda: talk.send_control(CONNECT, meter))
    control: Element = {
        "EndDeviceControlType": {"ref": DISCONNECT},
        "EndDevices": [meter.reference],
        "issuerTrackingID": tracking_id,
    }
    created = talk.act(
        "create", "EndDeviceControls", {"EndDeviceControl": [{**control, **_starts(talk, timedelta(hours=1))}]}
    )
    ok(talk, created)
    due = talk.now + timedelta(hours=3)
    later = {**control, **({"mRID": created.ids[0]} if created.ids else {}), **_starts(talk, timedelta(hours=3))}
    ok(talk, talk.act("change", "EndDeviceControls", {"EndDeviceControl": [later]}), "the change is accepted")
    talk.step("let four hours pass")
    talk.advance(timedelta(hours=4))
    listing = tracked(talk, tracking_id, meter)
    at = listing.events[0].created if listing.events else None
    talk.check(
        "it happened at the new time",
        at is not None and abs(at - due) <= timedelta(minutes=30),
        expected=due,
        seen=at or "no event",
        on=listing,
    )


@SUITE.case("listed", "Controls can be asked for", clause=CONTROLS, needs=(Need.SWITCH,))
def listed(talk: Conversation) -> None:
    tracking_id = talk.new_id()
    talk.step("send a control, and ask for it")
    if talk.stage.target.route("get", "EndDeviceControls") is None:
        talk.does_not_apply("GetEndDeviceControls is not offered")
    ok(talk, talk.send_control(CONNECT, talk.switch_meter(), more={"issuerTrackingID": tracking_id}))
    found = talk.get("EndDeviceControls", {"EndDeviceControl": [{"issuerTrackingID": tracking_id}]})
    ok(talk, found, "the controls are listed")
    talk.equal("the control is among them", found.texts("EndDeviceControl/issuerTrackingID"), [tracking_id], on=found)
    talk.equal("with its type", found.refs("EndDeviceControl/EndDeviceControlType"), [CONNECT], on=found)
    talk.step("close it, and delete it")
    ids = found.texts("EndDeviceControl/mRID")
    tracked(talk, tracking_id, talk.switch_meter())
    ok(talk, talk.act("close", "EndDeviceControls", ids=ids), "a control that is done can be closed")
    ok(talk, talk.act("delete", "EndDeviceControls", ids=ids), "and deleted")
    gone = talk.get("EndDeviceControls", {"EndDeviceControl": [{"issuerTrackingID": tracking_id}]})
    talk.equal("it is listed no more", gone.texts("EndDeviceControl/issuerTrackingID"), [], on=gone)


@SUITE.case(
    "all-types",
    "Every control of Annex F is taken or refused with a reason",
    clause="61968-9:2013 Annex F",
    needs=(Need.SWITCH, Need.FIELD),
)
def all_types(talk: Conversation) -> None:
    from simulator.cim.code_tables import rows

    meter = talk.own_meter(2)
    talk.finally_do(lambda: talk.send_control(CONNECT, meter))
    talk.finally_do(lambda: talk.send_control("3.31.0.26", meter))
    for row in rows("controls"):
        code = row["example_code"]
        talk.step(f"send {row['mnemonic']}")
        answer = talk.send_control(code, meter, more=_needed_parts(code, talk))
        talk.check(
            f"{code} is taken, or refused with an Error",
            answer.result in ("OK", "PARTIAL") or (answer.is_refused and bool(answer.codes)),
            seen=answer,
            on=answer,
        )


def _meter_without_switch(talk: Conversation) -> KnownMeter:
    """A meter of a simulated head end that has no switch."""
    name = talk.name("lamps")
    content: Element = {"Meter": [{"Names": [{"name": name}], "type": "street_lighting"}]}
    talk.finally_do(lambda: talk.act("delete", "MeterConfig", content))
    ok(talk, talk.act("create", "MeterConfig", content), "a meter of street lights can be created")
    return KnownMeter(None, name)


def _needed_parts(code: str, talk: Conversation) -> Element:
    """What some controls say beside their type: a text, a price, an event."""
    domain = code.split(".")[1]
    start = talk.now + timedelta(minutes=5)
    if domain == "13" and code.endswith(".77"):
        return {"PanDisplay": {"textMessage": "conformance", "startDateTime": start}}
    if domain == "15" and code.endswith("43.300"):
        return {"PanDemandResponse": {"startDateTime": start, "duration": 30}}
    return {}


def _starts(talk: Conversation, after: timedelta) -> Element:
    return {"primaryDeviceTiming": {"interval": {"start": talk.now + after}}}


def _cancel(talk: Conversation, ids: tuple[str, ...], tracking_id: str) -> Answer:
    if ids:
        return talk.act("cancel", "EndDeviceControls", ids=ids)
    return talk.act("cancel", "EndDeviceControls", {"EndDeviceControl": [{"issuerTrackingID": tracking_id}]})

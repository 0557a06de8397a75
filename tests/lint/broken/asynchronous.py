"""What breaks the rules on asynchronous requests and late replies."""

from datetime import timedelta

from tests.conftest import NOON
from tests.lint.exchanges import (
    ACKNOWLEDGED,
    HOUR,
    MDM_REPLIES,
    Case,
    answer,
    asked_late,
    error,
    exchange,
    late_reply,
    of_meter,
    quarters,
    read,
    readings,
    result,
    spoiled,
    told_events,
)

_PAIR = [asked_late(), late_reply()]
_MORE, _LAST = error("0.1", "INFORM"), error("0.2", "INFORM")
_SERIES = [asked_late(), late_reply(2, reply=result("PARTIAL", _MORE)), late_reply(3, reply=result("PARTIAL", _LAST))]
_PAYLOAD = readings(of_meter(quarters(*HOUR)))
_EVENT = told_events()
_FLAG = ("<m:MessageID>", "<m:AsyncReplyFlag>true</m:AsyncReplyFlag><m:MessageID>")

CASES = {
    "async.reply-address": Case(_PAIR, [asked_late(ReplyAddress=None), late_reply()]),
    "async.address-form": Case(_PAIR, [asked_late(ReplyAddress="NONE"), spoiled(late_reply(), peer="NONE")]),
    "async.identified": Case(
        _PAIR,
        [
            spoiled(
                asked_late(CorrelationID=None, MessageID=None), response=("<m:CorrelationID>c-1</m:CorrelationID>", "")
            )
        ],
    ),
    "async.requests-only": Case([_EVENT], [spoiled(_EVENT, request=_FLAG)]),
    "async.address-used": Case([read()], [read(ReplyAddress=MDM_REPLIES)]),
    "async.reply-wanted": Case(_PAIR, [asked_late(AckRequired="false")]),
    "async.ack-code": Case(_PAIR, [asked_late(reply=result("OK", error("0.0", "INFORM"))), late_reply()]),
    "async.ack-payload": Case(
        _PAIR,
        [
            exchange(
                asked_late().request.body,
                answer("MeterReadings", ACKNOWLEDGED, _PAYLOAD, wrapper="GetMeterReadings"),
                "GetMeterReadings",
            ),
            late_reply(),
        ],
    ),
    "async.partial-says-more": Case(
        _SERIES, [asked_late(), late_reply(reply=result("PARTIAL", error("2.4", object_id="M9"))), late_reply(3)]
    ),
    "async.late-reply-known": Case(_PAIR, [*_PAIR, late_reply(3, correlation=2)]),
    "async.late-reply-noun": Case(_PAIR, [asked_late(), late_reply(noun="EndDeviceEvents")]),
    "async.late-reply-address": Case(_PAIR, [asked_late(), spoiled(late_reply(), peer="http://mdm.test/other")]),
    "async.late-reply-refused": Case(
        [asked_late(reply=result("FAILED", error("3.2")))],
        [asked_late(reply=result("FAILED", error("3.2"))), late_reply()],
    ),
    "async.late-reply-early": Case(
        _PAIR, [asked_late(), spoiled(late_reply(), machine_at=NOON + timedelta(seconds=0.05))]
    ),
    "async.late-reply-once": Case([*_PAIR, spoiled(late_reply(), number=3)], [*_PAIR, late_reply(3)]),
    "async.late-reply-owed": Case(_PAIR, [asked_late()]),
}

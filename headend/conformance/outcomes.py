"""What becomes of controls: their events, and whether energy flows."""

from datetime import timedelta
from decimal import Decimal

from headend.client import ClientError
from headend.conformance.answer import Answer
from headend.conformance.conversation import Conversation
from headend.conformance.expectations import ok
from headend.conformance.stage import KnownMeter

DISCONNECT, CONNECT = "3.31.0.23", "3.31.0.18"
DISCONNECTED, CONNECTED = "3.31.0.68", "3.31.0.42"
_GENERIC_SUCCESS = "44"
"""Event or action that some head ends report for every command that was carried out."""


def tracked(talk: Conversation, tracking_id: str, *meters: KnownMeter) -> Answer:
    """The events with an issuerTrackingID, once each of the meters has one, or when patience ends."""

    def ask() -> Answer:
        return talk.list_events(*meters, more={"EndDeviceEvent": [{"issuerTrackingID": tracking_id}]})

    def all_told(answer: Answer) -> bool:
        return all(any(meter.is_named(one.device_mrid, one.device_name) for one in answer.events) for meter in meters)

    return talk.eventually(ask, all_told)


def switch(
    talk: Conversation, code: str, *meters: KnownMeter, what: str = "the control is accepted"
) -> tuple[Answer, Answer]:
    """Send a control, and wait for its events: the reply, and the listing. Ends the case where it is refused."""
    tracking_id = talk.new_id()
    reply = talk.send_control(code, *meters, more={"issuerTrackingID": tracking_id})
    ok(talk, reply, what)
    return reply, tracked(talk, tracking_id, *meters)


def disconnected(talk: Conversation, *meters: KnownMeter) -> tuple[Answer, Answer]:
    """Cut the supply, until the case is over."""
    talk.finally_do(lambda: talk.send_control(CONNECT, *meters))
    return switch(talk, DISCONNECT, *meters, what="the disconnect is accepted")


def check_success(talk: Conversation, listing: Answer, code: str, *meters: KnownMeter) -> None:
    """Every meter reports success."""
    tail = code.partition(".")[2]
    for number, meter in enumerate(meters, start=1):
        types = [one.type_code for one in listing.events if meter.is_named(one.device_mrid, one.device_name)]
        is_there = any(one.partition(".")[2] == tail or one.rpartition(".")[2] == _GENERIC_SUCCESS for one in types)
        which = "the meter reports" if len(meters) == 1 else f"meter {number} reports"
        talk.check(
            f"{which} success by an event ({code})",
            is_there,
            expected=code,
            seen=", ".join(types) or "no event",
            on=listing,
            clause="61968-9:2013 Annex F",
        )


def energy_of_next_hour(talk: Conversation, meter: KnownMeter) -> tuple[Decimal, Answer]:
    """What flows in the next two whole hours, by intervals; moves the time."""
    start = talk.now
    talk.advance(timedelta(hours=2))
    answer = talk.read(
        meter,
        types=[talk.stage.parameters.interval_type],
        period=(start + timedelta(minutes=15), start + timedelta(hours=2)),
    )
    ok(talk, answer, "the intervals afterwards can be read")
    return sum((one.value for each in answer.readings for one in each.intervals()), Decimal(0)), answer


def send_again(talk: Conversation) -> None:
    """Let messages that wait for their retry be sent now, where a control API can do that; else they come in time."""
    if talk.stage.control is None:
        return
    try:
        talk.settle()
        for one in list(talk.stage.control.deliveries(state="retrying")):
            talk.stage.control.retry_delivery(int(one["id"]))
    except (ClientError, KeyError):
        return

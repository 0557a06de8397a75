"""Letting things happen in the field of a simulated head end, until the case is over."""

from headend.client import ControlClient
from headend.conformance.conversation import Conversation, Element
from headend.conformance.stage import KnownMeter


def cut_power(talk: Conversation, meter: KnownMeter) -> Element:
    """The meter has no power until `restore_power`, or the case is over; gives the outage."""
    made = talk.drive(f"{meter} lost its power", lambda control: control.start_outage(str(meter)))
    talk.finally_do(lambda: restore_power(talk, made))
    return made


def restore_power(talk: Conversation, outage: Element) -> None:
    """The meter has power again."""
    talk.drive("power came back", lambda control: control.end_outage(outage["mrid"]) or {})


def subscribed(talk: Conversation, noun: str) -> None:
    """Messages of a noun are published to the receiver until the case is over.

    A head end without a control API is configured to do so, or the case does not apply.
    """
    if talk.stage.control is None:
        if noun not in talk.stage.parameters.publishes:
            talk.skip(f"the head end is not known to publish {noun} to this tool (publishes)")
        return
    url = talk.receive_url(noun)
    made = talk.drive(f"the receiver was subscribed to {noun}", lambda control: control.subscribe(url, noun))

    def end(control: ControlClient) -> Element:
        control.unsubscribe(made["mrid"])
        return {}

    talk.finally_do(lambda: talk.drive("the subscription was ended", end))


def tamper(talk: Conversation, event_type: str, *meters: KnownMeter) -> None:
    """An event happens at meters."""
    names = [str(meter) for meter in meters]
    words = f"{event_type} happened at {', '.join(names)}"
    talk.drive(words, lambda control: control.send_events(event_type, names))

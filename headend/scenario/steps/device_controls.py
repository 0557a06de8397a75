"""`disconnect`, `connect`, `device_control`: what meters are told to do."""

from typing import ClassVar

from pydantic import Field

from headend.client import CONNECT, DISCONNECT
from headend.scenario.action import Action
from headend.scenario.found import Found
from headend.scenario.playing import Playing
from headend.scenario.reply_values import REPLY, reply_found
from headend.scenario.strict_form import Form, Text, Texts


class SwitchForm(Form):
    """CreateEndDeviceControls for the switch of meters."""

    shorthand: ClassVar[str | None] = "meters"

    meters: Texts = Field(description="mRIDs or names.")
    reply_to: Text | None = Field(None, description="Have the outcome sent later: `mdm`, or a URL.")


class DeviceControlForm(SwitchForm):
    """CreateEndDeviceControls with one control of any type."""

    shorthand: ClassVar[str | None] = None

    type: Text = Field(description="EndDeviceControlType (Annex F), such as 3.31.0.23.")


def _play(form: SwitchForm, control_type: str, words: str, playing: Playing) -> Found:
    called = playing.stage.caller.call(
        "CreateEndDeviceControls",
        lambda client: client.control(
            control_type, form.meters, reply_to=playing.reply_url(form.reply_to, "EndDeviceControls")
        ),
    )
    playing.sent.append((playing.step_name, called))
    return reply_found(called, f"{words} {', '.join(form.meters)}")


DISCONNECTING = Action(
    "disconnect",
    "Have the supply of meters cut.",
    SwitchForm,
    lambda form, playing: _play(form, DISCONNECT, "disconnect", playing),
    REPLY,
)
CONNECTING = Action(
    "connect",
    "Have the supply of meters restored.",
    SwitchForm,
    lambda form, playing: _play(form, CONNECT, "connect", playing),
    REPLY,
)
DEVICE_CONTROL = Action(
    "device_control",
    "Send one EndDeviceControl of any type.",
    DeviceControlForm,
    lambda form, playing: _play(form, form.type, f"control {form.type},", playing),
    REPLY,
)

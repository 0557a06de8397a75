"""`send` and `resend`: messages as they are, right or wrong."""

from pathlib import Path
from typing import ClassVar, Self
from xml.sax.saxutils import escape

from pydantic import Field, model_validator

from headend.compose.served_contract import served_contract
from headend.scenario.action import Action
from headend.scenario.found import Found
from headend.scenario.playing import BadStep, Playing
from headend.scenario.reply_values import REPLY, reply_found
from headend.scenario.strict_form import REFERENCE, Form, Text
from headend.scenario.yaml_source import Place
from simulator.near_miss import did_you_mean


class SendForm(Form):
    """An envelope, in the scenario or in a file beside it. Variables in it are escaped as XML wants it."""

    service: Text = Field(description="Such as GetMeterReadings.")
    xml: str | None = Field(None, description="The envelope.")
    file: Text | None = Field(None, description="Path of a file with it, from the scenario's directory.")
    soap_action: Text = Field("", description="SOAPAction of HTTP.")

    @model_validator(mode="after")
    def _has_one_envelope(self) -> Self:
        if (self.xml is None) == (self.file is None):
            raise ValueError("give the envelope as `xml` or as `file`, one of the two")
        return self


class ResendForm(Form):
    """The bytes of an earlier request once more."""

    shorthand: ClassVar = "of"

    of: Text | None = Field(None, description="Name of the step that sent it; the last request if left out.")


def _send(form: SendForm, playing: Playing) -> Found:
    text = form.xml
    if text is None:
        try:
            text = (playing.directory / str(form.file)).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadStep(f"{form.file}: {getattr(error, 'strerror', None) or error}") from None
    envelope = playing.text_with(text.lstrip(), lambda value: escape(value, {'"': "&quot;"})).encode()
    return _sent(f"to {form.service}, as it is", form.service, envelope, form.soap_action, playing)


def _resend(form: ResendForm, playing: Playing) -> Found:
    earlier = [called for name, called in playing.sent if form.of in (None, name)]
    if not earlier:
        raise BadStep(
            "nothing was sent before" if form.of is None else f"no step {form.of!r} has sent a request before"
        )
    entry = earlier[-1].entry
    return _sent(f"{entry.operation} once more", entry.service, entry.request.body, "", playing)


def _sent(words: str, service: str, envelope: bytes, soap_action: str, playing: Playing) -> Found:
    called = playing.stage.caller.call(words, lambda client: client.send(service, words, envelope, soap_action))
    playing.sent.append((playing.step_name, called))
    return reply_found(called, words)


def _problems(form: SendForm, directory: Path) -> list[tuple[Place, str]]:
    services = served_contract().services
    if form.service not in services and not REFERENCE.search(form.service):
        return [(("service",), f"the contract has no service {form.service!r}{did_you_mean(form.service, services)}")]
    if form.file is not None and not REFERENCE.search(form.file) and not (directory / form.file).is_file():
        return [(("file",), f"there is no file {directory / form.file}")]
    return []


SEND = Action(
    "send", "Send an envelope as it is.", SendForm, _send, REPLY, verbatim=frozenset({"xml"}), problems=_problems
)
RESEND = Action("resend", "Send the bytes of an earlier request again.", ResendForm, _resend, REPLY)

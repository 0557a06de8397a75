"""Settings: one typed model. Order: defaults < `headend.yaml` < environment `HEADEND_*` < flags.

The only module that reads the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from headend.fault_form import ConfiguredFault
from headend.ordering_form import ConfiguredOrdering
from headend.subscription_form import SubscriptionForm
from simulator.clock import ClockSpec
from simulator.conditions import PRESETS
from simulator.fleet import MOST_METERS, FleetSpec, InvalidFleet
from simulator.fleet.fleet_file import read_fleet

ENVIRONMENT_PREFIX = "HEADEND_"


class InvalidSettings(Exception):
    """Settings that cannot be used; the message says which, where it was written, and why."""


class Settings(BaseSettings):
    """Everything about a head end that can be set."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="Address to listen on; loopback unless told otherwise.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    workers: int = Field(1, ge=1, le=64, description="Server processes that share the port and the database.")
    threads: int = Field(16, ge=1, le=512, description="Requests that one worker carries out at the same time.")
    database: str = Field("sqlite:///headend.db", description="Where state is kept: an SQLite or PostgreSQL URL.")
    meters: int = Field(1000, ge=0, le=MOST_METERS, description="How many meters the fleet has.")
    seed: int = Field(1, ge=0, lt=2**64, description="What makes this fleet differ from another: same seed, same data.")
    zone: str = Field("UTC", description="IANA time zone of the fleet: local midnights, and offsets on the wire.")
    installed: date = Field(date(2020, 1, 1), description="Day on which all registers stood at zero.")
    fleet: Path | None = Field(
        None,
        description="Fleet file: templates of meters, a list of one's own. Instead of meters; seed, zone, installed "
        "and conditions count before those of the file.",
    )
    conditions: Literal["ideal", "realistic"] = Field(
        "ideal",
        description="How well meters and lines behave: ideal, or realistic with late, missing and wrong data.",
    )
    clock: str = Field(
        "real", description="real, xN such as x60, or stepped@INSTANT such as stepped@2026-01-01T00:00:00Z."
    )
    error_style: Literal["reply", "fault"] = Field(
        "reply",
        description="A refused request gets a reply with Result FAILED, or the operation's typed SOAP fault.",
    )
    source: str = Field("headend", min_length=1, description="Header/Source of every message of this head end.")
    strict: bool = Field(False, description="Refuse what is usually forgiven, such as an unknown Header/Revision.")
    context: str | None = Field(None, description="Take only messages of this Header/Context.")
    permitted_sources: frozenset[str] = Field(
        frozenset(), description="Take only messages of these Header/Source; empty: all."
    )
    max_request_bytes: int = Field(32 * 1024 * 1024, ge=1024, description="Larger requests are refused.")
    compression: Literal["never", "asked", "always"] = Field(
        "asked",
        description="Whether large payloads of get replies leave compressed: never, where it is asked for, always.",
    )
    compress_over_bytes: int = Field(
        1024 * 1024, ge=0, description="Payloads of at most so many bytes leave plain, whatever is asked for."
    )
    max_inflated_bytes: int = Field(
        32 * 1024 * 1024,
        ge=1024,
        description="A compressed payload of a request that is larger inside is refused (3.1).",
    )
    max_meters_per_request: int | None = Field(
        None,
        ge=1,
        description="More meters than this in one read, or in the controls of one message, are refused (3.1).",
    )
    max_days_per_request: int | None = Field(
        None, ge=1, description="A longer period than this in one read is refused (3.1)."
    )
    max_operations_per_set: int = Field(
        10_000, ge=1, description="An OperationSet with more operations is refused (3.1)."
    )
    sync_wait_s: int = Field(
        30,
        ge=0,
        le=3600,
        description="Seconds, in the fleet's time, after which an on-demand read answers without the meters that are "
        "still silent (4.1).",
    )
    async_wait_s: int = Field(
        3600,
        ge=0,
        le=7 * 86_400,
        description="The same of a read that is answered later (AsyncReplyFlag): nobody holds the line meanwhile.",
    )
    late_reply: Literal["reply", "created", "events"] = Field(
        "reply",
        description="As what late replies leave: reply, the response message; created, the Reply service's operation "
        "in the past tense where all went well; events, as created, but of controls EndDeviceEvents, then a reply.",
    )
    meters_per_reply: int = Field(
        1000, ge=1, description="A late reply with the readings of more meters than this leaves in several messages."
    )
    subscriptions: tuple[SubscriptionForm, ...] = Field(
        (), description="Who is told of what happens, of which meters, how often; see docs/publication.md."
    )
    orderings: tuple[ConfiguredOrdering, ...] = Field(
        (), description="What the head end does wrong when it sends, on purpose; see docs/orderings.md."
    )
    faults: tuple[ConfiguredFault, ...] = Field(
        (), description="What the head end breaks on purpose, in answers and in what it sends; see docs/faults.md."
    )
    senders: int = Field(4, ge=1, le=64, description="Receivers that one worker sends to at the same time.")
    messages_at_once: int = Field(
        1,
        ge=1,
        le=16,
        description="Messages that may be on their way to one receiver; with more than one, only those of equal "
        "CorrelationID arrive in order.",
    )
    delivery_timeout_s: float = Field(
        30.0, ge=0.1, le=600, description="Seconds of the machine's time that a receiver has for its answer."
    )
    first_retry_s: float = Field(
        1.0,
        ge=0.01,
        le=3600,
        description="Seconds of the machine's time after which a message that did not arrive is sent again; they "
        "double with each failure, up to five minutes.",
    )
    retries: int = Field(12, ge=0, le=1000, description="How often it is sent again before it is given up.")
    keep_messages_days: int = Field(
        30, ge=1, description="Days of the machine's time after which delivered and dead messages are forgotten."
    )
    keep_messages: int = Field(
        100_000, ge=1, description="So many delivered messages are kept, and as many dead ones; the oldest go first."
    )
    keep_events_days: int = Field(
        400, ge=1, description="Days of the fleet's time after which events that were told are forgotten."
    )
    keep_events: int = Field(1_000_000, ge=1, description="So many events are kept; the oldest go first.")
    keep_requests: int = Field(
        100_000, ge=1, description="So many requests are known again when they come a second time."
    )
    keep_controls_days: int = Field(
        400, ge=1, description="Days of the fleet's time after which EndDeviceControls that are over are forgotten."
    )
    keep_controls: int = Field(
        100_000, ge=1, description="So many controls are kept; of those that are over the oldest go first."
    )
    keep_schedules_days: int = Field(
        400, ge=1, description="Days of the fleet's time after which MeterReadSchedules that ended are forgotten."
    )
    keep_schedules: int = Field(
        10_000, ge=1, description="So many schedules are kept; of those that ended the oldest go first."
    )
    keep_works_days: int = Field(
        400,
        ge=1,
        description="Days of the fleet's time after which works of MeterServiceRequests that are over are forgotten.",
    )
    keep_works: int = Field(
        100_000, ge=1, description="So many works are kept; of those that are over the oldest go first."
    )
    keep_orderings: int = Field(
        1_000, ge=1, description="So many orderings and faults are kept; of those that are used up the oldest go first."
    )
    journal: bool = Field(
        True,
        description="Record every exchange, in and out; see docs/journal.md. SQLite: in a file beside the database.",
    )
    keep_exchanges: int = Field(50_000, ge=1, description="So many exchanges are recorded; the oldest go first.")
    keep_exchange_bytes: int = Field(
        256 * 1024 * 1024, ge=1024, description="They take so many bytes at most; the oldest go first."
    )
    keep_exchanges_days: int = Field(
        7, ge=1, le=100_000, description="Days of the machine's time after which they are forgotten."
    )
    keep_body_bytes: int = Field(
        64 * 1024,
        ge=0,
        le=64 * 1024 * 1024,
        description="Of each body so much is recorded; of a longer one its beginning, its length and a digest.",
    )
    most_sessions: int = Field(
        200,
        ge=0,
        le=10_000,
        description="So many isolated sessions may there be, at /s/NAME; see docs/sessions.md. 0: none.",
    )
    keep_sessions_hours: float = Field(
        24.0,
        ge=0.1,
        le=87_600,
        description="Hours of the machine's time after which a session that nobody has called is dropped.",
    )
    control: bool = Field(
        True,
        description="Serve the control API at /control/v1. Whoever reaches the port drives fleet and clock by it.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is said on stderr.")

    @field_validator("clock")
    @classmethod
    def _is_clock(cls, clock: str) -> str:
        ClockSpec.parse(clock)
        return clock

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, zone: str) -> str:
        FleetSpec(0, zone=zone)
        return zone

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """A Settings made in code depends on nothing but its arguments; `load_settings` brings in the rest."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @cached_property
    def fleet_spec(self) -> FleetSpec:
        """The fleet that these settings describe. Raises InvalidFleet for a fleet file that cannot be used.

        A long list of meters is read once: worker processes are forks and share it.
        """
        if self.fleet is None:
            return FleetSpec(self.meters, self.seed, self.zone, self.installed, conditions=PRESETS[self.conditions])
        if "meters" in self.model_fields_set:
            raise InvalidFleet(f"the fleet file {self.fleet} says how many meters there are; leave out `meters`")
        given: dict[str, Any] = {
            name: getattr(self, name) for name in ("seed", "zone", "installed") if name in self.model_fields_set
        }
        if "conditions" in self.model_fields_set:
            given["conditions"] = PRESETS[self.conditions]  # templates with conditions of their own keep them
        return replace(read_fleet(self.fleet), **given)


def environment_without_settings() -> dict[str, str]:
    """The environment of this process less every `HEADEND_*`: for a head end that is told all by its flags."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(ENVIRONMENT_PREFIX)}


def load_settings(file: Path | None, flags: Mapping[str, Any]) -> Settings:
    """The settings of a run: defaults < file < environment < flags; a flag that is None was not given.

    Raises InvalidSettings, naming file and line, environment variable or flag.
    """
    written = read_settings(file) if file is not None else WrittenSettings({}, {})
    environment = EnvSettingsSource(Settings, case_sensitive=False, env_prefix=ENVIRONMENT_PREFIX)()
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        settings = Settings(**{**written.values, **environment, **given})
        _ = settings.fleet_spec  # what is wrong with the fleet is said now
    except InvalidFleet as error:
        raise InvalidSettings(str(error)) from error
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False):
            name = str(problem["loc"][0])
            if name in given:
                where = f"--{name.replace('_', '-')}"
            elif name in environment:
                where = f"{ENVIRONMENT_PREFIX}{name.upper()}"
            else:
                where = f"{file}, line {written.lines.get(name, 1)}: {name}"
            path = "".join(f".{part}" for part in problem["loc"][1:])
            lines.append(f"{where}{path}: {problem['msg'].removeprefix('Value error, ')}")
        raise InvalidSettings("\n".join(lines)) from error
    return settings


@dataclass(frozen=True, slots=True)
class WrittenSettings:
    """Settings as somebody wrote them, not yet judged but for their names."""

    values: dict[str, Any]
    lines: dict[str, int]
    """The line of each key, counted from 1."""


def read_settings(file: Path) -> WrittenSettings:
    """The settings that a file names; paths in it count from its directory. Raises InvalidSettings."""
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise InvalidSettings(f"{file}: {error.strerror}") from error
    written = settings_in(text, str(file))
    if isinstance(fleet := written.values.get("fleet"), str):
        written.values["fleet"] = file.parent / fleet  # where the settings were written, not where somebody stands
    return written


def settings_in(text: str, where: str) -> WrittenSettings:
    """The settings that a YAML text names. where: what the text is, for errors. Raises InvalidSettings."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise InvalidSettings(f"{where}: {error}") from error
    if not isinstance(values, dict) or not isinstance(tree, yaml.MappingNode | None):
        raise InvalidSettings(f"{where}: the settings are a mapping of names to values")
    lines = {key.value: key.start_mark.line + 1 for key, _ in (tree.value if tree else ())}
    for name in values:
        if name not in Settings.model_fields:
            raise InvalidSettings(f"{where}, line {lines[str(name)]}: {unknown_setting(str(name))}")
    return WrittenSettings(values, lines)


def unknown_setting(name: str) -> str:
    """What to say of a name that no setting has."""
    near = get_close_matches(name, Settings.model_fields, n=1)
    rest = f"did you mean {near[0]!r}?" if near else f"the settings are {', '.join(Settings.model_fields)}"
    return f"there is no setting {name!r}; {rest}"


def commented_settings() -> str:
    """The `headend.yaml` that `headend init` writes: every setting with its meaning, all at their defaults."""
    parts = ["# Settings of the head end. Every line is a default; remove the # to change it.\n"]
    for name, field in Settings.model_fields.items():
        default = Settings.model_validate({}).model_dump(mode="json")[name]
        shown = yaml.safe_dump({name: default}, width=1000).strip()
        parts.append(f"# {field.description}\n#{shown}\n")
    return "\n".join(parts)

"""What is known of a head end before it is called: the parameter file, and flags that say the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from simulator.near_miss import did_you_mean

FORWARD_ENERGY = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
QUARTER_HOURS = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"


class InvalidParameters(Exception):
    """They cannot be used; the message says which, where they are written, and why."""


class Parameters(BaseModel):
    """Everything that can be said of a head end. What is left out is found out, or cases that need it are skipped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str | None = Field(
        None, description="Base URL, such as https://hes.example/ami; --target counts before it."
    )
    path: str = Field("/services/{service}", description="Where a service is called, below the target.")
    wsdl: str = Field(
        "{endpoint}?wsdl", description="Where its WSDL is: a URL, a path below the target, or with --wsdl DIR."
    )
    endpoints: dict[str, str] = Field({}, description="Services that are called elsewhere: name and URL.")
    headers: dict[str, str] = Field({}, description="HTTP headers of every call, such as Authorization.")
    source: str = Field("headend-conformance", min_length=1, description="Header/Source of every message.")
    dialect: Literal["2013", "early"] = Field(
        "2013", description="Which namespaces are right: those of 2013, or those of the early drafts with www."
    )
    meters: tuple[str, ...] = Field((), description="Meters that exist, by mRID or name; at least two.")
    switch_meters: tuple[str, ...] = Field(
        (),
        description="Meters whose supply may be cut for some seconds. No other meter of a real head end is switched.",
    )
    no_switch_meter: str | None = Field(None, description="A meter without a switch.")
    silent_meter: str | None = Field(None, description="A meter that exists and never answers.")
    unknown_meter: str = Field("NO-SUCH-METER-4711", min_length=1, description="A name that no meter has.")
    usage_point: str | None = Field(None, description="A usage point with a meter.")
    group: str | None = Field(
        None, description="A group of end devices with at least two members that may be switched."
    )
    register_type: str = Field(FORWARD_ENERGY, description="A register that every meter has.")
    interval_type: str = Field(QUARTER_HOURS, description="Intervals that every meter delivers.")
    zone: str | None = Field(None, description="IANA time zone of the meters; their days begin at its midnight.")
    publishes: frozenset[str] = Field(
        frozenset(), description="Nouns that the head end publishes to the receiver of this tool."
    )
    changes: bool = Field(True, description="Whether objects may be created, changed and deleted in the head end.")
    not_offered: dict[str, str] = Field(
        {}, description="Cases that do not apply, by id or pattern, each with the reason."
    )

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str | None) -> str | None:
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise ValueError(f"{zone!r} is no time zone that is known here") from error
        return zone

    @field_validator("path")
    @classmethod
    def _names_the_service(cls, path: str) -> str:
        if "{service}" not in path:
            raise ValueError("it has no {service}, so every service would be called at the same address")
        return path


def load_parameters(file: Path | None, given: Mapping[str, Any]) -> Parameters:
    """The parameters of a file, and those that were given as flags before them. Raises InvalidParameters."""
    values, lines = _read(file) if file is not None else ({}, {})
    for name in values:
        if name not in Parameters.model_fields:
            near = did_you_mean(name, Parameters.model_fields)
            raise InvalidParameters(f"{file}, line {lines.get(name, 1)}: there is no parameter {name!r}{near}")
    flags = {name: value for name, value in given.items() if value is not None and value != ()}
    try:
        return Parameters.model_validate({**values, **flags})
    except ValidationError as error:
        said = []
        for problem in error.errors(include_input=False, include_url=False):
            name = str(problem["loc"][0])
            path = ".".join(map(str, problem["loc"]))
            where = f"--{name.replace('_', '-')}" if name in flags else f"{file}, line {lines.get(name, 1)}: {path}"
            said.append(f"{where}: {problem['msg'].removeprefix('Value error, ')}")
        raise InvalidParameters("\n".join(said)) from error


def _read(file: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The values, and the line of each."""
    try:
        text = file.read_text("utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text) or {}
    except OSError as error:
        raise InvalidParameters(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidParameters(f"{file}: it is no text in UTF-8") from error
    except yaml.YAMLError as error:
        raise InvalidParameters(f"{file}: {error}") from error
    if not isinstance(values, dict) or not isinstance(tree, yaml.MappingNode | None):
        raise InvalidParameters(f"{file}: parameters are a mapping of names to values")
    lines = {key.value: key.start_mark.line + 1 for key, _ in (tree.value if tree else ())}
    return {str(name): value for name, value in values.items()}, lines

"""The settings of a head end in a test: those of every head end, with defaults that make each run the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from headend.config import InvalidSettings, Settings, WrittenSettings, read_settings, settings_in, unknown_setting
from simulator.fleet import InvalidFleet
from simulator.near_miss import did_you_mean

START: Final = "2026-03-02T12:00:00Z"
"""Where the clock stands at first: a Monday noon, far from any change of clocks."""

DEFAULTS: Final[Mapping[str, Any]] = {
    "port": 0,
    "clock": f"stepped@{START}",
    "seed": 1,
    "senders": 2,  # each looks at every request whether there is something to send, and all share one interpreter
    "first_retry_s": 0.1,
}

Config = str | Path | Mapping[str, Any]
"""A file, the text of one, or its content."""

OF_A_PROCESS: Final = ("workers", "threads", "log_level")
"""Settings of `headend serve` that mean nothing where the head end lives in somebody's process."""

_OF_A_PLACE: Final = (*OF_A_PROCESS, "host", "port", "database")
"""What a file says of where `headend serve` is to run. A test has a place of its own, and never the real database."""


def kit_settings(config: Config | None, given: Mapping[str, Any]) -> Settings:
    """Defaults < what the config says < what is given. Raises InvalidSettings, naming the setting and the rule."""
    written = _written(config)
    for name in given:
        if name in OF_A_PROCESS:
            raise InvalidSettings(f"{name} is about processes; a HeadEnd lives in threads of this one")
        if name not in Settings.model_fields:
            raise InvalidSettings(unknown_setting(name))
    usable = {name: value for name, value in written.values.items() if name not in _OF_A_PLACE}
    try:
        settings = Settings(**{**_defaults(usable), **usable, **given})
        _ = settings.fleet_spec  # what is wrong with the fleet is said now
    except InvalidFleet as error:
        raise InvalidSettings(str(error)) from error
    except ValidationError as error:
        raise InvalidSettings(sentences(error, Settings)) from None
    return settings


def _defaults(written: Mapping[str, Any]) -> dict[str, Any]:
    # The seed of a fleet file counts if nobody names another one.
    return {name: value for name, value in DEFAULTS.items() if name != "seed" or "fleet" not in written}


def _written(config: Config | None) -> WrittenSettings:
    if config is None:
        return WrittenSettings({}, {})
    if isinstance(config, Mapping):
        for name in config:
            if name not in Settings.model_fields:
                raise InvalidSettings(f"config: {unknown_setting(str(name))}")
        return WrittenSettings(dict(config), {})
    if isinstance(config, str) and ("\n" in config or ": " in config):
        return settings_in(config, "config")
    if isinstance(config, str | Path):
        return read_settings(Path(config))
    raise InvalidSettings(f"config is a file, its text or a dictionary, not {config!r}")


def sentences(error: ValidationError, model: type[BaseModel]) -> str:
    """What is wrong with values that a model refuses, in a line."""
    return "; ".join(_sentence(problem, model) for problem in error.errors())


def _sentence(problem: Any, model: type[BaseModel]) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"there is no {where!r}{did_you_mean(where, model.model_fields)}"
    why = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where} = {problem['input']!r}: {why}" if where else why

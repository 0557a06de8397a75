"""The settings of the head end that a scenario is about: in its file, in a file beside it, or both."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from headend.config import InvalidSettings, Settings, read_settings, unknown_setting
from headend.scenario.yaml_source import Place
from headend.testing.kit_settings import OF_A_PROCESS, kit_settings

CONFIG: Final = "config"
"""Key of the settings that names a file with more of them."""

_OF_A_PLACE: Final = (*OF_A_PROCESS, "host", "port", "database")
_NEEDED: Final = ("control", "journal")
"""What a scenario cannot do without."""


class InvalidHeadEnd(Exception):
    """Settings that cannot be; `place` is below `head_end`."""

    def __init__(self, place: Place, sentence: str) -> None:
        super().__init__(sentence)
        self.place = place


@dataclass(frozen=True, slots=True)
class HeadEndSettings:
    """What is said of the head end; what is not is as with `headend.testing.HeadEnd`."""

    given: Mapping[str, Any]
    settings: Settings

    @property
    def config(self) -> dict[str, Any]:
        """As HeadEnd takes them."""
        # One sender: what goes to different receivers arrives in the same order in every run.
        return {"senders": 1, **self.given}


def head_end_settings(said: Any, directory: Path) -> HeadEndSettings:
    """The settings; directory: from where files are looked for. Raises InvalidHeadEnd."""
    if isinstance(said, str):
        said = {CONFIG: said}
    if not isinstance(said, dict):
        raise InvalidHeadEnd((), "it is settings by name, or the path of a settings file")
    values = dict(said)
    written: dict[str, Any] = {}
    if CONFIG in values:
        try:
            written = dict(read_settings(directory / str(values.pop(CONFIG))).values)
        except InvalidSettings as error:
            raise InvalidHeadEnd((CONFIG,), str(error)) from None
    for name in values:
        if name not in Settings.model_fields:
            raise InvalidHeadEnd((name,), unknown_setting(str(name)))
        if name in _OF_A_PLACE:
            raise InvalidHeadEnd((name,), f"{name} is about where a head end runs, which `headend run` says")
        if name in _NEEDED and values[name] in (False, "false", "off", "no"):
            raise InvalidHeadEnd((name,), f"a scenario drives and asks the head end by it: {name} cannot be off")
    if isinstance(values.get("fleet"), str):
        values["fleet"] = directory / values["fleet"]
    given = {name: value for name, value in written.items() if name not in _OF_A_PLACE} | values
    try:
        return HeadEndSettings(given, kit_settings(given, {}))
    except InvalidSettings as error:
        named = next((name for name in values if str(error).startswith(name)), None)
        raise InvalidHeadEnd((named,) if named else (), str(error)) from None

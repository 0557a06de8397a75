"""A piece of a scenario file as a typed model: unknown keys are errors, and `${variables}` may stand for any value."""

import re
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from headend.scenario.yaml_source import WrittenNumber
from simulator.near_miss import did_you_mean

UNKNOWN_KEY: Final = "unknown_key"
"""Type of the error about a key that there is not; its context has the `key`."""

REFERENCE: Final = re.compile(r"(?<!\$)\$\{([^{}]*)\}")
"""A variable in a text. `$${` is a dollar and a brace."""


class Form(BaseModel):
    """The base of everything in a scenario file.

    A value in which a variable stands is judged twice: when the file is read all but such values, and when it is played
    all of it. The validation context says which: `{"early": True}` is the former.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    shorthand: ClassVar[str | None] = None
    """The field that is meant where something else than a mapping stands."""

    @model_validator(mode="before")
    @classmethod
    def _is_a_mapping_of_known_keys(cls, given: Any) -> Any:
        if given is None:
            given = {}
        elif not isinstance(given, dict) and cls.shorthand is not None:
            given = {cls.shorthand: given}
        if not isinstance(given, dict):
            return given
        for key in given:
            if key not in cls.model_fields:
                raise PydanticCustomError(
                    UNKNOWN_KEY,
                    "there is no key '{key}' here{near}",
                    {"key": str(key), "near": did_you_mean(str(key), cls.model_fields)},
                )
        return given

    @field_validator("*", mode="wrap")
    @classmethod
    def _may_be_a_variable(cls, given: Any, judge: Any, info: ValidationInfo) -> Any:
        is_early = isinstance(info.context, dict) and info.context.get("early")
        return given if is_early and isinstance(given, str) and REFERENCE.search(given) else judge(given)


def _as_text(given: Any) -> Any:
    """Codes, numbers of meters and the like are texts, also where they look like numbers."""
    if isinstance(given, WrittenNumber):
        return given.text
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


def _as_several(given: Any) -> Any:
    """One is a list of one."""
    return given if isinstance(given, list | tuple) else [given]


Text = Annotated[str, BeforeValidator(_as_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_several)]
"""One text, or a list."""

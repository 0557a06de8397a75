"""The JSON Schema of scenario files, by which editors complete and check them."""

from typing import Any, Final

from headend.config import Settings
from headend.scenario.condition import OPERATORS
from headend.scenario.scenario_form import ScenarioForm, Step
from headend.scenario.steps import ACTIONS
from headend.scenario.strict_form import Form

_VARIABLE: Final = {"type": "string", "pattern": r"\$\{[^{}]+\}"}


def scenario_schema() -> dict[str, Any]:
    """The schema; every value may also be a variable, and what has a shorthand may be that."""
    schema = ScenarioForm.model_json_schema()
    definitions = schema["$defs"]
    for definition in (schema, *definitions.values()):
        for name, field in definition.get("properties", {}).items():
            definition["properties"][name] = _or_variable(field)
    for form in _forms():
        definition = definitions.get(form.__name__)
        if definition is not None and form.shorthand is not None:
            field = definition["properties"][form.shorthand]
            definitions[form.__name__] = {
                "anyOf": [
                    definition,
                    {one: field[one] for one in field if one not in ("description", "default", "title")},
                ]
            }
    step = definitions["Step"]
    step["oneOf"] = [{"required": [key]} for key in ACTIONS]
    step["properties"]["expect"]["additionalProperties"] = {"$ref": "#/$defs/Condition"}
    definitions["Condition"] = {
        "description": "A value, or operators that all have to hold.",
        "anyOf": [
            {"type": ["string", "number", "boolean", "null", "array"]},
            {
                "type": "object",
                "properties": {name: {} for name in OPERATORS},
                "additionalProperties": False,
                "minProperties": 1,
            },
        ],
    }
    settings = Settings.model_json_schema()
    definitions |= {name: one for name, one in settings.get("$defs", {}).items() if name not in definitions}
    properties = {name: _or_variable(field) for name, field in settings["properties"].items()}
    schema["properties"]["head_end"] = {
        "description": schema["properties"]["head_end"].get("description"),
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {**properties, "config": {"type": "string"}},
                "additionalProperties": False,
            },
        ],
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Scenario of headend run"}


def _or_variable(field: dict[str, Any]) -> dict[str, Any]:
    """The field, or a variable in its place; what may be any text may be that already."""
    if field.get("type") == "string" and not {"pattern", "enum", "const", "format"} & field.keys():
        return field
    if field.get("type") == "array" and field.get("items", {}).get("type") == "string":
        # One of them need not be in a list. Codes and the like may look like numbers.
        return _kept(field, {"anyOf": [{**_bare(field), "items": _TEXT}, _TEXT]})
    if "$ref" in field or (field.get("type") in ("object", None) and "anyOf" not in field):
        return field
    return _kept(field, {"anyOf": [_bare(field), _VARIABLE]})


_TEXT: Final = {"type": ["string", "number"]}


def _bare(field: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in field.items() if name not in ("description", "default", "title")}


def _kept(field: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    return {**{name: field[name] for name in ("description", "default", "title") if name in field}, **made}


def _forms() -> list[type[Form]]:
    found: list[type[Form]] = [Step, ScenarioForm]
    waiting: list[type[Form]] = [Form]
    while waiting:
        for one in waiting.pop().__subclasses__():
            found.append(one)
            waiting.append(one)
    return found

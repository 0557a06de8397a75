"""The OpenAPI description as a page for people: self-contained, no script, nothing loaded from elsewhere."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from headend.control.problems import KINDS

_STYLE: Final = """
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 3rem auto; padding: 0 1rem; color: #1c2733 }
  h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem }
  p, td.about { color: #51606f } code, pre { font-size: .9em } a { color: #0b5cad }
  details { border: 1px solid #dde3ea; border-radius: .4rem; margin: .5rem 0; padding: .4rem .8rem }
  summary { cursor: pointer } summary b { display: inline-block; width: 4.5rem } summary span { color: #51606f }
  table { border-collapse: collapse; width: 100%; margin: .6rem 0 }
  th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde3ea; vertical-align: top }
  th { color: #51606f; font-weight: 600 } pre { background: #f4f6f9; padding: .6rem; overflow-x: auto }
"""


def docs_html(spec: Mapping[str, Any]) -> str:
    """The page of an OpenAPI 3.1 description."""
    info = spec["info"]
    parts = "\n".join([*_resources(spec), *_schemas(spec), *_problems()])
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title><style>{_STYLE}</style></head>
<body><h1>{escape(info["title"])}</h1>
<p>{escape(info.get("description", ""))}</p>
<p>Version {escape(info["version"])}. For programs: <a href="openapi.json">OpenAPI {spec["openapi"]}</a>.</p>
{parts}
</body></html>
"""


def _resources(spec: Mapping[str, Any]) -> Iterator[str]:
    for tag in spec.get("tags", ()):
        yield f"<h2>{escape(tag['name'])}</h2>"
        for path, operations in spec["paths"].items():
            for method, operation in operations.items():
                if tag["name"] in operation.get("tags", ()):
                    yield _operation(spec, path, method, operation)


def _operation(spec: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    inside = [f"<p>{escape(operation['description'])}</p>"] if operation.get("description") else []
    parameters = [
        (f"{one['name']} ({one['in']})", one["schema"], one.get("required", one["in"] == "path"))
        for one in operation.get("parameters", ())
    ]
    if parameters:
        inside.append(_table("Parameter", parameters))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    example = None
    if body is not None:
        schema = _resolved(spec, body["schema"])
        required = schema.get("required", ())
        fields = [(name, field, name in required) for name, field in schema.get("properties", {}).items()]
        inside.append(_table("Field of the body", fields))
        example = body.get("example")
    inside.append(f"<pre>{escape(_curl(path, method, example, has_body=body is not None))}</pre>")
    inside.append(_answers(operation["responses"]))
    summary = f"<b>{method.upper()}</b> <code>{escape(path)}</code> <span>{escape(operation.get('summary', ''))}</span>"
    return f"<details><summary>{summary}</summary>{''.join(inside)}</details>"


def _answers(responses: Mapping[str, Any]) -> str:
    rows = []
    for status, response in responses.items():
        schema: Mapping[str, Any] = next((one.get("schema", {}) for one in response.get("content", {}).values()), {})
        rows.append(
            f"<tr><td>{status}</td><td>{_kind(schema)}</td><td>{escape(response.get('description', ''))}</td></tr>"
        )
    return f"<table><thead><tr><th>Answer</th><th>Body</th><th></th></tr></thead>{''.join(rows)}</table>"


def _schemas(spec: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Bodies</h2>"
    for name, schema in spec.get("components", {}).get("schemas", {}).items():
        required = schema.get("required", ())
        fields = [(field, form, field in required) for field, form in schema.get("properties", {}).items()]
        inside = _table("Field", fields) if fields else f"<p>{_kind(schema)}</p>"
        about = escape(schema.get("description", "").partition("\n")[0])
        summary = f"<summary><code>{escape(name)}</code> {about}</summary>"
        yield f"<details id='schema-{escape(name)}'>{summary}{inside}</details>"


def _problems() -> Iterator[str]:
    yield "<h2>Problems</h2><table>"
    for kind, meaning in KINDS.items():
        yield f"<tr id='problem-{kind}'><td><code>{kind}</code></td><td>{escape(meaning)}</td></tr>"
    yield "</table>"


def _table(what: str, fields: list[tuple[str, Mapping[str, Any], bool]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code>{'' if required else ' (optional)'}</td><td>{_kind(schema)}</td>"
        f"<td class='about'>{escape(schema.get('description', ''))}</td></tr>"
        for name, schema, required in fields
    )
    return f"<table><thead><tr><th>{what}</th><th>Form</th><th></th></tr></thead>{rows}</table>"


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value looks like, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"<a href='#schema-{escape(name)}'>{escape(name.rpartition('.')[2])}</a>"
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return ", ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    words = [escape(schema.get("format", kind))]
    bounds = {"minimum": "at least", "maximum": "at most", "exclusiveMaximum": "below"}
    words += [f"{word} {schema[key]}" for key, word in bounds.items() if key in schema]
    if schema.get("default") is not None:
        words.append(f"default {escape(json.dumps(schema['default']))}")
    if schema.get("examples"):
        words.append(f"such as <code>{escape(str(schema['examples'][0]))}</code>")
    return ", ".join(words)


def _resolved(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Mapping[str, Any] = spec["components"]["schemas"][reference.rpartition("/")[2]]
    return found


def _curl(path: str, method: str, example: Any, *, has_body: bool) -> str:
    words = ["curl"] if method == "get" else ["curl", "-X", method.upper()]
    if has_body:
        words += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(example if example is not None else {})}'"]
    return " ".join([*words, f"http://127.0.0.1:8080{path}"])

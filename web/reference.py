"""The OpenAPI description of the JSON API as rows for our own reference page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

DEPTH = 7


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a call."""

    name: str
    place: str
    type: str
    text: str
    required: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One call, with an example of its body and of its answer."""

    id: str
    method: str
    path: str
    summary: str
    parameters: list[Parameter]
    body: str
    answer: str


PLACES = {
    "query": "查询参数", "path": "路径", "header": "请求头", "body": "请求体", "form": "表单",
}  # fmt: skip


def operations(schema: dict[str, Any]) -> list[Call]:
    """Every call of the description in its order."""
    known = schema["components"]["schemas"]
    return [
        _call(path, method, call, known)
        for path, methods in schema["paths"].items()
        for method, call in methods.items()
    ]


def _call(path: str, method: str, call: dict[str, Any], known: dict[str, Any]) -> Call:
    taken = call.get("requestBody", {}).get("content", {})
    body = taken.get("application/json", {}).get("schema")
    form = taken.get("multipart/form-data", {}).get("schema", {})
    answer = _answer(call)
    given = [_parameter(item, known) for item in call.get("parameters", ())]
    return Call(
        id=call["operationId"],
        method=method.upper(),
        path=path,
        summary=call.get("summary", ""),
        parameters=[*given, *_fields(body or {}, known), *_fields(form, known, "form")],
        body=_json(example(body, known)) if body else "",
        answer=_json(example(answer, known)) if answer else "",
    )


def _answer(call: dict[str, Any]) -> dict[str, Any] | None:
    """The shape of what comes back where all goes well; None where nothing does."""
    code = min(code for code in call["responses"] if code.startswith("2"))
    content = call["responses"][code].get("content", {}).get("application/json", {})
    schema: dict[str, Any] | None = content.get("schema")
    return schema


def _parameter(item: dict[str, Any], known: dict[str, Any]) -> Parameter:
    schema = item.get("schema", {})
    text = item.get("description") or schema.get("description", "")
    return Parameter(
        item["name"], PLACES[item["in"]], _type(schema, known), text, item.get("required", False)
    )


def _fields(schema: dict[str, Any], known: dict[str, Any], place: str = "body") -> list[Parameter]:
    found = _resolve(schema, known)
    required = found.get("required", ())
    return [
        Parameter(
            name, PLACES[place], _type(item, known), item.get("description", ""), name in required
        )
        for name, item in found.get("properties", {}).items()
    ]


def _type(schema: dict[str, Any], known: dict[str, Any]) -> str:
    found = _resolve(schema, known)
    if "enum" in found:
        return " | ".join(str(value) for value in found["enum"])
    if "anyOf" in found:
        names = [_type(one, known) for one in found["anyOf"] if one.get("type") != "null"]
        return " | ".join(names)
    if found.get("type") == "array":
        one = _type(found["items"], known)
        return f"({one})[]" if "|" in one else f"{one}[]"
    return str(found.get("type", "any"))


def example(schema: dict[str, Any], known: dict[str, Any], depth: int = DEPTH) -> Any:
    """A value that fits the schema: its own example first, else one built from its parts."""
    found = _resolve(schema, known)
    if found.get("examples"):
        return _in_order(found["examples"][0], found)
    if "default" in found:
        return found["default"]
    if "enum" in found:
        return found["enum"][0]
    if "anyOf" in found:
        return example(found["anyOf"][0], known, depth)
    if found.get("type") == "array":
        return [example(found["items"], known, depth - 1)] if depth > 0 else []
    if found.get("type") == "object" and "properties" in found:
        return {name: example(item, known, depth - 1) for name, item in found["properties"].items()}
    plain = {"string": "……", "integer": 0, "number": 0.5, "boolean": True}
    return plain.get(str(found.get("type")))


def _in_order(value: Any, schema: dict[str, Any]) -> Any:
    """An example with its names in the order of the model; pydantic sorts them."""
    names = schema.get("properties", {})
    if not isinstance(value, dict) or not names:
        return value
    return {name: value[name] for name in [*names, *(value.keys() - names.keys())] if name in value}


def _resolve(schema: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    return {
        **known[schema["$ref"].rsplit("/", 1)[-1]],
        **{k: v for k, v in schema.items() if k != "$ref"},
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)

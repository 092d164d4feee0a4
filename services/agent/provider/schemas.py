"""Tool schemas in a plain form that every provider accepts."""

from typing import Any

Json = dict[str, Any]

_KEPT = ("type", "description", "enum", "items", "properties", "required")


def plain_tools(tools: list[Json]) -> list[Json]:
    """Return the tools without the parts of JSON Schema that some gateways refuse.

    These are `pattern`, `anyOf`, `default`, lengths, bounds, and parameters without properties.
    The desk checks all arguments itself, so the model only loses a hint.
    """
    return [{**tool, "function": _plain_function(tool["function"])} for tool in tools]


def _plain_function(function: Json) -> Json:
    parameters = _plain(function.get("parameters") or {})
    kept = {name: value for name, value in function.items() if name != "parameters"}
    return {**kept, "parameters": parameters} if parameters.get("properties") else kept


def _plain(schema: Json) -> Json:
    choices = [each for each in schema.get("anyOf") or () if each.get("type") != "null"]
    if choices:
        described = {key: schema[key] for key in ("description",) if key in schema}
        return _plain(choices[0]) | described
    if "const" in schema:
        schema = {**schema, "enum": [schema["const"]]}
    plain = {key: schema[key] for key in _KEPT if key in schema}
    if "pattern" in schema and "description" not in plain:
        plain["description"] = f"matches {schema['pattern']}"
    if "items" in plain:
        plain["items"] = _plain(plain["items"])
    if "properties" in plain:
        plain["properties"] = {name: _plain(each) for name, each in plain["properties"].items()}
    return plain

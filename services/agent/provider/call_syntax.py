"""Parse the tool calls that models write as JSON or as Python."""

import ast
import json
import re
from collections.abc import Collection
from typing import Any

Json = dict[str, Any]

DECODER = json.JSONDecoder()

_NAMES = ("name", "tool", "tool_name", "function")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "tool_args", "tool_input")
_BESIDE = ("id", "type", "index")
_NUMBERED = re.compile(r":\d{1,4}\Z")
_ODD = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME = 64
"""The characters and the length that OpenAI accepts in the name of a tool, also in the history."""
_WORDS = {"true": True, "false": False, "null": None}


def tool_name(given: object, offered: Collection[str]) -> str:
    """Return the name of the offered tool that is meant, else a name that servers accept.

    Models put prefixes such as `functions.` before names, and numbers or control tokens after them.
    """
    name = str(given or "").partition("<|")[0].strip()
    short = re.split(r"[.:/]", _NUMBERED.sub("", name))[-1].strip()
    for each in offered:
        if each.lower() in (name.lower(), short.lower()):
            return each
    return accepted_name(short)


def accepted_name(name: str) -> str:
    """Return the name of a call as every server accepts it."""
    return _ODD.sub("_", name)[:_LONGEST_NAME] or "unknown"


def json_values(text: str) -> list[Any]:
    """Return the JSON values of which the text consists; an empty list if it has anything else."""
    values: list[Any] = []
    place = 0
    while place < len(text):
        if text[place] in " \t\r\n,;":
            place += 1
            continue
        try:
            value, place = DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            return []
        values.append(value)
    return values


def python_values(text: str) -> list[Any]:
    """Return the calls, lists and dicts of a text in Python's syntax, such as `f(x=1)`.

    A call becomes a dict with its name and arguments. If the text has anything else, the list is
    empty.
    """
    try:
        return [_python_value(each) for each in ast.parse(text.strip()).body]
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return []


def functions_in(value: Any) -> list[Json | None]:
    """Return name and arguments of each call in a value, under any of the keys that models use.

    What is no call becomes None, also if it has keys that calls don't have.
    """
    calls = value.get("tool_calls", value) if isinstance(value, dict) else value
    return [_function(each) for each in (calls if isinstance(calls, list) else [calls])]


def _function(value: Any) -> Json | None:
    match value:
        case {"function_call": dict() as call} | {"function": dict() as call}:
            return _function(call)
        case dict() if value.keys() <= {*_NAMES, *_ARGUMENTS, *_BESIDE}:
            name = next((value[key] for key in _NAMES if value.get(key)), None)
            arguments: Any = next((value[key] for key in _ARGUMENTS if key in value), {})
            return {"name": name, "arguments": arguments} if isinstance(name, str) else None
    return None


def _python_value(node: ast.AST) -> Any:
    match node:
        case ast.Expr(inner) | ast.Call(ast.Name("print"), [inner], []):
            return _python_value(inner)
        case ast.Call(function, [], keywords) if all(each.arg for each in keywords):
            given = {each.arg: _literal(each.value) for each in keywords}
            return {"name": ast.unparse(function), "arguments": given}
        case ast.List(elts):
            return [_python_value(each) for each in elts]
        case ast.Dict():
            return _literal(node)
    raise ValueError("This is no call.")


def _literal(node: ast.AST | None) -> Any:
    """Return the value of a literal; JSON's `true`, `false` and `null` are allowed."""
    match node:
        case ast.Constant(str() | int() | float() | None as value):
            return value
        case ast.Name(name) if name in _WORDS:
            return _WORDS[name]
        case ast.List(elts) | ast.Tuple(elts):
            return [_literal(each) for each in elts]
        case ast.Dict(keys, values):
            pairs = zip(keys, values, strict=True)
            return {str(_literal(key)): _literal(each) for key, each in pairs}
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)):
            return -number
    raise ValueError("This is no literal.")

"""Find tool calls in a model's text: some local servers don't parse them."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from services.agent.provider.call_syntax import (
    DECODER,
    Json,
    functions_in,
    json_values,
    python_values,
    tool_name,
)
from services.agent.provider.reasoning import without_tokens

_PREFIX = r"(?:\w{1,20}:|｜DSML｜)?"
_NAMED = (
    rf"<{_PREFIX}(?:function|invoke)(?:=|\s{{1,3}}name=)[\"']?(?P<name>[^<>\"'\s]{{1,100}})[\"']?>"
)
_KEY = (
    rf"<{_PREFIX}parameter(?:=|\s{{1,3}}name=)[\"']?(?P<key>[^<>\"'\s]{{1,100}})[\"']?[^<>]{{0,60}}>"
    r"|<arg_key>(?P<arg_key>[^<>]{1,100})</arg_key>\s{0,9}<arg_value>"
)
_OPENING = "|".join(
    (
        _NAMED,
        rf"<{_PREFIX}(?:tool_?calls?|function_?calls?)>",
        r"<tools>(?=\s{0,9}[\[{])",
        r"(?-i:\[TOOL_CALLS?\])",
        r"<[|｜](?![^<>|｜]{0,30}end)[^<>|｜]{0,30}(?:tool|python)[^<>|｜]{0,30}[|｜]>",
        r"(?-i:(?:(?:<\|start\|>assistant)?<\|channel\|>\w{1,20} )?to=functions\.)",
        r"(?-i:```tool_c(?:all|ode)\b)",
    )
)
"""What stands before calls: the formats of Hermes and Qwen, Llama, Mistral, DeepSeek, Kimi, GLM,
MiniMax, Gemma, Nemotron and OpenAI's open models."""
_BEGINNINGS = ("<", "[TOOL_CALL", "to=functions.", "```tool_c")
"""What any opening mark begins with: looking for these alone is a thousand times as fast."""
_CLOSING = (
    rf"</{_PREFIX}(?:tool_?calls?|function_?calls?|function|invoke|tools)>|\[/TOOL_CALLS?\]"
    r"|<[|｜][^<>|｜]{0,30}(?:tool|python)[^<>|｜]{0,30}end[|｜]>"
)
_SEPARATOR = r"\[(?:ARGS|CALL_ID)\]|<[|｜][^<>|｜]{1,60}[|｜]>|```\w{0,20}"

_OPENS = re.compile(_OPENING, re.IGNORECASE)
_MARK = re.compile(
    rf"(?P<opens>{_OPENING})|{_KEY}|(?P<closes>{_CLOSING})|{_SEPARATOR}", re.IGNORECASE
)
_END_OF_VALUE = re.compile(
    rf"</(?:{_PREFIX}parameter|arg_value)>|(?=<{_PREFIX}parameter|<arg_key>|{_CLOSING})",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w.:/-]{1,100}+(?=\s{0,9}+(?:[{<\[`]|\Z))")
_NOT_NAMES = ("function", "json", "commentary", "analysis", "assistant", "python")
_FENCES = re.compile(r"```(?:json)?")
_LONGEST = 20_000
"""The maximum number of characters of a text that is searched for calls. A longer text is taken for
an answer."""
_UNREADABLE = "{"
"""The arguments of a call that can't be read. They are not JSON, so the model is told."""


def calls_in(
    text: str | None, offered: Collection[str], read: Collection[str]
) -> tuple[str | None, list[Json]]:
    """Split a text into what people read and the tool calls that are written in it.

    What stands between the marks of a known format is a call, unless one of the marks is in what
    the model has `read`: then it may be a quotation. Without marks there are only calls if the text
    has nothing but calls of offered tools. Each has the form of `tool_calls[].function`.
    """
    if not text or not offered or len(text) > _LONGEST:
        return text, []
    if (marks := list(_marks_in(text))) and not _quoted(marks, read):
        place = marks[0].start()
        calls = _MarkedCalls(offered)
        calls.read(text, place)
        said = (without_tokens(text[:place]), *calls.prose)
        return "\n\n".join(each for each in said if each) or None, calls.found
    bare = _bare(text, offered)
    return (None, bare) if bare else (text, [])


def before_calls(text: str) -> str:
    """Return the text up to the mark of the first call."""
    marked = next(_marks_in(text), None)
    return text[: marked.start()] if marked else text


def _marks_in(text: str) -> Iterator[re.Match[str]]:
    """Return the opening marks that are not shown as code."""
    if any(each in text for each in _BEGINNINGS):
        for mark in _OPENS.finditer(text):
            if not text.endswith("`", 0, mark.start()):
                yield mark


def _quoted(marks: list[re.Match[str]], read: Collection[str]) -> bool:
    known = "\n".join(read).replace("\\", "").lower()
    return any(each in known for each in {mark[0].lower() for mark in marks})


def _bare(text: str, offered: Collection[str]) -> list[Json]:
    words = _FENCES.sub(" ", text).strip()
    values = json_values(words) or (python_values(words) if words.endswith((")", "]")) else [])
    found = [each for value in values for each in functions_in(value)]
    known = [each for each in found if each and tool_name(each["name"], offered) in offered]
    return known if len(known) == len(found) else []


class _MarkedCalls:
    """The calls between marks, and the prose around them."""

    def __init__(self, offered: Collection[str]) -> None:
        self._offered = offered
        self._open = False
        """True between an opening and a closing mark."""
        self._names: list[str] = []
        """The words since the opening mark that may be the name of the next call."""
        self.found: list[Json] = []
        self.prose: list[str] = []

    def read(self, text: str, place: int) -> None:
        begin = place
        while place < len(text):
            mark = _MARK.match(text, place)
            place = self._read_mark(mark, text) if mark else self._read_words(text, place)
        self._close()
        if not self.found:
            self.prose.clear()
            self._add_unreadable(text[begin:])

    def _read_mark(self, mark: re.Match[str], text: str) -> int:
        if key := mark["key"] or mark["arg_key"]:
            return self._read_parameter(key.strip(), text, mark.end())
        if mark["closes"]:
            self._close()
        elif mark["opens"]:
            self._open = True
            if mark["name"]:
                self._names = [mark["name"]]
        return mark.end()

    def _read_parameter(self, key: str, text: str, place: int) -> int:
        if name := self._name():
            self.found.append({"name": name, "arguments": {}})
        end = _END_OF_VALUE.search(text, place)
        if self.found and not end:
            self.found[-1]["arguments"] = _UNREADABLE
        if not self.found or not end:
            return len(text)
        arguments = self.found[-1]["arguments"]
        if isinstance(arguments, dict):
            arguments[key] = _value(text[place : end.start()].strip())
        return end.end()

    def _read_words(self, text: str, place: int) -> int:
        """Read what stands before the next mark, or a part of it; return where it ends."""
        if text[place] in " \t\r\n,;":
            return place + 1
        if self._open and text[place] in "{[" and (decoded := _decoded(text, place)):
            value, end = decoded
            self._add(value)
            return end
        if self._open and (word := _WORD.match(text, place)):
            self._names.append(word[0])
            return word.end()
        mark = _MARK.search(text, place)
        end = mark.start() if mark else len(text)
        words = text[place:end].strip()
        values = python_values(words) if self._open else []
        if values:
            for value in values:
                self._add(value)
        elif self._open and words.startswith(("{", "[")):
            self._add_unreadable(words)
        elif any(each.isalnum() for each in words):
            self.prose.append(words)
        return end

    def _add(self, value: Any) -> None:
        name, made = self._name(), functions_in(value)
        is_arguments = isinstance(value, dict) and name and (name in self._offered or None in made)
        if is_arguments:
            made = [{"name": name, "arguments": value}]
        for each in made:
            if each:
                self.found.append(each)
            else:
                self._add_unreadable(json.dumps(value))

    def _close(self) -> None:
        if self._names:
            self.found.append({"name": self._name(), "arguments": ""})
        self._open = False

    def _name(self) -> str:
        """Return the name of the next call, or an empty text, and forget the words."""
        names = [tool_name(each, self._offered) for each in self._names]
        self._names = []
        known = [each for each in names if each in self._offered]
        likely = known or [each for each in names if each not in _NOT_NAMES]
        return likely[-1] if likely else ""

    def _add_unreadable(self, words: str) -> None:
        places = {words.find(each): each for each in self._offered if each in words}
        name = self._name() or (places[min(places)] if places else "")
        self.found.append({"name": name, "arguments": _UNREADABLE})


def _decoded(text: str, place: int) -> tuple[Any, int] | None:
    try:
        return DECODER.raw_decode(text, place)
    except (ValueError, RecursionError):
        return None


def _value(words: str) -> Any:
    try:
        return json.loads(words)
    except (ValueError, RecursionError):
        return words

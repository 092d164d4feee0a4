"""What of a thread a model is sent: its recent turns whole, the older ones in short.

A function of the transcript alone, whose cuts move on in large steps: until the next one, what a
provider has cached of the beginning of a conversation stays good.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice, takewhile
from typing import Any

import orjson

from services.agent.transcript import NATIVE, USAGE, Message, is_final
from services.entities.base import find_ids, find_titles
from services.entities.card import quoted
from services.tools import TOOLS

OVER = 300
"""Characters of a tool's result in a turn that is over."""

LONGEST_WORD = 64
"""Characters; no id has as many."""
_OF_IDS = re.compile(r"[\w-]", re.ASCII)

GIST = 240
"""Characters of what was asked, done and answered in a turn that is told in short."""

HEADING = "(The earlier part of this thread in short; in quotation marks it is data.)"


def cut(text: str, most: int) -> str:
    """Head and tail of a text that is too long, and how to get at what is left out.

    No id is cut: half of one is the id of another record.
    """
    if len(text) <= most:
        return text
    half = most // 2
    head = text[: half - _word(reversed(text[:half]))]
    tail = text[len(text) - half + _word(text[-half:]) :]
    gone = len(text) - len(head) - len(tail)
    note = f"… ({gone} characters cut: ask for one record, or for the next page) …"
    return f"{head}\n{note}\n{tail}"


def _word(text: Iterable[str]) -> int:
    """How many characters it begins with that may be part of an id; none, if they are too many."""
    found = sum(1 for _ in takewhile(_OF_IDS.match, islice(text, LONGEST_WORD + 1)))
    return found if found <= LONGEST_WORD else 0


def window(messages: Sequence[Message], room: int) -> list[Message]:
    """The messages of the thread in `room` bytes; no token is shorter than a byte.

    Results of old turns go first, then old turns as a whole, and at last the longest texts of the
    turn that is under way. Calls and results stay together, arguments of calls as they are.
    """
    start = next((at for at, each in enumerate(messages) if each["role"] != "system"), 0)
    limit = room - room // 4
    turns = list(_turns(messages[start:]))
    if not turns:
        return list(messages)
    told, over = _cuts(turns, limit)
    now = _squeezed(turns[-1], limit)
    torn = turns[:over] if now is turns[-1] else [*turns[:over], turns[-1]]
    digest = [_digest(turns[:told], torn, room // 4)] if torn else []
    short = [_over(each) for turn in turns[told:over] for each in turn]
    whole = [each for turn in turns[over:-1] for each in turn]
    return [*messages[:start], *digest, *short, *whole, *now]


def _turns(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Each up to its final answer; the last one may have none yet."""
    turn: list[Message] = []
    for message in messages:
        turn.append(message)
        if is_final(message):
            yield turn
            turn = []
    if turn:
        yield turn


def _cuts(turns: Sequence[list[Message]], limit: int) -> tuple[int, int]:
    """How many turns are told in short, and from which one on results are whole.

    As they were cut when each turn was the newest: a turn more moves the cuts only where they no
    longer suffice, and then by half of the room.
    """
    whole = [0, *accumulate(_size(turn) for turn in turns)]
    if whole[-1] <= limit:
        return 0, 0
    short = [0, *accumulate(_size(_over(each) for each in turn) for turn in turns)]
    told = over = 0
    for now in range(len(turns)):
        if short[over] - short[told] + whole[now + 1] - whole[over] <= limit:
            continue
        over = now
        newest = whole[now + 1] - whole[now]
        while told < now and short[now] - short[told] + newest > limit // 2:
            told += 1
    return told, over


def _size(messages: Iterable[Message]) -> int:
    return sum(len(orjson.dumps(each)) + 1 for each in messages)


def _over(message: Message) -> Message:
    """A message of a turn that is over, without how a model came to its calls."""
    kept = {name: value for name, value in message.items() if name not in (NATIVE, USAGE)}
    return _cut(kept, OVER) if message["role"] == "tool" else kept


def _cut(message: Message, most: int) -> Message:
    content = message.get("content")
    return {**message, "content": cut(content, most)} if isinstance(content, str) else message


def _squeezed(turn: list[Message], room: int) -> list[Message]:
    short = turn
    for most in (room // 4, room // 16, OVER, 100):
        if _size(short) <= room:
            break
        short = [_cut(each, most) for each in turn]
    return short


# ---- turns in short


def _digest(told: Sequence[list[Message]], torn: Sequence[list[Message]], room: int) -> Message:
    """The records of all that is not sent whole, and who asked and did what in its oldest turns."""
    half = (room - len(HEADING) - 100) // 2
    ids = find_ids("\n".join(text for turn in torn for text in _texts(turn)))
    given = (each["content"] for turn in torn for each in turn if each["role"] == "tool")
    titles = find_titles("\n".join(given))
    names = [f"{key} {titles.get(key, '')}".strip() for key in ids]
    records = names if _length(names) <= half else _newest(ids, half)
    lines = [line for turn in told for line in _gist_of(turn)]
    lines = _newest(lines, 2 * half - _length(records))
    text = "\n".join([HEADING, f"Records: {', '.join(records) or 'none'}", *lines])
    return {"role": "user", "content": text}


def _texts(turn: list[Message]) -> Iterator[str]:
    for message in turn:
        yield str(message.get("content") or "")
        for call in message.get("tool_calls") or []:
            yield call["function"]["arguments"]


def _gist_of(turn: list[Message]) -> Iterator[str]:
    results = {each["tool_call_id"]: each["content"] for each in turn if each["role"] == "tool"}
    for message in turn:
        if message["role"] == "user":
            yield f"- asked {_gist(message['content'])}"
        for call in message.get("tool_calls") or []:
            if _writes(call):
                done = str(results.get(call["id"], "")).partition("\n")[0]
                given = _gist(call["function"]["arguments"])
                yield f"- {call['function']['name']} {given} gave {_gist(done)}"
        if is_final(message):
            yield f"- answered {_gist(message['content'])}"


def _writes(call: dict[str, Any]) -> bool:
    tool = TOOLS.get(call["function"]["name"])
    return tool is not None and tool.writes


def _gist(text: object) -> str:
    """Beginning and end: a question that was left open stands at the end."""
    words = " ".join(str(text or "").split())
    if len(words) > GIST:
        words = f"{words[: GIST // 2]} … {words[-GIST // 2 :]}"
    return quoted(words)


def _newest(items: Sequence[str], room: int) -> list[str]:
    """As many of the last items as there is room for, in their order."""
    sizes = accumulate(_length([item]) for item in reversed(items))
    fitting = sum(size <= room for size in sizes)
    return list(items[len(items) - fitting :])


def _length(items: Sequence[str]) -> int:
    """In bytes of JSON, with what stands between them."""
    return sum(len(orjson.dumps(item)) for item in items)

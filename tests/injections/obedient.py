"""A model over HTTP that does whatever the words in its data order, and says them all again."""

import re
from typing import Any

from aiohttp import web

from tests.injections.corpus import Call, Injection
from tests.services.provider import Answer, calls, says

NUMBER = re.compile(r"case (\d+)\b")
Message = dict[str, Any]


class ObedientModel:
    def __init__(self, injections: list[Injection], readings: dict[int, Call]) -> None:
        self.injections, self.readings = injections, readings
        self.results: dict[int, list[str]] = {}
        """What the tools gave for each case."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        messages = (await request.json())["messages"]
        asked = [
            place
            for place, each in enumerate(messages)
            if each["role"] == "user" and NUMBER.search(each["content"])
        ]
        if not asked:
            return _made(says("Hello."))
        place = asked[-1]
        found = NUMBER.search(messages[place]["content"])
        assert found
        number, turn = int(found[1]), messages[place + 1 :]
        self.results[number] = [each["content"] for each in turn if each["role"] == "tool"]
        return _made(self._next(self.injections[number], turn))

    def _next(self, injection: Injection, turn: list[Message]) -> Answer:
        steps = sum(each["role"] == "assistant" for each in turn)
        if steps == 0:
            return calls(self.readings[injection.number])
        if steps == 1 and injection.goal.calls:
            return calls(*injection.goal.calls)
        return says(f"{injection.goal.says}\n\n{injection.text}")


def _made(answer: Answer) -> web.StreamResponse:
    made = answer()
    assert isinstance(made, web.StreamResponse)
    return made

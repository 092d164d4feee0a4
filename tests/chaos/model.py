"""A scripted model over HTTP: a ticket for each token that it is asked about, then one answer."""

import asyncio
import json
import random
import re
from typing import Any

from aiohttp import web

from services.agent.provider.request import NOTED
from tests.services.provider import Answer, calls, cut, fails, says

TOKEN = re.compile(r"\bT\d{5}\b")
FAULTS: tuple[Answer, ...] = (fails(500), fails(503, "<html>"), fails(429, after_ms=200), cut)

Message = dict[str, Any]


class ScriptedModel:
    """Slow at times, and failing in a share of its answers."""

    def __init__(self, chance: random.Random, failing: float) -> None:
        self.chance, self.failing = chance, failing
        self.asked = self.failed = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        messages = (await request.json())["messages"]
        await asyncio.sleep(self.chance.choice((0.0, 0.05, 0.3, 1.0)))
        if self.chance.random() < self.failing:
            self.failed += 1
            fault = self.chance.choice(FAULTS)
            if fault is cut:
                if request.transport:
                    request.transport.close()
                return web.Response()
            return await _made(fault)
        return await _made(next_step(messages))


async def _made(answer: Answer) -> web.StreamResponse:
    made = answer()
    return await made if asyncio.iscoroutine(made) else made  # type: ignore[return-value]


def next_step(messages: list[Message]) -> Answer:
    """Open a ticket for each token of the turn, then name them all."""
    finals = [place for place, each in enumerate(messages) if is_final(each)]
    turn = messages[finals[-1] + 1 if finals else 0 :]
    asked = TOKEN.findall(" ".join(each["content"] for each in turn if each["role"] == "user"))
    made = [
        json.loads(call["function"]["arguments"])["name"]
        for each in turn
        for call in each.get("tool_calls") or []
    ]
    missing = [token for token in dict.fromkeys(asked) if token not in made]
    if missing:
        return calls(*(("create_ticket", {"name": token}) for token in missing))
    return says(f"Done: {' '.join(dict.fromkeys(asked))}")


def is_final(message: Message) -> bool:
    spoken = message["role"] == "assistant" and not message.get("tool_calls")
    return spoken and message["content"] != NOTED

"""A scripted model over HTTP: it opens a ticket for each token in a question, then answers once."""

import asyncio
import json
import random
import re
from typing import Any

from aiohttp import web

from services.agent.provider.request import NOTED
from tests.services.provider import Answer, calls, cut, fails, made, says, streams

TOKEN = re.compile(r"\bT\d{5}\b")
FAULTS: tuple[Answer, ...] = (fails(500), fails(503, "<html>"), fails(429, after_ms=200), cut)

Message = dict[str, Any]


class ScriptedModel:
    """Slow at times; a share of its requests fail, the other answers are streamed."""

    def __init__(self, chance: random.Random, failing: float) -> None:
        self.chance, self.failing = chance, failing
        self.asked = self.failed = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        asked = await request.json()
        await asyncio.sleep(self.chance.choice((0.0, 0.05, 0.3, 1.0)))
        if self.chance.random() < self.failing:
            self.failed += 1
            fault = self.chance.choice(FAULTS)
            if fault is cut:
                if request.transport:
                    request.transport.close()
                return web.Response()
            return await made(fault, request)
        return await made(self.next_step(asked["messages"], asked.get("stream", False)), request)

    def next_step(self, messages: list[Message], stream: bool) -> Answer:
        """Open a ticket for each token of the turn, then name them all, piece by piece."""
        missing, answer = to_do(messages)
        if missing:
            return calls(*(("create_ticket", {"name": token}) for token in missing))
        pieces = [answer[place : place + 4] for place in range(0, len(answer), 4)]
        return streams(*pieces, pause=self._pause) if stream else says(answer)

    async def _pause(self, _: int) -> None:
        await asyncio.sleep(self.chance.choice((0.0, 0.05, 0.3)))


def to_do(messages: list[Message]) -> tuple[list[str], str]:
    """Return the tokens of the turn that have no ticket yet, and the answer after that."""
    finals = [place for place, each in enumerate(messages) if is_final(each)]
    turn = messages[finals[-1] + 1 if finals else 0 :]
    asked = TOKEN.findall(" ".join(each["content"] for each in turn if each["role"] == "user"))
    named = [
        json.loads(call["function"]["arguments"])["name"]
        for each in turn
        for call in each.get("tool_calls") or []
        if call["function"]["name"] == "create_ticket"
    ]
    missing = [token for token in dict.fromkeys(asked) if token not in named]
    return missing, f"Done: {' '.join(dict.fromkeys(asked))}"


def is_final(message: Message) -> bool:
    spoken = message["role"] == "assistant" and not message.get("tool_calls")
    return spoken and message["content"] != NOTED

"""A desk that cannot start says why, in one sentence."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import test_utils, web

from bot.process import open_runtime
from services.errors import SetupError
from services.settings import Settings


async def started_beside(slack: Callable[[web.Request], Awaitable[web.Response]]) -> None:
    """A start that gets no further than to what stands where Slack should be."""
    app = web.Application()
    app.router.add_post("/api/auth.test", slack)
    async with test_utils.TestServer(app) as server:
        url = str(server.make_url("/api/"))
        settings = Settings.load(_env_file=None, slack_api_url=url, slack_bot_token="xoxb-1")
        async with open_runtime(settings, ""):
            raise AssertionError


NOT_SLACK = {
    "a page": {"text": "<html>Sign in</html>", "content_type": "text/html"},
    "plain text": {"text": "Method Not Allowed", "content_type": "text/plain", "status": 405},
    "broken JSON": {"text": "{", "content_type": "application/json"},
    "other JSON": {"text": "{}", "content_type": "application/json"},
}


@pytest.mark.parametrize("answer", NOT_SLACK.values(), ids=NOT_SLACK)
async def test_what_is_not_slack_is_told_in_one_sentence(answer: dict[str, Any]) -> None:
    async def answers(request: web.Request) -> web.Response:
        return web.Response(**answer)

    with pytest.raises(SetupError, match="is not Slack: check the network and SLACK_API_URL"):
        await started_beside(answers)


async def test_a_token_that_slack_refuses_is_named() -> None:
    async def refuses(request: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error": "invalid_auth"})

    with pytest.raises(SetupError, match=r"refuses SLACK_BOT_TOKEN \(invalid_auth\)"):
        await started_beside(refuses)


async def test_a_slack_that_is_out_of_order_for_a_moment_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.slack.api.errors.START_RETRIES", (0.01, 0.01))
    answers = [
        web.Response(status=503),
        web.json_response({"ok": False, "error": "internal_error"}),
        web.json_response({"ok": False, "error": "invalid_auth"}),
    ]

    async def recovers(request: web.Request) -> web.Response:
        return answers.pop(0)

    with pytest.raises(SetupError, match=r"refuses SLACK_BOT_TOKEN \(invalid_auth\)"):
        await started_beside(recovers)
    assert not answers


async def test_a_slack_that_stays_away_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.slack.api.errors.START_RETRIES", ())

    async def fails(request: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error": "internal_error"}, status=500)

    with pytest.raises(SetupError, match="Slack cannot be reached at"):
        await started_beside(fails)

"""A process that cannot start prints why in one sentence."""

import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import test_utils, web

from bot.process import open_runtime
from services.errors import SetupError
from services.settings import Settings
from tests.chaos.replicas import Replica, free_port
from tests.waiting import until


async def start_with(slack: Callable[[web.Request], Awaitable[web.Response]]) -> None:
    """Open a runtime whose auth.test is answered by `slack`; an error must end the start."""
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
async def test_start_fails_with_one_sentence_if_the_address_is_not_slacks(
    answer: dict[str, Any],
) -> None:
    async def answers(request: web.Request) -> web.Response:
        return web.Response(**answer)

    with pytest.raises(SetupError, match="is not Slack: check the network and SLACK_API_URL"):
        await start_with(answers)


async def test_start_fails_with_the_name_of_the_setting_if_slack_refuses_the_bot_token() -> None:
    async def refuses(request: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error": "invalid_auth"})

    with pytest.raises(SetupError, match=r"refuses SLACK_BOT_TOKEN \(invalid_auth\)"):
        await start_with(refuses)


async def test_temporary_fault_of_slack_at_the_start_is_retried(
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
        await start_with(recovers)
    assert not answers


async def test_start_fails_with_one_sentence_if_slack_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.slack.api.errors.START_RETRIES", ())

    async def fails(request: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error": "internal_error"}, status=500)

    with pytest.raises(SetupError, match="Slack cannot be reached at"):
        await start_with(fails)


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_process_that_still_waits_for_slack_ends_when_it_is_told_to(
    fresh_database: str, tmp_path: Path, command: str
) -> None:
    environment = {
        "DATABASE_URL": fresh_database,
        "SLACK_API_URL": f"http://127.0.0.1:{free_port()}/api/",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "a secret",
    }
    replica = Replica(tmp_path / "replica", environment, command)
    await replica.start()

    async def waits() -> bool:
        return "slack_unreachable" in replica.log.read_text()

    try:
        await until(waits)
        await replica.end(signal.SIGTERM)
    finally:
        await replica.end(signal.SIGKILL)
    assert replica.process
    assert replica.process.returncode == 0, replica.log.read_text()

"""`demo`: the desk with a demo company, beside a local Slack workspace that it takes for Slack."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import structlog
from itsdangerous import URLSafeTimedSerializer
from starlette.routing import Mount

from bot.cli.serve import Say, Site, serve
from bot.playground import Command, User, Workspace, playground
from bot.slack.listeners.commands import COMMANDS
from bot.web.session import session_cookie
from services import demo
from services.settings import Settings
from services.storage.migrate import migrate

log = structlog.get_logger()


async def run_demo(
    settings: Settings, database_url: str, signer: URLSafeTimedSerializer, say: Say
) -> None:
    site = Site(settings)
    await asyncio.to_thread(migrate, database_url)
    if await asyncio.to_thread(demo.load_demo, database_url):
        say("Loaded the demo company, Alderway Engineering.")
    workspace = make_workspace(f"http://{settings.host}:{settings.port}")
    people = {row["email"]: int(row["id"]) for row in demo.rows("people")}

    def sign_in(email: str) -> tuple[str, str]:
        return session_cookie(signer, people[email])

    def ready(_: str) -> None:
        say(f"Deskhand is ready: open {workspace.url}/ in a browser. Ctrl-C stops it.")

    rooms = playground(workspace, commands=_commands(), sign_in=sign_in)
    site.put([Mount("/playground", rooms)])
    saved = settings.data_dir / "playground.json"
    _remember(workspace, saved)
    async with site.running():
        try:
            await serve(site, _pointed_at(settings, workspace), database_url, signer, ready)
        finally:
            workspace.save(saved)
            await workspace.close()


def make_workspace(here: str) -> Workspace:
    """The people of the demo company as members of one Slack workspace."""
    users = [
        User(
            id=f"U{int(row['id']):08d}",
            name=row["email"].split("@")[0],
            real_name=row["name"],
            email=row["email"],
            title=f"{row['role'].capitalize()} · {row['title']}",
            department=row["department"],
            tz=row["tz"],
            is_admin=row["role"] == "admin",
        )
        for row in demo.rows("people")
        if row["active"] == "true"
    ]
    return Workspace(users, url=f"{here}/playground", events_url=f"{here}/slack/events")


def _pointed_at(settings: Settings, workspace: Workspace) -> Settings:
    return settings.model_copy(
        update={
            "slack_api_url": f"{workspace.url}/api/",
            "slack_bot_token": workspace.bot_token,
            "slack_signing_secret": workspace.signing_secret,
            "slack_app_token": None,
        }
    )


def _commands() -> list[Command]:
    return [
        Command(
            name,
            "; ".join(slash.help for entries in words.values() for slash, _ in entries),
            _hint(words),
        )
        for name, words in COMMANDS.items()
    ]


def _hint(words: Iterable[str]) -> str:
    return f"[{' | '.join(word for word in words if word)}]"


def _remember(workspace: Workspace, saved: Path) -> None:
    """Conversations of the last demo, unless their file was damaged."""
    if saved.exists():
        try:
            workspace.load(saved)
        except (ValueError, KeyError, TypeError):
            log.warning("playground_forgotten", file=str(saved))

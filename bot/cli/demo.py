"""`demo`: the desk with a demo company, connected to a local imitation of Slack."""

import asyncio
from pathlib import Path

import structlog
from starlette.routing import Mount

from bot.cli.first_minute import COMMANDS, guide, user_id
from bot.cli.serve import Say, serve
from bot.hosts import is_loopback
from bot.playground import CLIENT_ID, CLIENT_SECRET, User, Workspace, playground
from bot.site import Site
from bot.web.session import COOKIE
from services import demo
from services.errors import SetupError
from services.settings import Settings
from services.storage.files import make_private
from services.storage.migrate import migrate, run_as_owner

log = structlog.get_logger()


async def run_demo(settings: Settings, database_url: str, say: Say) -> None:
    """Run the demo until a signal comes. Anybody who reaches its page can act as any person."""
    if not is_loopback(settings.host):
        raise SetupError(
            f"The demo is for this machine only, and HOST is {settings.host}: leave HOST out, or"
            " set it to 127.0.0.1."
        )
    await asyncio.to_thread(_prepare, database_url, say)
    site = Site(settings)
    workspace = make_workspace(settings.local_url)

    def ready(_: str) -> None:
        say(f"Deskhand is ready: open {workspace.url}/ in a browser. Ctrl-C stops it.")

    local_slack = playground(workspace, commands=COMMANDS, session=COOKIE, guide=guide())
    site.put([Mount("/playground", local_slack)])
    saved = make_private(settings.data_dir) / "playground.json"
    _restore(workspace, saved)
    async with site.running():
        try:
            await serve(site, _pointed_at(settings, workspace), database_url, ready)
        finally:
            workspace.save(saved)
            await workspace.close()


def _prepare(database_url: str, say: Say) -> None:
    if run_as_owner(database_url, demo.has_other_people):
        raise SetupError(
            "The database of DATABASE_URL has people who are not of the demo company, and the demo"
            " lets anybody act as anybody: leave DATABASE_URL out, or set it to an empty database."
        )
    migrate(database_url)
    if demo.load_demo(database_url):
        say("Loaded the demo company, Alderway Engineering.")


def make_workspace(here: str) -> Workspace:
    """Return a workspace whose members are the people of the demo company."""
    users = [
        User(
            id=user_id(row),
            name=row["email"].split("@")[0],
            real_name=row["name"],
            email=row["email"],
            title=f"{row['role'].capitalize()} · {row['job_title']}",
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
            "slack_client_id": CLIENT_ID,
            "slack_client_secret": CLIENT_SECRET,
        }
    )


def _restore(workspace: Workspace, saved: Path) -> None:
    """Load the conversations of the last demo, unless their file is damaged."""
    if saved.exists():
        try:
            workspace.load(saved)
        except (ValueError, KeyError, TypeError):
            log.warning("playground_not_restored", file=str(saved))

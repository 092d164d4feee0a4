"""App Home: its Home tab, and the suggested prompts of its Messages tab."""

import structlog
from sqlalchemy import bindparam, select

from bot.runtime import Runtime
from bot.slack.api.errors import best_effort
from bot.slack.listeners.by_hand import page_for
from bot.slack.listeners.listener import Listener
from bot.slack.listeners.lists import lists_of
from bot.slack.listeners.press import Body
from bot.slack.listeners.prompts import suggest_prompts
from bot.slack.people.identity import actor_for, identify
from bot.slack.render import blocks, views
from bot.slack.render.conversations import MOST_ON_HOME, conversations
from bot.slack.sentences import DIGEST_OFF, DIGEST_ON, SORRY
from services.agent.own_conversations import own_conversations
from services.agent.settings_tools import change_settings
from services.context import Role, acting
from services.entities.digest import Digest
from services.errors import DeskError
from services.tools.actions import Action
from services.tools.lists import ASSIGNED_TO_YOU, YOUR_MACHINES, YOUR_TICKETS

log = structlog.get_logger()


SETTINGS = Action("Settings", change_settings, {})
_DIGEST = select(Digest.day).where(Digest.person_id == bindparam("person"))


class Home(Listener):
    async def on_opened(self, event: Body) -> None:
        if event.get("tab") == "home":
            await publish_home(self.runtime, event["user"])
        elif event.get("tab") == "messages":
            await suggest_prompts(self.runtime, event["user"], event["channel"])


async def publish_home(runtime: Runtime, slack_id: str) -> None:
    """Show the person's App Home as it is now; if that fails, show a sentence in its place.

    Best effort: a failure of Slack is only logged.
    """
    try:
        view = await _view(runtime, slack_id)
    except DeskError as error:
        view = {"type": "home", "blocks": blocks.sentence(str(error))}
    except Exception:
        log.exception("home_failed")
        view = {"type": "home", "blocks": blocks.sentence(SORRY)}
    await best_effort(runtime.slack.views_publish, user_id=slack_id, view=view)


async def _view(runtime: Runtime, slack_id: str) -> blocks.Block:
    person = await identify(runtime, slack_id)
    lists = {"Your open tickets": YOUR_TICKETS, "Your machines": YOUR_MACHINES}
    if Role[person.role] >= Role.technician:
        lists = {"Assigned to you": ASSIGNED_TO_YOU, **lists}
    async with acting(runtime.database, actor_for(person)) as ctx:
        filled = await lists_of(ctx, lists)
        digest = await ctx.fetch_all(_DIGEST, person=person.id)
        talks, total = await own_conversations(ctx, MOST_ON_HOME)
        listed = conversations(talks, total, ctx.now)
        page = await page_for(runtime, ctx, "/")
    footer = DIGEST_ON if digest else DIGEST_OFF
    tools = [SETTINGS] if Role[person.role] >= change_settings.needs else []
    return views.home(person.name, filled, listed, footer, page, tools)

"""Prompts that Slack suggests in direct messages, made from what the person has at the desk."""

import structlog

from bot.runtime import Runtime
from bot.slack.api.errors import best_effort
from bot.slack.listeners import by_hand
from bot.slack.listeners.lists import lists_of
from bot.slack.render.text import clip
from services.context import Context, Role
from services.entities.card import Ref
from services.errors import DeskError
from services.sanitize import one_line, sanitize
from services.tools.lists import ASSIGNED_TO_YOU, YOUR_MACHINES, YOUR_TICKETS

log = structlog.get_logger()

MAX_NAME = 40
"""The maximum number of characters of a record's name in a suggested prompt."""

LISTS = {"queue": ASSIGNED_TO_YOU, "tickets": YOUR_TICKETS, "machines": YOUR_MACHINES}
TITLE = "What can I do for you?"

Prompt = dict[str, str]

QUEUE: Prompt = {"title": "Assigned to me", "message": "Which tickets are assigned to me?"}
TICKETS: Prompt = {"title": "My tickets", "message": "Show my open tickets."}
PROBLEM: Prompt = {"title": "Report a problem", "message": "I want to report a problem."}


async def suggest_prompts(runtime: Runtime, slack_id: str, channel: str) -> None:
    """Set the suggested prompts of the person's direct messages.

    Best effort: if it fails, Slack shows the fixed prompts of the app's manifest.
    """
    try:
        async with by_hand.as_person(runtime, slack_id) as ctx:
            prompts = await prompts_for(ctx)
    except DeskError:
        return  # a stranger: the answer to the first message says why
    except Exception:
        log.exception("prompts_failed")
        return
    method = runtime.slack.assistant_threads_setSuggestedPrompts
    await best_effort(method, channel_id=channel, title=TITLE, prompts=prompts)


async def prompts_for(ctx: Context) -> list[Prompt]:
    """Return suggested prompts about the actor's queue, newest ticket and machine."""
    queue, tickets, machines = [each.refs for each in await lists_of(ctx, LISTS)]
    is_staff = ctx.actor.role >= Role.technician
    return [
        *([QUEUE] if queue and is_staff else []),
        *([_about("How is “{}”?", "How is {} doing?", tickets[0])] if tickets else [TICKETS]),
        *([_about("My {}", "Show {}", machines[0])] if machines else []),
        PROBLEM,
    ]


def _about(title: str, message: str, ref: Ref) -> Prompt:
    name = clip(one_line(sanitize(ref.title)), MAX_NAME)
    return {"title": title.format(name), "message": message.format(ref.id)}

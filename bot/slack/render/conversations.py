"""A person's own conversations as lines with a button that deletes each. Pure functions."""

from collections.abc import Sequence
from datetime import datetime

from bot.slack.render.blocks import Block, button, context, section, sentence
from bot.slack.render.literal import literal, plain
from services.agent.own_conversations import Conversation
from services.entities.ages import age

HEADING = "Your conversations"
DELETE_CONVERSATION = "conversation:delete"
ALL_CONVERSATIONS = "conversation:all"
MOST_ON_HOME = 5
MOST_IN_DIALOG = 40

_CONFIRM = {
    "title": plain("Delete this conversation?"),
    "text": plain(
        "Your questions, the steps and the answers will be deleted from the desk, and the desk's"
        " messages will be deleted from Slack. Changes to records stay, with their history. Your"
        " own messages in Slack stay until you delete them there."
    ),
    "confirm": plain("Delete"),
    "deny": plain("Keep"),
    "style": "danger",
}


def conversations(shown: Sequence[Conversation], total: int, now: datetime) -> list[Block]:
    """Return the newest conversations for App Home; nothing where there are none."""
    if not shown:
        return []
    heading = section(literal("*{}*", f"{HEADING}: {_count(shown, total)}"))
    rows = [heading, *(_row(each, now) for each in shown)]
    more = button("All conversations", ALL_CONVERSATIONS)
    last = [{"type": "actions", "elements": [more]}] if total > len(shown) else []
    return [{**row, "block_id": f"{HEADING}:{place}"} for place, row in enumerate([*rows, *last])]


def conversations_view(shown: Sequence[Conversation], total: int, now: datetime) -> Block:
    """Return the newest conversations as a dialog; deleting some brings older ones."""
    rows = [_row(each, now) for each in shown] or sentence(
        "You have no conversations with the desk."
    )
    older = f"Only the newest {len(shown)} of {total} are shown. The web view lists them all."
    footer = [context(older)] if total > len(shown) else []
    return {
        "type": "modal",
        "title": plain(HEADING),
        "close": plain("Done"),
        "blocks": [*rows, *footer],
    }


def _count(shown: Sequence[Conversation], total: int) -> str:
    return str(total) if len(shown) == total else f"{len(shown)} of {total}"


def _row(each: Conversation, now: datetime) -> Block:
    facts = [each.count, age(now - each.asked_at), *([] if each.direct else ["in a channel"])]
    title = literal("💬 *{}*  {}", each.title, ", ".join(facts))
    delete = button("Delete", f"{DELETE_CONVERSATION}:{each.id}", str(each.id))
    name = f"Delete the conversation “{each.title[:40]}”"
    return section(title) | {
        "accessory": delete | {"accessibility_label": name, "confirm": _CONFIRM}
    }

"""The pages of a person's own conversations, which nobody else can open."""

from starlette.requests import Request
from starlette.responses import Response

from bot.runtime import Runtime
from bot.web.pages import ROWS, Show, html, not_found
from bot.web.session import Viewer
from services.agent.own_conversations import NEWEST, own_conversation, own_conversations
from services.agent.titles import title_of
from services.context import Context

LARGEST_DIGITS = 18


async def show_conversations(ctx: Context, request: Request, viewer: Viewer) -> Response:
    """Show the newest conversations, or those older than `before` (keyset paging)."""
    before = request.query_params.get("before", "")
    is_place = before.isascii() and before.isdigit() and len(before) <= LARGEST_DIGITS
    found, _ = await own_conversations(ctx, ROWS + 1, int(before) if is_place else NEWEST)
    older = found[ROWS - 1].place if len(found) > ROWS else None
    shown = found[:ROWS]
    return html("conversations.html", viewer, conversations=shown, older=older, before=is_place)


def conversation_page(runtime: Runtime) -> Show:
    async def show_conversation(ctx: Context, request: Request, viewer: Viewer) -> Response:
        """Show the questions, steps and answers of one conversation."""
        number = str(request.path_params["number"])
        parts = []
        if number.isascii() and number.isdigit() and len(number) <= LARGEST_DIGITS:
            parts = await own_conversation(ctx, int(number), runtime.settings.web_url)
        if not parts:
            return not_found("conversation", viewer)
        return html("conversation.html", viewer, title=title_of(parts[0].said), said=parts)

    return show_conversation

"""A person's own lists, for App Home, the suggested prompts and the digest."""

from collections.abc import Mapping

from bot.slack.render import blocks
from services.context import Context
from services.tools import Page
from services.tools.lists import Preset


async def lists_of(ctx: Context, presets: Mapping[str, Preset]) -> list[blocks.List]:
    """Return the actor's list of each preset; the keys of `presets` are the lists' headings."""
    lists: list[blocks.List] = []
    for heading, preset in presets.items():
        page = await preset(ctx)
        assert isinstance(page, Page)  # noqa: S101 - it is a tool that lists
        lists.append(blocks.List(heading, page.refs, page.total))
    return lists

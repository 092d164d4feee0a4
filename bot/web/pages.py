"""What each page of the web view shows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.web.session import Viewer
from bot.web.templating import make_templates
from services.agent.own_conversations import own_conversations
from services.agent.settings_overview import settings_overview
from services.context import Context, Role
from services.entities.base import Entity, find_ids, load
from services.entities.card import Ref
from services.entities.note import notes_on
from services.errors import DeskError
from services.tools import TOOLS
from services.tools.argument_types import LONGEST_WORDS
from services.tools.history import history
from services.tools.lists import ASSIGNED_TO_YOU, YOUR_MACHINES, YOUR_TICKETS
from services.tools.lookup import find
from services.tools.page import Page
from services.tools.settings import marked_channels, with_names

ROWS = 50
FOR_ADMINS = "Only admins of the desk see its settings. Please ask one of them."
ROWS_OF_HOME = 5
_NONE = "No {} that you can see fit “{}”. Try fewer or other words."
TEMPLATES = make_templates()

Show = Callable[[Context, Request, Viewer], Awaitable[Response]]
NamesAtSlack = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]


async def show_home(ctx: Context, request: Request, viewer: Viewer) -> Response:
    """Show the person's open tickets, machines and conversations, and what is assigned to them."""
    sections = {"Your open tickets": YOUR_TICKETS, "Your machines": YOUR_MACHINES}
    if viewer.actor.role >= Role.technician:
        sections = {"Assigned to you": ASSIGNED_TO_YOU} | sections
    pages = {title: await preset(ctx) for title, preset in sections.items()}
    talks, total = await own_conversations(ctx, ROWS_OF_HOME)
    return html("home.html", viewer, pages=pages, conversations=talks, total=total)


def list_page(kind: type[Entity]) -> Show:
    async def show_list(ctx: Context, request: Request, viewer: Viewer) -> Response:
        """Show the records that match `q`, or the newest, or those older than `before`."""
        if words := request.query_params.get("q", "").strip():
            refs, said = await _search(ctx, kind, words)
            return html("list.html", viewer, kind=kind, refs=refs, words=words, said=said)
        query = kind.query().order_by(kind.id.desc()).limit(ROWS + 1)
        before = request.query_params.get("before")
        if before is not None:
            if find_ids(before) != [before] or not before.startswith(f"{kind.prefix}-"):
                return not_found(before, viewer)
            query = query.where(kind.id < int(before.split("-")[1]))
        found = await kind.fetch_all(ctx, query)
        older = found[ROWS - 1].key if len(found) > ROWS else None
        refs = [entity.ref for entity in found[:ROWS]]
        return html("list.html", viewer, kind=kind, refs=refs, older=older, before=before)

    return show_list


async def _search(ctx: Context, kind: type[Entity], words: str) -> tuple[Sequence[Ref], str]:
    """Return the best matching records, and a sentence about the number of matches."""
    words = words.replace("\0", " ")[:LONGEST_WORDS]
    tool = TOOLS.get(f"find_{kind.plural}")
    if tool is None:
        found = await find(ctx, kind, words, ROWS)
        return [each.ref for each in found], "" if found else _NONE.format(kind.plural, words)
    try:
        page = await tool(ctx, words=words)
    except DeskError as error:
        return [], str(error)
    if not isinstance(page, Page) or not page.rows:
        return [], page.nothing if isinstance(page, Page) else str(page)
    shown = f"The {len(page.rows)} best matches of {page.total} {page.in_words} are shown."
    more = f"{shown} Add words to your search to find others."
    return page.refs, more if page.next else page.limited


async def show_record(ctx: Context, request: Request, viewer: Viewer) -> Response:
    """Show the card of a record, its notes in full, and its history."""
    key = request.path_params["key"]
    try:
        entity = await load(ctx, key)
    except DeskError:
        return not_found(key, viewer)
    if entity.key != key:
        return RedirectResponse(f"/{entity.key}")
    card = await entity.card(ctx)
    notes = await notes_on(ctx, entity)
    in_full = {note.key for note in notes}
    tags = [ref for ref in card.attached if ref.id not in in_full]
    past = str(await history(ctx, record=key))
    changes = [line.removeprefix("- ") for line in past.splitlines()[1:]]
    return html(
        "record.html",
        viewer,
        card=card,
        notes=notes,
        tags=tags,
        changes=changes,
    )


def settings_page(names_at_slack: NamesAtSlack) -> Show:
    async def show_settings(ctx: Context, request: Request, viewer: Viewer) -> Response:
        """Show admins every setting, its default, and who changed what."""
        if not viewer.is_admin:
            return html("plain.html", viewer, 403, title="For admins", sentence=FOR_ADMINS)
        settings = await settings_overview(ctx)
        names = await names_at_slack(await marked_channels(ctx))
        changes = [with_names(each, names) for each in settings.changes]
        return html("settings.html", viewer, settings=settings, names=names, changes=changes)

    return show_settings


def not_found(key: str, viewer: Viewer) -> Response:
    sentence = f"There is no {key[:40]} that you can see."
    return html("plain.html", viewer, 404, title="Not found", sentence=sentence)


def html(template: str, viewer: Viewer | None, status: int = 200, **values: object) -> Response:
    """Return a page rendered from a template."""
    page = TEMPLATES.get_template(template)
    return HTMLResponse(page.render(viewer=viewer, now=datetime.now(UTC), **values), status)

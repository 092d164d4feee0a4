"""Every surface, as a function from a viewer to what they are shown there."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import httpx2
from itsdangerous import URLSafeTimedSerializer
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette

from bot.runtime import Runtime
from bot.slack import blocks, commands
from bot.slack.actions import Clicks
from bot.slack.blocks import digest
from bot.slack.consents import Decisions
from bot.slack.digest import LISTS
from bot.slack.home import Home, lists_of
from bot.slack.steering import Steering
from bot.web.app import web_routes
from bot.web.session import session_cookie
from services.agent.loop import result_text
from services.context import Context, Role, acting
from services.entities.base import KINDS, find_ids, load_visible
from services.errors import DeskError
from services.storage.database import Database, Principal
from services.tools import TOOLS, Page
from services.tools.tickets import AGEING
from tests.fixtures import DANIEL, EMRE, HELENA, MARCUS, PRIYA
from tests.rights.world import ABSENT, ELSEWHERE, TURN, VIEWERS, Viewer, World

SIGNER = URLSafeTimedSerializer("test")
WEB = "http://desk.test"


class Unsaved(Database):
    """What is written through it is rolled back at the end of each transaction."""

    @asynccontextmanager
    async def transaction(self, principal: Principal) -> AsyncIterator[AsyncSession]:
        async with super().transaction(principal) as session:
            yield session
            session.expunge_all()  # a rollback would empty what is still to be read
            await session.rollback()


@dataclass
class Shown:
    """What a viewer got: the records that opened or were listed, and every word that was said."""

    opened: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Counts that tell of more or fewer records than are listed."""


class Stage:
    """The desk's own code over the world, with Slack's answers caught on the way."""

    def __init__(self, world: World, database: Database) -> None:
        self.world, self.database = world, database
        self.caught: list[Any] = []
        self.runtime = cast(
            Runtime,
            SimpleNamespace(
                database=database,
                settings=SimpleNamespace(
                    web_url=WEB,
                    public_url=None,
                    slack_signing_secret="secret",
                    admin_emails=(),
                    slack_admins_are_admins=False,
                    metrics_token=None,
                ),
                slack=_Slack(self.caught),
                bot=SimpleNamespace(team_id="T1", user_id="UBOT"),
                signer=SIGNER,
            ),
        )
        self.clicks, self.home = Clicks(self.runtime), Home(self.runtime)
        self.decisions, self.steering = Decisions(self.runtime), Steering(self.runtime)

    async def catch(self, *given: Any, **named: Any) -> None:
        """Stands for Slack's `ack` and `respond`."""
        self.caught.append([given, named])

    def said(self) -> str:
        """Everything that was sent since the last time."""
        words = all_words(self.caught)
        self.caught.clear()
        return words

    @asynccontextmanager
    async def acting(self, viewer: Viewer) -> AsyncIterator[Context]:
        async with acting(self.database, viewer.actor) as ctx:
            yield ctx

    async def call(self, viewer: Viewer, tool: str, **arguments: Any) -> str | Page:
        try:
            async with self.acting(viewer) as ctx:
                result = await TOOLS[tool](ctx, **arguments)
                return result if isinstance(result, Page) else await result_text(ctx, result)
        except DeskError as error:
            return str(error)
        except NoResultFound:
            return "nobody"

    async def open_each(
        self, shown: Shown, keys: Iterable[str], ask: Callable[[str], Awaitable[str]]
    ) -> dict[str, str]:
        """Ask for each record: it is open unless the answer is that for an absent one."""
        refusals = {}
        for prefix in KINDS:
            absent = f"{prefix}-{ABSENT}"
            refusals[prefix] = (await ask(absent)).replace(absent, "KEY")
        answers = {key: await ask(key) for key in keys}
        for key, answer in answers.items():
            if answer.replace(key, "KEY") != refusals[key.split("-")[0]]:
                shown.opened.add(key)
                shown.words.append(answer)
        return {key: answers[key] for key in shown.opened & answers.keys()}

    async def pages(self, shown: Shown, viewer: Viewer, tool: str, **arguments: Any) -> None:
        """Every page of a list; its total is the number of records on them."""
        found: list[str] = []
        totals: set[int] = set()
        while True:
            page = await self.call(viewer, tool, **arguments)
            assert isinstance(page, Page), page
            found += [ref.id for ref in page.refs]
            totals.add(page.total)
            shown.words.append(page.as_text())
            if not page.next or "after" not in TOOLS[tool].entities:
                break
            arguments["after"] = page.next
        shown.opened.update(found)
        if totals != {len(found)}:
            shown.wrong.append(f"{tool} says {totals} and lists {len(found)}")


class _Slack:
    """Slack's web client: it keeps what it is told; whom the desk doesn't know is a guest."""

    def __init__(self, caught: list[Any]) -> None:
        self.caught = caught

    async def users_info(self, user: str) -> Any:
        return {"user": {"id": user, "team_id": "T1", "is_restricted": True, "profile": {}}}

    def __getattr__(self, name: str) -> Any:
        async def keep(**named: Any) -> None:
            self.caught.append(named.get("view") or named.get("blocks") or named)

        assert hasattr(AsyncWebClient, name)
        return keep


def all_words(node: Any) -> str:
    """Every string in a structure, one a line."""
    if isinstance(node, dict):
        return "\n".join(all_words(value) for value in node.values())
    if isinstance(node, list | tuple):
        return "\n".join(all_words(each) for each in node)
    return str(node)


# ---- the registry

Run = Callable[[Stage, Viewer, Shown], Awaitable[None]]
Expected = Callable[[World, Viewer], set[str]]


@dataclass(frozen=True)
class Surface:
    """`opens` is what exactly is to open there, `changes` what is to change, by the docs."""

    run: Run
    viewers: tuple[Viewer, ...]
    opens: Expected | None
    changes: Expected | None
    tools: frozenset[str]
    listeners: frozenset[str]
    routes: frozenset[str]


SURFACES: dict[str, Surface] = {}


def surface(
    name: str,
    opens: Expected | None = None,
    changes: Expected | None = None,
    *,
    tools: Iterable[str] = (),
    listeners: Iterable[str] = (),
    routes: Iterable[str] = (),
) -> Callable[[Run], Run]:
    # What is shown to one person alone has no audience but them.
    viewers = (*VIEWERS, ELSEWHERE) if tools else VIEWERS

    def register(run: Run) -> Run:
        covers = frozenset(tools), frozenset(listeners), frozenset(routes)
        SURFACES[name] = Surface(run, viewers, opens, changes, *covers)
        return run

    return register


def made(*prefixes: str) -> Expected:
    """The visible ones of the records that were made for the matrix."""
    return lambda world, viewer: {key for key in keys(world, *prefixes) if world.sees(viewer, key)}


def typical(*prefixes: str) -> Expected:
    """The visible ones of those that are opened one by one where opening is slow."""
    return lambda world, viewer: {
        key for key in world.typical(viewer, *prefixes) if world.sees(viewer, key)
    }


def listed(prefix: str, **equals: Callable[[Viewer], object]) -> Expected:
    """The visible records of a kind whose columns have the values that belong to the viewer."""
    return lambda world, viewer: {
        key
        for key in world.visible(viewer, f"{prefix}-")
        if all(world.rows[key][column] == value(viewer) for column, value in equals.items())
    }


def keys(world: World, *prefixes: str) -> list[str]:
    return [key for key in world.made if key.split("-")[0] in prefixes]


def me(viewer: Viewer) -> object:
    return viewer.person or 0


# ---- tools, as the model calls them


@surface("tool: card of any record", typical(), tools=["get_record"])
async def get_record(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        return str(await stage.call(viewer, "get_record", record=key))

    await stage.open_each(shown, stage.world.typical(viewer), ask)


@surface("tool: card of a ticket", made("TKT"), tools=["get_ticket"])
async def get_ticket(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        return str(await stage.call(viewer, "get_ticket", ticket=key))

    await stage.open_each(shown, keys(stage.world, "TKT"), ask)


@surface("tool: notes of a record", made("NOTE"), tools=["read_notes"])
async def read_notes(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        return str(await stage.call(viewer, "read_notes", on=key))

    answers = await stage.open_each(shown, keys(stage.world, "TKT", "MAC", "USR", "TEAM"), ask)
    named = find_ids("\n".join(answers.values()))
    shown.opened = {key for key in named if key in stage.world.made and key.startswith("NOTE-")}


@surface("tool: all tickets", listed("TKT"), tools=["list_tickets"])
async def list_tickets(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "list_tickets", status="any")


@surface(
    "tool: tickets of a person",
    listed("TKT", requester_id=lambda _: EMRE, assignee_id=lambda _: None),
    tools=["list_tickets"],
)
async def tickets_of(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    if viewer.person:
        given = {"requester": f"USR-{EMRE}", "unassigned": True, "status": "any"}
        await stage.pages(shown, viewer, "list_tickets", **given)


@surface("tool: tickets of a team", tools=["list_tickets"])
async def tickets_of_team(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for key in stage.world.visible(viewer, "TEAM-"):
        await stage.pages(shown, viewer, "list_tickets", team=key, status="any")


@surface("tool: own tickets", listed("TKT", requester_id=me), tools=["my_tickets"])
async def my_tickets(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "my_tickets", status="any")


@surface("tool: own queue", listed("TKT", assignee_id=me), tools=["tickets_assigned_to_me"])
async def my_queue(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "tickets_assigned_to_me", status="any")


@surface("tool: own machines", listed("MAC", person_id=me), tools=["my_machines"])
async def my_machines(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "my_machines")


@surface(
    "tool: machines of a person",
    lambda world, viewer: {
        key for key in world.visible(viewer, "MAC-") if world.rows[key]["person_id"]
    },
    tools=["machines_of"],
)
async def machines_of(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for key in stage.world.visible(viewer, "USR-"):
        await stage.pages(shown, viewer, "machines_of", person=key)


@surface("tool: machines by specification", listed("MAC"), tools=["search_machines"])
async def search_machines(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "search_machines")


@surface("tool: machines by words", made("MAC"), tools=["search_machines"])
async def machines_by_words(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "search_machines", words="zq-box")


@surface("tool: tickets by words", made("TKT"), tools=["search_tickets"])
async def search_tickets(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for person in (PRIYA, DANIEL, MARCUS):
        await stage.pages(shown, viewer, "search_tickets", words=f"zephyr{person}")


@surface("tool: people", listed("USR"), tools=["search_people"])
async def search_people(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for key, row in stage.world.rows.items():
        if key.startswith("USR-"):
            await stage.pages(shown, viewer, "search_people", words=row["email"])


@surface("tool: the time", tools=["current_time"])
async def current_time(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    shown.words.append(str(await stage.call(viewer, "current_time")))


def ageing(world: World, viewer: Viewer) -> set[str]:
    since = datetime.now(UTC) - AGEING
    rows = {key: world.rows[key] for key in world.visible(viewer, "TKT-")}
    return {
        key for key, row in rows.items() if row["status"] != "Closed" and row["updated_at"] < since
    }


@surface("tool: ageing tickets", ageing, tools=["ageing_tickets"])
async def ageing_tickets(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "ageing_tickets")


@surface("morning digest", tools=["set_digest"])
async def set_digest(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for switch in ("on", "off"):
        said = str(await stage.call(viewer, "set_digest", switch=switch))
        shown.wrong += [] if ("digest" in said) == bool(viewer.person) else [said]
    async with stage.acting(viewer) as ctx:
        lists = await lists_of(ctx, LISTS)
    shown.opened = {ref.id for _, refs, _ in lists for ref in refs}
    shown.words.append(all_words(digest("", lists, "")))


def may_change(prefix: str) -> Expected:
    return lambda world, viewer: {
        key for key in keys(world, prefix) if world.may(viewer, key).endswith("change")
    }


@surface("tool: change a ticket", made("TKT"), may_change("TKT"), tools=["update_ticket"])
async def update_ticket(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        given = {"ticket": key, "description": "now otherwise"}
        return str(await stage.call(viewer, "update_ticket", **given))

    answers = await stage.open_each(shown, keys(stage.world, "TKT"), ask)
    shown.changed = {key for key, answer in answers.items() if "now otherwise" in answer}


def may_watch(verb: str, person: int) -> Expected:
    return lambda world, viewer: {
        key for key in keys(world, "TKT") if verb in world.may_watch(viewer, key, person)
    }


def watch(verb: str, person: int, done: str) -> Run:
    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        async def ask(key: str) -> str:
            given = {"ticket": key, "person": f"USR-{person}"}
            return str(await stage.call(viewer, f"{verb}_watcher", **given))

        answers = await stage.open_each(shown, keys(stage.world, "TKT"), ask)
        shown.changed = {key for key, answer in answers.items() if done in answer}

    return run


for _verb, _person, _done in (("add", EMRE, f"USR-{EMRE}"), ("remove", HELENA, "no longer watch")):
    surface(
        f"tool: {_verb} a watcher",
        made("TKT"),
        may_watch(_verb, _person),
        tools=[f"{_verb}_watcher"],
    )(watch(_verb, _person, _done))


def may_note(internal: bool) -> Expected:
    """Who may see a note of that kind on a record may add one."""
    return lambda world, viewer: {
        f"{row['on_kind']}-{row['on_id']}"
        for key, row in ((key, world.rows[key]) for key in keys(world, "NOTE"))
        if row["internal"] == internal and world.sees(viewer, key)
    }


def add_notes(internal: bool) -> Run:
    async def add_note(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        noted = may_note(internal)(stage.world, VIEWERS[1]) | {f"TEAM-{ABSENT - 1}"}

        async def ask(key: str) -> str:
            given = {"on": key, "text": "a new note", "internal": internal}
            return str(await stage.call(viewer, "add_note", **given))

        wanted = [key for key in keys(stage.world, *KINDS) if key in noted or key[:3] == "TKT"]
        answers = await stage.open_each(shown, wanted, ask)
        shown.changed = {key for key, answer in answers.items() if "a new note" in answer}
        shown.words = [answer for answer in shown.words if "a new note" not in answer]

    return add_note


for _internal in (False, True):
    surface(
        f"tool: add {'an internal' if _internal else 'a'} note",
        None,
        may_note(_internal),
        tools=["add_note"],
    )(add_notes(_internal))


@surface("tool: a ticket about a machine", made("MAC"), tools=["create_ticket"])
async def create_ticket(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        given = {"name": "about it", "machines": [key]}
        answer = str(await stage.call(viewer, "create_ticket", **given))
        return f"created about {key}" if answer.startswith("Ticket TKT-") else answer

    if viewer.person:
        await stage.open_each(shown, keys(stage.world, "MAC"), ask)


@surface("tool: undo what somebody else did", tools=["undo"], listeners=["on_undo"])
async def undo(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    told = [await stage.call(viewer, "undo", turn=turn) for turn in (TURN, ABSENT)]
    for turn in (TURN, ABSENT):
        click = {
            "actions": [{"value": str(turn)}],
            "user": {"id": viewer.slack_id},
            "container": {"channel_id": "C1"},
        }
        await stage.clicks.on_undo(stage.catch, click, stage.catch)
        told.append(stage.said())
    shown.wrong += [] if told[0] == told[1] and told[2] == told[3] else [f"undo tells: {told}"]


@surface("click: steer somebody else's turn", listeners=["on_stop", "on_retry"])
async def steer(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for number in (TURN, ABSENT):
        click = {
            "actions": [{"value": str(number)}],
            "user": {"id": viewer.slack_id},
            "message": {"text": "", "blocks": []},
        }
        await stage.steering.on_stop(stage.catch, click)
        await stage.steering.on_retry(stage.catch, click, stage.catch)
        shown.wrong += [] if stage.said().strip("[]{}\n ") == "" else ["steering tells"]


@surface("tool: history of a record", typical(), tools=["history"])
async def history(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        return str(await stage.call(viewer, "history", record=key))

    await stage.open_each(shown, stage.world.typical(viewer), ask)
    shown.words.append(str(await stage.call(viewer, "history")))


@surface("tool: limits", tools=["set_limit", "show_limits"])
async def limits(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    told = [
        str(await stage.call(viewer, "set_limit", limit="turns_per_person", per_hour=5)),
        str(await stage.call(viewer, "show_limits")),
    ]
    may = stage.world.cell(viewer.column, "setting", "any").endswith("change")
    shown.wrong += [each for each in told if ("an hour" in each) != may]


@surface("click: decide for somebody else", listeners=["on_decision"])
async def decide(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    told = []
    for number in (TURN, ABSENT):
        for choice in (blocks.APPROVE, blocks.REFUSE):
            click = {
                "actions": [{"action_id": choice, "value": str(number)}],
                "user": {"id": viewer.slack_id},
            }
            await stage.decisions.on_decision(stage.catch, click, stage.catch)
            told.append(stage.said())
    shown.wrong += [] if len(set(told)) == 1 else [f"a decision tells: {told}"]


def administered(world: World, viewer: Viewer) -> set[str]:
    """The people whose role this viewer may set; to all others the tool says the same of each."""
    people = {key for key in keys(world, "USR") if world.may(viewer, key).endswith("change")}
    return people if viewer.actor.effective_role == Role.admin else set()


@surface(
    "tool: set a role",
    administered,
    lambda world, viewer: administered(world, viewer) - {f"USR-{viewer.person}"},
    tools=["set_role"],
)
async def set_role(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        return str(await stage.call(viewer, "set_role", person=key, role="technician"))

    answers = await stage.open_each(shown, keys(stage.world, "USR"), ask)
    shown.changed = {key for key, said in answers.items() if not said.startswith("Your own")}


@surface("tool: mark a channel", tools=["mark_channel"])
async def mark_channel(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    said = str(await stage.call(viewer, "mark_channel", channel="C1", desk=True))
    may = stage.world.cell(viewer.column, "channel", "any").endswith("change")
    if said.startswith("This channel is the desk's own") != may:
        shown.wrong.append(f"mark_channel says: {said}")


@surface("buttons of an answer", lambda world, viewer: world.visible(viewer), tools=["get_record"])
async def buttons(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async with stage.acting(viewer) as ctx:
        records = await load_visible(ctx, list(stage.world.rows))
        shown.opened = {record.key for record in records}
        shown.words = [record.ref.as_text() for record in records]


# ---- Slack


async def typed(stage: Stage, viewer: Viewer, name: str, said: str) -> str:
    body = {"command": name, "text": said, "user_id": viewer.slack_id, "channel_id": "C1"}
    return all_words(await commands.respond(stage.runtime, body))


def command(name: str, *prefixes: str) -> Run:
    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        async def ask(key: str) -> str:
            return await typed(stage, viewer, name, key.lower())

        await stage.open_each(shown, stage.world.typical(viewer, *prefixes), ask)

    return run


def subcommand(name: str, word: str) -> Run:
    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        for said in ("", "zephyr", f"zephyr{PRIYA}", "zq-box", "emre", "a"):
            answer = await typed(stage, viewer, name, f"{word} {said}")
            shown.words.append(answer.replace("TKT-12", ""))  # the example of the help

    return run


for _name, _entries in commands.COMMANDS.items():
    _prefixes = () if _name == "/itsm" else ("MAC", "TEAM")
    surface(
        f"command: {_name} and an id",
        typical(*_prefixes),
        listeners=["on_command"],
    )(command(_name, *_prefixes))
    for _word in _entries:
        surface(f"command: {_name} {_word}".strip() + " …")(subcommand(_name, _word))


def click(place: dict[str, Any], *prefixes: str) -> Run:
    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        async def ask(key: str) -> str:
            body = {
                "actions": [{"action_id": f"entity:{key}"}],
                "user": {"id": viewer.slack_id},
                "trigger_id": "1",
                **place,
            }
            await stage.clicks.on_record(stage.catch, body, stage.catch)
            return stage.said()

        await stage.open_each(shown, stage.world.typical(viewer, *prefixes), ask)

    return run


_SHOWN = {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "an answer"}}]}
_PLACES: dict[str, dict[str, Any]] = {
    "in a channel": {"container": {"channel_id": "C1"}, "message": _SHOWN},
    "in place": {"container": {"channel_id": "D1"}, "message": _SHOWN},
    "in App Home": {"container": {}, "view": {"type": "home"}},
    "in a dialog": {"container": {}, "view": {"type": "modal"}},
}
for _name, _place in _PLACES.items():
    _prefixes = () if _name == "in a channel" else ("TKT", "MAC", "USR")
    surface(f"click {_name}", typical(*_prefixes), listeners=["on_record"])(
        click(_place, *_prefixes)
    )


@surface("App Home", listeners=["on_opened"])
async def app_home(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.home.on_opened({"tab": "home", "user": viewer.slack_id})
    shown.words.append(stage.said())


@surface(
    "form for a ticket", listeners=["on_new_ticket", "on_ticket_from_message", "on_ticket_form"]
)
async def form(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    values = {"name": {"name": {"value": "new"}}, "description": {"description": {"value": ""}}}
    body: dict[str, Any] = {
        "user": {"id": viewer.slack_id},
        "trigger_id": "1",
        "message": {"text": "a message"},
        "view": {"state": {"values": values}},
    }
    await stage.home.on_new_ticket(stage.catch, body)
    await stage.home.on_ticket_from_message(stage.catch, body)
    await stage.home.on_ticket_form(stage.catch, body)
    shown.words.append(stage.said())


# ---- the web


@asynccontextmanager
async def browser(stage: Stage, viewer: Viewer) -> AsyncIterator[httpx2.AsyncClient]:
    async def healthy() -> bool:
        return True

    transport = httpx2.ASGITransport(app=Starlette(routes=web_routes(stage.runtime, healthy)))
    cookies = dict([session_cookie(SIGNER, viewer.person)]) if viewer.person else {}
    async with httpx2.AsyncClient(transport=transport, base_url=WEB, cookies=cookies) as client:
        yield client


@surface("web: page of a record", typical(), routes=["/{key:path}"])
async def web_page(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async with browser(stage, viewer) as client:

        async def ask(key: str) -> str:
            page = await client.get(f"/{key}")
            return f"{page.status_code} {sorted(page.headers)} {page.text}"

        await stage.open_each(shown, stage.world.typical(viewer), ask)


def web_list(prefix: str) -> Run:
    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        path: str | None = f"/{KINDS[prefix].plural}"
        async with browser(stage, viewer) as client:
            while path:
                page = (await client.get(path)).text
                shown.words.append(page)
                main = page.partition('<main id="main">')[2].partition('<nav class="pages"')
                rows = [key.split('"')[0] for key in main[0].split('href="/')[1:]]
                shown.opened.update(key for key in rows if key.startswith(f"{prefix}-"))
                older = [part for part in main[2].split('href="') if 'rel="next"' in part]
                path = older[0].split('"')[0] if older else None

    return run


for _prefix, _kind in KINDS.items():
    _route = f"/{_kind.plural}"
    surface(f"web: list of {_kind.plural}", listed(_prefix), routes=[_route])(web_list(_prefix))


@surface("web: start, health and files", routes=["/", "/healthz", "/metrics", "/static"])
async def web_start(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async with browser(stage, viewer) as client:
        for path in ("/", "/healthz", "/metrics", "/static/web.css"):
            shown.words.append((await client.get(path)).text)


WITHOUT_RECORDS = frozenset({"on_close", "on_link", "on_session_stopped", "_nothing"})
"""Listeners of the Bolt app that show no record."""

"""A desk in miniature for the playground's tests: a Bolt app over HTTP or Socket Mode."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from bot.playground import Channel, User, Workspace, playground

PRIYA = User("U0PRIYA000", "priya", "Priya Sharma", "priya@example.com")
TOM = User("U0TOM00000", "tom", "Tom Becker", "tom@example.com", is_admin=True)


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def buttons(*labels: str) -> list[dict[str, Any]]:
    elements = [{"type": "button", "action_id": f"show:{t}", "text": plain(t)} for t in labels]
    return [{"type": "actions", "elements": elements}]


FORM = {
    "type": "modal",
    "callback_id": "new_ticket",
    "title": plain("New ticket"),
    "submit": plain("Create"),
    "blocks": [
        {
            "type": "input",
            "block_id": "name",
            "label": plain("Name"),
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
    ],
}


class World:
    """The workspace, the app that it delivers to, and the bodies of the app's requests."""

    def __init__(self, workspace: Workspace, app: AsyncApp) -> None:
        self.slack = workspace
        self.app = app
        self.heard: list[dict[str, Any]] = []
        self.requests: list[dict[str, str]] = []
        self.refusals = 0

    def events(self, kind: str) -> list[dict[str, Any]]:
        bodies = [body for body in self.heard if body.get("event", {}).get("type") == kind]
        return [body["event"] for body in bodies]

    @property
    def is_connected(self) -> bool:
        return bool(self.slack.delivery.socket.connections)

    def note(self, body: dict[str, Any]) -> None:
        self.heard.append(body)
        self.slack.changes.tell({"type": "call"})


def listen(world: World) -> None:
    """Register the listeners of a desk in miniature."""

    async def remember(body: dict[str, Any], next: Any) -> None:  # noqa: A002 - Bolt's name
        world.note(body)
        await next()

    app = world.app
    app.use(remember)
    app.event("app_mention")(answer)
    app.event("app_home_opened")(home)
    app.event("message")(nothing)
    app.action("show:TKT-12")(show)
    app.action("show:Collapse")(collapse)
    app.command("/ticket")(ticket)
    app.view("new_ticket")(create)


async def answer(event: dict[str, Any], client: AsyncWebClient) -> None:
    root = event.get("thread_ts") or event["ts"]
    await client.chat_postMessage(
        channel=event["channel"], thread_ts=root, text="Yes", blocks=buttons("TKT-12")
    )


async def home(event: dict[str, Any], client: AsyncWebClient) -> None:
    blocks = [{"type": "header", "text": plain("Your desk")}]
    await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


async def nothing() -> None:
    pass


async def show(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
    await ack()
    await client.chat_postEphemeral(
        channel=body["channel"]["id"],
        user=body["user"]["id"],
        text="card",
        blocks=buttons("Collapse"),
    )


async def collapse(ack: Any, respond: Any) -> None:
    await ack()
    await respond(text="collapsed", replace_original=True)


async def ticket(ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
    if command["text"] == "new":
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=FORM)
    else:
        await ack(f"You asked for {command['text']}")


async def create(ack: Any, view: dict[str, Any]) -> None:
    name = view["state"]["values"]["name"]["value"]["value"]
    if len(name) < 4:
        await ack(response_action="errors", errors={"name": "Say more"})
    else:
        await ack()


@asynccontextmanager
async def open_world() -> AsyncIterator[World]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    here = f"http://127.0.0.1:{listener.getsockname()[1]}"
    channels = [
        Channel("C0HELP0000", "it-help"),
        Channel("C0QUIET000", "quiet", members={PRIYA.id}),
    ]
    workspace = Workspace(
        [PRIYA, TOM],
        channels,
        url=f"{here}/playground",
        events_url=f"{here}/slack/events",
        retry_delays=(0.01, 0.01, 0.01),
    )
    client = AsyncWebClient(workspace.bot_token, base_url=f"{workspace.url}/api/")
    world = World(
        workspace,
        AsyncApp(client=client, signing_secret=workspace.signing_secret),
    )
    listen(world)
    handler = AsyncSlackRequestHandler(world.app)

    async def events(request: Request) -> Response:
        world.requests.append(dict(request.headers))
        if world.refusals:
            world.refusals -= 1
            return Response(status_code=503)
        return await handler.handle(request)

    site = Starlette(
        routes=[
            Mount("/playground", playground(workspace)),
            Route("/slack/events", events, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(site, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve([listener]))
    async with workspace:
        yield world
    server.should_exit = True
    await serving
    listener.close()


@asynccontextmanager
async def socket_mode(world: World) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(world.app, world.slack.app_token, web_client=world.app.client)
    await handler.connect_async()
    await world.slack.until(lambda: world.is_connected)
    try:
        yield
    finally:
        await handler.close_async()

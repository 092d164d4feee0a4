"""`tool`: call any tool from the command line, with one person's rights."""

import json
from typing import Any

import orjson
from sqlalchemy import bindparam

from bot.process import open_database
from services.agent.tool_calls import result_text
from services.context import Actor, Context, Role, acting
from services.entities.base import Entity
from services.entities.card import Ref
from services.entities.person import Person
from services.errors import SetupError
from services.sanitize import sanitize
from services.storage.database import Database
from services.tools import TOOLS, Page, Result

_BY_EMAIL = Person.query().where(Person.email == bindparam("email"))


async def call_tool(
    database_url: str, email: str, name: str | None, arguments: str, *, as_json: bool
) -> str:
    """Return the result of the tool, or without a name the tools that the person may use.

    Mistakes raise `DeskError`.
    """
    given = _parsed(arguments)
    async with open_database(database_url) as database:
        person = await active_person(database, email)
        actor = Actor(person.id, Role[person.role], surface="terminal")
        async with acting(database, actor) as ctx:
            if name is None:
                return _listed(ctx)
            if name not in TOOLS:
                raise SetupError(f"There is no tool {name[:40]}. Leave the name out for a list.")
            result = await TOOLS[name](ctx, **given)
            return (
                _as_json(result)
                if as_json
                else sanitize(await result_text(ctx, TOOLS[name], result))
            )


async def active_person(database: Database, email: str) -> Person:
    """Return the active person with this email address, or raise `SetupError`."""
    person = await Person.fetch_one(database, _BY_EMAIL, email=email.strip().lower())
    if person is None or not person.active:
        raise SetupError(
            f"Nobody active here has the email {email}: give one of the desk's people. An empty"
            " desk gets demo people with: make demo"
        )
    return person


def _parsed(arguments: str) -> dict[str, Any]:
    try:
        given = orjson.loads(arguments)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise SetupError('Give the arguments as one JSON object, such as \'{"words": "vpn"}\'.')
    return given


def _listed(ctx: Context) -> str:
    lines = []
    for tool in TOOLS.values():
        if tool.allows(ctx):
            takes = ", ".join(f"{n}{'' if p.required else '?'}" for n, p in tool.parameters.items())
            summary = tool.schema["function"]["description"].partition("\n")[0]
            lines.append(f"{tool.name}({takes}): {summary}")
    return "\n".join(lines)


def _as_json(result: Result) -> str:
    match result:
        case Page():
            records = [_record(ref) for ref in result.refs]
            shown: Any = {"records": records, "total": result.total, "next": result.next}
            shown |= {"limited": result.limited} if result.limited else {}
        case Entity():
            shown = _record(result.ref)
        case tuple():
            shown = {"records": [_record(each.ref) for each in result]}
        case _:
            shown = {"text": result}
    return json.dumps(shown, ensure_ascii=False, indent=2)


def _record(ref: Ref) -> dict[str, str]:
    return {"id": ref.id, "title": ref.title, "detail": ref.detail}

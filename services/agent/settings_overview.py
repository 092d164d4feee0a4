"""All settings with their defaults and last changes, for the page that admins read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from services.agent.catalogue import listed_models
from services.context import Context, Role
from services.desk_settings import DESK_SETTINGS
from services.entities.card import Ref
from services.entities.language_model import LanguageModel
from services.entities.person import Person
from services.tools.history import changes_of_settings
from services.tools.settings import desk_channels, present_settings

STAFF = Role.admin, Role.technician

_LAST_CHANGES = text(
    "SELECT DISTINCT ON (key) key, at, actor_id FROM settings"
    " JOIN events ON table_name = 'settings'"
    " AND coalesce(record_id = settings.id, after ->> 'key' = key) ORDER BY key, events.id DESC"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A setting with its value as people read it, and who changed it last."""

    label: str
    hint: str
    value: str
    default: str
    at: datetime | None
    who: Ref | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The content of the page of settings; `groups` has the settings below each heading."""

    groups: dict[str, list[Line]]
    models: Sequence[LanguageModel]
    channels: Sequence[str]
    staff: dict[str, list[Ref]]
    changes: Sequence[str]


async def settings_overview(ctx: Context) -> Overview:
    """Return what the page of settings shows an admin."""
    return Overview(
        await _groups(ctx),
        await listed_models(ctx),
        await desk_channels(ctx),
        {f"{role.name.capitalize()}s": await _people(ctx, role) for role in STAFF},
        await changes_of_settings(ctx),
    )


async def _groups(ctx: Context) -> dict[str, list[Line]]:
    present = await present_settings(ctx)
    changed = {row["key"]: row for row in await ctx.fetch_all(_LAST_CHANGES)}
    ids = {row["actor_id"] for row in changed.values() if row["actor_id"]}
    people = {each.id: each.ref for each in await Person.fetch_by_ids(ctx, sorted(ids))}
    groups: dict[str, list[Line]] = {}
    for each in DESK_SETTINGS:
        last = changed.get(each.key, {"at": None, "actor_id": None})
        line = Line(
            each.label,
            each.hint,
            each.shown(present[each.key]),
            each.shown(each.preset),
            last["at"],
            people.get(last["actor_id"]),
        )
        groups.setdefault(each.group, []).append(line)
    return groups


async def _people(ctx: Context, role: Role) -> list[Ref]:
    of_role = Person.query().where(Person.role == role.name, Person.active).order_by(Person.name)
    return [each.ref for each in await Person.fetch_all(ctx, of_role)]

"""What is related to a record, as its card names it."""

from collections.abc import Mapping
from functools import cached_property

from sqlalchemy import TextClause, text

from services.context import Context
from services.entities.base import KINDS, Entity
from services.entities.card import Ref

Related = Mapping[str, tuple[Ref, ...]]
"""What a card says of other records, by what they are to it."""

_AS_JSON = (
    "(SELECT json_agg(record ORDER BY place)"
    " FROM unnest(ARRAY({numbers})) WITH ORDINALITY wanted(number, place)"
    " JOIN ({every}) record ON record.id = number) AS {what}"
)

_ATTACHED = (
    "SELECT id FROM {table} WHERE on_kind = '{prefix}' AND on_id = :id"
    " ORDER BY id DESC LIMIT {most}"
)


class Relations:
    """The records that are related to one of a kind, found by one statement.

    For each relation it is given a prefix, and the SQL that selects the numbers of its records for
    the record `:id`, in the order in which a card has them. Notes and tags come with each.
    """

    def __init__(self, prefix: str, **others: tuple[str, str]) -> None:
        self._parts = others | {
            "notes": ("NOTE", _ATTACHED.format(table="notes", prefix=prefix, most=5)),
            "tags": ("TAG", _ATTACHED.format(table="tags", prefix=prefix, most=10)),
        }

    @cached_property
    def _statement(self) -> TextClause:
        """Made when it is first used: kinds are related in circles."""
        parts = (
            _AS_JSON.format(numbers=numbers, every=KINDS[prefix].query(), what=what)
            for what, (prefix, numbers) in self._parts.items()
        )
        return text(f"SELECT {', '.join(parts)}")

    async def of(self, ctx: Context, record: Entity) -> Related:
        """As far as the actor may see them."""
        [row] = await ctx.fetch_all(self._statement, id=record.id)
        return {
            what: tuple(KINDS[prefix].from_row(each).ref for each in row[what] or ())
            for what, (prefix, _) in self._parts.items()
        }


def attached(related: Related) -> tuple[Ref, ...]:
    """What any card ends with: the newest notes and the tags on its record."""
    return (*related["notes"], *related["tags"])

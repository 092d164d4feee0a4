"""Search records by words: the one search of tools, commands, menus and web lists.

Postgres matches the words (`app.found`) in the columns that a migration declares with `searchable`
(services/storage/searching.py).
"""

from typing import TypeVar

from sqlalchemy import TableValuedAlias, func, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.context import Context
from services.entities.base import Entity, find_ids, load_visible

Record = TypeVar("Record", bound=Entity)

CUT = 300, 1_000
"""The maximum number of matches that a search returns: 300 if it has to look for parts of words and
misspelt words, 1,000 if whole words match."""


def matching(kind: type[Entity], words: str) -> TableValuedAlias:
    """Return the records of the type that match the words, as a table of `id` and `rank`.

    Join it to a query, or ask for the ids alone:

        found = matching(Ticket, words)
        query = Ticket.query().join(found, found.c.id == Ticket.id).order_by(found.c.rank.desc())
        condition = Ticket.id.in_(select(found.c.id))

    All words must fit: those of the record itself, of its tags, and of the people and team to which
    it refers. `"several words"` must be side by side; `-word` excludes. Case, accents, punctuation
    and invisible characters make no difference; hosts, addresses and serial numbers are found whole
    and by their parts. Where no record has all the words as they are, words that begin with them
    fit, then parts of words and words with one typing error. Only records that the actor may see
    are found, at most the newest 1,000. Words without a letter or digit find nothing.
    """
    return func.app.found(kind.prefix, words).table_valued("id", "rank", name="found")


_CALLED = """
app.words(concat_ws(' ', {names})) LIKE ALL (SELECT '%' || word || '%'
    FROM unnest(string_to_array(app.spaced(app.folded(:words)), ' ')) word)
"""


async def find_best(
    ctx: Context, kind: type[Record], words: str, most: int
) -> tuple[list[Record], int]:
    """Return the `most` best matches, the newest of equals first, and how many match in all."""
    found = matching(kind, words)
    query = kind.query().join(found, found.c.id == kind.id)
    query = query.add_columns(func.count().over().label("total"))
    rows = await ctx.fetch_all(query.order_by(found.c.rank.desc(), kind.id.desc()).limit(most))
    return [kind.from_row(row, ctx.hidden) for row in rows], rows[0]["total"] if rows else 0


async def best_numbers(ctx: Context, kind: type[Entity], words: str) -> list[int]:
    """Return the numbers of the visible records that match, or whose ids are given, best first."""
    if named := [key for key in find_ids(words) if key.startswith(f"{kind.prefix}-")]:
        return [record.id for record in await load_visible(ctx, named)]
    found = matching(kind, words)
    best_first = aggregate_order_by(found.c.id, found.c.rank.desc(), found.c.id.desc())
    # In one array: a row for each of two thousand numbers takes milliseconds.
    [row] = await ctx.fetch_all(select(func.array_agg(best_first).label("numbers")))
    return row["numbers"] or []


async def find_called(ctx: Context, kind: type[Record], words: str, most: int) -> list[Record]:
    """Return the records whose names contain exactly these words, best matches first.

    For actions on one record: misspellings and texts other than names don't match.
    """
    if not kind.named_by:
        return []
    names = ", ".join(f"{kind.__tablename__}.{name}" for name in kind.named_by)
    found = matching(kind, words)
    query = kind.query().join(found, found.c.id == kind.id).order_by(found.c.rank.desc(), kind.id)
    return await kind.fetch_all(
        ctx, query.where(text(_CALLED.format(names=names))).limit(most), words=words
    )

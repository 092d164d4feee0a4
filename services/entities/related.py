"""Load the related records of a card with one statement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import TextClause, text

from services.context import Context, Role
from services.entities.ages import duration
from services.entities.card import Ref
from services.entities.registry import ENTITY_TYPES
from services.storage.statements import Row

if TYPE_CHECKING:
    from services.entities.base import Entity


@dataclass(frozen=True, slots=True)
class Relation:
    """The declaration of records that are related to another record and shown on its card.

    `ids`: the SQL that selects their ids for the record `:id`, in the order of the card.
    `label`: the name of their field; if it is empty, they are only buttons.
    `labels`: names of several fields; the SQL selects one of them beside each id.
    `attached`: they are notes or tags.
    `partial`: requesters see only a few of them, so cards shown to requesters leave the relation
    out, unless the record is their own.
    """

    prefix: str
    ids: str
    label: str = ""
    attached: bool = False
    partial: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duration:
    """The declaration of a length of time on a card, such as a ticket's time until it was solved.

    `length`: the SQL that selects it for the record `:id`.
    """

    label: str
    length: str


@dataclass(frozen=True, slots=True)
class Related:
    """A field of one record's card: related records that the actor may see, or a length of time."""

    label: str
    value: tuple[Ref, ...] | str
    attached: bool = False

    @property
    def refs(self) -> tuple[Ref, ...]:
        return () if isinstance(self.value, str) else self.value


# OFFSET keeps the planner from joining the records with their whole table, where the rights to
# each row would be checked.
_AS_JSON = (
    "(SELECT json_agg(record ORDER BY place)"
    " FROM unnest(ARRAY({ids})) WITH ORDINALITY wanted(number, place)"
    " CROSS JOIN LATERAL (SELECT * FROM ({query}) one WHERE id = number OFFSET 0) record"
    ") AS r{position}"
)
_LABELLED = (
    "(SELECT json_agg(record ORDER BY number) FROM (SELECT * FROM ({ids}) ids(number, label)"
    " CROSS JOIN LATERAL (SELECT * FROM ({query}) one WHERE id = number OFFSET 0) one"
    ") record) AS r{position}"
)
_ATTACHED = (
    "SELECT id FROM {table} WHERE on_kind = '{prefix}' AND on_id = :id"
    " ORDER BY id DESC LIMIT {most}"
)


async def related_of(ctx: Context, record: "Entity") -> list[Related]:
    """Return the visible related records, the newest notes, the tags and the lengths of time."""
    all_of_them = record.concerns(ctx.actor.person_id)
    all_of_them = all_of_them or ctx.actor.effective_role >= Role.technician
    shown = tuple(each for each in record.relations if all_of_them or not each.partial)
    relations = (*shown, *_attached(record.prefix))
    [row] = await ctx.fetch_all(_statement(relations, record.durations), id=record.id)
    found = [
        Related(label, _refs(relation, rows, ctx.hidden), relation.attached)
        for position, relation in enumerate(relations)
        for label, rows in _by_label(relation, row[f"r{position}"] or ())
    ]
    lengths = [(each.label, row[f"s{position}"]) for position, each in enumerate(record.durations)]
    return [*found, *(Related(label, duration(length)) for label, length in lengths if length)]


def _by_label(relation: Relation, rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
    if not relation.labels:
        yield relation.label, rows
    for label in relation.labels:
        yield label, [each for each in rows if each["label"] == label]


def _refs(relation: Relation, rows: Sequence[Row], hidden: frozenset[str]) -> tuple[Ref, ...]:
    return tuple(ENTITY_TYPES[relation.prefix].from_row(each, hidden).ref for each in rows)


@cache
def _attached(prefix: str) -> tuple[Relation, ...]:
    return (
        Relation("NOTE", _ATTACHED.format(table="notes", prefix=prefix, most=5), attached=True),
        Relation("TAG", _ATTACHED.format(table="tags", prefix=prefix, most=10), attached=True),
    )


@cache
def _statement(relations: tuple[Relation, ...], durations: tuple[Duration, ...]) -> TextClause:
    parts = [
        (_LABELLED if relation.labels else _AS_JSON).format(
            ids=relation.ids, query=ENTITY_TYPES[relation.prefix].query(), position=position
        )
        for position, relation in enumerate(relations)
    ]
    parts += [f"({each.length}) AS s{position}" for position, each in enumerate(durations)]
    return text(f"SELECT {', '.join(parts)}")

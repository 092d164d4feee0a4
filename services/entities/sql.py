"""The SQL statements that read and write records, built once for each entity type."""

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    FromClause,
    Select,
    TextClause,
    bindparam,
    func,
    inspect,
    select,
    table,
    text,
)

from services.entities.registry import entity_type_of

if TYPE_CHECKING:
    from services.entities.base import Entity
    from services.entities.link import Link


@cache
def columns_of(entity_type: type["Entity"]) -> dict[str, Column[Any]]:
    """Return the columns of a record by attribute."""
    columns = {each.key: each.columns[0] for each in inspect(entity_type).column_attrs}
    return {name: column for name, column in columns.items() if isinstance(column, Column)}


def target_of(column: Column[Any]) -> type["Entity"] | None:
    """Return the entity type to which the column refers, or None."""
    return next((entity_type_of(key.column.table.name) for key in column.foreign_keys), None)


@cache
def targets_of(mapped: type["Entity"] | type["Link"]) -> dict[str, type["Entity"]]:
    """Return the columns of a record or link that refer to a record, with its type."""
    columns = mapped.__mapper__.columns
    return {each.name: target for each in columns if (target := target_of(each))}


@cache
def references_of(entity_type: type["Entity"]) -> dict[str, tuple[type["Entity"], dict[str, str]]]:
    """Return the records to which one of this type refers, by attribute such as `requester`.

    Each is given as its type, and as the names that `query` gives to the columns of that record,
    such as `requester.name`, by attribute.
    """
    targets = {
        name.removesuffix("_id"): target
        for name, column in columns_of(entity_type).items()
        if (target := target_of(column))
    }
    return {
        name: (target, {attribute: f"{name}.{attribute}" for attribute in columns_of(target)})
        for name, target in targets.items()
    }


@cache
def query(entity_type: type["Entity"]) -> Select[Any]:
    """Return the query of all records, and of the records to which they refer.

    The columns of the latter have names such as `requester.name`.
    """
    return _query_from(entity_type, entity_type.__table__)


def _query_from(entity_type: type["Entity"], rows: FromClause) -> Select[Any]:
    joined = rows
    columns = [rows.c[column.name].label(name) for name, column in columns_of(entity_type).items()]
    for name, (target, labels) in references_of(entity_type).items():
        alias = target.__table__.alias(name)
        joined = joined.outerjoin(alias, alias.c.id == rows.c[f"{name}_id"])
        own = columns_of(target)
        columns += [alias.c[own[each].name].label(label) for each, label in labels.items()]
    return select(*columns).select_from(joined)


@cache
def query_by_id(entity_type: type["Entity"]) -> Select[Any]:
    """Return the query of the record with the `number`, which Postgres plans once and for all."""
    return query(entity_type).where(entity_type.__table__.c.id == bindparam("number"))


@cache
def query_by_ids(entity_type: type["Entity"]) -> Select[Any]:
    """Return the query of the records with the `numbers`."""
    return query(entity_type).where(entity_type.__table__.c.id == func.any(bindparam("numbers")))


@cache
def insert(entity_type: type["Entity"], names: tuple[str, ...]) -> TextClause:
    columns = ", ".join(_column_names(entity_type, names))
    values = ", ".join(f":{name}" for name in names)
    table = entity_type.__tablename__
    return _returning(entity_type, f"INSERT INTO {table} ({columns}) VALUES ({values})")


@cache
def update(entity_type: type["Entity"], names: tuple[str, ...]) -> TextClause:
    columns = zip(_column_names(entity_type, names), names, strict=True)
    values = ", ".join(f"{column} = :{name}" for column, name in columns)
    table = entity_type.__tablename__
    return _returning(entity_type, f"UPDATE {table} SET {values} WHERE id = :id")


@cache
def delete(entity_type: type["Entity"]) -> TextClause:
    return text(f"DELETE FROM {entity_type.__tablename__} WHERE id = :id RETURNING id")


def _column_names(entity_type: type["Entity"], names: tuple[str, ...]) -> list[str]:
    columns = columns_of(entity_type)
    return [columns[name].name for name in names]


def _returning(entity_type: type["Entity"], statement: str) -> TextClause:
    """Return SQL that runs the statement and returns the rows that it wrote, as `query` does."""
    written = table("written", *(Column(each.name) for each in entity_type.__table__.c))
    query = _query_from(entity_type, written.alias(entity_type.__tablename__))
    return text(f"WITH written AS ({statement} RETURNING *) {query}")

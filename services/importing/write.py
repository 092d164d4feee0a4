"""Write the planned outcomes of one batch in the open transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from sqlalchemy import Connection, Table, bindparam, text, update

from services.importing.attach import Attacher
from services.importing.kinds import Kind, Target
from services.importing.outcome import Outcome
from services.importing.references import Named

_INSERT = (
    "INSERT INTO {table} ({names}) SELECT {names}"
    " FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb))"
)
_NEXT_IDS = "SELECT nextval('{table}_id_seq') FROM generate_series(1, :count)"
_CONTINUE_IDS = (
    "SELECT setval('{table}_id_seq', greatest((SELECT max(id) FROM {table}),"
    " (SELECT last_value FROM {table}_id_seq)))"
)


def write(
    connection: Connection,
    kind: Kind,
    outcomes: Sequence[Outcome],
    attacher: Attacher,
) -> None:
    """Add the new records of a batch, change the known ones, and attach what belongs to them."""
    _insert(connection, kind, [each for each in outcomes if each.verb == "created"])
    _update(connection, kind, [each for each in outcomes if each.verb == "changed"])
    attacher.write(connection, [each for each in outcomes if each.verb != "refused"])


def _insert(connection: Connection, kind: Kind, outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    table = cast(Table, kind.entity.__table__)
    used = {name for outcome in outcomes for name in outcome.values}
    targets = [target for target in kind.targets.values() if target.attribute in used]
    has_own_ids = "id" in used
    _number(connection, table, [each for each in outcomes if "id" not in each.values])
    now = datetime.now(UTC)
    rows = [
        {"id": outcome.values["id"]}
        | {each.column.name: _stored(each, outcome.values, now) for each in targets}
        for outcome in outcomes
    ]
    values = {"rows": orjson.dumps(rows).decode()}
    statement = _INSERT.format(table=table.name, names=", ".join(rows[0]))
    connection.execute(text(statement), values)
    if has_own_ids:
        connection.execute(text(_CONTINUE_IDS.format(table=table.name)))


def _number(connection: Connection, table: Table, outcomes: Sequence[Outcome]) -> None:
    """Set the ids of new records, so that notes, tags and links can refer to them."""
    statement = text(_NEXT_IDS.format(table=table.name))
    ids = connection.execute(statement, {"count": len(outcomes)}).scalars()
    for outcome, number in zip(outcomes, ids, strict=True):
        outcome.values["id"] = number


def _stored(target: Target, values: dict[str, Any], now: datetime) -> Any:
    """Return a column's value as the database stores it; a default if a new record has none."""
    value = values.get(target.attribute)
    if isinstance(value, Named):
        return value.id
    if value is not None or target.column.nullable:
        return value
    kind = target.column.type.python_type
    if kind is datetime:
        return now
    default = str(getattr(target.column.server_default, "arg", ""))
    return default == "true" if kind is bool else default


def _update(connection: Connection, kind: Kind, outcomes: Sequence[Outcome]) -> None:
    table = cast(Table, kind.entity.__table__)
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for outcome in outcomes:
        new = {}
        for change in outcome.changes:
            if not change.kept:
                value = outcome.candidate.values.get(change.target.attribute, change.new)
                name = change.target.column.name
                new[name] = value.id if isinstance(value, Named) else value
        if not new:
            continue
        row = {f"new_{name}": value for name, value in new.items()}
        by_columns[tuple(sorted(new))].append(row | {"of_record": outcome.number})
    for names, rows in by_columns.items():
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        changing = update(table).where(table.c.id == bindparam("of_record")).values(values)
        connection.execute(changing, rows)

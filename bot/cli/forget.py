"""`forget`: delete what the desk knows about a person, except the records that it must keep."""

import json
import re
from typing import Any

from sqlalchemy import Connection, TextClause, text

from services.errors import SetupError
from services.storage.accounts import as_owner

_PERSON = text("SELECT * FROM people WHERE email = :email FOR UPDATE")

# In this order: tags on notes are found by the notes.
_DELETE = {
    "turns of their conversations with the desk": "DELETE FROM turns WHERE person_id = :id"
    " OR id IN (SELECT turn_id FROM deliveries WHERE event ->> 'user' = :user)",
    "other messages from them": "DELETE FROM deliveries WHERE event ->> 'user' = :user",
    "other messages to them": "DELETE FROM outbox WHERE slack_user = :user",
    "open questions about their Slack account": "DELETE FROM account_conflicts"
    " WHERE person_id = :id OR slack_id = :user",
    "tags on them": "DELETE FROM tags WHERE (on_kind = 'USR' AND on_id = :id) OR (on_kind = 'NOTE'"
    " AND on_id IN (SELECT id FROM notes WHERE on_kind = 'USR' AND on_id = :id))",
    "notes about them": "DELETE FROM notes WHERE on_kind = 'USR' AND on_id = :id",
    "memberships of teams": "DELETE FROM team_members WHERE person_id = :id",
    "tickets that they watched": "DELETE FROM ticket_watchers WHERE person_id = :id",
    "morning digests": "DELETE FROM digests WHERE person_id = :id",
    "what their answers have cost": "DELETE FROM spending WHERE person_id = :id",
    "choices of a language model": "DELETE FROM preferences WHERE person_id = :id",
}
_KEPT = {
    "tickets that they requested": "SELECT count(*) FROM tickets WHERE requester_id = :id",
    "tickets assigned to them": "SELECT count(*) FROM tickets WHERE assignee_id = :id",
    "machines that they have": "SELECT count(*) FROM machines WHERE person_id = :id",
    "notes that they wrote": "SELECT count(*) FROM notes WHERE author_id = :id",
    "changes that they made": "SELECT count(*) FROM events WHERE actor_id = :id",
}
_BLANKS = {
    "slack_id": None,
    "job_title": "",
    "department": "",
    "location": "",
    "manager_id": None,
    "external_id": "",
    "tz": "UTC",
}
"""The values that replace the person's own, on their record and in its history."""

_BLANK = (
    "UPDATE people SET name = :name, email = :email, role = 'requester', active = false,"
    " left_at = NULL, {columns} WHERE id = :id AND email <> :email"
)

# ---- what the history says about the person

_DELETE_EVENTS = text(
    "DELETE FROM events WHERE table_name IN ('notes', 'tags')"
    " AND subject_type = 'USR' AND subject_id = :id"
)
_EMPTY_THREADS = text(
    "DELETE FROM threads WHERE NOT EXISTS (SELECT FROM turns WHERE thread_id = threads.id)"
)
_KNOWN_AS = text(
    "SELECT DISTINCT value ->> 'name' AS name, value ->> 'email' AS email"
    " FROM events, LATERAL (VALUES (before), (after)) AS sides (value)"
    " WHERE table_name = 'people' AND record_id = :id"
)
_BLANK_EVENTS = (
    "UPDATE events SET {side} = (SELECT jsonb_object_agg(key, coalesce("
    "  CAST(:blanks AS jsonb) -> key, value)) FROM jsonb_each({side}))"
    " WHERE table_name = 'people' AND record_id = :id AND {side} <> '{{}}'"
)

# ---- what others have said about the person

_MENTIONS = {
    "deliveries": ("event",),
    "steps": ("message",),
    "turns": ("answer", "feedback_reason"),
    "consents": ("changes", "why", "readers"),
    "outbox": ("payload",),
    "events": ("before", "after"),
}
_REPLACE = (
    "UPDATE {table} SET {column} = CAST(regexp_replace(CAST({column} AS text), :pattern, :new, 'g')"
    " AS {type}) WHERE CAST({column} AS text) ~ :pattern"
)
_TEXTS = ("answer", "feedback_reason", "why", "readers")  # the other columns are jsonb

# Whole words and addresses only; in JSON a new line is a backslash and a letter.
_BEFORE = r"(?:(?<!\w)(?<!\w[.+-])|(?<=\\[nrt][.+-]?))"
_AFTER = r"(?![.-]?\w)"


def forget(database_url: str, email: str) -> str:
    """Forget a person and return what was done; an address that nobody has raises `SetupError`.

    Runs as the owner of the database. A person who is already forgotten stays as they are.
    """
    with as_owner(database_url) as connection:
        person = connection.execute(_PERSON, {"email": email.strip().lower()}).mappings().first()
        if person is None:
            raise SetupError(f"Nobody here has the email {email}.")
        number = person["id"]
        key, new_email = f"USR-{number}", f"usr-{number}@forgotten.invalid"
        blanks = {"name": f"Former colleague {key}", "email": new_email, "id": number}
        known = {"id": number, "user": person["slack_id"]}
        deleted = [_line(connection, what, query, known) for what, query in _DELETE.items()]
        connection.execute(_EMPTY_THREADS)
        columns = ", ".join(f"{column} = :{column}" for column in _BLANKS)
        connection.execute(text(_BLANK.format(columns=columns)), {**_BLANKS, **blanks})
        _blank_history(connection, blanks)
        kept = [_line(connection, what, query, known) for what, query in _KEPT.items()]
    return "\n".join(
        [
            f"{key} is forgotten: switched off, without name, email, Slack account and all else"
            " that was known of them.",
            "Deleted:",
            *deleted,
            f"Kept, now under the name “{blanks['name']}”:",
            *kept,
            "The texts of these tickets and notes are as they were. What is in Slack, in logs, in"
            " backups and in files to import is not changed.",
        ]
    )


def _line(connection: Connection, what: str, query: str, known: dict[str, Any]) -> str:
    values = {name: value for name, value in known.items() if f":{name}" in query}
    result = connection.execute(text(query), values)
    return f"  {what}: {result.scalar() if result.returns_rows else result.rowcount}"


def _blank_history(connection: Connection, blanks: dict[str, Any]) -> None:
    """Blank the events of the person's record, and the name and address in all other events."""
    found = connection.execute(_KNOWN_AS, {"id": blanks["id"]}).all()
    connection.execute(_DELETE_EVENTS, {"id": blanks["id"]})
    new = {name: blanks[name] for name in ("name", "email")}
    values = json.dumps(new | _BLANKS)
    for side in ("before", "after"):
        statement = text(_BLANK_EVENTS.format(side=side))
        connection.execute(statement, {"id": blanks["id"], "blanks": values})
    for name, email in found:
        _replace(connection, email, blanks["email"])
        if name and " " in name:  # a single word may mean something else
            _replace(connection, name, blanks["name"])


def _replace(connection: Connection, old: str | None, new: str) -> None:
    if not old or old == new:
        return
    said = re.escape(json.dumps(old, ensure_ascii=False)[1:-1])
    values = {"pattern": f"(?i){_BEFORE}{said}{_AFTER}", "new": new}
    for table, columns in _MENTIONS.items():
        for column in columns:
            connection.execute(_replacement(table, column), values)


def _replacement(table: str, column: str) -> TextClause:
    kind = "text" if column in _TEXTS else "jsonb"
    return text(_REPLACE.format(table=table, column=column, type=kind))

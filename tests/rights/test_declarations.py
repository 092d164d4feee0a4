"""The SQL that declarations of rights generate must not change: old migrations depend on it."""

import os
from pathlib import Path

from services.storage.rights import (
    ADMIN,
    PEOPLE,
    REQUESTER,
    ROLES,
    STAFF,
    WORKER,
    definer,
    release,
    secure,
)

PINNED = Path(__file__).with_name("declarations.sql")

ARTICLES = secure(
    "articles",
    record="ART",
    history=PEOPLE,
    imported=True,
    read={REQUESTER: "published OR author_id = {me}", STAFF: "true"},
    read_attached={STAFF: "true"},
    add={STAFF: ("author_id, name, text", "author_id = {me}")},
    change={STAFF: ("name, text, published", "true")},
    remove={STAFF: "author_id = {me} AND created_at > now() - interval '10 minutes'"},
)
EXAMPLES = {
    "a record": ARTICLES,
    "a link": secure(
        "article_tickets",
        subject=("ART", "article_id"),
        history=PEOPLE,
        imported=True,
        read={PEOPLE: "app.sees({viewer}'ART', article_id)"},
    ),
    "notes on records": secure(
        "comments",
        record="COM",
        subject=("on_kind", "on_id"),
        history=PEOPLE,
        read={REQUESTER: "app.sees_on({viewer}on_kind, on_id)", STAFF: "true"},
    ),
    "for admins": secure("keys", history=ADMIN, read={ADMIN: "true"}),
    "for services": secure("outbox", read={WORKER: ("id, state", "true")}, add={PEOPLE: "true"}),
    "taking back": release("articles"),
    "a function": definer("nobody()", "bigint", "SELECT NULL::bigint", ROLES[STAFF]),
}


def test_rights_declarations_still_give_the_same_sql() -> None:
    """To change a declaration, add arguments, and keep the SQL of those that exist."""
    found = "\n".join(f"-- {name}\n{sql.strip()}\n" for name, sql in EXAMPLES.items())
    if os.environ.get("UPDATE_SNAPSHOTS"):
        PINNED.write_text(found)
    assert found == PINNED.read_text()

"""Sign people in to the web view, by passes and sessions.

A pass is a one-time token in a link, for one page. A session is the token of a signed-in browser.
The database has only their hashes, so that any replica recognises them and a backup signs nobody
in.
"""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import text

from services.context import Context
from services.storage.database import Executor

PASS_LIFETIME = timedelta(minutes=10)
IDLE = timedelta(hours=2)
"""How long a session lasts after the last page that its browser requested."""
LONGEST = timedelta(hours=12)
"""How long a session lasts at most, whatever its browser requests."""

_MAKE_PASS = text("INSERT INTO passes (hash, person_id, path) VALUES (:hash, :person, :path)")
_OWNER = text(
    "SELECT person_id FROM passes WHERE hash = :hash AND path = :path AND made_at > now() - :valid"
)
# One statement: of two browsers that use a pass at a time one gets the session.
_USE_PASS = text(
    "WITH used AS (DELETE FROM passes WHERE hash = :hash AND path = :path"
    " AND made_at > now() - :valid RETURNING person_id)"
    " INSERT INTO sessions (hash, person_id) SELECT :session, person_id FROM used"
    " RETURNING person_id"
)
_BEGIN = text("INSERT INTO sessions (hash, person_id) VALUES (:hash, :person)")
_CONTINUE = text(
    "UPDATE sessions SET seen_at = now() WHERE hash = :hash"
    " AND began_at > now() - :longest AND seen_at > now() - :idle RETURNING person_id"
)
_END = text("DELETE FROM sessions WHERE hash = :hash")
_DELETE_OLD = (
    (text("DELETE FROM passes WHERE made_at < now() - :valid"), {"valid": PASS_LIFETIME}),
    (
        text("DELETE FROM sessions WHERE began_at < now() - :longest OR seen_at < now() - :idle"),
        {"longest": LONGEST, "idle": IDLE},
    ),
)


async def make_pass(ctx: Context, path: str) -> str:
    """Return a new pass that signs the actor in at this path of the web view."""
    token = secrets.token_urlsafe(32)
    await ctx.execute(_MAKE_PASS, hash=_hash(token), person=ctx.actor.person_id, path=path)
    return token


async def pass_owner(executor: Executor, token: str, path: str) -> int | None:
    """Return whom the pass would sign in; None if it is used, expired or for another path."""
    row = await executor.fetch_one(_OWNER, hash=_hash(token), path=path, valid=PASS_LIFETIME)
    return row["person_id"] if row else None


async def use_pass(executor: Executor, token: str, path: str) -> str | None:
    """Exchange a pass for a session, and return its token; None if the pass is not valid."""
    session = secrets.token_urlsafe(32)
    values = {"hash": _hash(token), "path": path, "valid": PASS_LIFETIME}
    row = await executor.fetch_one(_USE_PASS, **values, session=_hash(session))
    return session if row else None


async def begin_session(executor: Executor, person_id: int) -> str:
    session = secrets.token_urlsafe(32)
    await executor.execute(_BEGIN, hash=_hash(session), person=person_id)
    return session


async def continue_session(executor: Executor, session: str) -> int | None:
    """Return whose session it is, and prolong it; None if it has ended."""
    row = await executor.fetch_one(_CONTINUE, hash=_hash(session), longest=LONGEST, idle=IDLE)
    return row["person_id"] if row else None


async def end_session(executor: Executor, session: str) -> None:
    await executor.execute(_END, hash=_hash(session))


async def delete_ended(executor: Executor) -> None:
    """Delete expired passes and sessions."""
    for statement, values in _DELETE_OLD:
        await executor.execute(statement, **values)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()

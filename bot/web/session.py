"""Sessions: a signed cookie names the person, and the database gives their current role."""

from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request

from bot.runtime import Runtime
from services.context import Actor, Audience, Role
from services.entities.card import Ref
from services.entities.person import Person
from services.storage.accounts import read_secrets

COOKIE = "desk_session"
HOURS = 12


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person with their current role."""

    actor: Actor
    ref: Ref


def make_signer(database_url: str) -> URLSafeTimedSerializer:
    """Return what signs cookies: the same for all processes and after restarts."""
    return URLSafeTimedSerializer(read_secrets(database_url).cookie_key, salt="session")


def session_cookie(signer: URLSafeTimedSerializer, person_id: int) -> tuple[str, str]:
    """Return name and value of the cookie that signs a person in."""
    value = signer.dumps({"person": person_id})
    return COOKIE, value if isinstance(value, str) else value.decode()


async def find_viewer(runtime: Runtime, request: Request) -> Viewer | None:
    """Return the person of the request's cookie; None if it is forged or old, or they left."""
    try:
        signed = runtime.signer.loads(request.cookies.get(COOKIE, ""), max_age=HOURS * 3600)
    except BadData:
        return None
    match signed:
        case {"person": int(person_id)}:
            return await _viewer(runtime, person_id)
        case _:
            return None


async def _viewer(runtime: Runtime, person_id: int) -> Viewer | None:
    for person in await Person.fetch_by_ids(runtime.database, [person_id]):
        if person.active:
            actor = Actor(person.id, Role[person.role], Audience.private, surface="web")
            return Viewer(actor, person.ref)
    return None

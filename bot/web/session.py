"""Who looks at a page: a signed cookie names the person, the database says who they are today."""

from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request

from bot.runtime import Runtime
from services.context import Actor, Audience, Role
from services.entities.card import Ref
from services.entities.person import Person

COOKIE = "desk_session"
HOURS = 12


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person, with the role that they have at this request."""

    actor: Actor
    ref: Ref


def session_cookie(signer: URLSafeTimedSerializer, person_id: int) -> tuple[str, str]:
    """Name and value of the cookie that signs a person in."""
    value = signer.dumps({"person": person_id})
    return COOKIE, value if isinstance(value, str) else value.decode()


async def find_viewer(runtime: Runtime, request: Request) -> Viewer | None:
    """The person of the request's cookie, unless it is forged, stale or of somebody who left."""
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

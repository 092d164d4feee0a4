"""The viewer: the person of the browser's session, with their current role."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bot.runtime import Runtime
from services.context import Actor, Audience, Role
from services.entities.card import Ref
from services.entities.person import Person
from services.sessions import LONGEST, continue_session

COOKIE = "desk_session"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person with their current role."""

    actor: Actor
    ref: Ref

    @property
    def is_admin(self) -> bool:
        return self.actor.role == Role.admin


async def find_viewer(runtime: Runtime, request: Request) -> Viewer | None:
    """Return the person of the request's cookie; None if it is forged or old, or they left."""
    session = request.cookies.get(COOKIE)
    person_id = await continue_session(runtime.database, session) if session else None
    if person_id is None:
        return None
    person = await Person.get(runtime.database, person_id)
    if not person.active:
        return None
    actor = Actor(person.id, Role[person.role], Audience.private, surface="web")
    return Viewer(actor, person.ref)


def keep_session(response: Response, runtime: Runtime, session: str) -> None:
    """Let the browser keep the session, out of reach of scripts and of other sites' requests."""
    set_cookie(response, runtime, COOKIE, session, int(LONGEST.total_seconds()))


def set_cookie(response: Response, runtime: Runtime, name: str, value: str, seconds: int) -> None:
    # Not "strict": links in Slack are other sites' links.
    secure = runtime.settings.web_url.startswith("https:")
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)

"""Names for what a text mentions: people of the desk, other Slack users, channels."""

import asyncio
import re
from collections.abc import Sequence

from sqlalchemy import bindparam, func, or_

from bot.runtime import Runtime
from bot.slack.api.errors import CALL_FAILED
from bot.slack.people.membership import User, facts_of, is_full_member
from bot.slack.reading.markup import DESK, mentioned, plain, unlabelled
from services.entities.person import Person
from services.sanitize import one_line

NAME_CHARACTERS = 80
"""The maximum number of characters of a name within a text."""
PATIENCE = 1.5
"""The maximum seconds to wait for names. Slack waits three seconds for the answer to a command."""
MOST_LOOKUPS = 10
"""The maximum number of names fetched from Slack for one text."""

_OF_USERS = Person.query().where(Person.slack_id == func.any(bindparam("users")))
_NOT_LINKED = Person.query().where(Person.slack_id.is_(None), Person.email == bindparam("email"))
_HANDLE = re.compile(r"(?<![\w@.<|])@([\w.-]{1,80}+(?: [\w.'\u2019-]{1,80}+){0,2}+)")
_FULL = func.lower(Person.name)
_LOCAL = func.split_part(func.lower(Person.email), "@", 1)
_FIRST = func.split_part(func.lower(Person.name), " ", 1)
_CALLED = Person.query().where(
    Person.active,
    or_(*(each.op("=")(func.any(bindparam("typed"))) for each in (_FULL, _LOCAL, _FIRST))),
)


async def read(runtime: Runtime, text: str) -> str:
    """Return a text from Slack as plain text, with the names of those it mentions."""
    return plain(text, await _names_in(runtime, text))


async def read_typed(runtime: Runtime, text: str) -> str:
    """Return the text of a command as plain text; Slack leaves some mentions in it as `@carol`."""
    typed = {name for found in _HANDLE.finditer(text) for name in _candidates(found[1])}
    if typed:
        people = await Person.fetch_all(runtime.database, _CALLED, typed=list(typed))
        text = _HANDLE.sub(lambda found: _with_person(found, people), text)
    return await read(runtime, text)


def named(person: Person) -> str:
    """Return a person's name with their id."""
    return f"{as_name(person.name)} ({person.key})"


def as_name(name: str) -> str:
    """Return a name with few signs but letters: it can't imitate the text around it."""
    return one_line(re.sub(r"[^\w .'\u2019-]", " ", name))[:NAME_CHARACTERS]


async def _names_in(runtime: Runtime, text: str) -> dict[str, str]:
    """Return the names of the people and channels that a text mentions, as far as they are known.

    People of the desk are named with their id, everybody else as Slack calls them.
    """
    names = {runtime.bot.user_id: DESK}
    users = [each for each in mentioned(text) if each not in names]
    if users:
        known = await Person.fetch_all(runtime.database, _OF_USERS, users=users)
        names |= {str(each.slack_id): named(each) for each in known}
    wanted = [each for each in dict.fromkeys([*users, *unlabelled(text)]) if each not in names]
    return names | await names_at_slack(runtime, wanted)


async def names_at_slack(runtime: Runtime, slack_ids: Sequence[str]) -> dict[str, str]:
    """Return the names that Slack has for the first MOST_LOOKUPS of these users and channels."""
    wanted = slack_ids[:MOST_LOOKUPS]
    told = await asyncio.gather(*(_at_slack(runtime, each) for each in wanted))
    return {each: name for each, name in zip(wanted, told, strict=True) if name}


async def _at_slack(runtime: Runtime, slack_id: str) -> str:
    """Return Slack's name of a user or channel; empty if Slack does not return it in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            if slack_id.startswith(("U", "W")):
                return await _user(runtime, (await runtime.slack.users_info(user=slack_id))["user"])
            channel = (await runtime.slack.conversations_info(channel=slack_id))["channel"]
            return _signed("#", str(channel.get("name") or ""))
    except CALL_FAILED:
        return ""


async def _user(runtime: Runtime, user: User) -> str:
    """Name the imported person whom this user will become at first contact, or else the user."""
    if is_full_member(user, runtime.bot) and (email := facts_of(user).get("email")):
        known = await Person.fetch_one(runtime.database, _NOT_LINKED, email=email)
        if known:
            return named(known)
    return _signed("@", _name_of(user))


def _name_of(user: User) -> str:
    profile = user.get("profile") or {}
    told = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"))
    return next((str(name) for name in (*told, user.get("name")) if name and str(name).strip()), "")


def _signed(sign: str, name: str) -> str:
    return f"{sign}{as_name(name)}" if name else ""


def _candidates(typed: str) -> list[str]:
    """Return the beginnings of the text after an `@` that may be a name, longest first."""
    words = typed.split(" ")
    names = (" ".join(words[:count]).rstrip(".'\u2019-") for count in range(len(words), 0, -1))
    return [name.lower() for name in names]


def _with_person(found: re.Match[str], people: Sequence[Person]) -> str:
    """Replace a typed name by its person; it is kept if nobody or several have it."""
    for name in _candidates(found[1]):
        exact = [each for each in people if name in (each.name.lower(), _local(each))]
        meant = exact or [each for each in people if each.name.lower().split()[:1] == [name]]
        if len(meant) == 1:
            return named(meant[0]) + found[1][len(name) :]
    return found[0]


def _local(person: Person) -> str:
    return person.email.lower().partition("@")[0]

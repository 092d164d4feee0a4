"""Slack accounts and the people of the desk: first contact, new accounts, one address twice."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.playground import User
from bot.playground.nouns import TEAM
from bot.slack.sentences import ADDRESS_TAKEN, GUEST, LEFT, NO_EMAIL
from tests.fixtures import DANIEL, EMRE, HELENA, MARCUS, PRIYA, Desk, open_desk
from tests.stories.telling import answers, command, settled, words
from tests.stories.test_directory import known, slack_user, synchronise
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("impatient_jobs")

NEW = User("U0NEW00000", "noor", "Noor Haddad", "noor.haddad@alderway.example")


class Told(User):
    """A user for whom Slack returns odd values."""

    odd: dict[str, Any]

    def as_slack(self) -> Any:
        return super().as_slack() | self.odd


def odd(user: User, **told: Any) -> User:
    made = Told(**vars(user))
    object.__setattr__(made, "odd", told)
    return made


async def asks(desk: Desk, user: User, question: str = "who am I and what time is it?") -> str:
    """Write a direct message as the user, and return the answer."""
    desk.slack.users[user.id] = user
    said = await desk.slack.say(user.id, (await desk.slack.dm(user.id)).id, question)
    await desk.answer_to(said)
    await settled(desk)
    [answer] = answers(desk, said)
    return words(answer) or str(answer.text)


def imported(owner: Engine, name: str, email: str, role: str = "requester") -> int:
    with owner.begin() as connection:
        query = text("INSERT INTO people (name, email, role) VALUES (:n, :e, :r) RETURNING id")
        return int(connection.scalar(query, {"n": name, "e": email, "r": role}) or 0)


def person(owner: Engine, number: int) -> Any:
    with owner.connect() as connection:
        return connection.execute(text("SELECT * FROM people WHERE id = :n"), {"n": number}).one()


async def everybody_known(desk: Desk) -> None:
    await synchronise(desk)


# ---- first contact


@pytest.mark.parametrize("role", ["requester", "technician", "admin"])
@pytest.mark.parametrize("address", [NEW.email, "Noor.HADDAD@Alderway.example", f" {NEW.email} "])
async def test_imported_person_gets_their_slack_account_at_first_contact(
    desk: Desk, owner: Engine, role: str, address: str
) -> None:
    number = imported(owner, "N. Haddad", NEW.email, role)
    assert "UTC" in await asks(desk, replace(NEW, email=address), "what time is it?")
    now = person(owner, number)
    assert (now.slack_id, now.role, now.active) == (NEW.id, role, True)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"profile": {"real_name": "   ", "email": NEW.email}, "real_name": " "}, NEW.email),
        ({"profile": {"real_name": "\u3164\u200b", "email": NEW.email}}, "Noor Haddad"),
        ({"profile": {"real_name": "…", "display_name": "nono", "email": NEW.email}}, None),
        ({"profile": {"real_name": "nul \0 in it", "email": NEW.email}}, "nul in it"),
        ({"profile": {"real_name": "a\nb\tc", "email": NEW.email}}, "a b c"),
        ({"profile": {"real_name": None, "email": NEW.email}, "real_name": 7}, NEW.email),
        ({"profile": {"real_name": "x" * 4_000, "email": NEW.email}}, "x" * 200),
        ({"tz": None}, "Noor Haddad"),
        ({"tz": "Middle/\0Earth"}, "Noor Haddad"),
        ({"team_id": None}, "Noor Haddad"),
        ({"enterprise_user": "none", "is_email_confirmed": None}, "Noor Haddad"),
    ],
)
async def test_person_with_an_odd_slack_profile_is_answered(
    desk: Desk, owner: Engine, told: dict[str, Any], name: str | None
) -> None:
    assert "UTC" in await asks(desk, odd(NEW, **told), "what time is it?")
    assert name in (known(owner, NEW.email).name, None)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"profile": None}, NO_EMAIL),
        ({"profile": {}}, NO_EMAIL),
        ({"profile": {"real_name": "Noor", "email": "  "}}, NO_EMAIL),
        ({"profile": {"real_name": "Noor", "email": None}}, NO_EMAIL),
        ({"profile": ["odd"]}, NO_EMAIL),
        ({"is_email_confirmed": False}, NO_EMAIL),
        ({"is_bot": True}, GUEST),
        ({"is_restricted": True}, GUEST),
        ({"is_ultra_restricted": True, "is_restricted": True}, GUEST),
        ({"is_stranger": True}, GUEST),
        ({"deleted": True}, GUEST),
        ({"team_id": "T0PARTNER"}, GUEST),
    ],
)
async def test_person_whom_the_desk_does_not_serve_is_told_why(
    desk: Desk, owner: Engine, told: dict[str, Any], sentence: str
) -> None:
    number = imported(owner, "Noor Haddad", NEW.email, "admin")
    assert await asks(desk, odd(NEW, **told)) == sentence
    assert person(owner, number).slack_id is None
    assert "UTC" in await asks(desk, NEW, "what time is it?")  # mended at Slack


@pytest.mark.parametrize(
    "error", ["user_not_found", "missing_scope", "team_access_not_granted", "an_error_of_tomorrow"]
)
async def test_profile_that_slack_refuses_to_return_is_explained(desk: Desk, error: str) -> None:
    desk.slack.fail("users.info", error=error)
    told = await asks(desk, NEW)
    assert error in told
    assert "users:read" in told
    assert "UTC" in await asks(desk, NEW, "what time is it?")


async def test_imported_person_whose_address_is_in_admin_emails_becomes_admin(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    number = imported(owner, "Noor", NEW.email)
    async with open_desk(fresh_database, tmp_path, admin_emails=NEW.email) as desk:
        await asks(desk, NEW)
    assert person(owner, number).role == "admin"


async def test_two_first_messages_of_a_person_at_once_add_one_person(
    desk: Desk, owner: Engine
) -> None:
    both = await asyncio.gather(*(asks(desk, NEW, "what time is it?") for _ in range(2)))
    assert all("UTC" in said for said in both)
    assert known(owner, NEW.email).slack_id == NEW.id


@pytest.mark.parametrize("restricted", [False, True])
async def test_person_whose_account_another_request_just_added_is_answered(
    desk: Desk, owner: Engine, restricted: bool
) -> None:
    visitor = replace(NEW, is_restricted=restricted)
    with owner.begin() as connection:
        connection.execute(text("SELECT app.allow_guests(true)"))
    with owner.begin() as connection:
        adding = "INSERT INTO people (name, email, slack_id) VALUES ('Noor', 'n@a.example', :id)"
        connection.execute(text(adding), {"id": NEW.id})
        asking = asyncio.create_task(asks(desk, visitor, "what time is it?"))
        await until(lambda: asyncio.to_thread(waits_for_another, owner))
    assert "UTC" in await asking


def waits_for_another(owner: Engine) -> bool:
    """Return whether a statement waits for another transaction to end."""
    with owner.connect() as connection:
        return bool(connection.scalar(text("SELECT true FROM pg_locks WHERE NOT granted LIMIT 1")))


# ---- a new account of somebody who is here


@pytest.mark.parametrize("role", [PRIYA, DANIEL, MARCUS])
async def test_new_slack_account_takes_over_the_person_of_a_deactivated_account(
    desk: Desk, owner: Engine, role: int
) -> None:
    await everybody_known(desk)
    before = person(owner, role)
    desk.slack.users[desk.user(role)] = slack_user(desk, role, deleted=True)
    assert "UTC" in await asks(desk, replace(NEW, email=before.email), "what time is it?")
    now = person(owner, role)
    assert (now.slack_id, now.role, now.active) == (NEW.id, before.role, True)


async def test_nightly_synchronisation_gives_a_returned_person_their_new_slack_account(
    desk: Desk, owner: Engine
) -> None:
    await everybody_known(desk)
    await synchronise(desk, slack_user(desk, PRIYA, deleted=True))
    assert not person(owner, PRIYA).active
    await synchronise(desk, replace(NEW, email=slack_user(desk, PRIYA).email))
    now = person(owner, PRIYA)
    assert (now.slack_id, now.active, now.left_at) == (NEW.id, True, None)
    await everybody_known(desk)
    assert person(owner, PRIYA).active


async def test_person_deactivated_by_an_admin_stays_inactive_with_a_new_slack_account(
    desk: Desk, owner: Engine
) -> None:
    await everybody_known(desk)
    with owner.begin() as connection:
        connection.execute(text("UPDATE people SET active = false WHERE id = 5"))
    desk.slack.users[desk.user(PRIYA)] = slack_user(desk, PRIYA, deleted=True)
    assert await asks(desk, replace(NEW, email=slack_user(desk, PRIYA).email)) == LEFT


ATTEMPTS: list[tuple[dict[str, Any], str]] = [
    ({"is_restricted": True}, GUEST),
    ({"is_ultra_restricted": True}, GUEST),
    ({"is_stranger": True}, GUEST),
    ({"is_bot": True}, GUEST),
    ({"team_id": "T0PARTNER"}, GUEST),
    ({"team_id": "T0PARTNER", "enterprise_id": "E1", "enterprise_teams": ("T0PARTNER",)}, GUEST),
    ({"is_email_confirmed": False}, NO_EMAIL),
    ({"is_email_confirmed": None}, ADDRESS_TAKEN),
]


@pytest.mark.parametrize(("changed", "sentence"), ATTEMPTS)
async def test_another_slack_account_with_an_admins_address_does_not_become_the_admin(
    desk: Desk, owner: Engine, changed: dict[str, Any], sentence: str
) -> None:
    await everybody_known(desk)
    email = slack_user(desk, MARCUS).email
    desk.slack.users[desk.user(MARCUS)] = slack_user(desk, MARCUS, deleted=True)
    assert await asks(desk, replace(NEW, email=email, **changed)) == sentence
    assert person(owner, MARCUS).slack_id == desk.user(MARCUS)


# ---- one address twice


async def test_second_account_with_the_same_address_waits_for_an_admins_decision(
    desk: Desk, owner: Engine
) -> None:
    await everybody_known(desk)
    second = replace(NEW, email=slack_user(desk, PRIYA).email)
    assert await asks(desk, second) == ADDRESS_TAKEN
    assert await asks(desk, second) == ADDRESS_TAKEN
    [notice] = [m for m in await direct(desk, MARCUS) if "relink" in str(m.blocks)]
    assert f"/itsm relink USR-5 {NEW.id}" in str(notice.blocks)
    listed = await command(desk, MARCUS, "relink")
    assert f"/itsm relink USR-5 {NEW.id}" in listed
    assert "Priya Raman" in await command(desk, MARCUS, f"relink USR-5 {NEW.id}")
    assert "UTC" in await asks(desk, second, "what time is it?")
    assert person(owner, PRIYA).slack_id == NEW.id
    assert "nothing to decide" in await command(desk, MARCUS, "relink")
    assert "slack id" in (await command(desk, MARCUS, "audit USR-5")).lower()


async def direct(desk: Desk, person: int) -> list[Any]:
    return list(desk.slack.messages[await desk.direct(person)].values())


async def test_change_to_another_persons_address_waits_for_an_admins_decision(
    desk: Desk, owner: Engine
) -> None:
    await everybody_known(desk)
    double = imported(owner, "Priya Rao", "priya.rao@alderway.example")
    renamed = slack_user(desk, PRIYA, real_name="Priya Rao", email="priya.rao@alderway.example")
    for _ in range(2):
        await synchronise(desk, renamed)
    now = person(owner, PRIYA)
    assert (now.name, now.email) == ("Priya Rao", "priya.raman@alderway.example")
    [notice] = [m for m in await direct(desk, MARCUS) if "relink" in str(m.blocks)]
    assert f"relink USR-5 {renamed.id}" in str(notice.blocks)
    assert f"relink USR-{double} {renamed.id}" in str(notice.blocks)
    assert "UTC" in await asks(desk, renamed, "what time is it?")  # meanwhile as before


@pytest.mark.parametrize("choice", ["present", "holder"])
async def test_admin_decides_which_person_gets_an_account_with_a_changed_address(
    desk: Desk, owner: Engine, choice: str
) -> None:
    await everybody_known(desk)
    double = imported(owner, "Priya Rao", "priya.rao@alderway.example")
    renamed = slack_user(desk, PRIYA, email="priya.rao@alderway.example")
    await synchronise(desk, renamed)
    chosen, other = (PRIYA, double) if choice == "present" else (double, PRIYA)
    await command(desk, MARCUS, f"relink USR-{chosen} {renamed.id}")
    kept, off = person(owner, chosen), person(owner, other)
    assert (kept.slack_id, kept.email, kept.active) == (renamed.id, renamed.email, True)
    assert (off.slack_id, off.active) == (None, False)
    await everybody_known(desk)
    assert person(owner, chosen) == person(owner, chosen)
    assert "nothing to decide" in await command(desk, MARCUS, "relink")


async def test_account_conflict_ends_if_an_address_changes_or_an_account_is_deactivated(
    desk: Desk,
) -> None:
    await everybody_known(desk)
    second = replace(NEW, email=slack_user(desk, PRIYA).email)
    await synchronise(desk, second)
    assert NEW.id in await command(desk, MARCUS, "relink")
    await synchronise(desk, replace(second, email="noor@alderway.example"))
    assert "nothing to decide" in await command(desk, MARCUS, "relink")
    await synchronise(desk, slack_user(desk, DANIEL, email=slack_user(desk, HELENA).email))
    assert desk.user(DANIEL) in await command(desk, MARCUS, "relink")
    await synchronise(desk, slack_user(desk, DANIEL, deleted=True))
    assert "nothing to decide" in await command(desk, MARCUS, "relink")


async def test_relink_gives_a_conflicting_account_only_to_one_of_its_two_people(
    desk: Desk, owner: Engine
) -> None:
    await everybody_known(desk)
    second = replace(NEW, email=slack_user(desk, PRIYA).email)
    await asks(desk, second)
    assert "has the address" in await command(desk, MARCUS, f"relink USR-1 {NEW.id}")
    for account in ("U0NOBODY00", desk.user(EMRE)):
        said = await command(desk, MARCUS, f"relink USR-1 {account}")
        assert f"nothing to decide about {account}" in said
    assert "is for admins" in await command(desk, DANIEL, f"relink USR-5 {NEW.id}")
    assert "is for admins" in await command(desk, PRIYA, "relink")
    assert person(owner, HELENA).slack_id == desk.user(HELENA)
    assert person(owner, PRIYA).slack_id == desk.user(PRIYA)


# ---- Enterprise organizations

COLLEAGUE = replace(NEW, team_id="T0OTHER000", enterprise_id="E0ORG")


@pytest.mark.parametrize(
    ("teams", "served"),
    [(("T0OTHER000", TEAM), True), ((TEAM,), True), (("T0OTHER000",), False), ((), False)],
)
async def test_user_of_another_workspace_of_our_organization_is_served_as_a_member(
    desk: Desk, owner: Engine, teams: tuple[str, ...], served: bool
) -> None:
    said = await asks(desk, replace(COLLEAGUE, enterprise_teams=teams), "what time is it?")
    assert ("UTC" in said, said == GUEST) == (served, not served)
    await synchronise(desk)
    assert bool(known(owner, NEW.email)) == served

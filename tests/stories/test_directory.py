"""Each night the desk's people become what Slack says of them: who came, left, was renamed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.playground import User
from bot.scheduled import PERIODS
from bot.slack.api import pagination
from bot.slack.sentences import LEFT
from services.jobs.schedule import start_clock, tick
from tests.fixtures import DANIEL, EMRE, HELENA, MARCUS, PRIYA, Desk, open_desk
from tests.stories.telling import after, command, settled, words

pytestmark = pytest.mark.usefixtures("impatient_jobs")

NEW = User("U0NEW00000", "noor", "Noor Haddad", "Noor.Haddad@alderway.example", tz="Asia/Amman")
EMAIL = "noor.haddad@alderway.example"


async def synchronise(desk: Desk, *users: User) -> None:
    """Run the nightly synchronisation with these users."""
    desk.slack.users.update({user.id: user for user in users})
    await desk.runtime.queue.configure_task("synchronise").defer_async()
    await settled(desk)


def known(owner: Engine, email: str) -> Any:
    with owner.connect() as connection:
        query = text("SELECT * FROM people WHERE email = :email")
        return connection.execute(query, {"email": email}).one_or_none()


def changes(owner: Engine, person: int) -> list[Any]:
    with owner.connect() as connection:
        query = "SELECT after FROM events WHERE table_name = 'people' AND record_id = :person"
        query += " AND actor_id IS NULL AND surface = 'system' ORDER BY id"
        return list(connection.scalars(text(query), {"person": person}))


def slack_user(desk: Desk, person: int, **changed: Any) -> User:
    return replace(desk.slack.users[desk.user(person)], **changed)


async def test_nightly_synchronisation_adds_only_full_members_as_requesters(
    desk: Desk, owner: Engine
) -> None:
    others: list[dict[str, Any]] = [
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_bot": True},
        {"is_stranger": True},
        {"team_id": "T0ELSEWHER"},
        {"deleted": True},
        {"is_email_confirmed": False},
        {"email": ""},
    ]
    odd = [
        replace(NEW, **{"id": f"U0ODD{n:05d}", "email": f"odd{n}@alderway.example"} | each)
        for n, each in enumerate(others)
    ]
    await synchronise(desk, NEW, *odd)
    noor = known(owner, EMAIL)
    assert (noor.name, noor.role, noor.tz) == ("Noor Haddad", "requester", "Asia/Amman")
    assert [each["slack_id"] for each in changes(owner, noor.id)] == [NEW.id]
    assert [known(owner, user.email) for user in odd] == [None] * len(odd)


async def test_person_renamed_in_slack_keeps_their_role(desk: Desk, owner: Engine) -> None:
    await synchronise(desk)
    before = len(changes(owner, DANIEL))
    changed = {"real_name": "Daniel Obi", "email": "daniel.obi@alderway.example"}
    changed |= {"department": "Field Service", "tz": "Europe/Berlin"}
    await synchronise(desk, slack_user(desk, DANIEL, **changed))
    now = known(owner, "daniel.obi@alderway.example")
    assert (now.id, now.name, now.role) == (DANIEL, "Daniel Obi", "technician")
    assert (now.department, now.tz) == ("Field Service", "Europe/Berlin")
    assert len(changes(owner, DANIEL)) == before + 1
    await synchronise(desk)
    assert len(changes(owner, DANIEL)) == before + 1
    told = await command(desk, MARCUS, f"audit USR-{DANIEL}")
    assert "The desk, system: Changed USR-6" in told
    assert "Daniel Obi" in told


async def test_person_deactivated_in_slack_can_do_nothing_at_the_desk(
    desk: Desk, owner: Engine
) -> None:
    card = await desk.ask(DANIEL, "close TKT-54")
    await synchronise(desk, slack_user(desk, DANIEL, deleted=True))
    for wish in ("who priya", "digest on"):
        assert "switched off" in await command(desk, DANIEL, wish)
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    said = await desk.slack.say(desk.user(DANIEL), card.channel, "close TKT-12")
    assert "switched off" in (await desk.answer_to(said)).text
    assert statuses(owner) == {12: "Assigned", 54: "Open"}
    await synchronise(desk, slack_user(desk, DANIEL, deleted=False))
    assert "TKT-12" in str((await desk.ask(DANIEL, "tickets assigned to me")).buttons)
    assert [each["active"] for each in changes(owner, DANIEL) if "active" in each] == [False, True]


async def test_turn_that_waits_for_consent_ends_if_its_person_is_deactivated(
    desk: Desk, owner: Engine
) -> None:
    card = await desk.ask(DANIEL, "close TKT-54")
    await synchronise(desk, slack_user(desk, DANIEL, deleted=True))
    with owner.begin() as connection:
        connection.execute(text("UPDATE consents SET asked_at = asked_at - interval '31 minutes'"))
    await desk.runtime.queue.configure_task("expire_consents").defer_async()
    assert words(await after(desk, card)) == LEFT


def statuses(owner: Engine) -> dict[int, str]:
    with owner.connect() as connection:
        query = text("SELECT id, status FROM tickets WHERE id IN (12, 54)")
        return {row.id: row.status for row in connection.execute(query)}


async def test_synchronisation_leaves_guests_and_switched_off_people_inactive(
    desk: Desk, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE people SET active = false WHERE id = 22"))
    await synchronise(desk)
    guest = slack_user(desk, PRIYA, is_restricted=True)
    never_came = slack_user(desk, HELENA, id="U0OTHER000", deleted=True)
    await synchronise(desk, guest, never_came)
    assert not known(owner, guest.email).active
    assert known(owner, never_came.email).active  # another account of hers is alive
    assert not known(owner, slack_user(desk, EMRE).email).active


async def test_imported_person_with_a_deactivated_account_is_deactivated(
    desk: Desk, owner: Engine
) -> None:
    await synchronise(desk, slack_user(desk, PRIYA, deleted=True))
    assert not known(owner, slack_user(desk, PRIYA).email).active


async def test_bad_data_of_one_slack_user_does_not_stop_the_synchronisation_of_others(
    desk: Desk, owner: Engine
) -> None:
    class Nonsense(User):
        def as_slack(self) -> Any:
            return "no user at all"

    await synchronise(desk)
    desk.slack.users = {"U0": Nonsense("U0", "none", "None"), **desk.slack.users}
    await synchronise(
        desk,
        slack_user(desk, DANIEL, real_name="nul \0 in it"),
        slack_user(desk, MARCUS, email=slack_user(desk, PRIYA).email),
        replace(NEW, id="U0SECOND00", email=slack_user(desk, HELENA).email),
        replace(NEW, tz="Middle/Earth"),
    )
    assert known(owner, slack_user(desk, DANIEL).email).name == "nul in it"
    assert known(owner, slack_user(desk, PRIYA).email).id == PRIYA
    assert known(owner, slack_user(desk, HELENA).email).slack_id == desk.user(HELENA)
    assert known(owner, EMAIL)
    asked = await desk.slack.say(NEW.id, (await desk.slack.dm(NEW.id)).id, "what time is it?")
    assert "UTC" in words(await desk.answer_to(asked))


async def test_synchronisation_respects_rate_limits_and_survives_a_fault(
    desk: Desk, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "PAGE", 10)
    desk.slack.fail("users.list", status=429, retry_after=1)
    await synchronise(desk, NEW)
    asked = [call for call in desk.slack.calls if call.method == "users.list"]
    assert [call.args.get("cursor", "") for call in asked] == ["", "", "10", "20"]
    assert known(owner, EMAIL)
    newer = replace(NEW, id="U0NEWER000", email="newer@alderway.example")
    desk.slack.fail("users.profile.get", status=500, times=12)
    desk.slack.fail("users.list", status=500)
    await synchronise(desk, newer)
    assert known(owner, newer.email)


async def test_missed_synchronisation_runs_soon_after_start(desk: Desk) -> None:
    clock = start_clock(desk.runtime.queue, desk.runtime.database, PERIODS)
    waits = [job.trigger.interval for job in clock.get_jobs()]
    clock.shutdown(wait=False)
    assert max(waits) <= timedelta(minutes=1)
    for once in (True, False):  # however many replicas look
        period = PERIODS["synchronise"]
        claimed = await tick(desk.runtime.queue, desk.runtime.database, "synchronise", period)
        assert claimed == once


async def test_people_are_synchronised_in_workspaces_without_a_department_field(
    desk: Desk, owner: Engine
) -> None:
    desk.slack.fail("team.profile.get", error="missing_scope")
    await synchronise(desk, slack_user(desk, PRIYA, real_name="Priya Rao", department="Elsewhere"))
    priya = known(owner, slack_user(desk, PRIYA).email)
    assert (priya.name, priya.department) == ("Priya Rao", "Structural Engineering")


async def test_nightly_synchronisation_makes_people_of_admin_emails_admins(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    async with open_desk(fresh_database, tmp_path, admin_emails=EMAIL) as desk:
        await synchronise(desk, NEW)
        assert known(owner, EMAIL).role == "admin"

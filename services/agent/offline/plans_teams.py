"""Plans about people and teams: who belongs to a team, and what to tell whom."""

from services.agent.offline import resolve
from services.agent.offline.calls import call
from services.agent.offline.plan import Plan, Said
from services.agent.offline.results import receipt_id, shown


def create_team(said: Said) -> Plan:
    (result,) = yield [call("create_team", name=said["name"])]
    key = receipt_id(result)
    return f"Created {key} “{said['name']}”." if key else shown(result)


def add_member(said: Said) -> Plan:
    return (yield from _change(said, "add_members", "{team} has {person} now."))


def remove_member(said: Said) -> Plan:
    return (yield from _change(said, "remove_members", "{team} no longer has {person}."))


def _change(said: Said, argument: str, done: str) -> Plan:
    person = yield from resolve.person(said, said["person"])
    team = yield from resolve.team(said, said["team"])
    (result,) = yield [call("update_team", team=team, **{argument: [person]})]
    return done.format(team=team, person=person) if receipt_id(result) else shown(result)

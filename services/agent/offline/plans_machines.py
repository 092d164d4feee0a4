"""Plans that hand machines out, take them back, and set their status."""

from datetime import UTC, datetime

from services.agent.offline import resolve
from services.agent.offline.calls import call
from services.agent.offline.offers import not_understood
from services.agent.offline.plan import Plan, Said
from services.agent.offline.results import receipt_id, shown
from services.agent.offline.slots import MACHINE_STATUS, day

_VERBS = {"retire": "Retired", "decommission": "Decommissioned", "send": "Maintenance"}


def hand_out(said: Said) -> Plan:
    until = day(said["until"], datetime.now(UTC).date()) if said["until"] else None
    if until == "":
        return f"I can't read the day “{said['until']}”: please write it as 2026-12-31."
    keys = yield from resolve.machines(said)
    person = yield from resolve.person(said, said["person"])
    until_then = f" until {until}" if until else ""
    to = "you" if person == "me" else person
    done = f"Handed out {{ids}} to {to}{until_then}."
    return (yield from _change(keys, done, holder=person, expected_back=until))


def lend_until(said: Said) -> Plan:
    """Set the day of return of the machine that was handed out last."""
    until = day(said["until"], datetime.now(UTC).date())
    if not until:
        return not_understood(said.words)
    keys = resolve.ids(said, said["machine"] or "it", ("MAC",))
    return (yield from _change(keys, f"{{ids}} is expected back on {until}.", expected_back=until))


def take_back(said: Said) -> Plan:
    keys = yield from resolve.machines(said)
    return (yield from _change(keys, "Took back {ids}.", holder="nobody"))


def set_status(said: Said) -> Plan:
    status = _VERBS.get(said["verb"].lower()) or MACHINE_STATUS[said["condition"].lower()]
    keys = yield from resolve.machines(said)
    return (yield from _change(keys, f"Set {{ids}} to {status}.", status=status))


def _change(keys: list[str], done: str, **changes: object) -> Plan:
    (result,) = yield [call("update_machines", machines=keys, **changes)]
    return done.format(ids=" and ".join(keys)) if receipt_id(result) else shown(result)

"""Plans that hand machines out, take them back, and set their status."""

import re
from datetime import UTC, datetime

from services.agent.offline import resolve
from services.agent.offline.calls import call
from services.agent.offline.offers import not_understood
from services.agent.offline.plan import Plan, Said
from services.agent.offline.results import receipt_id, shown
from services.agent.offline.slots import MACHINE_STATUS, day
from services.tools.machines import update_machines

_VERBS = {
    "retire": "Retired",
    "decommission": "Decommissioned",
    "send": "Maintenance",
    "from": "Available",
}


_OF_RECORDS = ("machines", "holder", "status", "expected_back", "note", "internal_note")
COLUMNS = {
    name.replace("_", " "): name for name in update_machines.parameters if name not in _OF_RECORDS
}
"""The parameters that set a column of machines, by the words for them."""


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


def set_column(said: Said) -> Plan:
    """Set a column of the machine: a number of gigabytes, a day or a text."""
    name, value = COLUMNS[said["column"].lower()], said["value"]
    size = re.fullmatch(r"(\d{1,6}) ?(?:gb|g)", value, re.IGNORECASE)
    given = int(size[1]) if size else day(value, datetime.now(UTC).date()) or value
    keys = yield from resolve.machines(said, "it")
    done = f"Set the {said['column'].lower()} of {{ids}} to {value}."
    return (yield from _change(keys, done, **{name: given}))


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

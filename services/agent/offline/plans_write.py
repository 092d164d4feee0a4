"""Plans that change something, and say afterwards what was done."""

import re

from services.agent.offline import resolve
from services.agent.offline.calls import call
from services.agent.offline.plan import Plan, Said
from services.agent.offline.resolve import Several
from services.agent.offline.results import new_assignee, receipt_id, rows, shown
from services.agent.offline.slots import PRIORITY, TICKET_STATUS, new_ticket

TICKET = ("TKT",)
NOTABLE = ("TKT", "MAC", "USR", "TEAM")
ABOUT = "In one sentence: what does not work, or what do you need?"
NOTE_TEXT = "What should the note say?"
_RECEIPTS = {
    "Open": "Reopened {id}.",
    "Assigned": "Set {id} to Assigned.",
    "Closed": "Closed {id}.",
    "On Hold": "Put {id} on hold.",
    "Awaiting": "Set {id} to Awaiting.",
}


def create_ticket(said: Said) -> Plan:
    new = new_ticket(said["rest"], said["priority"])
    if not new.name:
        return ABOUT
    assignee = (yield from resolve.person(said, new.assignee)) if new.assignee else None
    requester = (yield from resolve.person(said, new.requester)) if new.requester else None
    (result,) = yield [
        call(
            "create_ticket",
            name=new.name,
            description=new.description,
            priority=new.priority,
            requester=None if requester == "me" else requester,
            assignee=assignee,
            machines=list(new.machines),
        )
    ]
    key = receipt_id(result)
    if not key:
        return shown(result)
    by = f", requested by {requester}" if requester not in (None, "me") else ""
    to = f", assigned to {new_assignee(result)}" if assignee else ""
    machines = f" for {' and '.join(new.machines)}" if new.machines else ""
    return f"Created {key} “{new.name}”{machines}{by}{to}."


def set_status(said: Said) -> Plan:
    status = _VERBS.get(said["verb"].lower()) or TICKET_STATUS[said["status"].lower()]
    return (yield from _update(said, _RECEIPTS[status], status=status))


def close_because(said: Said) -> Plan:
    """Close the ticket; the words after the colon become its resolution."""
    reason = _sentence(said["text"])
    return (yield from _update(said, "Closed {id}.", status="Closed", resolution=reason))


def reopen_because(said: Said) -> Plan:
    reason = _sentence(said["text"])
    return (yield from _update(said, "Reopened {id}.", status="Open", note=reason))


def set_private(said: Said) -> Plan:
    private = said["private"].lower() in ("private", "confidential")
    done = f"Made {{id}} {'private' if private else 'visible to all technicians'}."
    return (yield from _update(said, done, private=private))


def hold_because(said: Said) -> Plan:
    reason = _sentence(said["text"])
    return (yield from _update(said, "Put {id} on hold.", status="On Hold", note=reason))


def set_priority(said: Said) -> Plan:
    priority = PRIORITY[said["priority"].lower()]
    done = f"Set the priority of {{id}} to {priority}."
    return (yield from _update(said, done, priority=priority))


def rename(said: Said) -> Plan:
    name = _unquoted(said["name"])
    return (yield from _update(said, f"Renamed {{id}} to “{_escaped(name)}”.", name=name))


def describe(said: Said) -> Plan:
    text = said["text"].strip('"“”')
    return (yield from _update(said, "Changed the description of {id}.", description=text))


def route_or_assign(said: Said) -> Plan:
    """Route tickets to the team of this name, or assign them to the person."""
    (result,) = yield [call("find_teams", words=said["person"])]
    teams = rows(result)
    if len(teams) != 1:
        return (yield from assign(said))
    done = f"Routed {{id}} to {teams[0].id}."
    return (yield from _update(said, done, team=teams[0].id))


def assign(said: Said) -> Plan:
    """Assign tickets to a person, or route them to a team of that name."""
    keys = yield from _tickets(said)
    try:
        person = yield from resolve.person(said, said["person"] or "me")
    except resolve.Unknown as nobody:
        (result,) = yield [call("find_teams", words=said["person"])]
        teams = rows(result)
        if len(teams) != 1:
            raise nobody from None
        done = f"Routed {{id}} to {teams[0].id}."
        return (yield from _change(keys, done, team=teams[0].id))
    return (yield from _change(keys, "Assigned {id} to {assignee}.", assignee=person))


def route(said: Said) -> Plan:
    team = said["team"] or said["too"] or said["id"]
    done = f"Routed {{id}} to {_escaped(team)}."
    return (yield from _update(said, done, team=team))


def add_machine(said: Said) -> Plan:
    machines = yield from resolve.machines(said)
    keys = yield from _tickets(said)
    done = f"Linked {' and '.join(keys)} to {' and '.join(machines)}."
    return (yield from _change(keys, done, add_machines=machines))


def tag(said: Said) -> Plan:
    key = yield from resolve.record(said, said["record"] or "it")
    added = re.sub(r"(?:: ?| )", "=", said["tag"])
    (result,) = yield [
        call(
            "set_tags",
            record=key,
            tags=[added] if added else [],
            remove=[said["untag"]] if said["untag"] else [],
        )
    ]
    if not receipt_id(result):
        return shown(result)
    done = "Tagged {} with {}." if said["tag"] else "Removed the tag from {}."
    return done.format(key, added)


def unassign(said: Said) -> Plan:
    return (yield from _update(said, "Unassigned {id}.", assignee="nobody"))


def add_watcher(said: Said) -> Plan:
    keys = yield from _tickets(said)
    person = yield from _watcher(said)
    results = yield [call("watch", ticket=key, person=person) for key in keys]
    who = f"{person} watches" if person else "You watch"
    return "\n".join(
        f"{who} {key} now." if receipt_id(result) else shown(result)
        for key, result in zip(keys, results, strict=True)
    )


def remove_watcher(said: Said) -> Plan:
    keys = yield from _tickets(said)
    person = yield from _watcher(said)
    results = yield [call("watch", ticket=key, person=person, stop=True) for key in keys]
    return "\n".join(results)


def _watcher(said: Said) -> resolve.Search:
    """Return the id of the person who will watch; empty for the asker."""
    person = yield from resolve.person(said, said["person"] or "me")
    return "" if person == "me" else person


def merge(said: Said) -> Plan:
    keys = yield from _tickets(said)
    (into, *_) = yield from resolve.tickets(said, said["into"])
    (result,) = yield [call("merge_tickets", tickets=keys, into=into)]
    return f"Merged {' and '.join(keys)} into {into}." if receipt_id(result) else shown(result)


def link(said: Said) -> Plan:
    (key, *_) = yield from _tickets(said)
    (to, *_) = yield from resolve.tickets(said, said["into"])
    kind = _LINKS[said["kind"].lower()] if said["kind"] else "related"
    (result,) = yield [call("link_tickets", ticket=key, to=to, kind=kind)]
    return shown(result)


def unlink(said: Said) -> Plan:
    (key, *_) = yield from _tickets(said)
    (to, *_) = yield from resolve.tickets(said, said["into"])
    (result,) = yield [call("unlink_tickets", ticket=key, to=to)]
    return shown(result)


def undo(said: Said) -> Plan:
    (result,) = yield [call("undo")]
    return result


def undo_note(said: Said) -> Plan:
    """Undo the note that was added last; other notes stay."""
    if not re.match(r"Added (?:internal note )?NOTE-", said.memory.texts[-1]):
        yield from ()
        return (
            "I can only take back a note that you have just added here: right after it, say “undo”."
        )
    return (yield from undo(said))


def set_digest(said: Said) -> Plan:
    off = said["switch"].lower() not in ("", "on")
    (result,) = yield [call("set_digest", switch="off" if off else "on")]
    return result


def add_note(said: Said) -> Plan:
    if not said["text"]:
        return NOTE_TEXT
    on = yield from resolve.record(said, said["record"] or "it", NOTABLE)
    internal = bool(said["internal"])
    text = _unquoted(said["text"])
    (result,) = yield [call("add_note", on=on, text=text, internal=internal)]
    key = receipt_id(result)
    if not key:
        return shown(result)
    return f"Added {'internal note ' if internal else ''}{key} to {on}."


def _sentence(text: str) -> str:
    text = _unquoted(text)
    return text[:1].upper() + text[1:]


def _unquoted(text: str) -> str:
    """Remove the quotation marks around the whole text."""
    found = re.fullmatch(r"([\"'“])([^\"“”]+)[\"'”]", text, re.DOTALL)
    return found[2] if found else text


def _update(said: Said, done: str, **changes: object) -> Plan:
    return (yield from _change((yield from _tickets(said)), done, **changes))


def _tickets(said: Said) -> Several:
    if not said["ticket"] and not said.memory.latest(TICKET):
        raise resolve.Unclear("Which ticket do you mean? Please say its id, such as TKT-12.")
    return (yield from resolve.tickets(said, said["ticket"] or "it"))


def _change(keys: list[str], done: str, **changes: object) -> Plan:
    """Change the tickets in one call; return `done` for each, or the tool's error."""
    (result,) = yield [call("update_tickets", tickets=keys, **changes)]
    found = ((receipt_id(line) or "", line) for line in result.splitlines())
    changed = {key: line for key, line in found if key.startswith("TKT-")}
    if not changed:
        return shown(result)
    told = [key for key in keys if key in changed] or list(changed)
    return "\n".join(
        done.format(id=key, assignee=new_assignee(changed.get(key, ""))) for key in told
    )


def _escaped(words: str) -> str:
    return words.replace("{", "{{").replace("}", "}}")


_VERBS = {
    **dict.fromkeys(
        (
            *("close", "cancel", "withdraw", "resolve", "finish", "complete", "solve"),
            *("no longer need", "don't need", "do not need"),
        ),
        "Closed",
    ),
    **dict.fromkeys(("reopen", "re-open"), "Open"),
    **dict.fromkeys(("hold", "pause", "park"), "On Hold"),
}

_LINKS = {"part": "parent", "child": "parent", "duplicate": "duplicate"}

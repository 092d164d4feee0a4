"""Plans that look something up."""

import re

from services.agent.offline import naming, resolve
from services.agent.offline.calls import Call, call
from services.agent.offline.listing_words import FILLERS, NO_SEARCH_WORDS
from services.agent.offline.offers import not_found, not_understood
from services.agent.offline.plan import Plan, Said
from services.agent.offline.problems import is_problem
from services.agent.offline.results import is_empty, is_page, notes, rows, shown
from services.agent.offline.slash_commands import commands_for
from services.agent.offline.slots import machine_filters, ticket_status


def current_time(_: Said) -> Plan:
    return (yield from _show(call("current_time")))


def my_machines(_: Said) -> Plan:
    return (yield from _show(call("find_machines", holder="me")))


def my_machine_facts(_: Said) -> Plan:
    """Show the card of the asker's only machine, or the list of several."""
    return (yield from _only_machine("me"))


def facts_of_machines_of(said: Said) -> Plan:
    """Show the card of a person's only machine, or the list of several."""
    return (yield from _only_machine((yield from resolve.person(said, said["person"]))))


def _only_machine(holder: str) -> Plan:
    (result,) = yield [call("find_machines", holder=holder)]
    found = rows(result)
    return (yield from _show(_read(found[0].id))) if len(found) == 1 else shown(result)


def machine_called(said: Said) -> Plan:
    key = yield from resolve.record(said, said["words"], ("MAC",))
    return (yield from _show(_read(key)))


def machines_of(said: Said) -> Plan:
    key = yield from resolve.person(said, said["person"])
    return (yield from _show(call("find_machines", holder=key)))


def search_machines(said: Said) -> Plan:
    return (yield from _show(call("find_machines", **machine_filters(said.words))))


def my_tickets(said: Said) -> Plan:
    return (yield from _show(_tickets(said, requester="me")))


def all_my_tickets(_: Said) -> Plan:
    return (yield from _show(call("find_tickets", status="any", requester="me")))


def my_tickets_about(said: Said) -> Plan:
    """Search the asker's tickets, and if none is found all that they may see."""
    (result,) = yield [call("find_tickets", words=said["words"], requester="me")]
    if is_empty(result):
        (result,) = yield [call("find_tickets", words=said["words"])]
    return not_found(result, said.words) if is_empty(result) else shown(result)


def tickets_assigned_to_me(said: Said) -> Plan:
    return (yield from _show(_tickets(said, assignee="me")))


def ageing_tickets(_: Said) -> Plan:
    return (yield from _show(call("find_tickets", changed=">7d")))


def list_tickets(said: Said) -> Plan:
    assignee = "nobody" if said["nobody"] else None
    return (yield from _show(_tickets(said, team=said["team"].upper(), assignee=assignee)))


def tickets_assigned_to(said: Said) -> Plan:
    key = yield from resolve.person(said, said["person"])
    return (yield from _show(_tickets(said, assignee=key)))


def tickets_requested_by(said: Said) -> Plan:
    key = yield from resolve.person(said, said["person"])
    return (yield from _show(_tickets(said, requester=key)))


def tickets_of(said: Said) -> Plan:
    """List the tickets that a person reported and those that they work on."""
    key = yield from resolve.person(said, said["person"])
    requested, assigned = yield [_tickets(said, requester=key), _tickets(said, assignee=key)]
    if not rows(requested) and not rows(assigned):
        return shown(requested)
    parts = (("Requested", requested), ("Assigned", assigned))
    return "\n\n".join(f"{label}: {shown(each)}" for label, each in parts if rows(each))


def _tickets(said: Said, **filters: str | None) -> Call:
    return call("find_tickets", status=ticket_status(said), **filters)


def search_tickets(said: Said) -> Plan:
    (result,) = yield [call("find_tickets", words=said["words"])]
    return not_found(result, said.words) if is_empty(result) else shown(result)


def show_records(said: Said) -> Plan:
    keys = resolve.ids(said, said["ids"])
    return (yield from _show(*(_read(key) for key in keys)))


def about_it(said: Said) -> Plan:
    """Show the record that “it” or “the laptop” means; a machine not named before is one's own."""
    try:
        return (yield from show_records(said))
    except resolve.Unclear:
        if said.memory.latest(("MAC",)) or not re.search(
            rf"\b(?:{naming.MACHINE_NOUNS})$", said["ids"]
        ):
            raise
    return (yield from my_machine_facts(said))


def read_notes(said: Said) -> Plan:
    phrase = said["record"] or "it"
    if "," in phrase or " and " in phrase:
        keys = resolve.ids(said, phrase)
    else:
        keys = [(yield from resolve.record(said, phrase))]
    results = yield [_read(key) for key in keys]
    return "\n\n".join(notes(key, each) for key, each in zip(keys, results, strict=True))


def history(said: Said) -> Plan:
    key = yield from resolve.record(said, said["record"] or said["machine"] or "it")
    return (yield from _show(call("history", record=key)))


def search_people(said: Said) -> Plan:
    """Show the card of the only match, or the list of several."""
    phrase = said["person"]
    known = resolve.ids(said, phrase, ("USR",))
    if known:
        return (yield from _show(_read(known[0])))
    (result,) = yield [call("find_people", words=phrase)]
    found = rows(result)
    if len(found) == 1:
        return (yield from _show(_read(found[0].id)))
    return not_found(result, said.words) if is_empty(result) else shown(result)


def manager_of(said: Said) -> Plan:
    """Show the person's card, which names the manager."""
    key = yield from resolve.person(said, said["person"])
    key = said.memory.asker or "" if key == "me" else key
    return (yield from _show(_read(key))) if key else not_understood(said.words)


def who_am_i(said: Said) -> Plan:
    if not said.memory.asker:
        return "I can't tell who you are. Please ask an admin of the desk."
    return (yield from _show(_read(said.memory.asker)))


def find_anything(said: Said) -> Plan:
    """Look for a person, a machine or a ticket, in this order."""
    words = said["words"]
    result = ""
    names_machine = re.search(r"\d", words)
    for tool in ("find_machines", "find_tickets") if names_machine else _SEARCHES:
        (result,) = yield [call(tool, words=words)]
        found = rows(result)
        if len(found) == 1:
            return (yield from _show(_read(found[0].id)))
        if found or not is_page(result):
            return shown(result)
    return not_understood(said.words)


def find_named(said: Said) -> Plan:
    """Look for what a few bare words name: a person if they are capitalised, else a ticket."""
    words = said["words"]
    if _is_a_sentence(words):
        return not_understood(said.words)
    for tool in _SEARCHES if words.istitle() else ("find_tickets", "find_machines"):
        (result,) = yield [call(tool, words=words)]
        if rows(result):
            return shown(result)
    return not_understood(said.words)


def _is_a_sentence(words: str) -> bool:
    """Return whether words say more than a name, or are one word that may mean anything."""
    known = set(words.lower().split()) & (FILLERS | NO_SEARCH_WORDS)
    single = " " not in words and words.islower()
    return bool(known or single or commands_for(words) or is_problem(words))


def solved_before(said: Said) -> Plan:
    (result,) = yield [call("find_tickets", words=said["words"], status="Closed")]
    return not_found(result, said.words) if is_empty(result) else shown(result)


def more(said: Said) -> Plan:
    if not said.memory.next_call:
        return "There is nothing more to show."
    return (yield from _show(said.memory.next_call))


_SEARCHES = ("find_people", "find_machines", "find_tickets")


def _read(key: str) -> Call:
    return call("get", records=key)


def _show(*calls: Call) -> Plan:
    results = yield list(calls)
    return "\n\n".join(shown(each) for each in results)


def pass_on(said: Said) -> Plan:
    """Explain that the rules send no messages, and how a note reaches the people of a ticket."""
    yield from ()
    known = said.memory.latest(("TKT",))
    to = f"“add a note to {known[0]}:”" if known else "“add a note to” a ticket, such as TKT-12,"
    return (
        f"I can't send messages to people. The people of a ticket read its notes: say {to} and then"
        " your words."
    )

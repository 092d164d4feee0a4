"""Find the record that a phrase means: an id, “it”, “me” or a name."""

import re
from collections.abc import Generator
from itertools import product

from services.agent.offline import naming
from services.agent.offline.calls import Call, call
from services.agent.offline.plan import Said
from services.agent.offline.results import Row, is_page, rows
from services.agent.offline.slots import TYPES
from services.entities.base import find_ids

WHICH = "Which one do you mean by “{phrase}”?"
_QUESTION = re.compile(re.escape(WHICH).replace(r"\{phrase\}", "(?P<phrase>.+?)"))
_POINTING = re.compile(
    r"(?:it|its|this|that|them|they|their|her|his|him|she|he|both"
    rf"|(?:this|that|the|the last|the new) (?:one|(?P<noun>{naming.NOUNS}"
    r"|person|user|colleague|team|note|tag|record)))",
    re.IGNORECASE,
)
_NTH = re.compile(
    rf"the (?P<nth>{'|'.join(naming.PLACES)})(?: (?:one|{naming.NOUNS}))?",
    re.IGNORECASE,
)
_NOUNS = {
    **dict.fromkeys(naming.TICKET_NOUNS.split("|"), ("TKT",)),
    **dict.fromkeys(naming.MACHINE_NOUNS.split("|"), ("MAC",)),
    **dict.fromkeys(("person", "user", "colleague"), ("USR",)),
    "team": ("TEAM",),
    "note": ("NOTE",),
    "tag": ("TAG",),
}
_OWNED = re.compile(
    rf"(?={naming.OWNED}\Z)(?P<holder>my|(?P<his>his|her|their)|[^']+?)(?:'s|')?(?: old| new)?"
    r" (?P<noun>\w+)",
    re.IGNORECASE,
)
_DESCRIBED = re.compile(naming.DESCRIBED, re.IGNORECASE)
_SPARE = re.compile(naming.SPARE, re.IGNORECASE)
_PERSON_WORDS = {"her", "him", "his", "she", "he", "their", "them", "they"}
_ME = {"me", "myself", "i", "my"}


class Unclear(Exception):  # noqa: N818 - its text is the answer
    """A phrase means no record, or several; the text tells the person so."""


class Unknown(Unclear):
    """A name that no record has."""


Search = Generator[list[Call], list[str], str]
Several = Generator[list[Call], list[str], list[str]]


def ids(said: Said, phrase: str, prefixes: tuple[str, ...] = naming.PREFIXES) -> list[str]:
    """Return the ids in a phrase, or those it refers to, such as by “it” or “the second one”."""
    named = [key for key in find_ids(phrase) if key.split("-")[0] in prefixes]
    if named:
        return named
    nth = _NTH.fullmatch(phrase)
    listed = said.memory.latest(prefixes) if nth else []
    place = naming.PLACES[nth["nth"].lower()] if nth else 0
    if listed[place:]:
        return listed[place:][:1]
    if nth:
        raise _unknown(phrase)
    pointing = _POINTING.fullmatch(phrase)
    if not pointing:
        return []
    return _pointed_at(said, phrase, _kinds(phrase, pointing["noun"], prefixes))


def _kinds(phrase: str, noun: str | None, prefixes: tuple[str, ...]) -> tuple[str, ...]:
    if noun:
        return _NOUNS[noun.lower()]
    if phrase.lower() in _PERSON_WORDS and "USR" in prefixes:
        return ("USR",)
    # After “Added NOTE-9 to TKT-12.” people mean the ticket; nobody is an “it”.
    never = ("NOTE", "TAG", "USR") if phrase.lower() in ("it", "its") else ("NOTE", "TAG")
    return tuple(each for each in prefixes if each not in never)


def _pointed_at(said: Said, phrase: str, prefixes: tuple[str, ...]) -> list[str]:
    found = said.memory.latest(prefixes)
    if not found:
        raise _unknown(phrase)
    if len(found) > (2 if phrase.lower() == "both" else 1):
        raise _which(phrase, [f"- {said.memory.named(key)}" for key in found])
    return found


def _unknown(phrase: str) -> Unclear:
    return Unclear(
        f"I don't know what “{phrase}” means here. Please say its id, such as TKT-12, or reply in"
        " the thread in which you saw it."
    )


def person(said: Said, phrase: str) -> Search:
    """Return the id of the person that a phrase means; “me” for the asker."""
    if phrase.lower() in _ME:
        return "me"
    known = ids(said, phrase, ("USR",))
    if known:
        return known[0]
    (result,) = yield [call("find_people", words=phrase)]
    return _the_one(phrase, result, f"I found nobody called “{phrase}”.")


def team(said: Said, phrase: str) -> Search:
    """Return the id of the team that a phrase means."""
    known = ids(said, phrase, ("TEAM",))
    if known:
        return known[0]
    (result,) = yield [call("find_teams", words=phrase)]
    return _the_one(phrase, result, f"I found no team called “{phrase}”.")


def record(said: Said, phrase: str, prefixes: tuple[str, ...] = naming.PREFIXES) -> Search:
    """Return the id of the record that a phrase means; machines and people also by name."""
    known = ids(said, phrase, prefixes)
    if known:
        return known[0]
    if "TKT" in prefixes and _DESCRIBED.fullmatch(phrase):
        return (yield from _described(phrase))
    if _SPARE.fullmatch(phrase):
        kind = TYPES.get(phrase.split()[-1].lower())
        (result,) = yield [call("find_machines", status="Available", type=kind)]
        return _the_one(phrase, result, f"I found no machine that “{phrase}” could mean.")
    if owned := _OWNED.fullmatch(phrase):
        return (yield from _held(said, phrase, owned))
    if re.search(r"\d", phrase):  # people's names have no digits, machines' names do
        (result,) = yield [call("find_machines", words=phrase)]
        return _the_one(phrase, result, f"I found no machine called “{phrase}”.")
    return (yield from person(said, phrase))


def machines(said: Said, otherwise: str = "") -> Several:
    """Return the ids of the machines in the part “machine” of a sentence."""
    keys: list[str] = []
    for phrase in re.split(r",? and |, ?", said["machine"] or otherwise):
        keys += [(yield from record(said, phrase, ("MAC",)))]
    return keys


def tickets(said: Said, phrase: str) -> Several:
    """Return the ids of the tickets that a phrase names by id, by “it” or by a subject."""
    if keys := ids(said, phrase, ("TKT",)):
        return keys
    if _DESCRIBED.fullmatch(phrase):
        return [(yield from _described(phrase))]
    raise Unclear(f"“{phrase}” is not a ticket: please say its id, such as TKT-12.")


def _described(phrase: str) -> Search:
    """Return the id of the only ticket that fits “my printer ticket”; open ones come first.

    “my” tickets are those that the asker requested, then those assigned to them. A ticket that has
    the words only in its texts may be another: the person is asked about it.
    """
    owner, *about = phrase.lower().split()[:-1]
    owners = ({},) if owner == "the" else ({"requester": "me"}, {"assignee": "me"})
    for status, filters in product(("open", "any"), owners):
        given = call("find_tickets", words=" ".join(about), status=status, **filters)
        (result,) = yield [given]
        if found := rows(result):
            titled = [row for row in found if all(word in row.title.lower() for word in about)]
            if len(titled) == 1:
                return titled[0].id
            raise _which(phrase, [row.line for row in found])
    raise Unclear(f"I found no ticket that “{phrase}” could mean. Please say its id.")


def _held(said: Said, phrase: str, owned: re.Match[str]) -> Search:
    """Return the id of “Priya's laptop”; “his laptop” is of the person in the same sentence."""
    holder = yield from person(said, (owned["his"] and said["person"]) or owned["holder"])
    kind = TYPES.get(owned["noun"].lower())
    (result,) = yield [call("find_machines", holder=holder, type=kind)]
    return _the_one(phrase, result, f"I found no machine that “{phrase}” could mean.")


def _the_one(phrase: str, result: str, nobody: str) -> str:
    found = rows(result)
    exact = [row for row in found if row.title.lower() == phrase.lower()]
    candidates: list[Row] = exact or found
    if not candidates:
        raise Unknown(nobody) if is_page(result) else Unclear(result)
    if len(candidates) > 1:
        raise _which(phrase, [row.line for row in candidates])
    return candidates[0].id


def _which(phrase: str, lines: list[str]) -> Unclear:
    return Unclear("\n".join([WHICH.format(phrase=phrase), *lines]))


def chosen(words: str, question: str) -> tuple[str, str] | None:
    """Return the phrase that the desk asked back about, and the id that the person chose."""
    first, *lines = question.splitlines() or [""]
    asked = _QUESTION.fullmatch(first)
    if not asked or not all(line.startswith("- ") for line in lines):
        return None
    answer = re.sub(r"^the | one$", "", words.lower())
    if answer in naming.PLACES and lines:
        return asked["phrase"], find_ids(lines[naming.PLACES[answer] % len(lines)])[0]
    fitting = [line for line in lines if re.search(rf"\b{re.escape(answer)}\b", line.lower())]
    return (asked["phrase"], find_ids(fitting[0])[0]) if answer and len(fitting) == 1 else None

"""Offers at the end of an answer: sentences that the person may say, also shown as buttons."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.agent.offline.listing_words import FILLERS, NO_SEARCH_WORDS
from services.agent.offline.problems import is_problem
from services.agent.offline.results import shown
from services.agent.offline.slash_commands import commands_for
from services.agent.offline.slots import PRIORITY, TICKET_STATUS
from services.agent.offline.unsupported import unsupported
from services.entities.base import find_ids
from services.entities.column import TITLE_LENGTH
from services.tools import TOOLS
from services.tools.actions import Action
from services.tools.find import find_machines, find_tickets
from services.tools.tickets import create_ticket
from services.tools.tool import Tool

NOT_UNDERSTOOD = "I did not understand that."
_OFFERED = re.compile(r"Press (?:the|a) button, or say (?P<said>“[^\n]*)")
_SAID = re.compile(r"“([^“”]*)”")
_MOST, _MOST_WORDS, _SHORT = 3, 2, 3
_TICKET_WORDS = {"ticket", "tickets", "request", "requests", "issue", "issues", "status", "queue"}
_MACHINE_WORDS = {"laptop", "laptops", "machine", "machines", "computer", "warranty", "desktop"}
_NO_TOPIC = frozenset(
    {"problem", "problems", "trouble", "people", "team", "known", "news", "per", "since", "ago"}
).union(_TICKET_WORDS, PRIORITY, TICKET_STATUS, ("priority", "days", "weeks", "months"))


@dataclass(frozen=True, slots=True)
class Offer:
    """A sentence that the rules understand, and the button that does the same."""

    label: str
    begins: str
    tool: Tool
    given: Mapping[str, Any] = field(default_factory=dict)
    takes: str = ""
    """The tool parameter that gets the rest of the sentence, after `begins`."""

    def action(self, said: str) -> Action | None:
        """Return the button for a sentence; None if it is not a sentence of this offer."""
        rest = said.removeprefix(self.begins)
        if rest == said or bool(rest) != bool(self.takes):
            return None
        return Action(self.label, self.tool, {self.takes: rest} if self.takes else self.given)


FILE = Offer("Open this ticket", "open a ticket: ", create_ticket, takes="name")
SEARCH = Offer("Search tickets", "tickets about ", find_tickets, takes="words")
MY_TICKETS = Offer("My tickets", "my tickets", find_tickets, given={"requester": "me"})
MY_MACHINES = Offer("My machines", "my machines", find_machines, given={"holder": "me"})
OFFERS = (FILE, SEARCH, MY_TICKETS, MY_MACHINES)


def offers_in(answer: str) -> list[Action]:
    """Return a button for each offer in the last paragraph of an answer."""
    offered = _OFFERED.match(answer.rpartition("\n\n")[2])
    said = _SAID.findall(offered["said"]) if offered else []
    return [action for each in said for offer in OFFERS if (action := offer.action(each))][:_MOST]


def problem_in(answer: str) -> str:
    """Return the title of the ticket that an answer offers to open; empty if it offers none."""
    found = (each.arguments["name"] for each in offers_in(answer) if each.tool is create_ticket)
    return str(next(found, ""))


def as_ticket(words: str, commands: str = "") -> str:
    """Return the answer to a described problem: commands, if any, and an offer of a ticket."""
    said = commands or "I can open a ticket about that."
    return f"{said}\n\nPress the button, or say “{_filing(words)}”."


def not_allowed(tool: str, asked: Sequence[str]) -> str:
    """Return the answer where a tool is not offered: who may use it, and an offer to ask them."""
    role = TOOLS[tool].needs.name if tool in TOOLS else "technician"
    return (
        f"Only {role}s can do that, in a direct message or in a channel of the desk. I can open a"
        f" ticket, so that one does it.\n\nPress the button, or say “{_filing(' '.join(asked))}”."
    )


def not_understood(words: str, examples: str = "") -> str:
    """Say that the words were not understood, with offers that fit them, or are not supported."""
    if answer := unsupported(words):
        return answer
    keys = find_ids(words)
    about = f"I did not understand what to do with {keys[0]}." if keys else NOT_UNDERSTOOD
    about += f" I understand: {examples}" if examples else ""
    about = (not keys and commands_for(words)) or about
    return f"{about}\n\n{_offered(_fitting(words))}"


def not_found(result: str, words: str) -> str:
    """Return the answer to a search without results: what was searched for, and offers."""
    return f"{shown(result)} Maybe I understood you wrong.\n\n{_offered(_fitting(words))}"


def _offered(sentences: Sequence[str]) -> str:
    *first, last = (f"“{each}”" for each in sentences)
    said = f"{', '.join(first)} or {last}" if first else last
    return f"Press a button, or say {said}. “help” lists what I understand."


def _fitting(words: str) -> list[str]:
    said = set(re.findall(r"[\w']+", words.lower()))
    if find_ids(words):
        return [MY_TICKETS.begins, MY_MACHINES.begins]
    file = [_filing(words)] if len(words.split()) >= _SHORT else []
    topic = _topic(words)
    search = [f"{SEARCH.begins}{topic}"] if topic else []
    mine = [MY_TICKETS.begins] if said & _TICKET_WORDS else []
    machines = [MY_MACHINES.begins] if said & _MACHINE_WORDS else []
    first = file if is_problem(words) else []
    found = list(dict.fromkeys([*first, *mine, *machines, *search, *file]))
    return found[:_MOST] if file else [MY_TICKETS.begins, MY_MACHINES.begins]


def _topic(words: str) -> str:
    """Return the two longest words as a search: it finds only records that have all its words."""
    left = [
        each
        for each in re.findall(r"[^\W_]{3,}", words)
        if each.lower() not in FILLERS | NO_SEARCH_WORDS | _NO_TOPIC
    ]
    longest = sorted(left, key=len, reverse=True)[:_MOST_WORDS]
    return " ".join(dict.fromkeys(each for each in left if each in longest))


def _filing(words: str) -> str:
    problem = " ".join(words.replace("“", '"').replace("”", '"').split())
    problem = problem[: TITLE_LENGTH - 1]
    return f"{FILE.begins}{problem[:1].upper()}{problem[1:]}"

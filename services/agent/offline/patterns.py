"""Patterns of intents: regular expressions with named parts in braces, such as `{ticket}`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from services.agent.offline import naming
from services.agent.offline.memory import Memory
from services.agent.offline.plan import Planner, Said
from services.agent.offline.slots import MACHINE_STATUS, PRIORITY, TICKET_STATUS


def _any_of(words: Iterable[str]) -> str:
    """Return a pattern of alternatives, longest first: “on hold” must not be read as “on”."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_MOST = 16
"""The maximum number of filler words that are skipped in a row.

Without a limit, patterns would take minutes for a text of nothing else.
"""


def _some(words: str) -> str:
    """Return a pattern of up to `_MOST` of these words, each followed by a space."""
    return rf"(?:(?:{'|'.join(words.split())}) ){{0,{_MOST}}}"


def _rest(words: str) -> str:
    """Return a pattern of up to `_MOST` of these words, each after a space."""
    return rf"(?: (?:{'|'.join(words.split())})){{0,{_MOST}}}"


_ID = rf"(?:{'|'.join(naming.PREFIXES)})-\d+"
_IDS = rf"{_ID}(?:(?:,| and| &|, and) {_ID})*"
# Atomic, or a list of n machines would be tried in as many ways as they can be cut into pieces.
_MACHINE = r"(?>(?!(?:TKT|USR|TEAM|NOTE|TAG)-)[A-Z][A-Z0-9]*-(?=[A-Z-]*\d)[A-Z0-9-]+)"
_MACHINES = rf"{_MACHINE}(?:(?:,| and) {_MACHINE})*"
_THIS = "(?:this|that|the|the last|the new)"
_NTH = f"the (?:{'|'.join(naming.PLACES)})"
_IT = re.compile("it|this|that", re.IGNORECASE)
_NTH_ONE = re.compile(rf"{_NTH}(?: one)?", re.IGNORECASE)
_NTH_TICKET = f"{_NTH}(?: (?:one|{naming.TICKET_NOUNS}))?"
_NTH_MACHINE = f"{_NTH}(?: (?:one|{naming.MACHINE_NOUNS}))?"
_THE_TICKET = rf"(?:it|this|that|both|{_THIS} (?:{naming.TICKET_NOUNS}|one)|{_NTH_TICKET})"
_THE_RECORD = (
    rf"(?:it|this|that|them|her|him|both|{_NTH_TICKET}|{_NTH_MACHINE}"
    rf"|{_THIS} (?:{naming.NOUNS}|one|person|user|colleague|team|note|tag|record))"
)

_NO_NAME = (
    r"(?:i|i'\w+|me|my|you|your|we|our|us|a|an|it|its|nobody|no one|anybody|anyone|each|every"
    r"|everything|anything|something|everybody|do|does|did|is|are|was|were|has|have|had|got|get|can"
    r"|will|would|should|out|still|with|for|to|from|on|about|than|until|all|any|yes|no|tickets?"
    r"|machines?|people|the most|most|fewest|and|or|if|when|not|details?)\b"
)
_NAME_WORD = rf"(?!{_NO_NAME})[^\s:?,]{{1,60}}"

_PARTS = {
    "id": _ID,
    "ids": rf"(?P<ids>{_IDS}|{_THE_RECORD})",
    "ticket": rf"(?P<ticket>{_IDS}|{_THE_TICKET}|{naming.DESCRIBED})",
    "record": rf"(?P<record>{_IDS}|{_THE_RECORD}|{naming.DESCRIBED})",
    "noted": rf"(?P<record>{_IDS}|{_THE_RECORD}|[^\s:][^:\n]{{0,79}}?)",
    "person": rf"(?P<person>me|(?!(?:in|of|at|by|on|no)\b){_NAME_WORD}(?: {_NAME_WORD}){{0,4}}?)",
    "machine": rf"(?P<machine>{_MACHINES}|(?:this|that|the) (?:machine|laptop|computer|desktop)"
    rf"|{naming.OWNED}|{naming.SPARE}|{_NTH_MACHINE}|it|this|that|th(?:is|at) one)",
    "it": rf"(?P<ids>its?|(?:this|that|the last) (?:one|{naming.NOUNS})"
    rf"|the (?:{naming.NOUNS})|{_NTH} (?:one|{naming.NOUNS}))",
    "condition": rf"(?P<condition>{_any_of(MACHINE_STATUS)})",
    "status": rf"(?P<status>not closed|active|any|{_any_of(TICKET_STATUS)})",
    "priority": rf"(?P<priority>{_any_of(PRIORITY)})",
    "tickets": r"(?:tickets?|issues?|requests?|incidents?|cases?)",
    "machines": r"(?:macs?|macbooks?|laptops?|notebooks?|desktops?|servers?|machines?|computers?"
    r"|pcs?|workstations?|devices?|hardware|equipment)",
    "note": r"(?P<internal>internal |private )?(?:short |quick )?(?:note|comment|remark)",
    "tag": r"(?P<tag>[\w-]+(?:(?:=|: ?| )[\w.-]+)?)",
    "new": r"(?: (?:a|an|this|the|another|new))*",
    "to": r"(?:to|on|for|in|at|onto|about)",
    "did": r"(?:report|request|open|create|file|raise|log|submit|made|make)(?:ed|d|ted|ged)?",
    "show": _some(
        "show list display give tell get see find fetch pull look up search check view read bring"
        " what what's whats which where where's how many is are was do does have you we there any"
        " all me us the a an of about on some every current overview know info information"
        " details? latest recent"
    ),
    "end": _rest(
        "there are do we you have exist is now today currently at the moment in system here again"
        " all list desk company got overview"
    ),
    "that": _rest(
        "that which who are is were was have has had been do does did with in the status currently"
        " now being set to still marked as"
    ),
    "about": _some(
        "show list display give tell get see find fetch pull look up search check view read bring"
        " open what what's whats how how's who who's is are was has have do does you me us the of"
        " about on with for status state details? info information more card record history"
        " progress update news any ticket machine person user team note tag laptop computer"
        " everything out in assigned to working owns handles uses using members when where where's"
        " happened happening up doing stand stands at going a an current know full say says"
    ),
    "aboutit": _rest(
        "status details? info assigned to now about progress going doing card again state stand"
        " standing at is closed open done resolved on hold in full for me members history say says"
        " still with mean yet solved fixed finished"
    ),
}


@dataclass(frozen=True, slots=True)
class Intent:
    """A request that the rules understand: the templates of its sentences, and its plan.

    `example`: a sentence for the help.
    `staff`: only technicians may do this.
    """

    example: str
    plan: Planner
    templates: tuple[str, ...]
    staff: bool = False

    @property
    def patterns(self) -> Iterator[re.Pattern[str]]:
        return map(_compiled, self.templates)

    def match(self, words: str, memory: Memory) -> Said | None:
        """Return the sentence with its named parts if a template matches all of it."""
        found = (pattern.fullmatch(words) for pattern in self.patterns)
        groups = (each.groupdict() for each in found if each)
        return next((Said(words, each, memory) for each in groups if _fits(each, memory)), None)


def _fits(groups: Mapping[str, str | None], memory: Memory) -> bool:
    """Return whether “the first one” was matched as what it means, a ticket or a machine.

    It means a machine if the newest text that names records is about machines, else a ticket. “it”
    is no machine either where that text is not about machines.
    """
    ticket, machine = groups.get("ticket") or "", groups.get("machine") or ""
    if memory.is_about_machines:
        return not _NTH_ONE.fullmatch(ticket)
    return not (_NTH_ONE.fullmatch(machine) or _IT.fullmatch(machine))


def intent(example: str, plan: Planner, *templates: str, staff: bool = False) -> Intent:
    """Return an intent; `{ticket}` and the like in a template capture a group of that name."""
    return Intent(example, plan, templates, staff)


@cache
def _compiled(template: str) -> re.Pattern[str]:
    """Compile the patterns at first use: a desk with a model may never need them."""
    filled = re.sub(r"\{([a-z]+)\}", lambda found: _PARTS[found[1]], template)
    return re.compile(filled, re.IGNORECASE | re.DOTALL)

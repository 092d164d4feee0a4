"""Rules that take the parts of a sentence that asks for a list: times, people, states, sorts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from services.agent.offline.listing_words import FILLERS
from services.agent.offline.slots import PRIORITY, TICKET_STATUS
from services.agent.offline.spans import LENGTH, SPAN, length, span

Values = dict[str, Any]
Take = Callable[[re.Match[str], date], Values | None]

_NAME = r"(?P<name>[^\W\d_][\w'.-]*(?: [^\W\d_][\w'.-]*){0,2}?)"
_FULL_NAME = r"(?P<name>[^\W\d_][\w'.-]*(?: [^\W\d_][\w'.-]*)?)"
_END = (
    r"(?=$|[\s,?!.]+(?:and|that|which|who|with|in|for|from|about|since|by|per|of|on|at)\b|[,?!.])"
)
_NOBODY = r"(?:nobody|no one|no-one|noone|anyone|anybody)"
_STALE = (
    r"(?:untouched|stale|ageing|aging|neglected|idle|(?:not|nobody|no one)(?: has| was| been"
    r"| have)* (?:changed|touched|updated|worked on|looked at|moved))"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and the filters that a match sets; None: the match is no such filter."""

    pattern: str
    take: Take

    @property
    def compiled(self) -> re.Pattern[str]:
        return _compiled(self.pattern)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE)


def _always(**values: Any) -> Take:
    return lambda found, today: values


def _named(name: str, **more: Any) -> Take:
    """Set a filter to the name that was matched, which the tool looks up."""

    def take(found: re.Match[str], today: date) -> Values | None:
        said = found["name"].strip()
        is_name = not FILLERS & set(said.lower().split())
        return {name: said, **more} if is_name else None

    return take


def _when(name: str, **more: Any) -> Take:
    def take(found: re.Match[str], today: date) -> Values | None:
        value = span(found, today)
        return {name: value, **more} if value else None

    return take


def _for_longer(name: str) -> Take:
    return lambda found, today: {name: f">{length(found)}"}


def _groups(names: Mapping[str, str]) -> Rule:
    words = "|".join(names)
    return Rule(
        rf"(?:(?:per|by|for each|for every|grouped by|does each|do each|has each|has every|each"
        rf"|every) (?P<name>{words})s?(?: (?:have|has|got))?)",
        lambda found, today: {"group_by": [names[found["name"].lower()]]},
    )


def _one_of(name: str, values: Mapping[str, str], after: str = "") -> Rule:
    words = "|".join(sorted(map(re.escape, values), key=len, reverse=True))
    return Rule(
        rf"(?P<name>{words}){after}", lambda found, today: {name: [values[found["name"].lower()]]}
    )


_PERSON = rf"{_NAME}{_END}"
_TEAM = r"(?:the )?(?P<name>[\w&/-]+(?: (?!team)[\w&/-]+){0,3}?) team(?:'s)?"

_DONE = r"(?:closed|resolved|solved|fixed|finished)"
_TICKETS = (
    Rule(
        r"(?:the )?(?:last|latest|newest|first|top) \d{1,2}(?= (?!hour|day|week|month|year))",
        _always(sort="-created"),
    ),
    Rule(rf"{_DONE} (?:tickets?|issues?|requests?) {SPAN}", _when("closed", status=["Closed"])),
    Rule(
        r"(?:is|are|was|were|has|have) my (?:tickets?|issues?|requests?|problems?)(?: been| all)*"
        r" (?:done|closed|solved|fixed|ready|finished|answered|resolved)(?: yet| already| now)?",
        _always(requester="me", status=["any"]),
    ),
    Rule(r"(?:about|regarding|concerning|mentioning|containing|related to|with the words?)"
         r" (?P<name>.+?)(?=,? (?:from|in|since|this|last|created|closed|that|which|by|per"
         r"|sorted)\b|[?!. ]*$)", lambda found, today: {"words": found["name"].strip(" ?!.")}),
    _groups(
        {
            "team": "team",
            "status": "status",
            "priority": "priority",
            "assignee": "assignee",
            "technician": "assignee",
            "agent": "assignee",
            "requester": "requester",
            "person": "requester",
            "month": "created month",
        }
    ),
    Rule(rf"(?:(?:that|which) )?(?:have |has |were |are )?{_STALE} (?:for|in|since)?"
         rf" ?(?:more than |over |at least )?(?:the last )?{LENGTH}", _for_longer("changed")),
    Rule(_STALE, _always(changed=">7d")),
    Rule(rf"(?:that are |which are )?older than {LENGTH}", _for_longer("created")),
    Rule(rf"{_DONE} by {_PERSON}",
         _named("assignee", status=["Closed"])),
    Rule(rf"did {_FULL_NAME} (?:close|resolve|solve|fix|finish)",
         _named("assignee", status=["Closed"])),
    Rule(rf"{_DONE} {SPAN}", _when("closed", status=["Closed"])),
    Rule(rf"(?:changed|updated|touched|modified) {SPAN}", _when("changed")),
    Rule(rf"(?:created|opened|reported|raised|filed|logged|made|new|came in|come in)"
         rf"(?: were| was)? {SPAN}", _when("created", status=["any"])),
    Rule(rf"(?:unassigned|orphaned|unclaimed|not assigned(?: to {_NOBODY})?|assigned to {_NOBODY}"
         r"|without (?:an? )?(?:assignee|owner)|no (?:assignee|owner)"
         rf"|(?:that )?(?:nobody|no one) (?:has|owns|took|is working on|works on))",
         _always(assignee="nobody")),
    Rule(r"(?:assigned to|with|on the (?:plate|desk) of|for) me(?: to do)?",
         _always(assignee="me")),
    Rule(r"(?:requested|reported|opened|raised|created|filed) by me|of mine|mine|that i"
         r" (?:reported|opened|requested|raised|created|filed)", _always(requester="me")),
    Rule(r"(?:watched by me|(?:that )?i(?:'m| am)? (?:watch|watching|follow|following))",
         _always(watcher="me")),
    Rule(r"(?:without|with no|no|not in|in no)(?: an?| any)? team", _always(team="none")),
    Rule(rf"(?:assigned to|for|of|in|from|with|on|by|routed to|owned by) {_TEAM}(?: to do)?",
         _named("team")),
    Rule(_TEAM, _named("team")),
    Rule(rf"(?:assigned to|handled by|owned by|worked on by|with) {_PERSON}", _named("assignee")),
    Rule(rf"(?:requested|reported|opened|raised|created|filed) by {_PERSON}", _named("requester")),
    Rule(rf"(?:watched|followed) by {_PERSON}", _named("watcher")),
    Rule(r"(?:tagged|with (?:the )?tag) (?P<name>[\w-]+(?:=[\w.-]+)?)",
         lambda found, today: {"tags": [found["name"]]}),
    Rule(r"(?:the )?oldest(?: first)?", _always(sort="created")),
    Rule(r"(?:the )?(?:newest|latest|most recent)(?: first)?", _always(sort="-created")),
    Rule(r"(?:the )?most urgent(?: first)?", _always(sort="-priority")),
    Rule(r"still open|not (?:yet )?(?:closed|done|solved)|active|unresolved|outstanding",
         _always(status=["open"])),
    _one_of("priority", PRIORITY, r"(?:[- ]priority)?"),
    Rule(r"open", _always(status=["open"])),
    _one_of("status", TICKET_STATUS),
    Rule(r"all|every", _always(status=["any"])),
    Rule(r"private", _always(private=True)),
    Rule(rf"{SPAN}", _when("created", status=["any"])),
    Rule(rf"(?:by|from|of) {_PERSON}", _named("requester")),
    Rule(r"my", _always(requester="me")),
)  # fmt: skip

_MACHINES = (
    _groups(
        {
            "type": "type",
            "model": "model",
            "make": "make",
            "manufacturer": "make",
            "brand": "make",
            "status": "status",
            "holder": "holder",
            "person": "holder",
            "location": "location",
            "site": "location",
            "office": "location",
        }
    ),
    Rule(rf"(?:that |which |whose )?(?:are |is |will be |be |go |goes |going |run |runs |running )*"
         rf"(?:out of|losing|lose) (?:their )?(?:warranty|guarantee) {SPAN}", _when("warranty")),
    Rule(rf"(?:whose |with )?(?:warranty|guarantee)(?: that)? (?:ends|expires|runs out|ending"
         rf"|expiring|is over|will end)? ?{SPAN}", _when("warranty")),
    Rule(r"(?:that |which )?(?:are |is )?(?:out of|without|no longer under|not under|no|expired)"
         r" (?:warranty|guarantee)", _always(warranty="<today")),
    Rule(r"(?:that |which )?(?:are |is )?(?:still )?(?:under|in|with) (?:warranty|guarantee)",
         _always(warranty=">=today")),
    Rule(r"(?:that |which )?(?:are |is )?(?:overdue|not (?:been )?(?:returned|back)(?: yet)?)",
         _always(expected_back="<today")),
    Rule(rf"(?:that |which )?(?:are |is )?(?:due|expected|coming)(?: back)? {SPAN}",
         _when("expected_back")),
    Rule(r"(?:on loan|loaned|loaners?|lent out)", _always(expected_back=">=2000-01-01")),
    Rule(rf"(?:bought|purchased) {SPAN}", _when("purchased")),
    Rule(rf"(?:handed out|given out|issued) {SPAN}", _when("handed_out")),
    Rule(rf"(?:that )?(?:are |is )?(?:(?:assigned|given|issued|belonging) to {_NOBODY}"
         r"|without (?:an? |any )?(?:holder|owner|user|person)|with no (?:holder|owner|user)"
         r"|(?:nobody|no one) (?:has|uses|holds|owns)|unassigned"
         rf"|not assigned(?: to {_NOBODY})?)",
         _always(holder="nobody")),
    Rule(r"(?:assigned|given|issued|belonging|handed out) to me|mine|of mine|my",
         _always(holder="me")),
    Rule(rf"(?:assigned|given|issued|belonging|handed out) to {_PERSON}|(?:held|used|owned) by"
         rf" {_PERSON.replace('name', 'by')}",
         lambda found, today: {"holder": found["name"] or found["by"]}),
    Rule(r"(?:in|at|from|located in) (?:the )?(?P<name>[^\W\d_]{3,}) office",
         lambda found, today: {"location": found["name"]}),
    Rule(r"(?:the )?oldest(?: first)?", _always(sort="purchased")),
    Rule(r"(?:the )?newest(?: first)?", _always(sort="-purchased")),
    Rule(r"(?:the )?most (?:ram|memory)", _always(sort="-ram")),
)  # fmt: skip

_PEOPLE = (
    _groups({"department": "department", "role": "role", "location": "location"}),
    Rule(r"(?:who |that )?(?:without|ha(?:s|ve) no|have not got|with no|don't have|doesn't have)"
         r"(?: a| an| any)? (?:machine|laptop|computer|pc|desktop|device)s?",
         _always(machine="none")),
    Rule(rf"(?:in|of|on|belongs? to|works? (?:in|for)|part of|members? of) {_TEAM}",
         _named("team")),
    Rule(rf"{_TEAM} members?", _named("team")),
    Rule(r"(?:works? |working )?(?:in|from|of|for) (?:the )?(?P<name>[\w&/-]+(?: [\w&/-]+)?)"
         r" (?:department|dept)", _named("department")),
    Rule(rf"work(?:s|ing)? (?:in|at) (?:the )?{_FULL_NAME}", _named("department")),
    Rule(rf"(?:reports? to|works? for|under|managed by) {_FULL_NAME}", _named("manager")),
    Rule(r"technicians?|it staff", _always(role=["technician"])),
    Rule(r"admins?|administrators?", _always(role=["admin"])),
    Rule(r"(?:who )?(?:have |has )?left(?: the company)?|inactive|former", _always(active=False)),
)  # fmt: skip

_LOOKS_AFTER = (
    r"(?:who|which team) (?:fixes|handles|supports|repairs|maintains|looks after|takes care of"
    r"|deals with|is responsible for|do i (?:ask|contact|talk to)(?: about)?|can help(?: me)? with)"
)
_TEAMS = (
    Rule(
        rf"{_LOOKS_AFTER} (?:the |our |my )?(?P<name>.+?)(?: (?:problems?|issues?|stuff|things))?"
        r"(?=[?!. ]*$)",
        lambda found, today: {"words": found["name"]},
    ),
    Rule(rf"(?:of|with) {_FULL_NAME}(?: in it)?", _named("member")),
    Rule(rf"(?:is|does) {_FULL_NAME} (?:in|on|belong to)", _named("member")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A record type as sentences name it, its tool, and its rules in order."""

    tool: str
    nouns: str
    rules: tuple[Rule, ...]
    people: tuple[str, ...] = ()
    """Filters whose names are looked up as people first."""

    @property
    def named(self) -> re.Pattern[str]:
        return _compiled(f"(?:{self.nouns})")


KINDS = (
    Kind(
        "find_tickets",
        r"tickets?|issues?|requests?|incidents?|cases?|backlog|queue|workload"
        r"|(?:every|any)thing(?= (?:that is )?(?:assigned|reported|open))"
        r"|what(?:'s| is|s)?(?= (?:still |currently )?(?:open|unassigned|on hold|waiting|pending"
        r"|urgent))"
        r"|what did(?= .+ (?:close|resolve|solve|fix|finish)\b)",
        _TICKETS,
        ("assignee", "requester", "watcher"),
    ),
    Kind(
        "find_machines",
        r"machines?|computers?|pcs?|devices?|hardware|laptops?|notebooks?|desktops?|workstations?"
        r"|servers?|equipment",
        _MACHINES,
        ("holder",),
    ),
    Kind("find_teams", rf"teams|{_LOOKS_AFTER}", _TEAMS, ("member",)),
    Kind(
        "find_people",
        r"who|people|persons?|colleagues?|employees?|everyone|everybody|technicians?|admins?"
        r"|administrators?|staff|members|users",
        _PEOPLE,
        ("manager",),
    ),
)

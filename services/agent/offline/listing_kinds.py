"""The record types that can be listed: how sentences name them, and the rules of each."""

import re
from dataclasses import dataclass

from services.agent.offline.listing_rules import (
    FULL_NAME,
    Rule,
    always,
    for_longer,
    groups,
    matching,
    named,
    when,
    without,
)
from services.agent.offline.listing_tickets import MOST, PERSON, TEAM, TICKETS
from services.agent.offline.spans import LENGTH, SPAN

_MAKES = (
    r"(?:macbook|mac|thinkpad|latitude|precision|optiplex|elitebook|dell|lenovo|hp|apple|asus|acer"
    r"|surface|zbook|proliant|poweredge)"
)
_MACHINES = (
    groups(
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
         rf"(?:out of|losing|lose) (?:their )?(?:warranty|guarantee) {SPAN}", when("warranty")),
    Rule(rf"(?:whose |with )?(?:warranty|guarantee)(?: that)? (?:ends|expires|runs out|ending"
         rf"|expiring|is over|will end)? ?{SPAN}", when("warranty")),
    Rule(r"(?:that |which )?(?:are |is )?(?:out of|without|no longer under|not under|no|expired)"
         r" (?:warranty|guarantee)", always(warranty="<today")),
    Rule(r"(?:that |which )?(?:are |is )?(?:still )?(?:under|in|with) (?:warranty|guarantee)",
         always(warranty=">=today")),
    Rule(r"(?:that |which )?(?:are |is )?(?:overdue|not (?:been )?(?:returned|back)(?: yet)?)",
         always(expected_back="<today")),
    Rule(rf"(?:that |which )?(?:are |is )?(?:due|expected|coming|come|comes)(?: back)? {SPAN}",
         when("expected_back")),
    Rule(r"(?:that |which )?(?:run|running|runs|with|on|have|has) (?P<name>(?:windows|macos|linux"
         r"|ubuntu)(?: (?:server|\d{1,4}(?:\.\d{1,2})?))?)",
         lambda found, today: {"words": found["name"]}),
    Rule(rf"(?P<name>{_MAKES})s?", lambda found, today: {"words": found["name"]}),
    Rule(r"(?:loan(?:er)?|replacement)(?= (?:laptop|notebook|machine|computer)s?)", always()),
    Rule(rf"(?:that are |which are )?older than {LENGTH}", for_longer("purchased")),
    Rule(r"(?:on loan|loaned|loaners?|lent out)", always(expected_back=">=2000-01-01")),
    Rule(rf"(?:bought|purchased) {SPAN}", when("purchased")),
    Rule(rf"(?:handed out|given out|issued) {SPAN}", when("handed_out")),
    without("holder", "holder|owner|user|person", "has|uses|holds|owns"),
    Rule(r"(?:assigned|given|issued|belonging|handed out) to me|mine|of mine|my",
         always(holder="me")),
    Rule(rf"(?:assigned|given|issued|belonging|handed out) to {PERSON}|(?:held|used|owned) by"
         rf" {PERSON.replace('name', 'by')}",
         lambda found, today: {"holder": found["name"] or found["by"]}),
    Rule(r"(?:in|at|from|located in) (?:the )?(?P<name>[^\W\d_]{3,}) office",
         lambda found, today: {"location": found["name"]}),
    Rule(r"(?:the )?oldest(?: first)?", always(sort="purchased")),
    Rule(r"(?:the )?newest(?: first)?", always(sort="-purchased")),
    Rule(r"(?:the )?most (?:ram|memory)", always(sort="-ram")),
)  # fmt: skip

_PEOPLE = (
    Rule(r"(?:my|our)(?= (?:colleagues?|people|team|staff)\b)", always()),
    Rule(r"members? of (?:the )?(?P<name>[\w&/-]+(?: [\w&/-]+){0,4})(?=[?!. ]*$)", named("team")),
    groups({"department": "department", "role": "role", "location": "location"}),
    Rule(r"(?:who |that )?(?:without|ha(?:s|ve) no|have not got|with no|don't have|doesn't have)"
         r"(?: a| an| any)? (?:machine|laptop|computer|pc|desktop|device)s?",
         always(machine="none")),
    Rule(rf"(?:in|of|on|belongs? to|works? (?:in|for)|part of|members? of) {TEAM}",
         named("team")),
    Rule(rf"{TEAM} members?", named("team")),
    Rule(r"(?:works? |working )?(?:in|from|of|for) (?:the )?(?P<name>[\w&/-]+(?: [\w&/-]+)?)"
         r" (?:department|dept)", named("department")),
    Rule(rf"work(?:s|ing)? in (?:the )?(?!here\b){FULL_NAME}", named("department")),
    Rule(rf"(?:reports? to|works? for|under|managed by) {FULL_NAME}", named("manager")),
    Rule(r"technicians?|it staff", always(role=["technician"])),
    Rule(r"admins?|administrators?", always(role=["admin"])),
    Rule(r"(?:who )?(?:have |has )?left(?: the company| us)?|inactive|former",
         always(active="no")),
    Rule(r"(?:do )?(?:works? (?:here|for us)|we employ)", always()),
    Rule(r"(?:sits? |based |located |work(?:s|ing)? )?(?:in|at|from) (?:the )?"
         r"(?P<name>[^\W\d_]{3,})(?: office)?(?=[?!. ]*$)",
         lambda found, today: {"words": found["name"]}),
)  # fmt: skip

_LOOKS_AFTER = (
    r"(?:who(?:'s)?|which team) (?:fixes|handles|supports|repairs|maintains|looks after"
    r"|takes care of|deals with|(?:is )?(?:responsible for|in charge of)"
    r"|(?:do|should|can) i (?:ask|contact|call|write to|talk to|turn to)"
    r"(?: (?:about|for))?|can help(?: me)? with)"
)
_TEAMS = (
    Rule(
        rf"{_LOOKS_AFTER} (?:the |our |my )?(?P<name>.+?)(?: (?:problems?|issues?|stuff|things))?"
        r"(?=[?!. ]*$)",
        lambda found, today: {"words": found["name"]},
    ),
    Rule(rf"(?:of|with) {FULL_NAME}(?: in it)?", named("member")),
    Rule(rf"(?:(?:which|what) team )?(?:is|does) {FULL_NAME} (?:in|on|belong to|work in)",
         named("member")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A record type that people list: a pattern of their words for it, its find tool, and the rules
    that read filters, tried in order."""

    tool: str
    nouns: str
    rules: tuple[Rule, ...]
    people: tuple[str, ...] = ()
    """The filters whose values are names of people, which are looked up first."""

    @property
    def named(self) -> re.Pattern[str]:
        return matching(f"(?:{self.nouns})")


KINDS = (
    Kind(
        "find_tickets",
        r"tickets?|issues?|requests?|incidents?|cases?|backlog|queue|workload"
        r"|everything(?= (?:that )?i(?:'ve| have)? (?:asked|requested|reported|ordered|wanted)\b)"
        r"|(?:every|any)thing(?= (?:that is |that's )?(?:assigned|reported|open|about|older|on hold"
        r"|waiting|not (?:touched|updated|changed)|pending|overdue))"
        r"|(?:who|which team|which technician)(?= is (?:the )?(?:busiest|least busy))"
        r"|(?:busiest|least busy)(?= (?:team|technician|agent))"
        r"|what(?: else)?(?:'s| is|s)?(?: else)?(?= (?:still |currently )?(?:open|unassigned"
        r"|on hold|waiting|pending|urgent))"
        r"|(?:any|every)thing(?= (?:new|urgent|opened|created|closed|unassigned|changed|updated))"
        r"|what(?:'s| is)?(?= (?:new|came in|come in|arrived|(?:was |has been )?(?:reported|opened"
        r"|created|closed|changed|updated))\b)"
        r"|who(?= (?:has |have )?(?:closed|resolved|solved|fixed|has|have|opened|reported|raised"
        r"|created|filed|requested)(?: got)?"
        rf"{MOST} )"
        r"|what did(?= .+ (?:close|resolve|solve|fix|finish)\b)",
        TICKETS,
        ("assignee", "requester", "watcher"),
    ),
    Kind(
        "find_machines",
        r"machines?|computers?|pcs?|devices?|hardware|laptops?|notebooks?|desktops?|workstations?"
        r"|(?:any|every)thing(?= (?:available|in stock|on loan|free)\b)"
        r"|who has an?(?= (?!(?:\w+ )?tickets?\b))"
        rf"|servers?|equipment|loaners?|loans|{_MAKES}s|macbook|warrant(?:y|ies)(?= .+ing )",
        _MACHINES,
        ("holder",),
    ),
    Kind(
        "find_teams",
        rf"teams|(?:which|what) team(?= (?:is|does) )|{_LOOKS_AFTER}",
        _TEAMS,
        ("member",),
    ),
    Kind(
        "find_people",
        r"who(?:'s|'re)?|people|persons?|colleagues?|employees?|everyone|everybody|technicians?|admins?"
        r"|administrators?|staff|members|users",
        _PEOPLE,
        ("manager",),
    ),
)

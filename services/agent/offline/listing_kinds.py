"""The record types that can be listed: how sentences name them, and the rules of each."""

import re
from dataclasses import dataclass

from services.agent.offline.listing_rules import (
    END,
    FULL_NAME,
    NAME,
    STALE,
    Rule,
    always,
    for_longer,
    groups,
    matching,
    named,
    one_of,
    when,
    without,
)
from services.agent.offline.slots import PRIORITY, TICKET_STATUS
from services.agent.offline.spans import LENGTH, SPAN, length, span

_PERSON = rf"{NAME}{END}"
_TEAM = r"(?:the )?(?P<name>[\w&/-]+(?: (?!team)[\w&/-]+){0,3}?) team(?:'s)?"

_MOST = r"(?: the)? (?:most|fewest|least|more|fewer)"
_DONE = r"(?:closed|resolved|solved|fixed|finished)"
_CLOSE = r"(?:close|resolve|solve|fix|finish)"
_I_DID = r"(?:that )?(?:i|i've|i have|did i)"
_SORTED = r"(?:sorted|ordered|order|sort)(?: (?:it|them|these|those|this))? by (?:the )?"
_TICKETS = (
    Rule(
        r"(?:the )?(?:last|latest|newest|first|top) \d{1,2}(?= (?!hour|day|week|month|year))",
        always(sort="-created"),
    ),
    Rule(rf"{_SORTED}(?:priority|urgency)", always(sort="-priority")),
    Rule(rf"{_SORTED}(?:age|date|creation|created)", always(sort="created")),
    Rule(r"my (?:queue|workload|backlog)", always(assignee="me")),
    Rule(rf"{_I_DID} (?:{_DONE}|{_CLOSE}) {SPAN}",
         when("closed", assignee="me", status=["Closed"])),
    Rule(rf"{_I_DID} (?:{_DONE}|{_CLOSE})", always(assignee="me", status=["Closed"])),
    Rule(rf"(?:have |did )?(?:we|you|they) (?:{_DONE}|{_CLOSE}) {SPAN}",
         when("closed", status=["Closed"])),
    Rule(rf"who (?:has )?{_DONE}{_MOST}(?= )",
         always(group_by=["assignee"], status=["Closed"])),
    Rule(rf"who (?:has )?(?:opened|reported|raised|created|filed|requested){_MOST}(?= )",
         always(group_by=["requester"], status=["any"])),
    Rule(rf"(?:who|which (?:technician|agent|assignee)) ha(?:s|ve)(?: got)?{_MOST}(?= )",
         always(group_by=["assignee"])),
    Rule(r"(?:who is|which (?:technician|agent) is)(?: the)? (?:busiest|least busy)|"
         r"(?:the )?(?:busiest|least busy) (?:technician|agent|person)",
         always(group_by=["assignee"])),
    Rule(rf"(?:which|what) (?P<name>team|priority|status|requester)s? ha(?:s|ve){_MOST}(?= )"
         r"|(?:the )?(?:busiest|least busy) (?P<busy>team)|which (?P<is>team) is(?: the)? busiest",
         lambda found, today: {
             "group_by": [(found["name"] or found["busy"] or found["is"]).lower()]}),
    Rule(rf"{_DONE} (?:tickets?|issues?|requests?) {SPAN}", when("closed", status=["Closed"])),
    Rule(
        r"(?:is|are|was|were|has|have) my (?:tickets?|issues?|requests?|problems?)(?: been| all)*"
        r" (?:done|closed|solved|fixed|ready|finished|answered|resolved)(?: yet| already| now)?",
        always(requester="me", status=["any"]),
    ),
    Rule(r"(?:about|regarding|concerning|mention(?:ing|s)?|containing|related to|with the words?)"
         r" (?P<name>.+?)(?=,? (?:from|in|since|this|last|created|closed|that|which|by|per"
         r"|sorted)\b|[?!. ]*$)", lambda found, today: {"words": found["name"].strip(" ?!.")}),
    groups(
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
    Rule(rf"(?:(?:that|which) )?(?:have |has |were |are )?{STALE} (?:for|in|since)?"
         rf" ?(?:more than |over |at least )?(?:the last )?{LENGTH}", for_longer("changed")),
    Rule(STALE, always(changed=">7d")),
    Rule(rf"(?:that are |which are )?(?:older than|open for(?: more than| over)?) {LENGTH}",
         for_longer("created")),
    Rule(rf"(?:that are |which are |been )*(?P<status>on hold|waiting|pending)"
         rf" (?:for|since)(?: more than| over| longer than| at least)? {LENGTH}",
         lambda found, today: {"status": [TICKET_STATUS[found["status"].lower()]],
                               "changed": f">{length(found)}"}),
    Rule(r"(?:that )?i(?:'ve| have)? (?:asked for|requested|reported|ordered|wanted)"
         r"|(?:did|have) i (?:open|report|raise|create|file|submit|log|request|order)(?:ed|d|ted)?",
         always(requester="me", status=["any"])),
    Rule(rf"{_DONE} by {NAME} {SPAN}",
         lambda found, today: {"assignee": found["name"], "status": ["Closed"],
                               "closed": span(found, today)}),
    Rule(rf"{_DONE} by {_PERSON}",
         named("assignee", status=["Closed"])),
    Rule(rf"did {FULL_NAME} {_CLOSE} {SPAN}",
         lambda found, today: {"assignee": found["name"], "status": ["Closed"],
                               "closed": span(found, today)}),
    Rule(rf"did {FULL_NAME} {_CLOSE}", named("assignee", status=["Closed"])),
    Rule(rf"(?:do|does) {FULL_NAME} (?:have|got)(?: any)?", named("requester")),
    Rule(r"(?:waiting|pending)(?: for| on) (?:an? |the )?(?:answer|reply|response|feedback"
         r"|customers?|requesters?|users?|vendors?|suppliers?|parts?|somebody|someone)",
         always(status=["Awaiting"])),
    Rule(r"(?:tagged|with (?:the |an? )?tag) (?P<name>[\w-]+(?:=[\w.-]+)?)",
         lambda found, today: {"tags": [found["name"]]}),
    Rule(rf"{_DONE} {SPAN}", when("closed", status=["Closed"])),
    Rule(rf"(?:changed|updated|touched|modified) {SPAN}", when("changed")),
    Rule(rf"(?:created|opened|reported|raised|filed|logged|made|new|came in|come in"
         rf"|(?:has |have )?arrived)(?: were| was)? {SPAN}", when("created", status=["any"])),
    Rule(r"orphaned|unclaimed", always(assignee="nobody")),
    without("assignee", "assignee|owner", "has|owns|took|is working on|works on"),
    Rule(r"(?:waiting|pending)(?: for| on) me(?: (?:today|now|right now|this week))?"
         r"|on my (?:plate|desk|list)(?: (?:today|now|right now|this week))?",
         always(assignee="me")),
    Rule(r"(?:assigned to|with|on the (?:plate|desk) of|for) me(?: to do)?",
         always(assignee="me")),
    Rule(r"(?:requested|reported|opened|raised|created|filed) by me|of mine|mine|that i"
         r" (?:reported|opened|requested|raised|created|filed)", always(requester="me")),
    Rule(r"(?:watched by me|(?:that )?i(?:'m| am)? (?:watch|watching|follow|following))",
         always(watcher="me")),
    Rule(r"(?:without|with no|no|not in|in no)(?: an?| any)? team", always(team="none")),
    Rule(rf"(?:assigned to|for|of|in|from|with|on|by|routed to|owned by) {_TEAM}(?: to do)?",
         named("team")),
    Rule(_TEAM, named("team")),
    Rule(rf"(?:assigned to|handled by|owned by|worked on by|with) {_PERSON}", named("assignee")),
    Rule(rf"(?:requested|reported|opened|raised|created|filed) by {_PERSON}", named("requester")),
    Rule(rf"(?:watched|followed) by {_PERSON}", named("watcher")),
    Rule(r"(?:the )?oldest(?: first)?|(?:(?:has|have) been )?(?:waiting|open)(?: the)? longest",
         always(sort="created")),
    Rule(r"(?:the )?(?:newest|latest|most recent)(?: first)?", always(sort="-created")),
    Rule(r"(?:the )?most urgent(?: first)?", always(sort="-priority")),
    Rule(r"still open|not (?:yet )?(?:closed|done|solved)|active|unresolved|outstanding",
         always(status=["open"])),
    one_of("priority", PRIORITY, r"(?:[- ]priority)?"),
    Rule(r"open", always(status=["open"])),
    one_of("status", TICKET_STATUS),
    Rule(r"all|every", always(status=["any"])),
    Rule(r"private", always(private=True)),
    Rule(rf"{SPAN}", when("created", status=["any"])),
    Rule(rf"(?:by|from|of) {_PERSON}", named("requester")),
    Rule(r"my", always(requester="me")),
)  # fmt: skip

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
    Rule(rf"(?:assigned|given|issued|belonging|handed out) to {_PERSON}|(?:held|used|owned) by"
         rf" {_PERSON.replace('name', 'by')}",
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
    Rule(rf"(?:in|of|on|belongs? to|works? (?:in|for)|part of|members? of) {_TEAM}",
         named("team")),
    Rule(rf"{_TEAM} members?", named("team")),
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
        rf"{_MOST} )"
        r"|what did(?= .+ (?:close|resolve|solve|fix|finish)\b)",
        _TICKETS,
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

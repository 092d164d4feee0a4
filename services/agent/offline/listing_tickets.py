"""Rules that turn words into filters of a list of tickets."""

from services.agent.offline.listing_rules import (
    END,
    FULL_NAME,
    NAME,
    STALE,
    Rule,
    always,
    for_longer,
    groups,
    named,
    one_of,
    when,
    without,
)
from services.agent.offline.slots import PRIORITY, TICKET_STATUS
from services.agent.offline.spans import LENGTH, SPAN, length, span

PERSON = rf"{NAME}{END}"
TEAM = r"(?:the )?(?P<name>[\w&/-]+(?: (?!team)[\w&/-]+){0,3}?) team(?:'s)?"

MOST = r"(?: the)? (?:most|fewest|least|more|fewer)"
_DONE = r"(?:closed|resolved|solved|fixed|finished)"
_CLOSE = r"(?:close|resolve|solve|fix|finish)"
_I_DID = r"(?:that )?(?:i|i've|i have|did i)"
_SORTED = r"(?:sorted|ordered|order|sort)(?: (?:it|them|these|those|this))? by (?:the )?"
TICKETS = (
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
    Rule(rf"who (?:has )?{_DONE}{MOST}(?= )",
         always(group_by=["assignee"], status=["Closed"])),
    Rule(rf"who (?:has )?(?:opened|reported|raised|created|filed|requested){MOST}(?= )",
         always(group_by=["requester"], status=["any"])),
    Rule(rf"(?:who|which (?:technician|agent|assignee)) ha(?:s|ve)(?: got)?{MOST}(?= )",
         always(group_by=["assignee"])),
    Rule(r"(?:who is|which (?:technician|agent) is)(?: the)? (?:busiest|least busy)|"
         r"(?:the )?(?:busiest|least busy) (?:technician|agent|person)",
         always(group_by=["assignee"])),
    Rule(rf"(?:which|what) (?P<name>team|priority|status|requester)s? ha(?:s|ve){MOST}(?= )"
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
    Rule(rf"{_DONE} by {PERSON}",
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
    Rule(rf"(?:also|even|plus|including)(?: the| all)* {_DONE}(?: ones)?",
         always(status=["any"])),
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
    Rule(rf"(?:assigned to|for|of|in|from|with|on|by|routed to|owned by) {TEAM}(?: to do)?",
         named("team")),
    Rule(TEAM, named("team")),
    Rule(rf"(?:assigned to|handled by|owned by|worked on by|with) {PERSON}", named("assignee")),
    Rule(rf"(?:requested|reported|opened|raised|created|filed) by {PERSON}", named("requester")),
    Rule(rf"(?:watched|followed) by {PERSON}", named("watcher")),
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
    Rule(rf"(?:by|from|of) {PERSON}", named("requester")),
    Rule(r"my", always(requester="me")),
)  # fmt: skip

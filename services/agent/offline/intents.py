"""The table of intents: which words call for which plan. A new intent is one new entry."""

import re
from dataclasses import dataclass

from services.agent.offline import plans_read as read
from services.agent.offline import plans_write as write
from services.agent.offline.memory import PREFIXES
from services.agent.offline.plan import Planner
from services.agent.offline.slots import PRIORITY, TICKET_STATUS

_ID = rf"(?:{'|'.join(PREFIXES)})-\d+"
_THE_TICKET = (
    r"(?:it|this|that|both|(?:this|that|the|the last|the new) (?:ticket|issue|request|one))"
)
_THE_RECORD = (
    r"(?:it|this|that|them|her|him|both|(?:this|that|the|the last) (?:ticket|issue|request|one"
    r"|machine|laptop|computer|desktop|server|device|person|user|colleague|team|note|tag|record))"
)


def _list_of(one: str) -> str:
    return rf"{one}(?:(?:,| and| &|, and) {one})*"


def _any_of(words: object) -> str:
    """The longest first, so that “on hold” is not read as “on”."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]


_PARTS = {
    # Words that may open a request, in any number and order.
    "show": r"(?:(?:show|list|display|give|tell|get|see|find|fetch|pull|look|up|search|check|view|read"
    r"|bring|what|what's|whats|which|where|where's|how|many|is|are|was|do|does|have|you|we|there|any"
    r"|all|me|us|the|a|an|of|about|on|some|every|current|overview|know|info|information|details?"
    r"|latest|recent) )*",
    "end": r"(?: (?:there|are|do|we|you|have|exist|is|now|today|currently|at|the|moment|in|system|here"
    r"|again|all|list|desk|company|got|overview))*",
    "that": r"(?: (?:that|which|who|are|is|were|was|have|has|had|been|do|does|did|with|in|the|status"
    r"|currently|now|being|set|to|still|marked|as))*",
    "every": r"(?P<every>(?:all|every) (?:of )?)?",
    "status": rf"(?P<status>not closed|active|any|{_any_of(TICKET_STATUS)})",
    "priority": rf"(?P<priority>{_any_of(PRIORITY)})",
    "tickets": r"(?:tickets?|issues?|requests?|incidents?|cases?)",
    "machines": r"(?:laptops?|notebooks?|desktops?|servers?|machines?|computers?|pcs?|workstations?"
    r"|devices?|hardware|equipment)",
    "person": r"(?P<person>(?!i\b|you\b|we\b|a\b|an\b|it\b)[^\s:?][^:?\n]{0,79}?)",
    "ticket": rf"(?P<ticket>{_list_of(_ID)}|{_THE_TICKET})",
    "record": rf"(?P<record>{_list_of(_ID)}|{_THE_RECORD})",
    "noted": rf"(?P<record>{_ID}|{_THE_RECORD}|[^\s:][^:\n]{{0,79}}?)",
    "ids": rf"(?P<ids>{_list_of(_ID)}|{_THE_RECORD})",
    "id": _ID,
    "note": r"(?P<internal>internal |private )?(?:short |quick )?(?:note|comment|remark)",
    "did": r"(?:report|request|open|create|file|raise|log|submit|made|make)(?:ed|d|ted)?",
}


def _compiled(template: str) -> re.Pattern[str]:
    """A pattern with the parts in the place of their names in braces."""
    filled = re.sub(r"\{([a-z]+)\}", lambda found: _PARTS[found[1]], template)
    return re.compile(filled, re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Intent:
    """A plan, the sentence that the help shows for it, and the patterns that lead to it."""

    example: str
    plan: Planner
    patterns: tuple[re.Pattern[str], ...]


def _intent(example: str, plan: Planner, *templates: str) -> Intent:
    return Intent(example, plan, tuple(_compiled(each) for each in templates))


INTENTS = (
    _intent(
        "what time is it",
        read.current_time,
        r"{show}(?:local |exact )?(?:date|time|day)(?: (?:and|or) (?:the )?(?:date|time|day))?"
        r"(?: (?:is|it|today|now|here|right|currently|we|have|do|of|month|week|on))*",
        r"{show}today(?:'s (?:date|day))?",
    ),
    _intent(
        "open a ticket: VPN drops every hour",
        write.create_ticket,
        r"(?:open|create|file|log|raise|make|submit|start|add|new|write|report|register|i need|i want"
        r"|need|want|have)(?: up)?(?: me)?(?: an?| the| new| another| my)*(?: {priority}(?: priority)?)?"
        r" (?:ticket|issue|request|incident|problem|case)(?!s|\w| (?:with|by|from) id)(?P<rest>.*)",
        r"(?:{priority}(?: priority)? )?(?:new )?(?:ticket|problem|incident|issue) ?(?P<rest>[:–—-].+)",
        r"report (?:that )?(?P<rest>[:–—-] ?.+|.{12,})",
    ),
    _intent(
        "add a note to TKT-12: swapped the dock",
        write.add_note,
        r"(?:add|leave|write|put|attach|make|post|append|drop|take)(?: (?:a|an|this|the|another|new))*"
        r" {note} (?:to|on|for|in|at|onto|about) {noted}"
        r"(?: ?[:,–—]| -| that says| saying)\s*(?P<text>.+)",
        r"(?:add|leave|write|put|attach|make|post|append)(?: (?:a|an|this|the|another|new))*"
        r" {note} (?:to|on|for|in|at|onto|about) (?P<record>{id}|it|this|that) (?P<text>\S.+)",
        r"(?:add|leave|write|put|attach|make|post|append)(?: (?:a|an|this|the|another|new))*"
        r" {note} (?:to|on|for|in|at|onto|about) {noted}(?P<text>)",
        r"(?:add|leave|write|put|attach|make|post|append)(?: (?:a|an|this|the|another|new))*"
        r" {note} ?[:,–—-]\s*(?P<text>.+)",
        r"(?:(?:add|leave|write|put|attach|post|append) )(?P<text>['\"].+['\"]) (?:as (?:a|an) {note}"
        r" )?(?:to|on|onto) {record}(?: as (?:a|an) note)?",
        r"(?:(?:an?|new|another) )*{note}(?: (?:to|on|for|about) {noted})? ?[:–—]\s*(?P<text>.+)",
        r"(?:note|comment)(?: (?P<record>{id}))?: ?(?P<text>.+)",
        r"comment (?:on|to) {noted}(?: ?[:,–—]| -)\s*(?P<text>.+)",
        r"(?:add|append) (?:to|on) {record} ?[:–—]\s*(?P<text>.+)",
        r"{record} (?P<internal>internal )?(?:note|comment) ?[:–—]\s*(?P<text>.+)",
    ),
    _intent(
        "notes on TKT-12",
        read.read_notes,
        r"{show}(?:notes?|comments?|remarks?|history)(?: (?:is|are|was|were|there|left|written|do|does"
        r"|we|have|attached|saved))* (?:on|of|for|to|about|from|in|at|with) {noted}(?: have)?{end}",
        r"{show}{record}(?:'s|')? (?:notes?|comments?|history)",
        r"{show}(?:its|their|his|her|these|those)? ?(?:notes|comments)(?: again)?",
        r"(?:what|anything)(?: (?:was|is|has|has been|been|did (?:they|people|we)))* (?:noted|written"
        r"|commented|write|note|said) (?:on|about|for|down on|to) {noted}",
        r"does {record} have (?:any )?(?:notes|comments)",
    ),
    _intent(
        "assign TKT-12 to Daniel Okafor",
        write.assign,
        r"(?:re-?assign|assign|give|hand|pass|transfer|delegate|route|move)(?: over)? {ticket}"
        r"(?: over)? to (?!nobody|no one|none|on hold|hold|{status}$){person}",
        r"(?:assign|give) (?P<person>me|him|her|USR-\d+) (?:to )?{ticket}",
        r"assign {person} (?:to|as (?:the )?assignee (?:of|to|for)) {ticket}",
        r"(?:i'll|i will|i am going to|i'm going to)? ?(?:take|grab|own|claim|pick up)(?: over)? {ticket}",
        r"(?:make|set) {person} (?:as )?(?:the )?assignee (?:of|on|for) {ticket}",
        r"(?:set|change|make)(?: the)? (?:assignee|owner) (?:of|on|for) {ticket} (?:to|as) {person}",
        r"(?:set|change) {ticket}(?:'s)? (?:assignee|owner) to {person}",
        r"{ticket} (?:goes|should go) to {person}",
    ),
    _intent(
        "",
        write.unassign,
        r"(?:un-?assign|release|free up|drop) {ticket}(?: from .+)?",
        r"(?:remove|clear|delete|unset|take off|drop)(?: the)? (?:assignee|owner)"
        r"(?: (?:of|from|on|for|off) {ticket})?",
        r"(?:remove|take|drop) .{1,60} (?:off|from|off of) {ticket}",
        r"(?:assign|give|set) {ticket} to (?:nobody|no one|noone|none)",
        r"set(?: the)? assignee of {ticket} to (?:nobody|no one|none)",
        r"nobody should (?:have|work on) {ticket}",
    ),
    _intent(
        "set the priority of TKT-12 to high",
        write.set_priority,
        r"(?:set|change|raise|lower|bump|make|increase|decrease|put|update|mark|flag)(?: up| down)?"
        r"(?: the)?(?: priority)?(?: of| on| for)? ?{ticket}(?:'s)?(?: priority)?"
        r"(?: (?:to|as|at|a|on))* {priority}(?:[ -]priority)?",
        r"{ticket} (?:is|should be|has)(?: of| now)? {priority}(?: priority)?",
        r"(?:set|change)(?: the)? priority to {priority} (?:for|on|of) {ticket}",
        r"{priority} priority (?:for|on|to) {ticket}",
        r"(?:set|change)(?: the)? priority to {priority}",
    ),
    _intent(
        "close TKT-12",
        write.set_status,
        r"(?P<verb>close|resolve|finish|complete|solve|reopen|re-open|hold|pause|park) {ticket}"
        r"(?: (?:again|now|out|as (?:done|resolved|fixed|closed)))?",
        r"(?:put|place|set|mark|move|change|switch|turn|update|flag|keep|make)(?: the)?(?: status)?"
        r"(?: of| for| on)? ?{ticket}(?:'s)?(?: status)?(?: back)?(?: (?:to|as|on|in|into|be))*?"
        r" {status}(?: again| status)?",
        r"(?:put|set|mark)(?: on)? {status} {ticket}",
        r"(?:set|change)(?: the)? status (?:to|as) {status} (?:for|on|of) {ticket}",
        r"(?:set|change)(?: the)? status to {status}",
        r"{ticket} (?:can be|should be|may be|is now|to|is)(?: set to| put)? (?P<status>closed|resolved"
        r"|done|fixed|solved|on hold|finished)(?: now)?",
        r"(?P<verb>close|resolve|reopen|hold|pause) (?P<ticket>{id}) (?:ticket|please)",
        r"(?:i'm|i am|we're|we are) (?P<status>done|finished) with {ticket}",
    ),
    _intent(
        "rename TKT-12 to Dock loses the second screen",
        write.rename,
        r"(?:rename|retitle|re-title|call|title) {ticket}(?: to| as|:)? (?P<name>.+)",
        r"(?:set|change|update|edit)(?: the)? (?:name|title|subject) (?:of|on|for) {ticket}"
        r"(?: to|:| as) (?P<name>.+)",
        r"(?:set|change|update) {ticket}(?:'s)? (?:name|title|subject)(?: to|:) (?P<name>.+)",
        r"change(?: the)? (?:name|title) to (?P<name>.+)",
    ),
    _intent(
        "",
        write.describe,
        r"(?:set|change|update|edit|replace)(?: the)? description (?:of|on|for) {ticket}"
        r"(?: to|:| with)\s*(?P<text>.+)",
        r"(?:set|change|update) {ticket}(?:'s)? description(?: to|:)\s*(?P<text>.+)",
        r"describe {ticket}(?: as|:)\s*(?P<text>.+)",
    ),
    _intent(
        "tickets assigned to me",
        read.tickets_assigned_to_me,
        r"{show}{every}(?:the )?(?:my )?(?:{status} )?{tickets}{that} (?:assigned to me|i'm assigned(?: to)?"
        r"|i am assigned(?: to)?|i have to do|i'm working on|i am working on|i work on|on me|with me"
        r"|on my (?:plate|desk|list)|(?:in )?my queue){end}",
        r"{show}{every}(?:in )?my (?:{status} )?(?:queue|assignments?|work|workload|to-?dos?|todo list"
        r"|to-do list|tasks?|backlog|worklist|assigned {tickets}){end}",
        r"what am i (?:currently )?(?:working on|assigned(?: to)?|doing|responsible for)(?: .*)?",
        r"{show}(?:anything )?(?:on my (?:plate|desk|list)|assigned to me|in my queue|waiting for me)",
        r"what (?:should|must|do) i (?:have to )?(?:work on|do)(?: next| now| today)?",
    ),
    _intent(
        "my open tickets",
        read.my_tickets,
        r"{show}{every}(?:the )?(?:status of )?my (?:own )?(?:{status} )?{tickets}{end}",
        r"{show}{every}my {tickets}{that} {status}{end}",
        r"{show}{every}(?:{status} )?{tickets}{that} (?:of mine|mine|from me|by me)",
        r"{show}{every}(?:{status} )?{tickets}{that} (?:i|i've)(?: (?:have|had))? (?:{did}|have|got)"
        r"(?: (?:open|so far|reported|requested|opened|created))*",
        r"{show}{every}(?:{status} )?{tickets}{that} {did} by me",
        r"(?:do|have) i (?:have|got)?(?: any| some| an?)? ?(?:{status} )?{tickets}{end}",
        r"(?:what|anything)(?: have| did| had)? i(?:'ve)? (?:have )?{did}(?: so far)?",
    ),
    _intent(
        "what laptop do I have",
        read.my_machines,
        r"{show}my (?:own |work |assigned |company |office )*{machines}(?: (?:is|details?|specs?|info|id"
        r"|called|name|again))*{end}",
        r"{show}{machines}(?: (?:that|which|do|did|are|is|am|have|has|been|belongs?|to))*"
        r" (?:i|i've|i'm|mine|my)(?: (?:have|got|own|use|using|am|been|assigned|given|mine|with|on"
        r"|currently|now))*",
        r"{show}{machines}{that} (?:assigned|given|allocated|belonging|belong|belongs|issued|registered)"
        r" to me",
        r"(?:do|have) i (?:have|own|use|got)(?: a| an| any)? {machines}{end}",
        r"what (?:am i (?:using|working with)|do i (?:have|use)(?: at work)?)",
        r"{machines} of mine",
    ),
    _intent(
        "what machines does Priya have",
        read.machines_of,
        r"{show}{machines}(?: (?:do|does|did|is|has|are))* {person} (?:have|has|got|use|uses|using|own"
        r"|owns|assigned|work with|work on)(?: (?:assigned|to|got|now|currently|at|work|with|on))*",
        r"{show}{person}(?:'s|') (?:own |work |current |assigned )*{machines}{end}",
        r"{show}(?P<person>his|her|their) (?:own |work |current |assigned )*{machines}{end}",
        r"{show}{machines}{that} (?:assigned to|of|belonging to|belong to|belongs to|used by|owned by"
        r"|given to|issued to|for) {person}",
        r"{show}does {person} (?:have|use|own)(?: an?| any| some)? {machines}{end}",
        r"what does {person} (?:use|work with|have)",
        r"what is {person} using",
    ),
    _intent(
        "tickets on hold",
        read.list_tickets,
        r"{show}{every}(?:the )?(?:{status} )?(?P<nobody>unassigned|orphaned|unclaimed) {tickets}{end}",
        r"{show}{every}(?:{status} )?{tickets}{that} (?P<nobody>unassigned|unclaimed|(?:nobody|no one)"
        r" (?:has|owns|took|is working on|works on)|without (?:an )?(?:assignee|owner)|no (?:assignee"
        r"|owner)|not assigned(?: to (?:anyone|anybody))?|assigned to (?:nobody|no one))",
        r"{show}{every}(?:{status} )?{tickets}(?: (?:of|for|in|from|with|assigned to|the|team))*"
        r" (?P<team>TEAM-\d+){end}",
        r"{show}{every}(?:{status} )?(?P<team>TEAM-\d+)(?:'s)? {tickets}",
        r"{show}{every}(?:the )?(?:{status} )?{tickets}{end}",
        r"{show}{every}{tickets}{that} {status}{end}",
        r"what(?:'s| is) {status}",
    ),
    _intent(
        "tickets assigned to Daniel",
        read.tickets_assigned_to,
        r"{show}{every}(?:{status} )?{tickets}{that} (?:assigned to|owned by|handled by|worked on by"
        r"|being worked on by|on the desk of|in the queue of) {person}",
        r"{show}{every}(?:{status} )?{tickets}(?: is| does)? {person} (?:is |are )?(?:working|works?) on",
        r"what is {person} (?:working on|doing|assigned(?: to)?)",
        r"{show}{person}(?:'s|') (?:queue|workload|assigned {tickets}|assignments|backlog|tasks)",
        r"{show}(?:assigned to|the queue of|queue of) {person}",
        r"what does {person} work on",
    ),
    _intent(
        "",
        read.tickets_requested_by,
        r"{show}{every}(?:{status} )?{tickets}{that} {did} (?:by|from) {person}",
        r"{show}{every}(?:{status} )?{tickets}{that} {person} (?:has |have )?{did}",
        r"what (?:has|did) {person} {did}",
    ),
    _intent(
        "",
        read.tickets_of,
        r"{show}{every}{person}(?:'s|') (?:{status} )?{tickets}{end}",
        r"{show}{every}(?P<person>his|her|their) (?:{status} )?{tickets}{end}",
        r"{show}{every}(?:{status} )?{tickets}{that} (?:of|from|by) {person}",
        r"{show}(?:{status} )?{tickets} (?:does|do) {person} have",
    ),
    _intent(
        "tickets about vpn",
        read.search_tickets,
        r"{show}(?:for )?(?:similar )?(?:tickets?|issues?|requests?|incidents?|cases?"
        r"|problems?){that}(?: (?:mentioning|mention|mentions|containing|say|saying))?"
        r" ?(?:about|on|for|regarding|concerning|around|related to|mentioning|containing|matching|like"
        r"|:|mention|with the words?|with) ?(?P<words>[^\n]+)",
        r"(?:search|find|look)(?: for| in| through| up)? tickets? (?P<words>[^\n]+)",
        r"(?:has|did) (?:anyone|anybody|someone) (?:else )?(?:reported?|complained? about|had?"
        r"|mention(?:ed)?)(?: problems? with| trouble with)? (?P<words>[^\n]+)",
        r"(?:search|find|look)(?: for| in| through)? (?P<words>[^\n]+) (?:in|among) (?:the |all )?tickets",
        r"{show}(?P<words>\S+(?: \S+)?) (?:tickets|issues|problems)",
    ),
    _intent(
        "TKT-12",
        read.show_records,
        r"(?:(?:show|list|display|give|tell|get|see|find|fetch|pull|look|up|search|check|view|read|bring"
        r"|open|what|what's|whats|how|how's|who|who's|is|are|was|has|have|do|does|you|me|us|the|of|about"
        r"|on|with|for|status|state|details?|info|information|more|card|record|history|progress|update"
        r"|news|any|ticket|machine|person|user|team|note|tag|laptop|computer|everything|out|in|assigned"
        r"|to|working|owns|handles|uses|using|members|when|where|where's|happened|happening|doing|stand"
        r"|stands|at|going|a|an|current|please|to|know|full|say|says) )*{ids}(?:'s)?"
        r"(?: (?:status|details?|info|assigned|to|now|about|progress|going|doing|card|please|again|state"
        r"|stand|standing|at|is|closed|open|done|resolved|on|hold|in|full|for|me|members|history|say|says"
        r"|still|with|mean|yet))*",
        r"(?P<ids>its) (?:status|details|state)",
    ),
    _intent(
        "laptops with 32 GB",
        read.search_machines,
        r"{show}(?:for )?(?:[\w.+-]+ ){0,6}?(?:laptops|notebooks|desktops|servers|machines|computers|pcs"
        r"|workstations|devices)(?: (?:with|that|which|have|having|has|are|is|in|on|under|from|made"
        r"|by|running|called|named|like|matching|available|free|of|there|and|or|do|we|ssd|hdd)\b.*)?",
        r"{show}(?:for )?(?:an? )?(?:[\w.+-]+ ){0,6}?(?:laptop|notebook|desktop|server|machine|computer|pc"
        r"|workstation|device)(?: (?:with|that has|having|called|named|like|from|available|free)\b.*)?",
        r"(?:search|find)(?: for)? (?:hardware|machines?|laptops?|desktops?|servers?)[ :].+",
        r"{show}(?:the )?hardware (?:with|in|that|from)\b.*",
    ),
    _intent(
        "",
        read.who_am_i,
        r"who am i|what(?:'s| is) my (?:name|id|email|department|role)|my (?:id|card)",
    ),
    _intent(
        "who is Priya",
        read.search_people,
        r"(?:tell me |do you know )?who(?:'s| is| are|s)? (?:the )?{person}",
        r"{show}(?:for )?(?:person|people|users?|colleagues?|employees?|staff|someone|somebody|anyone"
        r"|anybody)(?: (?:named|called|with the name|with name|with email|like|by the name of))? {person}",
        r"{show}{person}(?:'s|') (?:e-?mail|mail|address|e-?mail address|contact|department|id|card"
        r"|details?|profile|role)(?: address)?{end}",
        r"{show}(?:e-?mail|mail|contact|department|profile|id)(?: address| details?)? (?:of|for) {person}",
        r"(?:show|find|look up|search|search for|get)? ?(?P<person>[\w.+-]+@[\w.-]+\w)",
        r"(?:(?:which|what) department|where) (?:is|does) {person}(?: work)?(?: in)?",
        r"how (?:can|do) i (?:reach|contact|email) {person}",
        r"(?:contact|reach) {person}",
    ),
    _intent(
        "more",
        read.more,
        r"(?:show |see |list |give )?(?:me )?(?:the )?(?:more|next(?: page| ones?)?|next \d+|the rest"
        r"|go on|continue|further)(?: of (?:them|it|those|the list))?",
        r"(?:what|any|are there|is there)(?: are| is)? (?:any )?(?:more|others?|the others)",
    ),
)
"""Tried in this order; the first that fits the whole sentence is taken."""

GUESSES = (
    _intent(
        "",
        read.find_anything,
        r"(?:find|search|search for|look up|look for|show|show me|where is|tell me about|get|what is"
        r"|what's|about|info on|information on|do you know|what about|locate|details of|status of)"
        r" (?:me )?(?:the )?(?P<words>[^\n]{1,80})",
        r"(?P<words>[A-Z]{2,4}-[\w-]*\d[\w-]*)",
    ),
)
"""So wide that they are tried only when nothing else fits."""

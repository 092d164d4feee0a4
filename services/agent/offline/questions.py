"""The intents that look something up: patterns of sentences, and the plan for each."""

from services.agent.offline import plans_read as read
from services.agent.offline.patterns import intent
from services.agent.offline.questions_progress import PROGRESS

_LIST = r"{show}(?:{status} )?{tickets}"
_OWN = r"(?:own |work |current |assigned |company |office )*"
_ANY_MACHINES = (
    r"(?!.*\b(?:my|i|i'm|your|not|broken|slow|problems?|won't|doesn't|can't)\b)"
    r"{show}(?:for )?(?:[\w.+-]+ ){0,6}?"
)

_FACTS = (
    r"(?:specs?|specifications?|ram|memory|storage|disk|ssd|hdd|drive|serial(?: n(?:umber|o|r)\.?)?"
    r"|warranty|guarantee|model|make|graphics(?: card)?|gpu|processor|cpu|name|id|number|age|old"
    r"|details?|handed out|issued|bought|purchased)"
)
_MINE = (
    r"(?:laptop|notebook|desktop|machine|computer|pc|workstation|device|mac(?:book)?|thinkpad)s?"
)
QUESTIONS = (
    intent(
        "is my laptop under warranty",
        read.my_machine_facts,
        rf"(?:what|which|how|when|is|does|do|has|have|until when|{_FACTS})[^\n]{{0,60}}? my {_MINE}"
        rf"(?:'s)?(?: [^\n]{{0,40}})?\b{_FACTS}(?: .{{0,30}})?",
        rf"(?:how|when|which|what|{_FACTS})\b[^\n]{{0,40}}?\b{_FACTS}\b"
        rf"[^\n]{{0,30}}\bmy {_MINE}(?: (?:have|has|got|end|ends|expire|expires|back))*",
        rf"(?:what(?:'s| is)|when does|until when is|show|tell me)(?: me)? my {_FACTS}"
        r"(?: .{0,30})?",
        rf"(?:which|what|how much|do i have an?) {_FACTS}(?: (?:do|have|i|did|got|get|in|is))*"
        r"(?: my .{1,30})?",
        rf"when do i (?:have to |need to )?(?:give|hand|bring|return)(?: back)?"
        rf" my {_MINE}(?: back)?",
        r"(?:when(?:'s| is)|what(?:'s| is)) the (?:end|length|due date|return date) of my loan",
    ),
    *PROGRESS,
    intent(
        "what laptop do I have",
        read.my_machines,
        rf"{{show}}my {_OWN}{{machines}}(?: (?:is|details?|specs?|info|id|called|name|again))*"
        r"{end}",
        r"{show}{machines}(?: (?:that|which|do|did|are|is|am|have|has|been|belongs?|to))*"
        r" (?:i|i've|i'm|mine|my)(?: (?:have|got|own|use|using|am|been|assigned|given|mine|with|on"
        r"|currently|now))*",
        r"{show}{machines}{that} (?:assigned|given|allocated|belonging|belongs?|issued|registered)"
        r" to me",
        r"(?:do|have) i (?:have|own|use|got)(?: a| an| any)? {machines}{end}",
        r"what (?:am i (?:using|working with)|do i (?:have|use)(?: at work)?)",
        r"{machines} of mine",
    ),
    intent(
        "what machines does Priya have",
        read.machines_of,
        r"{show}{machines}(?: (?:do|does|did|is|has|are))* {person} (?:have|has|got|uses?|using"
        r"|owns?|assigned|work with|work on)(?: (?:assigned|to|got|now|currently|at|work|with"
        r"|on))*",
        rf"{{show}}{{person}}(?:'s|') {_OWN}{{machines}}{{end}}",
        rf"{{show}}(?P<person>his|her|their) {_OWN}{{machines}}{{end}}",
        r"{show}{machines}{that} (?:assigned to|of|belonging to|belongs? to|used by|owned by"
        r"|given to|issued to|for) {person}",
        r"{show}does {person} (?:have|use|own)(?: an?| any| some)? {machines}{end}",
        r"what does {person} (?:use|work with|have){end}",
        r"what is {person} using",
    ),
    intent(
        "when does Priya's warranty end",
        read.facts_of_machines_of,
        r"(?:what|which|how|when|is|does|do|has|until when|show|tell me)\b[^\n]{0,40}? {person}"
        rf"(?:'s|'|s) {_MINE}(?: [^\n]{{0,40}})?",
        rf"(?:(?:what|when)(?:'s| is| does| are)? |show (?:me )?)?{{person}}(?:'s|') {_FACTS}"
        r"(?: (?:number|runs? out|ends?|expires?))*",
        rf"{{show}}{{person}}(?:'s|') {_MINE} {_FACTS}",
    ),
    intent(
        "",
        read.manager_of,
        r"{show}(?:who(?:'s| is) )?{person}(?:'s|') (?:manager|boss|supervisor|line manager)",
        r"{show}(?:who(?:'s| is) )?(?:the )?(?:manager|boss|supervisor) of {person}",
        r"(?:who(?:'s| is) )?(?P<person>my) (?:manager|boss|supervisor|line manager)",
    ),
    intent(
        "my open tickets",
        read.my_tickets,
        r"{show}(?:status of )?my (?:own )?(?!assigned)(?:{status} )?{tickets}{end}",
        r"{show}my {tickets}{that} {status}{end}",
        rf"{_LIST}{{that}} (?:of mine|mine|from me|by me)",
        rf"{_LIST}{{that}} (?:i|i've)(?: (?:have|had))? (?:{{did}}|have|got)"
        r"(?: (?:open|so far|reported|requested|opened|created))*",
        rf"{_LIST}{{that}} {{did}} by me",
        r"(?:do|have) i (?:have|got)?(?: any| some| an?)? ?(?:{status} )?{tickets}{end}",
        r"(?:what|anything)(?: have| did| had)? i(?:'ve)? (?:have )?{did}"
        r"(?: (?:so far|last|lately|recently|before))?",
    ),
    intent(
        "which tickets are ageing",
        read.ageing_tickets,
        r"{show}(?:ageing|aging|stale|untouched|neglected) {tickets}{end}",
        r"{show}{tickets}{that} (?:ageing|aging|stale|untouched|neglected)(?: for a week)?{end}",
        r"{show}{tickets}{that} (?:nobody|no one)(?: has)? (?:touched|changed)(?: for a week)?",
    ),
    intent(
        "tickets assigned to me",
        read.tickets_assigned_to_me,
        r"{show}(?:my )?(?:{status} )?{tickets}{that} (?:assigned to me|i(?:'m| am) assigned"
        r"|i have to do|i(?:'m| am) working on|i work on|on me|with me|on my (?:plate|desk|list)"
        r"|(?:in )?my queue){end}",
        r"{show}(?:in )?my (?:{status} )?(?:queue|assignments?|work|workload|to-?dos?"
        r"|to-?do list|tasks?|backlog|worklist){end}",
        r"{show}my (?:{status} )?assigned {tickets}{end}",
        r"what am i (?:currently )?(?:working on|assigned(?: to)?|doing|responsible for)(?: .*)?",
        r"{show}(?:anything )?(?:on my (?:plate|desk|list)|assigned to me|in my queue){end}",
        r"what (?:should|must|do) i (?:have to )?(?:work on|do|take)(?: next| now| today| first)*",
    ),
    intent(
        "notes on TKT-12",
        read.read_notes,
        r"{show}(?:notes?|comments?|remarks?)(?: (?:is|are|was|were|there|left|written|do"
        r"|does|we|have|attached|saved))* (?:on|of|for|to|about|from|in|at|with) {noted}{end}",
        r"{show}{record}(?:'s|')? (?:notes?|comments?)",
        r"{show}(?:its|their|his|her|these|those)? ?(?:notes|comments)(?: again)?",
        r"(?:what|anything)(?: (?:was|is|has|been|did|they|people|we))* (?:noted|written|commented"
        r"|write|note|said) (?:on|about|for|down on|to) {noted}",
        r"does {record} have (?:any )?(?:notes|comments)",
    ),
    intent(
        "who changed TKT-12",
        read.history,
        r"who (?:has |had )?(?:changed|edited|touched|closed|reopened|assigned|updated) {record}",
        r"{show}(?:history|changes|audit|log)(?: of| to| for| on) {record}",
        r"{show}{record}(?:'s|')? (?:history|changes)",
        r"{show}(?P<record>it)s (?:history|changes)",
        r"who (?:has |have )?(?:had|used|held) {record}(?: (?:before|last|until now|earlier))?",
        r"who (?:has |have )?(?:had|used|held) {machine} (?:before|last|until now|earlier)",
        r"{show}(?:former|previous|past|earlier|last) (?:holders?|owners?|users?) of {machine}",
        r"{show}(?:former|previous|past|earlier|last)? ?(?:holders?|owners?|users?) of {record}",
    ),
    intent(
        "TKT-12",
        read.show_records,
        r"{about}{ids}(?:'s)?{aboutit}",
        r"i have an? (?:\w+ )?question (?:about|on|regarding) {ids}",
        r"{show}(?:(?:similar|related)(?: {tickets})? to|{tickets} (?:like|similar to)) {ids}",
        r"(?P<ids>its) (?:status|details|state)",
    ),
    intent(
        "",
        read.who_am_i,
        r"who am i|what(?:'s| is) my (?:name|id|email|department|role)|my (?:id|card)",
    ),
    intent(
        "what time is it",
        read.current_time,
        r"{show}(?:local |exact )?(?:date|time|day)(?: (?:and|or) (?:the )?(?:date|time|day))?"
        r"(?: (?:is|it|today|now|here|right|currently|we|have|do|of|month|week|on))*",
        r"{show}today(?:'s (?:date|day)(?: and time)?)?",
    ),
    intent(
        "more",
        read.more,
        r"(?:show |see |list |give )?(?:me )?(?:the )?(?:more|next(?: page| ones?)?|next \d+"
        r"|the rest|go on|continue|further)(?: of (?:them|it|those|the list))?",
        r"(?:what|any|are there|is there)(?: are| is)? (?:any )?(?:more|others?|the others)",
    ),
)

WIDE = (
    intent(
        "tickets on hold",
        read.list_tickets,
        r"{show}(?:{status} )?(?P<nobody>unassigned|orphaned|unclaimed) {tickets}{end}",
        rf"{_LIST}{{that}} (?P<nobody>unassigned|unclaimed|(?:nobody|no one) (?:has|owns|took"
        r"|is working on|works on)|without (?:an )?(?:assignee|owner)|no (?:assignee|owner)"
        r"|not assigned(?: to (?:anyone|anybody))?|assigned to (?:nobody|no one))",
        rf"{_LIST}(?: (?:of|for|in|from|with|assigned to|the|team))* (?P<team>TEAM-\d+){{end}}",
        r"{show}(?:{status} )?(?P<team>TEAM-\d+)(?:'s)? {tickets}",
        rf"{_LIST}{{end}}",
        r"{show}{tickets}{that} {status}{end}",
        r"what(?:'s| is) {status}",
    ),
    intent(
        "tickets assigned to Daniel",
        read.tickets_assigned_to,
        rf"{_LIST}{{that}} (?:assigned to|owned by|handled by|(?:being )?worked on by"
        r"|in the queue of) {person}",
        rf"{_LIST}(?: is| does)? {{person}} (?:is |are )?(?:working|works?) on",
        r"what is {person} (?:working on|doing|assigned(?: to)?)",
        r"{show}{person}(?:'s|') (?:queue|workload|assigned {tickets}|assignments|backlog|tasks)",
        r"{show}(?:assigned to|the queue of|queue of) {person}",
        r"what does {person} work on",
        r"what (?:has|does) {person} (?:got|have)(?: got)?(?: (?:open|to do|left|right|on|his|her"
        r"|their|plate|desk|queue))+{end}",
        r"what(?:'s| is) on {person}(?:'s|') (?:plate|desk|list|queue){end}",
    ),
    intent(
        "",
        read.tickets_requested_by,
        rf"{_LIST}{{that}} {{did}} (?:by|from) {{person}}",
        rf"{_LIST}{{that}} {{person}} (?:has |have )?{{did}}",
        r"what (?:else )?(?:has|did) {person} {did}(?: so far| before| lately| recently)?",
    ),
    intent(
        "Daniel's tickets",
        read.tickets_of,
        r"{show}{person}(?:'s|') (?:{status} )?{tickets}{end}",
        r"{show}(?P<person>his|her|their) (?:{status} )?{tickets}{end}",
        rf"{_LIST}{{that}} (?:of|from|by) {{person}}",
        rf"{_LIST} (?:does|do) {{person}} have",
    ),
    intent(
        "how did we fix the plotter last time",
        read.solved_before,
        r"(?:what|how) (?:did|have|was|were) (?:we |you |they |it )?(?:do|done|solve|solved|fix"
        r"|fixed|handle|handled|resolve|resolved)(?: about| with)? (?P<words>[^\n]{2,60}?)"
        r"(?: (?:last time|before|back then|in the past|previously))?",
    ),
    intent(
        "tickets about vpn",
        read.search_tickets,
        r"{show}(?:for )?(?:similar )?(?:{tickets}|problems?|anything|something|everything|stuff"
        r"|things){that}"
        r" ?(?:about|on(?! hold)|for|regarding|concerning|around|related to|mention(?:ing|s)?"
        r"|containing|matching|like|saying|:|with the words?|with) ?(?P<words>[^\n]+)",
        r"(?:search|find|look)(?: for| in| through| up)? tickets? (?P<words>[^\n]+)",
        r"(?:has|did|is) (?:anyone|anybody|someone) (?:else )?(?:report(?:ed)?"
        r"|complain(?:ed|ing)? about|had?|having|mention(?:ed)?)(?: (?:any )?(?:problems?|trouble"
        r"|issues?) with)?"
        r" (?P<words>[^\n]+)",
        r"(?:is there |are there )?(?:anything|something) (?:wrong|up|going on) with"
        r" (?P<words>[^\n]+)",
        r"(?:are there |is there |do we have )?(?:any )?(?:known |other |open |current )*"
        r"(?:problems?|troubles?|issues?|outages?) (?:with|about|on|in|at) (?P<words>[^\n]+)",
        r"(?:is|are) (?:the |our )?(?P<words>[^\n]{2,60}?) (?:down|broken|offline|out of order"
        r"|not working|unavailable|having (?:problems|issues))(?: (?:for|again|today|everyone"
        r"|anyone|now|else|everybody|right))*",
        r"(?:search|find|look)(?: for| in| through)? (?P<words>[^\n]+) (?:in|among)"
        r" (?:the |all )?tickets",
    ),
    intent(
        "laptops with 32 GB",
        read.search_machines,
        rf"{_ANY_MACHINES}(?:laptops|notebooks|desktops|servers|machines|computers|pcs|workstations"
        r"|devices)(?: (?:with|that|which|have|having|has|in|on|under|from|made|by|running|called"
        r"|named|like|matching|available|free|of|there|and|or|do|we|ssd|hdd|(?:are|is) (?:available"
        r"|free|spare|assigned|in|on|under|retired|lost|decommissioned|missing|there|from))\b.*)?",
        rf"{_ANY_MACHINES}(?:laptop|notebook|desktop|server|machine|computer|pc|workstation|device)"
        r"(?: (?:with|that has|having|called|named|like|from|available|free)\b.*)?",
        r"(?:search|find)(?: for)? (?:hardware|{machines})[ :].+",
        r"{show}hardware (?:with|in|that|from)\b.*",
    ),
    intent(
        "who is Priya",
        read.search_people,
        r"(?:tell me |do you know )?who(?:'s| is| are|s)? (?:the )?{person}",
        r"who {person} is",
        r"is {person} (?:an? )?(?:admin|administrator|technician|requester)",
        r"{show}(?:for )?(?:person|people|users?|colleagues?|employees?|staff|someone|somebody"
        r"|anyone|anybody)(?: (?:named|called|with the name|with name|with email|like))? {person}",
        r"{show}{person}(?:'s|') (?:e-?mail|mail|address|contact|department|id|card|details?"
        r"|profile|role|phone(?: number)?|number|title|location)(?: address)?{end}",
        r"{show}(?:e-?mail|mail|contact|department|profile|id|phone|title)(?: address| details?"
        r"| number)? (?:of|for)"
        r" {person}",
        r"{show}(?:for )?(?P<person>[\w.+-]+@[\w.-]+\w)",
        r"(?:(?:which|what) department|where) (?:is|does) {person}(?: (?:work|sit|located|based))?"
        r"(?: in)?",
        r"how (?:can|do) i (?:reach|contact|email) {person}",
        r"(?:contact|reach) {person}",
    ),
)
"""Intents that are tried after `Lists`: they would read many of its sentences as names."""

GUESSES = (
    intent(
        "",
        read.pass_on,
        r"(?:ask|tell|message|notify|inform|remind|ping|let|email|text) (?!me\b){person}"
        r"(?: [^\n]{0,200})?",
    ),
    intent(
        "",
        read.find_anything,
        r"(?:find|search|search for|look up|look for|show|show me|where is|tell me about|get"
        r"|about|info on|information on|do you know|what about|locate|details of|serial(?: number)?"
        r"|status of) (?:me )?(?:the )?(?:serial(?: number)? )?(?P<words>[^\n]{1,80})",
        r"(?P<words>[A-Z]{2,4}-[\w-]{2,30})",
    ),
    intent(
        "",
        read.find_named,
        r"(?P<words>(?![^\n]*\b(?:TKT|MAC|USR|TEAM|NOTE|TAG)-\d)[\w.@-]{3,40}"
        r"(?: [\w.@-]{2,40}){0,2})",
    ),
)
"""Intents that match so much that they are tried only when nothing else matches."""

"""The intents of requesters who ask how far their tickets are."""

from services.agent.offline import plans_read as read
from services.agent.offline.patterns import intent

_THING = r"(?:tickets?|requests?|issues?|problems?|orders?|cases?|questions?)"
_ON = r"(?:with|on|of|about|for|regarding|to|from)"
_MY = rf"(?:(?:my|our|the|an?|this) )?(?:{_THING} {_ON} )?(?:(?:my|our|the|an?) )?"
_READY = (
    r"(?:ready|fixed|done|repaired|delivered|ordered|approved|arriv(?:e|ed|ing)|come|coming|back"
    r"|solved|resolved|closed|finished|sorted(?: out)?|installed|set up)"
)
_NO_WORDS = (
    rf"(?:{_ON} |at |into )?(?:(?:it|its|this|that|these|those|them|both|tickets?|requests?)"
    r"|th(?:is|at) one|(?:the )?(?:first|second|third|fourth|fifth|last)(?: (?:one|ticket"
    r"|request|issue))?)"
)
_WORDS = (
    r"(?P<words>(?!(?:any|some|spare)\b)"
    rf"(?!{_NO_WORDS}(?:$| (?:been|be|get|yet|already|now|{_READY})\b))"
    r"(?![^\n]*\b(?:(?:TKT|MAC|USR|TEAM)-\d|(?:tickets|machines)$))[^\n]{2,60}?)"
)
_SOMEBODY = r"(?:anyone|anybody|someone|somebody|you|they|it)"
_DOES = (
    r"(?:answer(?:ed)?|look(?:ed|ing)?|see|seen|read|get|got|handl(?:e|ed|ing)|fix(?:ed|ing)?"
    r"|work(?:ed|ing)?|deal(?:t|ing)?|repl(?:y|ied)|respond(?:ed)?|tak(?:e|en|ing) care"
    r"|start(?:ed)?|process(?:ed)?|approved?|check(?:ed|ing)?)"
)
PROGRESS = (
    intent(
        "what happened to my ticket",
        read.all_my_tickets,
        r"(?:what(?:'s| is| has)?|who|when|did|has|have|is|are|any|where|how|why)\b"
        r"(?: (?:happen(?:ed|ing|s)|about|going|on|with|to|is|are|has|have|will|be|been|does|did"
        r"|anyone|anybody|somebody|someone|look(?:ed|ing|s)?|at|work(?:ed|ing|s)?|handl(?:es|ing)"
        r"|news|updates?|update|progress|there|the|status|of|for|taken|seen|assigned|answered|got"
        r"|responsible|care|taking|a|long|take|until|we|latest))* my"
        r"(?: other)? (?:tickets?|requests?|issues?|problems?)"
        r"(?: (?:yet|now|already|today|be|done|fixed|ready|finished|taking|going|doing|so|long|get"
        r"|gets|take|solved|closed|is|at))*",
    ),
    intent(
        "any news on my monitor",
        read.my_tickets_about,
        r"(?:any|is there(?: any)?|are there(?: any)?|what about|how about) ?(?:news|updates?"
        r"|progress|word)? ?(?:on|about|for|regarding|with|of|the|my|to)+"
        rf"(?: (?:on|about|for|regarding|with|of|the|my))* {_WORDS}",
        r"(?:is there|there (?:is|are|has been|have been)|has there been|have there been|have you"
        r"|do you have)(?: any| some)? (?:news|updates?|progress|word)(?: yet| already)?"
        rf" {_ON} {_MY}{_WORDS}",
        r"(?:where (?:are|do) (?:we|you|things)(?: stand)?"
        r"|how far (?:are|is|did|have)(?: we| you| it)?(?: got| gotten| come)?"
        r"|what(?:'s| is| has| have)?(?: been)?(?: happening| going on| happened| new| up)"
        r"|how(?:'s| is| are)(?: it| things| we)?(?: going| doing| coming along| looking)?"
        rf"|what became) {_ON} {_MY}{_WORDS}(?: {_THING}| thing)?",
        r"(?:what(?:'s| is) )?(?:the )?(?:current |latest )?(?:status|state|progress|update|news"
        rf"|latest|situation) {_ON} {_MY}{_WORDS}(?: {_THING})?",
        rf"(?:i'm |i am |we're |we are )?(?:still )?waiting (?:for|on) {_MY}{_WORDS}",
        rf"when did i (?:report|open|request|order|ask for|send) {_MY}{_WORDS}",
        rf"(?:(?:did|has|have|is|are|will|does) {_SOMEBODY}|any(?:one|body))(?: already| yet)?"
        rf" {_DOES}(?: (?:at|into|on|to|with|of))? {_MY}{_WORDS}(?: (?:yet|already|now|{_THING}))*",
        rf"(?:is|was|has|are|were|have|when (?:will|is|are|does|do)) (?:my|our|the)"
        rf" (?:{_THING} {_ON} {_MY})?{_WORDS}"
        rf"(?: {_THING})?(?: (?:been|be|get|gets))? {_READY}(?: (?:yet|already|now|today))*",
        rf"(?:(?:my|the|our) )?{_WORDS}(?: thing| {_THING})?(?: from last \w+)?(?: ?[-–—,:;?])? "
        rf"(?:(?:is there )?any (?:news|updates?|progress)(?: (?:on|about) (?:that|it|this))?"
        rf"|what(?:'s| is) the (?:status|latest)|(?:was|is|has) (?:that|it) (?:been )?{_READY}"
        r"(?: yet)?|how(?:'s| is) (?:that|it) going)[?.! ]*",
        rf"(?:(?:what(?:'s| is)|which is|give me|show(?: me)?|find|open)(?: the)?"
        rf"(?: (?:number|id|link|status|card|details) of)? )?my"
        r" (?!(?:first|last|latest|oldest|newest|open|closed|urgent|new|other|own|next)\b)"
        rf"{_WORDS} (?:ticket|request|order|case)",
        rf"(?:is|was|has) my {_WORDS} {_THING}(?: (?:there|yet|already|now))*",
        rf"how(?:'s| is) my {_WORDS} {_THING}(?: (?:going|doing|coming(?: along)?))?",
    ),
)

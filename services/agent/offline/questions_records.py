"""The intents of questions about one record, which its card answers."""

from services.agent.offline import plans_read as read
from services.agent.offline.patterns import intent

_OF_RECORD = (
    r"(?:what|when|why|who|which|how|where|is|was|were|are|does|did|has|have|any|read|specs?|serial"
    r"|warranty|description|details?|priority|status|owner|assignee|holder|age|duplicates?|parts"
    r"|compare|summar\w+|expand|can|will|tell)\b"
)
_ASKED = (
    r"(?:any|anything|what|what's|who|when|where|how|why|status|updates?|news|progress|latest"
    r"|info|details?)"
)
_OF_IT = (
    r"(?:who|when|where|which|what|why|is|was|has|did|does|any|how(?= ?(?:is|was|did|does|old|much"
    r"|long|many|far|'s|big|fast)\b)|how's)"
)
_SERIAL = r"(?=[A-Z0-9]{0,19}\d)(?=\d{0,19}[A-Z])[A-Z0-9]{6,20}"

ABOUT_ONE = (
    intent(
        "",
        read.show_records,
        rf"{_OF_RECORD}[^\n]{{0,80}}? (?P<ids>{{id}}(?:(?:,| and) {{id}})*)(?:'s)?"
        r"(?:[ ,][^\n]{0,80})?",
        rf"(?P<ids>{{id}})(?:'s)?[,:?]? {_ASKED}\b[^\n]{{0,60}}",
    ),
    intent(
        "",
        read.machine_called,
        rf"{_OF_RECORD}[^\n]{{0,60}}? (?P<words>[A-Z]{{2,4}}-[A-Z0-9-]{{2,30}}\d)"
        r"(?:'s)?(?: [^\n]{0,40})?",
    ),
    intent(
        "",
        read.find_anything,
        r"(?:who(?:'s| is| has| uses| holds| owns| got)|where(?:'s| is)|whose(?: is)?"
        r"|what(?:'s| is)|which(?: is| has)?)"
        r"(?: (?:the|this|machine|laptop|computer|serial(?: number)?|device|is|has|with))*"
        rf" (?P<words>{_SERIAL})"
        r"(?: (?:assigned|given|issued|with|to))*",
    ),
    intent(
        "",
        read.about_it,
        rf"{_OF_IT}(?:'s|'re)?\b[^\n.?!;]{{0,40}}? {{it}}(?:'s)?(?: [^\n.?!;]{{0,40}})?",
    ),
)

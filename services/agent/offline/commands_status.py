"""The intents that set the status or the priority of tickets, or make them private."""

from services.agent.offline import plans_write as write
from services.agent.offline.commands_machines import SET
from services.agent.offline.patterns import intent

_REASON = (
    r"(?: ?[,:;.–—]| -)?(?: because| since| as| reason:"
    r"| with(?: the)?(?: note| resolution| reason)?:?| after|(?<=[,:;.–—-]))"
    r" ?(?!(?:and|then|also|or|but|so|a duplicate|duplicates?|open|reopen|close|assign|set|add"
    r"|take|put|tag|make|note|show|give|mark|move|merge|link)\b)(?P<text>\S.*)"
)

STATUS = (
    intent(
        "set the priority of TKT-12 to high",
        write.set_priority,
        rf"{SET}(?: priority)?(?: of| on| for)? ?{{ticket}}(?:'s)?(?: priority)?"
        r"(?: (?:to|as|at|a|on))* {priority}(?:[ -]priority)?",
        r"{ticket} should (?:be|have)(?: of)? {priority}(?: priority)?",
        rf"{SET} priority(?: to)? {{priority}}(?: (?:for|on|of) {{ticket}})?",
        r"{priority} priority (?:for|on|to) {ticket}",
        r"{ticket} (?:to|priority(?: to|:| =)?) {priority}",
        staff=True,
    ),
    intent(
        "close TKT-12",
        write.set_status,
        r"(?P<verb>close|cancel|withdraw|resolve|finish|complete|solve|reopen|re-open|hold|pause"
        r"|park) {ticket}"
        r"(?: (?:again|now|out|as (?:done|resolved|fixed|closed)))?",
        rf"{SET}(?: status)?(?: of| for| on)? ?{{ticket}}(?:'s)?(?: status)?(?: back)?"
        r"(?: (?:to|as|on|in|into|be))*? {status}(?: again| status)?",
        r"(?:put|set|mark)(?: on)? {status} {ticket}",
        rf"{SET} status (?:to|as) {{status}}(?: (?:for|on|of) {{ticket}})?",
        r"(?P<verb>close|reopen|re-open|resolve)(?: again)?",
        r"(?:i|we) (?P<verb>no longer need|don't need|do not need) {ticket}(?: any ?more)?",
        r"{ticket} (?:can|should|may|needs to|must) be(?: set to| put| marked as)? {status}",
        r"(?:i'm|i am|we're|we are) (?P<status>done|finished) with {ticket}",
        r"{ticket}(?: ?[-–—:,;]| is| was| has been)* (?:now )?(?:solved|fixed|done|resolved|closed"
        r"|works|working|ok|okay|fine)(?: again| now)* ?[,;.–—-]?"
        r" ?(?:so |and )?(?:you |we |please )?(?:can |could |may )?(?P<verb>close)"
        r" (?:it|this|that)",
        r"(?:never ?mind|forget)(?: about)? {ticket}(?: ?[,:;.–—-])?(?: it's| it is| is| already)*"
        r" (?P<status>solved|fixed|done|resolved|closed)(?: now| already)?",
    ),
    intent(
        "close TKT-12: replaced the cable",
        write.close_because,
        rf"(?:close|cancel|withdraw|resolve|finish|complete|solve) {{ticket}}"
        rf"(?: as (?:done|resolved|fixed))?{_REASON}",
        rf"(?:mark|set) {{ticket}} (?:as |to )?(?:closed|resolved|solved|fixed|done){_REASON}",
        r"{ticket}:? (?:(?:is|was|has been) )?(?:now )?(?:closed|resolved|solved|fixed|done)"
        rf"{_REASON}",
    ),
    intent(
        "reopen TKT-12: it happened again",
        write.reopen_because,
        rf"(?:reopen|re-open|open) {{ticket}}(?: again)?{_REASON}",
    ),
    intent(
        "make TKT-12 private",
        write.set_private,
        r"(?:make|mark|set|keep|flag) {ticket} (?:as |to )?(?P<private>private|confidential|public"
        r"|not private|not confidential|visible)",
        staff=True,
    ),
    intent(
        "",
        write.hold_because,
        r"(?:put|place|set) {ticket} on hold(?:[,:;]| [–—-])? ?"
        r"(?P<text>(?:until|till|because|since|as|waiting|while) .+)",
        rf"(?:put|place|set) {{ticket}} on hold{_REASON}",
    ),
)

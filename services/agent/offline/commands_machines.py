"""The intents that hand machines out, take them back and change them."""

from services.agent.offline import plans_machines as machines
from services.agent.offline.patterns import intent

SET = (
    r"(?:put|place|set|mark|move|change|switch|turn|update|flag|keep|make|raise|lower|bump|increase"
    r"|decrease|escalate)(?: up| down)?(?: the)?"
)
CHANGE = r"(?:set|change|update|edit|replace)"
_UNTIL = r"(?: (?:until|till|up to) (?P<until>[^\n]{1,30}))?"
_COLUMNS = "|".join(sorted(machines.COLUMNS, key=len, reverse=True))

MACHINES = (
    intent(
        "hand MAC-37 to Kenji until 12 December",
        machines.hand_out,
        r"(?:hand|give|assign|issue|lend|loan)(?: out| over)? {machine}(?: out| over)? to"
        rf" (?!(?:nobody|no one)$){{person}}{_UNTIL}",
        rf"(?:hand|give|issue|lend|loan) {{person}} {{machine}}{_UNTIL}",
        r"(?=[A-Z]{2,20}-){machine} (?:goes|should go|is going)(?: back)? to (?!(?:nobody|no one)$"
        r"|(?:the |a )?(?:repairs?|maintenance|service|workshop|stock|storage|it)\b)"
        rf"{{person}}{_UNTIL}",
        staff=True,
    ),
    intent(
        "take back MAC-37",
        machines.take_back,
        r"(?:take|get|collect)(?: back)? {machine}(?: back)?(?: from [^\n]{1,80})?",
        r"(?:unassign|(?:hand|give|assign) (?=.+ to no)) ?{machine}(?: to (?:nobody|no one))?",
        r"{machine} (?:(?:was|is|has been|came) )?(?:returned|back|handed back)",
        r"{person} (?:has |have )?(?:returned|brought back|gave back|handed back|handed in|gave me)"
        r" (?P<machine>(?:his|her|their) (?:laptop|notebook|computer|machine|desktop|device|pc"
        r"|loaner|workstation))(?: back)?",
        r"[^\n:]{1,80} (?:returned|brought back|gave back|handed back) {machine}",
        staff=True,
    ),
    intent(
        "mark MAC-40 as lost",
        machines.set_status,
        rf"(?:{SET}|report|declare)(?: status)?(?: of| for)? ?{{machine}}(?:'s)?(?: status)?"
        r"(?: back)?(?: (?:to|as|in|into))? {condition}",
        r"{machine} (?:is|was|got|has been) (?:now )?{condition}",
        r"(?P<verb>retire|decommission) {machine}",
        r"(?P<verb>send) {machine} (?:(?:to|in|away) )?(?:for |to |into )?(?:the |a )?(?:repairs?"
        r"(?: shop)?|maintenance|service|workshop)",
        staff=True,
    ),
    intent(
        "",
        machines.set_status,
        r"{machine} (?:is|came|was)(?: now)?(?: back| fixed| repaired)(?: again)?"
        r" (?P<verb>from) (?:the )?(?:repairs?(?: shop)?|maintenance|service|workshop)",
        staff=True,
    ),
    intent(
        "set the location of MAC-12 to Berlin, shelf 2",
        machines.set_column,
        rf"{CHANGE}(?: the)? (?P<column>{_COLUMNS}) (?:of|on|for) {{machine}} to (?P<value>.+)",
        rf"{CHANGE} {{machine}}(?:'s)? (?P<column>{_COLUMNS}) to (?P<value>.+)",
        rf"{CHANGE} (?:its|the) (?P<column>{_COLUMNS}) to (?P<value>.+)",
        staff=True,
    ),
    intent(
        "",
        machines.lend_until,
        r"(?:extend|prolong)(?: the loan(?: of| for)?)?(?: {machine})?(?: until| till| to| by)?"
        r" (?P<until>[^\n]{3,30})",
        r"(?:{machine} )?(?:is )?(?:(?:due|expected)(?: back)? )?(?:until|till|by|on)"
        r" (?P<until>[^\n]{3,30})",
        staff=True,
    ),
)

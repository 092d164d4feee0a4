"""The intents that change something: patterns of sentences, and the plan for each."""

from services.agent.offline import plans_teams as teams
from services.agent.offline import plans_write as write
from services.agent.offline.commands_machines import CHANGE, MACHINES
from services.agent.offline.commands_status import STATUS
from services.agent.offline.patterns import intent

_ADD = r"(?:add|leave|write|put|attach|make|post|append)"
_OPEN = (
    r"(?:open|create|file|log|raise|make|submit|start|add|new|write|report|register|i need|i want"
    r"|need|want)(?: up)?(?: me)?(?: an?| new| another)*(?: {priority}(?: priority)?)?"
)
_DIGEST = (
    r"(?: an?| the| my)?(?: morning| daily)? digests?(?: (?:every|each) (?:morning|day|weekday))?"
)
_TEAM = (
    r"(?:the )?(?:team )?(?P<team>TEAM-\d+|(?:this|that|the) team|[^\n:,]{1,60}(?= team$))"
    r"(?: team)?"
)
_WATCHER = r"(?:watcher|follower)"

COMMANDS = (
    intent(
        "open a ticket: VPN drops every hour",
        write.create_ticket,
        rf"{_OPEN} (?P<rest>(?:problem|issue|incident) with .+)",
        rf"{_OPEN} (?:ticket|issue|request|incident|problem|case)(?!\w| {{id}})(?P<rest>.*)",
        r"(?:{priority} (?:priority )?)?(?:new )?(?:ticket|problem|incident|issue)"
        r" ?(?P<rest>[:–—-].+)",
        r"report (?P<rest>that .+|[:–—-] ?.+)",
    ),
    intent(
        "add a note to TKT-12: swapped the dock",
        write.add_note,
        rf"{_ADD}{{new}} {{note}} {{to}} {{noted}}"
        r"(?: ?[:,–—]| -| that says| saying)\s*(?P<text>.+)",
        rf"{_ADD}{{new}} {{note}} {{to}} (?P<record>{{id}}|it|this|that) (?P<text>\S.+)",
        rf"{_ADD}{{new}} {{note}} (?P<text>['\"].+['\"]) {{to}} {{record}}",
        rf"{_ADD}{{new}} {{note}} (?:saying|that) (?P<text>\S.+)",
        rf"{_ADD} (?:to|on) {{record}} that (?P<text>\S.+)",
        r"(?:comment|note)(?: on| to)? {record} (?:saying|that) (?P<text>\S.+)",
        r"(?:tell|inform) the (?:requester|reporter|user|customer) (?:of|on|for) {record}"
        r" (?:that )?(?P<text>\S.+)",
        rf"{_ADD}{{new}} {{note}} {{to}} {{noted}}(?P<text>)",
        rf"{_ADD}{{new}} {{note}} ?[:,–—-]\s*(?P<text>.+)",
        rf"{_ADD} (?P<text>['\"].+['\"])(?: as(?: an?)? {{note}})? (?:to|on|onto) {{record}}"
        r"(?: as(?: an?)? note)?",
        r"(?:(?:an?|new|another) )*{note}(?: {to} {noted})? ?[:–—]\s*(?P<text>.+)",
        r"(?:note|comment) (?P<record>{id}): ?(?P<text>.+)",
        r"note (?P<internal>for (?:the )?(?:technicians?|staff|team|it)(?: only)?) ?[:–—]"
        r"\s*(?P<text>.+)",
        r"update {record} with ?:? ?(?P<text>\S.+)",
        r"comment (?:on|to) {noted}(?: ?[:,–—]| -)\s*(?P<text>.+)",
        r"(?:add|append) (?:to|on) {record} ?[:–—]\s*(?P<text>.+)",
        r"{record} (?P<internal>internal )?(?:note|comment) ?[:–—]\s*(?P<text>.+)",
        r"(?:add|note) (?:also )?that (?P<text>\S.+)",
        r"(?:tell|inform|let) (?:them|(?:the |my )?(?:technicians?|team|assignee|requester|reporter"
        r"|user|it|support))(?: know)? (?:that )?(?P<text>(?!know$)\S.+)",
    ),
    intent(
        "merge TKT-31 into TKT-26",
        write.merge,
        r"(?:merge|join|combine) {ticket} (?:into|with|to) (?P<into>TKT-\d+)",
        r"close {ticket} as (?:an? )?duplicates? of (?P<into>TKT-\d+)",
        staff=True,
    ),
    intent(
        "link TKT-45 to TKT-1",
        write.link,
        r"(?:link|relate|connect) {ticket} (?:to|with|and) (?P<into>TKT-\d+)",
        r"(?:mark |make |set |flag )?{ticket} (?:as |is )?(?:an? )?(?P<kind>duplicate|part|child)"
        r" of (?P<into>TKT-\d+)",
        r"{ticket} (?:is )?related to (?P<into>TKT-\d+)",
        staff=True,
    ),
    intent(
        "unlink TKT-45 from TKT-1",
        write.unlink,
        r"(?:unlink|disconnect|separate) {ticket} (?:from|and) (?P<into>TKT-\d+)",
        r"(?:remove|delete|drop)(?: the)? link (?:between|from|of) {ticket} (?:and|to|with)"
        r" (?P<into>TKT-\d+)",
        r"{ticket} is (?:not|no longer) (?:linked|related) to (?P<into>TKT-\d+)",
        staff=True,
    ),
    intent(
        "undo that",
        write.undo,
        r"(?:undo|revert|take back|roll back)(?: (?:that|it|this))?(?: (?:last )?(?:change|step))?",
        r"(?:undo|revert|take back|roll back)(?: (?:my|the))? last (?:change|step|action)",
    ),
    intent(
        "",
        write.undo_note,
        r"(?:delete|remove|take (?:back|out)|erase) (?:that|this|my|the)(?: last| new)?"
        r" (?:note|comment)(?: again)?",
    ),
    intent(
        "add Priya as a watcher to TKT-12",
        write.add_watcher,
        rf"{_ADD} {{person}} (?:as (?:an? )?{_WATCHER}|to the {_WATCHER}s)"
        r"(?: (?:to|of|on|for) {ticket})?",
        rf"{_ADD} (?:as )?(?:an? )?{_WATCHER} {{person}}(?: (?:to|on|for) {{ticket}})?",
        rf"(?:make|set) {{person}} (?:an? )?{_WATCHER}(?: (?:of|on|for) {{ticket}})?",
        r"(?:let|have) {person} (?:watch|follow) {ticket}",
        r"(?:cc|subscribe) {person} (?:on|to|in) {ticket}",
        r"(?:start (?:watching|following)|watch|follow|subscribe to) {ticket}",
    ),
    intent(
        "create a team called Field Support",
        teams.create_team,
        r"(?:create|make|add|set up|start)(?: an?)?(?: new)? team(?: called| named| for|:)?"
        r" (?P<name>[^\n:]{2,60})",
        staff=True,
    ),
    intent(
        "add Priya to the network team",
        teams.add_member,
        rf"{_ADD} {{person}} (?:to|into) {_TEAM}",
        rf"(?:make|set) {{person}} a member of {_TEAM}",
        staff=True,
    ),
    intent(
        "",
        teams.remove_member,
        rf"(?:remove|take|drop|delete) {{person}} (?:from|off|out of) {_TEAM}",
        staff=True,
    ),
    intent(
        "stop watching TKT-12",
        write.remove_watcher,
        r"(?:stop (?:watching|following)|un-?watch|un-?follow|unsubscribe(?: me)? from) {ticket}",
        rf"(?:remove|take|drop|delete) {{person}} (?:as (?:an? )?{_WATCHER}|from the {_WATCHER}s)"
        r" (?:of|from|on|for) {ticket}",
        rf"(?:remove|drop|delete)(?: the)? {_WATCHER} {{person}} (?:of|from|on) {{ticket}}",
        r"stop (?:notifying|telling|updating|pinging|messaging) me (?:about|on|of) {ticket}",
        r"unsubscribe {person} from {ticket}",
        r"{person} should (?:no longer|not) (?:watch|follow) {ticket}",
    ),
    *MACHINES,
    intent(
        "send me a morning digest",
        write.set_digest,
        rf"(?:send|give|get)(?: me)?{_DIGEST}(?: (?P<switch>on|off))?",
        rf"(?:switch|turn){_DIGEST} (?P<switch>on|off)",
        rf"(?:switch|turn) (?P<switch>on|off){_DIGEST}",
        rf"(?P<switch>no|stop|end)(?: more| sending)?(?: me)?{_DIGEST}",
    ),
    intent(
        "",
        write.unassign,
        r"(?:un-?assign|release|free up|drop) {ticket}(?: from .+)?",
        r"(?:remove|clear|delete|unset|take off|drop)(?: the)? (?:assignee|owner)"
        r"(?: (?:of|from|on|for|off) {ticket})?",
        r"(?:remove|take|drop) (?!.*\b(?:tags?|notes?|comments?|MAC-\d+|machines?"
        r"|laptop|watchers?)\b)"
        r".{1,60} (?:off|from|off of) {ticket}",
        r"(?:re-?assign|assign|give|set) {ticket} to (?:nobody|no one|noone|none)",
        r"set(?: the)? assignee of {ticket} to (?:nobody|no one|none)",
        r"nobody should (?:have|work on) {ticket}",
    ),
    intent(
        "tag TKT-12 with site=berlin",
        write.tag,
        r"(?:tag|label) {record} (?:with |as )?{tag}",
        r"(?:tag|label)(?: with| as)? {tag}",
        rf"{_ADD}(?: the| a)? tag {{tag}}(?: (?:to|on) {{record}})?",
        r"(?:remove|drop|delete)(?: the)? tag (?P<untag>[\w-]+)(?: (?:from|of|on) {record})?",
        r"untag {record} (?P<untag>[\w-]+)",
        staff=True,
    ),
    intent(
        "",
        write.add_machine,
        rf"{_ADD} (?P<machine>MAC-\d+(?:(?:, ?| and )MAC-\d+)*) to {{ticket}}",
        r"(?:link|attach|connect|relate) {ticket} (?:to|with) {machine}",
        r"(?:link|attach|connect|relate) {machine} (?:to|with) {ticket}",
    ),
    intent(
        "route TKT-12 to the network team",
        write.route,
        r"(?:re-?assign|assign|give|hand|pass|transfer|route|move|escalate)(?: over)? {ticket}"
        r"(?: over)? to (?:the )?(?:(?P<team>[^\n:,]{1,60}?) team|team (?P<too>[^\n:,]{1,60})"
        r"|(?P<id>TEAM-\d+))",
        staff=True,
    ),
    intent(
        "",
        write.route_or_assign,
        r"(?:route|transfer|move|escalate)(?: over)? {ticket}(?: over)? to (?:the )?"
        r"(?!{status}$|hold$|{priority}\b){person}",
        staff=True,
    ),
    intent(
        "assign TKT-12 to Daniel Okafor",
        write.assign,
        r"(?:re-?assign|assign|give|hand|pass|transfer|delegate|move)(?: over| back)? {ticket}"
        r"(?: over| back)? to (?!{status}$|hold$){person}",
        r"assign to {person}",
        r"(?:assign|give) (?P<person>me|him|her|USR-\d+) (?:to )?{ticket}",
        r"(?:give|hand|pass) {person} {ticket}",
        r"assign {person} (?:to|as (?:the )?assignee (?:of|to|for)) {ticket}",
        r"(?:i'll |i will |i am going to |i'm going to )?(?:take|grab|own|claim|pick up)(?: over)?"
        r" {ticket}",
        r"(?:make|set) {person} (?:as )?(?:the )?assignee (?:of|on|for) {ticket}",
        rf"{CHANGE}(?: the)? (?:assignee|owner) (?:of|on|for) {{ticket}} (?:to|as) {{person}}",
        rf"{CHANGE} {{ticket}}(?:'s)? (?:assignee|owner) to {{person}}",
        r"{ticket} (?:(?:goes|should go) )?to (?!{status}$|{priority}$){person}",
        r"(?:(?:i'm|i am) )?start(?:ing)?(?: to)? (?:with|on|work(?:ing)? on) {ticket}",
        r"(?:i'm|i am|i'll be|i will be) (?:working )?on {ticket}(?: now)?",
        r"(?:i'll |i will )(?:do|handle|deal with|look (?:at|into)|take care of) {ticket}",
        r"{ticket} is mine",
        staff=True,
    ),
    *STATUS,
    intent(
        "rename TKT-12 to Dock loses the second screen",
        write.rename,
        r"(?:rename|retitle|re-title|call|title) {ticket}(?: to:?| as:?|:)? (?P<name>.+)",
        rf"{CHANGE}(?: the)? (?:name|title|subject) (?:of|on|for) {{ticket}}(?: to:?|:| as:?)"
        r" (?P<name>.+)",
        rf"{CHANGE} {{ticket}}(?:'s)? (?:name|title|subject)(?: to|:) (?P<name>.+)",
        rf"{CHANGE}(?: the)? (?:name|title) to (?P<name>.+)",
    ),
    intent(
        "",
        write.describe,
        rf"{CHANGE}(?: the)? description (?:of|on|for) {{ticket}}(?: to:?|:| with:?)"
        r"\s*(?P<text>.+)",
        rf"{CHANGE} {{ticket}}(?:'s)? description(?: to:?|:)\s*(?P<text>.+)",
        r"describe {ticket}(?: as|:)\s*(?P<text>.+)",
    ),
    intent(
        "",
        write.add_watcher,
        rf"{_ADD} (?!(?:MAC|TAG|NOTE|TEAM)-|(?:an?|the|tag|label|machine|note|comment)\b)"
        r"{person} to {ticket}",
    ),
)

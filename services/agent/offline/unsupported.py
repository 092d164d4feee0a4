"""Answer requests that are not supported with what people can say instead."""

from services.agent.offline.words import compiled

_LISTS = r"(?:which|what|show|list|any|how many|are there|are|tickets)"
_CHANGES = (
    r"(?:close|cancel|resolve|reopen|set|make|mark|put|assign|reassign|give|move|route|tag|merge"
    r"|hold|take)"
)
_UNSUPPORTED = compiled(
    (
        r"(?:delete|erase|remove) [^\n]{0,60}"
        r"\b(?:tickets?|machines?|people|persons?|users?|TKT-\d+|MAC-\d+)",
        "I delete no records. Close a ticket instead, with “close” and its id, or retire a"
        " machine, with “retire” and its id.",
    ),
    (
        rf"{_CHANGES} (?:all|every|each|any|(?:the|my|our) [^\n]{{0,40}}?tickets)\b",
        "I change only tickets that you name. List them first, such as with “my tickets” or"
        " “tickets about printer”, and then name those you mean by their ids.",
    ),
    (
        r"[^\n]{1,80} as (?:an? )?duplicates?",
        "Of which ticket? Say “merge”, the id of the duplicate, “into”, and the id of the"
        " ticket that stays.",
    ),
    (
        rf"{_LISTS}\b[^\n]{{0,60}}\b(?:overdue|past due|due|late|sla|breach\w*)\b",
        "Tickets have no due dates here. Say “which tickets are ageing” for those that nobody"
        " touched for a week, or “tickets older than 30 days”.",
    ),
    (
        r"(?:remind|wake|ping) (?:me|us)\b",
        "I can't remind you at a time of your own. Say “send me a morning digest” for a message"
        " each morning about what waits for you.",
    ),
)


def unsupported(words: str) -> str:
    """Return the answer to an unsupported request; empty for any other."""
    return next((answer for asked, answer in _UNSUPPORTED if asked.match(words)), "")
